"""The keys of unlock tickets: which are live, the next one takes over, chargers are told.

Who calls acts with an operator's AWS credentials (the command line); there is no way here from the API.
"""

import functools
import secrets
from collections.abc import Iterator
from datetime import datetime

import msgspec

from chalicelib.adapters import config_shadow, ticket_keys
from chalicelib.adapters.dynamo import chargers
from chalicelib.domain.errors import NotFound
from chalicelib.domain.tickets import next_seed
from chalicelib.services.chargers import settings_of

_SEED_BYTES = 32


class LiveKey(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two keys that chargers accept."""

    kid: str
    signs: bool
    made_at: datetime | None
    public_key: str


def show() -> tuple[LiveKey, LiveKey]:
    """The key that signs and the one that is next."""
    signing, coming = (
        LiveKey(kid=key.kid, signs=signs, made_at=key.made_at, public_key=key.public_key)
        for key, signs in zip(ticket_keys.live(), (True, False), strict=True)
    )
    return signing, coming


def rotate(now: datetime, *, insists: bool = False) -> tuple[LiveKey, LiveKey]:
    """The next key signs from now on and a new one is next; the old one is no more.

    Chargers learn of it by `publish`, and whenever their settings are written. NextKeyIsFresh within a day of the
    rotation before, unless the caller insists: chargers without the next key open for nobody until they are told.
    """
    seed = secrets.token_urlsafe(_SEED_BYTES)
    ticket_keys.replace_signing(next_seed(ticket_keys.states(), seed, now, insists=insists))
    return show()


def publish() -> Iterator[str]:
    """Tell every claimed charger its settings with the live keys; the serials as they are told. May be repeated."""
    for charger in chargers.list_all():
        try:
            config_shadow.write(charger.serial, functools.partial(settings_of, charger))
        except NotFound:  # removed in between
            continue
        yield charger.serial
