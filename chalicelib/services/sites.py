"""The sites of an owner."""

import secrets
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.adapters import planning_queue, pricing_queue
from chalicelib.adapters.dynamo import charger_states, chargers, home, sites
from chalicelib.domain import zones as zone_rules
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.calendar import HOUR, floor_to
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.errors import DependencyDown, InvalidInput
from chalicelib.domain.ids import AccountId, SiteId, Zone
from chalicelib.domain.plans import SITE_CHANGED
from chalicelib.domain.sites import (
    DEFAULT_MAIN_FUSE_A,
    SUGGESTED_NAMES,
    Country,
    CurrencyFixed,
    GridType,
    Phases,
    Site,
    SiteHasChargers,
    common_grid_type,
    country_of,
    require_possible,
)
from chalicelib.domain.versions import given, next_version
from chalicelib.domain.zones import Position
from chalicelib.services import meters, price_contracts, zones
from chalicelib.services.access import require_at_site
from chalicelib.services.pages import Page, Way, cut

MAX_ROUNDS: Final = 5


class SiteWish(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody says about a new site; the zone or a position to find it by. None: the usual thing there."""

    name: str | None = None
    country: Country | None = None
    zone: Zone | None = None
    position: Position | None = None
    main_fuse_a: int = DEFAULT_MAIN_FUSE_A
    grid_type: GridType | None = None
    phases: Phases = 3
    contract: PriceContract = PriceContract()


class SiteChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; what is not said stays. A field here with the name of one of `Site` needs no code more.

    A zone is chosen, also to confirm the proposed one; a position has one proposed anew.
    """

    name: str | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    zone: Zone | UnsetType = UNSET
    position: Position | UnsetType = UNSET
    main_fuse_a: int | UnsetType = UNSET
    grid_type: GridType | UnsetType = UNSET
    phases: Phases | UnsetType = UNSET
    contract: PriceContract | UnsetType = UNSET
    history_months: int | UnsetType = UNSET


def create(account: Account, wish: SiteWish, now: datetime, site_id: SiteId | None = None) -> Site:
    """A new site of `account`; with the id of one that a repeated request has made already, nothing is made."""
    site = new_site(account.account_id, wish, now)
    if site_id is not None:
        site = msgspec.structs.replace(site, site_id=site_id)
    sites.create(site)
    return site


def list_own(account: Account, way: Way) -> Page[Site]:
    """A page of the sites of `account`, the oldest first; InvalidInput for another list's token."""
    found = sorted(sites.list_by_owner(account.account_id), key=_age)
    return cut(found, _age, way)


def _age(site: Site) -> str:
    return f"{site.created_at:%Y-%m-%dT%H:%M:%S.%f} {site.site_id}"


def get(account: Account, site_id: SiteId, now: datetime) -> Site:
    """The site, for whoever may read it."""
    site = sites.get(site_id)
    require_at_site(site, account, Action.READ_SITE, now)
    return site


def change(account: Account, site_id: SiteId, wish: SiteChange, version: int, now: datetime) -> Site:
    """The site with its new settings, by which each of its chargers is told and planned anew, soon.

    A new zone or contract holds for the sessions that go on and from now on; what is over stays priced as it was, and
    is priced so when prices are put right. A new `history_months` holds for what is stored, too.
    PreconditionFailed unless `version` is the present one; CurrencyFixed for another country when energy was paid here.
    Repeating a change whose answer was lost succeeds and tells the chargers again.
    """
    before = sites.get(site_id)
    require_at_site(before, account, Action.CHANGE_SITE, now)
    changed = next_version(before, _wanted(before, wish), version)
    if changed != before:
        require_possible(changed)
        price_contracts.require_possible(changed)
        if changed.currency != before.currency:
            _require_no_history(before)
        if (changed.zone, changed.contract) != (before.zone, before.contract):
            changed = changed.after(before, _paid_anew_since(before, now))
        changed = sites.change(changed, version)
    for charger_id in changed.charger_ids:
        planning_queue.ask(charger_id, SITE_CHANGED)
        if wish.history_months is not UNSET:
            pricing_queue.ask_to_keep(charger_id)
    return changed


def delete(account: Account, site_id: SiteId, now: datetime) -> None:
    """Take the site away for good; SiteHasChargers while a charger stands there, also one that comes at this moment."""
    for _ in range(MAX_ROUNDS):
        site = sites.get(site_id)
        require_at_site(site, account, Action.CHANGE_SITE, now)
        if any(charger.site_id == site_id for charger in chargers.list_of(site.charger_ids)):
            raise SiteHasChargers("chargers stand there: move or remove them first")
        if sites.delete(site):
            meters.forget(site)
            return
    raise DependencyDown("chargers come and go faster than the site can be deleted")


def _wanted(site: Site, wish: SiteChange) -> dict[str, Any]:
    """The fields of a site that `wish` asks for; whoever changes the country or gives a position is proposed a zone."""
    wanted = given(wish)
    zone, position = wanted.pop("zone", None), wanted.pop("position", None)
    country = wanted.get("country", site.country)
    if zone is None and position is None and country == site.country:
        return wanted
    choice = _zone_choice(country, zone, position)
    return wanted | {"zone": choice.zone, "zone_must_ask": choice.must_ask, "candidates": choice.candidates}


def _zone_choice(country: Country, zone: Zone | None, position: Position | None) -> zone_rules.ZoneChoice:
    if zone is not None and position is not None:
        raise InvalidInput("give the zone or a position, not both", field="position")
    return zone_rules.choose(country, zone, zones.locate(position) if position else None)


def _paid_anew_since(site: Site, now: datetime) -> datetime:
    """From when energy is paid by new terms: the hour in which the first of the cars came that are here now, or `now`.

    So a running session is paid by one set of terms, as it is when its charger comes to another site.
    """
    states = home.read(site.charger_ids, ()).overviews.values()
    cars = [one.state.plugged_at for one in states if one.state and one.state.has_car and one.state.plugged_at]
    return min([now, *(floor_to(plugged_at, HOUR) for plugged_at in cars)])


def _require_no_history(site: Site) -> None:
    """CurrencyFixed when a charger of the site has measured energy, which was paid in the site's currency."""
    if charger_states.any_energy(site.charger_ids):
        raise CurrencyFixed(f"energy was paid here in {site.currency}")


def new_site(owner: AccountId, wish: SiteWish, now: datetime) -> Site:
    """A site that is not stored yet; the position is used to propose what is not said and forgotten."""
    country = wish.country or _country(wish)
    choice = _zone_choice(country, wish.zone, wish.position)
    site = Site(
        site_id=SiteId(f"site_{secrets.token_hex(12)}"),
        owner=owner,
        name=wish.name or SUGGESTED_NAMES[country],
        country=country,
        zone=choice.zone,
        zone_must_ask=choice.must_ask,
        candidates=choice.candidates,
        main_fuse_a=wish.main_fuse_a,
        grid_type=wish.grid_type or common_grid_type(country),
        phases=wish.phases,
        contract=wish.contract,
        created_at=now,
    )
    require_possible(site)
    price_contracts.require_possible(site)
    return site


def suggested_site(owner: AccountId, position: Position | None, now: datetime) -> Site:
    """A site for somebody who has said nothing but where the charger stands: common values, to be corrected."""
    return new_site(owner, SiteWish(position=position), now)


def _country(wish: SiteWish) -> Country:
    """The country of the zone, else of the position, else Norway."""
    if wish.zone is not None:
        return country_of(wish.zone)
    located = zones.locate(wish.position) if wish.position else None
    return (located and located.country) or Country.NO
