"""A charger's settings as its `config` shadow."""

import hashlib
import secrets
from collections.abc import Callable

from chalicelib.adapters import iot, ticket_keys
from chalicelib.domain.chargers import Charger
from chalicelib.domain.ids import Serial
from chalicelib.domain.session_planning import deliverable_a
from chalicelib.domain.sites import Site
from chalicelib.domain.tickets import OWNER
from device_shadows.codec import encode
from device_shadows.config import Access, ConfigDesired, DefaultNight, Right, TicketKey
from device_shadows.names import CONFIG

_NIGHT = ("22:00", "06:00")


def write(serial: Serial, read: Callable[[], tuple[Charger, Site]]) -> None:
    """Tell the charger its settings, whole, as `read` finds them; writing the same again changes nothing.

    They are read anew for every try, so that of two changes at once the later one is told last.
    """

    def make() -> bytes:
        return encode(to_document(*read()))

    iot.change_shadow(serial, CONFIG, make, client_token=secrets.token_hex(8))


def to_document(charger: Charger, site: Site) -> ConfigDesired:
    """What the charger is to apply: never more than the circuit and the main fuse allow."""
    start, end = _NIGHT
    limit_a = deliverable_a(charger.circuit_fuse_a, site.main_fuse_a)
    return ConfigDesired(
        max_current_a=limit_a,
        fallback_current_a=min(charger.fallback_current_a, limit_a),
        access=Access(charger.access.value),
        access_epoch=charger.access_epoch,
        disabled=charger.disabled,
        owner=pseudonym(charger),
        time_zone=site.time_zone,
        default_night=DefaultNight(start=start, end=end, current_a=limit_a),
        ticket_keys=tuple(TicketKey(kid=key.kid, public_key=key.public_key) for key in ticket_keys.live()),
        rights=(Right(subject=OWNER),),
    )


def pseudonym(charger: Charger) -> str:
    """The owner's name to this charger alone; another charger, or the next claim, knows another one."""
    return hashlib.sha256(f"zmartcharge-owner|{charger.charger_id}".encode()).hexdigest()[:32]
