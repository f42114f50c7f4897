"""One real night lived through the running system: a person, a charger, a car, and what it all came to."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple, TypeVar

from device_shadows.charging import Plan
from local.errors import LocalError
from local.night import (
    Hour,
    Night,
    PlanInForce,
    PlannedPower,
    Point,
    count_starts,
    energy_between_wh,
    flows,
    outside_plan_wh,
)
from local.system import Progress, System
from simulator.answers import History, PlanView, Position
from simulator.car import Car
from simulator.device import Device
from simulator.electricity import MJ_PER_WH
from simulator.house import read_house
from simulator.phone import ApiError, Phone
from simulator.price_feed import OSLO
from simulator.records import Happening, LogEntry

START = datetime(2026, 2, 10, 15, tzinfo=OSLO)
PLUG_IN = datetime(2026, 2, 10, 17, tzinfo=OSLO)
END = datetime(2026, 2, 11, 8, tzinfo=OSLO)
BERGEN = Position(lat=60.392, lon=5.324)
PHONE, ZONE, NEED_WH, MAIN_FUSE_A = "+4790000001", "NO5", 36_000, 63
CAR_CURRENT_A, CAR_PHASES, VOLTAGE_V = 32, 1, 230
PATIENCE_S = 30.0
_Found = TypeVar("_Found")


class Evening(NamedTuple):
    """The people and things of the night."""

    phone: Phone
    device: Device
    charger_id: str


async def _nothing(_: Phone) -> None:
    """What most nights wait for."""


async def live(system: System, progress: Progress, ready: Callable[[Phone], Awaitable[None]] = _nothing) -> Night:
    """Sign in, claim, plug in at 17:00, wait for the morning; what was measured. The clock waits for `ready`."""
    async with Phone.at(system.url) as phone:
        evening = await _move_in(system, phone)
        progress(f"signed in and claimed {evening.device.serial} in Bergen")
        await ready(phone)
        await system.start_clock()
        await system.clock.sleep_until(PLUG_IN)
        evening.device.plug_in(Car(need_wh=NEED_WH, max_current_a=CAR_CURRENT_A, phases=CAR_PHASES))
        plan = await _wish(evening)
        progress(f"plugged in at 17:00; {_told(plan)}")
        await _sleep_with_progress(system, progress)
        return await _morning(system, evening, plan)


async def _move_in(system: System, phone: Phone) -> Evening:
    """A person with a site in Bergen and the first charger of the world."""
    await phone.sign_in(PHONE)
    await phone.accept_terms()
    device = system.world.devices[system.chargers[0].serial]
    site = await phone.create_site("Hjemme", BERGEN, main_fuse_a=MAIN_FUSE_A, grid_type="IT", phases=3)
    charger = await phone.claim(device.serial, device.key.fingerprint, site_id=site.site_id)
    return Evening(phone, device, charger.charger_id)


async def _wish(evening: Evening) -> PlanView:
    """Say how much the car needs, and wait until the charger itself has the plan for it."""

    async def goal() -> bool:
        try:
            await evening.phone.set_session_goal(evening.charger_id, energy_wh=NEED_WH)
        except ApiError as error:
            if error.code != "no_session":
                raise
            return False
        return True

    async def plan() -> PlanView | None:
        found = await evening.phone.get_plan(evening.charger_id)
        applied = [plan.plan_id for _, plan in _plans_of(evening.device)]
        return found if found.need_wh == NEED_WH and found.plan_id in applied else None

    await _until(goal, "the plug-in did not become a session")
    return await _until(plan, "no plan for the car reached the charger")


async def _until(ask: Callable[[], Awaitable[_Found | None]], failure: str) -> _Found:
    """The first true answer of `ask`; LocalError with `failure` when there is none in time."""
    deadline = asyncio.get_running_loop().time() + PATIENCE_S
    while asyncio.get_running_loop().time() < deadline:
        if found := await ask():
            return found
        await asyncio.sleep(0.2)
    raise LocalError(f"{failure} within {PATIENCE_S:.0f} s")


async def _sleep_with_progress(system: System, progress: Progress) -> None:
    """Until the end of the night, with a line every two hours."""
    at = START + timedelta(hours=4)
    while at < END:
        await system.clock.sleep_until(at)
        charged_wh = system.world.state()["chargers"][0]["register_wh"]
        progress(f"{at:%H:%M}  {charged_wh / 1000:6.2f} kWh charged")
        at += timedelta(hours=2)
    await system.clock.sleep_until(END)


async def _morning(system: System, evening: Evening, plan: PlanView) -> Night:
    """Everything the night came to, from the public API, the store and the car."""
    register_wh = evening.device.charger.register_wh

    async def complete() -> list[History] | None:
        days = [f"{START:%Y-%m-%d}", f"{END:%Y-%m-%d}"]
        found = [await evening.phone.get_history(evening.charger_id, day=day) for day in days]
        return found if sum(day.energy_wh for day in found) == register_wh else None

    history = await _until(complete, "the hours did not come to the register")
    [session, *_] = await evening.phone.get_sessions(evening.charger_id)
    measured, log, car = flows(_received_points(system)), evening.device.charger.log, evening.device.charger.car
    planned = tuple(_powers_of_view(plan))
    return Night(
        start=START,
        end=END,
        zone=ZONE,
        plugged_in_at=_first(log, Happening.PLUGGED_IN) or PLUG_IN,
        ready_by=datetime.fromisoformat(plan.ready_by or END.isoformat()).astimezone(OSLO),
        full_at=_first(log, Happening.CAR_FULL),
        hours=tuple(_hours(history, await _prices(evening.phone), planned)),
        planned=planned,
        measured=tuple(measured),
        register_wh=register_wh,
        hours_wh=sum(day.energy_wh for day in history),
        battery_wh=car.battery_wh if car else 0,
        need_wh=car.need_mj // MJ_PER_WH if car else 0,
        cost=session["cost"]["amount"],
        cost_at_once=session["cost_at_once"]["amount"],
        currency=session["cost"]["currency"],
        starts=count_starts(measured),
        outside_plan_wh=outside_plan_wh(measured, _plans_in_force(evening.device)),
        speed=system.clock.speed,
        main_fuse_a=MAIN_FUSE_A,
    )


def _plans_in_force(device: Device) -> list[PlanInForce]:
    """The plans that the charger followed, as powers."""
    return [
        PlanInForce(since=_moment(since_s), intervals=tuple(_powers(plan.intervals)))
        for since_s, plan in _plans_of(device)
    ]


def _first(log: Iterable[LogEntry], happening: Happening) -> datetime | None:
    """When it first happened, by the charger's own clock."""
    return next((_moment(entry.at_s).astimezone(OSLO) for entry in log if entry.happening is happening), None)


