"""What the stand-in for the cloud remembers of a household: orders, guests, sites, the person and their messages."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

Reply = dict[str, Any]
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
HOUSEHOLD: Final = web.AppKey("household", dict[str, Any])
GRANT: Final = {
    "grant_id": "gr_1",
    "name": "Kari",
    "phone": "+4791111111",
    "start": "2026-02-10T12:00",
    "end": "2026-02-15T12:00",
    "state": "active",
    "invited_at": "2026-02-09T12:00:00+00:00",
    "lapses_at": None,
    "is_guest_deleted": False,
    "version": 1,
}
SITE: Final = {
    "site_id": "site_1",
    "name": "Mitt hjem",
    "country": "NO",
    "time_zone": "Europe/Oslo",
    "currency": "NOK",
    "zone": "NO5",
    "zone_must_ask": False,
    "candidates": [],
    "price_kind": "spot",
    "main_fuse_a": 63,
    "grid_type": "IT",
    "phases": 3,
    "history_months": 36,
    "version": 1,
    "contract": {
        "kind": "spot",
        "fixed_price_per_kwh": None,
        "surcharge_per_kwh": None,
        "grid_company_id": "bkk",
        "county": None,
        "county_must_ask": False,
    },
}
MESSAGES: Final = [
    {
        "notification_id": "n_" + "1" * 28,
        "kind": "finished",
        "told_at": "2026-02-10T06:20:00+01:00",
        "charger_id": "ch_1",
        "site_id": None,
        "grant_id": None,
        "title": "Ladingen er ferdig",
        "text": "Lader i garasjen har ladet 27,7 kWh.",
        "is_read": False,
    }
]
SESSION: Final = {
    "session_id": "s1",
    "mode": "smart",
    "started_at": "2026-02-09T17:05:00+01:00",
    "ended_at": "2026-02-10T07:10:00+01:00",
    "energy_wh": 36100,
    "total_cost": None,
    "cost_at_once": {"amount": "96.40", "currency": "NOK"},
    "pending": False,
}
NETWORK: Final = {
    "state": "connected",
    "since": "2026-02-10T15:04:00+01:00",
    "reason": None,
    "kind": "wifi",
    "signal_dbm": -61,
    "signal": "good",
    "failure": None,
}
KINDS: Final = ("goal_missed", "fault", "finished", "stranger_tried", "guest_accepted", "meter_lost")


def new_household() -> Reply:
    """A person with a name not yet given, one site and one guest."""
    return {
        "orders": {"mode": "smart", "run": "auto"},
        "pending": [],
        "settings": {},
        "account": {
            "account_id": "acc",
            "phone": "+4790000000",
            "name": None,
            "address": None,
            "language": "no",
            "terms_version": "2026-01",
        },
        "sites": {"site_1": dict(SITE)},
        "grants": {"gr_1": dict(GRANT)},
        "push": dict.fromkeys(KINDS, True),
        "calls": [],
        "network": dict(NETWORK),
    }


def of(request: web.Request) -> Reply:
    """The household."""
    present: Reply = request.app[HOUSEHOLD]["present"]
    return present


def telling(make: Callable[[Reply], object]) -> Handler:
    """A handler that answers with what `make` makes of the household."""

    async def answer(request: web.Request) -> web.Response:
        return web.json_response(make(of(request)))

    return answer


async def put_orders(request: web.Request) -> web.Response:
    """Takes an order, which the charger has not heard yet."""
    household, body = of(request), await request.json()
    household["orders"] |= body
    household["pending"] = list(body)
    return web.json_response(household["orders"] | {"state": "pending", "pending": list(body), "expected_version": 7})


async def patch_account(request: web.Request) -> web.Response:
    """Keeps name, address and language."""
    household = of(request)
    household["account"] |= await request.json()
    return web.json_response(household["account"])


async def delete_account(request: web.Request) -> web.Response:
    """Forgets everything."""
    request.app[HOUSEHOLD]["present"] = new_household()
    return web.json_response({"erasure_id": "er_0123456789abcdef"}, status=202)


async def put_push(request: web.Request) -> web.Response:
    """Keeps the choices."""
    of(request)["push"] = await request.json()
    return web.json_response(of(request)["push"])


async def put_site(request: web.Request) -> web.Response:
    """Makes or changes a site; a position is in NO5."""
    household, body = of(request), await request.json()
    site_id = request.match_info.get("site", f"site_{len(household['sites']) + 1}")
    known = household["sites"].get(site_id, SITE | {"site_id": site_id, "version": 0})
    contract = body.pop("contract", {}) | {"county_must_ask": False}
    body.pop("position", None)
    household["sites"][site_id] = known | body | {"contract": contract, "version": known["version"] + 1}
    return web.json_response(household["sites"][site_id])


async def get_site(request: web.Request) -> web.Response:
    """One site."""
    return web.json_response(of(request)["sites"][request.match_info["site"]])


async def delete_site(request: web.Request) -> web.Response:
    """The site with the charger stays."""
    if request.match_info["site"] == "site_1":
        problem = {"status": 409, "code": "site_has_chargers", "request_id": "req-7f3a"}
        return web.json_response(problem, status=409, content_type="application/problem+json")
    del of(request)["sites"][request.match_info["site"]]
    return web.Response(status=204)


async def post_grant(request: web.Request) -> web.Response:
    """Invites."""
    grants, body = of(request)["grants"], await request.json()
    grant_id = f"gr_{len(grants) + 1}"
    window = {"start": body["start"] or "2026-02-10T23:20", "end": body["end"]}
    phone = body["phone"].replace(" ", "")
    grants[grant_id] = GRANT | {"grant_id": grant_id, "name": body["name"], "phone": phone, "state": "invited"} | window
    return web.json_response(grants[grant_id], status=201)


async def patch_grant(request: web.Request) -> web.Response:
    """Changes a window."""
    grants, grant_id = of(request)["grants"], request.match_info["grant"]
    grants[grant_id] = grants[grant_id] | await request.json() | {"version": grants[grant_id]["version"] + 1}
    return web.json_response(grants[grant_id])


async def delete_grant(request: web.Request) -> web.Response:
    """Revokes, or leaves."""
    grants, grant_id = of(request)["grants"], request.match_info["grant"]
    if grant_id in grants:
        grants[grant_id] |= {"state": "ended", "version": grants[grant_id]["version"] + 1}
    of(request)["calls"].append(f"ended {grant_id}")
    return web.Response(status=204)


async def no_content(request: web.Request) -> web.Response:
    """Done, and remembered that it was asked."""
    of(request)["calls"].append(f"{request.method} {request.path}")
    return web.Response(status=204)


async def get_file(request: web.Request) -> web.Response:
    """A month as a file."""
    return web.Response(text="day;kWh\n2026-02-01;22,4\n", content_type="text/csv", headers={"X-Of": request.path})


def sessions_of(household: Reply) -> Reply:
    """One session of the owner, one of the guest."""
    money = {"cost": {"amount": "41.20", "currency": "NOK"}, "saved": {"amount": "55.20", "currency": "NOK"}}
    owner = SESSION | money | {"user": {"kind": "owner", "name": "", "grant_id": None}}
    name = household["grants"]["gr_1"]["name"]
    guest = SESSION | money | {"session_id": "s2", "user": {"kind": "guest", "name": name, "grant_id": "gr_1"}}
    return {"sessions": [owner, guest], "next": None}


def export_of(household: Reply) -> Reply:
    """Everything about the person."""
    return {"exported_at": "2026-02-10", "tables": {"accounts": [household["account"]]}, "next": None}


AIR: Final[Reply] = {
    "networks": [{"name": "Hjemme", "signal_dbm": -61}, {"name": "Nabo", "signal_dbm": -81}],
    "router": {"name": "Hjemme", "password": "billig-om-natta"},
}
PLACE: Final[Reply] = {"address": "Torget 1, 5014 BERGEN"}
COMPANIES: Final = [{"grid_company_id": "bkk", "name": "BKK", "zones": ["NO5"]}]


async def choose_network(request: web.Request) -> web.Response:
    """The charger is back after a moment: by 4G always, by Wi-Fi with the password on the router."""
    household, wish = of(request), await request.json()
    is_right = wish["kind"] == "4g" or wish.get("password") == AIR["router"]["password"]
    failure = {"kind": "wifi", "reason": "wrong_password", "at": "2026-02-10T23:18:00+01:00"}
    kind = wish["kind"] if is_right else household["network"]["kind"]
    since = f"2026-02-10T23:{19 if is_right else 18}:00+01:00"
    back = {"kind": kind, "failure": None if is_right else failure, "since": since}
    household["network"] |= back
    return web.json_response({}, status=202)


async def get_load(request: web.Request) -> web.Response:
    """Two lines near the fuse, one not measured; nothing before a reader is registered."""
    share = {"charger_id": "ch_1", "name": "Lader i garasjen", "limit_a": 16, "offered_a": 16, "reason": "main_fuse"}
    load = {"state": of(request).get("meter", "none"), "main_fuse_a": 63, "most_a": 59.9, "chargers": [share]}
    return web.json_response(load | {"currents_a": [41.2, 57.9, None]})


async def post_meter(request: web.Request) -> web.Response:
    """A reader that answers at once."""
    of(request)["meter"] = "live"
    made = {"token": "mt_0123456789", "base_url": "https://api.example.org", "mqtt": None}
    return web.json_response(made, status=201)


async def delete_meter(request: web.Request) -> web.Response:
    """No reader any more."""
    of(request)["meter"] = "none"
    return web.Response(status=204)


def routes() -> list[web.RouteDef]:
    """What a household is asked."""
    charger, site = "/v1/chargers/{charger}", "/v1/sites/{site}"
    return [
        web.put(charger + "/mode", put_orders),
        web.put(charger + "/run", put_orders),
        web.get(charger + "/network", telling(lambda home: home["network"])),
        web.get("/sim/chargers/{serial}/networks", telling(lambda _: AIR)),
        web.post("/sim/chargers/{serial}/network", choose_network),
        web.post("/sim/meter-reader", telling(lambda _: {})),
        web.get(charger + "/sessions", telling(sessions_of)),
        web.get(charger + "/history.csv", get_file),
        web.delete(charger, no_content),
        web.get(charger + "/grants", telling(lambda home: {"grants": list(home["grants"].values())})),
        web.post(charger + "/grants", post_grant),
        web.patch(charger + "/grants/{grant}", patch_grant),
        web.delete(charger + "/grants/{grant}", delete_grant),
        web.post("/v1/sites", put_site),
        web.get(site + "/load", get_load),
        web.post(site + "/meter", post_meter),
        web.delete(site + "/meter", delete_meter),
        web.get(site, get_site),
        web.patch(site, put_site),
        web.delete(site, delete_site),
        web.get("/v1/grid-companies", telling(lambda _: {"grid_companies": COMPANIES})),
        web.post("/v1/addresses/locate", telling(lambda _: PLACE)),
        web.get("/v1/account", telling(lambda home: home["account"])),
        web.patch("/v1/account", patch_account),
        web.delete("/v1/account", delete_account),
        web.get("/v1/account/export", telling(export_of)),
        web.post("/v1/auth/logout-everywhere", no_content),
        web.get("/v1/notifications", telling(lambda _: {"notifications": MESSAGES, "next": None})),
        web.put("/v1/notifications/read-until", no_content),
        web.get("/v1/notifications/push", telling(lambda home: home["push"])),
        web.put("/v1/notifications/push", put_push),
    ]
