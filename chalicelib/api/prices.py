"""GET /v1/prices/{zone}: what power costs on the market, hour by hour."""

from datetime import datetime
from typing import Annotated, Final

import msgspec

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.days import parse_day
from chalicelib.domain.access import NOBODYS, Action
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import PriceState
from chalicelib.domain.sites import ZONES
from chalicelib.services import zone_prices
from chalicelib.services.access import require

api = ApiBlueprint(__name__)
KNOWN_ZONES: Final = frozenset(zone for zones in ZONES.values() for zone in zones)
Day = Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")]


class PriceQuery(Body, frozen=True, kw_only=True):
    """The market day, today if it is left out."""

    date: Day | None = None


class PerKwh(msgspec.Struct, frozen=True):
    """An exact price per kWh."""

    amount: str
    currency: str


class PriceAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """One slot [start, end); `price` is the market's, `with_vat` what it is to a household of the zone."""

    start: datetime
    end: datetime
    price: PerKwh
    with_vat: PerKwh
    state: PriceState


class PricesAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The slots of a market day; of a day ahead that is not published, a forecast; none when nothing can be said."""

    zone: str
    date: str
    slots: tuple[PriceAnswer, ...]


@api.endpoint("GET", "/v1/prices/{zone}", action=Action.LOOK_UP)
def get_prices(call: SignedInCall, zone: str, query: PriceQuery) -> PricesAnswer:
    """The day-ahead prices of a bidding zone for one market day."""
    require(call.account.account_id, Action.LOOK_UP, NOBODYS, call.now)
    if zone not in KNOWN_ZONES:
        raise NotFound
    day = parse_day(query.date, "date") if query.date else zone_prices.today(call.now)
    found = zone_prices.find_day(Zone(zone), day, call.now)
    slots = tuple(
        PriceAnswer(
            start=slot.start,
            end=slot.end,
            price=PerKwh(f"{slot.price:f}", found.currency),
            with_vat=PerKwh(f"{zone_prices.with_vat(slot, Zone(zone)).price:f}", found.currency),
            state=slot.state,
        )
        for slot in (found.slots if found else ())
        if found
    )
    return PricesAnswer(zone=zone, date=day.isoformat(), slots=slots)
