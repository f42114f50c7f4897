"""A charger and a ticket: every refusal, and what makes a good one good."""

from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from hypothesis import given, settings
from hypothesis import strategies as st

from device_shadows.config import Access, TicketKey
from device_shadows.ticket import P256_ORDER, UnlockRefusal, parse
from simulator.car import Car
from simulator.phone_key import PhoneKey
from tests.simulator.nights import at
from tests.tickets import COMING, GUEST, LOCKED, PHONE, RETIRED, SIGNING, Door, Issuer

OTHER_PHONE = PhoneKey(ec.derive_private_key(8, ec.SECP256R1()))


def with_car(config: Any = LOCKED) -> Door:
    door = Door(config)
    door.charger.plug_in(Car(need_wh=9_000), at(-6))
    return door


def test_a_ticket_for_the_challenge_opens_the_present_plug_in() -> None:
    """Locked before, awaiting its plan after, and the status says who it was."""
    door = with_car()
    assert door.is_locked
    assert door.unlock() is None
    status = door.charger.present_status()
    assert (status.reason, status.unlocked_by, status.attempt) == ("awaiting_plan", "owner", None)


def test_a_kept_ticket_opens_too() -> None:
    """The phone has no network, the charger may have none either."""
    door = with_car()
    assert door.unlock(is_cached=True, subject=GUEST) is None
    assert door.charger.present_status().unlocked_by == GUEST


@pytest.mark.parametrize("issuer", [SIGNING, COMING])
def test_tickets_of_either_live_key_are_good(issuer: Issuer) -> None:
    """So that the cloud can change over at any moment."""
    assert with_car().unlock(issuer=issuer) is None


def another_nonce(door: Door) -> str | None:
    door.desk.challenge()
    ticket = SIGNING.issue(door.ticket(b"n" * 16))
    return door.present(ticket, door.desk.challenge())


def another_phone(door: Door) -> str | None:
    challenge = door.desk.challenge()
    return door.present(SIGNING.issue(door.ticket(challenge)), challenge, OTHER_PHONE)


def a_proof_for_another_challenge(door: Door) -> str | None:
    before = door.desk.challenge()
    door.desk.challenge()
    return door.present(SIGNING.issue(door.ticket(None)), before)


def a_proof_for_another_ticket(door: Door) -> str | None:
    challenge = door.desk.challenge()
    one, other = (SIGNING.issue(door.ticket(None, issued_at=door.charger.now_s - late)) for late in (0, 1))
    return door.answer(one, PHONE.prove(door.charger.serial, challenge, other))


def too_late(door: Door) -> str | None:
    challenge = door.desk.challenge()
    door.seconds = 120.1
    return door.present(SIGNING.issue(door.ticket(challenge)), challenge)


def twice(door: Door) -> str | None:
    challenge = door.desk.challenge()
    ticket = SIGNING.issue(door.ticket(challenge))
    assert door.present(ticket, challenge) is None
    return door.present(ticket, challenge)


def never_asked(door: Door) -> str | None:
    return door.present(SIGNING.issue(door.ticket(b"n" * 16)), b"n" * 16)


def signed_by_another_of_this_name(door: Door) -> str | None:
    return door.unlock(issuer=Issuer(99, SIGNING.kid))


def with_the_second_signature(door: Door) -> str | None:
    challenge = door.desk.challenge()
    good = SIGNING.issue(door.ticket(challenge))
    s = P256_ORDER - int.from_bytes(good[-32:])
    return door.present(good[:-32] + s.to_bytes(32), challenge)


def at_an_unset_clock(door: Door) -> str | None:
    door.charger.lose_power(at(-6))
    door.charger.regain_power(at(-6), is_clock_known=False)
    return door.unlock(is_cached=True)


def disabled(door: Door) -> str | None:
    door.charger.apply_config(msgspec.structs.replace(LOCKED, disabled=True), at(-6))
    return door.unlock()


def a_key_that_is_none(door: Door) -> str | None:
    keys = (TicketKey(kid=SIGNING.kid, public_key="A" * 122),)
    door.charger.apply_config(msgspec.structs.replace(LOCKED, ticket_keys=keys), at(-6))
    return door.unlock()


