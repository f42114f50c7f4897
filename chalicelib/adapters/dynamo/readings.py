"""Table readings: what chargers have read off their registers; written once, never changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import PutError

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.calendar import HOUR, ceil_to, floor_to
from chalicelib.domain.energy import Reading
from chalicelib.domain.ids import ChargerId

_PAGE = 12
_NEIGHBOURS = 6
"""At least so many readings on either side are looked at, so that a wild one among them is recognised."""


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


def put(charger_id: ChargerId, reading: Reading) -> bool:
    """Store a reading; its own repeat succeeds. False, with nothing changed, if its name belongs to another reading."""
    row = ReadingRow(
        charger_id=charger_id,
        epoch_seq=_key(reading),
        at=reading.at,
        register_wh=reading.register_wh,
        plug_seq=reading.plug_seq,
        starts_flow=reading.starts_flow,
    )
    try:
        calling(row.save, condition=ReadingRow.charger_id.does_not_exist())
    except PutError as error:
        if not condition_failed(error):
            raise
        return _to_domain(calling(ReadingRow.get, charger_id, _key(reading), consistent_read=True)) == reading
    return True


def around(charger_id: ChargerId, reading: Reading) -> list[Reading]:
    """A stored reading with all that its hours depend on: those of the hours it can change, and neighbours beyond."""
    before = list(_walk(charger_id, reading, reading, forward=False))
    return [*reversed(before), *_walk(charger_id, reading, reading, forward=True)]


def again(charger_id: ChargerId, reading: Reading, known: Sequence[Reading]) -> list[Reading]:
    """What `around` would find now, from the first of those it has found before on; one query."""
    return list(_walk(charger_id, known[0], reading, forward=True))


def find_latest(charger_id: ChargerId) -> Reading | None:
    """The reading that the charger made last of those that have come, None before the first."""
    rows = calling(lambda: list(ReadingRow.query(charger_id, scan_index_forward=False, limit=1, consistent_read=True)))
    return _to_domain(rows[0]) if rows else None


def list_latest(charger_id: ChargerId, count: int) -> list[Reading]:
    """The readings that the charger made last of those that have come, the newest first."""
    rows = calling(lambda: list(ReadingRow.query(charger_id, scan_index_forward=False, limit=count)))
    return [_to_domain(row) for row in rows]


def _walk(charger_id: ChargerId, first: Reading, centre: Reading, *, forward: bool) -> Iterator[Reading]:
    """From `first` on, itself included when forward, to beyond the far hour of the nearest neighbour of `centre`."""
    key = ReadingRow.epoch_seq
    span = key >= _key(first) if forward else key < _key(first)
    rows = ReadingRow.query(charger_id, span, scan_index_forward=forward, consistent_read=True, page_size=_PAGE)
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
        is_beyond = other.at >= edge if forward else other.at <= edge
        if passed >= _NEIGHBOURS and is_beyond:
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
