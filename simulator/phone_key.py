"""The key that a phone keeps: tickets are bound to it, and it proves over Bluetooth that it is there."""

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from device_shadows.claim import to_base64url
from device_shadows.names import Serial
from device_shadows.ticket import proof_message


class PhoneKey:
    """A P-256 key, as a phone's secure hardware makes one."""

    def __init__(self, private_key: ec.EllipticCurvePrivateKey | None = None) -> None:
        self._key = private_key or ec.generate_private_key(ec.SECP256R1())

    @property
    def point(self) -> bytes:
        """The public key as a compressed point."""
        form = serialization.PublicFormat.CompressedPoint
        return self._key.public_key().public_bytes(serialization.Encoding.X962, form)

    @property
    def text(self) -> str:
        """The public key as the API takes it."""
        return to_base64url(self.point)

    def prove(self, serial: Serial, challenge: bytes, ticket: bytes) -> bytes:
        """The answer to a charger's challenge for this ticket: ES256, DER."""
        return self._key.sign(proof_message(serial, challenge, ticket), ec.ECDSA(hashes.SHA256()))
