"""Two live keys: either verifies, the one that was retired does not, and chargers hear of it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.adapters import clock, ticket_contract
from chalicelib.adapters import ticket_keys as adapter
from chalicelib.domain.ids import Serial
from chalicelib.domain.tickets import NextKeyIsFresh, Right, SeedState, TicketKind, make_terms, next_seed
from chalicelib.services import ticket_keys
from device_shadows.claim import from_base64url
from device_shadows.codec import convert
from device_shadows.config import ConfigDesired
from device_shadows.names import Serial as DeviceSerial
from device_shadows.ticket import P256_ORDER, parse
from simulator.unlocking import UnlockRefusedError, verify
from tests.identity import People
from tests.made_chargers import NOW, MadeCharger
from tests.tickets import PHONE

DAY = timedelta(days=1)


@pytest.fixture
def made(people: People) -> MadeCharger:
    charger = MadeCharger()
    charger.claim(people.account("+4790000001"))
    return charger


def a_ticket(serial: str) -> bytes:
    """One that the signing key of this moment makes."""
    terms = make_terms(Serial(serial), Right(subject="owner"), 0, TicketKind.CACHED, NOW)
    return from_base64url(ticket_contract.sign(terms, PHONE.point, None))


def refusal(made: MadeCharger, ticket: bytes) -> str | None:
    """What the charger with the configuration of this moment says."""
    serial, challenge = DeviceSerial(made.serial), b"c" * 16
    config = convert(made.config(), ConfigDesired)
    try:
        proof = PHONE.prove(serial, challenge, ticket)
        verify(ticket, proof, serial=serial, challenge=challenge, config=config)
    except UnlockRefusedError as error:
        return error.reason
    return None


def test_rotation_changes_the_signing_key_under_a_charger_that_needs_no_news(made: MadeCharger) -> None:
    """Before and after a rotation tickets are good; when chargers are told, the retired key's are not any more."""
    before = a_ticket(made.serial)
    signing, coming = ticket_keys.show()
    rotated = ticket_keys.rotate(clock.real_now())
    after = a_ticket(made.serial)
    assert (parse(before).kid, parse(after).kid) == (signing.kid, coming.kid)
    assert (rotated[0].kid, rotated[0].signs, rotated[1].signs) == (coming.kid, True, False)
    assert (refusal(made, before), refusal(made, after)) == (None, None)
    assert list(ticket_keys.publish()) == [made.serial]
    assert (refusal(made, before), refusal(made, after)) == ("unknown_key", None)
    assert [key["kid"] for key in made.config()["ticket_keys"]] == [key.kid for key in rotated]


def test_a_key_rests_a_day_before_it_signs_unless_one_insists(made: MadeCharger) -> None:
    """So that nobody rotates twice before chargers have heard of the first."""
    start = clock.real_now()
    first = ticket_keys.rotate(start)
    with pytest.raises(NextKeyIsFresh):
        ticket_keys.rotate(start + DAY - timedelta(seconds=1))
    assert [key.kid for key in ticket_keys.show()] == [key.kid for key in first]
    second = ticket_keys.rotate(start + timedelta(seconds=1), insists=True)
    third = ticket_keys.rotate(start + timedelta(seconds=1) + DAY)
    kids = [key.kid for keys in (first, second, third) for key in keys]
    assert (kids[1], kids[3]) == (kids[2], kids[4])
    assert len(set(kids)) == 4


def test_publishing_again_changes_nothing(made: MadeCharger) -> None:
    """It may be interrupted and repeated."""
    ticket_keys.rotate(clock.real_now())
    told = list(ticket_keys.publish())
    config = made.config()
    assert (list(ticket_keys.publish()), made.config()) == (told, config)


@given(numbers=st.permutations([4, 5]), rounds=st.integers(1, 5))
def test_there_are_always_two_keys_and_the_next_one_is_known_before_it_signs(numbers: list[int], rounds: int) -> None:
    """Whichever secret holds which."""
    states = [SeedState(number=number, key=f"seed{number}") for number in numbers]
    for day in range(rounds):
        signing, coming = sorted(states, key=lambda state: state.number)
        made = next_seed((states[0], states[1]), f"new{day}", NOW + 2 * day * DAY)
        states[states.index(signing)] = made
        assert min(states, key=lambda state: state.number) == coming
        assert made.number == coming.number + 1


@given(st.text(min_size=1, max_size=80))
def test_any_seed_makes_a_key_of_the_curve_and_signatures_of_one_form(seed: str) -> None:
    """The same key each time, and never the higher one of two signatures."""
    key, again = (adapter.TicketKey(SeedState(number=1, key=seed)) for _ in range(2))
    signature = key.sign(b"message")
    assert (key.kid, key.public_key) == (again.kid, again.public_key)
    assert re.fullmatch(r"[A-Za-z0-9_-]{8}", key.kid)
    assert len(signature) == 64
    assert int.from_bytes(signature[32:]) <= P256_ORDER // 2
    assert repr(key) == f"TicketKey({key.kid})"


def test_the_configuration_of_a_claimed_charger_has_both_keys_and_its_owners_right(made: MadeCharger) -> None:
    """From the first moment on."""
    config: Any = made.config()
    assert [key["kid"] for key in config["ticket_keys"]] == [key.kid for key in ticket_keys.show()]
    assert config["rights"] == [{"subject": "owner"}]
