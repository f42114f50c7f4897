"""Table plans: every plan that was made, so that it can be told later what was promised when.

The plans of a site are written together, in one transaction with the count of its plannings in the site's row: of two
plannings that began from the same state one is written, and the other is made again.
"""

from collections.abc import Sequence

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamo import sites
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.sites import SiteRow
from chalicelib.adapters.dynamo.table import Table, calling, transact
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ids import ChargerId, SiteId
from chalicelib.domain.plans import ChargingPlan, SitePlanning
from chalicelib.domain.sites import Site


class PlanRow(Table):
    """One plan; `content` is JSON. The range key has the plan's id, because two may be made at one instant."""

    class Meta:
        """Told by the settings."""

    logical_name = "plans"
    charger_id = UnicodeAttribute(hash_key=True)
    created_at = UnicodeAttribute(range_key=True)
    plug_seq = NumberAttribute()
    content = UnicodeAttribute()


def read_site(site_id: SiteId) -> tuple[Site, SitePlanning]:
    """A site and how often it has been planned, one read; NotFound when it is gone."""
    try:
        row = calling(SiteRow.get, site_id, consistent_read=True)
    except SiteRow.DoesNotExist as error:
        raise NotFound from error
    causes = msgspec.json.decode(row.plan_causes, type=tuple[str, ...]) if row.plan_causes else ()
    return sites.to_domain(row), SitePlanning(version=int(row.plan_version or 0), causes=causes)


def write(site_id: SiteId, before: SitePlanning, cause_id: str, made: Sequence[ChargingPlan]) -> bool:
    """Keep these plans and that the event is answered, all or nothing.

    False, with nothing written, when somebody else has planned the site since `before`, or a charger is gone: then it
    is to be read and decided again.
    """
    after = before.after(cause_id)
    actions: list[Action] = [
        SiteRow.plan_version.set(after.version),
        SiteRow.plan_causes.set(msgspec.json.encode(after.causes).decode()),
    ]
    is_unplanned = SiteRow.plan_version.does_not_exist()
    unchanged = SiteRow.plan_version == before.version if before.version else is_unplanned

    def ask(transaction: TransactWrite) -> None:
        transaction.update(SiteRow(site_id), actions=actions, condition=SiteRow.site_id.exists() & unchanged)
        for plan in made:
            transaction.condition_check(ChargerRow, plan.charger_id, condition=ChargerRow.charger_id.exists())
            transaction.save(_to_row(plan))

    return transact(ask)


def find_latest(charger_id: ChargerId) -> ChargingPlan | None:
    """The plan that was made last, for whichever session; None before the first."""
    rows = calling(lambda: list(PlanRow.query(charger_id, scan_index_forward=False, limit=1, consistent_read=True)))
    return msgspec.json.decode(rows[0].content, type=ChargingPlan) if rows else None


def _to_row(plan: ChargingPlan) -> PlanRow:
    return PlanRow(
        charger_id=plan.charger_id,
        created_at=f"{plan.created_at.isoformat(timespec='microseconds')}#{plan.plan_id}",
        plug_seq=plan.plug_seq,
        content=msgspec.json.encode(plan).decode(),
    )
