"""Table meters: an owner's meter readers, what is remembered of each site's load, and what the house usually takes.

One partition for each owner. A reader's row is in the sparse indexes by which its token or its thing finds it; the row
of a site's load is in the one by which the watchdog finds who is silent; its key changes every two to ten minutes.
"""

import functools
import zlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import msgspec
from pynamodb.attributes import BinaryAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import PutError, UpdateError
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection

from chalicelib.adapters.dynamo import batches, known_chargers
from chalicelib.adapters.dynamo.known_chargers import Known
from chalicelib.adapters.dynamo.sites import SiteRow
from chalicelib.adapters.dynamo.sites import to_domain as site_of
from chalicelib.adapters.dynamo.table import Table, calling, condition_failed, updated
from chalicelib.domain.house_load import QUARTERS_PER_DAY, KnownMean, Loads, with_value
from chalicelib.domain.ids import AccountId, ChargerId, Serial, SiteId
from chalicelib.domain.meter_readers import LOST, MeterReader, SiteLoad, may_charge, silent_after
from chalicelib.domain.sites import Site

_EPOCH: Final = "epoch"
WATCH_PARTS: Final = 16
"""The watchdog's index is cut by site: one key takes 1000 writes a second, which is 300 000 readers."""
_STEP_S, _STEP_AT_REST_S = 300, 1800
"""By these steps a row's place in that index changes, each of which costs two writes."""


class _ByToken(GlobalSecondaryIndex["MeterRow"]):  # type: ignore[no-untyped-call]
    """Whose token it is."""

    class Meta:
        """The keys lead to the row."""

        index_name = "by_token"
        projection = KeysOnlyProjection()

    token_key = UnicodeAttribute(hash_key=True)


class _ByThing(GlobalSecondaryIndex["MeterRow"]):  # type: ignore[no-untyped-call]
    """Whose reader speaks."""

    class Meta:
        """The keys lead to the row."""

        index_name = "by_thing"
        projection = KeysOnlyProjection()

    thing = UnicodeAttribute(hash_key=True)


class _ByCheck(GlobalSecondaryIndex["MeterRow"]):  # type: ignore[no-untyped-call]
    """Whom the watchdog has to look at."""

    class Meta:
        """The keys lead to the row."""

        index_name = "by_check"
        projection = KeysOnlyProjection()

    watch = UnicodeAttribute(hash_key=True)
    check_at = UnicodeAttribute(range_key=True)


class MeterRow(Table):
    """One of four: `epoch`; `<site>#reader`; `<site>#load`; `<site>#usual#<weekday>`. `content` is JSON.

    A load is written with every sample: as `packed` it is under the 1 kB that DynamoDB counts as one unit.
    """

    class Meta:
        """Told by the settings."""

    logical_name = "meters"
    by_token = _ByToken()
    by_thing = _ByThing()
    by_check = _ByCheck()
    owner = UnicodeAttribute(hash_key=True)
    part = UnicodeAttribute(range_key=True)
    token_key = UnicodeAttribute(null=True)
    thing = UnicodeAttribute(null=True)
    watch = UnicodeAttribute(null=True)
    check_at = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    content = UnicodeAttribute(null=True)
    packed = BinaryAttribute(legacy_encoding=False, null=True)


class Place(msgspec.Struct, frozen=True):
    """Where a reader stands."""

    owner: AccountId
    site_id: SiteId


class Found(msgspec.Struct, frozen=True, kw_only=True):
    """A site, its reader and its load as they are at this moment; None for what is not there.

    `chargers` are those that were asked for and are there, wherever they stand.
    """

    site: Site | None
    reader: MeterReader | None
    load: SiteLoad | None
    chargers: tuple[Known, ...] = ()


def find_by_token(token_key: str) -> Place | None:
    """Whose reader has this token; one that was replaced a moment ago may still be found."""
    rows = calling(lambda: list(MeterRow.by_token.query(token_key, limit=1)))
    return _place(rows[0]) if rows else None


def find_by_thing(thing: Serial) -> Place | None:
    """Whose reader this thing is."""
    rows = calling(lambda: list(MeterRow.by_thing.query(thing, limit=1)))
    return _place(rows[0]) if rows else None


