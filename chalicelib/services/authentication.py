"""Who is calling: the token says which account, the account says whether it still counts."""

from datetime import datetime

from chalicelib.adapters import tokens
from chalicelib.adapters.dynamo import accounts
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import Unauthenticated


def authenticate(authorization: str | None, now: datetime, *, even_erased: bool = False) -> Account:
    """The account whose access token `authorization` ("Bearer ...") carries, at real time `now`.

    Unauthenticated when there is none, when it is not valid, when the account is gone or being erased, or when it has
    signed out everywhere since the token was issued. Tokens tell whole seconds: one of the same second counts as older.
    With `even_erased` an account that is being erased counts, for whoever asks again to have it erased.
    """
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Unauthenticated("send an access token")
    proved = tokens.verify(token.strip(), now)
    account = accounts.find(proved.account_id)
    if account is None or (account.signed_out_at is not None and proved.issued_at < account.signed_out_at):
        raise Unauthenticated("the access token is not valid any more")
    if account.erasure_id is not None and not even_erased:
        raise Unauthenticated("the access token is not valid any more")
    return account
