"""Every route with every actor and every kind of id: the status that is due, and after a refusal an unchanged store."""

import json
import re
import time
import uuid
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.sqs.models import sqs_backends

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import sites
from chalicelib.adapters.dynamo.accounts import AccountRow
from chalicelib.api.blueprint import OPERATIONS
from chalicelib.domain.accounts import CURRENT_TERMS, Account
from chalicelib.services import sign_in
from chalicelib.services.sites import suggested_site
from tests import infra
from tests.access_table import AT_CHARGERS, GOOD, GUESTS, NOBODY, TABLE, UNKNOWN, Actor, IdKind, Row, Rule, expected
from tests.api_client import ApiClient, Reply
from tests.energy_cloud import a_night
from tests.guests_cloud import let_in
from tests.identity import Mint, People
from tests.made_chargers import MadeCharger
from tests.stored import the_store

PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)
SERIALS = ("ZC-00000001", "ZC-00000002", "ZC-00000003", "ZC-00000004")
MALFORMED = ("a b", "a.b", "x" * 65, "æ", "%2e%2e", "'--")


class World:
    """Kari, who owns; Ola, who owns other things; Per, who owns nothing; and what they call by which id."""

    def __init__(self, people: People, mint: Mint, patch: pytest.MonkeyPatch) -> None:
        self.mint = mint
        self.kari, self.ola, self.per = (people.account(f"+4790000{index:03d}") for index in (1, 2, 3))
        self.somebody = people.account("+4791000009")
        self.guests = {actor: people.account(f"+479100000{index}") for index, actor in enumerate(GUESTS)}
        self.phones = 10
        night = a_night(self.kari, PLUG_IN, patch)
        night.plug_in(8000)
        self.spare = MadeCharger(SERIALS[2])
        self.ids = {
            IdKind.REAL: self._owned(self.kari, night.claimed.charger_id, self.spare),
            IdKind.FOREIGN: self._owned(
                self.ola, MadeCharger(SERIALS[1]).claim(self.ola).charger_id, MadeCharger(SERIALS[3])
            ),
        }

        self._let_in_guests()

    def _let_in_guests(self) -> None:
        day = timedelta(days=1)
        for actor, since, until in (
            (Actor.GUEST_INSIDE, PLUG_IN - day, None),
            (Actor.GUEST_BEFORE, PLUG_IN + day, None),
            (Actor.GUEST_AFTER, PLUG_IN - 2 * day, PLUG_IN - day),
        ):
            let_in(self.guests[actor], self.ids[IdKind.REAL]["charger"], since, until, f"grant_{actor.name.lower()}")
        let_in(self.somebody, self.ids[IdKind.FOREIGN]["charger"], PLUG_IN, None, "grant_foreign")
        self.ids[IdKind.REAL]["grant"] = "grant_guest_inside"
        self.ids[IdKind.FOREIGN]["grant"] = "grant_foreign"

    def _owned(self, who: Account, charger_id: str, spare: MadeCharger) -> dict[str, str]:
        claim, proof = spare.begin_claim(who)
        site = suggested_site(who.account_id, None, PLUG_IN)
        sites.create(site)
        if who is self.kari:
            self.signature = proof.signature
        return {"charger": charger_id, "site": site.site_id, "claim": claim.claim_id, "zone": "NO5"}

    def path(self, row: Row, kind: IdKind, malformed: str = "a b") -> str:
        """The path with ids of this kind."""

        def known(found: re.Match[str]) -> str:
            name = found[1]
            if kind in self.ids:
                return self.ids[kind][name]
            return f"{name}_{uuid.uuid4().hex[:24]}" if kind is IdKind.RANDOM else malformed

        return re.sub(r"{(\w+)}", known, row.path) + row.query

    def token(self, actor: Actor) -> str:
        """What `actor` sends."""
        subject = (self.guests | {Actor.OTHER: self.per}).get(actor, self.kari).account_id
        if actor is Actor.NO_TOKEN:
            return ""
        if actor is Actor.BAD_TOKEN:
            return self.mint.token(subject, client_id="another")
        if actor is Actor.EXPIRED_TOKEN:
            return self.mint.token(subject, iat=int(time.time()) - 1000, exp=int(time.time()) - 100)
        return self.mint.token(subject, iat=int(time.time()) + 1)

    def become(self, actor: Actor) -> None:
        """Accept or forget the terms for Kari."""
        version = "2020-01-01" if actor is Actor.BEFORE_TERMS else CURRENT_TERMS
        AccountRow(self.kari.account_id).update(actions=[AccountRow.terms_version.set(version)])

    def next_phone(self) -> str:
        """A number that nobody has used."""
        self.phones += 1
        return f"+479000{self.phones:04d}"

    def code_entry(self) -> dict[str, str]:
        """A right code for a new number."""
        sent = sign_in.request_code(self.next_phone(), "no", "192.0.2.1", clock.real_now())
        return {"challenge_id": sent.challenge_id, "code": self._newest_code()}

    def refresh_token(self) -> dict[str, str]:
        """One that works."""
        entry = self.code_entry()
        done = sign_in.exchange_code(entry["challenge_id"], entry["code"], "no", clock.real_now())
        return {"refresh_token": done.tokens.refresh_token}

    def invitation(self) -> dict[str, str]:
        """Somebody new."""
        return {"name": "Ny", "phone": self.next_phone()}

    def new_claim(self) -> dict[str, str]:
        """The QR code of a charger that nobody owns."""
        return {"serial": self.spare.serial, "fingerprint": self.spare.fingerprint}

    def proof(self) -> dict[str, str]:
        """The signature for Kari's own claim."""
        return {"signature": self.signature}

    def _newest_code(self) -> str:
        queue = sqs_backends[DEFAULT_ACCOUNT_ID][infra.REGION].queues["SmsQueue"]
        return str(json.loads(queue._messages[-1].body)["code"])

    def secrets_of_kari(self) -> set[str]:
        """What nobody else may be told."""
        own = self.ids[IdKind.REAL]
        return {own["charger"], own["site"], own["claim"], self.kari.phone, self.kari.account_id, SERIALS[0]}


