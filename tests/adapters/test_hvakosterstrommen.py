"""The price feed's answers: real days are read exactly, anything else is refused as a whole."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.prices.hvakosterstrommen import MAX_BYTES, Hvakosterstrommen, parse
from chalicelib.adapters.prices.source import FeedDown, FeedGarbage
from chalicelib.domain.calendar import HOUR, day_stretch, steps
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ
from chalicelib.settings import settings

RECORDED = Path(__file__).parent.parent / "data" / "prices"
NO5, DAY = Zone("NO5"), date(2026, 2, 10)
NOW = datetime(2026, 2, 9, 12, tzinfo=UTC)
Rows = list[dict[str, Any]]


def recorded(day: date) -> bytes:
    """The answer of a real day."""
    return (RECORDED / f"hvakosterstrommen_NO5_{day}.json").read_bytes()


def made(day: date) -> bytes:
    """An answer in the feed's form for a day of which there is no recording."""
    hours = [hour.start.astimezone(MARKET_TZ) for hour in steps(day_stretch(day, MARKET_TZ), HOUR)]
    ends = [(start.astimezone(UTC) + HOUR).astimezone(MARKET_TZ).isoformat() for start in hours]
    rows = [
        {"NOK_per_kWh": 1.5, "time_start": start.isoformat(), "time_end": end}
        for start, end in zip(hours, ends, strict=True)
    ]
    return json.dumps(rows).encode()


def test_a_real_day_is_read_to_the_last_digit() -> None:
    """17:00 on 10 February 2026 in NO5, and the whole day around it."""
    found = parse(recorded(DAY), NO5, DAY, NOW)
    dearest = max(found.slots, key=lambda slot: slot.price)
    expected = max(Decimal(str(row["NOK_per_kWh"])) for row in json.loads(recorded(DAY)))
    assert (len(found.slots), dearest.price, found.currency) == (24, expected, "NOK")


@pytest.mark.parametrize(
    ("day", "raw", "hours"),
    [
        (date(2026, 3, 29), recorded(date(2026, 3, 29)), 23),
        (date(2026, 10, 25), made(date(2026, 10, 25)), 25),
    ],
    ids=["clocks forward -> 23", "clocks back -> 25"],
)
def test_a_day_of_changing_clocks_has_its_own_number_of_hours(day: date, raw: bytes, hours: int) -> None:
    """Every hour is keyed by its instant, so none is doubled and none is lost."""
    found = parse(raw, NO5, day, NOW)
    starts = [slot.start for slot in found.slots]
    assert (len(starts), starts[-1] - starts[0]) == (hours, (hours - 1) * HOUR)


def without_an_hour(rows: Rows) -> Rows:
    """A hole at 05:00."""
    return rows[:5] + rows[6:]


def doubled(rows: Rows) -> Rows:
    """05:00 twice."""
    return [*rows[:6], rows[5], *rows[6:]]


def reversed_(rows: Rows) -> Rows:
    """Last hour first."""
    return rows[::-1]


def without_offset(rows: Rows) -> Rows:
    """Wall-clock times."""
    return [row | {"time_start": row["time_start"][:19], "time_end": row["time_end"][:19]} for row in rows]


def as_text(rows: Rows) -> Rows:
    """Prices as text."""
    return [row | {"NOK_per_kWh": str(row["NOK_per_kWh"])} for row in rows]


def per_mwh(rows: Rows) -> Rows:
    """Prices of another unit."""
    return [row | {"NOK_per_kWh": row["NOK_per_kWh"] * 1000} for row in rows]


def without_price(rows: Rows) -> Rows:
    """The field has another name."""
    return [{name: value for name, value in row.items() if name != "NOK_per_kWh"} for row in rows]


BROKEN = [without_an_hour, doubled, reversed_, without_offset, as_text, per_mwh, without_price]


@pytest.mark.parametrize("spoil", BROKEN, ids=lambda spoil: spoil.__name__)
def test_a_day_that_is_not_right_is_refused(spoil: Callable[[Rows], Rows]) -> None:
    """No part of a wrong answer is used."""
    raw = json.dumps(spoil(json.loads(recorded(DAY)))).encode()
    with pytest.raises(FeedGarbage):
        parse(raw, NO5, DAY, NOW)


@pytest.mark.parametrize(
    "raw",
    [b"", b"<html>busy</html>", b"null", b"{}", b"[]", b"[NaN]", b"\xff\xfe", b" " * (MAX_BYTES + 1)],
    ids=["empty", "html", "null", "object", "no rows", "NaN", "not UTF-8", "too big"],
)
def test_what_is_no_list_of_hours_is_refused(raw: bytes) -> None:
    """The parser is strict about what it accepts."""
    with pytest.raises(FeedGarbage):
        parse(raw, NO5, DAY, NOW)


def test_another_day_than_the_one_asked_for_is_refused() -> None:
    """Yesterday's prices are not today's."""
    with pytest.raises(FeedGarbage):
        parse(recorded(DAY), NO5, DAY + timedelta(days=1), NOW)


PATH = "/api/v1/prices/2026/02-10_NO5.json"


def test_a_published_day_is_fetched(feed: dict[str, tuple[int, bytes]]) -> None:
    """Month and day have two digits in the path."""
    feed[PATH] = (200, recorded(DAY))
    assert Hvakosterstrommen().fetch(NO5, DAY, NOW) == parse(recorded(DAY), NO5, DAY, NOW)


@pytest.mark.parametrize("status", [404, 204])
def test_not_found_means_not_yet(feed: dict[str, tuple[int, bytes]], status: int) -> None:
    """Before the auction is published the feed answers 404; others say that there is no content."""
    feed[PATH] = (status, b"")
    assert Hvakosterstrommen().fetch(NO5, DAY, NOW) is None


@pytest.mark.parametrize("status", [500, 429, 302, 403])
def test_any_other_answer_is_a_feed_that_is_down(feed: dict[str, tuple[int, bytes]], status: int) -> None:
    """Neither prices nor a promise that they will come."""
    feed[PATH] = (status, b"")
    with pytest.raises(FeedDown):
        Hvakosterstrommen().fetch(NO5, DAY, NOW)


def test_a_feed_that_does_not_answer_is_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """A refused connection is an outage, not a crash."""
    monkeypatch.setenv("PRICE_FEED_BASE", "http://127.0.0.1:1")
    settings.cache_clear()
    with pytest.raises(FeedDown):
        Hvakosterstrommen().fetch(NO5, DAY, NOW)
    settings.cache_clear()
