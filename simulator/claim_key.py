"""A charger's identity key, and the ten minutes after power-on in which it signs claims."""

import time
from collections.abc import Callable
from typing import Self

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from device_shadows.claim import CLAIM_WINDOW_S, claim_message, fingerprint, to_base64url
from device_shadows.names import Serial


class ClaimWindowClosedError(Exception):
    """The charger was powered on more than 600 s of real time ago: switch it off and on, then claim."""


class ClaimKey:
    """Holds the P-256 key of the charger's certificate; `monotonic` is the machine's own, real clock."""

    def __init__(
        self, private_key: ec.EllipticCurvePrivateKey, *, monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self._key, self._monotonic = private_key, monotonic
        self._powered_on_at = monotonic()

    @classmethod
    def generate(cls) -> Self:
        """A new key, as the factory makes one in the charger."""
        return cls(ec.generate_private_key(ec.SECP256R1()))

    @classmethod
    def from_pem(cls, pem: bytes) -> Self:
        """The key of an unencrypted PEM; ValueError if it is not on P-256."""
        key = serialization.load_pem_private_key(pem, password=None)
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise ValueError("a charger's key is an EC key on P-256")  # noqa: TRY004 (it is the content that is wrong)
        return cls(key)

    @property
    def fingerprint(self) -> str:
        """The fingerprint of the public key, as printed on the QR code."""
        return fingerprint(
            self._key.public_key().public_bytes(
                serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
            )
        )

    def power_on(self) -> None:
        """The power came back: claims are signed for the next 600 s."""
        self._powered_on_at = self._monotonic()

    def sign_claim(self, serial: Serial, nonce: str, user_hash: str, claim_epoch: int) -> str:
        """The ES256 signature (DER, base64url) of the claim; ClaimWindowClosedError outside the window."""
        message = claim_message(serial, nonce, user_hash, claim_epoch)
        if self._monotonic() - self._powered_on_at > CLAIM_WINDOW_S:
            raise ClaimWindowClosedError("the charger was switched on more than 10 minutes ago")
        return to_base64url(self._key.sign(message, ec.ECDSA(hashes.SHA256())))
