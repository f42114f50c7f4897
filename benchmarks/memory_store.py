"""The tables of the energy part in memory, for measuring and testing our own code: what it calls, and how often.

It does what the adapters promise: reads are consistent, the transaction of a ledger is whole or not at all.
"""

from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, date, datetime, timedelta
from unittest.mock import patch

import msgspec

from chalicelib.adapters.dynamo import chargers, home, hours, ledgers, prices, readings, sessions, sites
from chalicelib.adapters.dynamo.home import Found
from chalicelib.adapters.dynamo.ledgers import Kept
from chalicelib.domain.accounts import GrantAt
from chalicelib.domain.calendar import HOUR, Stretch, ceil_to, floor_to
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.costs import PricedHour
from chalicelib.domain.energy import Reading
from chalicelib.domain.ids import AccountId, ChargerId, Serial, SiteId, Zone
from chalicelib.domain.ledgers import NEIGHBOURS, Entries, Ledger
from chalicelib.domain.prices import PriceDay
from chalicelib.domain.sessions import Session
from chalicelib.domain.sites import Country, Site
from chalicelib.services import price_book

CLAIMED_AT = datetime(2026, 1, 1, tzinfo=UTC)
NO5 = Zone("NO5")


class MemoryStore:
    """Chargers, each at a site of its own in NO5, and everything that readings make of them."""

    def __init__(self, serials: Iterable[str], price_days: Iterable[PriceDay] = ()) -> None:
        self.calls: Counter[str] = Counter()
        self.chargers = {Serial(serial): _charger(serial) for serial in serials}
        self.sites = {one.site_id: _site(one.site_id) for one in self.chargers.values()}
        self.prices = {(day.zone, day.day): day for day in price_days}
        self.readings: dict[ChargerId, dict[tuple[int, int], Reading]] = {}
        self.hours: dict[ChargerId, dict[datetime, PricedHour]] = {}
        self.ledgers: dict[ChargerId, Ledger] = {}
        self.overviews: dict[ChargerId, ChargerOverview] = {}
        self.sessions: dict[tuple[ChargerId, int], Session] = {}
        self.ends: dict[tuple[ChargerId, int], datetime] = {}
        self._session_keys: dict[ChargerId, set[tuple[ChargerId, int]]] = defaultdict(set)
        self._names: dict[ChargerId, list[tuple[int, int]]] = defaultdict(list)
        """Of the readings, in order."""

    @contextmanager
    def in_place(self) -> Iterator[None]:
        """Stand where the tables are, with no price remembered from elsewhere."""
        price_book.forget()
        with ExitStack() as stack:
            for module, name, stand_in in (
                (chargers, "find_by_serials", self.find_by_serials),
                (ledgers, "read", self.read_ledgers),
                (ledgers, "write", self.write),
                (home, "read", self.read_home),
                (hours, "list_in", self.list_hours),
                (readings, "around", self.around),
                (prices, "list_days", self.list_prices),
                (sites, "get", self.get_site),
                (sessions, "open_session", self.open_session),
                (sessions, "close_session", self.close_session),
                (sessions, "find", self.find_session),
            ):
                stack.enter_context(patch.object(module, name, stand_in))
            yield

    def history(self) -> bytes:
        """Everything that was derived, in a form that can be compared byte by byte."""
        return b"\n".join(self.history_of(charger_id) for charger_id in sorted(self.ledgers))

    def history_of(self, charger_id: ChargerId) -> bytes:
        """The same of one charger; versions are left out, because they only count the passes."""
        hours_by_start = self.hours.get(charger_id, {})
        return msgspec.json.encode(
            [
                charger_id,
                [hours_by_start[start] for start in sorted(hours_by_start)],
                sorted((self.sessions[key] for key in self._session_keys[charger_id]), key=lambda one: one.plug_seq),
                self.overviews.get(charger_id),
                msgspec.structs.replace(self.ledgers[charger_id], version=0),
            ]
        )

    def find_by_serials(self, serials: Iterable[Serial]) -> dict[Serial, Charger | None]:
        """Units, then chargers."""
        self.calls["BatchGetItem"] += 2
        return {serial: self.chargers[serial] for serial in serials if serial in self.chargers}

    def read_ledgers(self, charger_ids: Iterable[ChargerId], plug_ins: Iterable[tuple[ChargerId, int]]) -> Kept:
        """Ledgers and sessions."""
        self.calls["BatchGetItem"] += 1
        ids = tuple(charger_ids)
        known = {key: self.sessions[key] for key in plug_ins if key in self.sessions}
        return Kept(ledgers={one: self.ledgers.get(one, Ledger(charger_id=one)) for one in ids}, sessions=known)

    def read_home(
        self, charger_ids: Sequence[ChargerId], site_ids: Sequence[SiteId], _: Sequence[GrantAt] = ()
    ) -> Found:
        """States and sites."""
        self.calls["BatchGetItem"] += 1
        states = {one: self.overviews[one] for one in charger_ids if one in self.overviews}
        return Found(states, {one: self.sites[one] for one in site_ids if one in self.sites}, {}, ())

    def write(self, entries: Sequence[Entries], _: Mapping[datetime, str]) -> bool:
        """All or nothing."""
        self.calls["TransactWriteItems"] += 1
        for one in entries:
            ledger = self.ledgers.get(one.ledger.charger_id)
            if one.version != (ledger.version if ledger else 0):
                return False
        for one in entries:
            self._write(one)
        return True

    def list_hours(self, charger_id: ChargerId, window: Stretch) -> list[PricedHour]:
        """One query."""
        self.calls["Query"] += 1
        known = self.hours.get(charger_id, {})
        return [known[start] for start in sorted(start for start in known if window.start <= start < window.end)]

    def around(self, charger_id: ChargerId, first: Reading, last: Reading) -> list[Reading]:
        """Two queries: backward and forward."""
        self.calls["Query"] += 2
        known, names = self.readings.get(charger_id, {}), self._names[charger_id]
        begin, end = bisect_left(names, first.key), bisect_right(names, last.key)
        before = _near((known[names[place]] for place in range(begin - 1, -1, -1)), is_behind=False)
        behind = _near((known[names[place]] for place in range(end, len(names))), is_behind=True)
        return [*before[::-1], *(known[name] for name in names[begin:end]), *behind]

    def list_prices(self, zone: Zone, first: date, last: date) -> list[PriceDay]:
        """One query."""
        self.calls["Query"] += 1
        days = (first + timedelta(days=number) for number in range((last - first).days + 1))
        return [self.prices[zone, day] for day in days if (zone, day) in self.prices]

    def get_site(self, site_id: SiteId) -> Site:
        """One read."""
        self.calls["GetItem"] += 1
        return self.sites[site_id]

    def open_session(
        self, charger_id: ChargerId, plug_seq: int, started_at: datetime, _: Zone | None, site_id: SiteId, __: int
    ) -> None:
        """One update."""
        self.calls["UpdateItem"] += 1
        key = (charger_id, plug_seq)
        self._session_keys[charger_id].add(key)
        begun = self.sessions.get(key) or Session(
            charger_id=charger_id, plug_seq=plug_seq, started_at=started_at, site_id=site_id
        )
        self.sessions[key] = msgspec.structs.replace(begun, started_at=started_at, ended_at=self.ends.get(key))

    def close_session(self, charger_id: ChargerId, plug_seq: int, ended_at: datetime) -> None:
        """One update."""
        self.calls["UpdateItem"] += 1
        key = (charger_id, plug_seq)
        known, first = self.sessions.get(key), self.ends.setdefault(key, ended_at)
        if known is not None:
            self.sessions[key] = msgspec.structs.replace(known, ended_at=first)

    def find_session(self, charger_id: ChargerId, plug_seq: int) -> Session | None:
        """One read."""
        self.calls["GetItem"] += 1
        return self.sessions.get((charger_id, plug_seq))

    def _write(self, one: Entries) -> None:
        charger_id = one.ledger.charger_id
        self.ledgers[charger_id] = msgspec.structs.replace(one.ledger, version=one.version + 1)
        self.readings.setdefault(charger_id, {}).update({reading.key: reading for reading in one.readings})
        for reading in one.readings:
            insort(self._names[charger_id], reading.key)
        hours = self.hours.setdefault(charger_id, {})
        for hour in one.hours:
            hours[hour.start] = hour
            if not hour.hour.parts:
                del hours[hour.start]
        for energy, at_once in one.sessions:
            key = (charger_id, energy.plug_seq)
            self.sessions[key] = msgspec.structs.replace(self.sessions[key], energy=energy, cost_at_once=at_once)
        known = self.overviews.get(charger_id, ChargerOverview(charger_id=charger_id))
        self.overviews[charger_id] = msgspec.structs.replace(
            known, session=one.session or known.session, month=one.month or known.month
        )


def _charger(serial: str) -> Charger:
    return Charger(
        charger_id=ChargerId(f"charger_{serial}"),
        serial=Serial(serial),
        owner=AccountId("owner"),
        site_id=SiteId(f"site_{serial}"),
        name="Garasje",
        claim_epoch=1,
        created_at=CLAIMED_AT,
    )


def _site(site_id: SiteId) -> Site:
    return Site(
        site_id=site_id,
        owner=AccountId("owner"),
        name="Hjemme",
        country=Country.NO,
        zone=NO5,
        grid_type="TN",
        main_fuse_a=25,
        phases=3,
        contract=PriceContract(kind="spot"),
        created_at=CLAIMED_AT,
    )


def _near(ordered: Iterable[Reading], *, is_behind: bool) -> list[Reading]:
    """The nearest neighbours, to beyond the far hour of the first of them."""
    found: list[Reading] = []
    for one in ordered:
        found.append(one)
        edge = ceil_to(found[0].at, HOUR) if is_behind else floor_to(found[0].at, HOUR)
        if len(found) >= NEIGHBOURS and (one.at >= edge if is_behind else one.at < edge):
            break
    return found
