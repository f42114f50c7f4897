"""Neither the log nor the metrics hold anything by which a person could be told, or let in."""

import io
import json
import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.adapters import clock
from chalicelib.domain.errors import DomainError
from chalicelib.domain.ids import ErasureId, SiteId
from chalicelib.observability import log
from chalicelib.services import meters, sign_in
from chalicelib.workers import erasure as erasure_worker
from chalicelib.workers import meter_post, push_notifications, sms
from device_shadows.meter import post_body
from tests.api_client import ApiClient, LambdaContext
from tests.energy_cloud import event
from tests.identity import Mint, People
from tests.lives import GUEST_PHONE, Life, erase, found_in, spellings
from tests.metered import post_event

KARI = "+4793187652"


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Every line of the log; metrics are printed."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(log.handlers[0].formatter)
    log.addHandler(handler)
    yield stream
    log.handlers.remove(handler)


def secrets_of(life: Life, code: str, meter_token: str) -> set[str]:
    """What must never be logged: who it is, and whatever opens a door. Ids that say nothing may be."""
    known = {mark for mark in life.marks if not mark.startswith(("charger_", "site_", "plan_", "claim_"))}
    ids = {life.account.account_id, life.account.account_id.replace("-", ""), *life.plans}
    opens = {life.tokens.access_token, life.tokens.refresh_token, code, meter_token, life.push_token}
    return known - ids | opens | {GUEST_PHONE, GUEST_PHONE.removeprefix("+47"), life.guest_name}


def sign_in_again(life: Life) -> str:
    """A code is sent, a wrong one entered; the code."""
    now = clock.real_now() + timedelta(minutes=2)
    sent = sign_in.request_code(KARI, "no", life.source_ip, now)
    body = life.messages("SmsQueue")[-1]
    code = str(json.loads(body)["code"])
    assert sms.handle(event(body), LambdaContext()) == {"batchItemFailures": []}
    for wrong in ("000000", "not a code"):
        with pytest.raises(DomainError):
            sign_in.exchange_code(sent.challenge_id, wrong, "no", now)
    return code


def ask_for_everything(api: ApiClient, life: Life, token: str) -> None:
    """Requests that are served, refused and wrong, with names, numbers and tokens in all places."""
    charger, headers = life.night.charger_id, {"idempotency-key": "a-key"}
    api.get("/v1/home", token=token)
    api.get("/v1/home", token="not.a.token")
    api.post("/v1/auth/code", {"phone": KARI})
    api.post("/v1/auth/code", {"phone": f"call {KARI}"})
    api.post("/v1/auth/refresh", {"refresh_token": life.tokens.refresh_token})
    api.patch("/v1/account", {"name": life.name, "address": life.address}, token=token)
    api.patch("/v1/account", {life.name: life.name}, token=token)
    invitation = {"name": life.guest_name, "phone": GUEST_PHONE}
    api.post(f"/v1/chargers/{charger}/grants", invitation, token=token, headers=headers)
    api.post(f"/v1/chargers/{charger}/grants", invitation | {"until": life.name}, token=token)
    api.put(f"/v1/chargers/{charger}/mode", {"mode": "full"}, token=token)


def test_no_line_of_the_log_tells_of_a_person_or_opens_a_door(
    written: io.StringIO,
    people: People,
    cognito: Any,
    api: ApiClient,
    mint: Mint,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    """A life from the first code to the erasure: searched for its words in every spelling and encoding."""
    life = Life(KARI, ("ZC-00000001", "ZC-00000002"), "203.0.113.77", monkeypatch)
    code = sign_in_again(life)
    ask_for_everything(api, life, mint.token(life.account.account_id))
    meter_token = meters.register(life.account, SiteId(life.night.claimed.site_id), life.night.now).token
    for token in (meter_token, meter_token[::-1]):
        meter_post.handle(post_event(post_body(token, (5.0, 5.0, 5.0), 3000), source_ip=life.source_ip))
    push_notifications.handle(event(json.dumps({"account_id": life.name})), LambdaContext())
    sms.handle(event(json.dumps({"phone": KARI, "code": 1})), LambdaContext())
    erasure_worker.handle(event(json.dumps({"erasure_id": ErasureId(KARI)})), LambdaContext())
    erase(life.account, life.night.now, clock.real_now())

    logged = {json.loads(line)["message"] for line in written.getvalue().splitlines()}
    text = written.getvalue() + capsys.readouterr().out
    assert {"request_served", "site_planned", "batch_handled", "erasure_finished"} <= logged
    assert '"CodeWrong"' in text, "metrics are looked through too"
    assert found_in({"log": text}, secrets_of(life, code, meter_token)) == {}


def test_the_search_would_find_a_number_in_a_log() -> None:
    """It is shown to fail: each spelling of the number is found in a line that has it."""
    for spelling in set(spellings(KARI)):
        assert found_in({"log": b'{"message":"' + spelling + b'"}'}, {KARI}) == {"log": [KARI]}
