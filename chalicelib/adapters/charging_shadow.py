"""A plan as the `charging` shadow's desired state."""

from chalicelib.adapters import iot
from chalicelib.domain.ids import Serial
from chalicelib.domain.plans import ChargingPlan
from device_shadows.charging import ChargingChange, Plan, PlanInterval, RunOrder, RunState
from device_shadows.codec import encode
from device_shadows.names import CHARGING


def write_plan(serial: Serial, plan: ChargingPlan) -> None:
    """Tell the charger the plan, whole; writing the same again changes nothing."""
    document = encode(ChargingChange(plan=to_document(plan)))
    iot.change_shadow(serial, CHARGING, lambda: document, client_token=plan.plan_id)


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
