"""Table grants: whom the owner of a charger lets charge there; found by guest, by number and by end too.

Every change of what a grant allows raises the charger's `access_epoch` in the same transaction, from the value that the
decision was made with: so changes at one charger come one after another, and none is decided on what is no longer so.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from pynamodb.attributes import BooleanAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex, KeysOnlyProjection
from pynamodb.transactions import TransactWrite

from chalicelib.adapters import code_seal
from chalicelib.adapters.dynamo.accounts import AccountRow, hint_of
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.table import Table, calling, transact, updated
from chalicelib.domain.accounts import GrantAt
from chalicelib.domain.chargers import Charger
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import AccountId, ChargerId, GrantId

_DUE: Final = "due"
_LAPSED_SEEN: Final = timedelta(days=30)
"""How long an owner still sees that an invitation has lapsed."""
_REVOKED_KNOWN: Final = timedelta(days=1)
"""How long the revocation of an invitation that nobody accepted may be repeated."""


class _ByGuest(GlobalSecondaryIndex["GrantRow"]):  # type: ignore[no-untyped-call]
    """A person's grants, wherever they are."""

    class Meta:
        """Everything, because they may see everything that is stored about them."""

        index_name = "by_guest"
        projection = AllProjection()

    guest = UnicodeAttribute(hash_key=True)
    grant_id = UnicodeAttribute(range_key=True)


class _ByNumber(GlobalSecondaryIndex["GrantRow"]):  # type: ignore[no-untyped-call]
    """What a number was invited to."""

    class Meta:
        """Everything, so that one read is enough at a sign-in."""

        index_name = "by_number"
        projection = AllProjection()

    number_key = UnicodeAttribute(hash_key=True)
    grant_id = UnicodeAttribute(range_key=True)


class _ByEnd(GlobalSecondaryIndex["GrantRow"]):  # type: ignore[no-untyped-call]
    """Grants whose end nobody has acted on yet, in the order of their ends."""

    class Meta:
        """The keys are enough."""

        index_name = "by_end"
        projection = KeysOnlyProjection()

    due = UnicodeAttribute(hash_key=True)
    until = UTCDateTimeAttribute(range_key=True)


class GrantRow(Table):
    """One grant. `number_key` is a keyed hash of `phone`; both are gone once it is revoked."""

    class Meta:
        """Told by the settings."""

    logical_name = "grants"
    by_guest = _ByGuest()
    by_number = _ByNumber()
    by_end = _ByEnd()
    charger_id = UnicodeAttribute(hash_key=True)
    grant_id = UnicodeAttribute(range_key=True)
    name = UnicodeAttribute(null=True)
    phone = UnicodeAttribute(null=True)
    number_key = UnicodeAttribute(null=True)
    guest = UnicodeAttribute(null=True)
    since = UTCDateTimeAttribute()
    until = UTCDateTimeAttribute(null=True)
    due = UnicodeAttribute(null=True)
    time_zone = UnicodeAttribute()
    currency = UnicodeAttribute()
    invited_at = UTCDateTimeAttribute()
    revoked_at = UTCDateTimeAttribute(null=True)
    is_guest_deleted = BooleanAttribute(default=False)
    is_announced = BooleanAttribute(default=False)
    version = NumberAttribute()
    expires_at = TTLAttribute(null=True)


def list_at(charger_id: ChargerId) -> list[Grant]:
    """Every grant of a charger as it is at this moment, revoked ones too, the oldest first; one read."""
    rows = calling(lambda: list(GrantRow.query(charger_id, consistent_read=True)))
    return sorted(map(to_domain, rows), key=lambda grant: (grant.invited_at, grant.grant_id))


def list_of_number(number_key: str) -> list[Grant]:
    """What a number was invited to and still is; an invitation of a moment ago may be missing."""
    return [to_domain(row) for row in calling(lambda: list(GrantRow.by_number.query(number_key)))]


def list_of_guest(guest: AccountId) -> list[Grant]:
    """A person's grants, revoked ones too; one that was accepted a moment ago may be missing."""
    return [to_domain(row) for row in calling(lambda: list(GrantRow.by_guest.query(guest)))]


def list_due(now: datetime) -> list[GrantAt]:
    """Where grants are whose end has come and was not acted on yet."""
    query: Callable[[], Any] = lambda: list(GrantRow.by_end.query(_DUE, GrantRow.until <= now))  # noqa: E731
    return [GrantAt(ChargerId(row.charger_id), GrantId(row.grant_id)) for row in calling(query)]


def create(grant: Grant, charger: Charger) -> bool:
    """Write a new grant; False, with nothing changed, when other grants have changed since `charger` was read."""
    return _with_epoch(charger, grant, GrantRow.grant_id.does_not_exist())


