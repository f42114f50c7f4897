"""The factory: gives each simulated charger a key, and has it entered and certified by `zmart factory register`."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from cli import stacks
from device_shadows.claim import fingerprint
from device_shadows.firmware import FirmwareJob
from device_shadows.names import Serial
from local.aws import Aws
from local.deploy import Stack
from local.emulator import Emulator
from local.errors import DeployError
from local.places import ROOT
from simulator import firmware_key
from simulator.download import fetch_by_https

_MODEL = "simulated"


@dataclass(frozen=True, kw_only=True)
class MadeCharger:
    """What leaves the factory: files that the charger keeps to itself, and what is printed on its box."""

    serial: Serial
    public_key_pem: str
    fingerprint: str
    key_file: Path
    certificate_file: Path
    authority_file: Path


def write_authority(emulator: Emulator, folder: Path) -> Path:
    """The certificate by which devices know the cloud; the emulator makes a new one at each start."""
    target = folder / "authority.pem"
    with urlopen(f"{emulator.url}/_ministack/iot/ca.pem", timeout=10) as answer:  # noqa: S310
        target.write_bytes(answer.read())
    return target


def write_firmware_key(aws: Aws, stack: Stack, folder: Path) -> Path:
    """The public key by which chargers know firmware that was released, as `zmart firmware key` tells it."""
    name = stacks.variables(stack.outputs)["FIRMWARE_KEY_ID"]
    found = aws.client("kms").get_public_key(KeyId=stack.resources["FirmwareSigningKey"])["PublicKey"]
    public, info = serialization.load_der_public_key(found), serialization.PublicFormat.SubjectPublicKeyInfo
    target = folder / f"{name}{firmware_key.SUFFIX}"
    target.write_bytes(public.public_bytes(serialization.Encoding.PEM, info))
    return target


async def fetch_firmware(job: FirmwareJob, progressed: Callable[[int], None]) -> bytes:
    """From the address in the job, without TLS, which the local AWS does not speak on this port."""
    return await fetch_by_https(msgspec.structs.replace(job, url=job.url.replace("https://", "http://", 1)), progressed)


def signing_request(serial: Serial, key: ec.EllipticCurvePrivateKey) -> str:
    """What a charger asks a certificate with (PEM)."""
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, serial)])
    request = x509.CertificateSigningRequestBuilder().subject_name(name).sign(key, hashes.SHA256())
    return request.public_bytes(serialization.Encoding.PEM).decode()


def make_charger(serial: Serial, authority: Path) -> tuple[MadeCharger, str]:
    """A charger with a new key, which never leaves its folder, and its signing request (PEM); no certificate yet."""
    key, folder = ec.generate_private_key(ec.SECP256R1()), authority.parent
    key_file = folder / f"{serial}.key"
    plain = serialization.NoEncryption()
    pkcs8 = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain)
    key_file.touch(mode=0o600)
    key_file.write_bytes(pkcs8)
    public, info = key.public_key(), serialization.PublicFormat.SubjectPublicKeyInfo
    made = MadeCharger(
        serial=serial,
        public_key_pem=public.public_bytes(serialization.Encoding.PEM, info).decode(),
        fingerprint=fingerprint(public.public_bytes(serialization.Encoding.DER, info)),
        key_file=key_file,
        certificate_file=folder / f"{serial}.pem",
        authority_file=authority,
    )
    return made, signing_request(serial, key)


def operator_environment(emulator: Emulator, stack: Stack) -> dict[str, str]:
    """What an operator's command needs to work on this system."""
    return stacks.variables(stack.outputs) | emulator.environment()


def zmart(environment: Mapping[str, str], *arguments: str) -> str:
    """What a command of `zmart` prints, run as an operator runs it; DeployError if it refuses."""
    own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [sys.executable, "-m", "cli", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=own | dict(environment), text=True, capture_output=True, check=False)
    if done.returncode:
        raise DeployError(f"zmart {' '.join(arguments[:2])} failed:\n{done.stdout}{done.stderr}".rstrip())
    return done.stdout


def make_chargers(
    emulator: Emulator, aws: Aws, stack: Stack, folder: Path, serials: Iterable[Serial]
) -> list[MadeCharger]:
    """Chargers as they leave the factory: keys, registry, certificates; with their files in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    authority = write_authority(emulator, folder)
    write_firmware_key(aws, stack, folder)
    made = [make_charger(serial, authority) for serial in serials]
    batch = folder / "factory.json"
    batch.write_text(json.dumps([{"serial": one.serial, "model": _MODEL, "csr_pem": csr} for one, csr in made]))
    zmart(operator_environment(emulator, stack), "factory", "register", str(batch))
    return [one for one, _ in made]
