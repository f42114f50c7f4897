"""The meter reader of a site, and what flows there: /v1/sites/{site}/meter and /v1/sites/{site}/load."""

from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated, Final

from msgspec import Meta, Struct, structs

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.domain.access import Action
from chalicelib.domain.balancing import RULES
from chalicelib.domain.balancing.model import Held
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger
from chalicelib.domain.ids import SiteId
from chalicelib.domain.meter_readers import MeterState, SiteLoad, fallback_current_a
from chalicelib.services import meters
from chalicelib.services.meters import LoadView, MeterView

api = ApiBlueprint(__name__)
_FALLBACK: Final = "fallback"
MaybeLines = tuple[float | None, float | None, float | None]


class NewMeter(Body, frozen=True, kw_only=True):
    """The reader is to speak HTTPS; with a signing request of a key that stays on the reader, MQTT as well."""

    csr: (
        Annotated[
            str,
            Meta(
                pattern=r"^[A-Za-z0-9+/]{16,4000}={0,2}$",
                description="PKCS#10 DER, base64: the text of a PEM file without its first and last line and line ends",
            ),
        ]
        | None
    ) = None


class MqttAnswer(Struct, frozen=True, kw_only=True):
    """How the reader speaks MQTT over TLS, with its certificate. All its topics begin with `topic`.

    Its payload format is JSON (one topic, which is `topic` itself) or JSON by list (`topic`/list1 and so on).
    """

    host: str
    port: int
    client_id: str
    topic: str


class NewMqttAnswer(MqttAnswer, frozen=True, kw_only=True):
    """With the certificate of the key that asked for it."""

    certificate_pem: str


class NewMeterAnswer(Struct, frozen=True, kw_only=True):
    """What to put on the reader. The token is told this once; a new one makes it worthless."""

    token: str
    base_url: str
    mqtt: NewMqttAnswer | None


class MeterAnswer(Struct, frozen=True, kw_only=True):
    """How a site stands with its reader: none, waiting for its first word, live, doubted (with the reason), silent.

    Line currents in A (null: nobody measured it) and power in W as they were heard last. `silent_since` as recorded.
    `mqtt` is null for a reader that was registered without a signing request.
    """

    state: MeterState
    registered_at: datetime | None
    mqtt: MqttAnswer | None
    heard_at: datetime | None
    currents_a: MaybeLines
    power_w: float | None
    doubt: str | None
    silent_since: datetime | None


class AllocationAnswer(Struct, frozen=True, kw_only=True):
    """What a charger may offer per line until `until`, and why; with reason `fallback` no limit is in force.

    `offered_a` and `drawn_a` are its own last report.
    """

    charger_id: str
    name: str
    has_car: bool
    limit_a: int
    reason: str
    until: datetime | None
    fallback_current_a: int
    offered_a: int
    drawn_a: tuple[float, float, float]


class LoadAnswer(Struct, frozen=True, kw_only=True):
    """What flows at a site per line, A: all together, and the house without its chargers (worst case).

    `most_a` is what all together may take: the main fuse less its margin.
    """

    state: MeterState
    heard_at: datetime | None
    main_fuse_a: int
    most_a: float
    currents_a: MaybeLines
    house_a: tuple[float, float, float] | None
    worst_house_a: float | None
    chargers: list[AllocationAnswer]


@api.endpoint(
    "POST",
    "/v1/sites/{site}/meter",
    action=Action.USE_METER,
    status=HTTPStatus.CREATED,
    is_remembered=False,
    may_be_empty=True,
)
def register_meter(call: SignedInCall, site: str, body: NewMeter) -> NewMeterAnswer:
    """Register a reader, or replace it: what was registered before is refused from now on."""
    made = meters.register(call.account, SiteId(site), call.now, body.csr)
    mqtt = None
    if made.mqtt is not None and made.certificate_pem is not None:
        mqtt = NewMqttAnswer(**structs.asdict(made.mqtt), certificate_pem=made.certificate_pem)
    return NewMeterAnswer(token=made.token, base_url=made.base_url, mqtt=mqtt)


@api.endpoint("GET", "/v1/sites/{site}/meter", action=Action.USE_METER)
def get_meter(call: SignedInCall, site: str) -> MeterAnswer:
    """How the site stands with its reader, and what that said last."""
    return _told(meters.get(call.account, SiteId(site), call.now))


@api.endpoint("DELETE", "/v1/sites/{site}/meter", action=Action.USE_METER, status=HTTPStatus.NO_CONTENT)
def remove_meter(call: SignedInCall, site: str) -> None:
    """Remove the reader and what it has told; chargers follow no limits any more. It may be repeated."""
    meters.remove(call.account, SiteId(site), call.now)


@api.endpoint("GET", "/v1/sites/{site}/load", action=Action.USE_METER)
def get_load(call: SignedInCall, site: str) -> LoadAnswer:
    """What flows at the site, what each charger is given, and why."""
    view = meters.get_load(call.account, SiteId(site), call.now)
    load = view.load
    return LoadAnswer(
        state=view.state,
        heard_at=load.heard_at if load else None,
        main_fuse_a=view.site.main_fuse_a,
        most_a=view.cap_a,
        currents_a=load.currents_a if load else (None, None, None),
        house_a=load.balancing.house_a if load else None,
        worst_house_a=load.worst_house_a if load else None,
        chargers=[_allocation(view, charger, overview, call.now) for charger, overview in view.chargers],
    )


def _told(view: MeterView) -> MeterAnswer:
    load = view.load
    return MeterAnswer(
        state=view.state,
        registered_at=view.reader.registered_at if view.reader else None,
        mqtt=None if view.mqtt is None else MqttAnswer(**structs.asdict(view.mqtt)),
        heard_at=load.heard_at if load else None,
        currents_a=load.currents_a if load else (None, None, None),
        power_w=load.power_w if load else None,
        doubt=(load.balancing.doubt or None) if load else None,
        silent_since=load.silent_since if load else None,
    )


def _allocation(view: LoadView, charger: Charger, overview: ChargerOverview, now: datetime) -> AllocationAnswer:
    state, load = overview.state, view.load
    held = load.balancing.find(charger.charger_id) if load else None
    until = None if load is None or held is None else _until(load, held)
    is_held = held is not None and until is not None and now < until
    fallback_a = fallback_current_a(charger, view.site)
    return AllocationAnswer(
        charger_id=charger.charger_id,
        name=charger.name,
        has_car=state is not None and state.has_car,
        limit_a=held.sent_a if is_held and held else fallback_a,
        reason=held.reason if is_held and held else _FALLBACK,
        until=until if is_held else None,
        fallback_current_a=fallback_a,
        offered_a=state.offered_a if state else 0,
        drawn_a=state.drawn_a if state else (0.0, 0.0, 0.0),
    )


def _until(load: SiteLoad, held: Held) -> datetime | None:
    """When the lease of the last limit that was sent ends; None if none was."""
    stepped_at = load.balancing.stepped_at
    if stepped_at is None or held.sent_a < 0:
        return None
    return stepped_at + timedelta(seconds=RULES.lease_s - (load.balancing.elapsed_s - held.sent_s))
