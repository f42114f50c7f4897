"""The queue of history that is to be priced anew."""

from datetime import date

import msgspec

from chalicelib.adapters import queues
from chalicelib.domain.ids import ChargerId, Zone
from chalicelib.settings import settings

SETTLES_AFTER_S = 60
"""Twice as long as any function runs: whoever has read the old prices has written by then, and the index shows it."""


class PricingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The prices of a market day in a zone are others; None: of every charger that has used energy by them."""

    zone: Zone
    day: date
    charger_id: ChargerId | None = None


def ask(zone: Zone, day: date) -> None:
    """Have a day priced anew after a while; to be asked *before* its prices are written, asking twice does no harm."""
    queues.send(settings().pricing_queue_url, PricingRequest(zone=zone, day=day), SETTLES_AFTER_S)


def ask_for(zone: Zone, day: date, charger_id: ChargerId) -> None:
    """Have a day of one charger priced anew."""
    queues.send(settings().pricing_queue_url, PricingRequest(zone=zone, day=day, charger_id=charger_id))
