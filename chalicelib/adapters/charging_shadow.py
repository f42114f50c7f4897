"""A plan as the `charging` shadow's desired state."""

from collections.abc import Callable
from typing import Any, Final

from chalicelib.adapters import iot
from chalicelib.domain.ids import Serial
from chalicelib.domain.plans import ChargingPlan
from device_shadows.charging import ChargingChange, ChargingMode, Plan, PlanInterval, RunOrder, RunState
from device_shadows.codec import encode
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

    iot.change_shadow(serial, CHARGING, make, client_token=plan.plan_id)


def release(serial: Serial, is_free: Callable[[], bool]) -> None:
    """Withdraw plan, mode and order from a charger that nobody owns. Left alone unless `is_free`."""
    iot.clear_shadow(serial, CHARGING, lambda _: _NOTHING if is_free() else None)


def withdraw_foreign(serial: Serial, is_own: Callable[[str], bool]) -> None:
    """Withdraw plan, mode and order if the plan, by its id, is not the present owner's: the one before left it."""

    def make(desired: dict[str, Any]) -> bytes | None:
        plan_id = (desired.get("plan") or {}).get("plan_id")
        return None if plan_id is None or plan_id == _NO_PLAN.plan_id or is_own(plan_id) else _NOTHING

    iot.clear_shadow(serial, CHARGING, make)


def write_stop(serial: Serial, plug_seq: int) -> None:
    """Tell the charger to give the car of this plug-in nothing; writing the same again changes nothing."""
    document = encode(ChargingChange(run=RunOrder(state=RunState.STOPPED, plug_seq=plug_seq)))
    iot.change_shadow(serial, CHARGING, lambda: document)


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
