"""Unlock tickets: what one says, how long it lives, how many a person gets; which key signs, and which comes next."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.errors import Conflict
from chalicelib.domain.grants import OWNER, Grant
from chalicelib.domain.ids import Serial

NONCE_LIFE: Final = timedelta(seconds=120)
"""As long as a charger waits for the answer to its challenge."""
CACHED_LIFE: Final = timedelta(minutes=15)
WINDOW: Final = timedelta(minutes=10)
PER_WINDOW: Final = 30
"""Tickets for one person at one charger in each ten minutes: a phone that keeps one at hand needs one."""
KEY_REST: Final = timedelta(days=1)
"""How old the next key is at least before it signs: chargers that are connected have it then."""


class TicketKind(StrEnum):
    """Bound to the charger's challenge, or kept by the phone for a quarter of an hour."""

    NONCE = "nonce"
    CACHED = "cached"


class ChargerDisabled(Conflict):
    """Nobody can charge here: its owner has disabled the charger."""

    code = "charger_disabled"


class NextKeyIsFresh(Conflict):
    """Chargers may not have the next key yet; it signs a day after it was made, or when one insists."""

    code = "next_key_is_fresh"


class Right(msgspec.Struct, frozen=True, kw_only=True):
    """Why somebody may charge at a charger now: the name of that right, and when it ends by itself."""

    subject: str
    until: datetime | None = None


OWNERS: Final = Right(subject=OWNER)
MOST_RIGHTS: Final = 32
"""As many as fit into a charger's configuration."""


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket says, in whole seconds."""

    serial: Serial
    subject: str
    access_epoch: int
    issued_at: datetime
    expires_at: datetime
    until: datetime | None
    kind: TicketKind


class SeedState(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two seeds that keys are made from: the lower number signs, the higher one is next."""

    number: int
    key: str
    made_at: datetime | None = None


def right_of(grant: Grant | None) -> Right:
    """The owner's right, or that of a guest by their grant."""
    return OWNERS if grant is None else Right(subject=grant.grant_id, until=grant.window.until)


def rights_at(grants: Iterable[Grant], now: datetime) -> tuple[Right, ...]:
    """The owner's right and those of all guests who may charge at `now`, as far as there is room."""
    guests = sorted((right_of(grant) for grant in grants if grant.covers(now)), key=lambda right: right.subject)
    return (OWNERS, *guests)[:MOST_RIGHTS]


def make_terms(serial: Serial, right: Right, access_epoch: int, kind: TicketKind, now: datetime) -> Terms:
    """The ticket for this right; it never outlives it."""
    issued_at = now.replace(microsecond=0)
    until = None if right.until is None else right.until.replace(microsecond=0)
    expires_at = issued_at + (NONCE_LIFE if kind is TicketKind.NONCE else CACHED_LIFE)
    return Terms(
        serial=serial,
        subject=right.subject,
        access_epoch=access_epoch,
        issued_at=issued_at,
        expires_at=expires_at if until is None else min(expires_at, until),
        until=until,
        kind=kind,
    )


def window_name(real_now: datetime) -> str:
    """The ten minutes in which tickets are counted together."""
    return str(int(real_now.timestamp() // WINDOW.total_seconds()))


def rest_of_window_s(real_now: datetime) -> int:
    """Seconds until more tickets are given."""
    window_s = int(WINDOW.total_seconds())
    return window_s - int(real_now.timestamp()) % window_s


def next_seed(states: tuple[SeedState, SeedState], key: str, now: datetime, *, insists: bool = False) -> SeedState:
    """What takes the place of the seed that signs, so that the other one signs; NextKeyIsFresh if that is too early."""
    coming = max(states, key=lambda state: state.number)
    if not insists and coming.made_at is not None and now - coming.made_at < KEY_REST:
        raise NextKeyIsFresh("chargers may not have the next key yet")
    return SeedState(number=coming.number + 1, key=key, made_at=now)
