"""The recorded house behind the main fuse."""

from datetime import UTC, datetime, timedelta

import pytest

from simulator.house import House, read_house, read_meter

START = datetime(2026, 2, 10, tzinfo=UTC)


def a_house(*energies_wh: float) -> House:
    return House([START + timedelta(hours=n) for n in range(len(energies_wh))], energies_wh)


def at(hours: float) -> datetime:
    return START + timedelta(hours=hours)


@pytest.mark.parametrize(
    ("start", "end", "load_wh"),
    [(0, 3, 600), (0, 1, 100), (0.5, 1.5, 150), (1.25, 1.5, 50), (2, 3, 300), (3, 3, 0), (1, 1, 0)],
)
def test_energy_is_spread_evenly_over_an_hour(start: float, end: float, load_wh: float) -> None:
    """Seconds are not recorded, and none are invented."""
    assert a_house(100, 200, 300).load_wh(at(start), at(end)) == pytest.approx(load_wh)


@pytest.mark.parametrize(("hour", "mean_w"), [(0, 100), (0.99, 100), (1, 200), (2.5, 300)])
def test_power_is_the_mean_of_its_hour(hour: float, mean_w: float) -> None:
    """Half-open hours."""
    assert a_house(100, 200, 300).mean_w(at(hour)) == mean_w


@pytest.mark.parametrize(("start", "end"), [(-0.1, 1), (2, 3.1), (2, 1)])
def test_what_was_not_recorded_is_not_made_up(start: float, end: float) -> None:
    """Outside the recording, and backwards, is an error."""
    with pytest.raises(ValueError, match="recorded from"):
        a_house(100, 200, 300).load_wh(at(start), at(end))


def test_the_bergen_house_is_recorded_for_the_night_of_the_demo() -> None:
    """10 February 2026, 00:00 to 01:00 in Norway: 1.68 kWh, and all of February is there."""
    house = read_house()
    midnight = datetime(2026, 2, 9, 23, tzinfo=UTC)
    assert house.load_wh(midnight, midnight + timedelta(hours=1)) == pytest.approx(1680)
    assert (house.start, house.end - house.start) == (datetime(2026, 1, 31, 23, tzinfo=UTC), timedelta(days=28))


def test_the_meter_shows_house_and_chargers_together() -> None:
    """What flows through the main fuse."""
    assert read_meter(a_house(100, 200), 3680, at(1.5)).total_w == 3880
