"""`zmart cost`: what energy costs at a house, hour by hour with each part named; needs no cloud."""

from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Annotated, Final

import msgspec
import typer
from rich.console import Console
from rich.table import Table

from chalicelib.adapters import tariff_data
from chalicelib.domain.calendar import HOUR, Stretch, instant_of, steps
from chalicelib.domain.contracts import PriceContract, PriceKind
from chalicelib.domain.counties import County
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import AccountId, GridCompanyId, SiteId, Zone
from chalicelib.domain.sites import TIME_ZONES, ZONES, Site, country_of
from chalicelib.domain.tariffs import SiteTariff, tariff_of
from chalicelib.services import price_contracts
from cli.cost_files import FileError, has_prices, read_energy, read_prices
from cli.cost_report import Report, document, make_report

BAD_INPUT: Final = 2
KNOWN_ZONES: Final = [zone for zones in ZONES.values() for zone in zones]


def register(app: typer.Typer) -> None:
    """Add the command to the door."""
    app.command("cost")(cost)


def cost(
    *,
    zone: Annotated[str, typer.Option(help="Bidding zone, such as NO5.")],
    hours: Annotated[Path | None, typer.Option(help="CSV or JSON: start, kwh; price too if you like.")] = None,
    power_w: Annotated[
        int | None, typer.Option(min=1, max=100_000, help="This power all the time, in its place.")
    ] = None,
    prices: Annotated[Path | None, typer.Option(help="CSV or JSON: start, price per kWh without VAT.")] = None,
    since: Annotated[datetime | None, typer.Option("--from", formats=["%Y-%m-%d"], help="First local day.")] = None,
    until: Annotated[datetime | None, typer.Option("--to", formats=["%Y-%m-%d"], help="First day after it.")] = None,
    contract: Annotated[str, typer.Option(help="spot, spot_support, fixed or norgespris.")] = "spot",
    fixed_price: Annotated[str | None, typer.Option(help="Per kWh with VAT.")] = None,
    surcharge: Annotated[str, typer.Option(help="The supplier's, per kWh with VAT.")] = "0",
    grid_company: Annotated[str | None, typer.Option(help="Id, such as bkk; `--grid-company list` names them.")] = None,
    county: Annotated[str | None, typer.Option(help="Such as nordland; taxes in the north depend on it.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one line of JSON, with every hour.")] = False,
) -> None:
    """Tell what energy costs: spot, support, norgespris, surcharge, grid, taxes and VAT, hour by hour.

    Ends with 2 when the input is wrong. The capacity component is that of the hours given, by month.
    """
    if grid_company == "list":
        _list_companies(zone)
        return
    try:
        tariff = read_tariff(zone, contract, fixed_price, surcharge, grid_company, county)
        energy = _energy(hours, power_w, _window(tariff, since, until))
        source = prices or (hours if hours is not None and has_prices(hours) else None)
        market = read_prices(source) if source else []
    except (FileError, InvalidInput) as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(BAD_INPUT) from None
    report = make_report(tariff, energy, market)
    if as_json:
        typer.echo(msgspec.json.encode(document(report, with_hours=True)))
    else:
        show(report, Console())


def read_tariff(
    zone: str, kind: str, fixed_price: str | None, surcharge: str, grid_company: str | None, county: str | None
) -> SiteTariff:
    """The tariff of a house in a zone; FileError or InvalidInput for what cannot be."""
    if zone not in KNOWN_ZONES:
        raise FileError(f"the zones are {', '.join(KNOWN_ZONES)}")
    try:
        contract = PriceContract(
            kind=msgspec.convert(kind, PriceKind),
            fixed_price=None if fixed_price is None else Decimal(fixed_price),
            surcharge=Decimal(surcharge),
            grid_company=GridCompanyId(grid_company) if grid_company else None,
            county=None if county is None else County(county),
        )
    except (msgspec.ValidationError, InvalidOperation, ValueError) as error:
        raise FileError(f"the contract cannot be read: {error}") from error
    site = Site(
        site_id=SiteId(""),
        owner=AccountId(""),
        name="",
        country=country_of(Zone(zone)),
        zone=Zone(zone),
        contract=contract,
        created_at=datetime.min,  # noqa: DTZ901 - this house is made for one question
    )
    price_contracts.require_possible(site)
    company = tariff_data.grid_companies()[contract.grid_company] if contract.grid_company else None
    return tariff_of(site, tariff_data.rates(), company)


def show(report: Report, console: Console) -> None:
    """The sum as a table; hours are for --json."""
    table = Table("part", f"{report.currency} with VAT", title=f"{report.whole.energy_wh / 1000:.3f} kWh")
    for part in report.whole.parts:
        table.add_row(part.name, part.cost.shown().amount)
    table.add_section()
    energy, total = report.whole.energy_cost, report.whole.total_cost
    table.add_row("energy_cost", energy.settled.shown().amount if energy.settled else "pending")
    if total is not None:
        table.add_row("total_cost", total.settled.shown().amount if total.settled else "pending")
    table.add_row("of which VAT", report.whole.vat.shown().amount)
    for peak in report.capacity:
        table.add_row(f"capacity {peak.month}, {peak.measured_kw:.2f} kW", f"{peak.cost:.2f}")
    console.print(table)


def _window(tariff: SiteTariff, since: datetime | None, until: datetime | None) -> Stretch | None:
    if since is None and until is None:
        return None
    if since is None or until is None or since >= until:
        raise FileError("--from and --to belong together, and to is after from")
    midnight = datetime.min.time()
    return Stretch(*(instant_of(day.date(), midnight, tariff.tz) for day in (since, until)))


def _energy(hours: Path | None, power_w: int | None, window: Stretch | None) -> dict[datetime, int]:
    if (hours is None) == (power_w is None):
        raise FileError("give --hours or --power-w")
    if hours is not None:
        found = read_energy(hours)
        return {start: wh for start, wh in found.items() if window is None or start in window}
    if window is None:
        raise FileError("--power-w needs --from and --to")
    return {hour.start: power_w or 0 for hour in steps(window, HOUR)}


def _list_companies(zone: str) -> None:
    is_norwegian = zone in KNOWN_ZONES and TIME_ZONES[country_of(Zone(zone))] == "Europe/Oslo"
    for company in price_contracts.grid_companies(Zone(zone)) if is_norwegian else []:
        typer.echo(f"{company.company_id}\t{company.name}")
