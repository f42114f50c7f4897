"""The polygons we carry, against towns whose zone is known from elsewhere."""

import csv
from collections.abc import Iterator
from itertools import pairwise
from math import asin, cos, radians, sin, sqrt
from pathlib import Path

import pytest

from chalicelib.adapters import zone_map
from chalicelib.domain.zones import Position, locate

TOWNS = list(csv.DictReader((Path(__file__).parent.parent / "data/zones/towns.csv").read_text("utf-8").splitlines()))
MAP = (Path(__file__).parents[2] / "chalicelib" / "data" / "zones.geojson").read_bytes()
NEIGHBOURED = [town for town in TOWNS if town["km_to_it"]]
FIRM = [town for town in TOWNS if town["expected"] != "?"]


def place(town: dict[str, str]) -> Position:
    return Position(lat=float(town["lat"]), lon=float(town["lon"]))


@pytest.mark.parametrize("town", FIRM, ids=lambda town: f"{town['town']} is in {town['expected']}")
def test_a_town_is_found_in_its_zone(town: dict[str, str]) -> None:
    """The first candidate is the zone in which the grid operators count the town."""
    assert locate(place(town), zone_map.known()).zone == town["expected"]


@pytest.mark.parametrize("town", NEIGHBOURED, ids=lambda town: f"{town['town']}, {town['km_to_it']} km")
def test_the_app_asks_within_ten_kilometres_of_another_zone(town: dict[str, str]) -> None:
    """Far inside a zone nobody is asked; near the next one the next one is a candidate."""
    found = locate(place(town), zone_map.known())
    is_near = float(town["km_to_it"]) < 10
    assert found.must_ask == (is_near or town["basis"] == "gap between polygons")
    assert (town["nearest_other_zone"] in found.candidates) == is_near


@pytest.mark.parametrize("town", NEIGHBOURED, ids=lambda town: town["town"])
def test_the_distance_to_the_next_zone_is_the_true_one(town: dict[str, str]) -> None:
    """Our plane geometry agrees with the least great-circle distance to many points of the border."""
    [area] = [area for area in zone_map.read_areas(MAP) if area.zone == town["nearest_other_zone"]]
    points = (point for ring in area.rings for a, b in pairwise(ring) for point in between(a, b))
    true_km = min(great_circle_km(place(town), *point) for point in points)
    found_km = zone_map.known().distances_km(place(town), 110)[area.zone]
    assert found_km == pytest.approx(true_km, rel=0.005, abs=0.05)


def between(a: tuple[float, float], b: tuple[float, float], parts: int = 40) -> Iterator[tuple[float, float]]:
    for part in range(parts):
        share = part / parts
        yield a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])


def great_circle_km(start: Position, lon: float, lat: float) -> float:
    half_lat, half_lon = radians(lat - start.lat) / 2, radians(lon - start.lon) / 2
    chord = sin(half_lat) ** 2 + cos(radians(start.lat)) * cos(radians(lat)) * sin(half_lon) ** 2
    return 2 * 6371.0088 * asin(sqrt(chord))


def test_bergen_is_far_inside_no5() -> None:
    """In Bergen the zone is proposed without a question."""
    found = locate(Position(lat=60.393, lon=5.324), zone_map.known())
    assert (found.zone, found.country, found.candidates, found.must_ask) == ("NO5", "NO", ("NO5",), False)


def test_the_map_is_small_enough_for_the_bundle() -> None:
    """Under 150 KB."""
    assert len(MAP) < 150_000


@pytest.mark.parametrize(
    ("lat", "lon", "zone"),
    [(60.3, 4.0, "NO5"), (57.75, 10.75, "DK1"), (59.3, 19.6, "SE3"), (64.9, 24.4, "FI"), (54.85, 15.2, "DK2")],
    ids=["west of Bergen", "off Skagen", "off Stockholm", "off Oulu", "off Bornholm"],
)
def test_off_shore_the_nearest_zone_is_proposed(lat: float, lon: float, zone: str) -> None:
    """An island that the simplified coast leaves out still gets its zone."""
    assert locate(Position(lat=lat, lon=lon), zone_map.known()).zone == zone


@pytest.mark.parametrize(
    ("lat", "lon"), [(51.5, -0.1), (53.5, 10.0), (61.0, 34.5), (0.0, 0.0), (-90.0, 180.0), (90.0, -180.0)], ids=str
)
def test_far_from_all_zones_there_is_none(lat: float, lon: float) -> None:
    """London, Hamburg, Petrozavodsk, the Gulf of Guinea and both poles."""
    assert locate(Position(lat=lat, lon=lon), zone_map.known()).zone is None


@pytest.mark.parametrize(
    ("lat", "lon"), [(55.10, 14.70), (55.14, 15.14), (55.32, 15.19)], ids=["Rønne", "Svaneke", "Ø"]
)
def test_bornholm_is_danish(lat: float, lon: float) -> None:
    """The published polygons leave it out; it is nearer to Sweden than to the rest of its zone."""
    found = locate(Position(lat=lat, lon=lon), zone_map.known())
    assert (found.zone, found.must_ask) == ("DK2", False)
