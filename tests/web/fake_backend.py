"""A small stand-in for the cloud and the simulator, so that the page can be looked at alone.

`python -m tests.web.fake_backend --port 8099` serves the page and answers its calls from memory: any number signs in
with the code 123456. `POST /fake` with a JSON object overrides what it answers (see `Night`).
"""

import argparse
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Final

import msgspec
from aiohttp import web

from local.origin import serve_script
from tests.web import fake_household, fake_night
from tests.web.fake_night import SERIAL, Night

WEB: Final = Path(__file__).parents[2] / "web"
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
NIGHT_KEY: Final = web.AppKey("night", dict[str, Night])


def night_of(request: web.Request) -> Night:
    """The present state of the stand-in."""
    return request.app[NIGHT_KEY]["night"]


def problem(status: int, code: str, **more: object) -> web.Response:
    """A refusal as the API writes it."""
    body = {"type": f"urn:zmartcharge:problem:{code}", "status": status, "code": code, "request_id": "req-7f3a", **more}
    return web.json_response(body, status=status, content_type="application/problem+json")


async def post_code(request: web.Request) -> web.Response:
    """Answers every number; one that holds 00000000 is no mobile number, 11111111 has asked too often."""
    phone = (await request.json())["phone"]
    if "00000000" in phone:
        return problem(400, "phone_not_accepted", field="phone")
    if "11111111" in phone:
        return problem(429, "too_many_requests", retry_after_s=42)
    return web.json_response({"challenge_id": "c1", "expires_in_s": 300, "resend_after_s": 30}, status=202)


async def post_token(request: web.Request) -> web.Response:
    """Code 123456 is the right one; every refresh token is."""
    if (await request.json()).get("code", "123456") != "123456":
        return problem(401, "code_not_valid")
    return web.json_response(
        {
            "access_token": "a.b.c",
            "refresh_token": "r1",
            "expires_in_s": 900,
            "new_account": not night_of(request).accepted,
        }
    )


async def post_terms(request: web.Request) -> web.Response:
    """Accepts the terms."""
    night_of(request).accepted = True
    return web.json_response(fake_household.of(request)["account"])


async def get_home(request: web.Request) -> web.Response:
    """Home with a strong ETag, 304 when nothing but the time has changed."""
    household = fake_household.of(request)
    late = {"orders": {"mode": "smart", "run": "auto"}, "pending": []} if night_of(request).is_late else {}
    told = household | late
    home = fake_night.home_of(night_of(request), told["orders"], told["pending"])
    tag = f'"{hash(str(home["chargers"]))}"'
    if request.headers.get("If-None-Match") == tag:
        return web.Response(status=304, headers={"ETag": tag})
    return web.json_response(home, headers={"ETag": tag})


async def post_claim(request: web.Request) -> web.Response:
    """A claim for the one genuine charger."""
    if (await request.json())["serial"] != SERIAL:
        return problem(404, "not_found")
    return web.json_response(
        {"claim_id": "cl_1", "nonce": "bm9uY2U", "user_hash": "ab" * 32, "claim_epoch": 1, "expires_in_s": 300},
        status=201,
    )


async def post_proof(request: web.Request) -> web.Response:
    """Every proof is right; a site without a position does not know its price area."""
    body = await request.json()
    if "site_id" not in body and "position" not in body:
        fake_household.of(request)["sites"]["site_1"] |= {"zone": None, "zone_must_ask": True}
    night_of(request).claimed = True
    return web.json_response(fake_night.charger_of(night_of(request)))


async def patch_charger(request: web.Request) -> web.Response:
    """Accepts settings of the known version."""
    if request.headers.get("If-Match") != '"3"':
        return problem(412, "precondition_failed")
    settings = fake_household.of(request)["settings"]
    settings |= await request.json()
    return web.json_response(fake_night.charger_of(night_of(request)) | settings)


async def get_charger(request: web.Request) -> web.Response:
    """The charger as its owner sees it."""
    return web.json_response(fake_night.charger_of(night_of(request)) | fake_household.of(request)["settings"])


async def put_goal(request: web.Request) -> web.Response:
    """Accepts a goal while a car is connected."""
    if night_of(request).evse_state == "A":
        return problem(409, "no_session")
    body = await request.json() if request.method == "PUT" else {}
    return web.json_response({"energy_wh": None, "ready_by": None} | body)


