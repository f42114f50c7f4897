"""The home screen: every charger the user may see, in at most two reads besides the account's."""

from datetime import datetime, timedelta
from typing import Final

import msgspec

from chalicelib.adapters.dynamo import chargers
from chalicelib.adapters.dynamo import home as store
from chalicelib.domain.access import NOBODYS, Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.calendar import local_day
from chalicelib.domain.charger_states import ChargerOverview, MonthEnergy
from chalicelib.domain.chargers import Charger
from chalicelib.domain.costs import total_cost
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


class Home(msgspec.Struct, frozen=True, kw_only=True):
    """All of it, and how soon it is worth asking again."""

    cards: tuple[ChargerCard, ...]
    poll_after: timedelta


def read(account: Account, now: datetime) -> Home:
    """What `account` sees at `now`."""
    require(account.account_id, Action.SEE_HOME, NOBODYS, now)
    mine = chargers.list_by_owner(account.account_id)
    found = store.read([one.charger_id for one in mine], [one.site_id for one in mine])
    cards = tuple(
        _card(one, found.sites[one.site_id], found.overviews.get(one.charger_id), now)
        for one in mine
        if one.site_id in found.sites
    )
    is_busy = any(card.status.code in _BUSY_STATES for card in cards)
    return Home(cards=cards, poll_after=BUSY if is_busy else QUIET)


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