@pytest.fixture
def world(people: People, mint: Mint, cognito: Any, monkeypatch: pytest.MonkeyPatch) -> World:
    return World(people, mint, monkeypatch)


def call(api: ApiClient, world: World, row: Row, actor: Actor, path: str) -> Reply:
    """One request, which must leave the store as it is if it is refused or only reads."""
    body = row.sent(world) if row.sent else None
    before = the_store()
    reply = api.call(row.method, path, body=body, token=world.token(actor), headers=dict(row.headers))
    if reply.status >= 400 or row.method == "GET":
        assert the_store() == before, (row.name, actor, path)
    return reply


def kinds(row: Row) -> tuple[IdKind, ...]:
    return tuple(IdKind) if "{" in row.path else (IdKind.REAL,)


def test_every_route_has_a_row_and_every_row_a_route(api: ApiClient) -> None:
    """Whoever adds a route says here who may use it."""
    assert sorted(row.name for row in TABLE) == sorted(f"{one.method} {one.path}" for one in OPERATIONS)


@pytest.mark.parametrize("row", TABLE, ids=lambda row: row.name)
def test_each_actor_gets_what_the_table_says(api: ApiClient, world: World, row: Row) -> None:
    """Refusals first, then what is allowed; who is refused learns nothing and changes nothing."""
    [good] = [int(one.status) for one in OPERATIONS if (one.method, one.path) == (row.method, row.path)]
    cases = [(actor, kind) for actor in Actor for kind in kinds(row)]
    for actor, kind in sorted(cases, key=lambda case: expected(row.rule, *case) == GOOD):
        world.become(actor)
        due = expected(row.rule, actor, kind)
        for malformed in MALFORMED if kind is IdKind.MALFORMED else ("",):
            path = world.path(row, kind, malformed)
            if row.rule is Rule.SIGNED_IN and kind is IdKind.RANDOM and due == GOOD:
                due = 400 if "zone" in row.path else due
            reply = call(api, world, row, actor, path)
            assert reply.status == (due or good), (actor, kind, path, reply)
            if actor in {*NOBODY, Actor.OTHER}:
                told = json.dumps(reply.body)
                assert [secret for secret in world.secrets_of_kari() if secret in told] == [], (actor, path)


@pytest.mark.parametrize("row", [row for row in TABLE if row.rule in AT_CHARGERS], ids=lambda row: row.name)
def test_what_is_not_ours_to_know_looks_like_what_does_not_exist(api: ApiClient, world: World, row: Row) -> None:
    """The same status, body and headers for somebody else's id, a random one and a malformed one."""
    replies = [call(api, world, row, Actor.OTHER, world.path(row, kind)) for kind in IdKind]
    assert [reply.status for reply in replies] == [UNKNOWN] * len(replies)
    assert all(reply == replies[0] for reply in replies)


def test_the_comparison_sees_every_kind_of_change(world: World, cognito: Any, cloud: dict[str, str]) -> None:
    """An item, a message, a shadow, a user: each one alone makes another store."""
    data, sqs = (boto3.client(name, region_name=infra.REGION) for name in ("iot-data", "sqs"))
    account = AccountRow(world.per.account_id)
    changes: list[Callable[[], Any]] = [
        lambda: account.update(actions=[AccountRow.name.set("Per")]),
        lambda: sqs.send_message(QueueUrl=cloud["SMS_QUEUE_URL"], MessageBody="{}"),
        lambda: data.update_thing_shadow(thingName=SERIALS[0], shadowName="config", payload='{"state":{"desired":{}}}'),
        lambda: cognito.admin_create_user(UserPoolId=cloud["USER_POOL_ID"], Username="+4790000999"),
    ]
    for change in changes:
        before = the_store()
        change()
        assert the_store() != before