def read(place: Place, *, charger_ids: Iterable[ChargerId] = (), is_exact: bool = True) -> Found:
    """All that stands there and these chargers, one call.

    Unless `is_exact` at half the price, and perhaps of a second ago.
    """
    reader, load = {"owner": place.owner, "part": _reader(place.site_id)}, _load_key(place)
    wanted: list[batches.Wanted] = [(SiteRow, {"site_id": place.site_id}), (MeterRow, reader), (MeterRow, load)]
    rows = batches.read([*wanted, *known_chargers.wanted(charger_ids)], is_exact=is_exact)
    parts = {row.part: row for row in rows if isinstance(row, MeterRow)}
    site = next((site_of(row) for row in rows if isinstance(row, SiteRow)), None)
    known, kept = parts.get(reader["part"]), parts.get(load["part"])
    return Found(
        site=site,
        reader=None if known is None else msgspec.json.decode(known.content or "", type=MeterReader),
        load=None if kept is None else _to_load(kept),
        chargers=tuple(known_chargers.known(rows)),
    )


def put_reader(reader: MeterReader) -> None:
    """Write the reader of a site; the one before it is forgotten."""
    row = MeterRow(reader.owner, _reader(reader.site_id), token_key=reader.token_key, thing=reader.thing)
    row.content = _text(reader)
    calling(row.save)


def list_readers(owner: AccountId) -> list[MeterReader]:
    """Every reader of an owner."""
    rows = calling(lambda: list(MeterRow.query(owner, consistent_read=True)))
    return [
        msgspec.json.decode(row.content or "", type=MeterReader)
        for row in rows
        if row.part.endswith("#reader") and row.content
    ]


def delete_reader(place: Place) -> None:
    """Forget the reader; nothing if there is none."""
    calling(MeterRow(place.owner, _reader(place.site_id)).delete)


def delete_all(place: Place) -> None:
    """Forget the reader and all that it has told, for a site that is no more."""
    rows = calling(lambda: list(MeterRow.query(place.owner, MeterRow.part.startswith(f"{place.site_id}#"))))
    for row in rows:
        calling(row.delete)


def next_epoch(owner: AccountId) -> int:
    """A number higher than all before it of this owner: a new beginning of the sequence of limits.

    A charger moves among the sites of one owner only, and restarts when it is claimed by another.
    """
    row = MeterRow(owner, _EPOCH)
    calling(row.update, actions=[MeterRow.version.set((MeterRow.version | 0) + 1)])
    return int(row.version or 0)


def put_load(place: Place, load: SiteLoad) -> bool:
    """Write what is remembered after a sample; False, with nothing changed, unless it follows what is stored."""
    row = MeterRow(place.owner, _load_key(place)["part"], version=load.version, packed=_packed(load))
    row.watch, row.check_at = _watched(place), _stamp(_check_at(load))
    unchanged = MeterRow.version == load.version - 1 if load.version > 1 else MeterRow.part.does_not_exist()
    try:
        calling(row.save, condition=unchanged)
    except PutError as error:
        if condition_failed(error):
            return False
        raise
    return True


def note_silence(place: Place, load: SiteLoad) -> bool:
    """Write what the watchdog has found; False if a sample came in between.

    The row is looked at again when the silence has become worth telling, and after that no more.
    """
    row = MeterRow(place.owner, _load_key(place)["part"])
    actions = [MeterRow.version.set(load.version), MeterRow.packed.set(_packed(load))]
    if load.is_told or load.silent_since is None:
        actions += [MeterRow.watch.remove(), MeterRow.check_at.remove()]
    else:
        actions.append(MeterRow.check_at.set(_stamp(load.silent_since + LOST)))
    return updated(row, actions, MeterRow.version == load.version - 1)


def stop_watching(place: Place) -> None:
    """Look at the site no more; nothing when a sample has come since or nothing is known of it."""
    actions = [MeterRow.watch.remove(), MeterRow.check_at.remove()]
    try:
        row = MeterRow(place.owner, _load_key(place)["part"])
        calling(row.update, actions=actions, condition=MeterRow.part.exists())
    except UpdateError as error:
        if not condition_failed(error):
            raise


