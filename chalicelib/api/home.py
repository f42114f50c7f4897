"""GET /v1/home: one answer for the home screen."""

import hashlib
from datetime import datetime
from http import HTTPStatus
from typing import Literal

import msgspec

from chalicelib.api.amounts import show, show_cost
from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.calls import Answer, SignedInCall
from chalicelib.api.chargers import GuestWindow, tell_window
from chalicelib.domain.access import Action
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import ChargingMode, RunState
from chalicelib.domain.costs import total_cost
from chalicelib.domain.money import ShownMoney
from chalicelib.services import home
from chalicelib.services.charger_status import StatusAnswer
from chalicelib.services.home import ChargerCard, GuestCard

api = ApiBlueprint(__name__)


class PlanCard(msgspec.Struct, frozen=True, kw_only=True):
    """The plan in a line: when it starts next or started, when the need is met, what it costs.

    The promise is that of the plan itself: `probability` and costs are averages where the need is learned;
    `missing_wh` is what will be missing at `ready_by`, 0 while that is not worth telling.
    """

    starts_at: datetime | None
    ready_by: datetime
    ready_at: datetime | None
    need_wh: int
    missing_wh: int
    probability: float | None
    total_cost: ShownMoney | None
    cost_at_once: ShownMoney | None


class SessionCard(msgspec.Struct, frozen=True, kw_only=True):
    """The present session so far; `cost` is null while a price is missing."""

    started_at: datetime
    energy_wh: int
    cost: ShownMoney | None


class MonthCard(msgspec.Struct, frozen=True, kw_only=True):
    """The local month so far."""

    month: str
    energy_wh: int
    cost: ShownMoney | None


class HomeCharger(msgspec.Struct, frozen=True, kw_only=True):
    """One charger. A guest outside the window (`active` false) is shown its name and the window only.

    Guests are shown a session of their own only and no month; site and grant are null for whom they do not concern.
    `mode` and `run` are as ordered, `pending` names those that the charger does not act on yet.
    """

    charger_id: str
    name: str
    site_name: str | None
    role: Literal["owner", "guest"]
    active: bool
    status: StatusAnswer | None
    mode: ChargingMode | None
    run: RunState | None
    pending: tuple[str, ...]
    plan: PlanCard | None
    session: SessionCard | None
    month: MonthCard | None
    grant: GuestWindow | None = None


class HomeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All chargers the user may see; ask again after `poll_after_s`, with If-None-Match."""

    now: datetime
    poll_after_s: int
    chargers: tuple[HomeCharger, ...]


@api.endpoint(
    "GET",
    "/v1/home",
    action=Action.SEE_HOME,
    answer=HomeAnswer,
    headers=("If-None-Match",),
    gives={"charger": "chargers/0/charger_id"},
)
def get_home(call: SignedInCall) -> Answer:
    """Every charger with status, plan, session and month; 304 when nothing of it has changed."""
    found = home.read(call.account, call.now)
    shown = (*map(_tell, found.cards), *map(_tell_guest, found.guest_cards))
    poll_after_s = int(found.poll_after.total_seconds())
    etag = f'"{hashlib.sha256(msgspec.json.encode((poll_after_s, shown))).hexdigest()[:32]}"'
    headers: dict[str, str | list[str]] = {"ETag": etag, "Cache-Control": "private, no-cache"}
    if etag in [given.strip().removeprefix("W/") for given in call.headers.get("if-none-match", "").split(",")]:
        return Answer(body=None, status=HTTPStatus.NOT_MODIFIED, headers=headers)
    return Answer(body=HomeAnswer(now=call.now, poll_after_s=poll_after_s, chargers=shown), headers=headers)


def _tell(card: ChargerCard) -> HomeCharger:
    return HomeCharger(
        charger_id=card.charger.charger_id,
        name=card.charger.name,
        site_name=card.site.name,
        role="owner",
        active=True,
        status=card.status,
        mode=card.orders.mode,
        run=card.orders.run,
        pending=card.orders.pending,
        plan=_plan(card.overview, card.orders.run),
        session=_session(card.overview, card.site.currency),
        month=MonthCard(month=card.month.month, energy_wh=card.month.energy_wh, cost=show_cost(card.month.cost)),
    )


def _tell_guest(card: GuestCard) -> HomeCharger:
    is_own = card.is_active and card.has_own_session
    return HomeCharger(
        charger_id=card.charger.charger_id,
        name=card.charger.name,
        site_name=None,
        role="guest",
        active=card.is_active,
        status=card.status if card.is_active else None,
        mode=card.orders.mode if card.is_active else None,
        run=card.orders.run if card.is_active else None,
        pending=card.orders.pending if card.is_active else (),
        plan=_plan(card.overview, card.orders.run) if card.is_active else None,
        session=_session(card.overview, card.grant.currency) if is_own else None,
        month=None,
        grant=tell_window(card.grant),
    )


def _plan(overview: ChargerOverview, run: RunState) -> PlanCard | None:
    plan = overview.present_plan
    if plan is None or run is RunState.STOPPED:
        return None
    return PlanCard(
        starts_at=plan.runs[0].start if plan.runs else None,
        ready_by=plan.ready_by,
        ready_at=plan.ready_at,
        need_wh=plan.need_wh,
        missing_wh=plan.missing_wh,
        probability=None if plan.probability is None else round(plan.probability, 3),
        total_cost=show(plan.total_cost),
        cost_at_once=show(plan.cost_at_once),
    )


def _session(overview: ChargerOverview, currency: str) -> SessionCard | None:
    state, energy = overview.state, overview.present_session
    if state is None or not state.has_car or state.plugged_at is None:
        return None
    return SessionCard(
        started_at=state.plugged_at,
        energy_wh=energy.energy_wh if energy else 0,
        cost=show_cost(energy.cost if energy else total_cost((), currency)),
    )
