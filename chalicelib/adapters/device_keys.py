"""Public keys of chargers and what they sign."""

import base64

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from chalicelib.domain.claims import Claim
from chalicelib.domain.errors import InvalidInput
from device_shadows import claim as contract
from device_shadows.errors import ClaimInvalidError
from device_shadows.names import Serial


def fingerprint_of(public_key_pem: str) -> str:
    """What the QR code says of this key; InvalidInput unless it is a P-256 public key in PEM."""
    return contract.fingerprint(
        _load(public_key_pem).public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)
    )


def has_signed(claim: Claim, signature: str) -> bool:
    """Whether the charger has signed exactly this claim (ES256, DER, base64url)."""
    try:
        message = contract.claim_message(
            Serial(claim.serial), claim.nonce, contract.user_hash(claim.account_id), claim.claim_epoch
        )
        given = contract.from_base64url(signature)
        _load(claim.public_key_pem).verify(given, message, ec.ECDSA(hashes.SHA256()))
    except (InvalidSignature, ClaimInvalidError):
        return False
    return True


def key_of_request(request_pem: str, serial: str) -> str:
    """The public key (PEM) of a certificate signing request.

    InvalidInput unless it is signed with that key and its common name is `serial`.
    """
    try:
        request = x509.load_pem_x509_csr(request_pem.encode())
        is_signed = request.is_signature_valid
        names = [str(name.value) for name in request.subject.get_attributes_for_oid(NameOID.COMMON_NAME)]
        public_key = request.public_key()
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise InvalidInput("not a certificate signing request in PEM", field="csr_pem") from error
    if not is_signed or names != [serial]:
        raise InvalidInput("the request is not this charger's own", field="csr_pem")
    info = serialization.PublicFormat.SubjectPublicKeyInfo
    return public_key.public_bytes(serialization.Encoding.PEM, info).decode()


def read_signed_request(request: str) -> str:
    """A certificate signing request (DER, base64) as PEM; InvalidInput unless it is one that its own key has signed."""
    try:
        read = x509.load_der_x509_csr(base64.b64decode(request, validate=True))
        is_signed = read.is_signature_valid
    except (ValueError, TypeError, UnsupportedAlgorithm, InvalidSignature) as error:
        raise InvalidInput("not a certificate signing request", field="csr") from error
    if not is_signed:
        raise InvalidInput("the request is not signed with its own key", field="csr")
    return read.public_bytes(serialization.Encoding.PEM).decode()


def user_hash(account_id: str) -> str:
    """What stands for the account in a signature."""
    return contract.user_hash(account_id)


def _load(public_key_pem: str) -> ec.EllipticCurvePublicKey:
    try:
        key = serialization.load_pem_public_key(public_key_pem.encode())
    except (ValueError, UnsupportedAlgorithm) as error:
        raise InvalidInput("not a public key in PEM", field="public_key_pem") from error
    if not isinstance(key, ec.EllipticCurvePublicKey) or not isinstance(key.curve, ec.SECP256R1):
        raise InvalidInput("not a P-256 key", field="public_key_pem")
    return key
