"""Day-ahead prices that somebody has as a file: read as strictly as a feed's, final on the word of who brings them."""

from datetime import date, datetime
from typing import Final

import msgspec

from chalicelib.adapters.dynamo import prices
from chalicelib.adapters.prices.exchange_rates import NorgesBank
from chalicelib.adapters.prices.order import PROVIDERS, Provider
from chalicelib.adapters.prices.quotes import Quotes, whole_days
from chalicelib.adapters.prices.source import FeedDown, PriceFeedError
from chalicelib.domain.calendar import local_day
from chalicelib.domain.errors import DependencyDown, InvalidInput
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay
from chalicelib.domain.sites import CURRENCIES, ZONES, Country, country_of
from chalicelib.observability import log
from chalicelib.services import day_ahead_prices, repricing

SOURCES: Final = tuple(PROVIDERS)


class Imported(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a file: the market days in it, and those of them whose prices are other ones now."""

    zone: Zone
    source: str
    currency: str
    days: tuple[date, ...]
    changed: tuple[date, ...]


def import_prices(raw: bytes, source: str, zone: Zone, now: datetime) -> Imported:
    """Store every market day of a document; its repeat changes nothing, whatever changed is planned and priced anew.

    InvalidInput with the parser's own code when the document is not whole days of that zone, DependencyDown when the
    exchange rates that it needs cannot be had. Nothing is stored then.
    """
    days = _days(raw, _provider(source, zone), zone, now)
    known = {day.day: day for day in prices.list_days(zone, days[0].day, days[-1].day)}
    changed = tuple(day.day for day in days if day.day not in known or not known[day.day].has_prices_of(day))
    for day in days:
        repricing.ask_before_change(known.get(day.day), day, now)
        prices.put(day)
    log.info("prices_imported", zone=zone, source=source, days=len(days), changed=len(changed))
    day_ahead_prices.tell([zone] if changed else [], now)
    return Imported(
        zone=zone,
        source=days[0].source,
        currency=days[0].currency,
        days=tuple(day.day for day in days),
        changed=changed,
    )


def _provider(source: str, zone: Zone) -> Provider:
    if source not in PROVIDERS:
        raise InvalidInput(f"the sources are {', '.join(PROVIDERS)}", field="source")
    if not any(zone in zones for zones in ZONES.values()):
        raise InvalidInput("no such zone", field="zone")
    provider = PROVIDERS[source]
    if country_of(zone) not in provider.countries:
        served = ", ".join(ZONES[country][0][:2] for country in Country if country in provider.countries)
        raise InvalidInput(f"{provider.source} serves {served}", field="zone")
    return provider


def _days(raw: bytes, provider: Provider, zone: Zone, now: datetime) -> list[PriceDay]:
    try:
        found = provider.read(raw, zone)
        currency = CURRENCIES[country_of(zone)]
        if currency == provider.currency:
            return whole_days(found, zone, now, provider.source)
        return whole_days(_at_rates(found, currency), zone, now, provider.source)
    except FeedDown as error:
        raise DependencyDown(f"{error.code}: {error}") from error
    except PriceFeedError as error:
        raise InvalidInput(f"{error.code}: {error}", field="file") from error


def _at_rates(found: Quotes, currency: str) -> Quotes:
    """Each market day by the rate that was known when it was published."""
    bank = NorgesBank()
    days = sorted({local_day(quote.start, MARKET_TZ) for quote in found.quotes})
    rates = {day: bank.per_euro(currency, day) for day in days}
    changed = tuple(quote.at_rate(rates[local_day(quote.start, MARKET_TZ)]) for quote in found.quotes)
    return Quotes(currency=currency, quotes=changed)
