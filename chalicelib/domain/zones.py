"""Which bidding zone a place is in, and whether people must be asked.

Zones follow grid companies and not county lines, so near a border the polygons only propose.
"""

from collections.abc import Iterable
from itertools import pairwise
from math import cos, hypot, radians
from typing import Final

import msgspec

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import Zone
from chalicelib.domain.sites import ZONES, Country, country_of

ASK_WITHIN_KM: Final = 10.0
SERVED_WITHIN_KM: Final = 100.0
_KM_PER_DEGREE: Final = 6371.0088 * radians(1)


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """A place on Earth, degrees (WGS 84)."""

    lat: float
    lon: float


class ZoneArea(msgspec.Struct, frozen=True, kw_only=True):
    """A zone as closed rings of (longitude, latitude); a point in an odd number of them is inside."""

    zone: Zone
    rings: tuple[tuple[tuple[float, float], ...], ...]


class Located(msgspec.Struct, frozen=True, kw_only=True):
    """The proposed zone and its country, None far from all zones; `candidates`: the proposed one, then others near."""

    zone: Zone | None
    country: Country | None
    candidates: tuple[Zone, ...]
    must_ask: bool


class ZoneChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The zone of a site as far as it is known; with `must_ask` it is a proposal, or None without even one."""

    zone: Zone | None
    must_ask: bool
    candidates: tuple[Zone, ...]


def choose(country: Country, chosen: Zone | None, located: Located | None) -> ZoneChoice:
    """What people chose; else what their position proposes within their country; else what the country leaves open."""
    if chosen is not None:
        if chosen not in ZONES[country]:
            raise InvalidInput(f"the zones of {country} are {', '.join(ZONES[country])}", field="zone")
        return ZoneChoice(zone=chosen, must_ask=False, candidates=(chosen,))
    here = tuple(zone for zone in located.candidates if zone in ZONES[country]) if located else ()
    if located is not None and here:
        return ZoneChoice(zone=here[0], must_ask=located.must_ask or located.zone != here[0], candidates=here)
    candidates = ZONES[country]
    only = candidates[0] if len(candidates) == 1 else None
    return ZoneChoice(zone=only, must_ask=only is None, candidates=candidates)


def locate(position: Position, areas: Iterable[ZoneArea]) -> Located:
    """The zone whose area holds `position`, Norway's first, else the nearest one.

    One must ask within ASK_WITHIN_KM of another zone and outside every area.
    """
    distances = sorted((distance_km(position, area), *_norway_first(area.zone)) for area in areas)
    nearest_km = distances[0][0]
    if nearest_km > SERVED_WITHIN_KM:
        return Located(zone=None, country=None, candidates=(), must_ask=True)
    candidates = tuple(zone for km, _, zone in distances if km <= nearest_km + ASK_WITHIN_KM)
    return Located(
        zone=candidates[0],
        country=country_of(candidates[0]),
        candidates=candidates,
        must_ask=nearest_km > 0 or len(candidates) > 1,
    )


def distance_km(position: Position, area: ZoneArea) -> float:
    """How far `position` is from the area, 0 inside; on a plane through the place, exact enough for 100 km."""
    if is_inside(position, area):
        return 0.0
    x_km, y_km = _KM_PER_DEGREE * cos(radians(position.lat)), _KM_PER_DEGREE
    nearest = float("inf")
    for ring in area.rings:
        flat = [((lon - position.lon) * x_km, (lat - position.lat) * y_km) for lon, lat in ring]
        nearest = min(nearest, *(_to_segment(a, b) for a, b in pairwise(flat)))
    return nearest


def is_inside(position: Position, area: ZoneArea) -> bool:
    """Whether a line from `position` to the east crosses the rings an odd number of times."""
    inside = False
    for ring in area.rings:
        for (lon_a, lat_a), (lon_b, lat_b) in pairwise(ring):
            crosses = (lat_a > position.lat) != (lat_b > position.lat)
            if crosses and position.lon < lon_a + (position.lat - lat_a) * (lon_b - lon_a) / (lat_b - lat_a):
                inside = not inside
    return inside


def _norway_first(zone: Zone) -> tuple[bool, Zone]:
    return country_of(zone) is not Country.NO, zone


def _to_segment(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The distance of the origin to the segment from `a` to `b`."""
    along_x, along_y = b[0] - a[0], b[1] - a[1]
    length_squared = along_x * along_x + along_y * along_y
    share = -(a[0] * along_x + a[1] * along_y) / length_squared if length_squared else 0.0
    share = min(1.0, max(0.0, share))
    return hypot(a[0] + share * along_x, a[1] + share * along_y)
