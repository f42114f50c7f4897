"""Rounds of planning: an event that concerns every active session of a zone."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from chalicelib.adapters import site_planning_queue
from chalicelib.adapters.dynamo import sessions
from chalicelib.domain.ids import SiteId, Zone
from chalicelib.domain.plan_rounds import (
    PAGE_SITES,
    SHARDS,
    RoundCause,
    ZoneRound,
    share_out,
    zones_at_day_begin,
)
from chalicelib.observability import log


def begin(zones: Iterable[Zone], cause: RoundCause, event: str) -> None:
    """Have every active session of these zones planned anew, soon; `event` tells this round from all others."""
    asked = [ZoneRound(zone=zone, cause=cause, cause_id=f"{cause}:{zone}:{event}") for zone in zones]
    site_planning_queue.send([(one, 0) for one in asked])


def begin_day(now: datetime) -> list[Zone]:
    """A round for every zone where a local day has just begun; the zones. Its repeat is the same round."""
    found = zones_at_day_begin(now)
    for zone, day in found:
        begin([zone], "new_day", day.isoformat())
    return [zone for zone, _ in found]


def go_on(asked: ZoneRound, most: int = PAGE_SITES) -> int:
    """Share out a page of up to `most` sites of a zone; how many. Done twice, it sends the same messages twice."""
    found, more = list[SiteId](), None
    shard, after = asked.shard, asked.after
    while shard < SHARDS and more is None:
        page = sessions.page_of_sites(asked.zone, shard, after, most - len(found))
        found += page.site_ids
        shard, after = (shard, found[-1]) if page.has_more else (shard + 1, None)
        if len(found) == most and shard < SHARDS:
            more = msgspec.structs.replace(asked, shard=shard, after=after)
    site_planning_queue.send(share_out(asked, found, more))
    log.info("plan_round_shared_out", zone=asked.zone, shard=asked.shard, cause=asked.cause, sites=len(found))
    return len(found)
