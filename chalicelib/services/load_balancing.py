"""A meter has spoken: decide the limits of its site's chargers, remember, and send them at once.

Samples of a site may be worked on at the same time, twice and out of order. What is remembered has a version: of two
decisions from the same state one is stored, and the other is made again from what was stored. Only what was stored is
sent, so a limit is never raised on what somebody else has given away.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.adapters import limit_messages, planning_queue
from chalicelib.adapters.dynamo import known_chargers, meters, sites
from chalicelib.adapters.dynamo.known_chargers import Known
from chalicelib.adapters.dynamo.meters import Found, Place
from chalicelib.domain.balanced_chargers import find_balanced
from chalicelib.domain.balancing import BalancedCharger, BalancingState, LimitOrder, LineSample, step
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import DependencyDown, NotFound
from chalicelib.domain.house_load import KnownMean, QuarterMean, is_same_hour, quarter_of_week, quarter_start
from chalicelib.domain.ids import ChargerId, SiteId
from chalicelib.domain.meter_readers import LEARNT, MeterReader, SiteLoad, believable_a, is_news, supply_of
from chalicelib.domain.plans import SITE_CHANGED
from chalicelib.domain.sites import Site, SiteMeter
from chalicelib.observability import count, log
from chalicelib.services.hints import Hints

MAX_ROUNDS: Final = 4
WORST_STEP_A: Final = 1.0
COUNTED: Final = 10
_stood: Final = Hints[SiteId, tuple[ChargerId, ...]]()
"""Which chargers stood at a site when it was last looked at: they are read with it."""


class Heard(msgspec.Struct, frozen=True, kw_only=True):
    """One sample: line currents (A), power from the grid (W), when we got it and when the meter made it."""

    currents_a: tuple[float | None, float | None, float | None]
    power_w: float | None
    received_at: datetime
    measured_at: datetime | None = None

    def sample_at(self, site: Site) -> LineSample:
        """As load balancing is told it."""
        return LineSample(
            currents_a=believable_a(self.currents_a, self.power_w, site.grid_type),
            received_at=self.received_at,
            measured_at=self.measured_at,
            power_w=self.power_w,
        )


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a sample: the site, what is remembered now, its chargers with a car."""

    site: Site
    reader: MeterReader
    load: SiteLoad
    chargers: tuple[BalancedCharger, ...]


def take(place: Place, shown: str, heard: Heard, now: datetime) -> Taken | None:
    """Take in a sample at `now`; None, with nothing done, when it is not of the site's present reader.

    `shown` is what the reader is known by: the hash of its token, or the name of its thing.
    DependencyDown when samples come faster than they can be remembered: this one is then lost, which harms nobody.
    """
    for number in range(MAX_ROUNDS):
        is_exact = number > 0  # who has decided from what was old is not stored, and looks again
        found = meters.read(place, charger_ids=_stood.find(place.site_id) or (), is_exact=is_exact)
        site, reader = found.site, found.reader
        if site is None or reader is None or shown not in {reader.token_key, reader.thing}:
            return None
        sample = heard.sample_at(site)
        site = _with_meter(site, sample, now)
        known = _chargers_of(site, found, is_exact=is_exact)
        before = _load_before(place, found, known)
        cars = [one for charger, seen in known if (one := find_balanced(charger, seen, site, now)) is not None]
        decision = step(before.balancing, sample, cars, supply_of(site), now)
        after = _load_after(before, decision.state, sample, heard.power_w, now)
        is_stored = before is not found.load or is_news(before, after, decision)
        if is_stored and not meters.put_load(place, after):
            continue
        _send(decision.orders, {charger.charger_id: charger for charger, _ in known}, now)
        if is_stored:
            _learn(place, site, before, after, now)
        return Taken(site=site, reader=reader, load=after, chargers=tuple(cars))
    raise DependencyDown("samples come faster than they can be remembered")


def _with_meter(site: Site, sample: LineSample, now: datetime) -> Site:
    """From the first sample on the site has a meter, and its chargers wait for limits."""
    if site.meter is not None or all(current_a is None for current_a in sample.currents_a):
        return site
    meter = SiteMeter(since=now)
    sites.put_meter(site.site_id, meter)
    for charger_id in site.charger_ids:
        planning_queue.ask(charger_id, SITE_CHANGED)
    return msgspec.structs.replace(site, meter=meter)


def _chargers_of(site: Site, found: Found, *, is_exact: bool) -> list[Known]:
    """The chargers that stand there: those read with the site, where this process knew which they are, and the rest."""
    here = [one for one in found.chargers if one[0].charger_id in site.charger_ids]
    missing = set(site.charger_ids) - {charger.charger_id for charger, _ in here}
    if missing:
        here += known_chargers.read(sorted(missing), is_exact=is_exact)
        _stood.keep(site.site_id, site.charger_ids)
    return standing(site, here)


def standing(site: Site, known: Iterable[Known]) -> list[Known]:
    """Those that stand at the site; one that has moved a moment ago may still be on its list."""
    return [one for one in known if one[0].site_id == site.site_id]


