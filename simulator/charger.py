"""A charger without its network: a state machine over device time, exact to the millijoule.

Time is whole seconds. `advance(to)` walks from event to event (an edge of the plan, a quarter hour, the end of a lease,
a full car), so a process that wakes late makes the very readings, at the very seconds, of a prompt one. `now_s` only
goes forward; what the charger's own clock shows is `now_s + clock_error_s`, and that may be wrong or unknown.
"""

from collections import deque
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

import msgspec

from device_shadows.charging import ChargingDesired, Plan
from device_shadows.command import Command, CommandReason
from device_shadows.config import Access, ConfigDesired
from device_shadows.limit import SOON_S, Limit, LimitLease
from device_shadows.names import Serial
from device_shadows.reading import QUARTER_S, Reading, ReadingKind
from device_shadows.status import GATHER_S, Network, Reason, StatusReported
from device_shadows.ticket import ARMED_S, Ticket
from simulator.book import Moment, ReadingBook
from simulator.car import Car
from simulator.commands import CommandDesk
from simulator.electricity import MJ_PER_WH, power_mw
from simulator.lock import Lock, Unlock
from simulator.offer import FAULT, Offer, Plug, decide_offer, plan_in_force
from simulator.records import Happening, Hardware, LogEntry, Memory, Outgoing
from simulator.reports import NETWORK, charging_report_of, is_news, is_of_currents, status_of

NO_CAR: Final = Offer(current_a=0, reason=Reason.NO_CAR)
MAX_PENDING_STATUSES: Final = 20


