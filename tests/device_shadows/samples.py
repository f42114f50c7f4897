"""One whole example of every document of the contract."""

from collections.abc import Mapping
from typing import Final

import msgspec

from device_shadows.charging import (
    ChargingDesired,
    ChargingMode,
    ChargingReported,
    Plan,
    PlanInterval,
    RunOrder,
    RunState,
)
from device_shadows.command import Command, Operation, Outcome, Result
from device_shadows.config import Access, ConfigDesired, DefaultNight, Right, TicketKey, reported
from device_shadows.firmware import FirmwareDetails, FirmwareJob, FirmwarePhase
from device_shadows.limit import Limit
from device_shadows.meter import LoadBalancerPost, MeterAnswer, MeterData, MeterMessage, MeterSettings
from device_shadows.reading import Reading, ReadingKind
from device_shadows.status import Attempt, EvseState, Network, NetworkKind, Register, StatusReported

NOW_S: Final = 1_770_764_400  # 10 February 2026, 23:00 UTC
CONFIG = ConfigDesired(
    max_current_a=25,
    fallback_current_a=6,
    access=Access.EVERYONE,
    access_epoch=3,
    disabled=False,
    owner="p-1",
    time_zone="Europe/Oslo",
    default_night=DefaultNight(start="22:00", end="06:00", current_a=16),
    load_balancing=True,
    ticket_keys=(TicketKey(kid="2026-01", public_key="A" * 122),),
    rights=(Right(subject="owner"), Right(subject="grant_1", until=NOW_S)),
)
PLAN = Plan(
    plan_id="plan-1",
    plug_seq=7,
    intervals=(PlanInterval(start=100, end=200, current_a=16, reason="cheap"),),
    valid_until=1000,
)
RUN = RunOrder(state=RunState.STOPPED, plug_seq=7)
LIMIT = Limit(seq=5, boot_epoch=2, limit_a=10, ttl_s=60, issued_at=NOW_S, reason="main_fuse")
COMMAND = Command(id="c-1", op=Operation.IDENTIFY, issued_at=NOW_S, ttl_s=60)
JOB = FirmwareJob(
    version="1.4.0",
    model="simulated",
    counter=4,
    size=1000,
    sha256="ab" * 32,
    url="https://firmware.example/1.4.0.bin",
    key_id="release-1",
    signature="A" * 96,
)
SAMPLES: Final[Mapping[str, msgspec.Struct]] = {
    "config.desired": CONFIG,
    "config.reported": reported(CONFIG),
    "charging.desired": ChargingDesired(mode=ChargingMode.FULL, run=RUN, plan=PLAN),
    "charging.reported": ChargingReported(
        mode=ChargingMode.FULL, run=RUN, plan_id="plan-1", plug_seq=7, applied_at=NOW_S
    ),
    "status.reported": StatusReported(
        protocol=1,
        ts=NOW_S,
        evse_state=EvseState.C,
        plug_seq=7,
        plugged_at=NOW_S - 10,
        offered_a=16,
        drawn_a=(16.0, 0.0, 0.0),
        reason="plan",
        car_full=False,
        faults=("ground_fault",),
        network=Network(kind=NetworkKind.CELLULAR, signal_dbm=-80),
        firmware="sim-1",
        register=Register(epoch=1, seq=2, ts=NOW_S, register_wh=1234),
        session_start_wh=1200,
        unlocked_by="owner",
        attempt=Attempt(seq=3, plug_seq=6, reason="no_ticket"),
    ),
    "reading": Reading(epoch=1, seq=1, ts=NOW_S, register_wh=0, plug_seq=1, kind=ReadingKind.QUARTER),
    "limit": LIMIT,
    "command": COMMAND,
    "result": Result(id="c-1", outcome=Outcome.REFUSED, reason="no_fault", ts=NOW_S),
    "firmware.job": JOB,
    "firmware.details": FirmwareDetails(phase=FirmwarePhase.DOWNLOADING, percent="40"),
    "meter.json": MeterMessage(t=NOW_S, data=MeterData(P=3105, I1=3.06, I2=1.29, I3=9.49, type="MA304H4")),
    "meter.post": LoadBalancerPost(token="0" * 20, l1_a="12.1", l2_a="5.8", l3_a="13.4", current_power="4097"),
    "meter.answer": MeterAnswer(settings=MeterSettings(url="https://example.invalid/x")),
}
