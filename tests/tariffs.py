"""The product's own rates and grid companies, for tests of what they make of a price."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from chalicelib.adapters import tariff_data
from chalicelib.domain.calendar import HOUR
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.ids import GridCompanyId, Zone
from chalicelib.domain.prices import PriceSlot
from chalicelib.domain.sites import country_of
from chalicelib.domain.tariffs import SiteTariff


def a_tariff(zone: str = "NO5", **contract: Any) -> SiteTariff:
    """A site's tariff; `grid_company` and the others are fields of its contract."""
    company = contract.get("grid_company")
    return SiteTariff(
        country=country_of(Zone(zone)),
        zone=Zone(zone),
        contract=PriceContract(**contract),
        rates=tariff_data.rates(),
        grid=tariff_data.grid_companies()[GridCompanyId(company)] if company else None,
    )


def an_hour(start: datetime, price: str | int | Decimal) -> PriceSlot:
    """An hour of the market."""
    return PriceSlot(start, start + HOUR, Decimal(price))