def _plans_of(device: Device) -> list[tuple[int, Plan]]:
    """The plans that the charger followed, each from its second on."""
    log = device.charger.log
    return [(entry.at_s, entry.plan) for entry in log if entry.happening is Happening.PLAN_APPLIED and entry.plan]


def _received_points(system: System) -> list[Point]:
    """The register as the cloud received it: every stored reading."""
    table = system.stack.resources["ReadingsTable"]
    pages = system.aws.client("dynamodb").get_paginator("scan").paginate(TableName=table)
    items = [item for page_ in pages for item in page_["Items"]]
    return [
        Point(at=datetime.fromisoformat(item["at"]["S"]), register_wh=int(item["register_wh"]["N"])) for item in items
    ]


async def _prices(phone: Phone) -> dict[datetime, float]:
    """Spot with VAT per kWh by the start of the hour."""
    days = [await phone.get_prices(ZONE, f"{day:%Y-%m-%d}") for day in (START, END)]
    return {datetime.fromisoformat(slot["start"]): float(slot["with_vat"]["amount"]) for day in days for slot in day}


def _hours(history: list[History], prices: dict[datetime, float], planned: tuple[PlannedPower, ...]) -> list[Hour]:
    """Every hour of the night; the history leaves out hours in which nothing was charged."""
    charged = {datetime.fromisoformat(hour["start"]): hour for day in history for hour in day.hours}
    house, found, start = read_house(), [], START
    while start < END:
        end, hour = start + timedelta(hours=1), charged.get(start)
        found.append(
            Hour(
                start=start,
                end=end,
                price=prices[start],
                house_wh=house.load_wh(start, end),
                planned_wh=energy_between_wh(planned, start, end),
                charged_wh=hour["energy_wh"] if hour else 0,
                cost=float(hour["cost"]["amount"]) if hour and hour["cost"] else 0.0,
            )
        )
        start = end
    return found


def _powers(intervals: Any) -> list[PlannedPower]:
    """The intervals of a plan document as powers; one phase on 230 V."""
    return [
        PlannedPower(start=_moment(one.start), end=_moment(one.end), power_w=VOLTAGE_V * one.current_a)
        for one in intervals
    ]


def _powers_of_view(plan: PlanView) -> list[PlannedPower]:
    return [
        PlannedPower(
            start=datetime.fromisoformat(one.start),
            end=datetime.fromisoformat(one.end),
            power_w=VOLTAGE_V * one.current_a,
        )
        for one in plan.intervals
    ]


def _moment(epoch_s: int) -> datetime:
    return datetime.fromtimestamp(epoch_s, UTC)


def _told(plan: PlanView) -> str:
    parts = [
        f"{datetime.fromisoformat(one.start).astimezone(OSLO):%H:%M}-"
        f"{datetime.fromisoformat(one.end).astimezone(OSLO):%H:%M} {one.current_a} A"
        for one in plan.intervals
    ]
    return f"the plan: {', '.join(parts)}"
