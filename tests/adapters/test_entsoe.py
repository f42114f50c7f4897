"""ENTSO-E's documents: omitted positions, mixed resolutions and sequences are read right, anything else is refused."""

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from chalicelib.adapters.prices import entsoe_document
from chalicelib.adapters.prices.entsoe import DOMAINS, Entsoe
from chalicelib.adapters.prices.quotes import MAX_BYTES, Quotes, one_day, within
from chalicelib.adapters.prices.source import (
    AbsurdPrice,
    FeedDown,
    FeedGarbage,
    FeedRefused,
    PriceFeedError,
    WrongCurrency,
    WrongDay,
    WrongSlots,
    WrongUnit,
    WrongZone,
)
from chalicelib.domain.calendar import DAY as ONE_DAY
from chalicelib.domain.calendar import HOUR, QUARTER, Stretch, day_stretch
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay
from chalicelib.domain.sites import ZONES
from tests.adapters.price_documents import (
    DAY,
    DAYS,
    FINLAND,
    SWEDEN_3,
    acknowledgement,
    publication,
    rate_file,
    rates,
    series,
)

RECORDED = Path(__file__).parent.parent / "data" / "prices"
BELGIUM = "10YBE----------2"
FI = Zone("FI")
NOW = datetime(2026, 2, 9, 12, tzinfo=UTC)
WHOLE = day_stretch(DAY, MARKET_TZ)


def read(raw: bytes, domain: str = FINLAND) -> Quotes:
    found = entsoe_document.read(raw, domain)
    assert found is not None
    return found


def finnish_day(raw: bytes, day: date = DAY) -> PriceDay:
    return one_day(read(raw), FI, day, NOW, "entsoe.eu")


def recorded_day(day: date) -> PriceDay:
    raw = (RECORDED / "entsoe_A44_BE_60M_15M_mix.xml").read_bytes()
    return one_day(within(read(raw, BELGIUM), day), FI, day, NOW, "entsoe.eu")


def test_a_recorded_day_with_omitted_quarters_is_whole() -> None:
    """Position 53 stands for two hours, since 57 is left out; the tail after 93 goes on to the end of the day."""
    prices = [slot.price for slot in recorded_day(date(2024, 10, 6)).slots]
    assert len(prices) == 96
    assert prices[52:60] == [Decimal("-0.00001")] * 8
    assert prices[92:] == [Decimal("0.05233")] * 4


def test_a_recorded_document_that_mixes_hours_and_quarters_has_all_of_its_days() -> None:
    """The third day is in hours; in one document with quarters each of its hours is four equal quarters."""
    slots = recorded_day(date(2024, 10, 8)).slots
    assert (len(slots), {slot.end - slot.start for slot in slots}) == (96, {QUARTER})
    assert [slot.price for slot in slots[:8]] == [Decimal("0.06498")] * 4 + [Decimal("0.05786")] * 4


def test_a_recorded_document_of_an_hour_is_no_day() -> None:
    """It claims a day and holds an hour of it."""
    raw = (RECORDED / "entsoe_A44_BE_15M_exact4.xml").read_bytes()
    with pytest.raises(WrongSlots):
        one_day(read(raw, BELGIUM), FI, date(2024, 10, 6), NOW, "entsoe.eu")


@pytest.mark.parametrize(("day", "hours"), DAYS, ids=["clocks forward -> 92", "a day -> 96", "clocks back -> 100"])
def test_a_day_has_its_own_number_of_quarters(day: date, hours: int) -> None:
    """A single point stands for the whole day, however long it is."""
    found = finnish_day(publication(series(day_stretch(day, MARKET_TZ), {1: "40.1"})), day)
    assert (len(found.slots), found.slots[-1].end - found.slots[0].start) == (hours * 4, hours * HOUR)


def test_hours_stay_hours() -> None:
    """A document without quarters, as they were before October 2025."""
    assert len(finnish_day(publication(series(WHOLE, {1: "40", 13: "50"}, "PT60M"))).slots) == 24


@pytest.mark.parametrize("is_reversed", [False, True], ids=["in order", "the other way round"])
@pytest.mark.parametrize(
    ("other", "expected"),
    [
        (series(WHOLE, {1: "70"}, "PT60M"), "0.05"),
        (series(WHOLE, {1: "70"}, "PT60M", sequence=1), "0.05"),
        (series(WHOLE, {1: "70"}, sequence=2), "0.05"),
        (series(WHOLE, {1: "50"}), "0.05"),
    ],
    ids=["hours too", "hours of the same sequence", "a second sequence", "the same twice"],
)
def test_of_several_series_one_counts(other: str, expected: str, *, is_reversed: bool) -> None:
    """The lowest sequence, then the finest resolution; never both, one after the other."""
    both = [series(WHOLE, {1: "50"}), other]
    found = finnish_day(publication(*(both[::-1] if is_reversed else both)))
    assert {slot.price for slot in found.slots} == {Decimal(expected)}
    assert len(found.slots) == 96


def test_nothing_published_is_no_error() -> None:
    """An acknowledgement that no data matches means not yet."""
    raw = acknowledgement("No matching data found for Data item ENERGY_PRICES [12.1.D] (10YFI-1--------U)")
    assert entsoe_document.read(raw, FINLAND) is None


def test_an_acknowledgement_of_something_else_is_a_source_that_is_down() -> None:
    """A query that is refused must not look like prices that are late."""
    with pytest.raises(FeedDown):
        entsoe_document.read(acknowledgement("Invalid query attributes or parameters."), FINLAND)


