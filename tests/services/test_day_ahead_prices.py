"""Fetching day-ahead prices: when they are due, what a failing feed costs, who is told."""

import json
from datetime import UTC, date, datetime
from decimal import Decimal

import boto3
import pytest

from chalicelib.adapters.dynamo import prices, sessions
from chalicelib.adapters.prices.source import FeedDown, FeedGarbage, PriceFeedError
from chalicelib.domain.calendar import HOUR, day_stretch, steps
from chalicelib.domain.ids import ChargerId, Zone
from chalicelib.domain.prices import MARKET_TZ, PriceDay, PriceSlot, PriceState
from chalicelib.services.day_ahead_prices import days_due, fetch
from tests import infra

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


def asked_for_plans(queue_url: str) -> list[str]:
    """Who is to be planned anew."""
    found = boto3.client("sqs", region_name=infra.REGION).receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
    return sorted(json.loads(message["Body"])["charger_id"] for message in found.get("Messages", []))


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
    """A car in NO5, not one in NO1, not one that has left."""
    here, gone, elsewhere = ChargerId("here"), ChargerId("gone"), ChargerId("elsewhere")
    sessions.open_session(here, 3, MORNING, NO5)
    sessions.open_session(gone, 1, MORNING, NO5)
    sessions.close_session(gone, 1, MORNING + HOUR)
    sessions.open_session(elsewhere, 1, MORNING, NO1)
    fetch(AFTERNOON, zones=[NO1, NO5], source=Feed({(NO5, TODAY): a_day(NO5, TODAY)}))
    assert asked_for_plans(cloud["PLANNING_QUEUE_URL"]) == [here]


def test_prices_that_are_the_same_again_are_no_news(cloud: dict[str, str]) -> None:
    """A preliminary day that has not changed disturbs nobody."""
    feed = Feed({(NO5, TODAY): a_day(NO5, TODAY, "1", PriceState.PRELIMINARY)})
    fetch(MORNING, zones=[NO5], source=feed)
    sessions.open_session(ChargerId("here"), 1, MORNING, NO5)
    assert fetch(MORNING + HOUR, zones=[NO5], source=feed) == []
    assert asked_for_plans(cloud["PLANNING_QUEUE_URL"]) == []
