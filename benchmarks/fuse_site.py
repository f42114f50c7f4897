"""A night of one site behind its main fuse, event by event: house, meter, cloud, chargers, cars, and what fails.

The cloud is the product's own step function, the chargers obey the contract's own lease; between two events all
currents are constant. Line currents of house and cars are added, which is the worst case.
"""

import heapq
import random
from datetime import UTC, datetime, timedelta
from itertools import count

import msgspec

from benchmarks.fuse_breaker import TOUCHY, TYPICAL, Breaker
from benchmarks.fuse_devices import Charger, Mutant
from benchmarks.fuse_faults import Faults, delay_s, times
from benchmarks.fuse_records import Call, Case, Chargers, Known, Night
from chalicelib.domain.balancing import (
    BalancedCharger,
    BalancingState,
    LimitOrder,
    LineSample,
    Rules,
    is_quiet,
    step,
    urgency_of,
)
from chalicelib.domain.balancing.sharing import cap_of
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.meter_readers import AT_REST, FAST_S, SiteLoad, heartbeat_s, near_a
from device_shadows.limit import MESSAGE_EXPIRY_S, SOON_S, Limit

START = datetime(2026, 2, 10, 14, tzinfo=UTC)
START_S = START.timestamp()
NIGHT_S = 16 * 3600.0
METER_S = 10.0
SWEEP_S = 20.0
HEATER_ON_S, HEATER_SHARE = 60.0, 0.78
AHEAD_S = 30.0
"""So long before a car's plan begins, current is wanted for it (`domain.balanced_chargers`)."""
POWER_W_PER_A = 132.8
"""Of the sum of three line currents, 230 V IT; only that its last digit moves matters here."""
_OVER = 1.13


