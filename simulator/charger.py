"""A charger without its network: a state machine over device time, exact to the millijoule.

Time is whole seconds of the charger's own clock. `advance(to)` walks from event to event (an edge of the plan, a
quarter hour, a full car), so a process that wakes late makes the very readings, at the very seconds, of a prompt one.
"""

import zlib
from collections import deque
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from device_shadows.charging import ChargingDesired, ChargingReported, Plan
from device_shadows.config import ConfigDesired
from device_shadows.names import Serial
from device_shadows.reading import MAX_JITTER_S, QUARTER_S, Reading, ReadingKind
from device_shadows.status import PROTOCOL, EvseState, Network, NetworkKind, Reason, Register, StatusReported
from simulator.car import Car
from simulator.electricity import MJ_PER_WH, line_currents_a, power_mw
from simulator.offer import Offer, Plug, decide_offer, plan_in_force
from simulator.records import Happening, Hardware, LogEntry, Memory, Outgoing

NO_CAR: Final = Offer(current_a=0, reason=Reason.NO_CAR)
NETWORK: Final = Network(kind=NetworkKind.WIFI, signal_dbm=-61)
FIRMWARE: Final = "sim-1.0.0"
MAX_PENDING_STATUSES: Final = 20


class Charger:
    """The pure core. Orders and cars come with the time they come at; a time before the last one counts as the last.

    A charger that comes back from a power cut finds no car (the simulator has lost it): its session has ended.
    """

    def __init__(
        self, serial: Serial, *, at: datetime, hardware: Hardware | None = None, memory: Memory | None = None
    ) -> None:
        memory = memory or Memory()
        self.serial, self.hardware = serial, hardware or Hardware()
        self.now_s = int(at.timestamp())
        self.epoch, self.seq, self.register_mj, self.plug_seq = (
            memory.epoch,
            memory.seq,
            memory.register_mj,
            memory.plug_seq,
        )
        self.config, self.charging = memory.config, memory.charging
        self.outbox: list[Outgoing] = list(memory.outbox)
        self.last_register = memory.last_register or self._register(seq=self.seq)
        self.car: Car | None = None
        self.plugged_at_s: int | None = None
        self.session_start_wh: int | None = None
        self.offer, self.power_mw = NO_CAR, 0
        self.log: list[LogEntry] = []
        self.statuses: deque[StatusReported] = deque(maxlen=MAX_PENDING_STATUSES)
        self.status = self.present_status()
        self.charging_report = self._charging_report()
        if memory.is_in_session:
            self._read(ReadingKind.SESSION_END)

    # what it knows

    @property
    def register_wh(self) -> int:
        """The cumulative energy register, whole Wh."""
        return self.register_mj // MJ_PER_WH

    @property
    def drawn_w(self) -> int:
        """Present power, W."""
        return self.power_mw // 1000

    def present_status(self) -> StatusReported:
        """The whole status as it is now."""
        current_a = self.car.drawn_a(self.offer.current_a) if self.car else 0
        return StatusReported(
            protocol=PROTOCOL,
            ts=self.now_s,
            evse_state=(EvseState.C if current_a else EvseState.B) if self.car else EvseState.A,
            plug_seq=self.plug_seq,
            plugged_at=self.plugged_at_s,
            offered_a=self.offer.current_a,
            drawn_a=line_currents_a(current_a, self._phases(), self.hardware.grid),
            reason=self._reason(current_a),
            car_full=bool(self.car and self.car.is_full),
            network=NETWORK,
            firmware=FIRMWARE,
            register=self.last_register,
            session_start_wh=self.session_start_wh,
        )

    def memory(self) -> Memory:
        """What to keep through a power cut."""
        return Memory(
            epoch=self.epoch,
            seq=self.seq,
            register_mj=self.register_mj,
            plug_seq=self.plug_seq,
            is_in_session=self.car is not None,
            last_register=self.last_register,
            config=self.config,
            charging=self.charging,
            outbox=tuple(self.outbox),
        )

    def next_event_s(self) -> int | None:
        """The next second (epoch) at which something changes by itself; None if nothing will."""
        times = [self.offer.until_s] if self.car else []
        if self.car and self.power_mw:
            times += [(self.now_s // QUARTER_S + 1) * QUARTER_S]
            times += [self.now_s - (-self.car.missing_mj // self.power_mw)]
        return min((time for time in times if time is not None), default=None)

    def due_readings(self) -> list[Reading]:
        """The readings to send now, oldest first."""
        return [outgoing.reading for outgoing in self.outbox if outgoing.due_s <= self.now_s]

    def next_wake_s(self) -> int | None:
        """The next second at which there is something to do or to send."""
        times = [outgoing.due_s for outgoing in self.outbox if outgoing.due_s > self.now_s]
        event_s = self.next_event_s()
        return min(times + ([] if event_s is None else [event_s]), default=None)

    # what happens to it

    def advance(self, to: datetime) -> None:
        """Lives on to `to`, through every event on the way; a time that has passed changes nothing."""
        to_s = int(to.timestamp())
        while (event_s := self.next_event_s()) is not None and event_s <= to_s:
            self._flow(event_s)
            self._settle()
        self._flow(max(to_s, self.now_s))

    def plug_in(self, car: Car, at: datetime) -> None:
        """A car comes: a new session; ValueError if one is there already."""
        if self.car:
            raise ValueError("a car is plugged in already")
        self.advance(at)
        self.car, self.plugged_at_s, self.plug_seq = car, self.now_s, self.plug_seq + 1
        self.session_start_wh = self.register_wh
        self._note(Happening.PLUGGED_IN)
        self._read(ReadingKind.SESSION_START)
        self._settle()

    def unplug(self, at: datetime) -> Car:
        """The car leaves; ValueError if none is there."""
        self.advance(at)
        if not (car := self.car):
            raise ValueError("no car is plugged in")
        self._draw(0)
        self._read(ReadingKind.SESSION_END)
        self._note(Happening.UNPLUGGED)
        self.car = self.plugged_at_s = self.session_start_wh = None
        self._settle()
        return car

    def apply_config(self, config: ConfigDesired, at: datetime) -> None:
        """The configuration holds from `at` on; KeyError or ValueError if its time zone is none: nothing changes."""
        ZoneInfo(config.time_zone)
        self.advance(at)
        self.config = config
        self._settle()

    def apply_charging(self, charging: ChargingDesired, at: datetime) -> None:
        """Mode, run and plan hold from `at` on; what is for another plug-in is kept but not followed."""
        self.advance(at)
        is_new = charging.plan != self.charging.plan
        self.charging = charging
        if is_new and charging.plan:
            applies = plan_in_force(charging, self.plug_seq, self.now_s) is not None and self.car is not None
            self._note(Happening.PLAN_APPLIED if applies else Happening.PLAN_IGNORED, charging.plan)
        self._settle()

    def acknowledge(self, reading: Reading) -> None:
        """The broker has `reading`: it need not be sent again."""
        self.outbox = [outgoing for outgoing in self.outbox if outgoing.reading != reading]

    # how it works

    def _flow(self, to_s: int) -> None:
        """Lets energy flow at the present power until `to_s`, when no event lies before it."""
        if self.car and self.power_mw:
            self.register_mj += self.car.take(self.power_mw * (to_s - self.now_s))
        self.now_s = to_s

    def _settle(self) -> None:
        """Brings offer, power, readings, status and report in line with what holds at this second."""
        self.offer = self._decide()
        current_a = self.car.drawn_a(self.offer.current_a) if self.car else 0
        if self.car and self.car.is_full and self.power_mw:
            self._note(Happening.CAR_FULL)
        self._draw(power_mw(current_a, self._phases(), self.hardware.grid))
        status = self.present_status()
        if _without_time(status) != _without_time(self.status):
            self.status = status
            self.statuses.append(status)
        report = self._charging_report()
        if msgspec.structs.replace(report, applied_at=self.charging_report.applied_at) != self.charging_report:
            self.charging_report = report

    def _decide(self) -> Offer:
        if self.car is None or self.plugged_at_s is None:
            return NO_CAR
        plug = Plug(seq=self.plug_seq, since_s=self.plugged_at_s)
        return decide_offer(self.config, self.charging, plug, self.now_s, self.hardware.max_current_a)

    def _draw(self, power: int) -> None:
        """Changes the power; a reading tells when energy starts and stops to flow, and each quarter while it flows."""
        before, self.power_mw = self.power_mw, power
        if before and not power:
            self._read(ReadingKind.FLOW_STOP)
            self._note(Happening.FLOW_STOPPED)
        elif power and not before:
            self._read(ReadingKind.FLOW_START)
            self._note(Happening.FLOW_STARTED)
        elif power and self.now_s % QUARTER_S == 0 and self.last_register.ts != self.now_s:
            self._read(ReadingKind.QUARTER)
        if before and power and before != power:
            self._note(Happening.FLOW_CHANGED)

    def _read(self, kind: ReadingKind) -> None:
        self.seq += 1
        reading = Reading(
            epoch=self.epoch,
            seq=self.seq,
            ts=self.now_s,
            register_wh=self.register_wh,
            plug_seq=self.plug_seq,
            kind=kind,
        )
        self.last_register = self._register(seq=self.seq)
        jitter_s = _jitter_s(self.serial, self.now_s) if kind is ReadingKind.QUARTER else 0
        self.outbox.append(Outgoing(due_s=self.now_s + jitter_s, reading=reading))

    def _note(self, happening: Happening, plan: Plan | None = None) -> None:
        self.log.append(
            LogEntry(
                at_s=self.now_s,
                happening=happening,
                power_w=self.power_mw / 1000,
                register_wh=self.register_mj / MJ_PER_WH,
                plan=plan,
            )
        )

    def _register(self, *, seq: int) -> Register:
        return Register(epoch=self.epoch, seq=seq, ts=self.now_s, register_wh=self.register_wh)

    def _phases(self) -> int:
        return min(self.hardware.phases, self.car.phases) if self.car else self.hardware.phases

    def _reason(self, drawn_a: int) -> Reason:
        if self.car and self.car.is_full:
            return Reason.CAR_FULL
        return Reason.CAR_PAUSED if self.offer.current_a and not drawn_a else self.offer.reason

    def _charging_report(self) -> ChargingReported:
        plan = plan_in_force(self.charging, self.plug_seq, self.now_s)
        return ChargingReported(
            mode=self.charging.mode,
            run=self.charging.run,
            plan_id=plan.plan_id if plan else None,
            plug_seq=self.plug_seq,
            applied_at=self.now_s,
        )


def _without_time(status: StatusReported) -> StatusReported:
    return msgspec.structs.replace(status, ts=0, register=Register(epoch=0, seq=0, ts=0, register_wh=0))


def _jitter_s(serial: Serial, boundary_s: int) -> int:
    """0 to 45 s, different for each charger and quarter, the same when asked again."""
    return zlib.crc32(f"{serial}/{boundary_s}".encode()) % (MAX_JITTER_S + 1)
