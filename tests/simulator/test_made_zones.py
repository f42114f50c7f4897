"""The zones that nobody recorded: simulated prices that the product's own parsers accept."""

import asyncio
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from aiohttp.test_utils import TestClient, TestServer

from chalicelib.adapters.prices import elprisetjustnu, energidataservice, entsoe, exchange_rates, hvakosterstrommen
from chalicelib.adapters.prices.quotes import one_day
from chalicelib.domain.ids import Zone
from simulator.clock import Clock
from simulator.price_feed import PriceFeed, read_recording

RECORDING = read_recording()
AFTERNOON = datetime(2026, 11, 22, 15, tzinfo=UTC)
DAYS = [date(2026, 11, 22), date(2026, 11, 23), date(2026, 10, 25), date(2026, 3, 29)]


def ask(path: str, *, replay: bool = True) -> tuple[int, bytes]:
    """What the stand-in answers in the afternoon of 22 November 2026."""

    async def asked() -> tuple[int, bytes]:
        app = PriceFeed(RECORDING, Clock.frozen(AFTERNOON), replay=replay).application()
        async with TestClient(TestServer(app)) as client, client.get(path) as answer:
            return answer.status, await answer.read()

    return asyncio.run(asked())


def path_of(zone: str, day: date) -> str:
    """Where the provider of a zone answers."""
    if zone.startswith("DK"):
        return f'/dataset/DayAheadPrices?start={day}T00:00&filter={{"PriceArea":["{zone}"]}}'
    if zone == "FI":
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return f"/api?in_Domain={entsoe.DOMAINS[Zone(zone)]}&periodStart={start:%Y%m%d%H%M}"
    return f"/api/v1/prices/{day:%Y/%m-%d}_{zone}.json"


READERS = {
    "NO": hvakosterstrommen.read,
    "SE": elprisetjustnu.read,
    "DK": energidataservice.read,
    "FI": entsoe.read,
}


@pytest.mark.parametrize("day", DAYS, ids=str)
@pytest.mark.parametrize("zone", ["NO1", "NO4", "NO5", "SE1", "SE4", "DK1", "DK2", "FI"])
def test_every_zone_has_whole_days_in_its_provider_s_format(zone: str, day: date) -> None:
    """Today, tomorrow, and days on which the clocks change."""
    status, raw = ask(path_of(zone, day))
    found = one_day(READERS[zone[:2]](raw, Zone(zone)), Zone(zone), day, AFTERNOON, "simulated")
    assert (status, found.day) == (200, day)


@pytest.mark.parametrize("zone", ["SE3", "DK1", "FI"])
def test_the_day_after_tomorrow_is_not_published(zone: str) -> None:
    """Each provider says so in its own way: not found, no records, an acknowledgement."""
    status, raw = ask(path_of(zone, date(2026, 11, 24)))
    assert status == 404 or READERS[zone[:2]](raw, Zone(zone)).quotes == ()


def test_rates_are_told_for_bank_days() -> None:
    """Friday's stand for the weekend."""
    _, raw = ask("/api/data/EXR/B.EUR+SEK+DKK.NOK.SP?startPeriod=2026-11-19&endPeriod=2026-11-22")
    known = exchange_rates.parse(raw)
    assert {day for _, day in known} == {date(2026, 11, 19), date(2026, 11, 20)}
    assert round(exchange_rates.per_euro(known, "DKK", date(2026, 11, 22)), 2) == Decimal("7.46")


def test_without_a_replay_nothing_is_made_up() -> None:
    """Only what was recorded is answered."""
    assert ask("/api/v1/prices/2026/02-10_SE3.json", replay=False)[0] == 404
