"""A charger's settings as its `config` shadow."""

import hashlib
from collections.abc import Callable
from typing import Final

import msgspec

from chalicelib.adapters import clock, iot, ticket_keys
from chalicelib.adapters.dynamo import grants
from chalicelib.domain import tickets
from chalicelib.domain.charger_states import AppliedConfig
from chalicelib.domain.chargers import Charger, ChargerAccess
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import Serial
from chalicelib.domain.meter_readers import fallback_current_a
from chalicelib.domain.planning_cases import deliverable_a
from chalicelib.domain.sites import Site
from device_shadows.codec import decode, encode
from device_shadows.config import Access, ConfigDesired, ConfigReported, DefaultNight, Right, TicketKey
from device_shadows.names import CONFIG

_NIGHT = ("22:00", "06:00")
SETTINGS: Final = {
    "max_current_a": "circuit_fuse_a",
    "fallback_current_a": "circuit_fuse_a",
    "load_balancing": "site_id",
    "default_night": "circuit_fuse_a",
    "owner": "access",
    "time_zone": "site_id",
}
"""Which setting of the API a field of the shadow comes from, where the names differ."""
_NO_SETTINGS: Final = frozenset({"access_epoch", "rights", "ticket_keys"})
"""What belongs to guests and tickets. A new guest, the end of a window or a new key does not wait for the charger: it
hears of them with what is written next, so that they are no setting that it has not applied."""


class KnownGrants(msgspec.Struct, frozen=True, kw_only=True):
    """The grants of a charger as they were when its `access_epoch` was this; each change of one raises that."""

    access_epoch: int
    grants: tuple[Grant, ...]


def write(serial: Serial, read: Callable[[], tuple[Charger, Site]], known: KnownGrants | None = None) -> None:
    """Tell the charger its settings, whole, as `read` finds them; writing the same again changes nothing.

    They are read anew for every try, so that of two changes at once the later one is told last. Grants that are `known`
    are not read again while the charger still has their epoch.
    """

    def make() -> bytes:
        return encode(to_document(*read(), known))

    iot.change_shadow(serial, CONFIG, make)


def release(serial: Serial, access_epoch: int, is_free: Callable[[], bool]) -> None:
    """Tell the charger that nobody owns it: it offers nothing and no ticket counts. Left alone unless `is_free`."""
    document = ConfigDesired(
        max_current_a=0,
        fallback_current_a=0,
        access=Access.VIA_PHONE,
        access_epoch=access_epoch,
        disabled=True,
        owner="",
        time_zone="UTC",
        default_night=DefaultNight(start=_NIGHT[0], end=_NIGHT[1], current_a=0),
    )
    iot.clear_shadow(serial, CONFIG, lambda _: encode(document) if is_free() else None)


def to_document(charger: Charger, site: Site, known: KnownGrants | None = None) -> ConfigDesired:
    """What the charger is to apply: its settings, the keys of tickets, and who may charge at this moment."""
    return msgspec.structs.replace(
        _settings(charger, site),
        ticket_keys=tuple(TicketKey(kid=key.kid, public_key=key.public_key) for key in ticket_keys.live()),
        rights=tuple(_right(right) for right in _rights(charger, known)),
    )


def _settings(charger: Charger, site: Site) -> ConfigDesired:
    """The settings alone: never more than the circuit and the main fuse allow."""
    start, end = _NIGHT
    limit_a = deliverable_a(charger.circuit_fuse_a, site.main_fuse_a)
    return ConfigDesired(
        max_current_a=limit_a,
        fallback_current_a=fallback_current_a(charger, site),
        load_balancing=site.meter is not None,
        access=Access(charger.access.value),
        access_epoch=charger.access_epoch,
        disabled=charger.disabled,
        owner=pseudonym(charger),
        time_zone=site.time_zone,
        default_night=DefaultNight(start=start, end=end, current_a=limit_a),
    )


def _rights(charger: Charger, known: KnownGrants | None) -> tuple[tickets.Right, ...]:
    """Who may charge at this moment; where everyone may, nothing is locked and nobody is looked up."""
    if charger.access is ChargerAccess.EVERYONE:
        return tickets.rights_at((), clock.now())
    is_present = known is not None and known.access_epoch == charger.access_epoch
    found = known.grants if known is not None and is_present else grants.list_at(charger.charger_id)
    return tickets.rights_at(found, clock.now())


def _right(right: tickets.Right) -> Right:
    return Right(subject=right.subject, until=None if right.until is None else int(right.until.timestamp()))


def read_report(data: bytes, version: int) -> AppliedConfig:
    """What a charger says it has applied; ContractError if that is no report."""
    return AppliedConfig(version=version, digests=_digests(decode(data, ConfigReported)))


def list_pending(charger: Charger, site: Site, applied: AppliedConfig | None) -> tuple[str, ...]:
    """The settings, by their names in the API, that the charger has not said to have applied."""
    known = {} if applied is None else applied.digests
    wanted = _digests(_settings(charger, site))
    differing = {name for name in wanted if known.get(name) != wanted[name]} - _NO_SETTINGS
    return tuple(sorted({SETTINGS.get(name, name) for name in differing}))


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
