"""A person who has left something in every store, and the words by which it can be found again."""

import base64
import json
import urllib.parse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from chalicelib.adapters import clock, code_seal, config_shadow, device_keys
from chalicelib.adapters.dynamo import accounts, chargers, claims, commands, erasures, hours, plans, sites
from chalicelib.domain.accounts import CURRENT_TERMS, Account
from chalicelib.domain.commands import SentCommand
from chalicelib.domain.costs import price_hour
from chalicelib.domain.energy import EnergyHour
from chalicelib.domain.ids import AccountId, ErasureId, GrantId, Serial
from chalicelib.domain.notifications import stranger_tried
from chalicelib.services import account as own_account
from chalicelib.services import erasure, erasure_steps, guests, meters, notifications, phones, repeats, sign_in
from chalicelib.services.guests import GuestWish
from chalicelib.services.quarantine import put_aside
from chalicelib.services.sites import suggested_site
from device_shadows.quarantine import QuarantineReason
from tests import infra, notified, stored
from tests.energy_cloud import a_night
from tests.made_chargers import MadeCharger

PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)
CUT_AT = PLUG_IN + timedelta(hours=3)
NAMES = {"+4793187652": ("Kari Ærlig-Nordmann", "Øvre Fjellveien 12B, 5019 Bergen")}
GUEST_PHONE = "+4791234567"
ANOTHER = ("Ola Østby-Hansen", "Nedre Åsgate 3, 0650 Oslo")


class Life:
    """Somebody who signed in by a code, owns a charger that charged, began another claim, and got no message twice."""

    def __init__(self, phone: str, serials: tuple[str, str], address: str, patch: pytest.MonkeyPatch) -> None:
        self.phone, self.serials, self.source_ip = phone, serials, address
        self.push_token, self.guest_name = f"push-{serials[0]}-token", f"Gjest av {serials[0]}"
        self.sqs = boto3.client("sqs", region_name=infra.REGION)
        self.account = self.sign_in()
        accounts.accept_terms(self.account.account_id, CURRENT_TERMS)
        self.name, self.address = NAMES.get(phone, ANOTHER)
        own_account.change_profile(self.account, {"name": self.name, "address": self.address})
        self.night = a_night(self.account, PLUG_IN, patch, serial=serials[0])
        self.night.plug_in(4000)
        self._leave_traces()
        self.marks = set(self._find_marks())

    def sign_in(self) -> Account:
        """By a code from a text message."""
        now = clock.real_now()
        sent = sign_in.request_code(self.phone, "no", self.source_ip, now)
        code = json.loads(self.messages("SmsQueue")[-1])["code"]
        self.tokens = sign_in.exchange_code(sent.challenge_id, code, "no", now).tokens
        subject = json.loads(base64.urlsafe_b64decode(self.tokens.access_token.split(".")[1] + "=="))["sub"]
        found = accounts.find(AccountId(subject))
        assert found is not None
        return found

    def _leave_traces(self) -> None:
        now, serial = clock.real_now(), Serial(self.serials[0])
        hours.put(self.night.charger_id, price_hour(EnergyHour(start=PLUG_IN), (), "NOK"))
        sites.create(suggested_site(self.account.account_id, None, PLUG_IN))
        self.open_claim, _ = MadeCharger(self.serials[1]).begin_claim(self.account)
        commands.put(SentCommand(serial=serial, command_id="1-a", op="restart", issued_at=PLUG_IN, ttl_s=60))
        put_aside(serial, "reading", QuarantineReason.NOT_JSON, "no JSON", b"?", PLUG_IN)
        body = json.dumps({"charger_id": self.night.charger_id})
        phones.register(self.account, self.push_token, "apns", now)
        notifications.tell(self.account.account_id, stranger_tried(self.night.charger_id, "Garasje", "1"), PLUG_IN)
        notified.work_off()
        wish = GuestWish(name=self.guest_name, phone=GUEST_PHONE)
        guests.invite(self.account, self.night.charger_id, GrantId(f"grant_{serial}"), wish, PLUG_IN, now)
        meters.register(self.account, self.night.claimed.site_id, PLUG_IN)
        self._send_invitation()
        repeats.once(self.account.account_id, "key", "request", now, lambda: repeats.Outcome(201, body))
        for queue, letter in {
            "SmsDeadLetters": {"phone": self.phone, "code": "123456"},
            "PlanningDeadLetters": {"charger_id": self.night.charger_id},
            "SitePlanningDeadLetters": {"site_ids": [self.night.claimed.site_id]},
            "PricingDeadLetters": {"zone": "NO5", "day": "2026-02-10", "charger_id": self.night.charger_id},
            "IngestDeadLetters": {"thing": serial, "payload": "e30="},
            "NotificationDeadLetters": {"account_id": self.account.account_id},
        }.items():
            self.sqs.send_message(QueueUrl=self.url(queue), MessageBody=json.dumps(letter))

    def _send_invitation(self) -> None:
        """It does not wait in the queue any more."""
        url = self.url("SmsQueue")
        answer = self.sqs.receive_message(QueueUrl=url, MaxNumberOfMessages=10, VisibilityTimeout=0)
        for message in answer["Messages"]:
            if "grant_id" in message["Body"]:
                self.sqs.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])

    def _find_marks(self) -> Iterator[str]:
        national = self.phone.removeprefix("+47")
        pairs = " ".join(national[start : start + 2] for start in range(0, 8, 2))
        threes = f"{national[:3]} {national[3:5]} {national[5:]}"
        for spelling in (national, pairs, threes):
            yield from (spelling, f"+47{spelling}", f"+47 {spelling}", f"0047{spelling}")
        yield from (self.name, self.name.split()[1], self.address, self.address.split(",")[0], self.source_ip)
        account_id = self.account.account_id
        yield from (account_id, account_id.replace("-", ""), device_keys.user_hash(account_id))
        yield code_seal.number_key(self.phone)
        yield from (site.site_id for site in sites.list_by_owner(account_id))
        for charger in chargers.list_by_owner(account_id):
            yield from (charger.charger_id, config_shadow.pseudonym(charger))
            latest = plans.find_latest(charger.charger_id)
            self.plans = [latest.plan_id] if latest else []
            yield from self.plans
        yield from (row.claim_id for row in claims.ClaimRow.by_account.query(account_id))
        yield from (self.tokens.refresh_token, self.open_claim.nonce, self.push_token, self.guest_name)

    def messages(self, queue: str) -> list[str]:
        """What waits in a queue."""
        found: list[str] = stored.the_store()[queue]
        return found

    def url(self, queue: str) -> str:
        """Its address."""
        return str(self.sqs.get_queue_url(QueueName=queue)["QueueUrl"])


