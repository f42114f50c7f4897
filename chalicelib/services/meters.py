"""The meter reader of a site: registering, replacing, removing, and what it says."""

from datetime import datetime
from typing import Final

import msgspec

from chalicelib.adapters import certificates, device_keys, iot, planning_queue
from chalicelib.adapters.dynamo import known_chargers, meters, quarantine, sites
from chalicelib.adapters.dynamo.meters import Place
from chalicelib.domain.access import Action
from chalicelib.domain.accounts import Account
from chalicelib.domain.balancing import RULES
from chalicelib.domain.balancing.sharing import cap_of
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import AccountId, SiteId
from chalicelib.domain.meter_readers import (
    MeterAddressMissing,
    MeterReader,
    MeterState,
    MqttAddress,
    SiteLoad,
    mqtt_address,
    new_thing,
    new_token,
    state_of,
    supply_of,
    token_key,
)
from chalicelib.domain.plans import SITE_CHANGED
from chalicelib.domain.sites import Site
from chalicelib.observability import log
from chalicelib.services.access import require_at_site
from chalicelib.services.load_balancing import standing
from chalicelib.settings import settings

MAX_BASE_CHARS: Final = 63
"""What the reader's firmware can keep."""


class Registered(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be put on the reader; it is told once. `certificate_pem` if it is to speak MQTT."""

    reader: MeterReader
    token: str
    base_url: str
    mqtt: MqttAddress | None = None
    certificate_pem: str | None = None


class MeterView(msgspec.Struct, frozen=True, kw_only=True):
    """How a site stands with its reader."""

    site: Site
    state: MeterState
    reader: MeterReader | None
    load: SiteLoad | None

    @property
    def mqtt(self) -> MqttAddress | None:
        """Where the reader speaks MQTT; None if it does not, or the stage has no place for that any more."""
        endpoint, thing = settings().mqtt_endpoint, self.reader and self.reader.thing
        return mqtt_address(endpoint, thing) if endpoint and thing else None


class LoadView(MeterView, frozen=True, kw_only=True):
    """What flows at a site: also its chargers, and the most that all together may take on a line, A."""

    chargers: tuple[tuple[Charger, ChargerOverview], ...]
    cap_a: float


def register(account: Account, site_id: SiteId, now: datetime, csr: str | None = None) -> Registered:
    """A reader for the site; the one before is known no more, what was learnt of the house stays.
    Chargers follow limits from its first sample on.

    With a signing request (DER, base64) it gets a certificate and may speak MQTT as a thing of its own.
    MeterAddressMissing on a stage without an address that fits the reader, or, with a signing request, without one for
    MQTT; InvalidInput for a request that is none.
    """
    site = sites.get(site_id)
    require_at_site(site, account, Action.USE_METER, now)
    base_url = _base_url()
    place = Place(site.owner, site_id)
    before = meters.read(place).reader
    token = new_token()
    reader = MeterReader(owner=site.owner, site_id=site_id, token_key=token_key(token), registered_at=now)
    registered = Registered(reader=reader, token=token, base_url=base_url)
    if csr is not None:
        registered = _with_mqtt(registered, csr)
    meters.put_reader(registered.reader)
    _silence(before)
    return registered


def _base_url() -> str:
    base_url = settings().meter_base
    if not 0 < len(base_url) <= MAX_BASE_CHARS:
        raise MeterAddressMissing("this system has no address that fits a meter reader")
    return base_url


def _with_mqtt(registered: Registered, csr: str) -> Registered:
    """The reader as a thing of its own with a certificate; nothing is made unless there is where to connect to."""
    thing = new_thing()
    mqtt, request = mqtt_address(settings().mqtt_endpoint, thing), device_keys.read_signed_request(csr)
    made = certificates.create(request)
    certificates.attach(thing, made, settings().meter_policy)
    certificates.set_status(made.certificate_id, "ACTIVE")
    reader = msgspec.structs.replace(registered.reader, thing=thing, certificate_id=made.certificate_id)
    return msgspec.structs.replace(registered, reader=reader, mqtt=mqtt, certificate_pem=made.pem)


def remove(account: Account, site_id: SiteId, now: datetime) -> None:
    """Forget the reader and all that it has told; chargers follow no limits any more. It may be repeated."""
    site = sites.get(site_id)
    require_at_site(site, account, Action.USE_METER, now)
    forget(site)
    if site.meter is not None:
        sites.put_meter(site_id, None)
    _tell_chargers(site)


def forget(site: Site) -> None:
    """The site's reader can say nothing any more, and what it said is gone."""
    place = Place(site.owner, site.site_id)
    _silence(meters.read(place).reader)
    meters.delete_all(place)


def silence_all(owner: AccountId) -> None:
    """No reader of this owner can speak any more; it may be repeated."""
    for reader in meters.list_readers(owner):
        _silence(reader)


def get(account: Account, site_id: SiteId, now: datetime) -> MeterView:
    """How the site stands with its reader."""
    site = sites.get(site_id)
    require_at_site(site, account, Action.USE_METER, now)
    found = meters.read(Place(site.owner, site_id))
    state = state_of(found.load, has_reader=found.reader is not None, now=now)
    return MeterView(site=site, state=state, reader=found.reader, load=found.load)


def get_load(account: Account, site_id: SiteId, now: datetime) -> LoadView:
    """What flows at the site, and what each charger is given."""
    view = get(account, site_id, now)
    return LoadView(
        site=view.site,
        state=view.state,
        reader=view.reader,
        load=view.load,
        chargers=tuple(standing(view.site, known_chargers.read(view.site.charger_ids))),
        cap_a=cap_of(supply_of(view.site), RULES),
    )


def _silence(reader: MeterReader | None) -> None:
    """Its certificate is good for nothing any more, its connection ends, and what it said wrong is forgotten."""
    if reader is None or reader.thing is None or reader.certificate_id is None:
        return
    certificates.set_status(reader.certificate_id, "REVOKED")
    try:
        iot.cut_connection(reader.thing)
    except DependencyDown:
        log.warning("connection_not_cut", serial=reader.thing)
    quarantine.delete_all(reader.thing)


def _tell_chargers(site: Site) -> None:
    """Each is told by the worker that follows changes of a site."""
    for charger_id in site.charger_ids:
        planning_queue.ask(charger_id, SITE_CHANGED)
