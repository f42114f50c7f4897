"""Makes docs/cost-of-a-month.md and its table of hours: `python -m local.cost_of_a_month`.

A home in Bergen, February 2026, from the recorded hours that the simulator replays.
"""

from datetime import date
from decimal import Decimal
from typing import Final

from chalicelib.domain.bills import Bill
from chalicelib.domain.tariffs import PartName, SiteTariff
from cli.cost import read_tariff
from cli.cost_files import read_energy, read_prices
from cli.cost_report import Report, make_report
from local.places import ROOT

HOURS: Final = ROOT / "simulator" / "data" / "bkk_februar_2026_hourly.json"
PAGE: Final = ROOT / "docs" / "cost-of-a-month.md"
TABLE: Final = ROOT / "docs" / "cost-of-a-month.csv"
KINDS: Final = ("spot", "spot_support", "norgespris")
COLUMNS: Final[tuple[PartName, ...]] = (
    "spot",
    "support",
    "norgespris",
    "grid_energy",
    "electricity_tax",
    "enova_levy",
)
_ROWS: Final[dict[PartName, str]] = {
    "spot": "spot",
    "support": "strømstøtte",
    "norgespris": "norgespris",
    "grid_energy": "grid, energy component",
    "electricity_tax": "electricity tax (elavgift)",
    "enova_levy": "Enova levy",
}


PAGE_TEXT: Final = """# What one real month costs

A home in Bergen (BKK's grid, bidding zone NO5, county Vestland), February 2026: {hours} metered hours, {kwh} kWh,
each priced by itself. Every hour with each of its parts: [cost-of-a-month.csv](cost-of-a-month.csv). Both files are
made by `python -m local.cost_of_a_month`; a test makes them again, and another sums them up by hand.

NOK, parts without VAT:

| part | spot | spot with strømstøtte | norgespris |
|---|---:|---:|---:|
{parts}
| VAT, 25 % of all that | {vat} |
| **energy, the grid's energy component and taxes** (`total_cost`) | {total} |
| of which energy with VAT (`energy_cost`) | {energy} |
| capacity component with VAT | {capacity} |
| **the month** | {month} |
| NOK per kWh with all | {per_kwh} |

- The spot price is the hour's own (the hourly mean, as it was billed), on average {mean} NOK/kWh without VAT, weighted
  by use.
- Strømstøtte pays 90 % of what an hour's price exceeds 0.77 NOK (0.9625 with VAT) by: {support} NOK without VAT here,
  {share} % of the spot price.
- Norgespris is 0.40 NOK (0.50 with VAT) in every hour. It saves {saved} NOK in this dear month against spot with
  support. What is left to save under it is the grid's day and night ({spread} NOK/kWh with VAT) and the capacity
  component.
- The capacity component: the three highest hours on three days have a mean of {measured_kw} kW, BKK's step from 5 to
  10 kW. It is no part of `total_cost`, because no single hour costs it.
- The supplier's surcharge and monthly fee are none here; a surcharge would be a part of its own.

Sources: hours and prices as in [simulator/data/SOURCES.md](../simulator/data/SOURCES.md) (Stromkalkulator, MIT); BKK's
tariff from fri-nettleie (CC-BY-4.0); rates as in [chalicelib/data/SOURCES.md](../chalicelib/data/SOURCES.md). The same
for other houses, contracts and companies:
`./dev zmart cost --zone NO5 --hours FILE --contract norgespris --grid-company bkk --json`.
"""


def main() -> None:
    """Write both files anew."""
    reports = make_reports()
    TABLE.write_text(table(reports))
    PAGE.write_text(page(reports))


def make_reports() -> dict[str, Report]:
    """The month under each contract."""
    energy, market = read_energy(HOURS), read_prices(HOURS)
    return {kind: make_report(tariff(kind), energy, market) for kind in KINDS}


def tariff(kind: str) -> SiteTariff:
    """The house's, with this contract."""
    return read_tariff("NO5", kind, None, "0", "bkk", "vestland")


