"""Table quarantine: messages of devices that are no documents; rows expire."""

from pynamodb.attributes import BinaryAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo.table import Table, calling
from chalicelib.domain.quarantine import KEPT, BadMessage


class BadMessageRow(Table):
    """One message."""

    class Meta:
        """Told by the settings."""

    logical_name = "quarantine"
    thing = UnicodeAttribute(hash_key=True)
    slot = UnicodeAttribute(range_key=True)
    source = UnicodeAttribute()
    reason = UnicodeAttribute()
    detail = UnicodeAttribute()
    at = UTCDateTimeAttribute()
    size_bytes = NumberAttribute()
    payload = BinaryAttribute(legacy_encoding=False, null=True)
    digest = UnicodeAttribute()
    expires_at = TTLAttribute()


def put(message: BadMessage) -> None:
    """Keep the message for 14 days (real time); its own repeat changes nothing but that time."""
    row = BadMessageRow(
        thing=message.thing,
        slot=message.slot,
        source=message.source,
        reason=message.reason,
        detail=message.detail,
        at=message.at,
        size_bytes=message.size_bytes,
        payload=message.payload or None,
        digest=message.digest,
        expires_at=clock.real_now() + KEPT,
    )
    calling(row.save)


def list_of(thing: str) -> list[BadMessage]:
    """Everything that is kept of `thing`, the newest day first; at most 1500 rows."""
    rows = calling(lambda: list(BadMessageRow.query(thing, scan_index_forward=False)))
    return [_to_domain(row) for row in rows]


def delete_all(thing: str) -> None:
    """Forget what `thing` has said; at most 1500 rows."""
    for row in calling(lambda: list(BadMessageRow.query(thing))):
        calling(row.delete)


def _to_domain(row: BadMessageRow) -> BadMessage:
    return BadMessage(
        thing=row.thing,
        source=row.source,
        reason=row.reason,
        detail=row.detail,
        at=row.at,
        size_bytes=int(row.size_bytes),
        payload=row.payload or b"",
        digest=row.digest,
    )
