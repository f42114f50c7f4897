"""The sites of an owner."""

import secrets
from datetime import datetime

import msgspec

from chalicelib.adapters.dynamo import sites
from chalicelib.domain import zones as zone_rules
from chalicelib.domain.access import Action, Resource
from chalicelib.domain.accounts import Account
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import AccountId, SiteId, Zone
from chalicelib.domain.sites import (
    DEFAULT_MAIN_FUSE_A,
    SUGGESTED_NAMES,
    Country,
    GridType,
    Phases,
    Site,
    common_grid_type,
)
from chalicelib.domain.zones import Position
from chalicelib.services import price_contracts, zones
from chalicelib.services.access import require


class SiteWish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says about a new site; the zone or a position to find it by."""

    name: str
    country: Country
    zone: Zone | None = None
    position: Position | None = None
    main_fuse_a: int
    grid_type: GridType
    phases: Phases
    contract: PriceContract = PriceContract()


def create(account: Account, wish: SiteWish, now: datetime, site_id: SiteId | None = None) -> Site:
    """A new site of `account`; with the id of one that a repeated request has made already, nothing is made."""
    site = new_site(account.account_id, wish, now)
    if site_id is not None:
        site = msgspec.structs.replace(site, site_id=site_id)
    sites.create(site)
    return site


def list_own(account: Account) -> list[Site]:
    """Every site of `account`, the oldest first."""
    return sites.list_by_owner(account.account_id)


def get(account: Account, site_id: SiteId, now: datetime) -> Site:
    """The site, for whoever may read it."""
    site = sites.get(site_id)
    require(account.account_id, Action.READ_SITE, Resource(owner=site.owner), now)
    return site


def new_site(owner: AccountId, wish: SiteWish, now: datetime) -> Site:
    """A site that is not stored yet; the position is used to propose the zone and forgotten."""
    if wish.zone is not None and wish.position is not None:
        raise InvalidInput("give the zone or a position, not both", field="position")
    located = zones.locate(wish.position) if wish.position else None
    choice = zone_rules.choose(wish.country, wish.zone, located)
    site = Site(
        site_id=SiteId(f"site_{secrets.token_hex(12)}"),
        owner=owner,
        name=wish.name,
        country=wish.country,
        zone=choice.zone,
        zone_must_ask=choice.must_ask,
        candidates=choice.candidates,
        main_fuse_a=wish.main_fuse_a,
        grid_type=wish.grid_type,
        phases=wish.phases,
        contract=wish.contract,
        created_at=now,
    )
    price_contracts.require_possible(site)
    return site


def suggested_site(owner: AccountId, position: Position | None, now: datetime) -> Site:
    """A site for somebody who has said nothing but where the charger stands: common values, to be corrected."""
    located = zones.locate(position) if position else None
    country = (located and located.country) or Country.NO
    wish = SiteWish(
        name=SUGGESTED_NAMES[country],
        country=country,
        position=position,
        main_fuse_a=DEFAULT_MAIN_FUSE_A,
        grid_type=common_grid_type(country),
        phases=3,
    )
    return new_site(owner, wish, now)
