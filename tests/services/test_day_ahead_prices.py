"""Fetching day-ahead prices: when they are due, what a failing feed costs, who is told."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import partial

import msgspec
import pytest

from chalicelib.adapters.dynamo import prices, sessions
from chalicelib.adapters.prices import order
from chalicelib.adapters.prices.source import FeedDown, FeedGarbage, PriceFeedError, WrongUnit
from chalicelib.domain.calendar import HOUR, day_stretch, steps
from chalicelib.domain.ids import ChargerId, SiteId, Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceSlot, PriceState
from chalicelib.domain.sites import Country
from chalicelib.services.day_ahead_prices import days_due, fetch
from tests.energy_cloud import sites_to_plan

MORNING = datetime(2026, 2, 10, 9, tzinfo=UTC)
AFTERNOON = datetime(2026, 2, 10, 12, 0, tzinfo=UTC)
TODAY, TOMORROW = date(2026, 2, 10), date(2026, 2, 11)
NO1, NO5 = Zone("NO1"), Zone("NO5")


class Feed:
    """A price source that says what it is told to; it remembers what it was asked for."""

    def __init__(self, answers: dict[tuple[Zone, date], PriceDay | PriceFeedError]) -> None:
        self.answers = answers
        self.asked: list[tuple[Zone, date]] = []

    def fetch(self, zone: Zone, day: date, now: datetime) -> PriceDay | None:
        """The answer that was prepared."""
        self.asked.append((zone, day))
        answer = self.answers.get((zone, day))
        if isinstance(answer, PriceFeedError):
            raise answer
        return answer


def a_day(zone: Zone, day: date, price: str = "1", state: PriceState = PriceState.FINAL) -> PriceDay:
    """A day on which every hour costs the same."""
    hours = steps(day_stretch(day, MARKET_TZ), HOUR)
    slots = tuple(PriceSlot(hour.start, hour.end, Decimal(price), state) for hour in hours)
    return PriceDay(zone=zone, day=day, currency="NOK", slots=slots, source="test", fetched_at=MORNING)


def stored(zone: Zone) -> list[PriceDay]:
    """What is known of the two days."""
    return prices.list_days(zone, TODAY, TOMORROW)


@pytest.mark.parametrize(
    ("now", "days"),
    [
        ("2026-02-10T12:59:59+01:00", [TODAY]),
        ("2026-02-10T13:00:00+01:00", [TODAY, TOMORROW]),
        ("2026-07-01T12:59:59+02:00", [date(2026, 7, 1)]),
        ("2026-07-01T13:00:00+02:00", [date(2026, 7, 1), date(2026, 7, 2)]),
        ("2026-02-10T23:30:00+00:00", [TOMORROW]),
    ],
    ids=["winter before", "winter at 13:00", "summer before", "summer at 13:00", "half past midnight"],
)
def test_tomorrow_is_due_from_one_o_clock_local_time(now: str, days: list[date]) -> None:
    """Market hours are local time, in summer and in winter."""
    assert days_due(datetime.fromisoformat(now)) == days


def test_what_is_published_is_stored(cloud: dict[str, str]) -> None:
    """Both days, exactly as the feed told them."""
    feed = Feed({(NO5, TODAY): a_day(NO5, TODAY), (NO5, TOMORROW): a_day(NO5, TOMORROW, "-0.12345")})
    assert fetch(AFTERNOON, zones=[NO5], source=feed) == [NO5]
    assert stored(NO5) == [a_day(NO5, TODAY), a_day(NO5, TOMORROW, "-0.12345")]


def test_what_is_final_is_not_asked_for_again(cloud: dict[str, str]) -> None:
    """The retries of the afternoon ask for tomorrow only."""
    feed = Feed({(NO5, TODAY): a_day(NO5, TODAY)})
    fetch(AFTERNOON, zones=[NO5], source=feed)
    feed.asked.clear()
    assert (fetch(AFTERNOON, zones=[NO5], source=feed), feed.asked) == ([], [(NO5, TOMORROW)])


def test_a_preliminary_day_is_asked_for_until_it_is_final(cloud: dict[str, str]) -> None:
    """And what is final takes its place."""
    fetch(MORNING, zones=[NO5], source=Feed({(NO5, TODAY): a_day(NO5, TODAY, "1", PriceState.PRELIMINARY)}))
    fetch(MORNING + HOUR, zones=[NO5], source=Feed({(NO5, TODAY): a_day(NO5, TODAY, "2")}))
    assert stored(NO5) == [a_day(NO5, TODAY, "2")]


@pytest.mark.parametrize("failure", [FeedDown("no answer"), FeedGarbage("html")], ids=["down", "garbage"])
def test_a_feed_that_fails_costs_nothing_but_itself(
    cloud: dict[str, str], failure: PriceFeedError, capsys: pytest.CaptureFixture[str]
) -> None:
    """Old prices stay, the other zone gets its own, and an alarm can count it."""
    fetch(MORNING, zones=[NO1], source=Feed({(NO1, TODAY): a_day(NO1, TODAY)}))
    feed = Feed({(NO1, TOMORROW): failure, (NO5, TODAY): a_day(NO5, TODAY)})
    assert fetch(AFTERNOON, zones=[NO1, NO5], source=feed) == [NO5]
    assert (stored(NO1), stored(NO5)) == ([a_day(NO1, TODAY)], [a_day(NO5, TODAY)])
    assert '"PriceFeedFailed":[1.0]' in capsys.readouterr().out.replace(" ", "")


def test_a_source_that_is_down_is_not_waited_for_again_and_again(cloud: dict[str, str]) -> None:
    """Two time-outs are enough; the next call of the schedule tries anew."""
    zones = [Zone(f"NO{number}") for number in range(1, 6)]
    feed = Feed({(zone, TODAY): FeedDown("time-out") for zone in zones})
    assert (fetch(MORNING, zones=zones, source=feed), len(feed.asked)) == ([], 2)


def test_new_prices_have_every_car_of_the_zone_planned_anew(cloud: dict[str, str]) -> None:
    """A car in NO5, not one in NO1, not one that has left, not one that is full."""
    here, full, gone, elsewhere = ChargerId("here"), ChargerId("full"), ChargerId("gone"), ChargerId("elsewhere")
    for charger_id, zone in ((here, NO5), (full, NO5), (gone, NO5), (elsewhere, NO1)):
        sessions.open_session(charger_id, 3, MORNING, zone, SiteId(f"site_{charger_id}"))
    sessions.close_session(gone, 3, MORNING + HOUR)
    sessions.rest(full, 3)
    fetch(AFTERNOON, zones=[NO1, NO5], source=Feed({(NO5, TODAY): a_day(NO5, TODAY)}))
    assert sites_to_plan() == ["site_here"]


def test_prices_that_are_the_same_again_are_no_news(cloud: dict[str, str]) -> None:
    """A preliminary day that has not changed disturbs nobody."""
    feed = Feed({(NO5, TODAY): a_day(NO5, TODAY, "1", PriceState.PRELIMINARY)})
    fetch(MORNING, zones=[NO5], source=feed)
    assert sites_to_plan() == []
    sessions.open_session(ChargerId("here"), 1, MORNING, NO5, SiteId("site_here"))
    assert fetch(MORNING + HOUR, zones=[NO5], source=feed) == []
    assert sites_to_plan() == []


def counted(name: str, printed: str) -> int:
    """How often something was counted under its bare name."""
    return printed.replace(" ", "").count(f'"{name}":[1.0]')


@pytest.fixture
def providers(monkeypatch: pytest.MonkeyPatch) -> dict[str, Feed]:
    """Norway's two sources, the preferred one first, that say what they are told to."""
    feeds = {name: Feed({}) for name in order.ORDER[Country.NO]}
    made = {name: order.PROVIDERS[name]._replace(make=partial(feeds.__getitem__, name)) for name in feeds}
    monkeypatch.setattr("chalicelib.services.day_ahead_prices.PROVIDERS", made)
    return feeds


