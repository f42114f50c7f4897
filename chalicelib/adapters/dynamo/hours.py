"""Table hours: energy and cost of each UTC hour of a charger, derived from readings and written whole."""

from collections.abc import Collection, Iterator
from datetime import UTC, date, datetime

import msgspec
from pynamodb.attributes import TTLAttribute, UnicodeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed, is_kept
from chalicelib.domain.calendar import Stretch
from chalicelib.domain.costs import PricedHour
from chalicelib.domain.ids import ChargerId, Zone
from chalicelib.domain.ledgers import expiry

_HOUR = "%Y-%m-%dT%H"


class _ByPriceDay(GlobalSecondaryIndex["HourRow"]):  # type: ignore[no-untyped-call]
    """Hours by the market day that they are priced by, those of a charger together."""

    class Meta:
        """The keys are enough."""

        index_name = "by_price_day"
        projection = KeysOnlyProjection()

    price_day = UnicodeAttribute(hash_key=True)
    charger_id = UnicodeAttribute(range_key=True)


class HourRow(Table):
    """One hour; `hour` is JSON."""

    class Meta:
        """Told by the settings."""

    logical_name = "hours"
    by_price_day = _ByPriceDay()
    charger_id = UnicodeAttribute(hash_key=True)
    hour = UnicodeAttribute(range_key=True)
    content = UnicodeAttribute()
    price_day = UnicodeAttribute(null=True)
    expires_at = TTLAttribute(null=True)


def put(charger_id: ChargerId, hour: PricedHour) -> None:
    """Write an hour in the place of what was known of it."""
    calling(to_row(charger_id, hour).save)


def to_row(charger_id: ChargerId, hour: PricedHour, price_days: Collection[str] = (), months: int = 36) -> HourRow:
    """The row of an hour, which expires so many months after it; `price_days` are the market days it is priced by."""
    return HourRow(
        charger_id,
        _name(hour.start),
        content=_text(hour),
        price_day=min(price_days, default=None),
        expires_at=expiry(hour.start, months),
    )


def price_day_of(zone: Zone, day: date) -> str:
    """What the hours that are priced by a market day of a zone are filed under."""
    return f"{zone}#{day.isoformat()}"


def list_chargers(zone: Zone, day: date) -> Iterator[ChargerId]:
    """The chargers that have hours priced by this market day, each once; one of a moment ago may be missing."""
    rows = HourRow.by_price_day.query(price_day_of(zone, day))
    latest: str | None = None
    while (row := calling(next, rows, None)) is not None:
        if row.charger_id != latest:
            latest = row.charger_id
            yield ChargerId(row.charger_id)


def expiries(charger_id: ChargerId, after: str | None, most: int) -> list[tuple[str, datetime, datetime | None]]:
    """Name, beginning and expiry of at most so many hours behind the name `after`, in order."""
    span = HourRow.hour > after if after else None
    found = calling(lambda: list(HourRow.query(charger_id, span, limit=most, attributes_to_get=["hour", "expires_at"])))
    return [(row.hour, _start(row.hour), row.expires_at) for row in found]


def expire(charger_id: ChargerId, name: str, at: datetime) -> None:
    """Say when an hour expires; nothing if it is gone."""
    try:
        calling(HourRow(charger_id, name).update, actions=[HourRow.expires_at.set(at)], condition=HourRow.hour.exists())
    except UpdateError as error:
        if not condition_failed(error):
            raise


def list_in(charger_id: ChargerId, window: Stretch, now: datetime | None = None) -> list[PricedHour]:
    """The hours that begin in `window` and have been derived, in order; less those that have expired by `now`.

    The store takes away what has expired days later.
    """
    if window.end <= window.start:
        return []
    span = HourRow.hour.between(_name(window.start), _name(window.end))
    rows = calling(lambda: list(HourRow.query(charger_id, span, consistent_read=True)))
    kept = (row for row in rows if is_kept(row.expires_at, now))
    found = [msgspec.json.decode(row.content, type=PricedHour) for row in kept]
    return [hour for hour in found if hour.start in window]


def _text(hour: PricedHour) -> str:
    return msgspec.json.encode(hour).decode()


def _start(name: str) -> datetime:
    return datetime.strptime(name, _HOUR).replace(tzinfo=UTC)


def _name(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime(_HOUR)
