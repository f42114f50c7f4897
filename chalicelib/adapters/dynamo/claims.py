"""Table claims: tries to become an owner, and the one transaction that makes an owner."""

from datetime import timedelta
from typing import Final

import msgspec
from pynamodb.attributes import BooleanAttribute, NumberAttribute, TTLAttribute, UnicodeAttribute, UTCDateTimeAttribute
from pynamodb.exceptions import TransactWriteError
from pynamodb.expressions.update import Action
from pynamodb.indexes import AllProjection, GlobalSecondaryIndex
from pynamodb.transactions import TransactWrite

from chalicelib.adapters.dynamo import chargers, sites
from chalicelib.adapters.dynamo.factory import UnitRow
from chalicelib.adapters.dynamo.table import Table, calling, connection
from chalicelib.domain.chargers import Charger
from chalicelib.domain.claims import Claim, UnitState
from chalicelib.domain.errors import DependencyDown, NotFound
from chalicelib.domain.ids import AccountId, ChargerId, ClaimId, Serial
from chalicelib.domain.sites import Site

_REMEMBERED: Final = timedelta(days=1)
"""How long after its life a won claim can be repeated."""
_CLAIM_ITEMS: Final = 3
"""How many items of the transaction are the claim's own; the site's comes last."""


class _ByAccount(GlobalSecondaryIndex["ClaimRow"]):  # type: ignore[no-untyped-call]
    """A person's claims."""

    class Meta:
        """Everything, because they may see everything."""

        index_name = "by_account"
        projection = AllProjection()

    account_id = UnicodeAttribute(hash_key=True)
    claim_id = UnicodeAttribute(range_key=True)


class ClaimRow(Table):
    """One claim."""

    class Meta:
        """Told by the settings."""

    logical_name = "claims"
    by_account = _ByAccount()
    claim_id = UnicodeAttribute(hash_key=True)
    account_id = UnicodeAttribute()
    serial = UnicodeAttribute()
    public_key_pem = UnicodeAttribute()
    nonce = UnicodeAttribute()
    claim_epoch = NumberAttribute()
    charger_id = UnicodeAttribute()
    valid_until = UTCDateTimeAttribute()
    is_won = BooleanAttribute(default=False)
    expires_at = TTLAttribute()


def create(claim: Claim) -> None:
    """Write a new claim."""
    row = ClaimRow(
        claim_id=claim.claim_id,
        account_id=claim.account_id,
        serial=claim.serial,
        public_key_pem=claim.public_key_pem,
        nonce=claim.nonce,
        claim_epoch=claim.claim_epoch,
        charger_id=claim.charger_id,
        valid_until=claim.expires_at,
        expires_at=claim.expires_at + _REMEMBERED,
    )
    calling(row.save, condition=ClaimRow.claim_id.does_not_exist())


def get(claim_id: ClaimId) -> Claim:
    """The claim; NotFound when there is none."""
    try:
        row = calling(ClaimRow.get, claim_id, consistent_read=True)
    except ClaimRow.DoesNotExist as error:
        raise NotFound from error
    return Claim(
        claim_id=ClaimId(row.claim_id),
        account_id=AccountId(row.account_id),
        serial=Serial(row.serial),
        public_key_pem=row.public_key_pem,
        nonce=row.nonce,
        claim_epoch=int(row.claim_epoch),
        charger_id=ChargerId(row.charger_id),
        expires_at=row.valid_until,
        is_won=row.is_won,
    )


def make_owner(claim: Claim, charger: Charger, site: Site, *, is_new: bool) -> bool:
    """In one transaction: the unit gets its owner, the charger its row, the claim is used, the site takes it in.

    False, with nothing changed, when the unit is not there to be claimed in this epoch any more, or the claim was used;
    NotFound, likewise, when the site was deleted a moment ago.
    """
    owned: list[Action] = [
        UnitRow.state.set(UnitState.CLAIMED.value),
        UnitRow.owner.set(claim.account_id),
        UnitRow.charger_id.set(charger.charger_id),
    ]
    used: list[Action] = [ClaimRow.is_won.set(True)]
    try:
        with TransactWrite(connection=connection()) as transaction:
            transaction.update(
                UnitRow(claim.serial),
                actions=owned,
                condition=(UnitRow.state == UnitState.UNCLAIMED.value) & (UnitRow.claim_epoch == claim.claim_epoch),
            )
            transaction.save(chargers.to_row(charger), condition=chargers.ChargerRow.charger_id.does_not_exist())
            transaction.update(ClaimRow(claim.claim_id), actions=used, condition=ClaimRow.is_won == False)  # noqa: E712 - an expression of the store
            if is_new:
                filled = msgspec.structs.replace(site, charger_ids=(charger.charger_id,))
                transaction.save(sites.to_row(filled), condition=sites.SiteRow.site_id.does_not_exist())
            else:
                transaction.update(
                    sites.SiteRow(site.site_id),
                    actions=sites.arrival(charger.charger_id),
                    condition=sites.SiteRow.site_id.exists(),
                )
    except TransactWriteError as error:
        refused = [bool(reason and reason.code == "ConditionalCheckFailed") for reason in error.cancellation_reasons]
        if any(refused[:_CLAIM_ITEMS]):
            return False
        if any(refused):
            raise NotFound from error
        raise DependencyDown("the store is busy with this charger", retry_after_s=1) from error
    return True
