"""Table erasures: what is left to erase, and when all is done a proof that names nobody; and the cuts that begin it.

A cut is one transaction: from its end on nobody has access, and what is left to do is written down.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

import msgspec
from pynamodb.attributes import NumberAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.indexes import GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamo import factory
from chalicelib.adapters.dynamo.accounts import AccountRow
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.factory import UnitRow
from chalicelib.adapters.dynamo.table import Table, calling, connection, updated
from chalicelib.domain.claims import UnitState
from chalicelib.domain.erasures import CutCharger, Erasure, ErasureKind, ErasureUnknown, Proof
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import ErasureId

CHARGERS_A_CUT: Final = 40
"""A transaction may have 100 items: two for each charger, the account, the erasure."""
_OPEN: Final = "open"


class _Unfinished(GlobalSecondaryIndex["ErasureRow"]):  # type: ignore[no-untyped-call]
    """Erasures that go on, the oldest first."""

    class Meta:
        """The keys are enough."""

        index_name = "unfinished"
        projection = KeysOnlyProjection()

    progress = UnicodeAttribute(hash_key=True)
    began_at = UTCDateTimeAttribute(range_key=True)


class ErasureRow(Table):
    """One erasure: `work` (JSON) while it goes on, `counts` (JSON) and `digest` afterwards."""

    class Meta:
        """Told by the settings."""

    logical_name = "erasures"
    unfinished = _Unfinished()
    erasure_id = UnicodeAttribute(hash_key=True)
    kind = UnicodeAttribute()
    began_at = UTCDateTimeAttribute()
    progress = UnicodeAttribute(null=True)
    work = UnicodeAttribute(null=True)
    version = NumberAttribute(null=True)
    finished_at = UTCDateTimeAttribute(null=True)
    counts = UnicodeAttribute(null=True)
    digest = UnicodeAttribute(null=True)


def find(erasure_id: ErasureId) -> Erasure | Proof | None:
    """The erasure as it is at this moment, its proof once it is finished, None if there never was one."""
    try:
        row = calling(ErasureRow.get, erasure_id, consistent_read=True)
    except ErasureRow.DoesNotExist:
        return None
    work: str | None = row.work
    if work is not None:
        return msgspec.json.decode(work, type=Erasure)
    return Proof(
        erasure_id=ErasureId(row.erasure_id),
        kind=ErasureKind(row.kind),
        began_at=row.began_at,
        finished_at=row.finished_at,
        counts=msgspec.json.decode(row.counts or "{}", type=dict[str, int]),
        digest=row.digest or "",
    )


def get_proof(erasure_id: ErasureId) -> Proof:
    """The proof; ErasureUnknown when there is no such erasure, or none that is finished."""
    found = find(erasure_id)
    if not isinstance(found, Proof):
        raise ErasureUnknown
    return found


def list_unfinished(began_before: datetime) -> list[ErasureId]:
    """Erasures that go on since before `began_before`, the oldest first."""
    rows = calling(lambda: list(ErasureRow.unfinished.query(_OPEN, ErasureRow.began_at < began_before)))
    return [ErasureId(row.erasure_id) for row in rows]


def cut(erasure: Erasure, chargers: Sequence[CutCharger]) -> bool:
    """Begin `erasure`: in one transaction the account is closed, if it is about one, and `chargers` are taken away.

    False, with nothing changed, when the account is being erased already or a charger is not there any more. At most
    CHARGERS_A_CUT chargers.
    """
    begun = msgspec.structs.replace(erasure, chargers=tuple(chargers))
    return _cut(begun, chargers, is_new=True)


def cut_more(erasure: Erasure, charger: CutCharger) -> Erasure | None:
    """`erasure` with one more charger, taken away in one transaction; None when something has changed in between."""
    more = msgspec.structs.replace(erasure, chargers=(*erasure.chargers, charger), version=erasure.version + 1)
    return more if _cut(more, [charger], is_new=False) else None


def change(before: Erasure, after: Erasure) -> bool:
    """Write `after` in the place of `before`; False if that is not there any more: look again."""
    return _change(before, _work(after))


def finish(erasure: Erasure, proof: Proof) -> bool:
    """Write the proof in the place of all that was known; False if that is not there any more: look again."""
    actions: list[Action] = [
        ErasureRow.finished_at.set(proof.finished_at),
        ErasureRow.counts.set(msgspec.json.encode(proof.counts).decode()),
        ErasureRow.digest.set(proof.digest),
        ErasureRow.progress.remove(),
        ErasureRow.work.remove(),
        ErasureRow.version.remove(),
    ]
    return _change(erasure, actions)


def _cut(erasure: Erasure, chargers: Sequence[CutCharger], *, is_new: bool) -> bool:
    states = {one.serial: factory.get(one.serial).state for one in chargers}
    try:
        with TransactWrite(connection=connection()) as transaction:
            if is_new:
                transaction.save(_row(erasure), condition=ErasureRow.erasure_id.does_not_exist())
            else:
                unchanged = ErasureRow.version == erasure.version - 1
                transaction.update(ErasureRow(erasure.erasure_id), actions=_work(erasure), condition=unchanged)
            if is_new and erasure.account_id is not None:
                _close_account(transaction, erasure)
            for charger in chargers:
                _take_away(transaction, charger, states[charger.serial])
    except TransactWriteError as error:
        if {reason.code for reason in error.cancellation_reasons if reason} & {"ConditionalCheckFailed"}:
            return is_new and find(erasure.erasure_id) is not None  # ours, if only its answer was lost
        raise DependencyDown("the store is busy with this", retry_after_s=1) from error
    return True


def _close_account(transaction: TransactWrite, erasure: Erasure) -> None:
    is_open = AccountRow.account_id.exists() & AccountRow.erasure_id.does_not_exist()
    closed: list[Action] = [AccountRow.erasure_id.set(erasure.erasure_id)]
    transaction.update(AccountRow(erasure.account_id), actions=closed, condition=is_open)


def _take_away(transaction: TransactWrite, charger: CutCharger, state: UnitState) -> None:
    """The unit is nobody's, in a new epoch; one that is blocked stays blocked."""
    free = UnitState.BLOCKED if state is UnitState.BLOCKED else UnitState.UNCLAIMED
    actions: list[Action] = [
        UnitRow.state.set(free.value),
        UnitRow.claim_epoch.set(charger.claim_epoch + 1),
        UnitRow.access_epoch.set(charger.access_epoch + 1),
        UnitRow.owner.remove(),
        UnitRow.charger_id.remove(),
    ]
    is_same = (UnitRow.charger_id == charger.charger_id) & (UnitRow.state == state.value)
    transaction.update(UnitRow(charger.serial), actions=actions, condition=is_same)
    transaction.delete(ChargerRow(charger.charger_id), condition=ChargerRow.access_epoch == charger.access_epoch)


def _change(before: Erasure, actions: list[Action]) -> bool:
    row = ErasureRow(before.erasure_id)
    return updated(row, actions, ErasureRow.version == before.version)


def _row(erasure: Erasure) -> ErasureRow:
    return ErasureRow(
        erasure_id=erasure.erasure_id,
        kind=erasure.kind.value,
        began_at=erasure.began_at,
        progress=_OPEN,
        work=msgspec.json.encode(erasure).decode(),
        version=erasure.version,
    )


def _work(erasure: Erasure) -> list[Action]:
    return [
        ErasureRow.work.set(msgspec.json.encode(erasure).decode()),
        ErasureRow.version.set(erasure.version),
    ]
