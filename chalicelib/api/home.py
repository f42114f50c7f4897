"""GET /v1/home: one answer for the home screen."""

import hashlib
from datetime import datetime
from http import HTTPStatus

import msgspec

from chalicelib.api.amounts import show, show_cost
from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.calls import Answer, SignedInCall
from chalicelib.domain.access import Action
from chalicelib.domain.chargers import ChargingMode, RunState
from chalicelib.domain.costs import total_cost
from chalicelib.domain.money import ShownMoney
from chalicelib.services import home
from chalicelib.services.charger_status import StatusAnswer
from chalicelib.services.home import ChargerCard

api = ApiBlueprint(__name__)


class PlanCard(msgspec.Struct, frozen=True, kw_only=True):
    """The plan in a line: when it starts next or started, when the need is met, what it costs."""

    starts_at: datetime | None
    ready_at: datetime | None
    need_wh: int
    total_cost: ShownMoney | None


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
    """One charger; `mode` and `run` are as ordered, `pending` names those that the charger does not act on yet."""

    charger_id: str
    name: str
    site_name: str
    role: str
    status: StatusAnswer
    mode: ChargingMode
    run: RunState
    pending: tuple[str, ...]
    plan: PlanCard | None
    session: SessionCard | None
    month: MonthCard


class HomeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """All chargers the user may see; ask again after `poll_after_s`, with If-None-Match."""

    now: datetime
    poll_after_s: int
    chargers: tuple[HomeCharger, ...]


@api.endpoint("GET", "/v1/home", action=Action.SEE_HOME, answer=HomeAnswer)
def get_home(call: SignedInCall) -> Answer:
    """Every charger with status, plan, session and month; 304 when nothing of it has changed."""
    found = home.read(call.account, call.now)
    shown = tuple(_tell(card) for card in found.cards)
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
        status=card.status,
        mode=card.orders.mode,
        run=card.orders.run,
        pending=card.orders.pending,
        plan=_plan(card),
        session=_session(card),
        month=MonthCard(month=card.month.month, energy_wh=card.month.energy_wh, cost=show_cost(card.month.cost)),
    )


def _plan(card: ChargerCard) -> PlanCard | None:
    plan = card.overview.present_plan
    if plan is None or card.orders.run is RunState.STOPPED:
        return None
    return PlanCard(
        starts_at=plan.runs[0].start if plan.runs else None,
        ready_at=plan.ready_at,
        need_wh=plan.need_wh,
        total_cost=show(plan.total_cost),
    )


def _session(card: ChargerCard) -> SessionCard | None:
    state, energy = card.overview.state, card.overview.present_session
    if state is None or not state.has_car or state.plugged_at is None:
        return None
    return SessionCard(
        started_at=state.plugged_at,
        energy_wh=energy.energy_wh if energy else 0,
        cost=show_cost(energy.cost if energy else total_cost((), card.site.currency)),
    )