async def sim_state(request: web.Request) -> web.Response:
    """The simulator's state."""
    night = night_of(request)
    charger = {"serial": SERIAL, "fingerprint": "kq3Zb0VJ2l8m1xY7aTn4Cw", "evse_state": night.evse_state, "plug_seq": 4}
    charger |= {
        "register_wh": 184300,
        "drawn_w": 6370 if night.evse_state == "C" else 0,
        "connected": night.status != "offline",
    }
    charger |= (
        {"battery_wh": fake_night.measured_wh(night), "need_wh": 27700}
        if night.evse_state != "A"
        else {"battery_wh": None, "need_wh": None}
    )
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
    return web.json_response({"signature": "M" * 96})


async def post_fake(request: web.Request) -> web.Response:
    """Overrides fields of the night; an empty object begins anew."""
    wanted = await request.json()
    if not wanted:
        request.app[fake_household.HOUSEHOLD]["present"] = fake_household.new_household()
    present = (msgspec.to_builtins(night_of(request)) if wanted else {}) | wanted
    request.app[NIGHT_KEY]["night"] = msgspec.convert(present, Night)
    return web.json_response({})


def answering(make: Callable[[Night], object]) -> Handler:
    """A handler that answers with what `make` makes of the night."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(make(night_of(request)))

    return answer


async def get_history(request: web.Request) -> web.Response:
    """History of the month or the day asked for."""
    return web.json_response(fake_night.history_of(night_of(request), dict(request.query)))


async def get_sites(request: web.Request) -> web.Response:
    """The sites, none before there is a charger."""
    sites = list(fake_household.of(request)["sites"].values())
    return web.json_response({"sites": sites if night_of(request).claimed else []})


async def get_index(_request: web.Request) -> web.FileResponse:
    """The page."""
    return web.FileResponse(WEB / "index.html")


async def get_openapi(_request: web.Request) -> web.Response:
    """The real document."""
    from app import app
    from chalicelib.api.openapi import document

    assert app.routes
    return web.json_response(document())


async def get_docs(_request: web.Request) -> web.FileResponse:
    """The API document, readable."""
    return web.FileResponse(WEB / "docs.html")


@web.middleware
async def refuse(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Refuses as the night says: broken paths, unaccepted terms, no simulator."""
    night, path = night_of(request), request.path
    if night.failing and path.startswith("/v1/") and night.failing in path:
        return problem(503, "dependency_down", retry_after_s=2)
    if path.startswith("/sim/") and not night.simulator:
        return problem(404, "not_found")
    public = not path.startswith("/v1/") or path.startswith(("/v1/auth/", "/v1/terms", "/v1/openapi", "/v1/account/"))
    if not public and "Authorization" not in request.headers:
        return problem(401, "unauthenticated")
    if not public and not night.accepted:
        return problem(403, "terms_not_accepted")
    return await handler(request)


def make_app() -> web.Application:
    """The stand-in with the page on one origin."""
    app = web.Application(middlewares=[refuse])
    app[NIGHT_KEY] = {"night": Night()}
    app[fake_household.HOUSEHOLD] = {"present": fake_household.new_household()}
    charger = "/v1/chargers/{charger}"
    routes = [
        web.post("/v1/auth/code", post_code),
        web.post("/v1/auth/token", post_token),
        web.post("/v1/auth/refresh", post_token),
        web.post("/v1/auth/logout", answering(lambda _: {})),
        web.get("/v1/terms", answering(lambda _: fake_night.TERMS)),
        web.post("/v1/account/terms", post_terms),
        web.get("/v1/home", get_home),
        web.get("/v1/sites", get_sites),
        web.post("/v1/claims", post_claim),
        web.post("/v1/claims/{claim}/proof", post_proof),
        web.get(charger, get_charger),
        web.patch(charger, patch_charger),
        web.put(charger + "/session-goal", put_goal),
        web.delete(charger + "/session-goal", put_goal),
        web.get(charger + "/plan", answering(fake_night.plan_of)),
        web.get(charger + "/history", get_history),
        web.get("/sim/state", sim_state),
        web.get("/sim/sms", sim_sms),
        web.post("/sim/chargers/{serial}/{what}", sim_act),
        web.post("/fake", post_fake),
        web.get("/v1/openapi.json", get_openapi),
        web.get("/docs", get_docs),
        web.get("/", get_index),
        web.get(r"/{name:.+\.js}", serve_script),
        web.static("/", WEB),
    ]
    app.add_routes([*fake_household.routes(), *routes])
    return app


def main() -> None:
    """Serves the page on loopback until interrupted."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8099)
    web.run_app(make_app(), host="127.0.0.1", port=parser.parse_args().port)


if __name__ == "__main__":
    main()
