"""The home screen: every charger the user may see, in at most two reads besides the account's."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.adapters.dynamo import chargers
from chalicelib.adapters.dynamo import home as store
from chalicelib.adapters.dynamo.home import Found
from chalicelib.domain.access import NOBODYS, Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.calendar import local_day
from chalicelib.domain.charger_states import ChargerOverview, MonthEnergy
from chalicelib.domain.chargers import Charger
from chalicelib.domain.costs import total_cost
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.sites import Site
from chalicelib.domain.status import StatusCode
from chalicelib.services.access import require
from chalicelib.services.charger_status import StatusAnswer, answer_for
from chalicelib.services.charger_views import Orders, orders_of

BUSY: Final = timedelta(seconds=5)
QUIET: Final = timedelta(seconds=30)
_BUSY_STATES: Final = frozenset({StatusCode.PREPARING, StatusCode.CHARGING})


class ChargerCard(msgspec.Struct, frozen=True, kw_only=True):
    """One charger of the home screen."""

    charger: Charger
    site: Site
    status: StatusAnswer
    orders: Orders
    overview: ChargerOverview
    month: MonthEnergy


class GuestCard(msgspec.Struct, frozen=True, kw_only=True):
    """One charger that is lent to the user; `is_active` False: outside the window, where nothing of it is shown.

    `has_own_session`: the car that is plugged in now is the user's.
    """

    charger: Charger
    grant: Grant
    is_active: bool
    status: StatusAnswer
    orders: Orders
    overview: ChargerOverview
    has_own_session: bool


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, and how soon it is worth asking again."""

    cards: tuple[ChargerCard, ...]
    guest_cards: tuple[GuestCard, ...]
    poll_after: timedelta


def read(account: Account, now: datetime) -> Home:
    """What `account` sees at `now`."""
    require(account.account_id, Action.SEE_HOME, NOBODYS, now)
    mine = chargers.list_by_owner(account.account_id)
    found = store.read([one.charger_id for one in mine], [one.site_id for one in mine], account.guest_of)
    cards = tuple(
        _card(one, found.sites[one.site_id], found.overviews.get(one.charger_id), now)
        for one in mine
        if one.site_id in found.sites
    )
    lent = _guest_cards(account, found, now)
    shown = [*(card.status for card in cards), *(card.status for card in lent if card.is_active)]
    is_busy = any(status.code in _BUSY_STATES for status in shown)
    return Home(cards=cards, guest_cards=lent, poll_after=BUSY if is_busy else QUIET)


def _guest_cards(account: Account, found: Found, now: datetime) -> tuple[GuestCard, ...]:
    """The chargers lent to `account`, each once: by the grant that holds, else by the latest."""
    own = [one for one in found.grants if one.guest == account.account_id and one.revoked_at is None]
    best: dict[ChargerId, Grant] = {}
    for grant in sorted(own, key=lambda one: (one.covers(now), one.invited_at)):
        best[grant.charger_id] = grant
    places = [(found.chargers[charger_id], grant) for charger_id, grant in best.items() if charger_id in found.chargers]
    return tuple(
        _guest_card(charger, grant, found.overviews.get(charger.charger_id), now)
        for charger, grant in sorted(places, key=lambda place: (place[1].invited_at, place[1].grant_id))
        if charger.owner != account.account_id
    )


def _guest_card(charger: Charger, grant: Grant, overview: ChargerOverview | None, now: datetime) -> GuestCard:
    known = overview or ChargerOverview(charger_id=charger.charger_id)
    return GuestCard(
        charger=charger,
        grant=grant,
        is_active=grant.covers(now),
        status=answer_for(charger, known, now),
        orders=orders_of(charger, known),
        overview=known,
        has_own_session=known.state is not None and known.state.unlocked_by == grant.grant_id,
    )


def _card(charger: Charger, site: Site, overview: ChargerOverview | None, now: datetime) -> ChargerCard:
    known = overview or ChargerOverview(charger_id=charger.charger_id)
    return ChargerCard(
        charger=charger,
        site=site,
        status=answer_for(charger, known, now),
        orders=orders_of(charger, known),
        overview=known,
        month=_month(known, site, now),
    )


def _month(overview: ChargerOverview, site: Site, now: datetime) -> MonthEnergy:
    """This month's energy; nothing yet when the last that was derived is of a month before."""
    name = f"{local_day(now, site.tz):%Y-%m}"
    if overview.month is not None and overview.month.month == name:
        return overview.month
    return MonthEnergy(month=name, energy_wh=0, cost=total_cost((), site.currency))
