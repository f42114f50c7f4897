"""elprisetjustnu.se, Energi Data Service, Norges Bank: whole days and plain rates are read, all else is refused."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.adapters.prices import elprisetjustnu, energidataservice, exchange_rates
from chalicelib.adapters.prices.elprisetjustnu import Elprisetjustnu
from chalicelib.adapters.prices.energidataservice import EnergiDataService
from chalicelib.adapters.prices.order import ORDER, PROVIDERS
from chalicelib.adapters.prices.quotes import one_day
from chalicelib.adapters.prices.source import (
    AbsurdPrice,
    FeedGarbage,
    PriceFeedError,
    WrongCurrency,
    WrongDay,
    WrongSlots,
    WrongUnit,
    WrongZone,
)
from chalicelib.domain.calendar import DAY as ONE_DAY
from chalicelib.domain.calendar import HOUR
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import PriceDay, PriceState, state_at
from chalicelib.domain.sites import CURRENCIES, Country
from tests.adapters.price_documents import DAY, DAYS, day_file, dumps, energinet, rate_file, rates

SE3, DK1 = Zone("SE3"), Zone("DK1")
NOW = datetime(2026, 2, 9, 12, tzinfo=UTC)
Rows = list[dict[str, Any]]


def danish_day(raw: bytes, day: date = DAY) -> PriceDay:
    return one_day(energidataservice.read(raw, DK1), DK1, day, NOW, "test")


@pytest.mark.parametrize(("day", "hours"), DAYS, ids=["92", "96", "100"])
def test_days_of_every_length_are_read_in_quarters(day: date, hours: int) -> None:
    """Swedish kronor per kWh, Danish kroner per MWh: the same half krone."""
    found = [
        elprisetjustnu.parse(dumps(day_file(day, "SEK")), SE3, day, NOW),
        danish_day(dumps(energinet(day)), day),
    ]
    assert [(len(one.slots), {slot.price for slot in one.slots}) for one in found] == [
        (hours * 4, {Decimal("0.5")})
    ] * 2
    assert [one.currency for one in found] == ["SEK", "DKK"]


def in_oere(rows: Rows) -> Rows:
    """A hundred times too much."""
    return [row | {"SEK_per_kWh": 50.0, "EUR_per_kWh": 5.0} for row in rows]


def in_norwegian_kroner(rows: Rows) -> Rows:
    """The right form of the wrong country."""
    return [{name.replace("SEK", "NOK"): value for name, value in row.items()} for row in rows]


def at_odds(rows: Rows) -> Rows:
    """Euro times rate is something else."""
    return [row | {"EXR": 11.0} for row in rows]


def with_a_gap(rows: Rows) -> Rows:
    """One quarter less."""
    return rows[:40] + rows[41:]


def cut_off(rows: Rows) -> Rows:
    """The last hour is missing."""
    return rows[:-4]


def with_a_double(rows: Rows) -> Rows:
    """One quarter more."""
    return [*rows[:41], rows[40], *rows[41:]]


def in_five_minutes(rows: Rows) -> Rows:
    """Slots that no market here has."""
    return [row | {"time_end": row["time_start"].replace(":00+", ":05+", 1)} for row in rows]


def of_the_next_day(rows: Rows) -> Rows:
    """What was not asked for."""
    del rows
    return day_file(DAY + ONE_DAY, "SEK")


def of_two_days(rows: Rows) -> Rows:
    """More than what was asked for."""
    return [*rows, *day_file(DAY + ONE_DAY, "SEK")]


SPOILT: list[tuple[Callable[[Rows], Rows], type[PriceFeedError]]] = [
    (in_oere, AbsurdPrice),
    (in_norwegian_kroner, WrongCurrency),
    (at_odds, WrongCurrency),
    (with_a_gap, WrongSlots),
    (cut_off, WrongSlots),
    (with_a_double, WrongSlots),
    (in_five_minutes, WrongUnit),
    (of_the_next_day, WrongDay),
    (of_two_days, WrongDay),
]


@pytest.mark.parametrize(("spoil", "kind"), SPOILT, ids=[one[0].__name__ for one in SPOILT])
def test_a_file_that_is_not_right_is_refused_with_its_reason(
    spoil: Callable[[Rows], Rows], kind: type[PriceFeedError]
) -> None:
    """Each reason has a code of its own."""
    with pytest.raises(PriceFeedError) as caught:
        elprisetjustnu.parse(dumps(spoil(day_file(DAY, "SEK"))), SE3, DAY, NOW)
    assert type(caught.value) is kind


def energinet_with(**changes: Any) -> bytes:
    """A day in which one record, or the answer, is another one."""
    answer: dict[str, Any] = energinet(DAY)
    answer["records"][7] |= {name: value for name, value in changes.items() if name in answer["records"][7]}
    return dumps(answer | {name: value for name, value in changes.items() if name in answer})


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (energinet_with(PriceArea="DK2"), WrongZone),
        (energinet_with(DayAheadPriceDKK=None), WrongCurrency),
        (energinet_with(DayAheadPriceDKK=90_000.0), AbsurdPrice),
        (energinet_with(DayAheadPriceDKK="500"), FeedGarbage),
        (energinet_with(TimeUTC="2026-02-10T03:15:00"), WrongSlots),
        (energinet_with(TimeUTC="2026-02-10T03:15:00Z"), WrongSlots),
        (energinet_with(dataset="Elspotprices"), FeedGarbage),
        (dumps(energinet(DAY - ONE_DAY)), WrongDay),
        (b"", FeedGarbage),
        (b"<html>429</html>", FeedGarbage),
        (b'{"dataset": "DayAheadPrices", "records": [NaN]}', FeedGarbage),
        (b"[" * 100_000, FeedGarbage),
    ],
    ids=["zone", "no DKK", "absurd", "text", "twice", "offset", "dataset", "day", "empty", "HTML", "NaN", "deep"],
)
def test_a_danish_answer_that_is_not_right_is_refused_with_its_reason(raw: bytes, kind: type[PriceFeedError]) -> None:
    """No part of it is used."""
    with pytest.raises(PriceFeedError) as caught:
        danish_day(raw)
    assert type(caught.value) is kind


def test_no_records_means_not_yet(feed: dict[str, tuple[int, bytes]]) -> None:
    """Energi Data Service answers 200 with an empty list before it knows the day."""
    path = "/dataset/DayAheadPrices"
    feed[path] = (200, dumps({"total": 0, "dataset": "DayAheadPrices", "records": []}))
    assert EnergiDataService().fetch(DK1, DAY, NOW) is None
    feed[path] = (200, dumps(energinet(DAY)))
    found = EnergiDataService().fetch(DK1, DAY, NOW)
    assert found is not None
    assert len(found.slots) == 96


def test_a_swedish_file_is_found_by_day_and_zone(feed: dict[str, tuple[int, bytes]]) -> None:
    """Month and day have two digits in the path."""
    feed["/api/v1/prices/2026/02-10_SE3.json"] = (200, dumps(day_file(DAY, "SEK")))
    assert [Elprisetjustnu().fetch(Zone(zone), DAY, NOW) is None for zone in ("SE3", "SE4")] == [False, True]


FRIDAY = date(2026, 2, 6)


def test_the_rate_is_that_of_the_last_bank_day_before_the_auction() -> None:
    """Monday's prices are published on Sunday: by Friday's rate, in every krone."""
    known = exchange_rates.parse(rate_file([*rates(date(2026, 2, 5), euro="11.5"), *rates(FRIDAY)]))
    found = [exchange_rates.per_euro(known, currency, date(2026, 2, 7)) for currency in ("NOK", "SEK", "DKK")]
    assert [round(rate, 4) for rate in found] == [Decimal("11.7"), Decimal("11.25"), Decimal("7.4665")]


def test_a_later_rate_is_not_used() -> None:
    """So that the same day costs the same whenever it is asked for."""
    known = exchange_rates.parse(rate_file(rates(FRIDAY)))
    with pytest.raises(WrongCurrency):
        exchange_rates.per_euro(known, "NOK", date(2026, 2, 5))


@pytest.mark.parametrize(
    ("raw", "kind"),
    [
        (rate_file(rates(FRIDAY, euro="1170")), AbsurdPrice),
        (rate_file(rates(FRIDAY, sek="1.04")), AbsurdPrice),
        (rate_file(rates(FRIDAY, euro="NaN")), AbsurdPrice),
        (rate_file(rates(FRIDAY, euro="")), FeedGarbage),
        (rate_file([*rates(FRIDAY), *rates(FRIDAY)]), FeedGarbage),
        (rate_file([line.replace(";NOK;", ";USD;") for line in rates(FRIDAY)]), WrongCurrency),
        (rate_file([]), FeedGarbage),
        (b"", FeedGarbage),
        (b"<html></html>\n<html></html>", FeedGarbage),
        (b"\xff\xfe\x00", FeedGarbage),
    ],
    ids=["unit", "not by the hundred", "NaN", "none", "twice", "pair", "no lines", "empty", "HTML", "binary"],
)
def test_rates_that_are_not_right_are_refused(raw: bytes, kind: type[PriceFeedError]) -> None:
    """Money is multiplied by them."""
    with pytest.raises(PriceFeedError) as caught:
        exchange_rates.parse(raw)
    assert type(caught.value) is kind


def test_every_country_has_sources_that_serve_it_and_the_first_tells_its_own_currency() -> None:
    """ENTSO-E tells euro, and stands behind all the others."""
    for country in Country:
        providers = [PROVIDERS[name] for name in ORDER[country]]
        assert all(country in provider.countries for provider in providers)
        assert (providers[0].currency, providers[-1].currency) == (CURRENCIES[country], "EUR")


@pytest.mark.parametrize(
    ("now", "state"),
    [("2026-02-09T17:59:59+01:00", "preliminary"), ("2026-02-09T18:00:00+01:00", "final")],
    ids=["before 18:00", "at 18:00"],
)
def test_prices_are_final_from_the_evening_before_their_day(now: str, state: str) -> None:
    """Until then they may be put right, and are asked for again."""
    assert state_at(DAY, datetime.fromisoformat(now)) == PriceState(state)


def test_the_hour_that_comes_twice_is_two_hours() -> None:
    """On 25 October the wall shows 02:00 twice; the offset tells them apart."""
    found = elprisetjustnu.parse(dumps(day_file(date(2026, 10, 25), "SEK", HOUR)), SE3, date(2026, 10, 25), NOW)
    assert [slot.start.hour for slot in found.slots[2:5]] == [0, 1, 2]
