"""Table readings: what chargers have read off their registers; written once, never changed."""

from collections.abc import Iterator
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.condition import Condition

from chalicelib.adapters.dynamo.table import Table, calling
from chalicelib.domain.calendar import HOUR, ceil_to, floor_to
from chalicelib.domain.energy import Reading
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.ledgers import NEIGHBOURS, READINGS_KEPT

_PAGE = 50


class ReadingRow(Table):
    """One reading. The range key sorts as (epoch, seq) does."""

    class Meta:
        """Told by the settings."""

    logical_name = "readings"
    charger_id = UnicodeAttribute(hash_key=True)
    epoch_seq = UnicodeAttribute(range_key=True)
    at = UTCDateTimeAttribute()
    register_wh = NumberAttribute()
    plug_seq = NumberAttribute()
    starts_flow = BooleanAttribute()
    expires_at = TTLAttribute(null=True)


def to_row(charger_id: ChargerId, reading: Reading) -> ReadingRow:
    """The row of a reading, which expires 400 days after it was made."""
    return ReadingRow(
        charger_id=charger_id,
        epoch_seq=_key(reading),
        at=reading.at,
        register_wh=reading.register_wh,
        plug_seq=reading.plug_seq,
        starts_flow=reading.starts_flow,
        expires_at=reading.at + READINGS_KEPT,
    )


def may_be_put() -> Condition:
    """A reading is written once; whoever would write another in its place has not seen it."""
    return ReadingRow.charger_id.does_not_exist()


def around(charger_id: ChargerId, first: Reading, last: Reading) -> list[Reading]:
    """What is stored from `first` to `last`, with all that their hours depend on: neighbours beyond on either side."""
    before = list(_walk(charger_id, first, forward=False))
    return [*reversed(before), *_walk(charger_id, first, last, forward=True)]


def find_latest(charger_id: ChargerId) -> Reading | None:
    """The reading that the charger made last of those that have come, None before the first."""
    rows = calling(lambda: list(ReadingRow.query(charger_id, scan_index_forward=False, limit=1, consistent_read=True)))
    return _to_domain(rows[0]) if rows else None


def list_latest(charger_id: ChargerId, count: int) -> list[Reading]:
    """The readings that the charger made last of those that have come, the newest first."""
    rows = calling(
        lambda: list(ReadingRow.query(charger_id, scan_index_forward=False, limit=count, consistent_read=True))
    )
    return [_to_domain(row) for row in rows]


def _walk(charger_id: ChargerId, first: Reading, last: Reading | None = None, *, forward: bool) -> Iterator[Reading]:
    """From `first` on, itself included when forward, to beyond the far hour of the nearest neighbour behind `last`."""
    key, centre = ReadingRow.epoch_seq, last or first
    span = key >= _key(first) if forward else key < _key(first)
    page = _PAGE if forward else NEIGHBOURS + 1
    rows = ReadingRow.query(charger_id, span, scan_index_forward=forward, consistent_read=True, page_size=page)
    passed = 0
    edge: datetime | None = None
    while (row := calling(next, rows, None)) is not None:
        other = _to_domain(row)
        yield other
        if other.key == centre.key or (other.key < centre.key) == forward:
            continue
        passed += 1
        if edge is None:
            edge = ceil_to(other.at, HOUR) if forward else floor_to(other.at, HOUR)
        is_beyond = other.at >= edge if forward else other.at < edge
        if passed >= NEIGHBOURS and is_beyond:
            return


def _key(reading: Reading) -> str:
    return f"{reading.epoch:016d}#{reading.seq:016d}"


def _to_domain(row: ReadingRow) -> Reading:
    epoch, seq = row.epoch_seq.split("#")
    return Reading(
        epoch=int(epoch),
        seq=int(seq),
        at=row.at,
        register_wh=int(row.register_wh),
        plug_seq=int(row.plug_seq),
        starts_flow=row.starts_flow,
    )
