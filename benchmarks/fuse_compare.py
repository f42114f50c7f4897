"""What the nights of a policy come to, and whether a rule that was taken away is missed.

Both policies live the same site-days, so each day gives a difference. A rule is missed when the mean difference of a
measure is worse by at least three of its standard errors: of a hundred comparisons of equals, less than one says so.
Trips come on few days, many at once: there two days with trips more than the chosen rules have are enough, because
these have none in hundreds of days.
"""

from collections.abc import Callable, Sequence
from math import sqrt
from statistics import fmean, stdev
from typing import Final

import msgspec
from rich.table import Table

from benchmarks.fuse_records import Night
from benchmarks.fuse_rules import Policy

SEEN: Final = 3.0
DAYS_WITH_TRIPS: Final = 2
MEASURES: Final[dict[str, Callable[[Night], float]]] = {
    "trips": lambda night: night.trips,
    "touchy trips": lambda night: night.touchy_trips,
    "overload": lambda night: night.over_s,
    "energy": lambda night: -night.taken_wh,
    "restarts": lambda night: night.restarts,
}
"""More is worse."""


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One policy over its site-days; `missed` are the measures by which it is worse than the chosen rules."""

    name: str
    among: str
    days: int
    trips: int
    touchy_trips: int
    damage: float
    """The worst heat of the typical breaker, 1 is a trip."""
    over_s_per_day: float
    kwh_per_day: float
    restarts_worst: int
    restarts_per_day: float
    restarts_hour: int
    orders_per_day: float
    missed: tuple[str, ...] = ()
    of_perfect: float | None = None
    """Its energy in parts of that on perfect links, over the days lived by both."""


def result_of(policy: Policy, nights: Sequence[Night], chosen: Sequence[Night] = ()) -> Result:
    """What its nights come to, beside those of the chosen rules on the same days, if there are any."""
    return Result(
        name=policy.name,
        among=policy.among,
        days=len(nights),
        trips=sum(night.trips for night in nights),
        touchy_trips=sum(night.touchy_trips for night in nights),
        damage=max(night.typical_damage for night in nights),
        over_s_per_day=fmean(night.over_s for night in nights),
        kwh_per_day=fmean(night.taken_wh for night in nights) / 1000,
        restarts_worst=max(night.restarts for night in nights),
        restarts_per_day=fmean(night.restarts for night in nights),
        restarts_hour=max(night.restarts_hour for night in nights),
        orders_per_day=fmean(night.orders for night in nights),
        missed=missed(nights, chosen) if chosen else (),
    )


def missed(removed: Sequence[Night], chosen: Sequence[Night]) -> tuple[str, ...]:
    """The measures by which the first nights are worse than the second, night by night, beyond chance."""
    worse = [
        name
        for name, measure in MEASURES.items()
        if is_worse([measure(one) - measure(other) for one, other in zip(removed, chosen, strict=True)])
    ]
    has_trips = sum(night.trips > 0 for night in removed) >= sum(night.trips > 0 for night in chosen) + DAYS_WITH_TRIPS
    return tuple(name for name in MEASURES if name in worse or (name == "trips" and has_trips))


def is_worse(differences: Sequence[float]) -> bool:
    """Whether their mean lies above nothing by `SEEN` standard errors; a single day proves nothing."""
    if len(differences) < 2 or not any(differences):  # noqa: PLR2004
        return False
    error = stdev(differences) / sqrt(len(differences))
    return fmean(differences) >= max(SEEN * error, 1e-9)


_HEADERS = (
    "rules",
    "among",
    "site-days",
    "trips",
    "touchy",
    "worst heat",
    "s/day > 1.13 In",
    "kWh/day",
    "restarts, worst",
    "mean",
    "in an hour",
    "messages/day",
    "of perfect links",
    "missed in",
)


def table(results: Sequence[Result]) -> Table:
    """For the terminal."""
    made = Table(*_HEADERS, title="fuse")
    for one in results:
        made.add_row(
            one.name,
            one.among,
            str(one.days),
            str(one.trips),
            str(one.touchy_trips),
            f"{one.damage:.2f}",
            f"{one.over_s_per_day:.1f}",
            f"{one.kwh_per_day:.2f}",
            str(one.restarts_worst),
            f"{one.restarts_per_day:.1f}",
            str(one.restarts_hour),
            f"{one.orders_per_day:,.0f}",
            "" if one.of_perfect is None else f"{100 * one.of_perfect:.1f} %",
            ", ".join(one.missed),
        )
    return made
