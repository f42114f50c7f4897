"""A small stand-in for the cloud and the simulator, so that the page can be looked at alone.

`python -m tests.web.fake_backend --port 8099` serves the page and answers its calls from memory: any number, code 123456,
one night in Bergen. `POST /fake` with a JSON object overrides what it answers (see `Night`).
"""

import argparse
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from aiohttp import web

WEB: Final = Path(__file__).parents[2] / "web"
OSLO: Final = ZoneInfo("Europe/Oslo")
MIDNIGHT: Final = datetime(2026, 2, 10, tzinfo=OSLO)
SERIAL: Final = "ZC-2026-0001"
# NOK per kWh with VAT, hour by hour over two days: made up, shaped like a spiky winter night.
PRICES: Final = (
    *(1.32, 1.28, 1.25, 1.24, 1.26, 1.4, 1.9, 3.1, 3.6, 2.8, 2.3, 2.0, 1.9, 1.9, 2.0, 2.4, 3.0, 4.2, 4.1, 3.2, 2.5, 2.1, 1.8, 1.6),
    *(1.4, 1.31, 1.12, 1.05, 1.02, 1.1, 1.5, 2.4, 2.9, 2.2, 1.7, 1.4, 1.2, 1.1, 1.2, 1.5, 2.1, 2.7, 2.6, 2.0, 1.7, 1.5, 1.4, 1.3),
)
CHARGING: Final = (((2026, 2, 11, 1, 45), (2026, 2, 11, 5, 50), 16), ((2026, 2, 11, 5, 50), (2026, 2, 11, 6, 20), 9))
Reply = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Night(msgspec.Struct, kw_only=True):
    """What the stand-in answers with; every field may be overridden through `POST /fake`."""

    now: datetime = datetime(2026, 2, 10, 23, 20, tzinfo=OSLO)
    speed: float = 1.0
    accepted: bool = False
    claimed: bool = False
    claim_open: bool = True
    evse_state: str = "B"
    status: str = "waiting"
    reason: str | None = "price"
    until: datetime | None = datetime(2026, 2, 11, 1, 45, tzinfo=OSLO)
    unmet_wh: int = 0
    measured_until: datetime | None = None
    empty_history: bool = False
    known_hours: int = 48
    failing: str = ""
    simulator: bool = True
    second: bool = False


NIGHT_KEY: Final = web.AppKey("night", dict[str, Night])
STATUS_TEXTS: Final = {
    "ready": ("Laderen er klar", "The charger is ready"),
    "waiting": ("Venter på start eller rimelig strøm", "Waiting for the start or for cheap power"),
    "charging": ("Lading pågår", "Charging"),
    "finished": ("Ladingen er ferdig", "Charging is finished"),
    "offline": ("Laderen må tilkoples Internett", "The charger must be connected to the internet"),
    "fault": ("Det er en feil på laderen", "There is a fault in the charger"),
}


def night_of(request: web.Request) -> Night:
    """The present state of the stand-in."""
    return request.app[NIGHT_KEY]["night"]


def kroner(amount: float) -> Reply:
    """An amount as the API writes money."""
    return {"amount": f"{amount:.2f}", "currency": "NOK"}


def problem(status: int, code: str, **more: object) -> web.Response:
    """A refusal as the API writes it."""
    body = {"type": f"urn:zmartcharge:problem:{code}", "status": status, "code": code, "request_id": "req-7f3a", **more}
    return web.json_response(body, status=status, content_type="application/problem+json")


def status_of(night: Night) -> Reply:
    """The status as home and the charger show it."""
    no, en = STATUS_TEXTS[night.status]
    until = night.until.isoformat() if night.until else None
    return {"code": night.status, "text": {"no": no, "en": en}, "reason": night.reason, "until": until}


def home_of(night: Night) -> Reply:
    """The home document."""
    plugged = night.evse_state != "A"
    plan = {"starts_at": None, "ready_at": "2026-02-11T06:20:00+01:00", "need_wh": 36000, "total_cost": kroner(41.2)}
    session = {"started_at": "2026-02-10T17:05:00+01:00", "energy_wh": measured_wh(night), "cost": kroner(measured_wh(night) / 900)}
    charger = {"charger_id": "ch_1", "name": "Lader i garasjen", "site_name": "Mitt hjem", "role": "owner", "status": status_of(night)}
    month = {"month": "2026-02", "energy_wh": 184300, "cost": kroner(301.45)}
    charger |= {"mode": "smart", "plan": plan if plugged else None, "session": session if plugged else None, "month": month}
    both = [charger, charger | {"charger_id": "ch_2", "name": "Lader ved hytta"}]
    chargers = both[: 2 if night.second else 1] if night.claimed else []
    return {"now": night.now.isoformat(), "poll_after_s": 1, "chargers": chargers}