def table(reports: dict[str, Report]) -> str:
    """Every hour: parts without VAT, the VAT of all of them, and the sum, first with support, then under norgespris."""
    head = "start,kwh," + ",".join(_columns("spot_support") + _columns("norgespris"))
    lines = [head]
    both = zip(reports["spot_support"].hours, reports["norgespris"].hours, strict=True)
    for (start, with_support), (_, norgespris) in both:
        local = start.astimezone(tariff("spot").tz).isoformat()
        amounts = [*_amounts(with_support, "spot_support"), *_amounts(norgespris, "norgespris")]
        kwh = Decimal(with_support.energy_wh) / 1000
        lines.append(",".join([local, f"{kwh:.3f}", *(f"{amount:.6f}" for amount in amounts)]))
    return "\n".join(lines) + "\n"


def page(reports: dict[str, Report]) -> str:
    """The month in one table, how it was made, and what is not in it."""
    spot, support, norgespris = (reports[kind] for kind in KINDS)
    every = (spot, support, norgespris)
    kwh, capacity = Decimal(spot.whole.energy_wh) / 1000, spot.capacity[0]
    return PAGE_TEXT.format(
        hours=len(spot.hours),
        kwh=kwh,
        parts=_part_rows(reports),
        vat=_row([report.whole.vat.amount for report in every]),
        total=_row([_total(report) for report in every]),
        energy=_row([report.whole.energy_cost.known.amount for report in every]),
        capacity=_row([capacity.cost] * len(every)),
        month=_row([_total(report) + capacity.cost for report in every]),
        per_kwh=_row([(_total(report) + capacity.cost) / kwh for report in every]),
        mean=f"{_net(spot, 'spot') / kwh:.4f}",
        support=f"{-_net(support, 'support'):.2f}",
        share=f"{-100 * _net(support, 'support') / _net(support, 'spot'):.1f}",
        saved=f"{_total(support) - _total(norgespris):.2f}",
        spread=_spread(),
        measured_kw=f"{capacity.measured_kw:.2f}",
    )


def _columns(kind: str) -> list[str]:
    return [f"{kind}.{name}" for name in (*_names(kind), "vat", "energy_cost", "total_cost")]


def _names(kind: str) -> list[PartName]:
    left_out = {"norgespris": {"spot", "support"}, "spot_support": {"norgespris"}}[kind]
    return [name for name in COLUMNS if name not in left_out]


def _amounts(bill: Bill, kind: str) -> list[Decimal]:
    parts = {part.name: part.cost.amount - part.vat.amount for part in bill.parts}
    total = bill.total_cost.known.amount if bill.total_cost else Decimal(0)
    named = [parts.get(name, Decimal(0)) for name in _names(kind)]
    return [*named, bill.vat.amount, bill.energy_cost.known.amount, total]


def _part_rows(reports: dict[str, Report]) -> str:
    return "\n".join(
        f"| {_ROWS[name]} | {_row([_net(report, name) for report in reports.values()])} |" for name in COLUMNS
    )


def _net(report: Report, name: PartName) -> Decimal:
    return sum((part.cost.amount - part.vat.amount for part in report.whole.parts if part.name == name), Decimal(0))


def _total(report: Report) -> Decimal:
    if report.whole.total_cost is None or report.whole.total_cost.is_pending:
        raise ValueError("the month is not priced")
    return report.whole.total_cost.known.amount


def _spread() -> str:
    """High less low energy component, with VAT."""
    grid = tariff("spot").grid
    listed = grid.find_tariff(date(2026, 2, 1)) if grid else None
    high = max((one.price for one in listed.exceptions), default=Decimal(0)) if listed else Decimal(0)
    return f"{(high - (listed.base_price if listed else 0)) * Decimal('1.25'):.4f}"


def _row(amounts: list[Decimal]) -> str:
    return " | ".join("" if not amount else f"{amount:.2f}" for amount in amounts)


if __name__ == "__main__":
    main()
