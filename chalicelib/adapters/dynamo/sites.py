"""Table sites: one row for each site; its index lists an owner's sites."""

from typing import cast

import msgspec
from pynamodb.attributes import (
    BooleanAttribute,
    ListAttribute,
    NumberAttribute,
    UnicodeAttribute,
    UnicodeSetAttribute,
    UTCDateTimeAttribute,
)
from pynamodb.exceptions import DeleteError, PutError, UpdateError
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.errors import NotFound, PreconditionFailed
from chalicelib.domain.ids import AccountId, ChargerId, SiteId, Zone
from chalicelib.domain.sites import (
    DEFAULT_HISTORY_MONTHS,
    Country,
    FormerTerms,
    GridType,
    Phases,
    Site,
    SiteMeter,
)

_CHANGEABLE = (
    "name",
    "country",
    "zone_must_ask",
    "candidates",
    "main_fuse_a",
    "grid_type",
    "phases",
    "contract",
    "history_months",
    "former",
    "version",
)
"""What a change writes, besides the zone, which may be missing."""


class _ByOwner(GlobalSecondaryIndex["SiteRow"]):  # type: ignore[no-untyped-call]
    """An owner's sites in the order they were made."""

    class Meta:
        """Everything, because the list shows everything."""

        index_name = "by_owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class SiteRow(Table):
    """One site; `contract`, `meter`, `plan_causes` and `former` are JSON, `plan_...` are planning's (plans.py)."""

    class Meta:
        """Told by the settings."""

    logical_name = "sites"
    by_owner = _ByOwner()
    site_id = UnicodeAttribute(hash_key=True)
    owner = UnicodeAttribute()
    name = UnicodeAttribute()
    country = UnicodeAttribute()
    zone = UnicodeAttribute(null=True)
    zone_must_ask = BooleanAttribute()
    candidates = ListAttribute[str]()
    contract = UnicodeAttribute(null=True)
    main_fuse_a = NumberAttribute()
    grid_type = UnicodeAttribute()
    phases = NumberAttribute()
    created_at = UTCDateTimeAttribute()
    version = NumberAttribute(default=1)
    charger_ids = UnicodeSetAttribute(null=True)
    meter = UnicodeAttribute(null=True)
    plan_version = NumberAttribute(null=True)
    plan_causes = UnicodeAttribute(null=True)
    history_months = NumberAttribute(default=DEFAULT_HISTORY_MONTHS)
    former = UnicodeAttribute(default="[]")


def get(site_id: SiteId) -> Site:
    """The site; NotFound when there is none."""
    try:
        return to_domain(calling(SiteRow.get, site_id, consistent_read=True))
    except SiteRow.DoesNotExist as error:
        raise NotFound from error


def list_by_owner(owner: AccountId) -> list[Site]:
    """Every site of `owner`, the oldest first; one made a moment ago may be missing (the index follows the table)."""
    return [to_domain(row) for row in calling(lambda: list(SiteRow.by_owner.query(owner)))]


def create(site: Site) -> None:
    """Write a new site; its own repeat changes nothing."""
    try:
        calling(to_row(site).save, condition=SiteRow.site_id.does_not_exist())
    except PutError as error:
        if not condition_failed(error):
            raise


def change(site: Site, version: int) -> Site:
    """Write what people may set, and the new version; the site as it is then, with every charger that stands there.

    PreconditionFailed unless `version` is the stored one.
    """
    row, wanted = SiteRow(site.site_id), to_row(site)
    actions: list[Action] = [getattr(SiteRow, name).set(getattr(wanted, name)) for name in _CHANGEABLE]
    actions.append(SiteRow.zone.set(site.zone) if site.zone else SiteRow.zone.remove())
    try:
        calling(row.update, actions=actions, condition=SiteRow.version == version)
    except UpdateError as error:
        if condition_failed(error):
            raise PreconditionFailed("the site was changed in between; read it again") from error
        raise
    return to_domain(row)


def put_meter(site_id: SiteId, meter: SiteMeter | None) -> None:
    """Write that the site has a meter reader, or has none; NotFound when the site is gone. Its version stays."""
    action = SiteRow.meter.remove() if meter is None else SiteRow.meter.set(msgspec.json.encode(meter).decode())
    try:
        calling(SiteRow(site_id).update, actions=[action], condition=SiteRow.site_id.exists())
    except UpdateError as error:
        if condition_failed(error):
            raise NotFound from error
        raise


def delete(site: Site) -> bool:
    """Take the site away; False, with nothing changed, when other chargers stand there than `site` says."""
    named = SiteRow.charger_ids
    unchanged = named == set(site.charger_ids) if site.charger_ids else named.does_not_exist()
    try:
        calling(SiteRow(site.site_id).delete, condition=unchanged)
    except DeleteError as error:
        if condition_failed(error):
            return False
        raise
    return True


def arrival(charger_id: ChargerId) -> list[Action]:
    """What a transaction writes into the row of the site that a charger comes to stand at."""
    return [SiteRow.charger_ids.add({charger_id})]


def departure(charger_id: ChargerId) -> list[Action]:
    """What a transaction writes into the row of the site that a charger leaves."""
    return [SiteRow.charger_ids.delete({charger_id})]


def to_row(site: Site) -> SiteRow:
    """The row of `site`."""
    return SiteRow(
        site_id=site.site_id,
        owner=site.owner,
        name=site.name,
        country=site.country.value,
        zone=site.zone,
        zone_must_ask=site.zone_must_ask,
        candidates=list(site.candidates),
        contract=msgspec.json.encode(site.contract).decode(),
        main_fuse_a=site.main_fuse_a,
        grid_type=site.grid_type,
        phases=site.phases,
        created_at=site.created_at,
        version=site.version,
        charger_ids=set(site.charger_ids) or None,
        meter=msgspec.json.encode(site.meter).decode() if site.meter else None,
        history_months=site.history_months,
        former=msgspec.json.encode(site.former).decode(),
    )


def to_domain(row: SiteRow) -> Site:
    """The row as a domain value."""
    return Site(
        site_id=SiteId(row.site_id),
        owner=AccountId(row.owner),
        name=row.name,
        country=Country(row.country),
        zone=Zone(row.zone) if row.zone else None,
        zone_must_ask=row.zone_must_ask,
        candidates=tuple(Zone(zone) for zone in row.candidates),
        contract=msgspec.json.decode(row.contract, type=PriceContract) if row.contract else PriceContract(),
        main_fuse_a=int(row.main_fuse_a),
        grid_type=cast("GridType", row.grid_type),
        phases=cast("Phases", int(row.phases)),
        created_at=row.created_at,
        version=int(row.version),
        charger_ids=tuple(ChargerId(charger_id) for charger_id in sorted(row.charger_ids or ())),
        meter=msgspec.json.decode(row.meter, type=SiteMeter) if row.meter else None,
        history_months=int(row.history_months),
        former=msgspec.json.decode(row.former, type=tuple[FormerTerms, ...]) if row.former != "[]" else (),
    )
