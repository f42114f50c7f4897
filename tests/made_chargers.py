"""Chargers as they leave the factory, for tests: a key that signs claims, a line in the registry, a thing."""

import json
from datetime import UTC, datetime
from typing import Any

import boto3
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from chalicelib.adapters import clock
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import Charger
from chalicelib.domain.claims import Claim
from chalicelib.services import claims, factory_registry
from chalicelib.services.claims import Proof
from chalicelib.services.factory_registry import NewUnit
from device_shadows.claim import claim_message, fingerprint, to_base64url
from device_shadows.names import Serial
from tests import infra

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)


class MadeCharger:
    """One charger, in the registry; `is_thing` False: the device service does not know it yet."""

    def __init__(self, serial: str = "ZC-00000001", *, is_thing: bool = True) -> None:
        self.serial = serial
        self.key = ec.generate_private_key(ec.SECP256R1())
        public, info = self.key.public_key(), serialization.PublicFormat.SubjectPublicKeyInfo
        self.public_key_pem = public.public_bytes(serialization.Encoding.PEM, info).decode()
        self.fingerprint = fingerprint(public.public_bytes(serialization.Encoding.DER, info))
        unit = NewUnit(serial=serial, public_key_pem=self.public_key_pem, model="test")
        assert factory_registry.register([unit]) == 1
        if is_thing:
            self.become_thing()

    def become_thing(self) -> None:
        """Make it known to the device service."""
        boto3.client("iot", region_name=infra.REGION).create_thing(thingName=self.serial)

    def sign(self, nonce: str, user_hash: str, claim_epoch: int) -> str:
        """What the charger answers over Bluetooth."""
        message = claim_message(Serial(self.serial), nonce, user_hash, claim_epoch)
        return to_base64url(self.key.sign(message, ec.ECDSA(hashes.SHA256())))

    def config(self) -> Any:
        """What is desired in its config shadow."""
        data = boto3.client("iot-data", region_name=infra.REGION)
        answer = data.get_thing_shadow(thingName=self.serial, shadowName="config")
        return json.loads(answer["payload"].read())["state"]["desired"]

    def begin_claim(self, who: Account, **proof: Any) -> tuple[Claim, Proof]:
        """A claim of `who`, begun now, and this charger's proof for it."""
        started = claims.start(who, self.serial, self.fingerprint, clock.real_now())
        claim = started.claim
        return claim, Proof(signature=self.sign(claim.nonce, started.user_hash, claim.claim_epoch), **proof)

    def claim(self, who: Account, **proof: Any) -> Charger:
        """Make `who` its owner."""
        claim, proved = self.begin_claim(who, **proof)
        return claims.prove(who, claim.claim_id, proved, NOW, clock.real_now())
