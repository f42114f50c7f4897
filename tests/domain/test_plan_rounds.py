"""How a million homes are planned anew without a stampede."""

from collections import Counter
from datetime import datetime

import pytest

from chalicelib.domain.ids import SiteId, Zone
from chalicelib.domain.plan_rounds import (
    BATCH_SITES,
    LONGEST_DELAY_S,
    PAGE_SITES,
    ZONE_SITES_PER_S,
    SiteRound,
    ZoneRound,
    shard_of,
    share_out,
    zones_at_day_begin,
)

NO5 = Zone("NO5")


def sites(count: int) -> list[SiteId]:
    """As they are minted."""
    return [SiteId(f"site_{number:024x}") for number in range(count)]


def batches(page: list[SiteId], cause_id: str = "prices:NO5:13") -> list[tuple[SiteRound, int]]:
    """The batches of a page and their delays."""
    asked = ZoneRound(zone=NO5, cause="prices", cause_id=cause_id)
    shared = share_out(asked, page)
    return [(message, delay_s) for message, delay_s in shared if isinstance(message, SiteRound)]


def test_no_part_of_a_zone_has_much_more_than_its_share() -> None:
    """Of 16 000 sites none of 16 parts has more than 1 150: five standard deviations."""
    assert max(Counter(shard_of(site) for site in sites(16_000)).values()) < 1_150


def test_every_site_is_in_one_message_and_the_next_page_comes_when_this_one_is_over() -> None:
    """Nobody is forgotten, nobody comes twice."""
    page, asked = sites(PAGE_SITES), ZoneRound(zone=NO5, cause="prices", cause_id="e")
    more = ZoneRound(zone=NO5, cause="prices", cause_id="e", shard=3, after=page[-1])
    *found, last = share_out(asked, page, more)
    assert [site for message, _ in found if isinstance(message, SiteRound) for site in message.site_ids] == page
    assert last == (more, PAGE_SITES // ZONE_SITES_PER_S)


def test_a_small_fleet_is_planned_at_once() -> None:
    """Thirty homes in a zone need no spreading."""
    assert [delay_s for _, delay_s in batches(sites(30))] == [0, 0]


def test_a_full_page_is_spread_over_the_time_that_the_rate_allows() -> None:
    """6 000 at 1 500 a second: 4 s, no later, and as evenly as 240 draws fall into halves."""
    delays = [delay_s for _, delay_s in batches(sites(PAGE_SITES))]
    assert max(delays) <= PAGE_SITES // ZONE_SITES_PER_S == 4 <= LONGEST_DELAY_S
    halves = Counter(delay_s < 2 for delay_s in delays)
    assert min(halves.values()) > PAGE_SITES // BATCH_SITES // 4


def test_a_repeat_is_the_same_and_another_event_has_another_order() -> None:
    """The jitter is decided by site and event, not by chance."""
    page = sites(PAGE_SITES)
    assert batches(page) == batches(page)
    assert [delay for _, delay in batches(page)] != [delay for _, delay in batches(page, "prices:NO5:14")]


@pytest.mark.parametrize("count", [0, 1])
def test_an_empty_zone_asks_for_nothing(count: int) -> None:
    """And one site for one message."""
    asked = ZoneRound(zone=NO5, cause="new_day", cause_id="e")
    assert len(share_out(asked, sites(count))) == count


@pytest.mark.parametrize(
    ("now", "zones"),
    [
        ("2026-02-10T23:05:00Z", 11),
        ("2026-02-10T22:05:00Z", 1),
        ("2026-02-10T21:05:00Z", 0),
        ("2026-02-11T00:05:00Z", 0),
        ("2026-03-28T23:05:00Z", 11),
        ("2026-03-29T22:05:00Z", 11),
        ("2026-03-29T21:05:00Z", 1),
        ("2026-10-24T22:05:00Z", 11),
        ("2026-10-25T23:05:00Z", 11),
        ("2026-10-25T22:05:00Z", 1),
    ],
)
def test_a_day_begins_at_local_midnight_in_summer_and_winter(now: str, zones: int) -> None:
    """Eleven zones live by the clock of Oslo, Finland by its own; days of 23 and 25 hours begin once."""
    assert len(zones_at_day_begin(datetime.fromisoformat(now))) == zones
