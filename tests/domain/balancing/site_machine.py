"""A machine for I1 to I7: what holds whatever meter, links, clocks, houses and restarts do.

A site with two chargers that obey the contract's own lease. Messages are lost, doubled, delayed and reordered; either
side restarts; either clock jumps. One second is the least step of time. What decides and what a charger obeys are
attributes, so that a broken one can be put in their place (`test_planted.py`).
"""

from datetime import UTC, datetime, timedelta

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from chalicelib.domain.balancing import (
    RULES,
    BalancedCharger,
    BalancingState,
    LimitOrder,
    LineSample,
    Supply,
    is_quiet,
    step,
)
from chalicelib.domain.balancing.sharing import cap_of
from chalicelib.domain.ids import ChargerId
from device_shadows.limit import FRESH_S, MESSAGE_EXPIRY_S, Limit, LimitLease

START = datetime(2026, 3, 28, 23, tzinfo=UTC)  # the night in which summer time begins
MAX_A, FALLBACK_A, HOUR_S = 16, 6, 3600
ROUNDED_S = 10
"""Restarts are remembered in whole seconds; clocks that jump by a second do so some times in an hour."""
NAMES = (ChargerId("a"), ChargerId("b"))
JUMPS = st.sampled_from([3600, -3600, 1, -1, 86400 * 4383, -86400 * 20000])
Orders = list[tuple[int, int, Limit]]


class Device:
    """A charger: its lease, and a car that takes what is offered."""

    def __init__(self) -> None:
        self.lease, self.wall_error_s = LimitLease(), 0
        self.plug_seq, self.has_car, self.is_linked = 0, False, True
        self.given: list[tuple[int, int]] = []
        """Each limit that was ever issued to it, with the second in which it surely ends."""
        self.newest: tuple[int, int, int] = (-1, -1, 0)
        """Boot epoch, number and limit of the newest message heard since power-on."""

    def offer_a(self, now_s: int) -> int:
        """What it offers now, A."""
        limit_a = self.lease.current_a(now_s)
        return (FALLBACK_A if limit_a is None else limit_a) if self.has_car else 0


