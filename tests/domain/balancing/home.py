"""A house with obedient chargers: the limits of a step are what the next sample is made with."""

from datetime import UTC, datetime, timedelta

import msgspec

from chalicelib.domain.balancing import (
    RULES,
    BalancedCharger,
    BalancingState,
    Decision,
    LimitOrder,
    LineSample,
    Rules,
    Supply,
    step,
)
from chalicelib.domain.balancing.model import Lines, MaybeLines
from chalicelib.domain.ids import ChargerId

NOON = datetime(2026, 2, 10, 12, tzinfo=UTC)
TN25 = Supply(main_fuse_a=25, grid_type="TN")
IT25 = Supply(main_fuse_a=25, grid_type="IT")
A, B = ChargerId("a"), ChargerId("b")


def a_charger(charger_id: ChargerId = A, **changes: object) -> BalancedCharger:
    """A three-phase charger of 16 A with a car that wants all it can get."""
    charger = BalancedCharger(
        charger_id=charger_id,
        plug_seq=1,
        phases=3,
        max_a=16,
        fallback_a=6,
        wanted_a=16,
        offered_a=0,
        drawn_a=(0.0, 0.0, 0.0),
    )
    return msgspec.structs.replace(charger, **changes)


def drawing(charger: BalancedCharger, current_a: float, lines: int) -> BalancedCharger:
    """The charger as it reports that its car takes what is offered, by its own names of the lines."""
    drawn = tuple(current_a if k < lines else 0.0 for k in range(3))
    return msgspec.structs.replace(charger, offered_a=int(current_a), drawn_a=drawn)


class Home:
    """`wiring` says which of the meter's lines each charger really loads."""

    def __init__(
        self,
        *chargers: BalancedCharger,
        supply: Supply = TN25,
        wiring: dict[ChargerId, tuple[int, ...]] | None = None,
        rules: Rules = RULES,
    ) -> None:
        self.chargers = {one.charger_id: one for one in chargers}
        self.wiring = wiring or {one.charger_id: (0, 1, 2) for one in chargers}
        self.supply, self.rules, self.now = supply, rules, NOON
        self.state = BalancingState(boot_epoch=1)
        self.orders: tuple[LimitOrder, ...] = ()
        self.measures_line_2 = True
        self.ticks = 0

    def limit_a(self, charger_id: ChargerId = A) -> int:
        """The limit that the site has decided."""
        held = self.state.find(charger_id)
        return held.limit_a if held else 0

    def reason(self, charger_id: ChargerId = A) -> str:
        """Why."""
        return next(order.reason for order in self.orders if order.charger_id == charger_id)

    def lines(self, house: Lines) -> MaybeLines:
        """What the meter shows; the last digit flickers, as it does."""
        self.ticks += 1
        lines = [house[k] + (0.1 if (self.ticks + k) % 2 else 0.0) for k in range(3)]
        for name, charger in self.chargers.items():
            for line in self.wiring[name]:
                lines[line] += max(charger.drawn_a)
        return (lines[0], lines[1] if self.measures_line_2 else None, lines[2])

    def hear(self, currents_a: MaybeLines | None, *, after_s: float = 10.0) -> Decision:
        """A step with these very lines, or with silence."""
        self.now += timedelta(seconds=after_s)
        sample = None if currents_a is None else LineSample(currents_a=currents_a, received_at=self.now)
        return self.take(sample)

    def take(self, sample: LineSample | None) -> Decision:
        """A step; the chargers obey at once and say so."""
        decision = step(self.state, sample, list(self.chargers.values()), self.supply, self.now, rules=self.rules)
        self.state, self.orders = decision.state, decision.orders
        for order in decision.orders:
            charger = self.chargers[order.charger_id]
            lines = 3 if len(self.wiring[order.charger_id]) == 3 else len(self.wiring[order.charger_id])
            after = drawing(charger, order.limit_a, lines)
            since = charger.drawn_since if after.drawn_a == charger.drawn_a else self.now + timedelta(seconds=4)
            self.chargers[order.charger_id] = msgspec.structs.replace(after, drawn_since=since)
        return decision

    def live(self, seconds: float, house: Lines) -> list[int]:
        """Samples every ten seconds; the limits of the first charger after each."""
        return [self.one(house) for _ in range(int(seconds // 10))]

    def one(self, house: Lines) -> int:
        """One sample; the limit of the first charger."""
        self.hear(self.lines(house))
        return self.limit_a(next(iter(self.chargers)))

    def change(self, charger_id: ChargerId, **changes: object) -> None:
        """What is known of a charger changes."""
        self.chargers[charger_id] = msgspec.structs.replace(self.chargers[charger_id], **changes)
