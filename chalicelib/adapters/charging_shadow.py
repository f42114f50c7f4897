"""Plans and orders as the `charging` shadow's desired state, and what a charger says of them."""

from collections.abc import Callable
from typing import Any, Final

from chalicelib.adapters import iot
from chalicelib.domain import chargers as domain
from chalicelib.domain.charger_states import AppliedOrders
from chalicelib.domain.chargers import Charger
from chalicelib.domain.ids import Serial
from chalicelib.domain.plans import ChargingPlan
from device_shadows.charging import (
    ChargingChange,
    ChargingMode,
    ChargingReported,
    Plan,
    PlanInterval,
    RunOrder,
    RunState,
)
from device_shadows.codec import decode, encode
from device_shadows.names import CHARGING

_NO_PLAN: Final = Plan(plan_id="none", plug_seq=0, intervals=(), valid_until=0)
_NOTHING: Final = encode(ChargingChange(mode=ChargingMode.SMART, plan=_NO_PLAN))


def write_plan(serial: Serial, plan: ChargingPlan, confirm: Callable[[], object]) -> None:
    """Tell the charger the plan, whole; writing the same again changes nothing.

    `confirm` is called before each try; what it raises, because the charger has gone to somebody else, ends it.
    """
    document = encode(ChargingChange(plan=to_document(plan)))

    def make() -> bytes:
        confirm()
        return document

    iot.change_shadow(serial, CHARGING, make)


def release(serial: Serial, is_free: Callable[[], bool]) -> None:
    """Withdraw plan, mode and order from a charger that nobody owns. Left alone unless `is_free`."""
    iot.clear_shadow(serial, CHARGING, lambda _: _NOTHING if is_free() else None)


def withdraw_foreign(serial: Serial, is_own: Callable[[str], bool]) -> None:
    """Withdraw plan, mode and order if the plan, by its id, is not the present owner's: the one before left it."""

    def make(desired: dict[str, Any]) -> bytes | None:
        plan_id = (desired.get("plan") or {}).get("plan_id")
        return None if plan_id is None or plan_id == _NO_PLAN.plan_id or is_own(plan_id) else _NOTHING

    iot.clear_shadow(serial, CHARGING, make)


def write_orders(serial: Serial, read: Callable[[], Charger]) -> int:
    """Tell the charger mode and stop as `read` finds them; the version of the shadow that has them.

    They are read anew for every try, so that of two orders at once the later one is told last.
    """

    def make() -> bytes:
        charger = read()
        is_stopped = charger.stopped_plug_seq is not None
        run = RunOrder(state=RunState.STOPPED if is_stopped else RunState.AUTO, plug_seq=charger.stopped_plug_seq or 0)
        mode = ChargingMode(charger.mode.value)
        return encode(ChargingChange(mode=mode, full_plug_seq=charger.full_plug_seq, run=run))

    return iot.change_shadow(serial, CHARGING, make)


def read_report(data: bytes, version: int) -> AppliedOrders:
    """What a charger says it acts on; ContractError if that is no report. What it does not know counts as smart."""
    report = decode(data, ChargingReported)
    run = report.run
    return AppliedOrders(
        version=version,
        mode=domain.ChargingMode.FULL if report.mode is ChargingMode.FULL else domain.ChargingMode.SMART,
        full_plug_seq=report.full_plug_seq,
        stopped_plug_seq=run.plug_seq if run is not None and run.state is RunState.STOPPED else None,
    )


def to_document(plan: ChargingPlan) -> Plan:
    """What the charger follows: every step that offers a current, the spare ones too."""
    intervals = tuple(
        PlanInterval(
            start=int(step.start.timestamp()),
            end=int(step.end.timestamp()),
            current_a=step.current_a,
            reason=step.reason,
        )
        for step in plan.offers
    )
    return Plan(
        plan_id=plan.plan_id,
        plug_seq=plan.plug_seq,
        intervals=intervals,
        valid_until=int(plan.valid_until.timestamp()),
    )
