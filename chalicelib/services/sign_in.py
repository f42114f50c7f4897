"""Signing in with a code by text message. All times are real time: codes and tokens do not follow a scaled clock.

Nothing here asks whether a number is known before its code was right, so no answer can tell. A number that has a pause
after too many wrong codes goes the same way too, only that its message is thrown away at the end of the queue; so does
one of a country that we do not serve, unless somebody has invited it.
"""

import secrets
from datetime import datetime
from typing import Final

import msgspec

from chalicelib.adapters import code_seal, cognito, queues, tokens
from chalicelib.adapters.cognito import RefreshTokenNotValid, Tokens, User
from chalicelib.adapters.dynamo import accounts, challenges, sending_limits
from chalicelib.adapters.phone_numbers import parse_mobile
from chalicelib.domain import one_time_codes
from chalicelib.domain.accounts import Account, Language
from chalicelib.domain.errors import DependencyDown, TooManyRequests
from chalicelib.domain.ids import ChallengeId
from chalicelib.domain.one_time_codes import DIGITS, LIFE, Challenge, CodeMessage, CodeNotValid
from chalicelib.domain.sending_limits import WINDOW, SmsBudgetSpent, network_of, rest_of_day_s
from chalicelib.observability import count
from chalicelib.services import invitations
from chalicelib.settings import settings

_ROUNDS: Final = 8
"""How often a network's row is written anew when others of that network ask at the same moment."""


class CodeSent(msgspec.Struct, frozen=True, kw_only=True):
    """A code is on its way."""

    challenge_id: ChallengeId
    expires_in_s: int
    resend_after_s: int


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """The tokens of a person, and whether this made the account."""

    tokens: Tokens
    new_account: bool


def request_code(phone_text: str, language: Language, source_ip: str, now: datetime) -> CodeSent:
    """Send a new code, which kills the old one.

    PhoneNotAccepted; TooManyRequests over the limits of the number or of the network of `source_ip`; SmsBudgetSpent.
    """
    phone = parse_mobile(phone_text)
    number_key = code_seal.number_key(phone)
    before = challenges.read(number_key)
    _require_pause(one_time_codes.wait_s(before.sent_at, now))
    _take_from_network(source_ip, now)
    if not sending_limits.take_from_budget(now, settings().sms_budget_per_day):
        count("SmsBudgetSpent")
        raise SmsBudgetSpent("no codes can be sent today", retry_after_s=rest_of_day_s(now))
    code, nonce = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}", secrets.token_urlsafe(16)
    challenge = Challenge(
        number_key=number_key,
        nonce=nonce,
        code_mac=code_seal.code_mac(phone, nonce, code),
        expires_at=now + LIFE,
        sent_at=one_time_codes.remembered(before.sent_at, now),
        failures_allowed=before.failures.allowed(now),
    )
    resend_after_s = one_time_codes.wait_s(challenge.sent_at, now)
    if not challenges.replace(challenge, before):
        _require_pause(resend_after_s)
    is_wanted = invitations.may_have_code(phone, now)
    message = CodeMessage(
        phone=phone,
        code=code,
        language=language,
        expires_at=challenge.expires_at,
        withheld=before.failures.is_pause(now) or not is_wanted,
    )
    queues.send(settings().sms_queue_url, message)
    _note_sent(now)
    return CodeSent(
        challenge_id=code_seal.seal(phone, nonce),
        expires_in_s=int(LIFE.total_seconds()),
        resend_after_s=resend_after_s,
    )


def exchange_code(challenge_id: str, code: str, language: Language, now: datetime) -> SignedIn:
    """Tokens for the right code; CodeNotValid otherwise. A try is taken away before the code is looked at."""
    phone, nonce = code_seal.unseal(challenge_id)
    number_key = code_seal.number_key(phone)
    live_mac = challenges.take_try(number_key, nonce, now)
    if live_mac is None or not code_seal.is_same(live_mac, code_seal.code_mac(phone, nonce, code)):
        count("CodeWrong")
        raise CodeNotValid
    if not challenges.consume(number_key, nonce, now):
        raise CodeNotValid
    sending_limits.note_used(now)
    count("CodeUsed")
    user, is_new = _ensure_account(phone, language, now)
    invitations.accept(user.account_id, phone, now)
    return SignedIn(tokens=cognito.sign_in(user), new_account=is_new)


def refresh(refresh_token: str, now: datetime) -> Tokens:
    """New tokens for a refresh token; RefreshTokenNotValid when it does not count any more.

    Cognito knows the user of an account that is being erased for some seconds more.
    """
    fresh = cognito.refresh(refresh_token)
    account = accounts.find(tokens.verify(fresh.access_token, now).account_id)
    if account is None or account.erasure_id is not None:
        raise RefreshTokenNotValid
    return fresh


def sign_out(refresh_token: str) -> None:
    """End this sign-in; repeating it, or ending one that never was, changes nothing."""
    cognito.revoke(refresh_token)


def sign_out_everywhere(account: Account, now: datetime) -> None:
    """End every sign-in of the account; access tokens are refused from the next request on.

    Cognito comes first: if it does not answer, the caller's token still counts and the call can be repeated.
    """
    cognito.sign_out_everywhere(account.phone)
    accounts.sign_out(account.account_id, now)


def _ensure_account(phone: str, language: Language, now: datetime) -> tuple[User, bool]:
    """The user with this number and an account that is not being erased; whether the account was made now."""
    for _ in range(_ROUNDS):
        user = cognito.ensure_user(phone)
        if accounts.create(Account(account_id=user.account_id, phone=phone, language=language, created_at=now)):
            return user, True
        known = accounts.find(user.account_id)
        if known is not None and known.erasure_id is None:
            return user, False
        cognito.delete_user(phone, user.account_id)
    raise DependencyDown("the account before this one has not gone yet")


def _require_pause(wait_s: int) -> None:
    if wait_s > 0:
        raise TooManyRequests("too many codes for this number", retry_after_s=wait_s)


def _take_from_network(source_ip: str, now: datetime) -> None:
    """Count one more code for the network; of requests at the same moment each is counted, or told to come again."""
    network = network_of(source_ip)
    network_key = code_seal.network_key(network.name)
    wait_s = 1
    for _ in range(_ROUNDS):
        before = sending_limits.read_network(network_key)
        wait_s = one_time_codes.window_wait_s(before.at, WINDOW, network.most, now)
        if wait_s > 0:
            break
        if sending_limits.add_to_network(network_key, before, now):
            return
    count("CodeRefusedToNetwork")
    raise TooManyRequests("too many codes from this network", retry_after_s=max(wait_s, 1))


def _note_sent(now: datetime) -> None:
    count("CodeSent")
    if sending_limits.note_sent(now).is_low:
        count("CodeConversionLow")