def hours_of(night: Night, day: str) -> list[Reply]:
    """The measured hours of one local day: the plan's current until `measured_until`."""
    found = []
    for start_at, end_at, current_a in CHARGING:
        start = datetime(*start_at, tzinfo=OSLO)
        end = min(datetime(*end_at, tzinfo=OSLO), night.measured_until or start)
        hour = start.replace(minute=0)
        while hour < end:
            part_s = (min(end, hour + timedelta(hours=1)) - max(start, hour)).total_seconds()
            energy_wh = round(part_s / 3600 * 230 * current_a * 3**0.5)
            row = {"start": hour.isoformat(), "end": (hour + timedelta(hours=1)).isoformat(), "energy_wh": energy_wh}
            found.append(row | {"cost": kroner(energy_wh * 0.0012), "pending": False})
            hour += timedelta(hours=1)
    return [row for row in found if row["start"].startswith(day)]


def measured_wh(night: Night) -> int:
    """The energy of the session so far."""
    return sum(row["energy_wh"] for row in hours_of(night, "2026-02-11"))


def plan_of(night: Night) -> Reply:
    """The plan document, with the prices the picture is drawn on."""
    intervals = []
    for start, end, current_a in CHARGING if night.evse_state != "A" else ():
        begin, stop = datetime(*start, tzinfo=OSLO), datetime(*end, tzinfo=OSLO)
        energy_wh = round((stop - begin).total_seconds() / 3600 * 230 * current_a * 3**0.5)
        row = {"start": begin.isoformat(), "end": stop.isoformat(), "current_a": current_a, "energy_wh": energy_wh}
        intervals.append(row | {"cost": kroner(energy_wh * 0.0012), "reason": "cheap"})
    at_once, total = kroner(96.4), kroner(41.2)
    times = {"ready_by": "2026-02-11T07:00:00+01:00", "ready_at": "2026-02-11T06:20:00+01:00", "created_at": night.now.isoformat()}
    plan = {"plan_id": "p1", "plug_seq": 4, "state": "planned", "need_wh": 27700, "unmet_wh": night.unmet_wh, "starts": 1}
    plan |= times | {"energy_wh": 27700, "intervals": intervals, "prices": prices_of(night)}
    plan |= {"total_cost": total, "cost_at_once": at_once, "saved": kroner(55.2)}
    if night.evse_state == "A":
        plan |= {"plan_id": None, "state": "no_session", "ready_by": None, "ready_at": None, "total_cost": None, "cost_at_once": None}
    return plan


def prices_of(night: Night) -> list[Reply]:
    """Quarters of the two days; what lies beyond `known_hours` is forecast."""
    starts = [(MIDNIGHT + timedelta(minutes=15 * index)).astimezone(UTC) for index in range(min(4 * night.known_hours, 192) and 192)]
    return [
        {
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=15)).isoformat(),
            "price": str(PRICES[index // 4]),
            "state": "final" if index // 4 < night.known_hours else "forecast",
        }
        for index, start in enumerate(starts)
        if night.known_hours
    ]


def history_of(night: Night, query: dict[str, str]) -> Reply:
    """A month's days or a day's hours."""
    period = query.get("month") or query["day"]
    if "day" in query:
        hours = hours_of(night, period)
        total = sum(row["energy_wh"] for row in hours)
        return {"period": period, "currency": "NOK", "energy_wh": total, "cost": kroner(total * 0.0012), "pending": False, "hours": hours}
    used = () if night.empty_history or period != "2026-02" else ((1, 22.4, 38.1), (2, 8.2, 9.4), (4, 41.0, -3.2), (7, 30.6, 51.0), (9, 36.1, 70.4))
    days: list[Reply] = [
        {"date": f"2026-02-{day:02}", "energy_wh": round(kwh * 1000), "cost": kroner(cost), "pending": False} for day, kwh, cost in used
    ]
    days += [{"date": "2026-02-10", "energy_wh": 12000, "cost": None, "pending": True}] if days else []
    total = sum(day["energy_wh"] for day in days)
    return {"period": period, "currency": "NOK", "energy_wh": total, "cost": kroner(165.7), "pending": bool(days), "days": days}


