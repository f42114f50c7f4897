"""Table status_changes: the history of states of each charger; rows expire."""

from pynamodb.attributes import NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo.table import Table, calling
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.status_changes import KEPT, StatusChange


class StatusChangeRow(Table):
    """One change. The range key sorts by time."""

    class Meta:
        """Told by the settings."""

    logical_name = "status_changes"
    charger_id = UnicodeAttribute(hash_key=True)
    at_version = UnicodeAttribute(range_key=True)
    at = UTCDateTimeAttribute()
    version = NumberAttribute()
    state = UnicodeAttribute()
    reason = UnicodeAttribute()
    faults = UnicodeAttribute(default="")
    firmware = UnicodeAttribute(default="")
    expires_at = TTLAttribute()


def put(charger_id: ChargerId, change: StatusChange) -> None:
    """Add to the history, for 90 days (real time); its own repeat changes nothing else."""
    moment = change.at.isoformat(timespec="milliseconds")
    row = StatusChangeRow(
        charger_id=charger_id,
        at_version=f"{moment}#{change.version:019d}#{change.state}",
        at=change.at,
        version=change.version,
        state=change.state,
        reason=change.reason,
        faults=",".join(change.faults),
        firmware=change.firmware,
        expires_at=clock.real_now() + KEPT,
    )
    calling(row.save)


def list_latest(charger_id: ChargerId, count: int) -> list[StatusChange]:
    """The last changes, the newest first."""
    rows = calling(lambda: list(StatusChangeRow.query(charger_id, scan_index_forward=False, limit=count)))
    return [
        StatusChange(
            at=row.at,
            version=int(row.version),
            state=row.state,
            reason=row.reason,
            faults=tuple(row.faults.split(",")) if row.faults else (),
            firmware=row.firmware,
        )
        for row in rows
    ]
