"""Rounds of planning: an event that concerns every active session of a zone."""

from collections.abc import Iterable
from datetime import datetime

from chalicelib.adapters import site_planning_queue
from chalicelib.adapters.dynamo import sessions
from chalicelib.domain.ids import Zone
from chalicelib.domain.plan_rounds import (
    PAGE_SITES,
    RoundCause,
    RoundMessage,
    ZoneRound,
    rounds_of,
    share_out,
    zones_at_day_begin,
)
from chalicelib.observability import log


def begin(zones: Iterable[Zone], cause: RoundCause, event: str) -> None:
    """Have every active session of these zones planned anew, soon; `event` tells this round from all others."""
    found = [part for zone in zones for part in rounds_of(zone, cause, f"{cause}:{zone}:{event}")]
    messages: list[tuple[RoundMessage, int]] = [(part, 0) for part in found]
    site_planning_queue.send(messages)


def begin_day(now: datetime) -> list[Zone]:
    """A round for every zone where a local day has just begun; the zones. Its repeat is the same round."""
    found = zones_at_day_begin(now)
    for zone, day in found:
        begin([zone], "new_day", day.isoformat())
    return [zone for zone, _ in found]


def go_on(asked: ZoneRound) -> int:
    """Share out one page of a part of a zone; how many sites. It may be done twice: the same messages come twice."""
    page = sessions.page_of_sites(asked.zone, asked.shard, asked.after, PAGE_SITES)
    messages = share_out(asked, page.site_ids, has_more=page.has_more)
    site_planning_queue.send(messages)
    log.info("plan_round_shared_out", zone=asked.zone, shard=asked.shard, cause=asked.cause, sites=len(page.site_ids))
    return len(page.site_ids)
