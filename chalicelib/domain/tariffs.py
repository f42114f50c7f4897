"""What a kilowatt-hour really costs at a site, slot by slot, with its parts named.

All parts are per kWh with VAT and name the VAT inside them; they are exact. Norwegian households pay the hourly mean of
the market's quarters, others the quarters. Support and norgespris are for the first 5 000 kWh of a month; beyond them
the spot price is paid.
"""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import HOUR, Stretch, floor_to, local_day, steps
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.grid_tariffs import GridCompany, energy_component
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import PriceSlot, PriceState, billed_slots
from chalicelib.domain.rates import Rates, electricity_tax, find_dated, vat_rate
from chalicelib.domain.sites import TIME_ZONES, Country, Site

PartName = Literal[
    "spot", "surcharge", "support", "norgespris", "fixed", "grid_energy", "electricity_tax", "enova_levy"
]
GRID_PARTS: Final[frozenset[PartName]] = frozenset({"grid_energy", "electricity_tax", "enova_levy"})


class PricePart(msgspec.Struct, frozen=True, array_like=True):
    """A part of a price per kWh, with the VAT that is in it; support is negative, spot may be."""

    name: PartName
    price: Decimal
    vat: Decimal

    @property
    def without_vat(self) -> Decimal:
        """The part before tax."""
        return self.price - self.vat


class PaidSlot(PriceSlot, frozen=True):
    """A slot as a household pays it: `price` is the sum of the parts, all that one kWh more costs.

    `has_grid`: the grid company's parts are among them. `is_grid_certain` is False where they are a guess.
    """

    parts: tuple[PricePart, ...] = ()
    has_grid: bool = False
    is_grid_certain: bool = True

    @property
    def energy(self) -> PriceSlot:
        """The slot at the price of energy alone: what history shows first."""
        of_grid = sum((part.price for part in self.parts if part.name in GRID_PARTS), Decimal(0))
        return PriceSlot(self.start, self.end, self.price - of_grid, self.state)

    @property
    def total(self) -> PriceSlot:
        """The slot at the whole price; a guess of the grid's part is no price to bill by."""
        state = self.state if self.is_grid_certain else PriceState.FORECAST
        return PriceSlot(self.start, self.end, self.price, state)


