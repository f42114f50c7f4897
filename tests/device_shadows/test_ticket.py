"""The one form of a ticket: its size, its bytes, and that every other form is refused."""

import contextlib
import hashlib
import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import example, given, settings
from hypothesis import strategies as st

from device_shadows import cbor
from device_shadows.claim import to_base64url
from device_shadows.errors import TicketMalformedError
from device_shadows.names import Serial
from device_shadows.ticket import MAX_BYTES, P256_ORDER, Ticket, assemble, parse, proof_message, to_be_signed

PAGE = (Path(__file__).parents[2] / "docs" / "device-protocol.md").read_text()
SIGNATURE = b"\x01" * 64
COUNTER = 2**53 - 1
LATEST_S = 253_402_300_799
TICKET = Ticket(
    serial="ZC-00000001",
    subject="owner",
    access_epoch=3,
    issued_at=1_770_764_400,
    expires_at=1_770_765_300,
    until=None,
    phone_key=b"\x02" + b"k" * 32,
    nonce=None,
)
WORDS = st.text("abcXYZ019_-", min_size=1)


@st.composite
def tickets(draw: st.DrawFn) -> Ticket:
    times = st.integers(0, LATEST_S)
    return Ticket(
        serial=draw(st.text("ABCZ0189-", min_size=8, max_size=20)),
        subject=draw(st.text("abcXYZ019_-", min_size=1, max_size=32)),
        access_epoch=draw(st.integers(0, COUNTER)),
        issued_at=draw(times),
        expires_at=draw(times),
        until=draw(st.none() | times),
        phone_key=draw(st.binary(min_size=33, max_size=33)),
        nonce=draw(st.none() | st.binary(min_size=16, max_size=16)),
    )


LONGEST = Ticket(
    serial="Z" * 20,
    subject="s" * 32,
    access_epoch=COUNTER,
    issued_at=LATEST_S,
    expires_at=LATEST_S,
    until=LATEST_S,
    phone_key=b"\x03" * 33,
    nonce=b"n" * 16,
)


@given(ticket=tickets(), kid=st.text("abcXYZ019_-", min_size=1, max_size=16))
@example(ticket=LONGEST, kid="k" * 16)
def test_a_ticket_is_read_as_it_was_made_and_fits_one_write(ticket: Ticket, kid: str) -> None:
    """Whatever it says, with the longest values too."""
    data = assemble(ticket, kid, SIGNATURE)
    signed = parse(data)
    assert (signed.ticket, signed.kid, signed.signature) == (ticket, kid, SIGNATURE)
    assert signed.signed == to_be_signed(ticket, kid)
    assert len(data) <= MAX_BYTES


def test_the_longest_ticket_is_measured() -> None:
    """Seven bytes are left of what one Bluetooth write carries; a usual ticket needs 200."""
    usual = msgspec.structs.replace(TICKET, subject="grant_4f1c09b2a3d4e5f607182930", nonce=b"n" * 16, until=1)
    assert (len(assemble(LONGEST, "k" * 16, SIGNATURE)), len(assemble(usual, "doBaY6aY", SIGNATURE))) == (237, 194)


@settings(max_examples=400)
@given(ticket=tickets(), data=st.data())
def test_any_other_bytes_are_refused_or_read_as_another_ticket(ticket: Ticket, data: st.DataObject) -> None:
    """No two byte strings say the same: what is altered is seen in what is signed, or in the signature itself."""
    good = assemble(ticket, "kid", SIGNATURE)
    place, value = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(1, 255))
    changed = bytearray(good)
    changed[place] ^= value
    cut = data.draw(st.integers(0, len(good) - 1))
    for other in (bytes(changed), good[:cut], good + b"\x00", good[:cut] + good[cut + 1 :]):
        try:
            read = parse(other)
        except TicketMalformedError:
            continue
        assert (read.signed, read.signature, read.kid) != (parse(good).signed, SIGNATURE, "kid")
        assert assemble(read.ticket, read.kid, read.signature) == other


@given(st.binary(max_size=300) | st.binary(max_size=200).map(lambda tail: b"\xd2\x84" + tail))
def test_any_bytes_are_a_ticket_or_refused(data: bytes) -> None:
    """Never another error."""
    with contextlib.suppress(TicketMalformedError):
        assert len(parse(data).signature) == 64


WRONG: dict[str, dict[str, Any]] = {
    "short serial": {"serial": "ZC"},
    "subject with a space": {"subject": "a b"},
    "no subject": {"subject": ""},
    "negative epoch": {"access_epoch": -1},
    "short key": {"phone_key": b"k" * 32},
    "long nonce": {"nonce": b"n" * 17},
    "time of the year 10000": {"expires_at": LATEST_S + 1},
    "text as a number": {"issued_at": "1"},
    "a number as text": {"serial": 5},
}


