"""Prices of a day were put right, or came late: what was used by them is priced anew, whoever's session and when.

First the request is queued, with a delay, then the prices are written: whoever stops in between has asked for nothing
worse than a look. One message for a zone and day becomes one for each charger; each may be handled twice.
"""

from datetime import date, datetime

from chalicelib.adapters import pricing_queue
from chalicelib.adapters.dynamo import chargers, hours
from chalicelib.domain.calendar import day_stretch
from chalicelib.domain.ids import ChargerId, Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay
from chalicelib.observability import log
from chalicelib.services.energy_ledger import Work, settle


def ask_before_change(known: PriceDay | None, found: PriceDay, now: datetime) -> None:
    """To be called before `found` is written in the place of `known`: energy may have been used by other prices."""
    has_begun = day_stretch(found.day, MARKET_TZ).start <= now
    if has_begun and (known is None or not known.has_prices_of(found)):
        pricing_queue.ask(found.zone, found.day)


def share_out(zone: Zone, day: date) -> int:
    """Have every charger priced anew that has hours priced by this market day; how many."""
    number = 0
    for charger_id in hours.list_chargers(zone, day):
        pricing_queue.ask_for(zone, day, charger_id)
        number += 1
    log.info("repricing_shared_out", zone=zone, day=str(day), chargers=number)
    return number


def reprice_day(charger_id: ChargerId, day: date) -> None:
    """Price a charger's hours of a market day by the prices as they are; the same prices change nothing."""
    charger = chargers.find(charger_id)
    if charger is not None:
        settle([Work(charger=charger, span=day_stretch(day, MARKET_TZ))])
