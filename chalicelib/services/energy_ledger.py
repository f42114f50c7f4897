"""What readings mean for a charger's history: hours, their prices and users, what sessions, days and months have taken.

One pass for each charger and batch. It reads the ledger first and everything else after it, derives, and writes in one
transaction what has changed, if the ledger is still as it was read. So of two passes at once one sees all that the
other has written, and whoever stops anywhere has written everything or nothing.
"""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.adapters.dynamo import home as store
from chalicelib.adapters.dynamo import hours, ledgers, readings
from chalicelib.adapters.dynamo.ledgers import Kept
from chalicelib.domain.calendar import DAY, HOUR, Stretch, ceil_to, day_stretch, floor_to
from chalicelib.domain.charger_states import ChargerOverview, SessionEnergy
from chalicelib.domain.chargers import Charger
from chalicelib.domain.costs import Cost, PartCost, PricedHour, cost_at_once, price_part, total_cost
from chalicelib.domain.energy import EnergyHour, HourPart, Reading, changed_window, hours_of_usable, sift, sift_more
from chalicelib.domain.errors import DependencyDown, NotFound
from chalicelib.domain.ids import ChargerId, SiteId
from chalicelib.domain.ledgers import (
    Entries,
    Ledger,
    days_to_sum,
    fresh,
    hour_of,
    hull,
    month_energy,
    session_energy,
    sum_days,
)
from chalicelib.domain.planning import power_w
from chalicelib.domain.planning_cases import MIN_CURRENT_A, VOLTAGE_V, deliverable_a
from chalicelib.domain.sessions import Session
from chalicelib.domain.sites import Site
from chalicelib.observability import count, log
from chalicelib.services.price_book import PriceBook, price_day

MAX_ROUNDS: Final = 8
_LONGEST_SESSION: Final = 40 * DAY
_LONGEST_AT_ONCE: Final = 8 * DAY


