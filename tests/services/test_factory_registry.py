"""The registry of made chargers."""

from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

from chalicelib.adapters.dynamo import factory
from chalicelib.domain.claims import SerialTaken
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import Serial
from chalicelib.services.factory_registry import NewUnit, register
from tests.identity import People
from tests.made_chargers import MadeCharger

pytestmark = pytest.mark.usefixtures("cloud")


def pem(private_key: Any) -> str:
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return str(private_key.public_key().public_bytes(serialization.Encoding.PEM, info).decode())


def unit(serial: str, key: str) -> NewUnit:
    return NewUnit(serial=serial, public_key_pem=key, model="test")


def test_registering_again_does_not_take_a_charger_from_its_owner(people: People) -> None:
    """A batch that is sent twice changes nothing about a charger that was claimed in between."""
    made = MadeCharger()
    made.claim(people.account())
    before = factory.find(Serial(made.serial))
    assert register([unit(made.serial, made.public_key_pem)]) == 0
    assert factory.find(Serial(made.serial)) == before


def test_a_serial_keeps_its_key() -> None:
    """Another key under a known serial is refused: it would be another charger."""
    made = MadeCharger()
    with pytest.raises(SerialTaken):
        register([unit(made.serial, pem(ec.generate_private_key(ec.SECP256R1())))])
    found = factory.find(Serial(made.serial))
    assert found is not None
    assert found.fingerprint == made.fingerprint


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(pem(ec.generate_private_key(ec.SECP384R1())), id="another curve"),
        pytest.param(pem(ed25519.Ed25519PrivateKey.generate()), id="another algorithm"),
        pytest.param(pem(rsa.generate_private_key(public_exponent=65537, key_size=2048)), id="RSA"),
        pytest.param("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n", id="nonsense"),
        pytest.param("", id="nothing"),
    ],
)
def test_only_p256_keys_enter(key: str) -> None:
    """The contract with chargers signs with P-256; nothing of the batch enters when one key is wrong."""
    good = pem(ec.generate_private_key(ec.SECP256R1()))
    with pytest.raises(InvalidInput):
        register([unit("ZC-00000010", good), unit("ZC-00000011", key)])
    assert factory.find(Serial("ZC-00000010")) is None


@pytest.mark.parametrize("serial", ["zc-00000001", "SHORT", "ZC/00000001", "ZC+00000001", "ZC-#0000001", "Z" * 21])
def test_a_serial_that_could_widen_a_topic_is_refused(serial: str) -> None:
    """The serial becomes the thing name and part of topics: only A-Z, 0-9 and hyphen, 8 to 20 of them."""
    with pytest.raises(InvalidInput):
        register([unit(serial, pem(ec.generate_private_key(ec.SECP256R1())))])
