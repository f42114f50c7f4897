"""Guests and tickets: from the grant in the store to the second at which their charging stops."""

from datetime import datetime, timedelta

import pytest

from chalicelib.adapters import clock, config_shadow
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.grants import GrantRow
from chalicelib.domain.accounts import Account
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import NotAllowed, NotFound
from chalicelib.domain.tickets import MOST_RIGHTS, rights_at
from chalicelib.services import chargers, guests, tickets
from chalicelib.services.chargers import settings_of
from device_shadows.claim import from_base64url, to_base64url
from device_shadows.codec import convert
from device_shadows.config import ConfigDesired
from device_shadows.names import Serial
from device_shadows.ticket import parse
from simulator.car import Car
from simulator.charger import Charger as Box
from simulator.unlocking import UnlockDesk, UnlockRefusedError
from tests.guests_cloud import let_in
from tests.identity import People
from tests.made_chargers import NOW, MadeCharger
from tests.tickets import PHONE

HOUR = timedelta(hours=1)


class Place:
    """Kari's locked charger with a car, and Ola, her guest until 20:00."""

    def __init__(self, people: People) -> None:
        self.kari, self.ola = people.account("+4790000001"), people.account("+4790000002")
        self.made = MadeCharger()
        self.charger: Charger = self.made.claim(self.kari)
        ChargerRow(self.charger.charger_id).update(actions=[ChargerRow.access.set("via_phone")])
        self.grant = let_in(self.ola, self.charger.charger_id, NOW - HOUR, NOW + 5 * HOUR)
        config_shadow.write(self.charger.serial, lambda: settings_of(self.charger))
        self.box = Box(Serial(self.made.serial), at=NOW)
        self.hear(NOW)
        self.box.plug_in(Car(need_wh=50_000), NOW)
        self.desk = UnlockDesk(self.box)

    def hear(self, at: datetime) -> None:
        """The delta reaches the charger."""
        self.box.apply_config(convert(self.made.config(), ConfigDesired), at)

    def ticket(self, who: Account, at: datetime = NOW, nonce: str | None = None) -> bytes:
        """What `who` gets at `at`."""
        issued = tickets.issue(who, self.charger.charger_id, PHONE.text, nonce, at, clock.real_now())
        return from_base64url(issued.ticket)

    def unlock(self, ticket: bytes) -> None:
        """With the phone beside the charger."""
        challenge = self.desk.challenge()
        self.desk.unlock(ticket, PHONE.prove(self.box.serial, challenge, ticket))

    @property
    def reason(self) -> str:
        """Why the charger does what it does."""
        return self.box.present_status().reason


@pytest.fixture
def place(people: People) -> Place:
    return Place(people)


def test_a_guest_gets_a_ticket_of_their_grant_that_ends_with_it(place: Place) -> None:
    """The charger learns the id of the grant and its end, nothing else of the guest."""
    said = parse(place.ticket(place.ola)).ticket
    until = int((NOW + 5 * HOUR).timestamp())
    assert (said.subject, said.until) == (place.grant.grant_id, until)
    late = parse(place.ticket(place.ola, NOW + 5 * HOUR - timedelta(seconds=30))).ticket
    assert late.expires_at == until


@pytest.mark.parametrize("at", [NOW - HOUR - timedelta(milliseconds=1), NOW + 5 * HOUR])
def test_a_guest_outside_the_window_gets_none(place: Place, at: datetime) -> None:
    """A millisecond before the start, and at the end."""
    with pytest.raises(NotAllowed):
        place.ticket(place.ola, at)
    assert place.ticket(place.ola, NOW - HOUR)
    assert place.ticket(place.ola, NOW + 5 * HOUR - timedelta(milliseconds=1))


def test_a_revoked_guest_is_refused_and_stopped_at_once(place: Place) -> None:
    """No ticket from the moment it is answered; the delta stops the session; the ticket of before opens nothing."""
    ticket = place.ticket(place.ola)
    place.unlock(ticket)
    before = place.reason
    guests.end(place.kari, place.charger.charger_id, place.grant.grant_id, NOW)
    with pytest.raises((NotFound, NotAllowed)):
        place.ticket(place.ola)
    place.hear(NOW + timedelta(seconds=2))
    assert (before, place.reason) == ("awaiting_plan", "locked")
    with pytest.raises(UnlockRefusedError, match="old_epoch"):
        place.unlock(ticket)


def test_others_go_on_when_a_guest_is_revoked(place: Place, people: People) -> None:
    """The owner, and a guest who came after the charger was last told of rights."""
    per = people.account("+4790000003")
    later = let_in(per, place.charger.charger_id, NOW - HOUR, None, "grant_2")
    place.unlock(place.ticket(per))
    guests.end(place.kari, place.charger.charger_id, place.grant.grant_id, NOW)
    place.hear(NOW + timedelta(seconds=2))
    assert place.reason == "awaiting_plan"
    assert place.box.present_status().unlocked_by == later.grant_id


def test_the_configuration_names_who_may_charge_now(place: Place) -> None:
    """Where everyone may, nobody is named but the owner."""
    named = [right["subject"] for right in place.made.config()["rights"]]
    ChargerRow(place.charger.charger_id).update(actions=[ChargerRow.access.set("everyone")])
    present = chargers.get(place.kari, place.charger.charger_id, NOW)
    config_shadow.write(place.charger.serial, lambda: settings_of(present))
    assert (named, place.made.config()["rights"]) == (["owner", "grant_1"], [{"subject": "owner"}])


def test_as_many_rights_as_fit_are_told(place: Place) -> None:
    """The owner is always among them."""
    many = [let_in(place.ola, place.charger.charger_id, NOW, None, f"grant_{number + 10}") for number in range(40)]
    told = rights_at(many, NOW)
    assert (len(told), told[0].subject) == (MOST_RIGHTS, "owner")
    assert GrantRow.count() == 41


def test_a_ticket_for_a_challenge_opens_for_a_guest_too(place: Place) -> None:
    """The way with network."""
    challenge = place.desk.challenge()
    ticket = place.ticket(place.ola, nonce=to_base64url(challenge))
    place.desk.unlock(ticket, PHONE.prove(place.box.serial, challenge, ticket))
    assert place.box.present_status().unlocked_by == place.grant.grant_id
