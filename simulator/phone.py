"""A person's phone: the public API and nothing else, and Bluetooth to a charger that stands beside it."""

import asyncio
import re
import secrets
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, Self, TypeVar

import aiohttp
import msgspec

from device_shadows.claim import from_base64url, to_base64url
from device_shadows.names import Serial
from simulator.answers import (
    Account,
    Challenge,
    ChargerView,
    Claim,
    History,
    PlanView,
    Position,
    SessionGoal,
    Site,
    Terms,
    TicketView,
    Tokens,
)
from simulator.phone_key import PhoneKey

ReadSms = Callable[[str], Awaitable[list[str]]]
"""The texts of all messages that a number has got so far, oldest first."""

CODE: Final = re.compile(r"(?<!\d)\d{6}(?!\d)")
SMS_PATIENCE_S: Final = 20.0
SMS_POLL_S: Final = 0.2
TIMEOUT: Final = aiohttp.ClientTimeout(total=30)
T = TypeVar("T")


class ApiError(Exception):
    """The API answered with a problem document; `code` is stable."""

    def __init__(self, status: int, problem: Mapping[str, Any]) -> None:
        super().__init__(f"{status} {problem.get('code', '')}: {problem.get('detail', problem.get('title', ''))}")
        self.status, self.code, self.problem = status, str(problem.get("code", "")), dict(problem)


class NoSmsError(Exception):
    """No message with a code came in time."""


