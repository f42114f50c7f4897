"""Table chargers: the settings of every claimed charger; its index lists an owner's chargers."""

from collections.abc import Iterable, Iterator
from datetime import time
from typing import cast

from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import TransactWriteError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamo import batches, factory, sites
from chalicelib.adapters.dynamo.table import Table, calling, condition_failed, connection
from chalicelib.domain.chargers import DEFAULT_MAX_STARTS, Charger, ChargerAccess, ChargingMode, FullUntil
from chalicelib.domain.errors import DependencyDown, NotFound, PreconditionFailed
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
    full_until = UnicodeAttribute(default=FullUntil.UNPLUG.value)
    max_starts = NumberAttribute(default=DEFAULT_MAX_STARTS)
    leaves_early = BooleanAttribute(default=False)
    mode = UnicodeAttribute()
    full_plug_seq = NumberAttribute(default=0)
    stopped_plug_seq = NumberAttribute(null=True)
    claim_epoch = NumberAttribute()
    version = NumberAttribute()
    created_at = UTCDateTimeAttribute()


def get(charger_id: ChargerId) -> Charger:
    """The charger as it is at this moment; NotFound when there is none."""
    try:
        return to_domain(calling(ChargerRow.get, charger_id, consistent_read=True))
    except ChargerRow.DoesNotExist as error:
        raise NotFound from error


def find(charger_id: ChargerId) -> Charger | None:
    """The charger as it is at this moment, None when there is none."""
    try:
        return get(charger_id)
    except NotFound:
        return None


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


def find_by_serials(serials: Iterable[Serial]) -> dict[Serial, Charger | None]:
    """As `find_by_serial` of each, two calls for up to 100 of them; serials that were never made are left out."""
    units = batches.read([(factory.UnitRow, {"serial": one}) for one in dict.fromkeys(serials)])
    ids = {Serial(row.serial): row.charger_id for row in units if isinstance(row, factory.UnitRow)}
    wanted: list[batches.Wanted] = [(ChargerRow, {"charger_id": one}) for one in dict.fromkeys(ids.values()) if one]
    found = {row.charger_id: to_domain(row) for row in batches.read(wanted) if isinstance(row, ChargerRow)}
    return {serial: found.get(charger_id) for serial, charger_id in ids.items()}


def list_by_owner(owner: AccountId) -> list[Charger]:
    """Every charger of `owner`, the oldest first; one claimed a moment ago may be missing."""
    return [to_domain(row) for row in calling(lambda: list(ChargerRow.by_owner.query(owner)))]


def list_all() -> Iterator[Charger]:
    """Every claimed charger, in no order, read as they are wanted; for operators only."""
    rows = calling(ChargerRow.scan)
    while (row := calling(next, rows, None)) is not None:
        yield to_domain(row)


def count_about() -> int:
    """How many claimed chargers there are, as the store itself counts them every few hours; no row is read."""
    return int(calling(ChargerRow.describe_table)["ItemCount"])


def list_of(charger_ids: Iterable[ChargerId]) -> list[Charger]:
    """Those of these chargers that there are, as they are at this moment, in no order; one call for up to 100."""
    wanted = list(charger_ids)
    if not wanted:
        return []
    return [to_domain(row) for row in calling(lambda: list(ChargerRow.batch_get(wanted, consistent_read=True)))]


def change_settings(before: Charger, charger: Charger) -> None:
    """Write what people may set, and the new version, over `before`; also into both sites if the charger moves.

    PreconditionFailed unless the stored version is that of `before`; its own repeat succeeds. NotFound when the new
    site was deleted a moment ago.
    """
    actions, condition = _settings(before, charger)
    try:
        if before.site_id == charger.site_id:
            calling(ChargerRow(charger.charger_id).update, actions=actions, condition=condition)
        else:
            _move(before, charger, actions, condition)
    except (UpdateError, TransactWriteError) as error:
        is_refused = condition_failed(error) or isinstance(error, TransactWriteError)
        if not is_refused:
            raise
        if get(charger.charger_id) == charger:  # done, only the answer was lost
            return
        if isinstance(error, TransactWriteError):
            _explain(error)
        raise PreconditionFailed("the charger was changed in between; read it again") from error


