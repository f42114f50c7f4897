"""The registry of tables: for each one, how what it holds of a person is found. Export and erasure read it.

A table of infra/*.yaml that is not in it fails a test, so that nobody's data is forgotten. The erasure deletes what the
registry finds, unless the registry says that it goes another way.
"""

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamo.accounts import AccountRow
from chalicelib.adapters.dynamo.challenges import ChallengeRow
from chalicelib.adapters.dynamo.charger_states import ChargerStateRow
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.claims import ClaimRow
from chalicelib.adapters.dynamo.commands import CommandRow
from chalicelib.adapters.dynamo.erasures import ErasureRow
from chalicelib.adapters.dynamo.factory import UnitRow
from chalicelib.adapters.dynamo.grants import GrantRow, without_guest
from chalicelib.adapters.dynamo.hours import HourRow
from chalicelib.adapters.dynamo.ledgers import LedgerRow
from chalicelib.adapters.dynamo.meters import MeterRow
from chalicelib.adapters.dynamo.notifications import NotificationRow
from chalicelib.adapters.dynamo.plans import PlanRow
from chalicelib.adapters.dynamo.prices import PriceDayRow
from chalicelib.adapters.dynamo.push_tokens import PushTokenRow
from chalicelib.adapters.dynamo.quarantine import BadMessageRow
from chalicelib.adapters.dynamo.readings import ReadingRow
from chalicelib.adapters.dynamo.repeats import RepeatRow
from chalicelib.adapters.dynamo.sending_limits import LimitRow
from chalicelib.adapters.dynamo.sessions import SessionRow
from chalicelib.adapters.dynamo.sites import SiteRow
from chalicelib.adapters.dynamo.status_changes import StatusChangeRow
from chalicelib.adapters.dynamo.table import Table, calling
from chalicelib.domain.ids import AccountId

Item = dict[str, Any]


class By(StrEnum):
    """Which of a person's keys leads to their items; NOBODY: the table holds nothing of any person."""

    ACCOUNT = "account id"
    NUMBER = "keyed hash of the phone number"
    CHARGER = "ids of the chargers they own"
    SERIAL = "serials of the chargers they own"
    GUEST = "account id, in what belongs to others too"
    NOBODY = "nobody"


class Goes(StrEnum):
    """How an erasure ends what a table holds of a person."""

    BY_ROW = "every row found is deleted"
    BY_CUT = "the transaction that begins the erasure has ended it"
    LAST = "when nothing else is left"


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """One table: its rows, the key and the index that find a person's, and what of them is nobody's to see.

    `moment` names the attribute with a row's time (UTC, the product's), where a key outlives the claim: what is later
    than the cut is not the person's. `anonymise` says what becomes of a row that belongs to others too: the changes
    that take the person out of it, and so out of the index that found it; None: the row is deleted.
    """

    model: type[Table]
    by: By
    index: str | None = None
    secrets: frozenset[str] = frozenset()
    goes: Goes = Goes.BY_ROW
    moment: str | None = None
    anonymise: Callable[[], Sequence[Action]] | None = None

    @property
    def name(self) -> str:
        """What the table is called in an export: what others own is told apart from what is the person's."""
        table = self.model.logical_name
        return f"{table}_of_others" if self.by is By.GUEST else table


HOLDINGS: Final[tuple[Holding, ...]] = (
    Holding(model=AccountRow, by=By.ACCOUNT, goes=Goes.LAST),
    Holding(model=ChallengeRow, by=By.NUMBER, secrets=frozenset({"nonce", "code_mac"})),
    Holding(model=SiteRow, by=By.ACCOUNT, index="by_owner"),
    Holding(model=MeterRow, by=By.ACCOUNT, secrets=frozenset({"token_key"})),
    Holding(model=RepeatRow, by=By.ACCOUNT),
    Holding(model=NotificationRow, by=By.ACCOUNT),
    Holding(model=PushTokenRow, by=By.ACCOUNT, index="by_account"),
    Holding(model=ClaimRow, by=By.ACCOUNT, index="by_account"),
    Holding(model=ChargerRow, by=By.ACCOUNT, index="by_owner", goes=Goes.BY_CUT),
    Holding(model=UnitRow, by=By.SERIAL, goes=Goes.BY_CUT),
    Holding(model=CommandRow, by=By.SERIAL, moment="issued_at"),
    Holding(model=BadMessageRow, by=By.SERIAL, moment="at"),
    Holding(model=ChargerStateRow, by=By.CHARGER),
    Holding(model=SessionRow, by=By.CHARGER),
    Holding(model=HourRow, by=By.CHARGER),
    Holding(model=ReadingRow, by=By.CHARGER),
    Holding(model=LedgerRow, by=By.CHARGER),
    Holding(model=PlanRow, by=By.CHARGER),
    Holding(model=StatusChangeRow, by=By.CHARGER),
    Holding(model=GrantRow, by=By.CHARGER, secrets=frozenset({"guest", "number_key"})),
    Holding(model=GrantRow, by=By.GUEST, index="by_guest", anonymise=without_guest),
    Holding(model=PriceDayRow, by=By.NOBODY),
    Holding(model=LimitRow, by=By.NOBODY),  # networks, never numbers or accounts; an hour each
    Holding(model=ErasureRow, by=By.NOBODY),  # names a person while the erasure of their data goes on, not longer
)


class Place(msgspec.Struct, frozen=True, array_like=True):
    """Where to read on: the table, the partition, and the key of the last item that was read (None: its beginning)."""

    table: str
    partition: str
    after: dict[str, Any] | None = None


def places(account_id: AccountId, number_key: str) -> Iterator[Place]:
    """Every partition of every table that holds something of the person, always in the same order."""
    owned = calling(lambda: list(ChargerRow.by_owner.query(account_id)))
    keys: dict[By, Sequence[str]] = {
        By.ACCOUNT: [account_id],
        By.GUEST: [account_id],
        By.NUMBER: [number_key],
        By.CHARGER: sorted(row.charger_id for row in owned),
        By.SERIAL: sorted(row.serial for row in owned),
    }
    for holding in HOLDINGS:
        yield from places_of(holding, keys)


def places_of(holding: Holding, keys: Mapping[By, Sequence[str]]) -> Iterator[Place]:
    """The partitions of one table that these keys lead to."""
    for key in keys.get(holding.by, ()):
        yield Place(holding.name, key)


def read(place: Place, limit: int) -> tuple[list[Item], Place | None]:
    """At most `limit` items from `place` on as they are stored, no secrets; and where to read on, None at its end."""
    [holding] = [one for one in HOLDINGS if one.name == place.table]
    source: Any = getattr(holding.model, holding.index) if holding.index else holding.model
    found = source.query(place.partition, limit=limit, last_evaluated_key=place.after)
    rows: list[Table] = calling(lambda: list(found))
    items = [{name: value for name, value in _readable(row).items() if name not in holding.secrets} for row in rows]
    after = found.last_evaluated_key
    return items, msgspec.structs.replace(place, after=after) if after else None


def _readable(row: Table) -> Item:
    """A row as JSON; what is packed is told unpacked, for a person to read."""
    told = dict(row.to_simple_dict(force=True))
    if isinstance(row, MeterRow) and row.packed is not None:
        told |= {"packed": None, "content": zlib.decompress(row.packed).decode()}
    return told
