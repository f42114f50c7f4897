"""The life of a charger's certificate: issued by the factory, renewed, blocked.

Each step may be repeated after a failure anywhere and goes on where it stopped; until the new certificate of a renewal
has been used, the old one works. A renewal certifies the same key: the QR code on the box names it.
"""

from datetime import datetime
from typing import Literal

from chalicelib.adapters import certificates, device_keys, iot
from chalicelib.adapters.certificates import Certificate
from chalicelib.adapters.dynamo import factory
from chalicelib.domain.claims import SerialTaken, Unit, UnitBlocked, UnitState
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.ids import Serial
from chalicelib.observability import log
from chalicelib.services.commands import note_act

Cut = Literal["cut", "none", "not_cut"]
"""A connection was ended, there was none, or the device service did not do it."""


def issue(serial: Serial, request_pem: str) -> str:
    """The first certificate (PEM) of a registered unit, which is now a thing; a repeat answers the same.

    SerialTaken if the request is for another key, UnitBlocked for a unit that was cut off.
    """
    unit = _checked(serial, request_pem)
    if unit.certificate_id is None:
        made = certificates.create(request_pem)
        unit = factory.put_certificate(serial, made.certificate_id)
    return _activate(unit, unit.certificate_id)


def renew(serial: Serial, request_pem: str) -> str:
    """A certificate (PEM) that takes over when the charger first connects with it; a repeat answers the same.

    SerialTaken if the request is for another key, UnitBlocked for a unit that was cut off.
    """
    unit = _checked(serial, request_pem)
    if unit.next_certificate_id is None:
        made = certificates.create(request_pem)
        unit = factory.put_next_certificate(serial, made.certificate_id)
    return _activate(unit, unit.next_certificate_id)


def note_use(unit: Unit, certificate_id: str) -> None:
    """The unit has connected with this certificate: if it is the new one, the others are revoked, for ever."""
    if not certificate_id or certificate_id != unit.next_certificate_id:
        return
    if unit.certificate_id is not None:
        certificates.set_status(unit.certificate_id, "REVOKED")
    factory.promote_certificate(unit.serial, certificate_id)
    log.info("certificate_renewed", serial=unit.serial, certificate_id=certificate_id)


def block(serial: Serial, now: datetime) -> Cut:
    """Cut the unit off: it cannot be claimed, cannot connect, and is disconnected; what became of its connection.

    The block holds even if the connection could not be cut, which can be tried again by a repeat. UnitUnknown for a
    serial that was never made. What its owner has stays as it is.
    """
    factory.get(serial)
    factory.put_state(serial, UnitState.BLOCKED)
    for certificate_id in certificates.list_of(serial):
        certificates.set_status(certificate_id, "INACTIVE")
    note_act(serial, "block", now)
    try:
        return "cut" if iot.cut_connection(serial) else "none"
    except DependencyDown:
        log.warning("connection_not_cut", serial=serial)
        return "not_cut"


def unblock(serial: Serial, now: datetime) -> None:
    """Undo a block; UnitUnknown for a serial that was never made. Revoked certificates stay revoked."""
    unit = factory.get(serial)
    known = {unit.certificate_id, unit.next_certificate_id} - {None}
    for certificate_id in certificates.list_of(serial):
        if not known or certificate_id in known:
            certificates.set_status(certificate_id, "ACTIVE")
    factory.put_state(serial, UnitState.CLAIMED if unit.owner else UnitState.UNCLAIMED)
    note_act(serial, "unblock", now)


def _checked(serial: Serial, request_pem: str) -> Unit:
    unit = factory.get(serial)
    if device_keys.fingerprint_of(device_keys.key_of_request(request_pem, serial)) != unit.fingerprint:
        raise SerialTaken(f"the registry has another key for {serial}")
    if unit.state is UnitState.BLOCKED:
        raise UnitBlocked(f"{serial} is blocked")
    return unit


def _activate(unit: Unit, certificate_id: str | None) -> str:
    found: Certificate = certificates.get(str(certificate_id))
    certificates.attach(unit.serial, found)
    certificates.set_status(found.certificate_id, "ACTIVE")
    return found.pem