def _load_before(place: Place, found: Found, known: Sequence[Known]) -> SiteLoad:
    """What is remembered; when a charger has come, its limits begin a new sequence, for it may know another one.

    All are told their settings anew then: more chargers share what the fuse leaves without a meter.
    """
    served: tuple[ChargerId, ...] = tuple(sorted(charger.charger_id for charger, _ in known))
    load = found.load
    if load is not None and set(served) <= set(load.served):
        return load
    epoch = meters.next_epoch(place.owner)
    for charger_id in served:
        planning_queue.ask(charger_id, SITE_CHANGED)
    if load is None:
        return SiteLoad(version=0, balancing=BalancingState(boot_epoch=epoch), served=served)
    balancing = msgspec.structs.replace(load.balancing, boot_epoch=epoch, seq=0)
    return msgspec.structs.replace(load, balancing=balancing, served=served)


def _load_after(
    before: SiteLoad, state: BalancingState, sample: LineSample, power_w: float | None, now: datetime
) -> SiteLoad:
    is_good = state.sample is not None and state.sample == sample
    worst_a = max(state.house_a) if is_good and state.house_a is not None else None
    means = _means_with(before, now)
    return msgspec.structs.replace(
        before,
        version=before.version + 1,
        balancing=state,
        heard_at=max(sample.received_at, before.heard_at or sample.received_at),
        currents_a=sample.currents_a,
        power_w=power_w,
        silent_since=None,
        is_told=False,
        worst_house_a=before.worst_house_a if worst_a is None else max(before.worst_house_a, worst_a),
        quarter=before.quarter if worst_a is None else _quarter_with(before, state, worst_a, now),
        means=before.means if worst_a is None else () if _is_hour_over(means, now) else means,
    )


def _means_with(before: SiteLoad, now: datetime) -> tuple[KnownMean, ...]:
    """The means of the hour that is not written yet, with that of the quarter that is over."""
    done = before.quarter
    if done is None or done.mean_da is None or done.quarter == quarter_start(now):
        return before.means
    return (*before.means, (done.quarter, done.mean_da))


def _is_hour_over(means: Sequence[KnownMean], now: datetime) -> bool:
    return bool(means) and not is_same_hour(means[0][0], now)


def _quarter_with(before: SiteLoad, state: BalancingState, worst_a: float, now: datetime) -> QuarterMean:
    """The present quarter's mean with this sample, which held since the last good one."""
    start = quarter_start(now)
    mean = before.quarter if before.quarter is not None and before.quarter.quarter == start else None
    last = before.balancing.sample
    since_s = 0.0 if last is None or state.sample is None else _seconds(state.sample.received_at - last.received_at)
    within_s = min(since_s, _seconds(now - start))
    return (mean or QuarterMean(quarter=start)).with_sample(max(worst_a, 0.0), within_s)


def _seconds(span: timedelta) -> float:
    return max(0.0, span.total_seconds())


def _send(orders: Sequence[LimitOrder], known: dict[ChargerId, Charger], now: datetime) -> None:
    """Tell every charger its limit; one that cannot be told hears the next one, or falls back.

    They are counted ten at a time, with every tenth number of the sequence: each line of a metric is paid for.
    """
    for order in orders:
        try:
            limit_messages.publish(known[order.charger_id].serial, order, now)
        except DependencyDown:
            log.warning("limit_not_sent", charger_id=order.charger_id)
            count("LimitNotSent")
        if order.seq % COUNTED == 0:
            count("LimitSent", times=COUNTED)


def _learn(place: Place, site: Site, before: SiteLoad, after: SiteLoad, now: datetime) -> None:
    """Once an hour keep the means of its quarters, once a quarter the most that the house has taken.

    A failure costs what was to be learnt, no limit.
    """
    done, present, means = before.quarter, after.quarter, _means_with(before, now)
    if done is None or present is None or done.quarter == present.quarter:
        return
    try:
        if means and not after.means:
            _keep(place, site, means)
        _note_worst(site, after, now)
    except (DependencyDown, NotFound):
        log.warning("quarter_not_kept", site_id=site.site_id)
        count("QuarterNotKept")


def _keep(place: Place, site: Site, means: Sequence[KnownMean]) -> None:
    """Means are of one hour, or of two: a quarter may end with the first sample of a later hour."""
    for hour in sorted({quarter.replace(minute=0) for quarter, _ in means}):
        numbered = {quarter_of_week(mean[0], site.tz): mean for mean in means if is_same_hour(mean[0], hour)}
        meters.add_quarters(place, numbered)


def _note_worst(site: Site, load: SiteLoad, now: datetime) -> None:
    """What chargers may do without a meter follows the most that the house was seen to take."""
    meter, worst_a = site.meter, -int(-load.worst_house_a // WORST_STEP_A)
    if meter is None or now - meter.since < LEARNT or (meter.worst_house_a or -1) >= worst_a:
        return
    sites.put_meter(site.site_id, SiteMeter(since=meter.since, worst_house_a=worst_a))
    for charger_id in site.charger_ids:
        planning_queue.ask(charger_id, SITE_CHANGED)