def replace(grant: Grant, before: Grant, charger: Charger) -> bool:
    """Write `grant` in the place of `before`; False, with nothing changed, when it or others have changed since."""
    return _with_epoch(charger, grant, GrantRow.version == before.version)


def bind(grant: Grant, number_key: str, guest: AccountId) -> bool:
    """Say who the invited number is; False when the grant was changed or accepted, or the account is gone.

    No right is taken from anybody: the charger's epoch stays.
    """
    free = (GrantRow.version == grant.version) & (GrantRow.number_key == number_key) & GrantRow.guest.does_not_exist()
    bound: list[Action] = [
        GrantRow.guest.set(guest),
        GrantRow.version.set(grant.version + 1),
        GrantRow.expires_at.remove(),
    ]
    hint: list[Action] = [AccountRow.guest_of.add({hint_of(GrantAt(grant.charger_id, grant.grant_id))})]

    def write(transaction: TransactWrite) -> None:
        transaction.update(GrantRow(grant.charger_id, grant.grant_id), actions=bound, condition=free)
        transaction.update(AccountRow(guest), actions=hint, condition=AccountRow.account_id.exists())

    return transact(write)


def delete(grant: Grant) -> None:
    """Take the grant of a charger that is gone out of the store."""
    calling(GrantRow(grant.charger_id, grant.grant_id).delete)


def forget_hint(grant: Grant) -> None:
    """Take the grant off its guest's account, if that is still there; a hint that stays leads nowhere."""
    if grant.guest is None:
        return
    actions: list[Action] = [AccountRow.guest_of.delete({hint_of(GrantAt(grant.charger_id, grant.grant_id))})]
    updated(AccountRow(grant.guest), actions, AccountRow.account_id.exists())


def without_guest() -> Sequence[Action]:
    """What takes a person out of a grant of theirs; the right ends with it."""
    gone = (GrantRow.guest, GrantRow.name, GrantRow.phone, GrantRow.number_key)
    return [GrantRow.is_guest_deleted.set(True), *(attribute.remove() for attribute in gone)]


def note_announced(grant: Grant) -> None:
    """Say that the invitation is on its way."""
    row = GrantRow(grant.charger_id, grant.grant_id)
    updated(row, [GrantRow.is_announced.set(True)], GrantRow.grant_id.exists())


def note_end(place: GrantAt, until: datetime) -> None:
    """The end `until` of a grant was acted on; a grant that ends later by now still will."""
    row = GrantRow(place.charger_id, place.grant_id)
    updated(row, [GrantRow.due.remove()], GrantRow.grant_id.exists() & (GrantRow.until <= until))


def to_domain(row: GrantRow) -> Grant:
    """The row as a domain value."""
    return Grant(
        grant_id=GrantId(row.grant_id),
        charger_id=ChargerId(row.charger_id),
        name=row.name or "",
        phone=row.phone,
        guest=AccountId(row.guest) if row.guest else None,
        since=row.since,
        until=row.until,
        time_zone=row.time_zone,
        currency=row.currency,
        invited_at=row.invited_at,
        revoked_at=row.revoked_at,
        is_guest_deleted=row.is_guest_deleted,
        is_announced=row.is_announced,
        version=int(row.version),
    )


def _to_row(grant: Grant) -> GrantRow:
    ends = grant.until is not None and grant.revoked_at is None
    return GrantRow(
        grant.charger_id,
        grant.grant_id,
        name=grant.name or None,
        phone=grant.phone,
        number_key=None if grant.phone is None else code_seal.number_key(grant.phone),
        guest=grant.guest,
        since=grant.since,
        until=grant.until,
        due=_DUE if ends else None,
        time_zone=grant.time_zone,
        currency=grant.currency,
        invited_at=grant.invited_at,
        revoked_at=grant.revoked_at,
        is_guest_deleted=grant.is_guest_deleted,
        is_announced=grant.is_announced,
        version=grant.version,
        expires_at=_expiry(grant),
    )


def _expiry(grant: Grant) -> datetime | None:
    """When the row goes by itself, real time: only what nobody has accepted, or was revoked before anybody did."""
    if grant.guest is not None or grant.is_guest_deleted:
        return None
    return grant.lapses_at + (_LAPSED_SEEN if grant.revoked_at is None else _REVOKED_KNOWN)


def _with_epoch(charger: Charger, grant: Grant, condition: Any) -> bool:
    """Write the grant and raise the epoch, if the charger still has the epoch and the owner it was read with."""
    raised: list[Action] = [ChargerRow.access_epoch.set(charger.access_epoch + 1)]
    unchanged = (ChargerRow.access_epoch == charger.access_epoch) & (ChargerRow.owner == charger.owner)

    def write(transaction: TransactWrite) -> None:
        transaction.update(ChargerRow(charger.charger_id), actions=raised, condition=unchanged)
        transaction.save(_to_row(grant), condition=condition)

    return transact(write)
