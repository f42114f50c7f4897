"""What keeps phone numbers and codes out of the store: keyed hashes, and challenge ids that carry the number sealed."""

import base64
import hmac
from typing import Final

from cryptography.fernet import Fernet, InvalidToken

from chalicelib.adapters import secret_store
from chalicelib.domain.ids import ChallengeId
from chalicelib.domain.one_time_codes import CodeNotValid
from chalicelib.settings import settings

_SEPARATOR: Final = "|"
_MAX_LENGTH: Final = 400


def number_key(phone: str) -> str:
    """The name of `phone` (E.164) in the store."""
    return _mac("number", phone).hex()


def network_key(network: str) -> str:
    """The name of a network in the store."""
    return _mac("network", network).hex()


def inviter_key(account_id: str) -> str:
    """The name of somebody who invites, where a day's invitations are counted."""
    return _mac("inviter", account_id).hex()


def invited_key(phone: str) -> str:
    """The name of a number that is invited, where a day's invitations are counted."""
    return _mac("invited", phone).hex()


def code_mac(phone: str, nonce: str, code: str) -> str:
    """What is stored of a code; it is good for this number and this challenge only."""
    return _mac("code", phone, nonce, code).hex()


def is_same(mac: str, other: str) -> bool:
    """Whether two hashes are equal, compared in constant time."""
    return hmac.compare_digest(mac, other)


def seal(phone: str, nonce: str) -> ChallengeId:
    """An id that only we can make and open."""
    sealed = _box().encrypt(_SEPARATOR.join((nonce, phone)).encode())
    return ChallengeId(sealed.decode().rstrip("="))


def unseal(challenge_id: str) -> tuple[str, str]:
    """The number and the nonce in an id made by `seal`; CodeNotValid for anything else."""
    if len(challenge_id) > _MAX_LENGTH:
        raise CodeNotValid
    try:
        padded = challenge_id + "=" * (-len(challenge_id) % 4)
        nonce, phone = _box().decrypt(padded).decode().split(_SEPARATOR)
    except (InvalidToken, ValueError) as error:
        raise CodeNotValid from error
    return phone, nonce


def _mac(purpose: str, *parts: str) -> bytes:
    message = _SEPARATOR.join(("zmartcharge-code-v1", purpose, *parts)).encode()
    return hmac.digest(secret_store.key(settings().one_time_code_secret_arn), message, "sha256")


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_mac("seal")))