def list_due(now: datetime, limit: int) -> list[Place]:
    """Whom to look at, of each part of the index at most `limit`, those first that have been silent longest."""
    query, due = MeterRow.by_check.query, MeterRow.check_at <= _stamp(now)
    found: list[Place] = []
    for part in range(WATCH_PARTS):
        found += [_place(row) for row in calling(functools.partial(_listed, query, part, due, limit))]
    return found


def _listed(query: Any, part: int, due: Any, limit: int) -> list[MeterRow]:
    return list(query(f"watched#{part:02d}", due, limit=limit))


def usual_loads(place: Place) -> dict[int, Loads]:
    """What the house took, by quarter of the week (0 to 671)."""
    known = MeterRow.part.startswith(f"{place.site_id}#usual#")
    rows = calling(lambda: list(MeterRow.query(place.owner, known)))
    return {
        int(row.part[-1]) * QUARTERS_PER_DAY + quarter: values
        for row in rows
        for quarter, values in _Usual.of(row).quarters.items()
    }


def add_quarters(place: Place, means: Mapping[int, KnownMean]) -> None:
    """Keep means of quarters, by their numbers in the local week, all of one day; their repeat changes nothing."""
    [day] = {number // QUARTERS_PER_DAY for number in means}
    part = f"{place.site_id}#usual#{day}"
    known = _find(place, part)
    usual, version = (_Usual.of(known), int(known.version or 0)) if known else (_Usual(), 0)
    usual = usual.with_means({number % QUARTERS_PER_DAY: mean for number, mean in means.items()})
    row = MeterRow(place.owner, part, version=version + 1, content=_text(usual))
    unchanged = MeterRow.version == version if version else MeterRow.part.does_not_exist()
    try:
        calling(row.save, condition=unchanged)
    except PutError as error:  # an hour that is written at the same moment as another is lost: there are others
        if not condition_failed(error):
            raise


class _Usual(msgspec.Struct, frozen=True):
    """One weekday: the start of the last quarter that is in it, and values by quarter of the day."""

    latest: str = ""
    quarters: dict[int, Loads] = {}

    @classmethod
    def of(cls, row: MeterRow) -> "_Usual":
        return msgspec.json.decode(row.content, type=cls) if row.content else cls()

    def with_means(self, means: Mapping[int, KnownMean]) -> "_Usual":
        """With those that are later than all that is known."""
        quarters, latest = dict(self.quarters), self.latest
        for within, (quarter, mean_da) in means.items():
            if _stamp(quarter) > self.latest:
                quarters[within] = with_value(quarters.get(within, ()), mean_da)
                latest = max(latest, _stamp(quarter))
        return _Usual(latest=latest, quarters=quarters)


def _find(place: Place, part: str) -> MeterRow | None:
    try:
        return calling(MeterRow.get, place.owner, part, consistent_read=True)
    except MeterRow.DoesNotExist:
        return None


def _to_load(row: MeterRow) -> SiteLoad:
    return msgspec.json.decode(zlib.decompress(row.packed or b""), type=SiteLoad)


def _packed(load: SiteLoad) -> bytes:
    return zlib.compress(msgspec.json.encode(load))


def _place(row: MeterRow) -> Place:
    return Place(AccountId(row.owner), SiteId(row.part.split("#")[0]))


def _reader(site_id: SiteId) -> str:
    return f"{site_id}#reader"


def _load_key(place: Place) -> dict[str, str]:
    return {"owner": place.owner, "part": f"{place.site_id}#load"}


def _watched(place: Place) -> str:
    return f"watched#{zlib.crc32(place.site_id.encode()) % WATCH_PARTS:02d}"


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="seconds")


def _check_at(load: SiteLoad) -> datetime:
    """When the watchdog looks at it: when its reader would be silent, up to the next step."""
    step_s = _STEP_S if may_charge(load) else _STEP_AT_REST_S
    at = (load.heard_at or _long_ago()) + silent_after(load)
    return datetime.fromtimestamp(-int(-at.timestamp() // step_s) * step_s, UTC)


def _long_ago() -> datetime:
    return datetime.fromtimestamp(0, UTC) + timedelta(days=1)


def _text(value: msgspec.Struct) -> str:
    return msgspec.json.encode(value).decode()
