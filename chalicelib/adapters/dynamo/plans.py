"""Table plans: every plan that was made, so that it can be told later what was promised when."""

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute

from chalicelib.adapters.dynamo.table import Table, calling
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.plans import ChargingPlan


class PlanRow(Table):
    """One plan; `content` is JSON. The range key has the plan's id, because two may be made at one instant."""

    class Meta:
        """Told by the settings."""

    logical_name = "plans"
    charger_id = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)
    plug_seq = NumberAttribute()
    content = UnicodeAttribute()


def put(plan: ChargingPlan) -> None:
    """Keep a plan; its own repeat changes nothing."""
    row = PlanRow(
        charger_id=plan.charger_id,
        created_at=f"{plan.created_at.isoformat(timespec='microseconds')}#{plan.plan_id}",
        plug_seq=plan.plug_seq,
        content=msgspec.json.encode(plan).decode(),
    )
    calling(row.save)


def find_latest(charger_id: ChargerId) -> ChargingPlan | None:
    """The plan that was made last, for whichever session; None before the first."""
    rows = calling(lambda: list(PlanRow.query(charger_id, scan_index_forward=False, limit=1, consistent_read=True)))
    return msgspec.json.decode(rows[0].content, type=ChargingPlan) if rows else None
