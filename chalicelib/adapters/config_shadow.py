"""A charger's settings as its `config` shadow."""

import hashlib
import secrets
from collections.abc import Callable
from typing import Final

import msgspec

from chalicelib.adapters import iot
from chalicelib.domain.charger_states import AppliedConfig
from chalicelib.domain.chargers import Charger
from chalicelib.domain.ids import Serial
from chalicelib.domain.session_planning import deliverable_a
from chalicelib.domain.sites import Site
from device_shadows.codec import decode, encode
from device_shadows.config import Access, ConfigDesired, ConfigReported, DefaultNight
from device_shadows.names import CONFIG

_NIGHT = ("22:00", "06:00")
SETTINGS: Final = {
    "max_current_a": "circuit_fuse_a",
    "fallback_current_a": "circuit_fuse_a",
    "default_night": "circuit_fuse_a",
    "access_epoch": "access",
    "ticket_keys": "access",
    "owner": "access",
    "time_zone": "site_id",
}
"""Which setting of the API a field of the shadow comes from, where the names differ."""


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
    )


def read_report(data: bytes, version: int) -> AppliedConfig:
    """What a charger says it has applied; ContractError if that is no report."""
    return AppliedConfig(version=version, digests=_digests(decode(data, ConfigReported)))


def list_pending(charger: Charger, site: Site, applied: AppliedConfig | None) -> tuple[str, ...]:
    """The settings, by their names in the API, that the charger has not said to have applied."""
    known = {} if applied is None else applied.digests
    wanted = _digests(to_document(charger, site))
    return tuple(sorted({SETTINGS.get(name, name) for name in wanted if known.get(name) != wanted[name]}))


def _digests(document: ConfigDesired | ConfigReported) -> dict[str, str]:
    """A short digest of each field that has a value."""
    told = {name: getattr(document, name) for name in document.__struct_fields__}
    return {
        name: hashlib.sha256(msgspec.json.encode(value)).hexdigest()[:12]
        for name, value in told.items()
        if value is not None
    }


def pseudonym(charger: Charger) -> str:
    """The owner's name to this charger alone; another charger, or the next claim, knows another one."""
    return hashlib.sha256(f"zmartcharge-owner|{charger.charger_id}".encode()).hexdigest()[:32]