def charger_of(night: Night) -> Reply:
    """The charger with its settings."""
    known = {"charger_id": "ch_1", "serial": SERIAL, "name": "Lader i garasjen", "site_id": "site_1", "circuit_fuse_a": 32}
    return known | {"ready_by": "07:00", "access": "everyone", "disabled": False, "mode": "smart", "status": status_of(night), "version": 3}


def site_of() -> Reply:
    """The site in Bergen."""
    site = {"site_id": "site_1", "name": "Mitt hjem", "country": "NO", "time_zone": "Europe/Oslo", "zone": "NO5"}
    return site | {"zone_must_ask": False, "candidates": [], "price_kind": "spot", "main_fuse_a": 63, "grid_type": "IT", "phases": 3}


async def post_code(request: web.Request) -> web.Response:
    """Answers every number; one that holds 00000000 is no mobile number, 11111111 has asked too often."""
    phone = (await request.json())["phone"]
    if "00000000" in phone:
        return problem(400, "invalid_input", field="phone")
    if "11111111" in phone:
        return problem(429, "too_many_requests", retry_after_s=42)
    return web.json_response({"challenge_id": "c1", "expires_in_s": 300, "resend_after_s": 30}, status=202)


async def post_token(request: web.Request) -> web.Response:
    """Code 123456 is the right one; every refresh token is."""
    if (await request.json()).get("code", "123456") != "123456":
        return problem(401, "code_wrong")
    return web.json_response(
        {"access_token": "a.b.c", "refresh_token": "r1", "expires_in_s": 900, "new_account": not night_of(request).accepted}
    )


async def post_terms(request: web.Request) -> web.Response:
    """Accepts the terms."""
    night_of(request).accepted = True
    return web.json_response({"account_id": "acc", "terms_version": "2026-01"})


async def get_home(request: web.Request) -> web.Response:
    """Home with a strong ETag, 304 when nothing but the time has changed."""
    home = home_of(night_of(request))
    tag = f'"{hash(str(home["chargers"]))}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    return web.json_response(home, headers={"ETag": tag})


async def post_claim(request: web.Request) -> web.Response:
    """A claim for the one genuine charger."""
    if (await request.json())["serial"] != SERIAL:
        return problem(404, "not_found")
    return web.json_response({"claim_id": "cl_1", "nonce": "bm9uY2U", "user_hash": "ab" * 32, "claim_epoch": 1, "expires_in_s": 300}, status=201)


async def post_proof(request: web.Request) -> web.Response:
    """Every proof is right; a place must be given."""
    body = await request.json()
    if "site_id" not in body and "position" not in body:
        return problem(400, "invalid_input", field="position")
    night_of(request).claimed = True
    return web.json_response(charger_of(night_of(request)))


async def patch_charger(request: web.Request) -> web.Response:
    """Accepts settings of the known version."""
    if request.headers.get("If-Match") != '"3"':
        return problem(412, "precondition_failed")
    return web.json_response(charger_of(night_of(request)) | await request.json())


async def put_goal(request: web.Request) -> web.Response:
    """Accepts a goal while a car is connected."""
    if night_of(request).evse_state == "A":
        return problem(409, "no_session")
    return web.json_response({"energy_wh": 20000, "ready_by": "2026-02-11T07:00:00+01:00"})


async def sim_state(request: web.Request) -> web.Response:
    """The simulator's state."""
    night = night_of(request)
    charger = {"serial": SERIAL, "fingerprint": "kq3Zb0VJ2l8m1xY7aTn4Cw", "evse_state": night.evse_state, "plug_seq": 4}
    charger |= {"register_wh": 184300, "drawn_w": 6370 if night.evse_state == "C" else 0, "connected": night.status != "offline"}
    charger |= {"battery_wh": measured_wh(night), "need_wh": 27700} if night.evse_state != "A" else {"battery_wh": None, "need_wh": None}
    return web.json_response({"now": night.now.isoformat(), "speed": night.speed, "chargers": [charger]})


