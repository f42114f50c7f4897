"""The queue of history that is to be gone through again: priced anew, or kept for longer or shorter."""

from datetime import date

import msgspec

from chalicelib.adapters import queues
from chalicelib.domain.ids import ChargerId, Zone
from chalicelib.settings import settings

SETTLES_AFTER_S = 60
"""Twice as long as any function runs: whoever has read the old prices has written by then, and the index shows it."""


class PricingRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="price"):
    """The prices of a market day in a zone are others; None: of every charger that has used energy by them."""

    zone: Zone
    day: date
    charger_id: ChargerId | None = None


class KeepingRequest(msgspec.Struct, frozen=True, kw_only=True, tag_field="kind", tag="keep"):
    """How long the history of a charger is kept is another; `after` is where the last part of this work stopped."""

    charger_id: ChargerId
    after: str | None = None


Request = PricingRequest | KeepingRequest


def ask_to_keep(charger_id: ChargerId, after: str | None = None) -> None:
    """Have what is stored of a charger expire as its site says, after a while at first; asking twice does no harm."""
    request = KeepingRequest(charger_id=charger_id, after=after)
    queues.send(settings().pricing_queue_url, request, 0 if after else SETTLES_AFTER_S)


def ask(zone: Zone, day: date) -> None:
    """Have a day priced anew after a while; to be asked *before* its prices are written, asking twice does no harm."""
    queues.send(settings().pricing_queue_url, PricingRequest(zone=zone, day=day), SETTLES_AFTER_S)


def ask_for(zone: Zone, day: date, charger_id: ChargerId) -> None:
    """Have a day of one charger priced anew."""
    queues.send(settings().pricing_queue_url, PricingRequest(zone=zone, day=day, charger_id=charger_id))
