"""The guests of a charger: invited, changed and revoked by the owner; a guest may leave.

What takes a right away is told to the charger at once: its `config` shadow gets the new access epoch, and a session
that the guest opened is stopped. A new grant takes nothing from anybody: the charger hears of its epoch with the next
change.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

import msgspec

from chalicelib.adapters import config_shadow
from chalicelib.adapters.config_shadow import KnownGrants
from chalicelib.adapters.dynamo import charger_states, chargers, grants, sites
from chalicelib.adapters.dynamo import home as store
from chalicelib.adapters.phone_numbers import parse_mobile
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account, Language
from chalicelib.domain.charger_states import ChargerState
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import DependencyDown, NotAllowed, NotFound, PreconditionFailed
from chalicelib.domain.grants import (
    Grant,
    GrantState,
    changed_window,
    forgotten,
    require_invitable,
    revoked,
    session_to_stop,
    window_of,
)
from chalicelib.domain.ids import AccountId, ChargerId, GrantId
from chalicelib.domain.sites import Site
from chalicelib.observability import log
from chalicelib.services import charging_orders, invitations
from chalicelib.services.access import require_among, require_at
from chalicelib.services.pages import Page, Way, cut

_ROUNDS: Final = 8
"""How often a change is decided anew when others change grants of the same charger at the same moment."""


class GuestWish(msgspec.Struct, frozen=True, kw_only=True):
    """Whom to let charge and when, local date-times of the site; None: from now on, for ever."""

    name: str
    phone: str
    start: str | None = None
    end: str | None = None
    language: Language | None = None


class GrantChange(msgspec.Struct, frozen=True, kw_only=True):
    """What is to change; None stays as it is. The end changes only with `ends`: then None is for ever."""

    name: str | None = None
    start: str | None = None
    end: str | None = None
    ends: bool = False


class Shown(msgspec.Struct, frozen=True, kw_only=True):
    """A grant, and where it stands."""

    grant: Grant
    state: GrantState


def list_grants(account: Account, charger_id: ChargerId, now: datetime, way: Way) -> Page[Shown]:
    """A page of the grants of a charger that were not revoked, lapsed invitations too, for its owner."""
    charger = chargers.get(charger_id)
    require_at(charger, account.account_id, Action.MANAGE_GRANTS, now)
    shown = (_shown(grant, now, way.real_now) for grant in grants.list_at(charger_id) if grant.revoked_at is None)
    return cut(sorted(shown, key=_age), _age, way)


def _age(shown: Shown) -> str:
    return f"{shown.grant.invited_at:%Y-%m-%dT%H:%M:%S.%f} {shown.grant.grant_id}"


def invite(
    account: Account, charger_id: ChargerId, grant_id: GrantId, wish: GuestWish, now: datetime, real_now: datetime
) -> Shown:
    """A new grant, whose guest is told by a text message; the same `grant_id` again answers the same.

    PhoneNotAccepted, OwnNumber, AlreadyGuest, TooManyGrants, the errors of `window_of`, TooManyRequests.
    """
    is_counted = False
    for _ in range(_ROUNDS):
        charger = chargers.get(charger_id)
        require_at(charger, account.account_id, Action.MANAGE_GRANTS, now)
        known = grants.list_at(charger_id)
        made = next((grant for grant in known if grant.grant_id == grant_id), None)
        if made is None:
            made = _new(account, charger, grant_id, wish, known, now, real_now)
            if not is_counted:
                invitations.require_turn(account, real_now)
                is_counted = True
            if not grants.create(made, charger):
                continue
        invitations.announce(made, wish.language or account.language, real_now)
        return _shown(made, now, real_now)
    raise _busy()


def change(
    account: Account,
    charger_id: ChargerId,
    grant_id: GrantId,
    wish: GrantChange,
    version: int,
    now: datetime,
    real_now: datetime,
) -> Shown:
    """The grant after `wish`, which the charger is told of; PreconditionFailed unless `version` is the present one.

    Repeating a change whose answer was lost succeeds and tells the charger again.
    """
    for _ in range(_ROUNDS):
        charger = chargers.get(charger_id)
        require_at(charger, account.account_id, Action.MANAGE_GRANTS, now)
        known = grants.list_at(charger_id)
        before = _named(known, grant_id)
        if before is None or before.revoked_at is not None:
            raise NotFound
        after = _changed(before, wish, version, now)
        if after == before or grants.replace(after, before, charger):
            _tell(charger, _with(after, known, charger, is_change=after != before), now)
            return _shown(after, now, real_now)
    raise _busy()


def end(account: Account, charger_id: ChargerId, grant_id: GrantId, now: datetime) -> None:
    """Revoke a grant, as the owner, or leave, as its guest; the same again changes nothing and tells the charger again.

    NotAllowed for a guest who names any other grant, NotFound for the owner who names none of this charger's.
    """
    charger = chargers.get(charger_id)
    known = grants.list_at(charger_id)
    require_among(known, charger, account.account_id, Action.END_GRANT, now)
    named = _named(known, grant_id)
    is_owner = charger.owner == account.account_id
    if not is_owner and (named is None or named.guest != account.account_id):
        raise NotAllowed("guests may end their own grant only")
    if named is None:
        raise NotFound
    _revoke(charger, known, named, now)


def end_due(now: datetime) -> int:
    """Stop what guests still charge whose window has ended; how many ends there were. It may run twice."""
    due = grants.list_due(now)
    for place in due:
        known = grants.list_at(place.charger_id)
        named = _named(known, place.grant_id)
        if named is None or named.until is None:
            continue
        if named.until <= now:
            _stop_at(place.charger_id, known, now)
        grants.note_end(place, min(named.until, now))
    return len(due)


def stop_if_over(charger: Charger, state: ChargerState, now: datetime) -> None:
    """Stop the session that `state` tells of if a guest opened it whose right does not hold: reports may come late."""
    if session_to_stop(state, (), now) is not None:
        _stop(charger, state, grants.list_at(charger.charger_id), now)


def forget_guest(account_id: AccountId, number_key: str, before: datetime, now: datetime) -> int:
    """Leave nothing of a person in the grants they had or were invited to `before`; how many were left.

    Their rights end first, so sessions stop and tickets are refused. It may run twice.
    """
    found = invitations.list_of_person(account_id, number_key, before)
    for grant in found:
        _forget(grant, now)
    return len(found)


def forget_charger(charger_id: ChargerId) -> None:
    """Take the grants of a charger that is gone off its guests' accounts; the grants themselves go with the charger."""
    for grant in grants.list_at(charger_id):
        grants.forget_hint(grant)


