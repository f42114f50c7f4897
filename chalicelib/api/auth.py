"""Signing in and out: /v1/auth."""

from http import HTTPStatus
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.adapters.cognito import Tokens
from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import Call, SignedInCall
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Language
from chalicelib.services import sign_in

api = ApiBlueprint(__name__)
RefreshToken = Annotated[str, Meta(min_length=1, max_length=8192)]


class CodeRequest(Body, frozen=True, kw_only=True):
    """Who wants to sign in; any spelling of the number will do."""

    phone: Annotated[str, Meta(min_length=1, max_length=32)]


class CodeAnswer(Struct, frozen=True, kw_only=True):
    """The same for every number, known or not."""

    challenge_id: str
    expires_in_s: int
    resend_after_s: int


class CodeEntry(Body, frozen=True, kw_only=True):
    """The code that came by text message."""

    challenge_id: Annotated[str, Meta(min_length=1, max_length=400)]
    code: Annotated[str, Meta(pattern="^[0-9]{6}$")]


class RefreshRequest(Body, frozen=True, kw_only=True):
    """The refresh token that came last."""

    refresh_token: RefreshToken


class TokenAnswer(Struct, frozen=True, kw_only=True):
    """Keep the refresh token of the newest answer: an older one dies."""

    access_token: str
    refresh_token: str
    expires_in_s: int


class SignInAnswer(TokenAnswer, frozen=True, kw_only=True):
    """Tokens, and whether this sign-in made the account."""

    new_account: bool


@api.endpoint("POST", "/v1/auth/code", action=Action.PUBLIC, status=HTTPStatus.ACCEPTED, headers=("Accept-Language",))
def request_code(call: Call, body: CodeRequest) -> CodeAnswer:
    """Send a one-time code by text message."""
    sent = sign_in.request_code(body.phone, _language(call), call.source_ip, call.real_now)
    return CodeAnswer(
        challenge_id=sent.challenge_id, expires_in_s=sent.expires_in_s, resend_after_s=sent.resend_after_s
    )


@api.endpoint("POST", "/v1/auth/token", action=Action.PUBLIC, headers=("Accept-Language",))
def exchange_code(call: Call, body: CodeEntry) -> SignInAnswer:
    """Tokens for a code; the first right code makes the account."""
    done = sign_in.exchange_code(body.challenge_id, body.code, _language(call), call.real_now)
    tokens = done.tokens
    return SignInAnswer(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        expires_in_s=tokens.expires_in_s,
        new_account=done.new_account,
    )


@api.endpoint("POST", "/v1/auth/refresh", action=Action.PUBLIC)
def refresh_tokens(call: Call, body: RefreshRequest) -> TokenAnswer:
    """New tokens for a refresh token, which is then used up."""
    return _told(sign_in.refresh(body.refresh_token, call.real_now))


@api.endpoint("POST", "/v1/auth/logout", action=Action.USE_OWN_ACCOUNT, status=HTTPStatus.NO_CONTENT)
def sign_out(call: SignedInCall, body: RefreshRequest) -> None:  # noqa: ARG001
    """End this sign-in: its refresh token gives no new tokens any more."""
    sign_in.sign_out(body.refresh_token)


@api.endpoint("POST", "/v1/auth/logout-everywhere", action=Action.USE_OWN_ACCOUNT, status=HTTPStatus.NO_CONTENT)
def sign_out_everywhere(call: SignedInCall) -> None:
    """End every sign-in of one's account, this one too."""
    sign_in.sign_out_everywhere(call.account, call.real_now)


def _told(tokens: Tokens) -> TokenAnswer:
    return TokenAnswer(
        access_token=tokens.access_token, refresh_token=tokens.refresh_token, expires_in_s=tokens.expires_in_s
    )


def _language(call: Call) -> Language:
    """English for those who ask for it first, else Norwegian (RFC 9110 Accept-Language, the first tag only)."""
    return "en" if call.headers.get("accept-language", "").strip().lower().startswith("en") else "no"
