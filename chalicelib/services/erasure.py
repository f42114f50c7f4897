"""The beginning and the end of an erasure: access is cut in one transaction, the proof is what remains.

What lies between is chalicelib/services/erasure_steps.py, driven by a queue and, should that fail, by a schedule.
"""

import secrets
from datetime import datetime
from typing import Final

import msgspec

from chalicelib.adapters import code_seal, erasure_queue
from chalicelib.adapters.dynamo import accounts, chargers, erasures, factory
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import Charger
from chalicelib.domain.erasures import OVERDUE_AFTER, CutCharger, Erasure, ErasureKind, Proof
from chalicelib.domain.errors import Conflict, DependencyDown, NotFound
from chalicelib.domain.ids import AccountId, ChargerId, ErasureId, Serial
from chalicelib.observability import count, log
from chalicelib.services.access import require_at

MAX_ROUNDS: Final = 5


class NotOwned(Conflict):
    """Nobody owns the charger, so there is nothing to release."""

    code = "charger_not_owned"


def delete_account(account: Account, now: datetime, real_now: datetime) -> ErasureId:
    """Cut all access of and by the account, and begin to erase it; the erasure's id. A repeat answers the same."""
    if account.erasure_id is not None:
        _wake(account.erasure_id)
        return account.erasure_id
    begun = _new(ErasureKind.ACCOUNT, now, real_now)
    begun = msgspec.structs.replace(
        begun, account_id=account.account_id, number_key=code_seal.number_key(account.phone), counts={"accounts": 1}
    )
    for _ in range(MAX_ROUNDS):
        owned = owned_by(account.account_id)[: erasures.CHARGERS_A_CUT]
        if erasures.cut(begun, [to_cut(charger) for charger in owned]):
            return _begun(begun)
        present = accounts.find(account.account_id)
        if present is None:
            raise NotFound
        if present.erasure_id is not None:
            _wake(present.erasure_id)
            return present.erasure_id
    raise DependencyDown("the chargers of this account change faster than they can be released")


def remove_charger(account: Account, charger_id: ChargerId, now: datetime, real_now: datetime) -> None:
    """Give the charger back to nobody, and begin to erase what it did; NotFound when it is gone already."""
    charger = chargers.get(charger_id)
    require_at(charger, account.account_id, Action.REMOVE_CHARGER, now)
    _cut_one(charger_id, now, real_now)


def release(serial: Serial, now: datetime, real_now: datetime) -> ErasureId:
    """Support releases a charger whose owner left it behind; the erasure's id.

    UnitUnknown for a serial that was never made, NotOwned when nobody has it.
    """
    unit = factory.get(serial)
    if unit.charger_id is None:
        raise NotOwned("nobody owns this charger")
    return _cut_one(unit.charger_id, now, real_now)


def restart_overdue(real_now: datetime) -> int:
    """Ask for every erasure that has gone on for too long; how many those are."""
    overdue = erasures.list_unfinished(real_now - OVERDUE_AFTER)
    for erasure_id in overdue:
        erasure_queue.ask(erasure_id)
    if overdue:
        count("ErasureOverdue")
    return len(overdue)


def read_proof(erasure_id: ErasureId) -> Proof:
    """What proves that an erasure came to its end; ErasureUnknown before."""
    return erasures.get_proof(erasure_id)


def owned_by(account_id: AccountId) -> list[Charger]:
    """The chargers that the account owns at this moment, each read consistently."""
    found = []
    for listed in chargers.list_by_owner(account_id):
        try:
            found.append(chargers.get(listed.charger_id))
        except NotFound:
            continue
    return found


def to_cut(charger: Charger) -> CutCharger:
    """What must be remembered of a charger that goes."""
    return CutCharger(
        charger_id=charger.charger_id,
        serial=charger.serial,
        claim_epoch=charger.claim_epoch,
        access_epoch=charger.access_epoch,
        site_id=charger.site_id,
    )


def _cut_one(charger_id: ChargerId, now: datetime, real_now: datetime) -> ErasureId:
    begun = _new(ErasureKind.CHARGER, now, real_now)
    for _ in range(MAX_ROUNDS):
        if erasures.cut(begun, [to_cut(chargers.get(charger_id))]):
            return _begun(begun)
    raise DependencyDown("the charger changes faster than it can be released")


def _new(kind: ErasureKind, now: datetime, real_now: datetime) -> Erasure:
    erasure_id = ErasureId(f"erasure_{secrets.token_hex(16)}")
    return Erasure(erasure_id=erasure_id, kind=kind, began_at=real_now, cut_at=now)


def _begun(erasure: Erasure) -> ErasureId:
    log.info("erasure_begun", kind=erasure.kind.value)
    _wake(erasure.erasure_id)
    return erasure.erasure_id


def _wake(erasure_id: ErasureId) -> None:
    """The cut stands: if the queue does not answer now, the schedule asks again."""
    try:
        erasure_queue.ask(erasure_id)
    except DependencyDown:
        log.warning("erasure_waits_for_schedule", erasure_id=erasure_id)
