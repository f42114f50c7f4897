"""Taxes, levies and public schemes: each rate holds from a date, some until one; the figures are data.

Rates are per kWh without VAT unless a name says otherwise. A rate that has run out, or has not begun, is still the best
guess there is; `Rated.is_certain` says that it is one.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from chalicelib.domain.counties import NORTH, County
from chalicelib.domain.ids import Zone
from chalicelib.domain.sites import Country, country_of

_NO4: Final = Zone("NO4")


class Dated(msgspec.Struct, frozen=True, kw_only=True):
    """What holds from the first instant of a local day to the first of another."""

    valid_from: date
    valid_until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether it holds on `day`."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


class Rate(Dated, frozen=True, kw_only=True):
    """An amount per kWh, or a share such as 0.25."""

    rate: Decimal


class Exemption(Dated, frozen=True, kw_only=True):
    """The counties whose households do not pay."""

    counties: frozenset[County]


class Support(Dated, frozen=True, kw_only=True):
    """Stromstotte: the state pays `share` of an hour's spot price above `threshold`, for `limit_wh` a month."""

    threshold: Decimal
    share: Decimal
    limit_wh: int


class Norgespris(Dated, frozen=True, kw_only=True):
    """The state's fixed price for the first `limit_wh` a month."""

    price: Decimal
    limit_wh: int


class Rates(msgspec.Struct, frozen=True, kw_only=True):
    """Every rate we know."""

    vat: dict[Country, tuple[Rate, ...]]
    vat_exempt: tuple[Exemption, ...]
    electricity_tax: tuple[Rate, ...]
    electricity_tax_exempt: tuple[Exemption, ...]
    enova_levy: tuple[Rate, ...]
    support: tuple[Support, ...]
    norgespris: tuple[Norgespris, ...]


_Kind = TypeVar("_Kind", bound=Dated)


def find_dated(all_of_them: Sequence[_Kind], day: date) -> tuple[_Kind, bool]:
    """(what holds on `day`, True), or (what held nearest to it, False); IndexError if there is nothing at all."""
    certain = [one for one in all_of_them if one.holds(day)]
    if certain:
        return certain[-1], True
    begun = [one for one in all_of_them if one.valid_from <= day]
    return (begun[-1] if begun else all_of_them[0]), False


def vat_rate(
    rates: Rates, country: Country, zone: Zone | None, county: County | None, day: date
) -> tuple[Decimal, bool]:
    """The share added to a price without VAT, such as 0.25, and whether it is certain.

    Households in the exempt counties pay none (mval. 6-6); in NO4 that is presumed while the county is not known.
    """
    full, is_certain = find_dated(rates.vat[country], day)
    if country is Country.NO and zone is None and county is None:
        return full.rate, False
    lives_in = county or (County.NORDLAND if zone == _NO4 else None)
    if country is Country.NO and lives_in in NORTH and _is_exempt(rates.vat_exempt, lives_in, day):
        return Decimal(0), is_certain
    return full.rate, is_certain


def vat_of_zone(rates: Rates, zone: Zone, day: date) -> Decimal:
    """The VAT of most households in a zone, for prices that are shown without a site."""
    return vat_rate(rates, country_of(zone), zone, None, day)[0]


def electricity_tax(rates: Rates, county: County | None, day: date) -> tuple[Decimal, bool]:
    """What a Norwegian household pays per kWh, nothing in the action zone; and whether it is certain."""
    found, is_certain = find_dated(rates.electricity_tax, day)
    is_exempt = county is not None and _is_exempt(rates.electricity_tax_exempt, county, day)
    return (Decimal(0) if is_exempt else found.rate), is_certain


def _is_exempt(exemptions: Sequence[Exemption], county: County | None, day: date) -> bool:
    return any(county in one.counties for one in exemptions if one.holds(day))
