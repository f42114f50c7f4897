"""A person's phone, against a small stand-in of the API that answers as the contract says."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from simulator import phone as phone_module
from simulator.answers import Position
from simulator.phone import ApiError, NoSmsError, Phone

NUMBER = "+4790000001"
TOKENS = {"access_token": "a", "refresh_token": "r", "expires_in_s": 900, "new_account": True}
CHARGER = {
    "charger_id": "c1",
    "serial": "ZC-000001",
    "name": "Garage",
    "site_id": "s1",
    "ready_by": "07:00",
    "mode": "smart",
    "status": {"code": "ready"},
    "version": 1,
    "something_newer": 1,
}


class StandIn:
    """Answers by table; remembers what it was asked; the message with the code comes only after it is asked for."""

    def __init__(self, answers: dict[tuple[str, str], tuple[int, Any]], *, sends: bool = True) -> None:
        self.answers, self.sends = answers, sends
        self.asked: list[tuple[str, str, Any, str]] = []
        self.inbox = [{"to": NUMBER, "text": "An old code: 111111"}]

    async def handle(self, request: web.Request) -> web.Response:
        """One call."""
        body = await request.json() if request.can_read_body else None
        self.asked.append((request.method, request.path_qs, body, request.headers.get("Authorization", "")))
        if request.path == "/sim/sms":
            return web.json_response({"messages": self.inbox})
        if request.path == "/v1/auth/code" and self.sends:
            self.inbox.append({"to": NUMBER, "text": "Zmart: 048213 is your code. Call 12345678 for help."})
        status, answer = self.answers[request.method, request.path]
        return web.json_response(answer, status=status)


CODE_SENT = {("POST", "/v1/auth/code"): (202, {"challenge_id": "ch", "expires_in_s": 300, "resend_after_s": 30})}
SIGN_IN = CODE_SENT | {("POST", "/v1/auth/token"): (200, TOKENS)}


def play(stand_in: StandIn, story: Callable[[Phone], Awaitable[None]]) -> None:
    async def run() -> None:
        app = web.Application()
        app.router.add_route("*", "/{rest:.*}", stand_in.handle)
        async with TestServer(app) as server, Phone.at(str(server.make_url("/"))) as phone:
            await story(phone)

    asyncio.run(run())


def test_signing_in_takes_the_code_of_the_message_that_came() -> None:
    """Not that of an older message, and not the number to call."""
    stand_in = StandIn(SIGN_IN)

    async def story(phone: Phone) -> None:
        await phone.sign_in(NUMBER)

    play(stand_in, story)
    assert stand_in.asked[-1] == ("POST", "/v1/auth/token", {"challenge_id": "ch", "code": "048213"}, "")


def test_a_message_that_never_comes_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The person does not wait for ever."""
    monkeypatch.setattr(phone_module, "SMS_PATIENCE_S", 0.05)

    async def story(phone: Phone) -> None:
        with pytest.raises(NoSmsError):
            await phone.sign_in(NUMBER)

    play(StandIn(CODE_SENT, sends=False), story)


def test_a_claim_goes_from_code_to_charger_to_proof() -> None:
    """Scan, let it sign, send the proof with the place."""
    claim = {"claim_id": "k", "nonce": "n", "user_hash": "u", "claim_epoch": 2, "expires_in_s": 600}
    stand_in = StandIn(
        SIGN_IN
        | {
            ("POST", "/v1/claims"): (201, claim),
            ("POST", "/sim/chargers/ZC-000001/claim-signature"): (200, {"signature": "sig"}),
            ("POST", "/v1/claims/k/proof"): (200, CHARGER),
        }
    )

    async def story(phone: Phone) -> None:
        await phone.sign_in(NUMBER)
        charger = await phone.claim("ZC-000001", "fp", position=Position(lat=60.39, lon=5.32))
        assert (charger.charger_id, charger.ready_by) == ("c1", "07:00")

    play(stand_in, story)
    assert stand_in.asked[-3:] == [
        ("POST", "/v1/claims", {"serial": "ZC-000001", "fingerprint": "fp"}, "Bearer a"),
        (
            "POST",
            "/sim/chargers/ZC-000001/claim-signature",
            {"nonce": "n", "user_hash": "u", "claim_epoch": 2},
            "",
        ),
        ("POST", "/v1/claims/k/proof", {"signature": "sig", "position": {"lat": 60.39, "lon": 5.32}}, "Bearer a"),
    ]


def test_a_refusal_carries_the_code_that_never_changes() -> None:
    """The status, the code and the sentence of the problem document."""
    problem = {"type": "about:blank", "title": "Conflict", "status": 409, "code": "no_session", "detail": "No car."}
    stand_in = StandIn({("PUT", "/v1/chargers/c1/session-goal"): (409, problem)})

    async def story(phone: Phone) -> None:
        with pytest.raises(ApiError, match="409 no_session: No car") as caught:
            await phone.set_session_goal("c1", energy_wh=10_000)
        assert (caught.value.status, caught.value.code) == (409, "no_session")

    play(stand_in, story)


def test_plan_and_history_are_read_with_what_a_newer_api_adds() -> None:
    """Unknown fields are passed over; a plan that is still to come has no hours."""
    history = {
        "period": "2026-02",
        "currency": "NOK",
        "energy_wh": 5,
        "cost": None,
        "pending": True,
        "days": [],
        "x": 1,
    }
    stand_in = StandIn(
        {
            ("GET", "/v1/chargers/c1/plan"): (200, {"state": "pending", "plan_id": None, "new": 1}),
            ("GET", "/v1/chargers/c1/history"): (200, history),
        }
    )

    async def story(phone: Phone) -> None:
        assert (await phone.get_plan("c1")).intervals == ()
        assert (await phone.get_history("c1", month="2026-02")).energy_wh == 5

    play(stand_in, story)
    assert stand_in.asked[-1][1] == "/v1/chargers/c1/history?month=2026-02"