def from_entsoe(price: str, state: PriceState = PriceState.FINAL) -> PriceDay:
    """What the second source tells."""
    return msgspec.structs.replace(a_day(NO5, TODAY, price, state), source="entsoe.eu")


def from_first(price: str, state: PriceState = PriceState.FINAL) -> PriceDay:
    """What the first source tells."""
    return msgspec.structs.replace(a_day(NO5, TODAY, price, state), source="hvakosterstrommen.no")


@pytest.mark.parametrize("failure", [None, FeedDown(), FeedGarbage()], ids=["late", "down", "garbage"])
def test_another_source_stands_in_until_the_first_one_answers(
    cloud: dict[str, str], providers: dict[str, Feed], failure: PriceFeedError | None
) -> None:
    """What it tells is preliminary, so the first source is asked again, and its word is the last."""
    first, second = providers.values()
    first.answers = {} if failure is None else {(NO5, TODAY): failure}
    second.answers = {(NO5, TODAY): from_entsoe("1")}
    assert fetch(MORNING, zones=[NO5]) == [NO5]
    assert stored(NO5) == [from_entsoe("1", PriceState.PRELIMINARY)]
    first.answers = {(NO5, TODAY): from_first("1.01")}
    assert fetch(MORNING + HOUR, zones=[NO5]) == [NO5]
    assert stored(NO5) == [from_first("1.01")]