async def sim_sms(_request: web.Request) -> web.Response:
    """The simulated phone's inbox."""
    text = "ZmartCharge: 123456 er koden din. Del den med ingen."
    return web.json_response({"messages": [{"to": "+4790000000", "text": text, "at": "2026-02-10T15:00:00+00:00"}]})


async def sim_act(request: web.Request) -> web.Response:
    """Plugs in, unplugs, switches off and on, signs."""
    night, what = night_of(request), request.match_info["what"]
    if what == "claim-signature" and not night.claim_open:
        return problem(409, "claim_window_closed")
    night.claim_open = night.claim_open or what == "power-cycle"
    if what == "plug-in":
        night.evse_state, night.status, night.reason = "B", "waiting", "price"
    if what == "unplug":
        night.evse_state, night.status, night.reason, night.until = "A", "ready", "no_car", None
    return web.json_response({"signature": "MEUCIQ"})


async def post_fake(request: web.Request) -> web.Response:
    """Overrides fields of the night."""
    present = msgspec.to_builtins(night_of(request)) | await request.json()
    request.app[NIGHT_KEY]["night"] = msgspec.convert(present, Night)
    return web.json_response({})


def answering(make: Callable[[Night], object]) -> Handler:
    """A handler that answers with what `make` makes of the night."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(make(night_of(request)))

    return answer


async def get_history(request: web.Request) -> web.Response:
    """History of the month or the day asked for."""
    return web.json_response(history_of(night_of(request), dict(request.query)))


async def get_index(_request: web.Request) -> web.FileResponse:
    """The page."""
    return web.FileResponse(WEB / "index.html")


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses as the night says: broken paths, unaccepted terms, no simulator."""
    night, path = night_of(request), request.path
    if night.failing and path.startswith("/v1/") and night.failing in path:
        return problem(503, "dependency_down", retry_after_s=2)
    if path.startswith("/sim/") and not night.simulator:
        return problem(404, "not_found")
    public = not path.startswith("/v1/") or path.startswith(("/v1/auth/", "/v1/terms", "/v1/account/"))
    if not public and "Authorization" not in request.headers:
        return problem(401, "unauthenticated")
    if not public and not night.accepted:
        return problem(403, "terms_not_accepted")
    return await handler(request)


TERMS: Final = {
    "version": "2026-01",
    "text": {
        "no": "Laderen lader når strømmen er rimelig, og er ferdig til den tiden du setter.\n\nDu kan slette kontoen når du vil.",
        "en": "The charger charges when power is cheap, and is done by the time you set.\n\nYou may delete the account at any time.",
    },
}


def make_app() -> web.Application:
    """The stand-in with the page on one origin."""
    app = web.Application(middlewares=[refuse])
    app[NIGHT_KEY] = {"night": Night()}
    charger = "/v1/chargers/{charger}"
    routes = [
        web.post("/v1/auth/code", post_code),
        web.post("/v1/auth/token", post_token),
        web.post("/v1/auth/refresh", post_token),
        web.post("/v1/auth/logout", answering(lambda _: {})),
        web.get("/v1/terms", answering(lambda _: TERMS)),
        web.post("/v1/account/terms", post_terms),
        web.get("/v1/home", get_home),
        web.get("/v1/sites", answering(lambda night: {"sites": [site_of()] if night.claimed else []})),
        web.get("/v1/sites/{site}", answering(lambda _: site_of())),
        web.post("/v1/claims", post_claim),
        web.post("/v1/claims/{claim}/proof", post_proof),
        web.get(charger, answering(charger_of)),
        web.patch(charger, patch_charger),
        web.put(charger + "/session-goal", put_goal),
        web.delete(charger + "/session-goal", put_goal),
        web.get(charger + "/plan", answering(plan_of)),
        web.get(charger + "/history", get_history),
        web.get("/sim/state", sim_state),
        web.get("/sim/sms", sim_sms),
        web.post("/sim/chargers/{serial}/{what}", sim_act),
        web.post("/fake", post_fake),
        web.get("/", get_index),
        web.static("/", WEB),
    ]
    app.add_routes(routes)
    return app


def main() -> None:
    """Serves the page on loopback until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    web.run_app(make_app(), host="127.0.0.1", port=parser.parse_args().port)


if __name__ == "__main__":
    main()
