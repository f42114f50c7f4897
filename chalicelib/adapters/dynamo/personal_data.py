"""The registry of tables: for each one, how what it holds of a person is found. Export and erasure read it.

A table of infra/*.yaml that is not in it fails a test, so that nobody's data is forgotten.
"""

from collections.abc import Iterator, Sequence
from enum import StrEnum
from typing import Any, Final

import msgspec

from chalicelib.adapters.dynamo.accounts import AccountRow
from chalicelib.adapters.dynamo.challenges import ChallengeRow
from chalicelib.adapters.dynamo.charger_states import ChargerStateRow
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.claims import ClaimRow
from chalicelib.adapters.dynamo.commands import CommandRow
from chalicelib.adapters.dynamo.factory import UnitRow
from chalicelib.adapters.dynamo.hours import HourRow
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
    NOBODY = "nobody"


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """One table: its rows, the key and the index that find a person's, and what of them is nobody's to see."""

    model: type[Table]
    by: By
    index: str | None = None
    secrets: frozenset[str] = frozenset()


HOLDINGS: Final[tuple[Holding, ...]] = (
    Holding(model=AccountRow, by=By.ACCOUNT),
    Holding(model=ChallengeRow, by=By.NUMBER, secrets=frozenset({"nonce", "code_mac"})),
    Holding(model=SiteRow, by=By.ACCOUNT, index="by_owner"),
    Holding(model=RepeatRow, by=By.ACCOUNT),
    Holding(model=NotificationRow, by=By.ACCOUNT),
    Holding(model=PushTokenRow, by=By.ACCOUNT, index="by_account"),
    Holding(model=ClaimRow, by=By.ACCOUNT, index="by_account"),
    Holding(model=ChargerRow, by=By.ACCOUNT, index="by_owner"),
    Holding(model=UnitRow, by=By.SERIAL),
    Holding(model=CommandRow, by=By.SERIAL),
    Holding(model=BadMessageRow, by=By.SERIAL),
    Holding(model=ChargerStateRow, by=By.CHARGER),
    Holding(model=SessionRow, by=By.CHARGER),
    Holding(model=HourRow, by=By.CHARGER),
    Holding(model=ReadingRow, by=By.CHARGER),
    Holding(model=PlanRow, by=By.CHARGER),
    Holding(model=StatusChangeRow, by=By.CHARGER),
    Holding(model=PriceDayRow, by=By.NOBODY),
    Holding(model=LimitRow, by=By.NOBODY),  # networks, never numbers or accounts; an hour each
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
        By.NUMBER: [number_key],
        By.CHARGER: sorted(row.charger_id for row in owned),
        By.SERIAL: sorted(row.serial for row in owned),
        By.NOBODY: [],
    }
    for holding in HOLDINGS:
        for key in keys[holding.by]:
            yield Place(holding.model.logical_name, key)


def read(place: Place, limit: int) -> tuple[list[Item], Place | None]:
    """At most `limit` items from `place` on as they are stored, no secrets; and where to read on, None at its end."""
    [holding] = [one for one in HOLDINGS if one.model.logical_name == place.table]
    source: Any = getattr(holding.model, holding.index) if holding.index else holding.model
    found = source.query(place.partition, limit=limit, last_evaluated_key=place.after)
    rows: list[Table] = calling(lambda: list(found))
    items = [
        {name: value for name, value in row.to_simple_dict(force=True).items() if name not in holding.secrets}
        for row in rows
    ]
    after = found.last_evaluated_key
    return items, msgspec.structs.replace(place, after=after) if after else None
