"""Everything that is stored about a person, for that person to keep."""

from datetime import datetime
from typing import Final

import msgspec

from chalicelib.adapters import code_seal, page_seal
from chalicelib.adapters.dynamo import personal_data
from chalicelib.adapters.dynamo.personal_data import Item, Place
from chalicelib.domain.accounts import Account

ITEMS_A_READ: Final = 200
BYTES_A_PAGE: Final = 2_000_000
"""A page may exceed it by one read; an answer may have 6 MB."""
_PURPOSE: Final = "export"


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """Items by table as they are stored, and the token of the next page, None on the last."""

    tables: dict[str, list[Item]]
    next: str | None


def export(account: Account, token: str | None, real_now: datetime) -> Page:
    """One page of everything; InvalidInput for a token that does not belong to this person's export."""
    begin = page_seal.unseal(token, Place, account.account_id, _PURPOSE, real_now) if token else None
    tables: dict[str, list[Item]] = {}
    size = 0
    waiting = _from(list(personal_data.places(account.account_id, code_seal.number_key(account.phone))), begin)
    while waiting and size < BYTES_A_PAGE:
        items, on = personal_data.read(waiting[0], ITEMS_A_READ)
        if items:
            tables.setdefault(waiting[0].table, []).extend(items)
            size += len(msgspec.json.encode(items))
        waiting = [on, *waiting[1:]] if on else waiting[1:]
    after = page_seal.seal(waiting[0], account.account_id, _PURPOSE, real_now) if waiting else None
    return Page(tables=tables, next=after)


def _from(places: list[Place], begin: Place | None) -> list[Place]:
    """The places from `begin` on; those of a charger that went away in the meantime are simply not there any more."""
    if begin is None:
        return places
    order = [one.name for one in personal_data.HOLDINGS]
    where = (order.index(begin.table), begin.partition)
    later = [place for place in places if (order.index(place.table), place.partition) > where]
    return (
        [begin, *later]
        if any((one.table, one.partition) == (begin.table, begin.partition) for one in places)
        else later
    )
