"""The settings of a charger."""

from datetime import datetime, time

import msgspec
from msgspec import UNSET, UnsetType

from chalicelib.adapters import config_shadow, planning_queue
from chalicelib.adapters.dynamo import chargers, sites
from chalicelib.adapters.dynamo import home as store
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import Charger
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.sites import Site
from chalicelib.domain.versions import given, next_version
from chalicelib.services.access import require_at


class SettingsWish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; what is not said stays."""

    name: str | UnsetType = UNSET
    circuit_fuse_a: int | UnsetType = UNSET
    ready_by: time | UnsetType = UNSET


def get(account: Account, charger_id: ChargerId, now: datetime) -> Charger:
    """The charger, for whoever may read it."""
    charger = chargers.get(charger_id)
    require_at(charger, account.account_id, Action.READ_CHARGER, now)
    return charger


def change(account: Account, charger_id: ChargerId, wish: SettingsWish, version: int, now: datetime) -> Charger:
    """The charger with its new settings, which it is told; PreconditionFailed unless `version` is the present one.

    Repeating a change whose answer was lost succeeds and tells the charger again.
    """
    before = chargers.get(charger_id)
    require_at(before, account.account_id, Action.CHANGE_CHARGER, now)
    changed = next_version(before, given(wish), version)
    if changed != before:
        chargers.change_settings(changed, version)
    config_shadow.write(changed.serial, lambda: settings_of(changed))
    planning_queue.ask(charger_id, "settings_changed")
    return changed


def settings_of(known: Charger) -> tuple[Charger, Site]:
    """The charger and its site as they are at this moment, one read unless it has moved; NotFound when it is gone."""
    charger, site = store.read_settings(known.charger_id, known.site_id)
    return charger, site if site.site_id == charger.site_id else sites.get(charger.site_id)
