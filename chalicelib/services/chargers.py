"""The settings of a charger."""

from datetime import datetime, time

import msgspec

from chalicelib.adapters import config_shadow, planning_queue
from chalicelib.adapters.dynamo import chargers, sites
from chalicelib.adapters.dynamo import home as store
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import PreconditionFailed
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.sites import Site
from chalicelib.services.access import require_at


class SettingsWish(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; None stays as it is."""

    name: str | None = None
    circuit_fuse_a: int | None = None
    ready_by: time | None = None


def get_seen(account: Account, charger_id: ChargerId, now: datetime) -> tuple[Charger, Grant | None]:
    """The charger, for whoever may read it, and the grant by which a guest may; None for the owner."""
    charger = chargers.get(charger_id)
    return charger, require_at(charger, account.account_id, Action.READ_CHARGER, now)


def get(account: Account, charger_id: ChargerId, now: datetime) -> Charger:
    """The charger, for whoever may read it."""
    return get_seen(account, charger_id, now)[0]


def change(account: Account, charger_id: ChargerId, wish: SettingsWish, version: int, now: datetime) -> Charger:
    """The charger with its new settings, which it is told; PreconditionFailed unless `version` is the present one.

    Repeating a change whose answer was lost succeeds and tells the charger again.
    """
    before = chargers.get(charger_id)
    require_at(before, account.account_id, Action.CHANGE_CHARGER, now)
    changed = changed_by(before, wish, version)
    if changed != before:
        chargers.change_settings(changed, version)
    config_shadow.write(changed.serial, lambda: settings_of(changed))
    planning_queue.ask(charger_id, "settings_changed")
    return changed


def settings_of(known: Charger) -> tuple[Charger, Site]:
    """The charger and its site as they are at this moment, one read unless it has moved; NotFound when it is gone."""
    charger, site = store.read_settings(known.charger_id, known.site_id)
    return charger, site if site.site_id == charger.site_id else sites.get(charger.site_id)


def changed_by(charger: Charger, wish: SettingsWish, version: int) -> Charger:
    """`charger` after `wish`, one version on; unchanged when this very wish made the present version from `version`."""
    wanted = {name: value for name, value in msgspec.structs.asdict(wish).items() if value is not None}
    changed: Charger = msgspec.structs.replace(charger, **wanted)
    is_repeat = charger.version == version + 1 and changed == charger
    if is_repeat:
        return charger
    if charger.version != version:
        raise PreconditionFailed("the charger was changed in between; read it again")
    return msgspec.structs.replace(changed, version=version + 1)
