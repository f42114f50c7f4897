"""Cognito keeps the users and issues the tokens; whether somebody may sign in is decided by us before it is asked.

The app client is confidential: without its secret nobody can start a sign-in past our limits.
"""

import base64
import contextlib
import functools
import hmac
import secrets
from typing import Any, Final

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.adapters.sign_in_proof import proof
from chalicelib.domain.errors import DependencyDown, Unauthenticated
from chalicelib.domain.ids import AccountId
from chalicelib.settings import settings

_CHALLENGE: Final = "CUSTOM_CHALLENGE"


class RefreshTokenNotValid(Unauthenticated):
    """The refresh token was used up, revoked, expired or never ours."""

    code = "refresh_token_not_valid"


class User(msgspec.Struct, frozen=True, kw_only=True):
    """A user of the pool: Cognito's own name for it and the subject of its tokens."""

    username: str
    account_id: AccountId


class Tokens(msgspec.Struct, frozen=True, kw_only=True):
    """What a signed-in app holds; `expires_in_s` is about the access token."""

    access_token: str
    refresh_token: str
    expires_in_s: int


def ensure_user(phone: str) -> User:
    """The user with this number (E.164), made now if there is none; a half-made one is completed.

    The password is random and nobody knows it: Cognito lets a user sign in by our challenge only once it has one.
    """
    try:
        found = _call("admin_get_user", Username=phone)
        username, attributes = found["Username"], found["UserAttributes"]
        is_complete = found["UserStatus"] == "CONFIRMED"
    except _NoSuchUser:
        username, attributes = _create(phone)
        is_complete = False
    if not is_complete:
        _call("admin_set_user_password", Username=username, Password=_random_password(), Permanent=True)
    subject = next(attribute["Value"] for attribute in attributes if attribute["Name"] == "sub")
    return User(username=username, account_id=AccountId(subject))


def sign_in(user: User) -> Tokens:
    """Tokens for `user`; call it only after the code was right."""
    known = {"USERNAME": user.username, "SECRET_HASH": _secret_hash(user.username)}
    app = {"ClientId": settings().user_pool_client_id}
    begun = _call("admin_initiate_auth", **app, AuthFlow="CUSTOM_AUTH", AuthParameters=known)
    answer = proof(begun["ChallengeParameters"]["nonce"], user.username)
    done = _call(
        "admin_respond_to_auth_challenge",
        **app,
        ChallengeName=_CHALLENGE,
        Session=begun["Session"],
        ChallengeResponses=known | {"ANSWER": answer},
    )
    return _tokens(done["AuthenticationResult"], "")


def refresh(refresh_token: str) -> Tokens:
    """New tokens; the old refresh token dies with its first use, except for a moment's grace for a lost answer."""
    try:
        answer = client("cognito-idp").get_tokens_from_refresh_token(RefreshToken=refresh_token, **_confidential())
    except ClientError as error:
        if _code(error) in {"NotAuthorizedException", "RefreshTokenReuseException", "InvalidParameterException"}:
            raise RefreshTokenNotValid from error
        raise DependencyDown("the sign-in service does not answer") from error
    except BotoCoreError as error:
        raise DependencyDown("the sign-in service does not answer") from error
    return _tokens(answer["AuthenticationResult"], refresh_token)


def revoke(refresh_token: str) -> None:
    """End the refresh token and the access tokens made from it; one that is not ours is as good as ended."""
    try:
        client("cognito-idp").revoke_token(Token=refresh_token, **_confidential())
    except ClientError as error:
        if _code(error) in {"NotAuthorizedException", "InvalidParameterException", "UnsupportedTokenTypeException"}:
            return
        raise DependencyDown("the sign-in service does not answer") from error
    except BotoCoreError as error:
        raise DependencyDown("the sign-in service does not answer") from error


def sign_out_everywhere(phone: str) -> None:
    """End all refresh tokens of the user with this number; a user that is gone has none."""
    with contextlib.suppress(_NoSuchUser):
        _call("admin_user_global_sign_out", Username=_call("admin_get_user", Username=phone)["Username"])


def delete_user(phone: str, account_id: AccountId) -> None:
    """Sign out and delete the user with this number if it is this account's; one that is gone, or a later one, stays.

    It is deleted by its own name, which is never used again, and not by the number, which may be.
    """
    with contextlib.suppress(_NoSuchUser):
        found = _call("admin_get_user", Username=phone)
        subject = next(attribute["Value"] for attribute in found["UserAttributes"] if attribute["Name"] == "sub")
        if subject == account_id:
            _call("admin_user_global_sign_out", Username=found["Username"])
            _call("admin_delete_user", Username=found["Username"])


class _NoSuchUser(Exception):  # noqa: N818
    """There is no user with this name."""


def _create(phone: str) -> tuple[str, list[dict[str, str]]]:
    attributes = [{"Name": "phone_number", "Value": phone}, {"Name": "phone_number_verified", "Value": "true"}]
    try:
        made = _call("admin_create_user", Username=phone, MessageAction="SUPPRESS", UserAttributes=attributes)["User"]
    except _UserExists:
        found = _call("admin_get_user", Username=phone)
        return found["Username"], found["UserAttributes"]
    return made["Username"], made["Attributes"]


class _UserExists(Exception):  # noqa: N818
    """Somebody made the user a moment ago."""


def _call(operation: str, **parameters: Any) -> Any:
    try:
        return getattr(client("cognito-idp"), operation)(UserPoolId=settings().user_pool_id, **parameters)
    except ClientError as error:
        if _code(error) == "UserNotFoundException":
            raise _NoSuchUser from error
        if _code(error) == "UsernameExistsException":
            raise _UserExists from error
        raise DependencyDown("the sign-in service does not answer") from error
    except BotoCoreError as error:
        raise DependencyDown("the sign-in service does not answer") from error


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", ""))


def _tokens(result: dict[str, Any], refresh_token: str) -> Tokens:
    return Tokens(
        access_token=result["AccessToken"],
        refresh_token=result.get("RefreshToken") or refresh_token,
        expires_in_s=int(result["ExpiresIn"]),
    )


def _random_password() -> str:
    """Long, and with one of each kind of character that a pool may ask for."""
    return "aA1!" + secrets.token_urlsafe(36)


@functools.cache
def _client_secret() -> str:
    described = _call("describe_user_pool_client", ClientId=settings().user_pool_client_id)
    return str(described["UserPoolClient"]["ClientSecret"])


def _confidential() -> dict[str, str]:
    return {"ClientId": settings().user_pool_client_id, "ClientSecret": _client_secret()}


def _secret_hash(username: str) -> str:
    """Cognito's SECRET_HASH: HMAC-SHA-256 of user name and client id with the client's secret, base64."""
    message = (username + settings().user_pool_client_id).encode()
    return base64.b64encode(hmac.digest(_client_secret().encode(), message, "sha256")).decode()
