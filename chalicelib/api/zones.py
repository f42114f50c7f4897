"""Bidding zones: /v1/zones."""

from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.domain.access import Action
from chalicelib.domain.sites import Country
from chalicelib.domain.zones import Position
from chalicelib.services import zones

api = ApiBlueprint(__name__)
Latitude = Annotated[float, Meta(ge=-90, le=90)]
Longitude = Annotated[float, Meta(ge=-180, le=180)]


class Place(Body, frozen=True, kw_only=True):
    """Where a charger stands, degrees; it is used for this answer and not kept."""

    lat: Latitude
    lon: Longitude

    def position(self) -> Position:
        """The same to the rest of the product."""
        return Position(lat=self.lat, lon=self.lon)


class ZoneAnswer(Struct, frozen=True, kw_only=True):
    """A proposal, the first of the candidates; null with no candidates where no zone is near."""

    zone: str | None
    country: Country | None
    candidates: tuple[str, ...]
    must_ask: bool


@api.endpoint("GET", "/v1/zones/locate", action=Action.LOOK_UP)
def locate_zone(call: SignedInCall, query: Place) -> ZoneAnswer:  # noqa: ARG001 - every view is told about its call
    """The bidding zone at a place, and whether the app must ask because another one is near."""
    found = zones.locate(query.position())
    return ZoneAnswer(zone=found.zone, country=found.country, candidates=found.candidates, must_ask=found.must_ask)