HALF = Stretch(WHOLE.start, WHOLE.start + 12 * HOUR)
REFUSED: list[tuple[str, type[PriceFeedError], bytes]] = [
    ("another zone", WrongZone, publication(series(WHOLE, {1: "50"}, domain=SWEDEN_3))),
    ("another currency", WrongCurrency, publication(series(WHOLE, {1: "50"}, currency="NOK"))),
    ("another unit", WrongUnit, publication(series(WHOLE, {1: "50"}, unit="KWH"))),
    ("half hours", WrongUnit, publication(series(WHOLE, {1: "50"}, "PT30M"))),
    ("another curve", WrongUnit, publication(series(WHOLE, {1: "50"}, curve="A05"))),
    ("points left out of A01", WrongSlots, publication(series(WHOLE, {1: "50"}, curve="A01"))),
    ("no first position", WrongSlots, publication(series(WHOLE, {2: "50"}))),
    ("a position too many", WrongSlots, publication(series(WHOLE, {1: "50", 97: "50"}))),
    ("positions out of order", WrongSlots, publication(series(WHOLE, {1: "50", 9: "50", 5: "50"}))),
    ("no points", WrongSlots, publication(series(WHOLE, {}))),
    ("two prices", WrongSlots, publication(series(WHOLE, {1: "50"}), series(WHOLE, {1: "51"}))),
    ("half a day", WrongSlots, publication(series(HALF, {1: "50"}))),
    ("a day ago", WrongDay, publication(series(Stretch(WHOLE.start - ONE_DAY, WHOLE.start), {1: "50"}))),
    ("no series", WrongDay, publication()),
    ("not a number", AbsurdPrice, publication(series(WHOLE, {1: "NaN"}))),
    ("an exponent", AbsurdPrice, publication(series(WHOLE, {1: "5e1"}))),
    ("a decimal comma", AbsurdPrice, publication(series(WHOLE, {1: "50,1"}))),
    ("absurd", AbsurdPrice, publication(series(WHOLE, {1: "50", 5: "9000"}))),
    ("absurd all day", AbsurdPrice, publication(series(WHOLE, {1: "2000"}))),
    ("empty", FeedGarbage, b""),
    ("HTML", FeedGarbage, b"<html><body>Service unavailable</body></html>"),
    ("HTML that is no XML", FeedGarbage, b"<!DOCTYPE html><html><br></html>"),
    ("another document", FeedGarbage, b'<GL_MarketDocument xmlns="urn:iec62325.351:tc57wg16:451-6"/>'),
    ("too big", FeedGarbage, b" " * (MAX_BYTES + 1)),
    ("binary", FeedGarbage, bytes(range(256))),
    ("UTF-16", FeedGarbage, publication(series(WHOLE, {1: "50"})).decode().encode("utf-16")),
    ("an entity", FeedGarbage, b'<!DOCTYPE x [<!ENTITY a "50">]>' + publication(series(WHOLE, {1: "&a;"}))),
    ("a file from outside", FeedGarbage, b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]><x>&a;</x>'),
    ("deep", FeedGarbage, b"<a>" * 20_000),
]


@pytest.mark.parametrize(("kind", "raw"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_document_that_is_not_right_is_refused_with_its_reason(kind: type[PriceFeedError], raw: bytes) -> None:
    """No part of a wrong answer is used; what was wrong has a code of its own."""
    with pytest.raises(PriceFeedError) as caught:
        finnish_day(raw)
    assert type(caught.value) is kind


def test_every_zone_has_a_domain() -> None:
    """One for each, and none twice."""
    zones = [zone for found in ZONES.values() for zone in found]
    assert (sorted(DOMAINS), len(set(DOMAINS.values()))) == (sorted(zones), len(zones))


def test_swedish_prices_come_in_kronor_at_the_rate_known_when_they_were_published(
    cloud: dict[str, str], feed: dict[str, tuple[int, bytes]]
) -> None:
    """Of 8 February and not of the 9th, which is set after the auction: 11.7 / 1.04 = 11.25 kronor for a euro."""
    feed["/api"] = (200, publication(series(WHOLE, {1: "100"}, domain=SWEDEN_3)))
    lines = [*rates(date(2026, 2, 6)), *rates(date(2026, 2, 9), euro="12.9")]
    feed["/api/data/EXR/B.EUR+SEK+DKK.NOK.SP"] = (200, rate_file(lines))
    found = Entsoe().fetch(Zone("SE3"), DAY, NOW)
    assert found is not None
    assert (found.currency, {slot.price for slot in found.slots}) == ("SEK", {Decimal("1.125")})


def test_finnish_prices_need_no_rate_and_the_question_names_day_zone_and_token(
    cloud: dict[str, str], feed: dict[str, tuple[int, bytes]]
) -> None:
    """From midnight to midnight of the market, in UTC; the token is the one in the secret store."""
    path = (
        f"/api?securityToken={'EntsoeTokenSecret':k<32}&documentType=A44&in_Domain={FINLAND}&out_Domain={FINLAND}"
        "&periodStart=202602092300&periodEnd=202602102300"
    )
    feed[path] = (200, publication(series(WHOLE, {1: "100"})))
    found = Entsoe().fetch(FI, DAY, NOW)
    assert found is not None
    assert (found.currency, {slot.price for slot in found.slots}) == ("EUR", {Decimal("0.1")})


@pytest.mark.parametrize("status", [401, 403])
def test_a_wrong_token_is_told_as_such_and_not_shown(
    cloud: dict[str, str], feed: dict[str, tuple[int, bytes]], status: int
) -> None:
    """The operator must put one in; nobody may read it in a log."""
    feed["/api"] = (status, b"")
    with pytest.raises(FeedRefused) as caught:
        Entsoe().fetch(FI, DAY, NOW)
    assert "k" * 32 not in str(caught.value)
