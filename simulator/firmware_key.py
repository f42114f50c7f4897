"""The keys by which firmware is signed, and by which a charger knows that it was."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from device_shadows.claim import from_base64url, to_base64url
from device_shadows.firmware import FirmwareJob, FirmwareReason, manifest

SUFFIX: Final = ".firmware.pem"


class FirmwareKeys:
    """The public keys in a charger, by key id."""

    def __init__(self, keys: Mapping[str, ec.EllipticCurvePublicKey] | None = None) -> None:
        self._keys = dict(keys or {})

    @classmethod
    def from_folder(cls, folder: Path) -> "FirmwareKeys":
        """The keys in the files `<key id>.firmware.pem`; ValueError if one is not an EC public key."""
        keys = {}
        for path in sorted(folder.glob(f"*{SUFFIX}")):
            key = serialization.load_pem_public_key(path.read_bytes())
            if not isinstance(key, ec.EllipticCurvePublicKey):
                raise ValueError(f"{path.name} is not an EC public key")  # noqa: TRY004 (it is the content that is wrong)
            keys[path.name.removesuffix(SUFFIX)] = key
        return cls(keys)

    def verify(self, job: FirmwareJob) -> FirmwareReason | None:
        """Why the signature of the job does not count, None if it does."""
        key = self._keys.get(job.key_id)
        if not key:
            return FirmwareReason.UNKNOWN_KEY
        try:
            key.verify(from_base64url(job.signature), manifest(job), ec.ECDSA(hashes.SHA256()))
        except (InvalidSignature, ValueError):
            return FirmwareReason.SIGNATURE_INVALID
        return None


def sign(job: FirmwareJob, key: ec.EllipticCurvePrivateKey) -> FirmwareJob:
    """The job with the signature of whoever releases firmware."""
    signature = to_base64url(key.sign(manifest(job), ec.ECDSA(hashes.SHA256())))
    return msgspec.structs.replace(job, signature=signature)