REFUSALS: dict[str, tuple[Callable[[Door], str | None], UnlockRefusal]] = {
    "disabled": (disabled, UnlockRefusal.DISABLED),
    "never asked": (never_asked, UnlockRefusal.NO_CHALLENGE),
    "later than two minutes": (too_late, UnlockRefusal.NO_CHALLENGE),
    "the same answer twice": (twice, UnlockRefusal.NO_CHALLENGE),
    "not a ticket": (lambda door: (door.desk.challenge(), door.answer(b"x", b"y"))[1], UnlockRefusal.NOT_A_TICKET),
    "the other signature of the same": (with_the_second_signature, UnlockRefusal.NOT_A_TICKET),
    "a retired key": (lambda door: door.unlock(issuer=RETIRED), UnlockRefusal.UNKNOWN_KEY),
    "a live key that is no key": (a_key_that_is_none, UnlockRefusal.UNKNOWN_KEY),
    "a key that took the name": (signed_by_another_of_this_name, UnlockRefusal.SIGNATURE_INVALID),
    "another charger's": (lambda door: door.unlock(serial="ZC-000002"), UnlockRefusal.WRONG_CHARGER),
    "another challenge's": (another_nonce, UnlockRefusal.WRONG_CHALLENGE),
    "another phone's": (another_phone, UnlockRefusal.PROOF_INVALID),
    "a phone key that is none": (lambda door: door.unlock(phone_key=b"\x05" * 33), UnlockRefusal.PROOF_INVALID),
    "a proof from before": (a_proof_for_another_challenge, UnlockRefusal.PROOF_INVALID),
    "a proof for another ticket": (a_proof_for_another_ticket, UnlockRefusal.PROOF_INVALID),
    "an older epoch": (lambda door: door.unlock(access_epoch=2), UnlockRefusal.OLD_EPOCH),
    "kept, and the clock is not set": (at_an_unset_clock, UnlockRefusal.TIME_UNKNOWN),
    "kept, 61 s too early": (
        lambda door: door.unlock(is_cached=True, issued_at=door.charger.now_s + 61),
        UnlockRefusal.NOT_YET_VALID,
    ),
    "kept, 61 s too late": (
        lambda door: door.unlock(is_cached=True, expires_at=door.charger.now_s - 61),
        UnlockRefusal.EXPIRED,
    ),
    "kept, and the right has ended": (
        lambda door: door.unlock(is_cached=True, until=door.charger.now_s),
        UnlockRefusal.RIGHT_ENDED,
    ),
}


@pytest.mark.parametrize(("present", "refusal"), REFUSALS.values(), ids=list(REFUSALS))
def test_a_refused_ticket_leaves_the_charger_as_it_was(
    present: Callable[[Door], str | None], refusal: UnlockRefusal
) -> None:
    """With the reason that the page explains."""
    door = with_car()
    assert present(door) == refusal
    if present not in {twice, disabled}:
        assert door.is_locked
        assert door.charger.present_status().unlocked_by is None


def test_a_charger_that_was_never_configured_takes_no_ticket() -> None:
    """It has no keys to verify with."""
    assert Door(None).unlock() == UnlockRefusal.NO_CONFIG


def test_every_refusal_has_a_row() -> None:
    """A new reason is not forgotten here."""
    told = {refusal for _, refusal in REFUSALS.values()} | {UnlockRefusal.NO_CONFIG}
    assert told == set(UnlockRefusal)


def test_the_edges_of_the_clock_are_inside() -> None:
    """60 s of tolerance to either side, the last one included; the last second of the challenge too."""
    early, late, slow = with_car(), with_car(), with_car()
    assert early.unlock(is_cached=True, issued_at=early.charger.now_s + 60) is None
    assert late.unlock(is_cached=True, expires_at=late.charger.now_s - 60) is None
    challenge = slow.desk.challenge()
    slow.seconds = 120.0
    assert slow.present(SIGNING.issue(slow.ticket(challenge)), challenge) is None


@pytest.mark.parametrize("error_s", [-86_400, -61, 61, 86_400])
def test_a_clock_that_is_wrong_or_not_set_does_not_matter_with_a_challenge(error_s: int) -> None:
    """The cloud has looked at the right a moment ago."""
    wrong, unset = with_car(), with_car()
    wrong.charger.disturb_clock(error_s, at(-6))
    assert wrong.unlock() is None
    unset.charger.lose_power(at(-6))
    unset.charger.regain_power(at(-6), is_clock_known=False)
    assert unset.unlock() is None
    assert not unset.is_locked


