"""Which bidding zone a place is in, and whether people must be asked.

Zones follow grid companies and not county lines, so near a border the polygons only propose.
"""

from collections.abc import Iterable, Iterator
from itertools import chain, pairwise
from math import cos, floor, hypot, inf, radians
from typing import Final

import msgspec

from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import Zone
from chalicelib.domain.sites import ZONES, Country, country_of

ASK_WITHIN_KM: Final = 10.0
SERVED_WITHIN_KM: Final = 100.0
_REACHES_KM: Final = (ASK_WITHIN_KM, 30.0, SERVED_WITHIN_KM + ASK_WITHIN_KM)
"""How far a lookup looks: first what is asked about, then, off shore, farther."""
_KM_PER_DEGREE: Final = 6371.0088 * radians(1)
_BAND_DEGREES: Final = 0.125
"""A power of two, so that the borders of bands are exact numbers."""
_Piece = tuple[Zone, float, float, float, float]
"""A zone, and longitude and latitude of the two ends of a piece of its border."""


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


class ZoneMap:
    """Zones with their borders cut into bands of latitude, so that a lookup looks at what is near only."""

    def __init__(self, areas: Iterable[ZoneArea]) -> None:
        self._bands: dict[int, list[_Piece]] = {}
        for area in areas:
            for ring in area.rings:
                for a, b in pairwise(ring):
                    for band, piece in _pieces(area.zone, a, b):
                        self._bands.setdefault(band, []).append(piece)

    def zones_at(self, position: Position) -> set[Zone]:
        """The zones that hold the place: a line from it to the east crosses their borders an odd number of times."""
        inside: set[Zone] = set()
        lat, lon = position.lat, position.lon
        for zone, lon_a, lat_a, lon_b, lat_b in self._bands.get(_band(lat), ()):
            crosses = (lat_a > lat) != (lat_b > lat)
            if crosses and lon < lon_a + (lat - lat_a) * (lon_b - lon_a) / (lat_b - lat_a):
                inside ^= {zone}
        return inside

    def distances_km(self, position: Position, within_km: float) -> dict[Zone, float]:
        """How far the zones around `position` are, 0 inside; those farther than `within_km` may be left out.

        On a plane through the place, exact enough for 100 km.
        """
        x_km, y_km = _KM_PER_DEGREE * cos(radians(position.lat)), _KM_PER_DEGREE
        west, east = position.lon - within_km / max(x_km, 1.0), position.lon + within_km / max(x_km, 1.0)
        inside = self.zones_at(position)
        found: dict[Zone, float] = dict.fromkeys(inside, 0.0)
        bands = range(_band(position.lat - within_km / y_km), _band(position.lat + within_km / y_km) + 1)
        for zone, lon_a, lat_a, lon_b, lat_b in chain.from_iterable(self._bands.get(band, ()) for band in bands):
            if (lon_a > west or lon_b > west) and (lon_a < east or lon_b < east) and zone not in inside:
                a = (lon_a - position.lon) * x_km, (lat_a - position.lat) * y_km
                b = (lon_b - position.lon) * x_km, (lat_b - position.lat) * y_km
                found[zone] = min(found.get(zone, inf), _to_segment(a, b))
        return found


def _pieces(zone: Zone, a: tuple[float, float], b: tuple[float, float]) -> Iterator[tuple[int, _Piece]]:
    """The parts of a piece of border in each band, from south to north."""
    (lon_a, lat_a), (lon_b, lat_b) = sorted((a, b), key=lambda end: end[1])
    for band in range(_band(lat_a), _band(lat_b) + 1):
        south, north = max(lat_a, band * _BAND_DEGREES), min(lat_b, (band + 1) * _BAND_DEGREES)
        slope = (lon_b - lon_a) / (lat_b - lat_a) if lat_b > lat_a else 0.0
        ends = (lon_a + (south - lat_a) * slope, lon_b + (north - lat_b) * slope) if slope else (lon_a, lon_b)
        yield band, (zone, ends[0], south, ends[1], north)


def locate(position: Position, zone_map: ZoneMap) -> Located:
    """The zone whose area holds `position`, Norway's first, else the nearest one.

    One must ask within ASK_WITHIN_KM of another zone and outside every area.
    """
    found: dict[Zone, float] = {}
    for reach_km in _REACHES_KM:
        found = zone_map.distances_km(position, reach_km)
        if found and min(found.values()) + ASK_WITHIN_KM <= reach_km:
            break
    distances = sorted((km, *_norway_first(zone)) for zone, km in found.items())
    if not distances or distances[0][0] > SERVED_WITHIN_KM:
        return Located(zone=None, country=None, candidates=(), must_ask=True)
    nearest_km = distances[0][0]
    candidates = tuple(zone for km, _, zone in distances if km <= nearest_km + ASK_WITHIN_KM)
    return Located(
        zone=candidates[0],
        country=country_of(candidates[0]),
        candidates=candidates,
        must_ask=nearest_km > 0 or len(candidates) > 1,
    )


def _band(lat: float) -> int:
    return floor(lat / _BAND_DEGREES)


def _norway_first(zone: Zone) -> tuple[bool, Zone]:
    return country_of(zone) is not Country.NO, zone


def _to_segment(a: tuple[float, float], b: tuple[float, float]) -> float:
    """The distance of the origin to the segment from `a` to `b`."""
    along_x, along_y = b[0] - a[0], b[1] - a[1]
    length_squared = along_x * along_x + along_y * along_y
    share = -(a[0] * along_x + a[1] * along_y) / length_squared if length_squared else 0.0
    share = min(1.0, max(0.0, share))
    return hypot(a[0] + share * along_x, a[1] + share * along_y)
