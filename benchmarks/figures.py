"""Figures and how they are told: medians of rounds, quantiles of samples, ratios to a baseline of the same run."""

from collections.abc import Iterable, Sequence
from math import ceil
from statistics import median

import msgspec
from rich.table import Table


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One measured figure; `ratio` is how many times the baseline it is, `baseline` says of what."""

    name: str
    value: float
    unit: str
    ratio: float | None = None
    baseline: str = ""
    note: str = ""


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least `share` (0 to 1] of all samples do not exceed; ValueError for none."""
    if not samples:
        raise ValueError("no samples")
    return sorted(samples)[max(0, ceil(share * len(samples)) - 1)]


def median_of_rounds(rounds: Iterable[Sequence[float]], share: float) -> float:
    """The median of the rounds' quantiles."""
    return median(quantile(samples, share) for samples in rounds)


def compared(figure: Figure, baseline: Figure) -> Figure:
    """The figure beside its baseline."""
    ratio = figure.value / baseline.value if baseline.value else None
    return msgspec.structs.replace(figure, ratio=ratio, baseline=baseline.name)


def table(title: str, figures: Iterable[Figure]) -> Table:
    """For the terminal."""
    made = Table("what", "figure", "times the baseline", "note", title=title)
    for one in figures:
        ratio = "" if one.ratio is None else f"{one.ratio:.2f} x {one.baseline}"
        made.add_row(one.name, f"{one.value:,.1f} {one.unit}", ratio, one.note)
    return made