def test_a_kept_ticket_needs_a_new_challenge_each_time() -> None:
    """Unplugged and plugged in within the 15 minutes: the old answer is worth nothing, a new one opens."""
    door = with_car()
    challenge = door.desk.challenge()
    ticket = SIGNING.issue(door.ticket(None))
    assert door.present(ticket, challenge) is None
    door.charger.unplug(at(-6, 300))
    door.charger.plug_in(Car(need_wh=9_000), at(-6, 302))
    assert door.is_locked
    assert door.present(ticket, challenge) == UnlockRefusal.NO_CHALLENGE
    assert door.is_locked
    door.desk.challenge()
    assert door.present(ticket, challenge) == UnlockRefusal.PROOF_INVALID
    assert door.present(ticket, door.desk.challenge()) is None
    assert not door.is_locked


def test_a_challenge_does_not_outlive_a_power_cut() -> None:
    """What was asked before cannot be answered after."""
    door = with_car()
    challenge = door.desk.challenge()
    door.desk.power_on()
    assert door.present(SIGNING.issue(door.ticket(challenge)), challenge) == UnlockRefusal.NO_CHALLENGE


@settings(max_examples=200)
@given(data=st.data())
def test_altered_bytes_are_never_accepted(data: st.DataObject) -> None:
    """One bit or many, of the ticket or of the proof, though the phone signs whatever it carries."""
    door = with_car()
    challenge = door.desk.challenge()
    good = SIGNING.issue(door.ticket(challenge, until=door.charger.now_s + 60))
    altered = bytearray(good)
    for place in data.draw(st.lists(st.integers(0, len(good) - 1), min_size=1, max_size=3, unique=True)):
        altered[place] ^= data.draw(st.integers(1, 255))
    assert door.present(bytes(altered), challenge) is not None
    assert door.is_locked
    challenge = door.desk.challenge()
    good = SIGNING.issue(door.ticket(challenge))
    proof = bytearray(PHONE.prove(door.charger.serial, challenge, good))
    proof[data.draw(st.integers(0, 71)) % len(proof)] ^= data.draw(st.integers(1, 255))
    assert door.answer(good, bytes(proof)) == UnlockRefusal.PROOF_INVALID


@settings(max_examples=100)
@given(
    ticket_epoch=st.integers(0, 6),
    own_epoch=st.integers(0, 6),
    starts_in_s=st.integers(-1000, 200),
    lives_s=st.integers(0, 900),
    right_s=st.none() | st.integers(-100, 2000),
)
def test_a_kept_ticket_is_good_exactly_in_its_window_and_epoch(
    ticket_epoch: int, own_epoch: int, starts_in_s: int, lives_s: int, right_s: int | None
) -> None:
    """Against the rules written a second time, as one expression."""
    door = with_car(msgspec.structs.replace(LOCKED, access_epoch=own_epoch))
    now_s = door.charger.now_s
    times: dict[str, Any] = {"issued_at": now_s + starts_in_s, "expires_at": now_s + starts_in_s + lives_s}
    until = None if right_s is None else now_s + right_s
    refusal = door.unlock(is_cached=True, access_epoch=ticket_epoch, until=until, **times)
    is_good = (
        ticket_epoch >= own_epoch
        and -starts_in_s >= -60
        and starts_in_s + lives_s + 60 >= 0
        and (right_s is None or right_s > 0)
    )
    assert (refusal is None) == is_good
    assert door.is_locked == (not is_good)


def test_a_ticket_says_no_more_than_it_must() -> None:
    """Nothing of a person but the word for their right at this charger."""
    door = with_car()
    plain = parse(SIGNING.issue(door.ticket(None, subject=GUEST))).ticket
    assert {plain.serial, plain.subject} == {door.charger.serial, GUEST}


def test_everybody_may_charge_where_access_is_for_everyone_and_a_ticket_says_who() -> None:
    """Nothing is locked, and the session has a name."""
    door = with_car(msgspec.structs.replace(LOCKED, access=Access.EVERYONE))
    assert not door.is_locked
    assert door.unlock(subject=GUEST) is None
    assert door.charger.present_status().unlocked_by == GUEST
