"""The status people see: one pure function of what is reported, planned and known about the connection."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.calendar import Stretch
from chalicelib.domain.charger_states import ChargerState

PREPARING: Final = timedelta(seconds=60)
"""How long after plug-in a session counts as starting, while it waits for nothing but us."""


class StatusCode(StrEnum):
    """The eight states; the texts are the manual's."""

    READY = "ready"
    PREPARING = "preparing"
    WAITING = "waiting"
    CAR_PAUSED = "car_paused"
    FINISHED = "finished"
    OFFLINE = "offline"
    CHARGING = "charging"
    FAULT = "fault"


class StatusText(msgspec.Struct, frozen=True):
    """The status in the app's languages."""

    no: str
    en: str


TEXTS: Final[dict[StatusCode, StatusText]] = {
    StatusCode.READY: StatusText("Laderen er klar", "The charger is ready"),
    StatusCode.PREPARING: StatusText("Laderen gjør seg klar", "The charger is getting ready"),
    StatusCode.WAITING: StatusText("Venter på start eller rimelig strøm", "Waiting for start or cheap power"),
    StatusCode.CAR_PAUSED: StatusText(
        "Bilen har pauset, eller avsluttet lading", "The car has paused or stopped charging"
    ),
    StatusCode.FINISHED: StatusText("Ladingen er ferdig", "Charging is finished"),
    StatusCode.OFFLINE: StatusText("Laderen må tilkoples Internett", "The charger must be connected to the Internet"),
    StatusCode.CHARGING: StatusText("Lading pågår", "Charging"),
    StatusCode.FAULT: StatusText("Det er en feil på laderen", "The charger has a fault"),
}

REASONS: Final[dict[str, str]] = {
    "plan_pause": "price",
    "plan_ended": "need_met",
    "awaiting_plan": "plan_pending",
    "night_pause": "default_night",
    "night": "default_night",
    "limit": "load_balancing",
    "fallback": "load_balancing",
}
"""What a charger calls it -> what the API calls it; a word that is not here passes unchanged."""


class Status(msgspec.Struct, frozen=True):
    """What to show: the state, why, and when it will change if that is known."""

    code: StatusCode
    reason: str
    until: datetime | None = None

    @property
    def text(self) -> StatusText:
        """The words for it."""
        return TEXTS[self.code]


def decide_status(
    state: ChargerState | None, runs: Iterable[Stretch], now: datetime, *, is_connected: bool, is_disabled: bool
) -> Status:
    """The status at `now`. `runs` are the stretches of the present session's plan in which it charges.

    Strongest first: no connection, fault, no car, car full, energy flows, offered but not drawn, and then the pauses.
    """
    if state is None or not is_connected:
        return Status(StatusCode.OFFLINE, "never_connected" if state is None else "no_connection")
    if state.is_faulty:
        return Status(StatusCode.FAULT, state.fault_codes[0])
    if not state.has_car:
        return Status(StatusCode.READY, "disabled" if is_disabled else "no_car")
    if state.car_full:
        return Status(StatusCode.FINISHED, "car_full")
    reason = REASONS.get(state.reason, state.reason)
    if state.is_drawing:
        return Status(StatusCode.CHARGING, reason, _end_of_run(runs, now))
    return _paused(state, reason, runs, now)


def _paused(state: ChargerState, reason: str, runs: Iterable[Stretch], now: datetime) -> Status:
    """A car is there, not full, and draws nothing."""
    is_starting = state.plugged_at is not None and now - state.plugged_at < PREPARING
    if is_starting and (state.offered_a > 0 or reason in {"plan_pending", "no_config"}):
        return Status(StatusCode.PREPARING, "starting")
    if state.offered_a > 0:
        return Status(StatusCode.CAR_PAUSED, "car_paused")
    until = min((run.start for run in runs if run.start > now), default=None) if reason == "price" else None
    return Status(StatusCode.WAITING, reason, until)


def _end_of_run(runs: Iterable[Stretch], now: datetime) -> datetime | None:
    """When the run that holds `now` ends; runs that touch are one."""
    end: datetime | None = None
    for run in sorted(runs, key=lambda run: run.start):
        if now in run or run.start == end:
            end = run.end
    return end