class Charger:
    """The pure core. Orders and cars come with the time they come at; a time before the last one counts as the last.

    A charger that comes back from a restart of its process finds no car (the simulator has lost it): its session has
    ended. One that loses power and gets it back (`lose_power`, `regain_power`) finds its car.
    """

    def __init__(
        self, serial: Serial, *, at: datetime, hardware: Hardware | None = None, memory: Memory | None = None
    ) -> None:
        memory = memory or Memory()
        self.serial, self.hardware = serial, hardware or Hardware()
        self.now_s = self.booted_at_s = int(at.timestamp())
        self.clock_error_s, self.is_clock_known = 0, True
        self.register_mj, self.plug_seq = memory.register_mj, memory.plug_seq
        self.config, self.charging, self.image = memory.config, memory.charging, memory.image
        self.book = ReadingBook(serial, memory, at_s=self.now_s)
        self.desk = CommandDesk(self, log=memory.commands, results=memory.results)
        self.lease, self.lock = LimitLease(), Lock(memory.attempts)
        self.car: Car | None = None
        self.plugged_at_s: int | None = None
        self.session_start_wh: int | None = None
        self.has_power, self.is_installing = True, False
        self.causes: set[str] = set()
        self.network = NETWORK
        self.faults: tuple[str, ...] = ()
        self.offer, self.power_mw = NO_CAR, 0
        self.log: list[LogEntry] = []
        self.statuses: deque[StatusReported] = deque(maxlen=MAX_PENDING_STATUSES)
        self.status = self.told = self.present_status()
        self._tells_at_s: int | None = None
        self.charging_report = charging_report_of(self)
        if memory.is_in_session:
            self._read(ReadingKind.SESSION_END)
        self.desk.restarted()

    # what it knows

    @property
    def moment(self) -> Moment:
        """Now, as the charger knows it."""
        return Moment(now_s=self.now_s, wall_s=self.now_s + self.clock_error_s, is_known=self.is_clock_known)

    @property
    def outbox(self) -> list[Outgoing]:
        """The readings that the broker does not have yet."""
        return self.book.outbox

    @property
    def register_wh(self) -> int:
        """The cumulative energy register, whole Wh."""
        return self.register_mj // MJ_PER_WH

    @property
    def drawn_w(self) -> int:
        """Present power, W."""
        return self.power_mw // 1000

    @property
    def drawn_a(self) -> int:
        """What the car draws per line, A."""
        return self.car.drawn_a(self.offer.current_a) if self.car and self.has_power else 0

    @property
    def phases(self) -> int:
        """On how many phases the car charges, or would."""
        return min(self.hardware.phases, self.car.phases) if self.car else self.hardware.phases

    def present_status(self) -> StatusReported:
        """The whole status as it is now."""
        return status_of(self)

    def memory(self) -> Memory:
        """What to keep through a power cut."""
        return Memory(
            epoch=self.book.epoch,
            seq=self.book.seq,
            register_mj=self.register_mj,
            plug_seq=self.plug_seq,
            is_in_session=self.car is not None,
            last_register=self.book.last,
            config=self.config,
            charging=self.charging,
            outbox=tuple(self.outbox),
            commands=self.desk.log,
            results=tuple(self.desk.results),
            image=self.image,
            attempts=self.lock.attempts,
        )

    def next_event_s(self) -> int | None:
        """The next second (epoch) at which something changes by itself; None if nothing will."""
        if not self.car or not self.has_power:
            return None
        times = [self.offer.until_s, self.car.next_change_s, self.lock.next_event_s(self.plug_seq, self.now_s)]
        soon_s = int(self.lease.ends_s) - SOON_S
        times += [self._tells_at_s, soon_s if soon_s > self.now_s else None]
        if self.power_mw:
            if self.is_clock_known:
                times += [self.now_s + QUARTER_S - self.moment.wall_s % QUARTER_S]
            times += [self.now_s - (-self.car.next_change_mj // self.power_mw)]
        return min((time for time in times if time is not None), default=None)

    def due_readings(self) -> list[Reading]:
        """The readings to send now, oldest first."""
        return self.book.due(self.now_s)

    def next_wake_s(self) -> int | None:
        """The next second at which there is something to do or to send."""
        times = [self.book.next_due_s(self.now_s), self.next_event_s()]
        return min((time for time in times if time is not None), default=None)

    # what happens to it

    def advance(self, to: datetime) -> None:
        """Lives on to `to`, through every event on the way; a time that has passed changes nothing."""
        to_s = int(to.timestamp())
        while (event_s := self.next_event_s()) is not None and event_s <= to_s:
            self._flow(event_s)
            self._settle()
        self._flow(max(to_s, self.now_s))

    def plug_in(self, car: Car, at: datetime) -> None:
        """A car comes: a new session; ValueError if one is there already, or the charger has no power."""
        self._require_power()
        if self.car:
            raise ValueError("a car is plugged in already")
        self.advance(at)
        self.car, self.plugged_at_s, self.plug_seq = car, self.now_s, self.plug_seq + 1
        self.session_start_wh = self.register_wh
        self.lock.plugged_in(self.plug_seq, self.now_s)
        if self.config:
            self.lease = self.lease.plugged_in(fallback_a=self.config.fallback_current_a)
        self.note(Happening.PLUGGED_IN)
        self._read(ReadingKind.SESSION_START)
        self._settle()

    def unplug(self, at: datetime) -> Car:
        """The car leaves; ValueError if none is there, or the charger has no power."""
        self._require_power()
        self.advance(at)
        if not (car := self.car):
            raise ValueError("no car is plugged in")
        self._draw(0)
        self._read(ReadingKind.SESSION_END)
        self.note(Happening.UNPLUGGED)
        self.car = self.plugged_at_s = self.session_start_wh = None
        self.lock.close()
        self._settle()
        return car

    def apply_config(self, config: ConfigDesired, at: datetime) -> None:
        """The configuration holds from `at` on; KeyError or ValueError if its time zone is none: nothing changes."""
        try:
            ZoneInfo(config.time_zone)
        except OSError as error:  # the name of a folder in the database, such as Europe
            raise ValueError(f"{config.time_zone} is no time zone") from error
        self.advance(at)
        self.config = config
        self.lock.configured(config, self.moment)
        self._settle()

    def apply_charging(self, charging: ChargingDesired, at: datetime) -> None:
        """Mode, run and plan hold from `at` on; what is for another plug-in is kept but not followed."""
        self.advance(at)
        is_new = charging.plan != self.charging.plan
        self.charging = charging
        if is_new and charging.plan:
            applies = plan_in_force(charging, self.plug_seq, self.moment.wall_s) is not None and self.car is not None
            self.note(Happening.PLAN_APPLIED if applies else Happening.PLAN_IGNORED, charging.plan)
        self._settle()

    def use_network(self, network: Network, at: datetime) -> None:
        """The charger is connected in this way from now on."""
        self.advance(at)
        self.network = network
        self._settle()

    def hear_limit(self, limit: Limit, at: datetime) -> None:
        """A limit of load balancing comes; what it may do is decided by the lease."""
        self.advance(at)
        fallback_a = self.config.fallback_current_a if self.config else 0
        wall_s = self.moment.wall_s if self.is_clock_known else None
        self.lease = self.lease.heard(limit, monotonic_s=self.now_s, wall_s=wall_s, fallback_a=fallback_a)
        self._settle()

    def hear_command(self, command: Command, at: datetime) -> None:
        """A one-shot command comes; its result waits at the desk."""
        self.advance(at)
        self.desk.heard(command)

    def open_lock(self, ticket: Ticket, *, ends_s: int | None) -> None:
        """A ticket that was found good opens the present plug-in, or the one that comes soon; up to `ends_s`.

        ValueError if the charger has no power.
        """
        self._require_power()
        unlock = Unlock(
            plug_seq=self.plug_seq if self.car else self.plug_seq + 1,
            subject=ticket.subject,
            access_epoch=ticket.access_epoch,
            ends_s=ends_s,
            armed_until_s=self.now_s + ARMED_S,
        )
        self.lock.open(unlock, self.now_s, has_car=self.car is not None)
        self.note(Happening.UNLOCKED)
        self._settle()

    def note_attempt(self, reason: str) -> None:
        """Somebody has presented what is no ticket of theirs; at a charger that is everybody's that is nothing."""
        if self.config and self.config.access is not Access.EVERYONE:
            self.lock.note_attempt(reason, self.plug_seq, self.now_s)
            self._settle()

    def acknowledge(self, reading: Reading) -> None:
        """The broker has `reading`: it need not be sent again."""
        self.book.acknowledge(reading)

    # mishaps

    def lose_power(self, at: datetime, *, is_restart: bool = False) -> None:
        """The supply fails: the flow stops, and the last thing the charger does is to write that down.

        It cannot know then whether the cable is moved, so an unlock is void; in a restart of its own it does.
        """
        self.advance(at)
        if not is_restart:
            self.lock.close()
        if self.has_power:
            self._draw(0)
            self.note(Happening.POWER_LOST)
        self.has_power = False

    def regain_power(self, at: datetime, *, is_clock_known: bool = True) -> None:
        """It starts: limits are forgotten, the session goes on, the clock may have to be set first."""
        self.advance(at)
        self.has_power, self.is_installing, self.booted_at_s = True, False, self.now_s
        self.is_clock_known, self.clock_error_s = is_clock_known, 0 if is_clock_known else -self.now_s
        self.lease = LimitLease()
        self.faults = tuple(sorted(self.causes))
        self.book.power_back(self.now_s)
        self.desk.restarted()
        self.note(Happening.POWER_BACK)
        self._settle()

    def disturb_clock(self, error_s: int, at: datetime) -> None:
        """The clock, which counts as right, is off by `error_s` seconds until it is set."""
        self.advance(at)
        self.clock_error_s, self.is_clock_known = error_s, True
        self._settle()

    def set_clock(self, at: datetime) -> None:
        """Time synchronisation: the clock is right from now on; readings that waited for it get their time."""
        self.advance(at)
        self.clock_error_s, self.is_clock_known = 0, True
        self.book.stamp(self.clock_error_s)
        self._settle()

    def reset_register(self, at: datetime) -> None:
        """The energy meter in the charger is replaced: it counts from zero, in a new epoch."""
        self.advance(at)
        self.register_mj = 0
        self.book.start_epoch()
        self.note(Happening.REGISTER_RESET)
        if self.car:
            self.session_start_wh = 0
            self._read(ReadingKind.FLOW_START if self.power_mw else ReadingKind.SESSION_START)
        self._settle()

    def break_down(self, fault: str, at: datetime) -> None:
        """A part fails: no current until it is repaired and the fault is reset."""
        self.advance(at)
        self.causes.add(fault)
        self.faults = tuple(sorted({*self.faults, fault}))
        self.note(Happening.FAULT)
        self._settle()

    def repair(self, fault: str, at: datetime) -> None:
        """The part works again; the fault stays until it is reset or the power comes back."""
        self.advance(at)
        self.causes.discard(fault)

    def reset_faults(self) -> CommandReason | None:
        """Clears every fault whose cause is gone; why it could not, None if it did."""
        if not self.faults:
            return CommandReason.NO_FAULT
        self.faults = tuple(sorted(self.causes))
        self._settle()
        return CommandReason.FAULT_PERSISTS if self.faults else None

    def note(self, happening: Happening, plan: Plan | None = None) -> None:
        """An entry of the event log."""
        self.log.append(
            LogEntry(
                at_s=self.now_s,
                happening=happening,
                power_w=self.power_mw / 1000,
                register_wh=self.register_mj / MJ_PER_WH,
                plan=plan,
            )
        )

    # how it works

    def _require_power(self) -> None:
        if not self.has_power:
            raise ValueError("the charger has no power")

    def _flow(self, to_s: int) -> None:
        """Lets energy flow at the present power until `to_s`, when no event lies before it."""
        if self.car and self.power_mw:
            self.register_mj += self.car.take(self.power_mw * (to_s - self.now_s))
        self.now_s = to_s

    def _settle(self) -> None:
        """Brings offer, power, readings, status and report in line with what holds at this second."""
        self.lock.tick(self.config, self.plug_seq, self.now_s)
        self.offer = self._decide()
        if self.car:
            self.car.notice(self.offer.current_a, self.now_s)
        if self.car and self.car.is_full and self.power_mw:
            self.note(Happening.CAR_FULL)
        self._draw(power_mw(self.drawn_a, self.phases, self.hardware.grid))
        self._notice(self.present_status())
        report = charging_report_of(self)
        if msgspec.structs.replace(report, applied_at=self.charging_report.applied_at) != self.charging_report:
            self.charging_report = report

    def _notice(self, status: StatusReported) -> None:
        """Tells what is news: at once, or, if only currents have changed, some seconds after the first of them."""
        if is_news(status, self.status):
            self.status = status
        if not is_news(status, self.told):
            self._tells_at_s = None
        elif not is_of_currents(status, self.told) or self.now_s >= (self._tells_at_s or self.now_s + 1):
            self.tell()
        elif self._tells_at_s is None:
            self._tells_at_s = self.now_s + GATHER_S

    def tell(self) -> None:
        """The whole status is to be told as it is now."""
        self.told, self._tells_at_s = self.present_status(), None
        self.statuses.append(self.told)

    def _decide(self) -> Offer:
        if self.faults:
            return FAULT
        if self.car is None or self.plugged_at_s is None:
            return NO_CAR
        since_s = self.plugged_at_s if self.is_clock_known else max(self.plugged_at_s, self.booted_at_s)
        plug, cap = Plug(seq=self.plug_seq, since_s=since_s + self.clock_error_s), self._cap()
        offer = decide_offer(
            self.config,
            self.charging,
            plug,
            self.moment.wall_s,
            self.hardware.max_current_a,
            cap=cap,
            is_time_known=self.is_clock_known,
            is_locked=self.config is not None and self.lock.is_locked(self.config, self.plug_seq, self.now_s),
        )
        return (
            offer
            if offer.until_s is None
            else msgspec.structs.replace(offer, until_s=offer.until_s - self.clock_error_s)
        )

    def _cap(self) -> Offer | None:
        """What load balancing allows (`until_s` by the charger's clock); None if it says nothing."""
        limit_a = self.lease.current_a(self.now_s)
        if limit_a is not None:
            until_s = int(self.lease.ends_s) + self.clock_error_s
            return Offer(current_a=limit_a, reason=Reason.LIMIT, until_s=until_s)
        if self.config and self.config.load_balancing:
            return Offer(current_a=self.config.fallback_current_a, reason=Reason.FALLBACK)
        return None

    def _draw(self, power: int) -> None:
        """Changes the power; a reading tells when energy starts and stops to flow, and each quarter while it flows."""
        before, self.power_mw = self.power_mw, power
        moment = self.moment
        if before and not power:
            self._read(ReadingKind.FLOW_STOP)
            self.note(Happening.FLOW_STOPPED)
        elif power and not before:
            self._read(ReadingKind.FLOW_START)
            self.note(Happening.FLOW_STARTED)
        elif power and moment.is_known and moment.wall_s % QUARTER_S == 0 and self.book.last.ts != moment.wall_s:
            self._read(ReadingKind.QUARTER)
        if before and power and before != power:
            self.note(Happening.FLOW_CHANGED)

    def _read(self, kind: ReadingKind) -> None:
        self.book.write(kind, self.moment, register_wh=self.register_wh, plug_seq=self.plug_seq)
