"""A site: one main fuse and one owner; its country fixes the time zone and the currency."""

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.ids import AccountId, SiteId, Zone


class Country(StrEnum):
    """Where we know zones, prices and taxes (ISO 3166-1 alpha-2)."""

    NO = "NO"
    SE = "SE"
    DK = "DK"
    FI = "FI"


GridType = Literal["IT", "TN"]
Phases = Literal[1, 3]

TIME_ZONES: Final[dict[Country, str]] = {
    Country.NO: "Europe/Oslo",
    Country.SE: "Europe/Stockholm",
    Country.DK: "Europe/Copenhagen",
    Country.FI: "Europe/Helsinki",
}
CURRENCIES: Final[dict[Country, str]] = {Country.NO: "NOK", Country.SE: "SEK", Country.DK: "DKK", Country.FI: "EUR"}
ZONES: Final[dict[Country, tuple[Zone, ...]]] = {
    Country.NO: (Zone("NO1"), Zone("NO2"), Zone("NO3"), Zone("NO4"), Zone("NO5")),
    Country.SE: (Zone("SE1"), Zone("SE2"), Zone("SE3"), Zone("SE4")),
    Country.DK: (Zone("DK1"), Zone("DK2")),
    Country.FI: (Zone("FI"),),
}
SUGGESTED_NAMES: Final[dict[Country, str]] = {
    Country.NO: "Hjemme",
    Country.SE: "Hemma",
    Country.DK: "Hjemme",
    Country.FI: "Koti",
}
DEFAULT_MAIN_FUSE_A: Final = 25


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One house. `zone` is None while nobody could propose one: there are no prices then, and the app must ask.

    With `zone_must_ask` a zone that stands is a proposal to confirm, one of `candidates` (the best first).
    """

    site_id: SiteId
    owner: AccountId
    name: str
    country: Country
    zone: Zone | None
    zone_must_ask: bool = False
    candidates: tuple[Zone, ...] = ()
    contract: PriceContract = PriceContract()
    main_fuse_a: int = DEFAULT_MAIN_FUSE_A
    grid_type: GridType = "TN"
    phases: Phases = 3
    created_at: datetime

    @property
    def time_zone(self) -> str:
        """The IANA name of the zone whose wall clock the people here live by."""
        return TIME_ZONES[self.country]

    @property
    def tz(self) -> ZoneInfo:
        """`time_zone`, ready for `astimezone`."""
        return ZoneInfo(self.time_zone)

    @property
    def currency(self) -> str:
        """ISO 4217."""
        return CURRENCIES[self.country]


def country_of(zone: Zone) -> Country:
    """The country a bidding zone belongs to; KeyError when there is no such zone."""
    return {known: country for country, zones in ZONES.items() for known in zones}[zone]


def common_grid_type(country: Country) -> GridType:
    """What most houses of a country have: Norway's older nets are IT 230 V, the others TN 400 V."""
    return "IT" if country is Country.NO else "TN"
