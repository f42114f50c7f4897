"""What an erasure does once access is cut. Each step may be stopped anywhere and repeated by anybody at any time.

A pass goes through everything and takes away what it finds. Functions that had begun before the cut may still write, so
the pass that counts is one that begins after all of them have ended and finds nothing.
"""

import functools
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Final

import msgspec

from chalicelib.adapters import charging_shadow, cognito, config_shadow, queues
from chalicelib.adapters.dynamo import accounts, erasures, factory, personal_data, personal_rows, sites
from chalicelib.adapters.dynamo.personal_data import HOLDINGS, By, Goes, Holding
from chalicelib.adapters.queues import Dropped
from chalicelib.domain.erasures import CutCharger, Erasure, Proof, proof_of
from chalicelib.domain.ids import ErasureId
from chalicelib.observability import count, log
from chalicelib.services import guests, meters, phones
from chalicelib.services.erasure import owned_by, to_cut
from chalicelib.settings import settings

ROWS_A_RUN: Final = 2000
"""What one invocation erases at most; then the queue brings the next."""
DEAD_LETTERS_A_QUEUE: Final = 500
CHARGERS_A_RUN: Final = 20
AT_ONCE: Final = 0


def go_on(erasure_id: ErasureId, real_now: datetime) -> int | None:
    """One run; the seconds after which the next is due, None when the erasure has come to its end."""
    erasure = erasures.find(erasure_id)
    if erasure is None or isinstance(erasure, Proof):
        return None
    if _cut_what_came_between(erasure):
        return AT_ONCE
    counted = _count(erasure)
    return AT_ONCE if counted is None else _pass(counted, real_now)


def _pass(erasure: Erasure, real_now: datetime) -> int | None:
    """Take away what is found everywhere; the end, if nothing is and nothing can come any more."""
    _free_shadows(erasure.chargers)
    _silence_readers(erasure)
    letters = _drop_dead_letters(erasure)
    found = _forget_grants(erasure) + _forget_phones(erasure) + _erase_rows(erasure)
    found += sum(dropped.count for dropped in letters)
    _delete_user(erasure)
    if found < ROWS_A_RUN and not erasure.is_settled(real_now):
        return erasure.settles_in_s(real_now)
    if not all(dropped.saw_all for dropped in letters):
        return queues.HIDDEN_S
    return AT_ONCE if found else _end(erasure, real_now)


def _count(erasure: Erasure) -> Erasure | None:
    """The erasure with the rows of every store counted, once; None when somebody else has gone on meanwhile."""
    counts = dict(erasure.counts)
    for holding in _by_row():
        if holding.name not in counts:
            found = (personal_rows.count(holding, key, erasure) for key in _keys(holding, erasure))
            counts[holding.name] = sum(found)
    counts |= {"chargers": len(erasure.chargers), "factory": len(erasure.chargers)}
    if counts == erasure.counts:
        return erasure
    counted = msgspec.structs.replace(erasure, counts=counts, version=erasure.version + 1)
    return counted if erasures.change(erasure, counted) else None


def _cut_what_came_between(erasure: Erasure) -> bool:
    """Take away the chargers that the cut has missed: one that was just being claimed, or more than one cut can hold.

    Whether there were any.
    """
    left = owned_by(erasure.account_id)[:CHARGERS_A_RUN] if erasure.account_id is not None else []
    known: Erasure | None = erasure
    for charger in left:
        known = erasures.cut_more(known, to_cut(charger)) if known is not None else None
    return bool(left)


def _free_shadows(chargers: Sequence[CutCharger]) -> None:
    """The charger learns that nobody owns it, unless somebody does by now: then theirs is what it was told."""
    for charger in chargers:
        is_free = functools.partial(_is_nobodys, charger)
        config_shadow.release(charger.serial, charger.access_epoch + 1, is_free)
        charging_shadow.release(charger.serial, is_free)


def _is_nobodys(charger: CutCharger) -> bool:
    unit = factory.get(charger.serial)
    return unit.charger_id is None and unit.claim_epoch == charger.claim_epoch + 1


def _erase_rows(erasure: Erasure) -> int:
    found = 0
    for holding in _by_row():
        for key in _keys(holding, erasure):
            while found < ROWS_A_RUN:
                gone = personal_rows.erase(holding, key, erasure, ROWS_A_RUN - found)
                if gone == 0:
                    break
                found += gone
    return found


def _forget_grants(erasure: Erasure) -> int:
    """Guests of these chargers forget where they were; what the person was let into knows them no more."""
    for charger in erasure.chargers:
        guests.forget_charger(charger.charger_id)
    if erasure.account_id is None or erasure.number_key is None:
        return 0
    return guests.forget_guest(erasure.account_id, erasure.number_key, erasure.began_at, erasure.cut_at)


def _silence_readers(erasure: Erasure) -> None:
    """The person's meter readers can connect no more; their rows go with the others."""
    if erasure.account_id is not None:
        meters.silence_all(erasure.account_id)


def _forget_phones(erasure: Erasure) -> int:
    """The push service forgets the person's phones as well; once the rows are gone nobody knows of them there."""
    return 0 if erasure.account_id is None else phones.forget_all(erasure.account_id)


def _drop_dead_letters(erasure: Erasure) -> list[Dropped]:
    """Messages that could not be worked on, about these chargers or to this number."""
    marks: list[str] = [mark for charger in erasure.chargers for mark in (charger.charger_id, charger.serial)]
    account = accounts.find(erasure.account_id) if erasure.account_id else None
    marks += [account.phone, account.account_id] if account else []
    if erasure.account_id is not None:
        marks += [charger.site_id for charger in erasure.chargers if charger.site_id]
        marks += [site.site_id for site in sites.list_by_owner(erasure.account_id)]
    urls = settings().dead_letter_queue_urls.split()
    return [queues.drop(url, marks, DEAD_LETTERS_A_QUEUE) for url in urls] if marks else []


def _delete_user(erasure: Erasure) -> None:
    account = accounts.find(erasure.account_id) if erasure.account_id else None
    if account is not None:
        cognito.delete_user(account.phone, account.account_id)


def _end(erasure: Erasure, real_now: datetime) -> int | None:
    if erasure.account_id is not None:
        accounts.delete(erasure.account_id, erasure.erasure_id)
    if not erasures.finish(erasure, proof_of(erasure, real_now)):
        return AT_ONCE
    log.info("erasure_finished", kind=erasure.kind.value, rows=sum(erasure.counts.values()))
    count("ErasureFinished")
    return None


def _by_row() -> Iterator[Holding]:
    return (one for one in HOLDINGS if one.goes is Goes.BY_ROW and one.by is not By.NOBODY)


def _keys(holding: Holding, erasure: Erasure) -> list[str]:
    account = [erasure.account_id] if erasure.account_id else []
    keys: dict[By, Sequence[str]] = {
        By.ACCOUNT: account,
        By.GUEST: account,
        By.NUMBER: [erasure.number_key] if erasure.number_key else [],
        By.CHARGER: [charger.charger_id for charger in erasure.chargers],
        By.SERIAL: [charger.serial for charger in erasure.chargers],
    }
    return [place.partition for place in personal_data.places_of(holding, keys)]
