"""The zones' polygons, read once from the data file of the bundle."""

import functools
from importlib.resources import files
from typing import Any

import msgspec

from chalicelib.domain.ids import Zone
from chalicelib.domain.zones import ZoneArea, ZoneMap


@functools.cache
def known() -> ZoneMap:
    """Every zone we know."""
    return read(files("chalicelib").joinpath("data", "zones.geojson").read_bytes())


def read(geojson: bytes) -> ZoneMap:
    """A map for lookups."""
    return ZoneMap(read_areas(geojson))


def read_areas(geojson: bytes) -> list[ZoneArea]:
    """The zones of a map: polygons with the property `zone`."""
    found: Any = msgspec.json.decode(geojson)
    return [_area(feature) for feature in found["features"]]


def _area(feature: Any) -> ZoneArea:
    geometry = feature["geometry"]
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    rings = [tuple((float(lon), float(lat)) for lon, lat in ring) for polygon in polygons for ring in polygon]
    return ZoneArea(zone=Zone(feature["properties"]["zone"]), rings=tuple(rings))
