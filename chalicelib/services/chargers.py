"""The settings of a charger."""

from datetime import datetime, time
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.adapters import config_shadow, planning_queue
from chalicelib.adapters.dynamo import chargers
from chalicelib.adapters.dynamo import home as store
from chalicelib.adapters.dynamo.home import Found
from chalicelib.domain.access import Action, Resource
from chalicelib.domain.accounts import Account
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger, ChargerAccess, CircuitFuseTooLarge, FullUntil, expected_phases
from chalicelib.domain.errors import NotFound
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import ChargerId, SiteId
from chalicelib.domain.plans import SITE_CHANGED
from chalicelib.domain.sites import CurrencyFixed, Site
from chalicelib.domain.versions import given, next_version
from chalicelib.services.access import require, require_at
from chalicelib.services.charger_views import ChargerView
from chalicelib.services.charging_orders import rebind


class SettingsWish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; what is not said stays."""

    name: str | UnsetType = UNSET
    site_id: SiteId | UnsetType = UNSET
    circuit_fuse_a: int | UnsetType = UNSET
    ready_by: time | UnsetType = UNSET
    access: ChargerAccess | UnsetType = UNSET
    disabled: bool | UnsetType = UNSET
    full_until: FullUntil | UnsetType = UNSET
    max_starts: int | UnsetType = UNSET
    leaves_early: bool | UnsetType = UNSET


def get_seen(account: Account, charger_id: ChargerId, now: datetime) -> tuple[Charger, Grant | None]:
    """The charger, for whoever may read it, and the grant by which a guest may; None for the owner."""
    charger = chargers.get(charger_id)
    return charger, require_at(charger, account.account_id, Action.READ_CHARGER, now)


def get(account: Account, charger_id: ChargerId, now: datetime) -> Charger:
    """The charger, for whoever may read it."""
    return get_seen(account, charger_id, now)[0]


def change(account: Account, charger_id: ChargerId, wish: SettingsWish, version: int, now: datetime) -> ChargerView:
    """The charger with its new settings, which it is told; PreconditionFailed unless `version` is the present one.

    Moving it to another site of one's own leaves its history as it was paid; CurrencyFixed if that has another
    currency, NotFound if it is not one's own. CircuitFuseTooLarge for one that is larger than the main fuse.
    Repeating a change whose answer was lost succeeds and tells the charger again.
    """
    before = chargers.get(charger_id)
    require_at(before, account.account_id, Action.CHANGE_CHARGER, now)
    if not {"site_id", "circuit_fuse_a", "full_until"} & set(given(wish)):
        return _change_alone(before, wish, version)
    found = store.read([charger_id], [before.site_id, wish.site_id or before.site_id])
    overview = found.overviews.get(charger_id) or ChargerOverview(charger_id=charger_id)
    site = _site_after(account, before, wish, found, now)
    changed = next_version(before, _wanted(before, wish, site), version)
    if changed != before:
        if site.currency != found.sites[before.site_id].currency and overview.has_measured:
            raise CurrencyFixed(f"energy was paid in {found.sites[before.site_id].currency}")
        chargers.change_settings(before, changed)
    config_shadow.write(changed.serial, lambda: settings_of(changed))
    changed = rebind(changed, overview)
    planning_queue.ask(charger_id, SITE_CHANGED if wish.site_id else "settings_changed")
    return ChargerView(charger=changed, site=site, overview=overview)


def _change_alone(before: Charger, wish: SettingsWish, version: int) -> ChargerView:
    """As `change`, for settings that neither the site nor the car has a say in: both are read with what is told."""
    changed = next_version(before, _wanted(before, wish, None), version)
    if changed != before:
        chargers.change_settings(before, changed)
    told: list[ChargerView] = []

    def read() -> tuple[Charger, Site]:
        charger, site, overview = store.read_present(changed)
        told.append(ChargerView(charger=changed, site=site, overview=overview))
        return charger, site

    config_shadow.write(changed.serial, read)
    planning_queue.ask(changed.charger_id, "settings_changed")
    return told[-1]


def _site_after(account: Account, before: Charger, wish: SettingsWish, found: Found, now: datetime) -> Site:
    """Where the charger stands after `wish`; NotFound unless that is the owner's own."""
    site = found.sites.get(wish.site_id or before.site_id)
    if site is None:
        raise NotFound
    require(account.account_id, Action.CHANGE_SITE, Resource(owner=site.owner), now)
    return site


def _wanted(before: Charger, wish: SettingsWish, site: Site | None) -> dict[str, Any]:
    """The fields that `wish` asks for, and what follows from them: stricter access voids tickets that are out.

    `site` is where the charger stands afterwards, None when nothing in `wish` depends on it.
    """
    wanted = given(wish)
    if site and wish.circuit_fuse_a and wish.circuit_fuse_a > site.main_fuse_a:
        raise CircuitFuseTooLarge(f"the main fuse has {site.main_fuse_a} A")
    if site and site.site_id != before.site_id:
        fuse_a = wanted.get("circuit_fuse_a", before.circuit_fuse_a)
        wanted |= {
            "circuit_fuse_a": min(fuse_a, site.main_fuse_a),
            "phases": expected_phases(site.grid_type, site.phases),
        }
    if before.access is ChargerAccess.EVERYONE and wish.access is ChargerAccess.VIA_PHONE:
        wanted["access_epoch"] = before.access_epoch + 1
    return wanted


def settings_of(known: Charger) -> tuple[Charger, Site]:
    """The charger and its site as they are at this moment, one read unless it has moved; NotFound when it is gone."""
    return store.read_present(known)[:2]
