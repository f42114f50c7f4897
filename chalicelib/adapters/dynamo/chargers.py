"""Table chargers: the settings of every claimed charger; its index lists an owner's chargers."""

from collections.abc import Iterable
from datetime import time
from typing import cast

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import UpdateError
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex

from chalicelib.adapters.dynamo import factory
from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.chargers import Charger, ChargerAccess, ChargingMode
from chalicelib.domain.errors import NotFound, PreconditionFailed
from chalicelib.domain.ids import AccountId, ChargerId, Serial, SiteId
from chalicelib.domain.sites import Phases


class _ByOwner(GlobalSecondaryIndex["ChargerRow"]):  # type: ignore[no-untyped-call]
    """An owner's chargers in the order they were claimed."""

    class Meta:
        """Everything, because the home screen shows everything."""

        index_name = "by_owner"
        projection = AllProjection()

    owner = UnicodeAttribute(hash_key=True)
    created_at = UTCDateTimeAttribute(range_key=True)


class ChargerRow(Table):
    """One claimed charger."""

    class Meta:
        """Told by the settings."""

    logical_name = "chargers"
    by_owner = _ByOwner()
    charger_id = UnicodeAttribute(hash_key=True)
    serial = UnicodeAttribute()
    owner = UnicodeAttribute()
    site_id = UnicodeAttribute()
    name = UnicodeAttribute()
    phases = NumberAttribute()
    circuit_fuse_a = NumberAttribute()
    fallback_current_a = NumberAttribute()
    ready_by = UnicodeAttribute()
    access = UnicodeAttribute()
    access_epoch = NumberAttribute()
    disabled = BooleanAttribute()
    mode = UnicodeAttribute()
    claim_epoch = NumberAttribute()
    version = NumberAttribute()
    created_at = UTCDateTimeAttribute()


def get(charger_id: ChargerId) -> Charger:
    """The charger as it is at this moment; NotFound when there is none."""
    try:
        return to_domain(calling(ChargerRow.get, charger_id, consistent_read=True))
    except ChargerRow.DoesNotExist as error:
        raise NotFound from error


def find_by_serial(serial: Serial) -> Charger | None:
    """The charger that the unit `serial` is at this moment, None while nobody owns it; two consistent reads.

    UnitUnknown for a serial that was never made.
    """
    unit = factory.get(serial)
    if unit.charger_id is None:
        return None
    try:
        return get(unit.charger_id)
    except NotFound:
        return None


def list_by_owner(owner: AccountId) -> list[Charger]:
    """Every charger of `owner`, the oldest first; one claimed a moment ago may be missing."""
    return [to_domain(row) for row in calling(lambda: list(ChargerRow.by_owner.query(owner)))]


def list_of(charger_ids: Iterable[ChargerId]) -> list[Charger]:
    """Those of these chargers that there are, as they are at this moment, in no order; one call for up to 100."""
    wanted = list(charger_ids)
    if not wanted:
        return []
    return [to_domain(row) for row in calling(lambda: list(ChargerRow.batch_get(wanted, consistent_read=True)))]


def change_settings(charger: Charger, version: int) -> None:
    """Write what people may set, and the new version; PreconditionFailed unless `version` is the stored one."""
    changed = [
        ChargerRow.name.set(charger.name),
        ChargerRow.circuit_fuse_a.set(charger.circuit_fuse_a),
        ChargerRow.ready_by.set(_wall(charger.ready_by)),
        ChargerRow.version.set(charger.version),
    ]
    try:
        calling(ChargerRow(charger.charger_id).update, actions=changed, condition=ChargerRow.version == version)
    except UpdateError as error:
        if condition_failed(error):
            raise PreconditionFailed("the charger was changed in between; read it again") from error
        raise


def put_phases(charger: Charger, phases: Phases) -> None:
    """Write how many phases to plan with at the site where `charger` stands; nothing if it has left that or is gone."""
    actions: list[Action] = [ChargerRow.phases.set(phases)]
    try:
        calling(ChargerRow(charger.charger_id).update, actions=actions, condition=ChargerRow.site_id == charger.site_id)
    except UpdateError as error:
        if not condition_failed(error):
            raise


def to_row(charger: Charger) -> ChargerRow:
    """The row of `charger`."""
    return ChargerRow(
        charger_id=charger.charger_id,
        serial=charger.serial,
        owner=charger.owner,
        site_id=charger.site_id,
        name=charger.name,
        phases=charger.phases,
        circuit_fuse_a=charger.circuit_fuse_a,
        fallback_current_a=charger.fallback_current_a,
        ready_by=_wall(charger.ready_by),
        access=charger.access.value,
        access_epoch=charger.access_epoch,
        disabled=charger.disabled,
        mode=charger.mode.value,
        claim_epoch=charger.claim_epoch,
        version=charger.version,
        created_at=charger.created_at,
    )


def to_domain(row: ChargerRow) -> Charger:
    """The row as a domain value."""
    return Charger(
        charger_id=ChargerId(row.charger_id),
        serial=Serial(row.serial),
        owner=AccountId(row.owner),
        site_id=SiteId(row.site_id),
        name=row.name,
        phases=cast("Phases", int(row.phases)),
        circuit_fuse_a=int(row.circuit_fuse_a),
        fallback_current_a=int(row.fallback_current_a),
        ready_by=time.fromisoformat(row.ready_by),
        access=ChargerAccess(row.access),
        access_epoch=int(row.access_epoch),
        disabled=row.disabled,
        mode=ChargingMode(row.mode),
        claim_epoch=int(row.claim_epoch),
        version=int(row.version),
        created_at=row.created_at,
    )


def _wall(moment: time) -> str:
    return moment.isoformat(timespec="minutes")