class Site(RuleBasedStateMachine):
    """The rules are what can happen; the invariants are the promises."""

    step = staticmethod(step)
    heard = staticmethod(LimitLease.heard)

    @initialize(
        grid=st.sampled_from(["TN", "IT"]),
        fuse_a=st.sampled_from([20, 25, 40, 63]),
        phases=st.sampled_from([1, 3]),
        measures_line_2=st.booleans(),
    )
    def begin(self, grid: str, fuse_a: int, phases: int, measures_line_2: bool) -> None:  # noqa: FBT001
        """A site of some kind, and one car."""
        self.supply = Supply(main_fuse_a=fuse_a, grid_type="IT" if grid == "IT" else "TN")
        self.phases, self.now_s = phases, 0
        self.measures_line_2 = measures_line_2 or grid == "TN"
        self.cloud_error_s = 0
        self.state = BalancingState(boot_epoch=1)
        self.devices = [Device(), Device()]
        self.reports = [(0, 0.0, False, 0, True), (0, 0.0, False, 0, True)]
        self.house = [3.0, 3.0, 3.0]
        self.flying: Orders = []
        self.delivered: Orders = []
        self.good_s = self.decided_s = -(10**6)
        self.last_limits: dict[int, int] = {}
        self.starts_s: dict[int, list[float]] = {0: [], 1: []}
        """Whenever a limit rose from 0 again within one session."""
        self.ticks = 0
        self.plug_or_pull(0)

    # what can happen

    @rule(i=st.integers(0, 1))
    def plug_or_pull(self, i: int) -> None:
        """A car comes or goes."""
        device = self.devices[i]
        device.has_car = not device.has_car
        if device.has_car:
            device.plug_seq += 1
            device.lease = device.lease.plugged_in(fallback_a=FALLBACK_A)
        self._report(i)

    @rule(amperes=st.lists(st.one_of(st.floats(0, 12), st.floats(0, 30)), min_size=3, max_size=3))
    def house_changes(self, amperes: list[float]) -> None:
        """Appliances go on and off."""
        one_a, two_a, three_a = amperes
        if self.supply.grid_type == "IT":  # three wires: the second carries what the others leave it
            two_a = min(max(two_a, abs(one_a - three_a)), one_a + three_a)
        self.house = [round(a, 1) for a in (one_a, two_a, three_a)]

    @rule(seconds=st.integers(1, 12), count=st.integers(1, 16), loss=st.sampled_from([0, 0, 0, 1]))
    def samples(self, seconds: int, count: int, loss: int) -> None:
        """Some samples in a row; their orders arrive at once, or not at all."""
        for _ in range(count):
            self._pass(seconds)
            self._sample()
            if not loss:
                self._deliver_all()

    @rule(count=st.sampled_from([1, 2, 8]), calm_s=st.sampled_from([320, 420]))
    def a_restless_house(self, count: int, calm_s: int) -> None:
        """Its current comes and goes, and always leaves room for just long enough."""
        for _ in range(count):
            self.house = [float(self.supply.main_fuse_a - 2)] * 3
            self.samples(10, 2, 0)
            self.house = [2.0, 2.0, 2.0]
            self.samples(20, calm_s // 20, 0)

    @rule()
    def a_calm_hour(self) -> None:
        """Whoever may charge soon charges with all he can get."""
        self.house = [4.0, 7.0, 4.0]
        self.samples(20, 14, 0)

    @rule(amperes=st.floats(8, 18), seconds=st.integers(1, 9), data=st.data())
    def a_sudden_load(self, amperes: float, seconds: int, data: st.DataObject) -> None:
        """The house takes more; after the orders of that sample an older message comes once more."""
        self.house = [round(a + amperes, 1) for a in self.house]
        self.samples(seconds, 1, 0)
        if self.delivered:
            _, i, limit = data.draw(st.sampled_from(self.delivered))
            self._hear(i, limit)

    @rule(seconds=st.sampled_from([1, 7, 29, 31, 66]), ticks=st.integers(1, 6))
    def silence(self, seconds: int, ticks: int) -> None:
        """The meter says nothing for a while."""
        for _ in range(ticks):
            self._pass(seconds)
            self._step(None)
            self._deliver_all()

    @rule(kind=st.sampled_from(["negative", "huge", "missing", "clock", "old"]))
    def a_sample_that_is_none(self, kind: str) -> None:
        """What cannot be true renews nothing."""
        self._pass(1)
        seq = self.state.seq
        lines = {"negative": (-1.0, 1.0, 1.0), "huge": (999.0, 0.0, 0.0), "missing": (None, 0.0, 0.0)}
        received_at = self._cloud_now()
        measured_at = received_at + timedelta(hours=1) if kind == "clock" else None
        if kind == "old":
            received_at -= timedelta(seconds=40)
        self._step(
            LineSample(currents_a=lines.get(kind, (0.0, 0.0, 0.0)), received_at=received_at, measured_at=measured_at)
        )
        assert self.state.seq == seq, "nothing is renewed"

    @rule(seconds=st.integers(1, 8))
    def a_lost_line(self, seconds: int) -> None:
        """I2 is not measured; on IT that is a sample, on TN it is none."""
        self._pass(seconds)
        self._sample(without_line_2=True)
        self._deliver_all()

    @precondition(lambda self: self.flying or self.delivered)
    @rule(data=st.data(), doubled=st.booleans())
    def a_late_message(self, data: st.DataObject, doubled: bool) -> None:  # noqa: FBT001
        """A message comes late, out of order, perhaps again later."""
        flying = data.draw(st.sampled_from(self.flying + self.delivered))
        if not doubled and flying in self.flying:
            self.flying.remove(flying)
        _, i, limit = flying
        self._hear(i, limit)

    @rule(i=st.integers(0, 1))
    def device_restarts(self, i: int) -> None:
        """A charger forgets its lease."""
        self.devices[i].lease = LimitLease()
        self.devices[i].newest = (-1, -1, 0)
        self._report(i)

    @rule()
    def cloud_restarts(self) -> None:
        """The cloud forgets everything but its boot epoch."""
        self.state = BalancingState(boot_epoch=self.state.boot_epoch + 1)
        self.last_limits = {}
        self.starts_s = {0: [], 1: []}

    @rule(jump_s=JUMPS)
    def cloud_clock_jumps(self, jump_s: int) -> None:
        """The function runs on a computer with another clock, or on the right one again."""
        before = dict(self.last_limits)
        self.cloud_error_s = jump_s if not self.cloud_error_s else 0
        self._step(None)
        self._sample()
        for i, limit_a in before.items():
            if limit_a:
                assert self.last_limits.get(i, 0) <= limit_a + RULES.raise_a, "I5: a jump hands nothing out"

    @rule(jump_s=JUMPS)
    def cloud_clock_jumps_in_a_pause(self, jump_s: int) -> None:
        """A pause lasts 300 s by what was seen, whatever a clock says."""
        self.house = [float(self.supply.main_fuse_a - 2)] * 3
        self.samples(10, 2, 0)
        now_s = self.state.elapsed_s
        resting = [held for held in self.state.held if held.paused_s is not None and not held.limit_a]
        paused = [held.charger_id for held in resting if now_s - (held.paused_s or 0.0) < 30]
        self.cloud_clock_jumps(jump_s)
        self.house = [2.0, 2.0, 2.0]
        self.samples(20, 10, 0)
        after = [self.state.find(name) for name in paused]
        assert not any(held.limit_a for held in after if held is not None), "I5: a jump ends no pause"

    @rule(i=st.integers(0, 1), jump_s=JUMPS)
    def device_clock_jumps(self, i: int, jump_s: int) -> None:
        """A charger's clock is set wrong, or right."""
        device = self.devices[i]
        before_a = device.offer_a(self.now_s)
        device.wall_error_s = jump_s if not device.wall_error_s else 0
        assert device.offer_a(self.now_s) <= before_a, "I5: a jump raises nothing"

    @rule(i=st.integers(0, 1))
    def link_goes_or_comes(self, i: int) -> None:
        """A charger goes out of contact, or is back."""
        self.devices[i].is_linked = not self.devices[i].is_linked
        self._report(i)

    # how it happens

    def _cloud_now(self) -> datetime:
        return START + timedelta(seconds=self.now_s) + timedelta(seconds=max(self.cloud_error_s, -(10**9)))

    def _pass(self, seconds: int) -> None:
        self.now_s += seconds
        self.flying = [one for one in self.flying if self.now_s - one[0] <= MESSAGE_EXPIRY_S]
        self.delivered = [one for one in self.delivered if self.now_s - one[0] <= MESSAGE_EXPIRY_S]
        for i in range(2):
            self._report(i)

    def _report(self, i: int) -> None:
        device = self.devices[i]
        if device.is_linked:
            offer_a = device.offer_a(self.now_s)
            at_fallback = device.lease.current_a(self.now_s) is None
            self.reports[i] = (offer_a, float(offer_a), at_fallback, device.plug_seq, True)
        else:
            self.reports[i] = (*self.reports[i][:4], False)

    def _known(self, i: int) -> BalancedCharger:
        offered_a, drawn_a, at_fallback, plug_seq, is_connected = self.reports[i]
        count = self.phases if self.phases == 3 or self.supply.grid_type == "TN" else 2
        return BalancedCharger(
            charger_id=NAMES[i],
            plug_seq=plug_seq,
            phases=3 if self.phases == 3 else 1,
            max_a=MAX_A,
            fallback_a=FALLBACK_A,
            wanted_a=MAX_A,
            offered_a=offered_a,
            drawn_a=(drawn_a, drawn_a if count > 1 else 0.0, drawn_a if count > 2 else 0.0),
            at_fallback=at_fallback,
            is_connected=is_connected,
        )

    def _wired(self, i: int) -> tuple[int, ...]:
        if self.phases == 3:
            return (0, 1, 2)
        return ((0, 1), (1, 2))[i] if self.supply.grid_type == "IT" else (i,)

    def _sample(self, *, without_line_2: bool = False) -> None:
        self.ticks, self.good_s = self.ticks + 1, self.now_s
        is_missing = without_line_2 or not self.measures_line_2
        lines = [a + (0.1 if (self.ticks + k) % 2 else 0.0) for k, a in enumerate(self.house)]
        for i, device in enumerate(self.devices):
            for line in self._wired(i):
                lines[line] += device.offer_a(self.now_s)
        received_at = self._cloud_now()
        self._step(
            LineSample(currents_a=(lines[0], None if is_missing else lines[1], lines[2]), received_at=received_at)
        )

    def _step(self, sample: LineSample | None) -> None:
        chargers = [self._known(i) for i in range(2) if self.devices[i].has_car]
        decision = self.step(self.state, sample, chargers, self.supply, self._cloud_now())
        if decision.state.good_s != self.state.good_s:
            self.decided_s = self.now_s
        self._count_starts(decision.state)
        if not is_quiet(self.state, decision, RULES):
            self.state = decision.state
        for held in self.state.held:
            self.last_limits[NAMES.index(held.charger_id)] = held.limit_a
        for order in decision.orders:
            self._issue(order)

    def _count_starts(self, after: BalancingState) -> None:
        for held in after.held:
            before = self.state.find(held.charger_id)
            if before is None or before.plug_seq != held.plug_seq or not before.has_started:
                continue
            if held.limit_a and not before.limit_a:
                self.starts_s[NAMES.index(held.charger_id)].append(self.now_s)

    def _issue(self, order: LimitOrder) -> None:
        i = NAMES.index(order.charger_id)
        issued_at = int(self._cloud_now().timestamp())
        limit = Limit(
            seq=order.seq,
            boot_epoch=order.boot_epoch,
            limit_a=order.limit_a,
            ttl_s=order.ttl_s,
            issued_at=max(issued_at, 0),
            reason=order.reason,
        )
        self.devices[i].given.append((order.limit_a, self.now_s + order.ttl_s + MESSAGE_EXPIRY_S + 1))
        self.flying.append((self.now_s, i, limit))

    def _deliver_all(self) -> None:
        for _, i, limit in self.flying:
            self._hear(i, limit)
        self.delivered += self.flying
        self.flying = []

    def _hear(self, i: int, limit: Limit) -> None:
        device = self.devices[i]
        if not device.is_linked:
            return
        wall_s = max(int(START.timestamp()) + self.now_s + device.wall_error_s, 0)
        before_a, error_s = device.offer_a(self.now_s), device.wall_error_s - self.cloud_error_s
        device.lease = self.heard(device.lease, limit, monotonic_s=self.now_s, wall_s=wall_s, fallback_a=FALLBACK_A)
        device.newest = max(device.newest, (limit.boot_epoch, limit.seq, limit.limit_a))
        if abs(error_s) > FRESH_S + MESSAGE_EXPIRY_S + 1:
            assert device.offer_a(self.now_s) <= before_a, "I5: with a wrong clock nothing is raised"
        self._report(i)

    # what must hold

    @invariant()
    def i1_i4_the_limits_fit_beside_the_house_at_once(self) -> None:
        """Line by line, at the very sample, wherever the cars are connected and whether or not that is known.

        Left out: the 15 s after a raise, in which the car may not have heard of it; a charger out of contact.
        """
        quiet = all(self.state.elapsed_s - held.raised_s >= RULES.settle_s for held in self.state.held)
        if self.decided_s != self.now_s or not quiet or not all(device.is_linked for device in self.devices):
            return
        for line in range(3):
            mine = [held.limit_a for held in self.state.held if line in self._wired(NAMES.index(held.charger_id))]
            if sum(mine):
                assert sum(mine) + self.house[line] <= cap_of(self.supply, RULES) + 0.1

    @invariant()
    def i2_silence_ends_every_lease(self) -> None:
        """When no sample is younger than 30 s, then within 65 s no charger offers more than its fallback."""
        if self.now_s - self.good_s > 30 + 65:
            assert all(device.offer_a(self.now_s) <= FALLBACK_A for device in self.devices)

    @invariant()
    def i3_no_order_of_messages_gives_more_than_was_issued(self) -> None:
        """Lost, doubled, late or reordered: no more than the newest it heard, and no lease is longer than it says."""
        for device in self.devices:
            most_a = max((a for a, end_s in device.given if end_s >= self.now_s), default=0)
            assert device.offer_a(self.now_s) <= max(min(most_a, device.newest[2]), FALLBACK_A)

    @invariant()
    def i6_a_limit_is_nothing_or_enough(self) -> None:
        """0, or 6 A to the charger's most."""
        assert all(held.limit_a == 0 or 6 <= held.limit_a <= MAX_A for held in self.state.held)

    @invariant()
    def i7_seldom_restarted(self) -> None:
        """At most six restarts in any hour, besides the first start of a session."""
        within_s = HOUR_S - ROUNDED_S
        assert all(
            len([at_s for at_s in starts if self.now_s - at_s < within_s]) <= 6 for starts in self.starts_s.values()
        )