def spellings(mark: str) -> Iterator[bytes]:
    """How a word may lie in a store: as it is, and in the encodings that something may have passed through."""
    for raw in {mark.encode(), mark.encode("utf-16-le"), mark.encode("utf-16-be")}:
        yield from (raw, raw.hex().encode(), raw.hex().upper().encode())
        for offset in range(3):
            first, bits = -(-offset * 8 // 6), (offset + len(raw)) * 8
            inner = base64.b64encode(b"\0" * offset + raw)[first : bits // 6]
            yield from {inner, inner.translate(bytes.maketrans(b"+/", b"-_"))}
    quoted = urllib.parse.quote(mark, safe="")
    yield from (quoted.encode(), quoted.lower().encode(), urllib.parse.quote_plus(mark).encode())
    yield json.dumps(mark)[1:-1].encode()
    yield json.dumps(json.dumps(mark)[1:-1])[1:-1].encode()


def found_in(where: dict[str, Any], marks: set[str]) -> dict[str, list[str]]:
    """The places that hold any of these words in any spelling."""
    words = {spelling: mark for mark in marks for spelling in spellings(mark) if len(spelling) >= 6}
    texts = {place: _bytes(content) for place, content in where.items()}
    hits = {place: sorted({mark for word, mark in words.items() if word in text}) for place, text in texts.items()}
    return {place: hit for place, hit in hits.items() if hit}


def _bytes(content: Any) -> bytes:
    if isinstance(content, list):
        return b"\n".join(_bytes(one) for one in content)
    return content if isinstance(content, bytes) else str(content).encode()


def live_on(erasure_id: ErasureId, real_now: datetime) -> datetime:
    """Let an erasure come to its end, as its queue does; the real time then."""
    for _ in range(100):
        delay_s = erasure_steps.go_on(erasure_id, real_now)
        if delay_s is None:
            return real_now
        real_now += timedelta(seconds=delay_s)
        stored.show_all_messages()
    raise AssertionError("the erasure has no end")


def erase(account: Account, now: datetime, real_now: datetime) -> ErasureId:
    """Delete an account and let the erasure come to its end."""
    erasure_id = erasure.delete_account(account, now, real_now)
    live_on(erasure_id, real_now)
    assert erasures.get_proof(erasure_id).is_whole
    return erasure_id