def test_what_the_first_source_told_is_not_changed_by_another(
    cloud: dict[str, str], providers: dict[str, Feed]
) -> None:
    """It may be down when it is asked again; the others are not asked then."""
    first, second = providers.values()
    first.answers = {(NO5, TODAY): from_first("1", PriceState.PRELIMINARY)}
    second.answers = {(NO5, TODAY): from_entsoe("2")}
    fetch(MORNING, zones=[NO5])
    first.answers = {(NO5, TODAY): FeedDown()}
    fetch(MORNING + HOUR, zones=[NO5])
    assert (stored(NO5), second.asked) == ([from_first("1", PriceState.PRELIMINARY)], [])


def test_prices_that_become_final_as_they_were_disturb_nobody(cloud: dict[str, str]) -> None:
    """The store knows that they are final; no plan changes."""
    preliminary, final = (a_day(NO5, TODAY, "1", state) for state in (PriceState.PRELIMINARY, PriceState.FINAL))
    fetch(MORNING, zones=[NO5], source=Feed({(NO5, TODAY): preliminary}))
    assert sites_to_plan() == []
    sessions.open_session(ChargerId("here"), 1, MORNING, NO5, SiteId("site_here"))
    assert fetch(MORNING + HOUR, zones=[NO5], source=Feed({(NO5, TODAY): final})) == []
    assert (stored(NO5), sites_to_plan()) == ([final], [])


def test_a_correction_is_taken_told_and_counted(cloud: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever charges in the zone is planned and priced anew."""
    fetch(MORNING, zones=[NO5], source=Feed({(NO5, TODAY): a_day(NO5, TODAY, "1", PriceState.PRELIMINARY)}))
    assert sites_to_plan() == []
    sessions.open_session(ChargerId("here"), 1, MORNING, NO5, SiteId("site_here"))
    assert fetch(MORNING + HOUR, zones=[NO5], source=Feed({(NO5, TODAY): a_day(NO5, TODAY, "2")})) == [NO5]
    assert sites_to_plan() == ["site_here"]
    assert counted("PricesCorrected", capsys.readouterr().out) == 1


def test_a_day_that_is_over_is_not_asked_for(cloud: dict[str, str]) -> None:
    """A feed that changes yesterday changes nothing here, even if yesterday never was final."""
    yesterday = a_day(NO5, TODAY, "1", PriceState.PRELIMINARY)
    prices.put(yesterday)
    feed = Feed({(NO5, TODAY): a_day(NO5, TODAY, "9"), (NO5, TOMORROW): a_day(NO5, TOMORROW)})
    fetch(MORNING + timedelta(days=1), zones=[NO5], source=feed)
    assert (feed.asked, stored(NO5)[0]) == ([(NO5, TOMORROW)], yesterday)


def test_what_may_still_change_is_asked_for_once_an_hour(cloud: dict[str, str]) -> None:
    """Providers that serve for free are not asked every ten minutes."""
    feed = Feed({(NO5, TODAY): a_day(NO5, TODAY, "1", PriceState.PRELIMINARY)})
    for minutes in (0, 10, 20, 30, 40):
        fetch(MORNING + timedelta(minutes=minutes), zones=[NO5], source=feed)
    assert len(feed.asked) == 1


@pytest.mark.parametrize(
    ("hour", "known", "alarms"),
    [(12, [TODAY], 0), (14, [TODAY], 1), (14, [TODAY, TOMORROW], 0), (9, [], 1)],
    ids=["13:00, not yet", "15:00 and still not", "15:00 and there", "nothing of today"],
)
def test_somebody_is_told_when_prices_are_missing(
    cloud: dict[str, str], capsys: pytest.CaptureFixture[str], hour: int, known: list[date], alarms: int
) -> None:
    """Two hours after publication, and at any time when today's are not there."""
    feed = Feed({(NO5, day): a_day(NO5, day) for day in known})
    fetch(MORNING.replace(hour=hour), zones=[NO5], source=feed)
    assert counted("PricesMissing", capsys.readouterr().out) == alarms


def test_why_a_source_was_not_believed_is_counted(cloud: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    """Under a code that stays, once in all and once by its reason; garbage is counted beside outages."""
    fetch(MORNING, zones=[NO5], source=Feed({(NO5, TODAY): WrongUnit("half hours")}))
    printed = capsys.readouterr().out
    assert (counted("PriceFeedFailed", printed), counted("PriceFeedGarbage", printed)) == (2, 1)
    assert '"reason":"feed_wrong_unit"' in printed
