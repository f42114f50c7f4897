"""The recorded prices, in the format and with the manners of hvakosterstrommen.no."""

import asyncio
import itertools
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from aiohttp.test_utils import TestClient, TestServer

from simulator.clock import Clock
from simulator.price_feed import PriceFeed, Recording, hours_of, read_recording

OSLO = ZoneInfo("Europe/Oslo")
RECORDING = read_recording()


def feed(now: str, *, replay: bool = False, recording: Recording = RECORDING) -> PriceFeed:
    return PriceFeed(recording, Clock.frozen(datetime.fromisoformat(now).replace(tzinfo=OSLO)), replay=replay)


def rows(feed_: PriceFeed, day: str) -> list[dict[str, Any]]:
    answer = feed_.answer(date.fromisoformat(day))
    assert answer is not None
    return answer


def test_an_hour_has_the_fields_of_the_real_feed() -> None:
    """EUR and NOK per kWh without VAT, the rate of the newest bank day, times with the local offset."""
    day = rows(feed("2026-02-10T15:00"), "2026-02-10")
    rate = float(RECORDING.rate_on(date(2026, 2, 10)))
    assert day[0] == {
        "NOK_per_kWh": pytest.approx(0.11415 * rate, abs=6e-6),
        "EUR_per_kWh": 0.11415,
        "EXR": rate,
        "time_start": "2026-02-10T00:00:00+01:00",
        "time_end": "2026-02-10T01:00:00+01:00",
    }


@pytest.mark.parametrize(
    ("day", "rate"),
    [("2026-02-06", 11.4695), ("2026-02-07", 11.4695), ("2026-02-08", 11.4695), ("2026-01-01", 11.7985)],
    ids=["Friday", "Saturday", "Sunday", "before the first rate"],
)
def test_the_rate_is_the_newest_one_of_a_bank_day(day: str, rate: float) -> None:
    """Banks rest at the weekend, the feed does not."""
    assert rows(feed("2026-02-10T15:00"), day)[0]["EXR"] == rate


@pytest.mark.parametrize(
    ("now", "answers"),
    [
        ("2026-02-09T12:59:59", False),
        ("2026-02-09T13:00:00", True),
        ("2026-02-11T00:00:00", True),
        ("2026-02-08T23:00:00", False),
    ],
)
def test_a_day_is_published_at_one_o_clock_on_the_day_before(now: str, *, answers: bool) -> None:
    """By the clock of the simulated world, in Norway."""
    assert (feed(now).answer(date(2026, 2, 10)) is not None) is answers


def test_summer_time_does_not_move_the_publication() -> None:
    """13:00 in Norway is 11:00 UTC in May."""
    at_noon_utc = Clock.frozen(datetime(2026, 5, 14, 11, tzinfo=UTC))
    assert PriceFeed(RECORDING, at_noon_utc).answer(date(2026, 5, 15)) is not None


def test_the_day_summer_time_begins_has_23_hours() -> None:
    """From 01:00 to 03:00 on the wall, without a gap in time."""
    day = rows(feed("2026-03-29T15:00"), "2026-03-29")
    assert [row["time_start"][11:19] for row in day[:3]] == ["00:00:00", "01:00:00", "03:00:00"]
    assert (len(day), all(a["time_end"] == b["time_start"] for a, b in itertools.pairwise(day))) == (23, True)


@pytest.mark.parametrize("day", ["2025-12-31", "2026-05-23", "2027-01-01"])
def test_a_day_that_is_not_recorded_is_not_found(day: str) -> None:
    """Without replay nothing is made up."""
    assert feed("2027-06-01T15:00").answer(date.fromisoformat(day)) is None


@pytest.mark.parametrize(
    ("day", "recorded"),
    [
        ("2026-11-22", "2026-02-15"),
        ("2026-11-23", "2026-02-16"),
        ("2026-11-16", "2026-02-09"),
        ("2026-11-15", "2026-02-08"),
        ("2027-02-28", "2026-01-11"),
        ("2026-03-30", "2026-03-30"),
    ],
    ids=["today", "tomorrow", "Monday", "last week", "round the circle", "recorded itself"],
)
def test_a_replay_gives_today_the_week_of_10_february(day: str, recorded: str) -> None:
    """A whole number of weeks away: weekdays stay weekdays."""
    replay = feed("2026-11-22T15:00", replay=True)
    assert replay.recorded_day(date.fromisoformat(day)) == date.fromisoformat(recorded)


def test_a_replay_never_runs_out() -> None:
    """Every day of three years is answered with a day of the same weekday."""
    replay = feed("2026-11-22T15:00", replay=True)
    for n in range(-400, 700):
        day = date(2026, 11, 22) + timedelta(days=n)
        recorded = replay.recorded_day(day)
        assert recorded is not None
        assert (recorded - day).days % 7 == 0


@pytest.mark.parametrize(("day", "hours"), [("2026-10-25", 25), ("2027-03-28", 23), ("2026-11-22", 24)])
def test_a_replayed_day_has_the_hours_of_the_day_that_is_asked(day: str, hours: int) -> None:
    """Keyed by the wall clock: the hour that comes twice has one price, the hour that is skipped none."""
    replay = feed("2027-06-22T15:00", replay=True)
    answer = rows(replay, day)
    assert (len(answer), answer[0]["time_start"][:10]) == (hours, day)
    by_wall: dict[str, set[float]] = {}
    for row in answer:
        by_wall.setdefault(row["time_start"][11:13], set()).add(row["EUR_per_kWh"])
    assert all(len(prices) == 1 for prices in by_wall.values())


def test_a_recorded_day_of_23_hours_answers_for_24() -> None:
    """The skipped hour takes the price of the hour before."""
    short = date(2026, 3, 29)
    assert RECORDING.price_at(short, 2) == RECORDING.price_at(short, 1) != RECORDING.price_at(short, 3)


@pytest.mark.parametrize(("day", "hours"), [("2026-02-10", 24), ("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_local_day_has_its_own_number_of_hours(day: str, hours: int) -> None:
    """Counted in UTC."""
    assert len(hours_of(date.fromisoformat(day))) == hours


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/v1/prices/2026/02-10_NO5.json", 200),
        ("/api/v1/prices/2026/02-11_NO5.json", 200),
        ("/api/v1/prices/2026/02-12_NO5.json", 404),
        ("/api/v1/prices/2026/02-10_NO1.json", 404),
        ("/api/v1/prices/2026/02-30_NO5.json", 404),
        ("/api/v1/prices/2026/2-10_NO5.json", 404),
        ("/api/v1/prices/0001/01-01_NO5.json", 404),
        ("/api/v1/prices/9999/12-31_NO5.json", 404),
        ("/api/v1/prices/20260/02-10_NO5.json", 404),
    ],
)
def test_the_path_is_that_of_the_real_feed(path: str, status: int) -> None:
    """Anything else is not found."""

    async def ask() -> int:
        app = feed("2026-02-10T15:00").application()
        async with TestClient(TestServer(app)) as client, client.get(path) as answer:
            if answer.status == 200:
                assert len(await answer.json()) == 24
            return answer.status

    assert asyncio.run(ask()) == status
