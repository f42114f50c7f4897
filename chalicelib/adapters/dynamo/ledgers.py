"""Table ledgers: what each charger's history has been derived from; and the transaction that writes both."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Final

import msgspec
from pynamodb.attributes import BooleanAttribute, NumberAttribute, UnicodeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.condition import Condition
from pynamodb.expressions.update import Action
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamo import batches, charger_states, hours, readings, sessions
from chalicelib.adapters.dynamo.charger_states import ChargerStateRow
from chalicelib.adapters.dynamo.sessions import SessionRow
from chalicelib.adapters.dynamo.table import Table, connection
from chalicelib.domain.energy import Reading
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.ledgers import DayTotal, Entries, Ledger
from chalicelib.domain.sessions import Session

MOST: Final = 100
"""What one transaction holds."""
_TailReading = tuple[int, int, datetime, int, int, bool]
_Write = tuple[Table, list[Action] | None, Condition | None]
"""A row that is put, or the changes to it; it is deleted where these are none."""


class LedgerRow(Table):
    """One charger; `tail` and `days` are JSON."""

    class Meta:
        """Told by the settings."""

    logical_name = "ledgers"
    charger_id = UnicodeAttribute(hash_key=True)
    version = NumberAttribute()
    tail = UnicodeAttribute(default="[]")
    is_whole = BooleanAttribute(default=True)
    month = UnicodeAttribute(default="")
    days = UnicodeAttribute(default="[]")


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """Ledgers by charger, empty ones too, and those of the sessions asked for that have begun."""

    ledgers: dict[ChargerId, Ledger]
    sessions: dict[tuple[ChargerId, int], Session]


def read(charger_ids: Iterable[ChargerId], plug_ins: Iterable[tuple[ChargerId, int]]) -> Kept:
    """These ledgers and sessions as they are at this moment, one call for up to 100 of them."""
    ids = tuple(dict.fromkeys(charger_ids))
    wanted: list[batches.Wanted] = [(LedgerRow, {"charger_id": one}) for one in ids]
    wanted += [(SessionRow, {"charger_id": one, "plug_seq": plug_seq}) for one, plug_seq in dict.fromkeys(plug_ins)]
    ledgers = {one: Ledger(charger_id=one) for one in ids}
    found: dict[tuple[ChargerId, int], Session] = {}
    for row in batches.read(wanted):
        if isinstance(row, LedgerRow):
            ledgers[ChargerId(row.charger_id)] = _to_domain(row)
        elif isinstance(row, SessionRow) and (session := sessions.to_domain(row)) is not None:
            found[session.charger_id, session.plug_seq] = session
    return Kept(ledgers=ledgers, sessions=found)


def write(entries: Sequence[Entries], price_days: Mapping[datetime, str]) -> bool:
    """Write everything, or nothing and False when one of the ledgers, or anything written here, is not as it was read.

    What does not fit into one transaction goes hours first and readings last, with a version for each: whoever stops in
    between has taken in no reading, and the next one derives the hours again.
    """
    writes = [list(_writes(one, price_days)) for one in entries]
    if sum(map(len, writes)) + len(entries) <= MOST:
        steps = [_step(one.ledger.charger_id, one.version, one.ledger) for one in entries]
        return _transact([*steps, *(write for one in writes for write in one)])
    return all(_write_long(one, parts) for one, parts in zip(entries, writes, strict=True))


def _write_long(entries: Entries, writes: list[_Write]) -> bool:
    version, size = entries.version, MOST - 1
    while len(writes) > size:
        if not _transact([_step(entries.ledger.charger_id, version, None), *writes[:size]]):
            return False
        version, writes = version + 1, writes[size:]
    return _transact([_step(entries.ledger.charger_id, version, entries.ledger), *writes])


def _step(charger_id: ChargerId, version: int, ledger: Ledger | None) -> _Write:
    """The ledger counts on from `version`, if that is its present one, and says what it is given."""
    row = LedgerRow
    actions: list[Action] = [row.version.set(version + 1)]
    if ledger is not None:
        actions += [
            row.tail.set(msgspec.json.encode([_tail(one) for one in ledger.tail]).decode()),
            row.is_whole.set(ledger.is_whole),
            row.month.set(ledger.month),
            row.days.set(msgspec.json.encode(ledger.days).decode()),
        ]
    is_known: Condition = row.version == version if version else row.version.does_not_exist()
    return LedgerRow(charger_id), actions, is_known


def _writes(entries: Entries, price_days: Mapping[datetime, str]) -> Iterator[_Write]:
    """Everything but the ledger, hours first and readings last."""
    charger_id = entries.ledger.charger_id
    for hour in entries.hours:
        days = [price_days[hour.start]] if hour.start in price_days else []
        actions = None if hour.hour.parts else list[Action]()
        yield hours.to_row(charger_id, hour, days, entries.history_months), actions, None
    for energy, at_once in entries.sessions:
        yield SessionRow(charger_id, energy.plug_seq), sessions.taken(energy, at_once), None
    latest = entries.ledger.tail[-1] if entries.ledger.tail else None
    derived = charger_states.derived(entries.session, entries.month, latest if entries.readings else None)
    if derived:
        yield ChargerStateRow(charger_id), derived, None
    for reading in entries.readings:
        yield readings.to_row(charger_id, reading), None, readings.may_be_put()


def _transact(writes: Sequence[_Write]) -> bool:
    try:
        with TransactWrite(connection=connection()) as transaction:
            for row, actions, condition in writes:
                if actions is None:
                    transaction.save(row, condition=condition)
                elif actions:
                    transaction.update(row, actions=actions, condition=condition)
                else:
                    transaction.delete(row, condition=condition)
    except TransactWriteError as error:
        reasons = {reason.code for reason in error.cancellation_reasons if reason}
        if reasons & {"ConditionalCheckFailed", "TransactionConflict"}:
            return False
        raise DependencyDown("the store does not answer", retry_after_s=1) from error
    return True


def _tail(reading: Reading) -> _TailReading:
    return (
        reading.epoch,
        reading.seq,
        reading.at,
        reading.register_wh,
        reading.plug_seq,
        reading.starts_flow,
    )


def _to_domain(row: LedgerRow) -> Ledger:
    tail = msgspec.json.decode(row.tail, type=tuple[_TailReading, ...])
    return Ledger(
        charger_id=ChargerId(row.charger_id),
        version=int(row.version),
        tail=tuple(
            Reading(epoch=epoch, seq=seq, at=at, register_wh=wh, plug_seq=plug_seq, starts_flow=starts)
            for epoch, seq, at, wh, plug_seq, starts in tail
        ),
        is_whole=row.is_whole,
        month=row.month,
        days=msgspec.json.decode(row.days, type=tuple[DayTotal, ...]),
    )