class Site:
    """One run. With `calls` a list, what each decision was made from is kept there."""

    def __init__(self, case: Case, faults: Faults, rules: Rules, mutant: Mutant) -> None:
        self.case, self.faults, self.rules, self.mutant = case, faults, rules, mutant
        self.rng = random.Random(case.seed)  # noqa: S311 - a simulation
        self.chargers = [
            Charger(wiring, car, mutant, faults.break_s) for wiring, car in zip(case.wirings, case.cars, strict=True)
        ]
        self.known = [Known() for _ in self.chargers]
        self.state = BalancingState(boot_epoch=1)
        self.now_s, self.house = 0.0, case.house[0][1]
        self.cloud_error_s = self.meter_error_s = self.over_s = 0.0
        self.lag_s = self.heater_a = 0.0
        self.tells_time = (faults.all_tell_time or case.has_meter_time) and not faults.none_tell_time
        is_hidden = faults.hides_line_2 and case.supply.grid_type == "IT"
        self.measures_line_2 = case.measures_line_2 and not is_hidden
        self.is_silent = self.is_frozen = self.is_over = False
        self.last_currents: tuple[float | None, ...] | None = None
        self.last_power_w = 0
        self.breakers = [[Breaker(kind, 0.0) for _ in range(3)] for kind in (TYPICAL, TOUCHY)]
        self.orders = self.samples = self.writes = self.reports = 0
        self.next_post_s = 0.0
        self.calls: list[Call] | None = None
        self.said = [count(1) for _ in self.chargers]
        self.heap: list[tuple[float, int, str, object]] = []
        self.tick = count()
        self._plan()

    def push(self, at_s: float, kind: str, what: object = None) -> None:
        """An event to come."""
        heapq.heappush(self.heap, (at_s, next(self.tick), kind, what))

    def _plan(self) -> None:
        faults = self.faults
        for at_s, currents in self.case.house:
            self.push(at_s, "house", currents)
        self.push(self.rng.uniform(0, METER_S), "meter")
        if self.faults.heater_off_s:
            self.push(HEATER_ON_S, "heater", True)
        if self.mutant.renews_in_silence:
            self.push(SWEEP_S, "sweep")
        spells = (
            ("silent", faults.meter_gaps, faults.meter_gap_s),
            ("frozen", faults.meter_frozen, faults.meter_frozen_s),
            ("lag", faults.meter_lags, faults.meter_lag_s),
            ("meter_jump", faults.meter_jumps, 600.0),
            ("cloud_jump", faults.cloud_jumps, 300.0),
            ("forget", faults.cloud_restarts, 0.0),
        )
        for kind, rate, length_s in spells:
            self._spells(kind, rate, length_s, None)
        for i, charger in enumerate(self.chargers):
            self.push(charger.plug_s, "plug", i)
            for at_s in (charger.start_s, *charger.break_s):
                self.push(at_s, "turn", i)
            self._spells("link", faults.link_losses, faults.link_loss_s, i)
            self._spells("clock", faults.charger_jumps, 600.0, i)
            self._spells("reboot", faults.reboots, 0.0, i)

    def _spells(self, kind: str, rate: float, length_s: float, i: int | None) -> None:
        rng = random.Random(f"{self.case.seed} {kind} {i}")  # noqa: S311 - one fault more moves no other
        for start_s, end_s in times(rng, rate, length_s, NIGHT_S):
            jump_s = rng.choice((-1, 1)) * self.faults.jump_s
            self.push(start_s, kind, (i, True, jump_s))
            if length_s:
                self.push(end_s, kind, (i, False, 0.0))

    def run(self) -> Night:
        """To the morning, or until every car is full."""
        while self.heap:
            at_s, _, kind, what = heapq.heappop(self.heap)
            if at_s >= NIGHT_S:
                break
            self.now_s = at_s
            getattr(self, f"on_{kind}")(what)
            if kind == "full" and all(charger.is_done for charger in self.chargers):
                break
        return self._night()

    def _night(self) -> Night:
        typical, touchy = self.breakers
        for charger in self.chargers:
            charger.advance(max(min(self.now_s, NIGHT_S), charger.at_s))
        return Night(
            trips=sum(pole.trips for pole in typical),
            touchy_trips=sum(pole.trips for pole in touchy),
            damage=max(pole.damage for pole in touchy),
            typical_damage=max(pole.damage for pole in typical),
            over_s=self.over_s,
            taken_wh=sum(charger.taken_wh for charger in self.chargers),
            wanted_wh=sum(car.need_wh for car in self.case.cars),
            restarts=max(max(len(charger.starts_s) - 1, 0) for charger in self.chargers),
            restarts_hour=max(_most_in_an_hour(charger.starts_s[1:]) for charger in self.chargers),
            orders=self.orders,
            samples=self.samples,
            writes=self.writes,
            reports=self.reports,
            charging_s=sum(charger.charging_s for charger in self.chargers),
        )

    # the wires

    def lines_a(self) -> list[float]:
        """The real line currents at the main fuse."""
        lines = [house_a + self.heater_a for house_a in self.house]
        for charger in self.chargers:
            for line in charger.wiring.lines:
                lines[line] += charger.drawn_a
        return lines

    def settle(self) -> None:
        """The breakers carry what flows from now on."""
        fuse_a = self.case.supply.main_fuse_a * self.faults.fuse_share
        shares = [line_a / fuse_a for line_a in self.lines_a()]
        for poles in self.breakers:
            for pole, share in zip(poles, shares, strict=True):
                pole.carry(share, self.now_s)
        if self.is_over:
            self.over_s += self.now_s - self.over_from_s
        self.is_over, self.over_from_s = max(shares) > _OVER, self.now_s

    over_from_s = 0.0

    def on_house(self, what: object) -> None:
        """An appliance goes on or off."""
        assert isinstance(what, tuple)
        self.house = what
        if self.faults.leaves_a:
            cap_a = cap_of(self.case.supply, self.rules)
            self.heater_a = max(cap_a - self.faults.leaves_a - max(self.house), 0.0)
        self.settle()

    def on_heater(self, what: object) -> None:
        """A heater goes on for a minute, or off; with it on, the house leaves no car the least current."""
        room_a = self.case.supply.main_fuse_a * HEATER_SHARE - max(self.house)
        self.heater_a = max(room_a, 0.0) if what and self.now_s < self.faults.heater_until_s else 0.0
        off_s = self.faults.heater_off_s * self.rng.uniform(0.9, 1.1)
        self.push(self.now_s + (HEATER_ON_S if what else off_s), "heater", not what)
        self.settle()

    # the chargers

    def reconsider(self, i: int) -> None:
        """The charger looks what it may offer; the car follows a moment later."""
        charger = self.chargers[i]
        offer_a = charger.decide(self.now_s)
        if offer_a != charger.offered_a:
            charger.offered_a = offer_a
            self.push(self.now_s + self.rng.uniform(0.3, self.faults.car_s), "follow", i)
            self.gather(i)

    def on_follow(self, what: object) -> None:
        """The car takes what it is offered now."""
        assert isinstance(what, int)
        charger = self.chargers[what]
        charger.advance(self.now_s)
        if charger.follow():
            self.settle()
            self.gather(what)
            full_s = charger.full_at_s()
            if full_s is not None:
                self.push(full_s, "full", what)

    def on_full(self, what: object) -> None:
        """Perhaps the car is full now; if it has drawn less meanwhile, it looks again later."""
        assert isinstance(what, int)
        charger = self.chargers[what]
        charger.advance(self.now_s)
        if charger.is_done:
            charger.offered_a = 0
            if charger.follow():
                self.settle()
            self.report(what)

    def on_plug(self, what: object) -> None:
        """A car comes."""
        assert isinstance(what, int)
        self.chargers[what].plug_in()
        self.report(what)
        self.reconsider(what)

    def on_turn(self, what: object) -> None:
        """The car's plan lets it charge from now on, or no more."""
        assert isinstance(what, int)
        self.report(what)
        self.reconsider(what)

    def on_reboot(self, what: object) -> None:
        """A charger starts again."""
        i = _index(what)
        self.chargers[i].reboot()
        self.report(i)
        self.reconsider(i)

    def on_clock(self, what: object) -> None:
        """A charger's clock is wrong for a while."""
        assert isinstance(what, tuple)
        i, _, jump_s = what
        self.chargers[i].wall_error_s = jump_s

    def on_link(self, what: object) -> None:
        """A charger's connection goes or comes back; the cloud is told of a loss a minute later."""
        assert isinstance(what, tuple)
        i, is_start, _ = what
        self.chargers[i].is_linked = not is_start
        self.push(self.now_s + (60.0 if is_start else 0.5), "presence", (i, not is_start))
        if not is_start:
            self.report(i)

    def on_presence(self, what: object) -> None:
        """The broker says who is connected."""
        assert isinstance(what, tuple)
        i, is_connected = what
        self.known[i].is_connected = is_connected or self.chargers[i].is_linked

    def on_lease_end(self, what: object) -> None:
        """A lease may have ended."""
        assert isinstance(what, int)
        self.reconsider(what)

    def on_lease_low(self, what: object) -> None:
        """A lease may be about to end: the charger says so, if it offers more than it then will."""
        assert isinstance(what, int)
        charger = self.chargers[what]
        if charger.lease.ends_soon(self.now_s) and charger.offered_a > charger.fallback_a:
            self.report(what)

    def gather(self, i: int) -> None:
        """Currents have changed: told a little later, together with what follows; at once what is more than that."""
        charger = self.chargers[i]
        if (charger.offered_a > 0, charger.drawn_a > 0) != (charger.told[0] > 0, charger.told[1] > 0):
            self.report(i)
        elif not charger.is_telling:
            charger.is_telling = True
            self.push(self.now_s + self.faults.gather_s, "tell", i)

    def on_tell(self, what: object) -> None:
        """The charger tells the currents of now, if they are others than it has told."""
        assert isinstance(what, int)
        charger = self.chargers[what]
        if charger.is_telling and (charger.offered_a, charger.drawn_a) != charger.told[:2]:
            self.report(what)
        charger.is_telling = False

    def report(self, i: int) -> None:
        """The charger tells its status."""
        charger = self.chargers[i]
        if not charger.is_linked:
            return
        at_fallback = charger.lease_a(self.now_s) is None
        charger.told = (charger.offered_a, charger.drawn_a, charger.wants(self.now_s), at_fallback)
        charger.is_telling = False
        self.reports += 1
        said = Known(
            plug_seq=1,
            wants=charger.wants(self.now_s),
            offered_a=charger.offered_a,
            drawn_a=charger.drawn_a,
            drawn_s=self.now_s + charger.wall_error_s,
            at_fallback=at_fallback,
            asked_s=self.now_s if charger.lease.ends_soon(self.now_s) and charger.offered_a else None,
            seq=next(self.said[i]),
        )
        self.push(self.now_s + delay_s(self.rng, self.faults, self.faults.report_s), "report", (i, said))

    def on_report(self, what: object) -> None:
        """A status reaches the cloud; an older one than the last is dropped (by the version of its shadow)."""
        assert isinstance(what, tuple)
        i, said = what
        if said.seq > self.known[i].seq:
            if said.drawn_a == self.known[i].drawn_a:
                said.drawn_s = self.known[i].drawn_s
            said.is_connected = self.known[i].is_connected
            self.known[i] = said

    # the meter

    def on_meter(self, _: object) -> None:
        """Every ten seconds the meter shows its lines, to a tenth; the mains voltage moves them by a percent.

        A reader with MQTT tells them all; one with HTTPS posts at the rhythm it was told, and fast after a failure.
        """
        self.push(self.now_s + METER_S, "meter")
        if self.is_silent or (not self.tells_time and self.now_s < self.next_post_s - 1):
            return
        if not self.is_frozen or self.last_currents is None:
            flicker = self.rng.uniform(0.99, 1.01) * self.faults.meter_share
            shown = [round(line_a * flicker, 1) for line_a in self.lines_a()]
            self.last_power_w = round(sum(shown) * POWER_W_PER_A)
            hidden = None if self.mutant.measures_line_2 else 0.0
            self.last_currents = (shown[0], shown[1] if self.measures_line_2 else hidden, shown[2])
        heard = (self.last_currents, self.last_power_w)
        measured_at = self.now_s + self.meter_error_s if self.tells_time else None
        wait_s = delay_s(self.rng, self.faults, self.faults.sample_s)
        self.next_post_s = self.now_s + FAST_S
        if self.rng.random() >= self.faults.lost and wait_s < METER_S:
            self.push(self.now_s + wait_s + self.lag_s, "sample", (heard, measured_at, self.now_s))

    def on_silent(self, what: object) -> None:
        """The meter, or its way to the cloud, is silent for a while."""
        assert isinstance(what, tuple)
        self.is_silent = what[1]

    def on_frozen(self, what: object) -> None:
        """The reader repeats what it last heard."""
        assert isinstance(what, tuple)
        self.is_frozen = what[1]

    def on_lag(self, what: object) -> None:
        """A reader with MQTT keeps its messages for a while before it sends them."""
        assert isinstance(what, tuple)
        self.lag_s = self.faults.lag_s if what[1] and self.tells_time else 0.0

    def on_meter_jump(self, what: object) -> None:
        """The meter's clock is wrong for a while."""
        assert isinstance(what, tuple)
        self.meter_error_s = what[2]

    # the cloud

    def cloud_now(self) -> datetime:
        """By the cloud's clock."""
        return START + timedelta(seconds=self.now_s + self.cloud_error_s)

    def on_cloud_jump(self, what: object) -> None:
        """The clock of the function's computer is wrong for a while."""
        assert isinstance(what, tuple)
        self.cloud_error_s = what[2]

    def on_forget(self, _: object) -> None:
        """What the cloud remembered is lost."""
        self.state = BalancingState(boot_epoch=self.state.boot_epoch + 1)

    def on_sweep(self, _: object) -> None:
        """The sweep of every minute, which gives no orders: without it, whoever renews in silence does it here."""
        self.push(self.now_s + SWEEP_S, "sweep")
        for i, held in enumerate(self.state.held):
            self.state = msgspec.structs.replace(self.state, seq=self.state.seq + 1)
            self._send(self._order(held.limit_a, i))

    def _order(self, limit_a: int, i: int) -> LimitOrder:
        name, state = ChargerId(str(i)), self.state
        return LimitOrder(
            charger_id=name, limit_a=limit_a, ttl_s=60, seq=state.seq, boot_epoch=state.boot_epoch, reason="max"
        )

    def on_sample(self, what: object) -> None:
        """A sample reaches the cloud."""
        assert isinstance(what, tuple)
        (currents_a, power_w), measured_s, sent_s = what
        now = self.cloud_now()
        measured_at = None if measured_s is None else START + timedelta(seconds=measured_s)
        self.samples += 1
        chargers = [self._as_known(i) for i, known in enumerate(self.known) if known.plug_seq]
        self._step(
            LineSample(currents_a=currents_a, received_at=now, measured_at=measured_at, power_w=power_w), chargers
        )
        self.next_post_s = sent_s + self._rhythm_s(currents_a, chargers)

    def _rhythm_s(self, currents_a: tuple[float | None, float | None, float | None], chargers: Chargers) -> int:
        """The reader's next wait: what the answer says, or short by itself above the threshold; it forgets line 2."""
        if max(currents_a[0] or 0.0, currents_a[2] or 0.0) > near_a(self.case.supply):
            return FAST_S
        load = SiteLoad(version=1, balancing=self.state, currents_a=currents_a)
        return heartbeat_s(load, chargers, self.case.supply)

    def _step(self, sample: LineSample | None, chargers: Chargers) -> None:
        now = self.cloud_now()
        if self.calls is not None:
            self.calls.append(Call(self.state, sample, chargers, now))
        decision = step(self.state, sample, chargers, self.case.supply, now, rules=self.rules)
        if not is_quiet(self.state, decision, self.rules if self.state.held else AT_REST):
            self.state = decision.state
            self.writes += 1
        for order in decision.orders:
            self._send(order)

    def _as_known(self, i: int) -> BalancedCharger:
        wiring, known, charger = self.case.wirings[i], self.known[i], self.chargers[i]
        drawn_a = known.drawn_a if self.mutant.knows_own_draw else 0.0
        lines = 3 if wiring.phases == 3 else len(wiring.lines)  # noqa: PLR2004
        next_s = charger.next_start_s(self.now_s)
        is_planned = charger.has_car and not charger.is_done and (next_s or 1e9) - AHEAD_S <= self.now_s
        urgency = urgency_of(charger.left_wh, NIGHT_S - self.now_s, wiring.max_a, wiring.w_per_a)
        return BalancedCharger(
            charger_id=ChargerId(str(i)),
            plug_seq=known.plug_seq,
            phases=3 if wiring.phases == 3 else 1,  # noqa: PLR2004
            max_a=wiring.max_a,
            fallback_a=charger.fallback_a,
            wanted_a=wiring.max_a if known.wants or is_planned else 0,
            starts_in_s=None if known.wants or is_planned or next_s is None else next_s - AHEAD_S - self.now_s,
            offered_a=known.offered_a,
            drawn_a=(drawn_a, drawn_a if lines > 1 else 0.0, drawn_a if lines > 2 else 0.0),  # noqa: PLR2004
            drawn_since=START + timedelta(seconds=max(known.drawn_s, -1e6)),
            at_fallback=known.at_fallback,
            asked_at=None if known.asked_s is None else START + timedelta(seconds=known.asked_s),
            is_connected=known.is_connected,
            needed_a=urgency.needed_a,
            slack_s=urgency.slack_s,
        )

    def _send(self, order: LimitOrder) -> None:
        self.orders += 1
        issued_at = int(START_S + self.now_s + self.cloud_error_s)
        limit = Limit(
            seq=order.seq,
            boot_epoch=order.boot_epoch,
            limit_a=order.limit_a,
            ttl_s=order.ttl_s,
            issued_at=issued_at,
            reason=order.reason,
        )
        copies = 0 if self.rng.random() < self.faults.lost else 1 + (self.rng.random() < self.faults.doubled)
        for number in range(copies):
            wait_s = delay_s(self.rng, self.faults, self.faults.order_s)
            wait_s += number * self.rng.uniform(0, self.faults.echo_s)
            self.push(self.now_s + wait_s, "limit", (int(order.charger_id), limit, wait_s))

    def on_limit(self, what: object) -> None:
        """A message reaches a charger, unless it has expired or there is no connection."""
        assert isinstance(what, tuple)
        i, limit, wait_s = what
        charger = self.chargers[i]
        is_expired = wait_s > MESSAGE_EXPIRY_S and self.mutant.checks_time
        if not charger.is_linked or is_expired:
            return
        before_s, had_lease = charger.lease.ends_s, charger.lease_a(self.now_s) is not None
        charger.hear(limit, self.now_s, START_S)
        if charger.lease.ends_s != before_s:
            self.push(charger.lease.ends_s + 0.01, "lease_end", i)
            if self.mutant.asks:
                self.push(charger.lease.ends_s - SOON_S + 0.01, "lease_low", i)
        if not had_lease:
            self.report(i)
        self.reconsider(i)


def _most_in_an_hour(times_s: list[float]) -> int:
    return max((sum(0 <= later - one < 3600 for later in times_s) for one in times_s), default=0)  # noqa: PLR2004


def _index(what: object) -> int:
    assert isinstance(what, tuple)
    return int(what[0])