class Work(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be done for one charger: take in `arrivals`, or price the hours in `span` and all they sum to anew.

    With `plug_seqs` only the parts of these sessions are priced anew, and their users looked up.
    """

    charger: Charger
    arrivals: tuple[Reading, ...] = ()
    span: Stretch | None = None
    plug_seqs: tuple[int, ...] = ()


def settle(works: Sequence[Work], book: PriceBook | None = None) -> None:
    """Do all of this, in one transaction if it fits; it may be done twice, by several at once, and late.

    Prices are those of `book`, or else as they are at this moment. DependencyDown when others write faster.
    """
    if len(works) > 1 and _try(works, book):
        return
    for work in works:
        if not any(_try([work], book) for _ in range(MAX_ROUNDS)):
            raise DependencyDown("readings come faster than hours can be derived")


def reprice(charger: Charger, session: Session, now: datetime) -> None:
    """Price the hours of a session again, and what is summed from them; what is priced right already stays."""
    settle([Work(charger=charger, span=_stretch_of(session, ceil_to(now, HOUR) + HOUR), plug_seqs=(session.plug_seq,))])


def _try(works: Sequence[Work], known: PriceBook | None) -> bool:
    found, book = _Found(works), known.begin() if known else PriceBook()
    passes = [_Pass(work, found, book) for work in works]
    entries = [made for one in passes if (made := one.entries()) is not None]
    days = {start: day for one in passes for start, day in one.price_days.items()}
    return not entries or ledgers.write(entries, days)


class _Found:
    """What is known of all chargers of one try, the ledgers first."""

    def __init__(self, works: Sequence[Work]) -> None:
        plug_ins = [(one.charger.charger_id, plug_seq) for one in works for plug_seq in _plug_seqs(one)]
        self.kept: Kept = ledgers.read((one.charger.charger_id for one in works), plug_ins)
        asked = [*(one.charger.site_id for one in works), *_site_ids(self.kept.sessions.values())]
        found = store.read([one.charger.charger_id for one in works], list(dict.fromkeys(asked)))
        self.overviews, self.sites = found.overviews, found.sites

    def more_sessions(self, charger_id: ChargerId, plug_seqs: Collection[int]) -> None:
        """Read these too."""
        kept = ledgers.read((), ((charger_id, plug_seq) for plug_seq in plug_seqs))
        self.kept.sessions.update(kept.sessions)
        missing = [one for one in _site_ids(kept.sessions.values()) if one not in self.sites]
        if missing:
            self.sites.update(store.read((), missing).sites)


def _plug_seqs(work: Work) -> set[int]:
    return {reading.plug_seq for reading in work.arrivals} | set(work.plug_seqs)


def _site_ids(sessions: Iterable[Session]) -> list[SiteId]:
    return [session.site_id for session in sessions if session.site_id is not None]


class _Pass:
    """One charger's part of a try."""

    def __init__(self, work: Work, found: _Found, book: PriceBook) -> None:
        self.work, self.found, self.book = work, found, book
        self.charger, self.charger_id = work.charger, work.charger.charger_id
        self.ledger: Ledger = found.kept.ledgers[self.charger_id]
        self.overview = found.overviews.get(self.charger_id, ChargerOverview(charger_id=self.charger_id))
        home = found.sites.get(self.charger.site_id)
        if home is None:
            raise NotFound
        self.home: Site = home
        self.asked = _plug_seqs(work)
        self.price_days: dict[datetime, str] = {}

    def entries(self) -> Entries | None:
        """What is to be written; None if nothing has come that was not known."""
        known = self._known()
        new, contradictions = fresh(known, self.work.arrivals)
        self._count(contradictions, "reading_contradicts_another", "ReadingContradicted")
        if not new and self.work.span is None:
            return None
        before = sift(known)[0]
        after = sift_more(known, before, new)
        self._count([one for one in new if one not in after], "reading_quarantined", "ReadingQuarantined")
        window = changed_window(before, after)
        derived = hours_of_usable(after, window) if window else {}
        return self._entries([*known, *new], new, derived, window)

    def _known(self) -> list[Reading]:
        """The readings that are stored and matter."""
        arrivals = sorted(self.work.arrivals)
        if not arrivals or self.ledger.covers(arrivals):
            return list(self.ledger.tail)
        return readings.around(self.charger_id, arrivals[0], arrivals[-1])

    def _entries(
        self, known: list[Reading], new: list[Reading], derived: dict[datetime, EnergyHour], window: Stretch | None
    ) -> Entries:
        tz, currency = self.home.tz, self.home.currency
        spans = [*(one for one in (window, self.work.span) if one), *(hour_of(one.at) for one in new)]
        touched = hull(spans)
        name, days = days_to_sum(self.ledger, touched, tz, may_begin=bool(new))
        shown = hull([touched, *self._session_stretches(self.asked), *(day_stretch(day, tz) for day in days)])
        stored = {hour.start: hour for hour in hours.list_in(self.charger_id, shown)}
        changed = self._price(stored, derived, window)
        merged = stored | changed
        in_order = [merged[start] for start in sorted(merged)]
        sessions = self._sessions(in_order, changed, stored, shown)
        totals = sum_days(self.ledger, name, days, in_order, tz, currency)
        ledger = msgspec.structs.replace(
            self.ledger.with_readings(known) if new else self.ledger, month=name, days=totals
        )
        is_same = totals == self.ledger.days and name == self.ledger.month
        month = self.overview.month if is_same and self.overview.month else month_energy(name, totals, currency)
        return Entries(
            version=self.ledger.version,
            ledger=ledger,
            readings=tuple(new),
            hours=tuple(changed[start] for start in sorted(changed)),
            sessions=tuple(sessions),
            session=self._shown_session([energy for energy, _ in sessions]),
            month=month if month != self.overview.month else None,
            history_months=self.home.history_months,
        )

    def _price(
        self, stored: dict[datetime, PricedHour], derived: dict[datetime, EnergyHour], window: Stretch | None
    ) -> dict[datetime, PricedHour]:
        """The hours that are to be written: those whose energy, price or user is not what is stored."""
        is_asked = self.work.span is not None
        wanted = {start: hour.hour for start, hour in stored.items() if is_asked and self._is_asked(hour)}
        if window is not None:
            wanted |= {start: EnergyHour(start=start) for start in stored if start in window} | derived
        were = (stored[start].hour for start in wanted if start in stored)
        others = {part.plug_seq for hour in (*wanted.values(), *were) for part in hour.parts} - self.asked
        if others:
            self.found.more_sessions(self.charger_id, others)
        if len(wanted) > 1:
            whole = Stretch(min(wanted), max(wanted) + HOUR)
            for site in {site.site_id: site for site in map(self._site, self.asked | others)}.values():
                self.book.prepare(site, whole)
        priced = {start: self._price_hour(hour, stored.get(start)) for start, hour in wanted.items()}
        return {start: hour for start, hour in priced.items() if hour != stored.get(start)}

    def _is_asked(self, hour: PricedHour) -> bool:
        """Whether a stored hour is to be looked at again although no reading changes it."""
        return any(self._is_part_asked(hour.start, part) for part in hour.hour.parts)

    def _is_part_asked(self, start: datetime, part: HourPart) -> bool:
        work = self.work
        is_inside = work.span is not None and start in work.span
        return is_inside and (not work.plug_seqs or part.plug_seq in work.plug_seqs)

    def _price_hour(self, hour: EnergyHour, stored: PricedHour | None) -> PricedHour:
        parts = tuple(self._with_user(part) for part in hour.parts)
        costs = tuple(self._price_part(hour.start, part, stored) for part in parts)
        filed = [price_day(self._site(part.plug_seq), hour.start) for part in parts]
        for day in filter(None, filed):
            self.price_days[hour.start] = day
        return PricedHour(hour=EnergyHour(start=hour.start, parts=parts), part_costs=costs)

    def _price_part(self, start: datetime, part: HourPart, stored: PricedHour | None) -> PartCost:
        """What is priced stays priced, until somebody asks."""
        if stored is not None and not self._is_part_asked(start, part):
            for known, cost in zip(stored.hour.parts, stored.part_costs, strict=True):
                if known == part and not cost.energy.is_pending:
                    return cost
        site = self._site(part.plug_seq)
        return price_part(start, part, self.book.hour(site, start), site.currency)

    def _with_user(self, part: HourPart) -> HourPart:
        session = self._session(part.plug_seq)
        user = None if session is None else session.user
        return part if user == part.user else msgspec.structs.replace(part, user=user)

    def _sessions(
        self,
        in_order: list[PricedHour],
        changed: dict[datetime, PricedHour],
        stored: dict[datetime, PricedHour],
        shown: Stretch,
    ) -> list[tuple[SessionEnergy, Cost | None]]:
        """The sessions of which something has changed, as they are now."""
        touched = {part.plug_seq for hour in changed.values() for part in hour.hour.parts} | self.asked
        touched |= {part.plug_seq for start in changed if start in stored for part in stored[start].hour.parts}
        found: list[tuple[SessionEnergy, Cost | None]] = []
        for plug_seq in sorted(touched):
            session = self._session(plug_seq)
            if session is None:
                continue
            stretch = _stretch_of(session)
            hours_known = in_order
            if stretch.start < shown.start or stretch.end > shown.end:
                beyond = {one.start: one for one in hours.list_in(self.charger_id, stretch)} | changed
                hours_known = [beyond[start] for start in sorted(beyond)]
            energy = session_energy(hours_known, plug_seq, self._site(plug_seq).currency)
            at_once = self._at_once(session, energy.energy_wh)
            if (energy, at_once) != (session.energy, session.cost_at_once):
                found.append((energy, at_once))
        return found

    def _shown_session(self, changed: list[SessionEnergy]) -> SessionEnergy | None:
        """The latest session, if it is not older than the one that the home screen knows."""
        latest = changed[-1] if changed else None
        known = self.overview.session
        return latest if latest and (known is None or latest.plug_seq >= known.plug_seq) else None

    def _at_once(self, session: Session, energy_wh: int) -> Cost:
        """What a session would have cost, charged from plug-in at the highest current the fuses allow."""
        site = self._site(session.plug_seq)
        if energy_wh <= 0:
            return total_cost((), site.currency)
        limit_a = max(deliverable_a(self.charger.circuit_fuse_a, site.main_fuse_a), MIN_CURRENT_A)
        power = power_w(limit_a, self.charger.phases, site.grid_type, VOLTAGE_V)
        took = min(timedelta(hours=energy_wh / power), _LONGEST_AT_ONCE)
        slots = self.book.energy(site, Stretch(session.started_at, session.started_at + took))
        return cost_at_once(energy_wh, power, session.started_at, slots, site.currency)

    def _session(self, plug_seq: int) -> Session | None:
        return self.found.kept.sessions.get((self.charger_id, plug_seq))

    def _site(self, plug_seq: int) -> Site:
        """Where the session was paid for, also when the charger has moved since; where it stands, if that is gone."""
        session = self._session(plug_seq)
        site = self.found.sites.get(session.site_id) if session and session.site_id else None
        return site or self.home

    def _session_stretches(self, plug_seqs: Iterable[int]) -> list[Stretch]:
        sessions = (self._session(plug_seq) for plug_seq in plug_seqs)
        return [_stretch_of(session) for session in sessions if session is not None]

    def _count(self, found: Iterable[Reading], event: str, metric: str) -> None:
        for reading in found:
            log.warning(event, charger_id=self.charger_id, epoch=reading.epoch, seq=reading.seq)
            count(metric)


def _stretch_of(session: Session, until: datetime | None = None) -> Stretch:
    """From the hour in which a session began to the one in which it ended, or as long as one can last."""
    end = session.ended_at or until or session.started_at + _LONGEST_SESSION
    start = floor_to(session.started_at, HOUR)
    return Stretch(start, max(ceil_to(end, HOUR), start + HOUR))