def _settings(before: Charger, charger: Charger) -> tuple[list[Action], Condition]:
    """Rights that others take away in between are not given back: the access epoch only goes on from the one known."""
    condition: Condition = ChargerRow.version == before.version
    actions: list[Action] = [
        ChargerRow.name.set(charger.name),
        ChargerRow.circuit_fuse_a.set(charger.circuit_fuse_a),
        ChargerRow.ready_by.set(_wall(charger.ready_by)),
        ChargerRow.access.set(charger.access.value),
        ChargerRow.disabled.set(charger.disabled),
        ChargerRow.full_until.set(charger.full_until.value),
        ChargerRow.max_starts.set(charger.max_starts),
        ChargerRow.leaves_early.set(charger.leaves_early),
        ChargerRow.version.set(charger.version),
    ]
    if charger.access_epoch != before.access_epoch:
        actions.append(ChargerRow.access_epoch.set(charger.access_epoch))
        condition &= ChargerRow.access_epoch == before.access_epoch
    return actions, condition


def _move(before: Charger, charger: Charger, actions: list[Action], condition: Condition) -> None:
    """The charger and both sites in one transaction, so that a site knows every charger that stands there."""
    moved = [*actions, ChargerRow.site_id.set(charger.site_id), ChargerRow.phases.set(charger.phases)]
    with TransactWrite(connection=connection()) as transaction:
        transaction.update(ChargerRow(charger.charger_id), actions=moved, condition=condition)
        for site_id, change in (
            (charger.site_id, sites.arrival(charger.charger_id)),
            (before.site_id, sites.departure(charger.charger_id)),
        ):
            transaction.update(sites.SiteRow(site_id), actions=change, condition=sites.SiteRow.site_id.exists())


def _explain(error: TransactWriteError) -> None:
    """Raise what a refused move means, if that is not an older version."""
    refused = [bool(reason and reason.code == "ConditionalCheckFailed") for reason in error.cancellation_reasons]
    if not any(refused):
        raise DependencyDown("the store is busy with this charger", retry_after_s=1) from error
    if any(refused[1:]) and not refused[0]:
        raise NotFound from error


def put_mode(charger_id: ChargerId, mode: ChargingMode, full_plug_seq: int) -> None:
    """Write the mode and which plug-in full is for; NotFound when the charger is gone."""
    _put_order(charger_id, [ChargerRow.mode.set(mode.value), ChargerRow.full_plug_seq.set(full_plug_seq)])


def put_stopped(charger_id: ChargerId, plug_seq: int | None) -> None:
    """Write which plug-in is stopped, None for none; NotFound when the charger is gone."""
    stopped = ChargerRow.stopped_plug_seq
    _put_order(charger_id, [stopped.remove() if plug_seq is None else stopped.set(plug_seq)])


def _put_order(charger_id: ChargerId, actions: list[Action]) -> None:
    try:
        calling(ChargerRow(charger_id).update, actions=actions, condition=ChargerRow.charger_id.exists())
    except UpdateError as error:
        if condition_failed(error):
            raise NotFound from error
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
        full_until=charger.full_until.value,
        max_starts=charger.max_starts,
        leaves_early=charger.leaves_early,
        mode=charger.mode.value,
        full_plug_seq=charger.full_plug_seq,
        stopped_plug_seq=charger.stopped_plug_seq,
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
        full_until=FullUntil(row.full_until),
        max_starts=int(row.max_starts),
        leaves_early=row.leaves_early,
        mode=ChargingMode(row.mode),
        full_plug_seq=int(row.full_plug_seq),
        stopped_plug_seq=_whole(row.stopped_plug_seq),
        claim_epoch=int(row.claim_epoch),
        version=int(row.version),
        created_at=row.created_at,
    )


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _wall(moment: time) -> str:
    return moment.isoformat(timespec="minutes")
