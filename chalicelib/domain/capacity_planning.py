"""What a plan does to the month's capacity component, and the plan that does less if that costs less in all.

The measure is made of the month's highest hours, house and cars together (domain/capacity.py). A plan that would raise
it to another step is held against plans that stay below each step that can be reached, by their expected costs and what
the month then costs more.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Final

import msgspec

from chalicelib.domain.calendar import DAY, HOUR, Stretch, day_stretch, floor_to, local_day, steps
from chalicelib.domain.capacity import DAYS_COUNTED, month_cost
from chalicelib.domain.grid_tariffs import GRID_TZ, CapacityComponent
from chalicelib.domain.house_load import QUARTER, find_usual_load_a, quarter_of_week
from chalicelib.domain.planning import CapacityStep, plan_within_steps
from chalicelib.domain.planning import power_w as power_of
from chalicelib.domain.planning_cases import VOLTAGE_V, HouseHistory, PlanningCase, ceil_second
from chalicelib.domain.plans import PlanId, PlanStep
from chalicelib.domain.site_planning import Drafts, beside, completed, drafts_of, has_no_choice, problem_of

UNKNOWN_HOUSE_W: Final = 2_000.0
"""What a house without a meter reader is taken to use: 16 to 20 MWh a year, as a Norwegian detached house does."""
_BELOW: Final = Decimal("0.99")
"""So far below a step a plan stays: its edges are rounded to seconds, and houses are not exact."""
_HALVINGS: Final = 24
_MOST_KW: Final = 101
"""No home has a step beyond it."""
Peaks = Mapping[date, Decimal]
"""The highest hour of each local day, kW."""


class MonthTariff(msgspec.Struct, frozen=True, kw_only=True):
    """The capacity component that holds, its VAT, and the month's highest hours so far, house and cars together."""

    component: CapacityComponent
    vat: Decimal
    peaks_kw: dict[date, Decimal]

    @property
    def is_by_hours(self) -> bool:
        """Whether it depends on the month's hours at all."""
        return self.component.method in DAYS_COUNTED


def within_capacity(cases: Sequence[PlanningCase], drafts: Drafts, tariff: MonthTariff, now: datetime) -> Drafts:
    """The drafts, or others that keep the month's measure lower and cost less with it, if they deliver no less."""
    chosen = [number for number, case in enumerate(cases) if not has_no_choice(case, drafts[number], now)]
    months = _Months(tariff, cases[0].house, now)
    extra = months.extra_of(cases, drafts) if tariff.is_by_hours and chosen else Decimal(0)
    if extra <= 0:
        return drafts
    fixed = {number: drafts[number] for number in range(len(cases)) if number not in chosen}
    rest = [beside(cases[number], fixed.values()) for number in chosen]
    hours = _hours(now, max(case.ready_by for case in rest))
    taken = wh_by_hour([cases[number] for number in fixed], list(fixed.values()))
    house_wh = tuple(house_w(cases[0].house, hour) + taken.get(hour, 0.0) for hour in hours)
    problem = msgspec.structs.replace(problem_of(rest, now), house_wh=house_wh)
    stepped = plan_within_steps(problem, months.steps({local_day(hour, GRID_TZ) for hour in hours}, extra))
    if stepped.step.hour_limit_wh is None:
        return drafts
    lower = dict(zip(chosen, drafts_of(rest, [plan.intervals for plan in stepped.plan.chargers], now), strict=True))
    offer = tuple((fixed | lower)[number] for number in range(len(cases)))
    return min((drafts, offer), key=lambda one: _rank(cases, one, months))


def extra_cost(cases: Sequence[PlanningCase], drafts: Drafts, tariff: MonthTariff, now: datetime) -> Decimal:
    """What the months concerned cost more by these drafts than by the house alone, with VAT."""
    return _Months(tariff, cases[0].house, now).extra_of(cases, drafts) if tariff.is_by_hours else Decimal(0)