def _forget(grant: Grant, now: datetime) -> None:
    for _ in range(_ROUNDS):
        charger = chargers.find(grant.charger_id)
        if charger is None:
            grants.delete(grant)
            return
        known = grants.list_at(grant.charger_id)
        named = _named(known, grant.grant_id)
        if named is None or grants.replace(forgotten(named, now), named, charger):
            after = forgotten(named or grant, now)
            _tell(charger, _with(after, known, charger, is_change=named is not None), now)
            return
    raise _busy()


def _revoke(charger: Charger, known: list[Grant], named: Grant, now: datetime) -> None:
    """End `named` at `charger`; decided anew while others change grants there."""
    for _ in range(_ROUNDS):
        after = revoked(named, now)
        if after == named or grants.replace(after, named, charger):
            grants.forget_hint(named)
            _tell(charger, _with(after, known, charger, is_change=after != named), now)
            return
        charger, known = chargers.get(charger.charger_id), grants.list_at(charger.charger_id)
        named = _named(known, after.grant_id) or named
    raise _busy()


def _new(
    account: Account,
    charger: Charger,
    grant_id: GrantId,
    wish: GuestWish,
    known: Iterable[Grant],
    now: datetime,
    real_now: datetime,
) -> Grant:
    phone = parse_mobile(wish.phone)
    require_invitable(known, phone, account.phone, real_now)
    site = sites.get(charger.site_id)
    window = window_of(wish.start, wish.end, site.time_zone, now)
    return Grant(
        grant_id=grant_id,
        charger_id=charger.charger_id,
        name=wish.name,
        phone=phone,
        since=window.since,
        until=window.until,
        time_zone=site.time_zone,
        currency=site.currency,
        invited_at=real_now,
    )


def _changed(grant: Grant, wish: GrantChange, version: int, now: datetime) -> Grant:
    """`grant` after `wish`, one version on; unchanged when this very wish made the present version from `version`."""
    window = changed_window(grant, wish.start, wish.end, now, ends=wish.ends)
    name = grant.name if wish.name is None else wish.name
    after = msgspec.structs.replace(grant, name=name, since=window.since, until=window.until)
    if grant.version == version + 1 and after == grant:
        return grant
    if grant.version != version:
        raise PreconditionFailed("the grant was changed in between; read it again")
    return msgspec.structs.replace(after, version=version + 1)


def _with(after: Grant, known: Iterable[Grant], charger: Charger, *, is_change: bool) -> KnownGrants:
    """What was `known` at `charger` when it was read, with `after`; a change that was written has raised the epoch."""
    return KnownGrants(
        access_epoch=charger.access_epoch + is_change,
        grants=tuple(after if one.grant_id == after.grant_id else one for one in known),
    )


def _tell(charger: Charger, known: KnownGrants, now: datetime) -> None:
    """Write the charger's settings with the new epoch, and stop the session whose right has ended."""
    told: list[ChargerState | None] = []

    def read() -> tuple[Charger, Site]:
        present, site, overview = store.read_present(charger)
        told.append(overview.state)
        return present, site

    config_shadow.write(charger.serial, read, known)
    _stop(charger, told[-1], known.grants, now)


def _named(known: Iterable[Grant], grant_id: GrantId) -> Grant | None:
    return next((one for one in known if one.grant_id == grant_id), None)


def _stop_at(charger_id: ChargerId, known: Iterable[Grant], now: datetime) -> None:
    charger = chargers.find(charger_id)
    if charger is not None:
        _stop(charger, charger_states.read(charger_id).state, known, now)


def _stop(charger: Charger, state: ChargerState | None, known: Iterable[Grant], now: datetime) -> None:
    plug_seq = session_to_stop(state, known, now)
    if plug_seq is not None:
        charging_orders.stop(charger, plug_seq)
        log.info("guest_session_stopped", charger_id=charger.charger_id, plug_seq=plug_seq)


def _shown(grant: Grant, now: datetime, real_now: datetime) -> Shown:
    return Shown(grant=grant, state=grant.state(now, real_now))


def _busy() -> DependencyDown:
    return DependencyDown("others change the grants of this charger", retry_after_s=1)