class SiteTariff(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides a site's prices but the market."""

    country: Country
    zone: Zone | None
    contract: PriceContract
    rates: Rates
    grid: GridCompany | None = None

    @property
    def tz(self) -> ZoneInfo:
        """Whose dates taxes begin on."""
        return ZoneInfo(TIME_ZONES[self.country])

    @property
    def knows_grid(self) -> bool:
        """Whether the grid's part is known: the company is, and in the north the county, which decides on its taxes."""
        is_norwegian = self.country is Country.NO
        return self.grid is not None and not self.contract.must_ask_county(self.zone, is_norwegian=is_norwegian)

    @property
    def beyond_limit(self) -> "SiteTariff":
        """The tariff for energy beyond what the month's support or norgespris is for: spot."""
        if self.contract.kind not in {"spot_support", "norgespris"}:
            return self
        return msgspec.structs.replace(self, contract=msgspec.structs.replace(self.contract, kind="spot"))


def tariff_of(site: Site, rates: Rates, grid: GridCompany | None) -> SiteTariff:
    """The tariff of a site; `grid` is the company that its contract names."""
    return SiteTariff(country=site.country, zone=site.zone, contract=site.contract, rates=rates, grid=grid)


def marginal_price(tariff: SiteTariff, market: PriceSlot) -> PaidSlot:
    """What one kWh more costs at the site in a slot with this market price (without VAT), part by part."""
    day = local_day(market.start, tariff.tz)
    vat, is_vat_certain = vat_rate(tariff.rates, tariff.country, tariff.zone, tariff.contract.county, day)
    parts, is_energy_certain = _energy_parts(tariff, market, vat)
    is_certain = is_energy_certain and (is_vat_certain or tariff.contract.kind == "fixed")
    grid, is_grid_certain = _grid_parts(tariff, market, vat) if tariff.knows_grid else ([], True)
    return PaidSlot(
        market.start,
        market.end,
        sum((part.price for part in (*parts, *grid)), Decimal(0)),
        market.state if is_certain else PriceState.FORECAST,
        parts=(*parts, *grid),
        has_grid=bool(grid),
        is_grid_certain=is_grid_certain and is_vat_certain,
    )


def paid_slots(tariff: SiteTariff, market: Sequence[PriceSlot], window: Stretch) -> list[PaidSlot]:
    """The slots of `window` by which the site pays; where a contract does not ask for the market, all of its hours."""
    if tariff.contract.needs_spot:
        billed = billed_slots(market, tariff.country)
        return [marginal_price(tariff, slot) for slot in billed if slot.start < window.end and window.start < slot.end]
    whole = Stretch(floor_to(window.start, HOUR), window.end)
    hours = [PriceSlot(hour.start, floor_to(hour.start, HOUR) + HOUR, Decimal(0)) for hour in steps(whole, HOUR)]
    return [marginal_price(tariff, hour) for hour in hours]


class PaidPrices(msgspec.Struct, frozen=True, kw_only=True):
    """The same slots at two prices: of energy alone, and of everything where the grid's part is known."""

    energy: tuple[PriceSlot, ...]
    total: tuple[PriceSlot, ...] | None


def paid_prices(tariff: SiteTariff, market: Sequence[PriceSlot], window: Stretch) -> PaidPrices:
    """What history is priced by."""
    slots = paid_slots(tariff, market, window)
    total = tuple(slot.total for slot in slots) if tariff.knows_grid else None
    return PaidPrices(energy=tuple(slot.energy for slot in slots), total=total)


def _energy_parts(tariff: SiteTariff, market: PriceSlot, vat: Decimal) -> tuple[list[PricePart], bool]:
    """The supplier's and the state's parts, and whether they are certain."""
    contract, rates, day = tariff.contract, tariff.rates, local_day(market.start, tariff.tz)
    surcharge = [_with_vat_inside("surcharge", contract.surcharge, vat)] if contract.surcharge else []
    if contract.kind == "fixed":
        return [_with_vat_inside("fixed", contract.fixed_price or Decimal(0), vat)], True
    if contract.kind == "norgespris":
        scheme, is_certain = find_dated(rates.norgespris, day)
        return [_taxed("norgespris", scheme.price, vat), *surcharge], is_certain
    parts = [_taxed("spot", market.price, vat), *surcharge]
    if contract.kind == "spot":
        return parts, True
    support, is_certain = find_dated(rates.support, day)
    paid_back = support.share * max(Decimal(0), market.price - support.threshold)
    return [*parts, _taxed("support", -paid_back, vat)], is_certain


def _grid_parts(tariff: SiteTariff, market: PriceSlot, vat: Decimal) -> tuple[list[PricePart], bool]:
    """The grid company's energy component with tax and levy, and whether they are certain; nothing if unknown."""
    found = energy_component(tariff.grid, market.start) if tariff.grid else None
    if found is None:
        return [], False
    day = local_day(market.start, tariff.tz)
    component, is_component_certain = found
    tax, is_tax_certain = electricity_tax(tariff.rates, tariff.contract.county, day)
    levy, is_levy_certain = find_dated(tariff.rates.enova_levy, day)
    parts = [
        _taxed("grid_energy", component, vat),
        _taxed("electricity_tax", tax, vat),
        _taxed("enova_levy", levy.rate, vat),
    ]
    return parts, is_component_certain and is_tax_certain and is_levy_certain


def _taxed(name: PartName, net: Decimal, vat: Decimal) -> PricePart:
    return PricePart(name, net * (1 + vat), net * vat)


def _with_vat_inside(name: PartName, gross: Decimal, vat: Decimal) -> PricePart:
    return PricePart(name, gross, gross * vat / (1 + vat))
