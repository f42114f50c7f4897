"""Table charger_states: what is known of a charger now, one row each for home to read at once.

Eight writers share a row, each with attributes of its own that it writes whole: the report, the plan's summary, the
energy of the session, the energy of the month, the connection, the last reading that is in these energies, what is
applied of settings, and of orders. None of them needs to read what the others wrote.
A unit has a row of its own, under its serial, for its connection: it connects before it has an owner.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeVar

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action

from chalicelib.adapters.dynamo.table import Table, calling, updated
from chalicelib.domain.charger_states import (
    NO_ORDERS,
    AppliedConfig,
    AppliedOrders,
    ChargerOverview,
    ChargerState,
    MonthEnergy,
    SessionEnergy,
)
from chalicelib.domain.connections import Connection
from chalicelib.domain.energy import Reading
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import ChargerId, Serial
from chalicelib.domain.plans import PlanSummary

_Part = TypeVar("_Part")
_MAX_ROUNDS = 5
_UNIT = "unit#"


class ChargerStateRow(Table):
    """One charger; all but the counters that order the writes are JSON."""

    class Meta:
        """Told by the settings."""

    logical_name = "charger_states"
    charger_id = UnicodeAttribute(hash_key=True)
    state_version = NumberAttribute(null=True)
    state = UnicodeAttribute(null=True)
    plan_created_at = UnicodeAttribute(null=True)
    plan = UnicodeAttribute(null=True)
    session_plug_seq = NumberAttribute(null=True)
    session = UnicodeAttribute(null=True)
    month_name = UnicodeAttribute(null=True)
    month = UnicodeAttribute(null=True)
    connection = UnicodeAttribute(null=True)
    derived_wh = NumberAttribute(null=True)
    config_version = NumberAttribute(null=True)
    config = UnicodeAttribute(null=True)
    orders_version = NumberAttribute(null=True)
    orders = UnicodeAttribute(null=True)


def read(charger_id: ChargerId) -> ChargerOverview:
    """What is known of the charger; an empty overview when it has never been heard of."""
    try:
        row = calling(ChargerStateRow.get, charger_id, consistent_read=True)
    except ChargerStateRow.DoesNotExist:
        return ChargerOverview(charger_id=charger_id)
    return to_domain(row)


def any_energy(charger_ids: Iterable[ChargerId]) -> bool:
    """Whether any of these chargers has ever measured energy."""
    wanted = list(charger_ids)
    rows = calling(lambda: list(ChargerStateRow.batch_get(wanted, consistent_read=True))) if wanted else []
    return any({row.month, row.session} != {None} for row in rows)


def put_state(charger_id: ChargerId, state: ChargerState) -> bool:
    """Write a report unless a newer one is there, which the answer tells; its own repeat succeeds."""
    version = ChargerStateRow.state_version
    return _set(
        charger_id,
        [version.set(state.version), ChargerStateRow.state.set(_text(state))],
        version.does_not_exist() | (version <= state.version),
    )


def put_config(charger_id: ChargerId, applied: AppliedConfig) -> bool:
    """Write which settings are applied unless something newer is there, which the answer tells."""
    version = ChargerStateRow.config_version
    actions = [version.set(applied.version), ChargerStateRow.config.set(_text(applied))]
    return _set(charger_id, actions, version.does_not_exist() | (version <= applied.version))


def put_orders(charger_id: ChargerId, applied: AppliedOrders) -> bool:
    """Write which orders are applied unless something newer is there, which the answer tells."""
    version = ChargerStateRow.orders_version
    actions = [version.set(applied.version), ChargerStateRow.orders.set(_text(applied))]
    return _set(charger_id, actions, version.does_not_exist() | (version <= applied.version))


def put_plan(charger_id: ChargerId, summary: PlanSummary) -> bool:
    """Write a plan's summary unless that of a later one is there, which the answer tells; its own repeat succeeds."""
    created_at, mine = ChargerStateRow.plan_created_at, summary.created_at.isoformat(timespec="microseconds")
    return _set(
        charger_id,
        [created_at.set(mine), ChargerStateRow.plan.set(_text(summary))],
        created_at.does_not_exist() | (created_at <= mine),
    )


def put_month(charger_id: ChargerId, month: MonthEnergy) -> None:
    """Write the energy of a month unless that of a later month is there."""
    name = ChargerStateRow.month_name
    _set(
        charger_id,
        [name.set(month.month), ChargerStateRow.month.set(_text(month))],
        name.does_not_exist() | (name <= month.month),
    )


def derived(session: SessionEnergy | None, month: MonthEnergy | None, latest: Reading | None) -> list[Action]:
    """What says that these energies follow from all readings up to `latest`; None: stays as it is.

    For whoever makes sure, by the ledger, that nothing later is overwritten.
    """
    row, actions = ChargerStateRow, list[Action]()
    if session is not None:
        actions += [row.session_plug_seq.set(session.plug_seq), row.session.set(_text(session))]
    if month is not None:
        actions += [row.month_name.set(month.month), row.month.set(_text(month))]
    if latest is not None:
        actions.append(row.derived_wh.set(latest.register_wh))
    return actions


def of_unit(serial: Serial) -> ChargerId:
    """The key of a unit's own row; no charger's id looks like it."""
    return ChargerId(f"{_UNIT}{serial}")


def serial_of(charger_id: ChargerId) -> Serial | None:
    """Whose own row has this key; None for the row of a charger."""
    return Serial(charger_id.removeprefix(_UNIT)) if charger_id.startswith(_UNIT) else None


def list_all() -> Iterator[ChargerOverview]:
    """Every row, of chargers and of units, in no order; reads the whole table, page by page."""
    rows = iter(ChargerStateRow.scan())
    while (row := calling(lambda: next(rows, None))) is not None:
        yield to_domain(row)


def change_connection(
    charger_id: ChargerId, decide: Callable[[Connection | None], Connection | None]
) -> Connection | None:
    """Write what `decide` makes of the connection that is known; None, with nothing written, when it says None.

    `decide` is asked again when somebody else has written in between.
    """
    for _ in range(_MAX_ROUNDS):
        known = read(charger_id).connection
        decided = decide(known)
        if decided is None:
            return None
        connection = ChargerStateRow.connection
        unchanged = connection.does_not_exist() if known is None else connection == _text(known)
        if _set(charger_id, [connection.set(_text(decided))], unchanged):
            return decided
    raise DependencyDown("connections change faster than they can be noted")


def to_domain(row: ChargerStateRow) -> ChargerOverview:
    """The row as a domain value."""
    return ChargerOverview(
        charger_id=ChargerId(row.charger_id),
        state=_read(row.state, ChargerState),
        plan=_read(row.plan, PlanSummary),
        session=_read(row.session, SessionEnergy),
        month=_read(row.month, MonthEnergy),
        connection=_read(row.connection, Connection),
        derived_wh=_whole(row.derived_wh),
        config=_read(row.config, AppliedConfig),
        orders=_read(row.orders, AppliedOrders) or NO_ORDERS,
    )


def _set(charger_id: ChargerId, actions: Sequence[Action], condition: Condition) -> bool:
    return updated(ChargerStateRow(charger_id), actions, condition)


def _whole(number: float | None) -> int | None:
    return None if number is None else int(number)


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()


def _read(text: str | None, kind: type[_Part]) -> _Part | None:
    return None if text is None else msgspec.json.decode(text, type=kind)
