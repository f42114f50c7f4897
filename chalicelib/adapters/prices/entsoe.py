"""Prices from ENTSO-E's transparency platform: every zone, EUR per MWh without VAT, quarters since 1 October 2025.

`GET /api?documentType=A44&in_Domain=EIC&out_Domain=EIC&periodStart=yyyymmddHHMM&periodEnd=..` in UTC, with a token that
our secret store holds. Prices become the zone's own currency at the rate that was known when they were published.
"""

from datetime import UTC, date, datetime
from typing import Final

from chalicelib.adapters import secret_store
from chalicelib.adapters.prices import entsoe_document, web
from chalicelib.adapters.prices.exchange_rates import NorgesBank
from chalicelib.adapters.prices.quotes import Quotes, one_day, within
from chalicelib.adapters.prices.source import FeedRefused
from chalicelib.domain.calendar import day_stretch
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay
from chalicelib.domain.sites import CURRENCIES, country_of
from chalicelib.settings import settings

SOURCE: Final = "entsoe.eu"
ORIGIN: Final = "https://web-api.tp.entsoe.eu"
DOMAINS: Final[dict[Zone, str]] = {
    Zone("NO1"): "10YNO-1--------2",
    Zone("NO2"): "10YNO-2--------T",
    Zone("NO3"): "10YNO-3--------J",
    Zone("NO4"): "10YNO-4--------9",
    Zone("NO5"): "10Y1001A1001A48H",
    Zone("SE1"): "10Y1001A1001A44P",
    Zone("SE2"): "10Y1001A1001A45N",
    Zone("SE3"): "10Y1001A1001A46L",
    Zone("SE4"): "10Y1001A1001A47J",
    Zone("DK1"): "10YDK-1--------W",
    Zone("DK2"): "10YDK-2--------M",
    Zone("FI"): "10YFI-1--------U",
}
"""The zones' energy identification codes."""
_FORMAT: Final = "%Y%m%d%H%M"


class Entsoe:
    """The source itself; it keeps the exchange rates of the days it was asked for."""

    def __init__(self) -> None:
        self._rates = NorgesBank()

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """The prices of a market day, None while they are not published."""
        found = self._ask(zone, day)
        if found is None or not found.quotes:
            return None
        currency = CURRENCIES[country_of(zone)]
        rate = self._rates.per_euro(currency, day)
        return one_day(found.at_rate(rate, currency) if currency != "EUR" else found, zone, day, now, SOURCE)

    def _ask(self, zone: Zone, day: date) -> Quotes | None:
        whole, domain = day_stretch(day, MARKET_TZ), DOMAINS[zone]
        fields = {
            "securityToken": _token(),
            "documentType": "A44",
            "in_Domain": domain,
            "out_Domain": domain,
            "periodStart": f"{whole.start.astimezone(UTC):{_FORMAT}}",
            "periodEnd": f"{whole.end.astimezone(UTC):{_FORMAT}}",
        }
        answer = web.get(ORIGIN, "/api", fields)
        found = None if answer.status in web.NOT_YET else entsoe_document.read(answer.body, domain)
        return within(found, day) if found else None  # a period may be longer than what was asked for


def read(raw: bytes, zone: Zone) -> Quotes:
    """What a document says of `zone`, in EUR; empty when it says that there is nothing."""
    return entsoe_document.read(raw, DOMAINS[zone]) or Quotes(currency="EUR", quotes=())


def _token() -> str:
    try:
        return secret_store.key(settings().entsoe_token_secret_arn).decode()
    except DependencyDown as error:
        raise FeedRefused("no token") from error