@pytest.mark.parametrize("changes", WRONG.values(), ids=list(WRONG))
def test_what_cannot_be_is_not_made(changes: dict[str, Any]) -> None:
    """The cloud never sends what a charger would refuse for its form."""
    wrong = msgspec.structs.replace(TICKET, **changes)
    with pytest.raises(TicketMalformedError):
        assemble(wrong, "kid", SIGNATURE)


HALF = P256_ORDER // 2
SIGNATURES = {
    "63 bytes": b"\x01" * 63,
    "65 bytes": b"\x01" * 65,
    "s above half the order": b"\x01" * 32 + (HALF + 1).to_bytes(32),
    "s of nothing": b"\x01" * 32 + bytes(32),
}


@pytest.mark.parametrize("signature", SIGNATURES.values(), ids=list(SIGNATURES))
def test_a_signature_has_one_form(signature: bytes) -> None:
    """The second signature that anybody can make of a first is refused."""
    with pytest.raises(TicketMalformedError):
        assemble(TICKET, "kid", signature)
    assert assemble(TICKET, "kid", b"\x01" * 32 + HALF.to_bytes(32))


@pytest.mark.parametrize("kid", ["", "k" * 17, "a b", "æ"])
def test_a_key_has_a_short_name(kid: str) -> None:
    """1 to 16 characters."""
    with pytest.raises(TicketMalformedError):
        assemble(TICKET, kid, SIGNATURE)


LONGER_SPELLINGS = {
    "17 as two bytes": b"\x18\x11",
    "24 as three bytes": b"\x19\x00\x18",
    "bytes without a length": b"\x5f\x41a\xff",
    "true": b"\xf5",
    "a map": b"\xa0",
    "a tag": b"\xc1\x00",
    "negative": b"\x20",
    "two items": b"\x00\x00",
    "nothing": b"",
    "text that is no UTF-8": b"\x61\xff",
    "too deep": b"\x81" * 9 + b"\x00",
    "a length beyond the end": b"\x9b" + b"\xff" * 8,
}


@pytest.mark.parametrize("data", LONGER_SPELLINGS.values(), ids=list(LONGER_SPELLINGS))
def test_every_value_has_one_spelling(data: bytes) -> None:
    """So that nothing can be changed without changing what is said."""
    with pytest.raises(TicketMalformedError):
        cbor.decode(data)


@given(st.recursive(st.none() | st.integers(0, 2**64 - 1) | st.binary(max_size=300) | st.text(max_size=20), st.lists))
def test_cbor_is_read_as_it_was_written(item: Any) -> None:
    """Up to four levels, which is one more than any ticket has."""
    data = cbor.encode(item)
    try:
        assert cbor.decode(data) == item
    except TicketMalformedError:
        assert data.startswith(b"\x81") or b"\x81" in data or len(data) > 4


def vector() -> dict[str, str]:
    """The lines of the page's test vector; a line without a name goes on with the one before."""
    found: dict[str, str] = {}
    [text] = re.findall(r"```vector\n(.*?)```", PAGE, re.DOTALL)
    name = ""
    for line in text.splitlines():
        name = line[:13].strip() or name
        found[name] = found.get(name, "") + line[13:].strip()
    return found


def test_the_test_vector_of_the_page_is_what_the_code_makes_and_verifies() -> None:
    """A firmware engineer who gets these bytes has understood the format."""
    told = vector()
    ticket_key, phone_key = (
        ec.derive_private_key(int(told[name], 16), ec.SECP256R1()) for name in ("ticket key", "phone key")
    )
    der = ticket_key.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    assert told["public key"] == to_base64url(der)
    assert told["kid"] == to_base64url(hashlib.sha256(der).digest())[:8]
    data, challenge = bytes.fromhex(told["ticket"]), bytes.fromhex(told["challenge"])
    read = parse(data)
    assert (read.kid, read.ticket.nonce, read.ticket.serial) == (told["kid"], challenge, "ZC-00000001")
    assert to_be_signed(read.ticket, read.kid).hex() == told["signed"]
    assert proof_message(Serial("ZC-00000001"), challenge, data).hex() == told["proof over"]
    scheme = ec.ECDSA(hashes.SHA256(), deterministic_signing=True)
    proof = phone_key.sign(bytes.fromhex(told["proof over"]), scheme)
    assert proof.hex() == told["proof"]
    phone_key.public_key().verify(proof, bytes.fromhex(told["proof over"]), scheme)
