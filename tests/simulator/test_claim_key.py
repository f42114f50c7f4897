"""A charger proves that somebody stands beside it, for ten minutes after power-on."""

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from device_shadows.claim import claim_message, fingerprint, from_base64url
from device_shadows.names import Serial
from simulator.claim_key import ClaimKey, ClaimWindowClosedError

SERIAL, NONCE, HASH = Serial("ZC-000001"), "n" * 43, "ab" * 32


def pem_of(key: ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def test_the_registered_key_verifies_the_claim_and_nothing_else() -> None:
    """ES256 over the bytes of the contract."""
    private = ec.generate_private_key(ec.SECP256R1())
    signature = from_base64url(ClaimKey.from_pem(pem_of(private)).sign_claim(SERIAL, NONCE, HASH, 2))
    scheme = ec.ECDSA(hashes.SHA256())
    private.public_key().verify(signature, claim_message(SERIAL, NONCE, HASH, 2), scheme)
    with pytest.raises(InvalidSignature):
        private.public_key().verify(signature, claim_message(SERIAL, NONCE, HASH, 3), scheme)


def test_the_window_closes_after_ten_minutes_and_opens_at_power_on() -> None:
    """600 s of real time, the last one included."""
    seconds = 0.0
    key = ClaimKey(ec.generate_private_key(ec.SECP256R1()), monotonic=lambda: seconds)
    seconds = 600.0
    assert key.sign_claim(SERIAL, NONCE, HASH, 0)
    seconds = 600.1
    with pytest.raises(ClaimWindowClosedError):
        key.sign_claim(SERIAL, NONCE, HASH, 0)
    key.power_on()
    assert key.sign_claim(SERIAL, NONCE, HASH, 0)


def test_the_fingerprint_is_that_of_the_public_key() -> None:
    """What the factory prints and registers."""
    private = ec.generate_private_key(ec.SECP256R1())
    der = private.public_key().public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    assert ClaimKey.from_pem(pem_of(private)).fingerprint == fingerprint(der)


def test_another_kind_of_key_is_refused() -> None:
    """P-256 only."""
    with pytest.raises(ValueError, match="P-256"):
        ClaimKey.from_pem(pem_of(ec.generate_private_key(ec.SECP384R1())))
