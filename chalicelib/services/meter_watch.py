"""The minute's look at meter readers that say nothing. Limits have ended by then; this records it, and tells of it."""

from datetime import datetime
from typing import Final

import msgspec

from chalicelib.adapters.dynamo import meters
from chalicelib.adapters.dynamo.meters import Place
from chalicelib.domain.meter_readers import LOST, SiteLoad, silent_after
from chalicelib.domain.notifications import meter_lost
from chalicelib.domain.sites import Site
from chalicelib.observability import count, log
from chalicelib.services import notifications

MOST_AT_ONCE: Final = 500
"""What one look takes in; the next one goes on."""


def look(now: datetime) -> int:
    """Record every silence that is new, tell the owner of each that lasts; how many were new.

    It may run twice at once: a silence is recorded once, and nobody is told twice of one.
    """
    return sum(_look_at(place, now) for place in meters.list_due(now, MOST_AT_ONCE))


def _look_at(place: Place, now: datetime) -> bool:
    found = meters.read(place)
    load, site = found.load, found.site
    if load is None or site is None or found.reader is None or load.heard_at is None:
        meters.stop_watching(place)
        return False
    if now - load.heard_at < silent_after(load):
        return False
    if load.silent_since is None:
        return _record(place, load)
    if not load.is_told and now - load.silent_since >= LOST:
        _tell(place, site, load, load.silent_since, now)
    return False


def _record(place: Place, load: SiteLoad) -> bool:
    noted = msgspec.structs.replace(load, version=load.version + 1, silent_since=load.heard_at)
    if not meters.note_silence(place, noted):
        return False
    log.info("meter_silent", site_id=place.site_id)
    count("MeterSilent")
    return True


def _tell(place: Place, site: Site, load: SiteLoad, since: datetime, now: datetime) -> None:
    """First the message, then the note of it: a repeat has the same name and is told once."""
    notifications.tell(site.owner, meter_lost(site.site_id, site.name, since), now)
    meters.note_silence(place, msgspec.structs.replace(load, version=load.version + 1, is_told=True))
