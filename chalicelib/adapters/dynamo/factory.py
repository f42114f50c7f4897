"""Table factory: every charger that was made, and whose it is at this moment."""

from collections.abc import Iterator

from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamo.table import Table, calling, condition_failed
from chalicelib.domain.claims import SerialTaken, Unit, UnitState, UnitUnknown
from chalicelib.domain.ids import AccountId, ChargerId, Serial


class UnitRow(Table):
    """One made charger."""

    class Meta:
        """Told by the settings."""

    logical_name = "factory"
    serial = UnicodeAttribute(hash_key=True)
    public_key_pem = UnicodeAttribute()
    fingerprint = UnicodeAttribute()
    model = UnicodeAttribute()
    state = UnicodeAttribute()
    claim_epoch = NumberAttribute()
    access_epoch = NumberAttribute(default=0)
    owner = UnicodeAttribute(null=True)
    charger_id = UnicodeAttribute(null=True)
    certificate_id = UnicodeAttribute(null=True)
    next_certificate_id = UnicodeAttribute(null=True)


def get(serial: Serial) -> Unit:
    """The unit with this serial as it is at this moment; UnitUnknown if none was made."""
    unit = find(serial)
    if unit is None:
        raise UnitUnknown
    return unit


def find(serial: Serial) -> Unit | None:
    """The unit with this serial as it is at this moment, or None."""
    try:
        row = calling(UnitRow.get, serial, consistent_read=True)
    except UnitRow.DoesNotExist:
        return None
    return _to_domain(row)


def list_all() -> Iterator[Unit]:
    """Every unit that was made, in no order; reads the whole table, page by page."""
    rows = iter(UnitRow.scan())
    while (row := calling(lambda: next(rows, None))) is not None:
        yield _to_domain(row)


def _to_domain(row: UnitRow) -> Unit:
    return Unit(
        serial=Serial(row.serial),
        public_key_pem=row.public_key_pem,
        fingerprint=row.fingerprint,
        model=row.model,
        state=UnitState(row.state),
        claim_epoch=int(row.claim_epoch),
        access_epoch=int(row.access_epoch or 0),
        owner=AccountId(row.owner) if row.owner else None,
        charger_id=ChargerId(row.charger_id) if row.charger_id else None,
        certificate_id=row.certificate_id,
        next_certificate_id=row.next_certificate_id,
    )


def register(unit: Unit) -> bool:
    """Write a new unit; False, with nothing changed, when it is there already; SerialTaken when its key is another."""
    row = UnitRow(
        serial=unit.serial,
        public_key_pem=unit.public_key_pem,
        fingerprint=unit.fingerprint,
        model=unit.model,
        state=unit.state.value,
        claim_epoch=unit.claim_epoch,
    )
    try:
        calling(row.save, condition=UnitRow.serial.does_not_exist())
    except PutError as error:
        if not condition_failed(error):
            raise
        known = find(unit.serial)
        if known is None or known.fingerprint != unit.fingerprint:
            raise SerialTaken(f"the registry has another key for {unit.serial}") from error
        return False
    return True


def put_certificate(serial: Serial, certificate_id: str) -> Unit:
    """Give the unit its first certificate unless it has one; the unit as it is now."""
    mine = UnitRow.certificate_id
    _update(serial, [mine.set(certificate_id)], mine.does_not_exist())
    return get(serial)


def put_next_certificate(serial: Serial, certificate_id: str) -> Unit:
    """Give the unit the certificate that is to follow unless one waits already; the unit as it is now."""
    mine = UnitRow.next_certificate_id
    _update(serial, [mine.set(certificate_id)], mine.does_not_exist())
    return get(serial)


def promote_certificate(serial: Serial, certificate_id: str) -> None:
    """Make the certificate that follows the present one; its own repeat changes nothing."""
    following = UnitRow.next_certificate_id
    _update(serial, [UnitRow.certificate_id.set(certificate_id), following.remove()], following == certificate_id)


def put_state(serial: Serial, state: UnitState) -> None:
    """Whether the unit can be claimed from now on."""
    _update(serial, [UnitRow.state.set(state.value)], UnitRow.serial.exists())


def _update(serial: Serial, actions: list[Action], condition: Condition) -> None:
    """Change a unit that is there, if the condition holds."""
    try:
        calling(UnitRow(serial).update, actions=actions, condition=condition & UnitRow.serial.exists())
    except UpdateError as error:
        if not condition_failed(error):
            raise
