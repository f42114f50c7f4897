"""Table hours: energy and cost of each UTC hour of a charger, derived from readings and written whole."""

from datetime import UTC, datetime

import msgspec
from pynamodb.attributes import UnicodeAttribute
from pynamodb.exceptions import PutError

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.calendar import Stretch
from chalicelib.domain.costs import PricedHour
from chalicelib.domain.ids import ChargerId

_HOUR = "%Y-%m-%dT%H"


class HourRow(Table):
    """One hour; `hour` is JSON."""

    class Meta:
        """Told by the settings."""

    logical_name = "hours"
    charger_id = UnicodeAttribute(hash_key=True)
    hour = UnicodeAttribute(range_key=True)
    content = UnicodeAttribute()


def put(charger_id: ChargerId, hour: PricedHour) -> None:
    """Write an hour in the place of what was known of it."""
    calling(HourRow(charger_id, _name(hour.start), content=_text(hour)).save)


def replace(charger_id: ChargerId, before: PricedHour, after: PricedHour) -> bool:
    """Write an hour in the place of `before`; False, with nothing changed, if something else is there by now."""
    row = HourRow(charger_id, _name(after.start), content=_text(after))
    try:
        calling(row.save, condition=HourRow.content.is_in(_text(before), _text(after)))
    except PutError as error:
        if condition_failed(error):
            return False
        raise
    return True


def list_in(charger_id: ChargerId, window: Stretch) -> list[PricedHour]:
    """The hours that begin in `window` and have been derived, in order."""
    if window.end <= window.start:
        return []
    span = HourRow.hour.between(_name(window.start), _name(window.end))
    rows = calling(lambda: list(HourRow.query(charger_id, span, consistent_read=True)))
    found = [msgspec.json.decode(row.content, type=PricedHour) for row in rows]
    return [hour for hour in found if hour.start in window]


def _text(hour: PricedHour) -> str:
    return msgspec.json.encode(hour).decode()


def _name(instant: datetime) -> str:
    return instant.astimezone(UTC).strftime(_HOUR)
