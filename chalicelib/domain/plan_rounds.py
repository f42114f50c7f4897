"""A round of planning: everybody in a zone is planned anew for one event, spread over time.

The active sessions of a zone are filed in SHARDS parts, by their site, so that no part of the store is asked more than
others. A message for a zone becomes messages for batches of sites, each with a delay within the time that a page takes
at ZONE_SITES_PER_S, and one that asks for the next page when that time is over: one small message for a small fleet, a
chain of pages for a large one.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Final, Literal
from zlib import crc32
from zoneinfo import ZoneInfo

import msgspec

from chalicelib.domain.calendar import local_day
from chalicelib.domain.ids import ChargerId, SiteId, Zone
from chalicelib.domain.sites import TIME_ZONES, ZONES

SHARDS: Final = 16
PAGE_SITES: Final = 6_000
"""What one message shares out before it asks for another."""
BATCH_SITES: Final = 25
"""What one message has planned: 100 ms each are far from the function's time-out, and prices are read once for all."""
ZONE_SITES_PER_S: Final = 1_500
"""How fast a zone is shared out at most; the function's concurrency bounds all zones together: docs/scale.md."""
LONGEST_DELAY_S: Final = 900
"""The longest that a queue delays a message (Amazon SQS, DelaySeconds)."""
JUST_BEGUN: Final = timedelta(hours=1)
"""So long after midnight a day counts as one that begins: the schedule comes every hour."""
RoundCause = Literal["prices", "new_day"]


class ZoneRound(msgspec.Struct, frozen=True, kw_only=True, tag="zone"):
    """Plan every active site of a zone anew, from the part `shard` on and there from behind the site `after`."""

    zone: Zone
    cause: RoundCause
    cause_id: str
    shard: int = 0
    after: SiteId | None = None


class SiteRound(msgspec.Struct, frozen=True, kw_only=True, tag="sites"):
    """Plan these sites anew."""

    site_ids: tuple[SiteId, ...]
    cause: RoundCause
    cause_id: str


RoundMessage = ZoneRound | SiteRound


def shard_of(site_id: SiteId | ChargerId) -> int:
    """The part of its zone that a site is filed in; stable."""
    return crc32(site_id.encode()) % SHARDS


def zones_at_day_begin(now: datetime) -> list[tuple[Zone, date]]:
    """The zones where the local day has begun within JUST_BEGUN, and which day that is."""
    found: list[tuple[Zone, date]] = []
    for country, zones in ZONES.items():
        tz = ZoneInfo(TIME_ZONES[country])
        if local_day(now, tz) != local_day(now - JUST_BEGUN, tz):
            found += [(zone, local_day(now, tz)) for zone in zones]
    return found


def window_s(sites: int) -> int:
    """How long a page of so many sites takes, s."""
    return min(LONGEST_DELAY_S, sites // ZONE_SITES_PER_S)


def share_out(
    asked: ZoneRound, page: Sequence[SiteId], more: ZoneRound | None = None
) -> list[tuple[RoundMessage, int]]:
    """What a page becomes: messages with their delays, s; the same each time. `more` goes on when the page is over.

    A batch is delayed by a jitter that its first site and the event decide, so that each round has another order.
    """
    window = window_s(len(page))
    found: list[tuple[RoundMessage, int]] = []
    for first in range(0, len(page), BATCH_SITES):
        batch = tuple(page[first : first + BATCH_SITES])
        delay_s = crc32(f"{asked.cause_id}#{batch[0]}".encode()) % (window + 1)
        found.append((SiteRound(site_ids=batch, cause=asked.cause, cause_id=asked.cause_id), delay_s))
    return found if more is None else [*found, (more, window)]
