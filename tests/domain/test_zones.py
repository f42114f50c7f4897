"""Two square zones side by side, a degree wide, on the equator, where a degree is 111 km both ways."""

import pytest

from chalicelib.domain.ids import Zone
from chalicelib.domain.zones import Located, Position, ZoneArea, ZoneMap, locate


def square(zone: str, west: float, east: float) -> ZoneArea:
    return ZoneArea(zone=Zone(zone), rings=(((west, 0.0), (east, 0.0), (east, 1.0), (west, 1.0), (west, 0.0)),))


NORWAY, SWEDEN = square("NO1", 0, 1), square("SE3", 1, 2)


def at(lon: float) -> Located:
    return locate(Position(lat=0.5, lon=lon), ZoneMap([SWEDEN, NORWAY]))


@pytest.mark.parametrize(
    ("lon", "candidates", "asks"),
    [
        pytest.param(0.5, ("NO1",), False, id="..x..|....."),
        pytest.param(0.95, ("NO1", "SE3"), True, id="....x|....."),
        pytest.param(1.05, ("SE3", "NO1"), True, id=".....|x...."),
        pytest.param(1.5, ("SE3",), False, id=".....|..x.."),
        pytest.param(2.05, ("SE3",), True, id=".....|.....|x"),
        pytest.param(3.5, (), True, id=".....|.....|      x"),
    ],
)
def test_near_a_border_and_outside_the_app_must_ask(lon: float, candidates: tuple[str, ...], *, asks: bool) -> None:
    """The zone around the place comes first; a neighbour within 10 km is a candidate; far away there is none."""
    assert (at(lon).candidates, at(lon).must_ask) == (candidates, asks)
    assert at(lon).zone == (candidates[0] if candidates else None)


def test_where_zones_overlap_norway_comes_first() -> None:
    """Foreign polygons are coarse at the border, so a place inside both is Norwegian, and people are asked."""
    found = locate(Position(lat=0.5, lon=0.5), ZoneMap([square("SE3", 0, 2), NORWAY]))
    assert found.candidates == ("NO1", "SE3")
    assert found.must_ask


def test_a_hole_is_outside() -> None:
    """A point in an inner ring is not inside, and its distance is that to the ring."""
    hole = ((0.4, 0.4), (0.6, 0.4), (0.6, 0.6), (0.4, 0.6), (0.4, 0.4))
    area = ZoneArea(zone=Zone("NO1"), rings=(*NORWAY.rings, hole))
    middle = Position(lat=0.5, lon=0.5)
    assert ZoneMap([area]).zones_at(middle) == set()
    assert ZoneMap([area]).distances_km(middle, 20) == {"NO1": pytest.approx(11.1, abs=0.1)}


@pytest.mark.parametrize("lat", [0.125, 0.5, 0.1249999, 0.1250001, 0.3, 0.6, 0.7], ids=str)
def test_the_bands_of_the_map_do_not_show(lat: float) -> None:
    """On and beside the latitudes at which borders are cut, a place is inside its zone and as far from the next."""
    found = ZoneMap([NORWAY, SWEDEN]).distances_km(Position(lat=lat, lon=0.95), 10)
    assert found == {"NO1": 0.0, "SE3": pytest.approx(5.56, abs=0.01)}