class _Months:
    """What plans add to the months they lie in; of a month that has not begun only the house is known."""

    def __init__(self, tariff: MonthTariff, house: HouseHistory | None, now: datetime) -> None:
        self.tariff, self.house, self.now = tariff, house, now
        self._house_kw: dict[date, Decimal] = {}

    def extra_of(self, cases: Sequence[PlanningCase], drafts: Drafts) -> Decimal:
        """What these drafts add."""
        planned: dict[date, Decimal] = {}
        for hour, energy_wh in wh_by_hour(cases, drafts).items():
            day, kw = local_day(hour, GRID_TZ), Decimal(energy_wh + house_w(self.house, hour)) / 1000
            planned[day] = max(kw, planned.get(day, kw))
        return self.added_by(planned)

    def added_by(self, planned: Peaks) -> Decimal:
        """What these highest hours add to what the house does alone."""
        extra, present = Decimal(0), local_day(self.now, GRID_TZ)
        for month in {(day.year, day.month) for day in planned}:
            so_far = self.tariff.peaks_kw if month == (present.year, present.month) else {}
            mine = {day: kw for day, kw in planned.items() if (day.year, day.month) == month}
            alone = _with(so_far, {day: self._alone_kw(day) for day in mine})
            before = month_cost(self.tariff.component, alone)
            after = month_cost(self.tariff.component, _with(alone, mine))
            extra += (after or Decimal(0)) - (before or Decimal(0))
        return extra * (1 + self.tariff.vat)

    def steps(self, days: set[date], free: Decimal) -> list[CapacityStep]:
        """Each step that can be kept on these days, with the highest hour that keeps it; and no limit, for `free`."""
        found = [CapacityStep(hour_limit_wh=None, price=float(free))]
        reached = {self.added_by(dict.fromkeys(days, Decimal(kw))) for kw in range(1, _MOST_KW)}
        for price in sorted(price for price in reached if price < free):
            limit_kw = self._highest_kw(days, price) * _BELOW
            found.append(CapacityStep(hour_limit_wh=float(limit_kw * 1000), price=float(price)))
        return found

    def _highest_kw(self, days: set[date], price: Decimal) -> Decimal:
        """The highest hour of these days that costs no more than `price`; found by halving, for cost rises with it."""
        low, high = Decimal(0), Decimal(_MOST_KW)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            is_cheap = self.added_by(dict.fromkeys(days, middle)) <= price
            low, high = (middle, high) if is_cheap else (low, middle)
        return low

    def _alone_kw(self, day: date) -> Decimal:
        if day not in self._house_kw:
            self._house_kw[day] = house_peak_kw(self.house, day)
        return self._house_kw[day]


def _with(peaks: Peaks, more: Peaks) -> dict[date, Decimal]:
    return {**peaks, **{day: max(kw, peaks.get(day, kw)) for day, kw in more.items()}}


def _rank(cases: Sequence[PlanningCase], drafts: Drafts, months: _Months) -> tuple[int, Decimal]:
    """What stays undelivered, then what it costs on average with what the month costs more."""
    plans = completed(cases, drafts, [PlanId("")] * len(cases), [months.now] * len(cases))
    costs = [plan.expected_cost.amount for plan in plans if plan.expected_cost is not None]
    unmet_wh = sum(case.need_wh - plan.energy_wh for case, plan in zip(cases, plans, strict=True))
    return unmet_wh, sum(costs, Decimal(0)) + months.extra_of(cases, drafts)


def wh_by_hour(cases: Sequence[PlanningCase], drafts: Sequence[Sequence[PlanStep]]) -> dict[datetime, float]:
    """What the steps of all cars take in each clock hour."""
    found: defaultdict[datetime, float] = defaultdict(float)
    for case, planned in zip(cases, drafts, strict=True):
        for step in planned:
            for part in steps(step.stretch, HOUR):
                found[floor_to(part.start, HOUR)] += case.power_at(step.current_a) * (part.duration / HOUR)
    return dict(found)


def house_peak_kw(house: HouseHistory | None, day: date) -> Decimal:
    """The highest hour that the house alone is expected to have on a local day."""
    hours = steps(day_stretch(day, GRID_TZ), HOUR)
    return Decimal(max(house_w(house, hour.start) for hour in hours)) / 1000


def house_w(house: HouseHistory | None, hour: datetime) -> float:
    """What the house is expected to take on average in the clock hour from `hour` on, W: all lines like the worst."""
    if house is None:
        return UNKNOWN_HOUSE_W
    loads = (find_usual_load_a(house.quarters, quarter_of_week(hour + QUARTER * n, GRID_TZ)) for n in range(4))
    known = [load_a for load_a in loads if load_a is not None]
    if not known:
        return UNKNOWN_HOUSE_W
    return power_of(sum(known) / len(known), house.supply.phases, house.supply.grid_type, VOLTAGE_V)


def month_days(now: datetime) -> Stretch:
    """From the beginning of the local month to now."""
    first = local_day(now, GRID_TZ).replace(day=1)
    return Stretch(day_stretch(first, GRID_TZ).start, now)


def peaks_so_far(house: HouseHistory | None, car_wh: Mapping[datetime, float], now: datetime) -> dict[date, Decimal]:
    """The highest hour of each day of the month until now: what cars took (`car_wh` by clock hour) beside the house."""
    found: dict[date, Decimal] = {}
    day = local_day(now, GRID_TZ).replace(day=1)
    while day < local_day(now, GRID_TZ):
        found[day] = house_peak_kw(house, day)
        day += DAY
    for hour, energy_wh in car_wh.items():
        kw = Decimal(energy_wh + house_w(house, hour)) / 1000
        found[local_day(hour, GRID_TZ)] = max(kw, found.get(local_day(hour, GRID_TZ), kw))
    return found


def _hours(now: datetime, until: datetime) -> list[datetime]:
    return [floor_to(part.start, HOUR) for part in steps(Stretch(ceil_second(now), until), HOUR)]
