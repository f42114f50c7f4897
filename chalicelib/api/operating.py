"""Smart or full, start or stop, and the way to the network: /v1/chargers/{charger}/mode, .../run and .../network."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.domain.access import Action
from chalicelib.domain.charger_states import NetworkFailure
from chalicelib.domain.chargers import ChargingMode, RunState
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.networks import NetworkProgress
from chalicelib.services import charging_orders, networks
from chalicelib.services.charging_orders import OrderGiven

api = ApiBlueprint(__name__)


class ModeBody(Body, frozen=True, kw_only=True):
    """Smart: the plan decides when. Full: charge at once, for this plug-in or until changed, as the setting says."""

    mode: ChargingMode


class RunBody(Body, frozen=True, kw_only=True):
    """Stop: not at all until it is started again or unplugged. Start: as mode and plan say.

    The state's own words, `stopped` and `auto`, mean the same.
    """

    run: Literal["start", "stop", "auto", "stopped"]

    def state(self) -> RunState:
        """The same to the rest of the product."""
        return RunState.STOPPED if self.run in {"stop", "stopped"} else RunState.AUTO


class OrderAnswer(Struct, frozen=True, kw_only=True):
    """The orders that hold. `pending` names those that the charger does not act on yet.

    `expected_version` is that of the charger's shadow with these orders; what it reports then is of a later version.
    """

    mode: ChargingMode
    run: RunState
    state: Literal["applied", "pending"]
    pending: tuple[str, ...]
    expected_version: int


class NetworkAnswer(Struct, frozen=True, kw_only=True):
    """How far the charger has come: waiting for its first word, connecting, connected, or failed with a reason.

    `kind` (wifi, 4g) and `signal_dbm` are those of its last report. `failure` is what it tells of the last try that
    failed, also when it got through in another way.
    """

    state: Literal["waiting", "connecting", "connected", "failed"]
    since: datetime
    reason: str | None
    kind: str | None
    signal_dbm: int | None
    signal: Literal["good", "fair", "weak"] | None
    failure: "FailureAnswer | None"


class FailureAnswer(Struct, frozen=True, kw_only=True):
    """A try to connect that failed."""

    kind: str
    reason: str
    at: datetime


@api.endpoint("PUT", "/v1/chargers/{charger}/mode", action=Action.OPERATE)
def put_mode(call: SignedInCall, charger: str, body: ModeBody) -> OrderAnswer:
    """Smart or full, for the car that is there or else for the next one; it may be repeated."""
    return _tell(charging_orders.set_mode(call.account, ChargerId(charger), body.mode, call.now))


@api.endpoint("PUT", "/v1/chargers/{charger}/run", action=Action.OPERATE)
def put_run(call: SignedInCall, charger: str, body: RunBody) -> OrderAnswer:
    """Stop or start the car that is there; it may be repeated. 409 `no_session` to stop without a car."""
    return _tell(charging_orders.set_run(call.account, ChargerId(charger), body.state(), call.now))


@api.endpoint("GET", "/v1/chargers/{charger}/network", action=Action.READ_NETWORK)
def get_network(call: SignedInCall, charger: str) -> NetworkAnswer:
    """How far the charger has come on its way to the cloud."""
    return _tell_network(networks.read(call.account, ChargerId(charger), call.now))


def _tell(given: OrderGiven) -> OrderAnswer:
    orders = given.orders
    return OrderAnswer(
        mode=orders.mode,
        run=orders.run,
        state="pending" if orders.pending else "applied",
        pending=orders.pending,
        expected_version=given.expected_version,
    )


def _tell_network(found: NetworkProgress) -> NetworkAnswer:
    return NetworkAnswer(
        state=found.state.value,
        since=found.since,
        reason=found.reason,
        kind=found.kind,
        signal_dbm=found.signal_dbm,
        signal=found.signal,
        failure=_tell_failure(found.failure),
    )


def _tell_failure(failure: NetworkFailure | None) -> FailureAnswer | None:
    return None if failure is None else FailureAnswer(kind=failure.kind, reason=failure.reason, at=failure.at)