class Phone:
    """Calls the public API at `origin`; the charger beside it is reached by the simulator's Bluetooth stand-in."""

    def __init__(self, origin: str, http: aiohttp.ClientSession) -> None:
        self.origin, self._http = origin.rstrip("/"), http
        self.tokens: Tokens | None = None
        self.key = PhoneKey()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._http.close()

    @classmethod
    def at(cls, origin: str) -> Self:
        """A phone with a connection of its own, closed by `async with`; needs a running loop."""
        return cls(origin, aiohttp.ClientSession(timeout=TIMEOUT))

    # account

    async def sign_in(self, phone: str, read_sms: ReadSms | None = None) -> Tokens:
        """Asks for a code, reads it from the message, signs in; NoSmsError if no message comes in 20 s."""
        read_sms = read_sms or self.read_sms
        before = len(await read_sms(phone))
        challenge = await self._call("POST", "/v1/auth/code", Challenge, {"phone": phone}, signed_in=False)
        code = await _await_code(read_sms, phone, before)
        body = {"challenge_id": challenge.challenge_id, "code": code}
        self.tokens = await self._call("POST", "/v1/auth/token", Tokens, body, signed_in=False)
        return self.tokens

    async def refresh(self) -> Tokens:
        """New tokens for the old ones."""
        body = {"refresh_token": self.tokens.refresh_token if self.tokens else ""}
        self.tokens = await self._call("POST", "/v1/auth/refresh", Tokens, body, signed_in=False)
        return self.tokens

    async def accept_terms(self) -> Account:
        """Accepts the terms in force."""
        terms = await self._call("GET", "/v1/terms", Terms, signed_in=False)
        return await self._call("POST", "/v1/account/terms", Account, {"version": terms.version})

    async def read_sms(self, phone: str) -> list[str]:
        """The person looks at the message: on the laptop, the simulator's inbox."""
        inbox = await self._send("GET", "/sim/sms", None, {})
        return [message["text"] for message in inbox["messages"] if message["to"] == phone]

    # site and charger

    async def create_site(
        self, name: str, position: Position, *, main_fuse_a: int = 63, grid_type: str = "IT", phases: int = 3
    ) -> Site:
        """A site in Norway where the phone is."""
        body = {
            "name": name,
            "country": "NO",
            "position": msgspec.to_builtins(position),
            "main_fuse_a": main_fuse_a,
            "grid_type": grid_type,
            "phases": phases,
        }
        return await self._call("POST", "/v1/sites", Site, body)

    async def claim(
        self, serial: str, fingerprint: str, *, site_id: str | None = None, position: Position | None = None
    ) -> ChargerView:
        """Scans the QR code, lets the charger sign, sends the proof; the charger is the person's now."""
        claim = await self._call("POST", "/v1/claims", Claim, {"serial": serial, "fingerprint": fingerprint})
        signature = await self.ask_signature(serial, claim)
        body: dict[str, Any] = {"signature": signature}
        if site_id:
            body["site_id"] = site_id
        elif position:
            body["position"] = msgspec.to_builtins(position)
        return await self._call("POST", f"/v1/claims/{claim.claim_id}/proof", ChargerView, body)

    async def remove(self, charger_id: str) -> None:
        """Gives the charger up for good."""
        await self._call("DELETE", f"/v1/chargers/{charger_id}", type(None))

    async def ask_signature(self, serial: str, claim: Claim) -> str:
        """Bluetooth: the charger signs, or refuses when it was powered on more than ten minutes ago (ApiError 409)."""
        body = {"nonce": claim.nonce, "user_hash": claim.user_hash, "claim_epoch": claim.claim_epoch}
        answer = await self._send("POST", f"/sim/chargers/{serial}/claim-signature", body, {})
        return str(answer["signature"])

    async def unlock(self, charger_id: str, serial: str) -> TicketView:
        """Unlocks the charger beside it by a ticket made for this moment; ApiError with the charger's reason."""
        nonce = await self.ask_nonce(serial)
        ticket = await self.get_ticket(charger_id, nonce)
        await self.present(serial, ticket, nonce)
        return ticket

    async def unlock_without_network(self, serial: str, ticket: TicketView) -> None:
        """Unlocks with a ticket that it got before; ApiError with the charger's reason."""
        await self.present(serial, ticket, await self.ask_nonce(serial))

    async def get_ticket(self, charger_id: str, nonce: str | None = None) -> TicketView:
        """A ticket for this phone; without a nonce one to keep."""
        body = {"phone_key": self.key.text} | ({"nonce": nonce} if nonce else {})
        return await self._call("POST", f"/v1/chargers/{charger_id}/tickets", TicketView, body)

    async def ask_nonce(self, serial: str) -> str:
        """Bluetooth: the charger's challenge."""
        return str((await self._send("POST", f"/sim/chargers/{serial}/nonce", {}, {}))["nonce"])

    async def present(self, serial: str, ticket: TicketView, nonce: str) -> None:
        """Bluetooth: the ticket and the proof that it is this phone's."""
        proof = self.key.prove(Serial(serial), from_base64url(nonce), from_base64url(ticket.ticket))
        body = {"ticket": ticket.ticket, "proof": to_base64url(proof)}
        await self._send("POST", f"/sim/chargers/{serial}/unlock", body, {})

    async def get_charger(self, charger_id: str) -> ChargerView:
        """The charger's settings and status."""
        return await self._call("GET", f"/v1/chargers/{charger_id}", ChargerView)

    async def change_charger(self, charger_id: str, **settings: Any) -> None:
        """Sets what is named, as the charger is now; ApiError 412 when somebody else changes it in between."""
        version = str((await self.get_charger(charger_id)).version)
        headers = {"Authorization": f"Bearer {self.tokens.access_token}", "If-Match": version} if self.tokens else {}
        await self._send("PATCH", f"/v1/chargers/{charger_id}", settings, headers)

    async def set_session_goal(
        self, charger_id: str, *, energy_wh: int | None = None, ready_by: str | None = None
    ) -> SessionGoal:
        """What this session shall reach; ApiError 409 `no_session` without a car."""
        wish = {"energy_wh": energy_wh, "ready_by": ready_by}
        body = {name: value for name, value in wish.items() if value is not None}
        return await self._call("PUT", f"/v1/chargers/{charger_id}/session-goal", SessionGoal, body)

    async def get_plan(self, charger_id: str) -> PlanView:
        """The plan of the running session."""
        return await self._call("GET", f"/v1/chargers/{charger_id}/plan", PlanView)

    async def get_history(self, charger_id: str, *, month: str = "", day: str = "") -> History:
        """A month (YYYY-MM) by days, or a day (YYYY-MM-DD) by hours."""
        query = f"day={day}" if day else f"month={month}"
        return await self._call("GET", f"/v1/chargers/{charger_id}/history?{query}", History)

    async def get_sessions(self, charger_id: str) -> list[dict[str, Any]]:
        """The sessions, newest first, as the API gives them."""
        answer = await self._call("GET", f"/v1/chargers/{charger_id}/sessions", dict[str, Any])
        return list(answer["sessions"])

    async def get_prices(self, zone: str, day: str) -> list[dict[str, Any]]:
        """The slots of a zone's day (YYYY-MM-DD), as the API gives them."""
        answer = await self._call("GET", f"/v1/prices/{zone}?date={day}", dict[str, Any])
        return list(answer["slots"])

    async def register_push(self, token: str, platform: str) -> None:
        """The app tells by which token Apple (apns) or Google (fcm) reach this phone."""
        await self._call("POST", "/v1/push-tokens", type(None), {"token": token, "platform": platform})

    async def get_notifications(self) -> list[dict[str, Any]]:
        """What the person was told, the newest first, at most fifty."""
        answer = await self._call("GET", "/v1/notifications", dict[str, Any])
        return list(answer["notifications"])

    async def set_mode(self, charger_id: str, mode: str) -> None:
        """Smart or full, for the car that is there or the next one."""
        await self._call("PUT", f"/v1/chargers/{charger_id}/mode", dict[str, Any], {"mode": mode})

    async def register_meter(self, site_id: str, csr: str | None = None) -> dict[str, Any]:
        """What is to be put on the site's meter reader, as the API gives it."""
        body = {"csr": csr} if csr else {}
        return await self._call("POST", f"/v1/sites/{site_id}/meter", dict[str, Any], body)

    async def get_load(self, site_id: str) -> dict[str, Any]:
        """What flows at the site and what each charger is given, as the API gives it."""
        return await self._call("GET", f"/v1/sites/{site_id}/load", dict[str, Any])

    async def get_home(self) -> dict[str, Any]:
        """The home screen, as the API gives it."""
        return await self._call("GET", "/v1/home", dict[str, Any])

    # how it calls

    async def _call(
        self, method: str, path: str, kind: type[T], body: Mapping[str, Any] | None = None, *, signed_in: bool = True
    ) -> T:
        headers = {"Authorization": f"Bearer {self.tokens.access_token}"} if signed_in and self.tokens else {}
        if method == "POST" and signed_in:
            headers["Idempotency-Key"] = secrets.token_hex(16)
        return msgspec.convert(await self._send(method, path, body, headers), kind)

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None, headers: Mapping[str, str]) -> Any:
        """The JSON of the answer; ApiError with the problem document of any status from 400 on."""
        async with self._http.request(method, self.origin + path, json=body, headers=headers) as answer:
            raw = await answer.read()
            content = _json(raw)
            if answer.status >= 400:  # noqa: PLR2004 (where HTTP's errors begin)
                raise ApiError(
                    answer.status,
                    content if isinstance(content, dict) else {"detail": raw[:200].decode(errors="replace")},
                )
            return content


def _json(raw: bytes) -> Any:
    try:
        return msgspec.json.decode(raw) if raw else None
    except msgspec.DecodeError:
        return None


async def _await_code(read_sms: ReadSms, phone: str, before: int) -> str:
    """The six digits of the newest message that has come since there were `before`."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + SMS_PATIENCE_S
    while loop.time() < deadline:
        for text in reversed((await read_sms(phone))[before:]):
            if code := CODE.search(text):
                return code[0]
        await asyncio.sleep(SMS_POLL_S)
    raise NoSmsError(f"no message with a code came to {phone} in {SMS_PATIENCE_S:.0f} s")
