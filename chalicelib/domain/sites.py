"""A site: one main fuse and one owner; its country fixes the time zone and the currency."""

from datetime import datetime
from enum import StrEnum
from typing import Final, Literal
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import HOUR, ceil_to
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.errors import Conflict, InvalidInput
from chalicelib.domain.ids import AccountId, ChargerId, SiteId, Zone


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
DEFAULT_HISTORY_MONTHS: Final = 36
LEAST_HISTORY_MONTHS: Final = 3
"""A session may last longer than a month, and the need is learned from those of two."""
MOST_HISTORY_MONTHS: Final = 120
MOST_FORMER_TERMS: Final = 24
"""A row is read with every batch of readings; whoever changes more often has the oldest priced by the next."""
MAIN_FUSES_A: Final = (10, 13, 16, 20, 25, 32, 35, 40, 50, 63, 80, 100, 125, 160, 200, 250)
"""The sizes that are made (IEC 60269, IEC 60898); a house has 25 to 80 A, a block of flats or a shop more."""
MOST_ONE_PHASE_A: Final = 63
"""A main fuse above it is on three phases: grid companies give one phase to small houses only."""


class SiteHasChargers(Conflict):
    """Chargers stand there: move or remove them first."""

    code = "site_has_chargers"


class CurrencyFixed(Conflict):
    """Energy was measured and paid there in another currency, and history keeps what was paid."""

    code = "currency_fixed"


class SiteMeter(msgspec.Struct, frozen=True, kw_only=True):
    """A site has a meter reader since an instant; the most its house has ever taken on a line, A, once that is known.

    `worst_house_a` is None for the first day: what was seen until then says little about an evening in winter.
    """

    since: datetime
    worst_house_a: int | None = None


class FormerTerms(msgspec.Struct, frozen=True, kw_only=True):
    """What energy was paid by until an instant."""

    until: datetime
    zone: Zone
    contract: PriceContract


class Site(msgspec.Struct, frozen=True, kw_only=True):
    """One house. `zone` is None while nobody could propose one: there are no prices then, and the app must ask.

    With `zone_must_ask` a zone that stands is a proposal to confirm, one of `candidates` (the best first).
    `version` counts the changes. `charger_ids` has every charger that stands here, and may have one that has left.
    `former` has, the oldest first, the zones and contracts by which earlier energy was paid, and is priced again when
    prices are put right. Hours and sessions are kept for `history_months`.
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
    version: int = 1
    charger_ids: tuple[ChargerId, ...] = ()
    meter: SiteMeter | None = None
    history_months: int = DEFAULT_HISTORY_MONTHS
    former: tuple[FormerTerms, ...] = ()

    def terms_at(self, start: datetime) -> int:
        """Which terms an hour that begins at `start` is paid by: a place in `former`, or beyond it for the present."""
        if not self.former or start >= self.former[-1].until:
            return len(self.former)
        return next(place for place, terms in enumerate(self.former) if start < terms.until)

    def paying_by(self, place: int) -> "Site":
        """The site as it was while it paid by these terms, as of `terms_at`."""
        if place >= len(self.former):
            return self
        terms = self.former[place]
        return msgspec.structs.replace(self, zone=terms.zone, contract=terms.contract)

    def after(self, before: "Site", until: datetime) -> "Site":
        """The site, changed from `before`, that knows what was paid by until then.

        Terms by which no hour began are not worth knowing; without a zone nothing could be paid.
        """
        since = before.former[-1].until if before.former else before.created_at
        if before.zone is None or ceil_to(since, HOUR) >= until:
            return self
        terms = FormerTerms(until=until, zone=before.zone, contract=before.contract)
        return msgspec.structs.replace(self, former=(*before.former, terms)[-MOST_FORMER_TERMS:])

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


def require_possible(site: Site) -> None:
    """InvalidInput, naming the field, for a main fuse that is not made or that no one-phase supply has."""
    if site.main_fuse_a not in MAIN_FUSES_A:
        raise InvalidInput(f"main fuses have {', '.join(map(str, MAIN_FUSES_A))} A", field="main_fuse_a")
    if site.phases == 1 and site.main_fuse_a > MOST_ONE_PHASE_A:
        raise InvalidInput(f"a main fuse above {MOST_ONE_PHASE_A} A has three phases", field="phases")
