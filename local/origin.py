"""One address for the browser: the page and the API behind it; on the laptop also the simulator and the price feed."""

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from datetime import UTC, datetime

import aiohttp
from aiohttp import web
from yarl import URL

from local import page
from local.ports import LOOPBACK
from simulator.addresses import find_address

_HOP_BY_HOP = {
    "connection", "content-length", "host", "keep-alive", "proxy-authenticate", "proxy-authorization", "te", "trailer",
    "transfer-encoding", "upgrade",
}  # fmt: skip
_BODY_LIMIT = 12 * 1024 * 1024  # above the API's own, so that the API is the one who refuses
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


def _end_to_end(headers: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() not in _HOP_BY_HOP}


class Proxy:
    """Passes calls on to the deployed API and answers back, both unchanged."""

    def __init__(self, api_url: str, session: aiohttp.ClientSession) -> None:
        self._api_url, self._session = api_url, session

    async def handle(self, request: web.Request) -> web.Response:
        """One call; 502 with a problem document when the emulator does not answer."""
        target = URL(self._api_url + request.raw_path, encoded=True)
        body = await request.read()
        try:
            async with self._session.request(
                request.method, target, data=body or None, headers=_end_to_end(request.headers), allow_redirects=False
            ) as answer:
                content = await answer.read()
                return web.Response(status=answer.status, body=content, headers=_end_to_end(answer.headers))
        except aiohttp.ClientError as error:
            problem = {"title": "The local AWS does not answer", "status": 502, "detail": str(error), "code": "no_api"}
            return web.json_response(problem, status=502, content_type="application/problem+json")


class SmsInbox:
    """The text messages that the product sent, read from the emulator, for the page and for tests.

    The emulator keeps no times: `at` is the real moment at which a message was first seen here.
    """

    def __init__(self, emulator_url: str, session: aiohttp.ClientSession) -> None:
        self._url, self._session = f"{emulator_url}/_ministack/sns/sms-messages", session
        self._seen: dict[str, dict[str, str]] = {}

    async def handle(self, _: web.Request) -> web.Response:
        """All messages in the order in which they were seen: `{messages: [{to, text, at}]}`."""
        async with self._session.get(self._url) as answer:
            told = (await answer.json())["sms_messages"]
        for record in (record for records in told.values() for record in records):
            message = {"to": record["PhoneNumber"], "text": record["Message"], "at": datetime.now(UTC).isoformat()}
            self._seen.setdefault(record["MessageId"], message)
        return web.json_response({"messages": list(self._seen.values())})


async def _page(_: web.Request) -> web.FileResponse:
    return web.FileResponse(page.WEB / "index.html")


async def _docs(_: web.Request) -> web.FileResponse:
    return web.FileResponse(page.WEB / "docs.html")


async def serve_script(request: web.Request) -> web.Response:
    """A script of the page, without comments and compressed."""
    path = (page.WEB / request.match_info["name"]).resolve()
    if not path.is_relative_to(page.WEB) or not path.is_file():
        raise web.HTTPNotFound
    response = web.Response(text=page.script(path), content_type="text/javascript")
    response.enable_compression()
    return response


@web.middleware
async def _guarded(request: web.Request, handler: _Handler) -> web.StreamResponse:
    """The page's files may change between two looks; nobody may frame the page or guess at a file's type."""
    response = await handler(request)
    response.headers.setdefault("Cache-Control", "no-cache")
    response.headers.setdefault("Content-Security-Policy", "frame-ancestors 'none'")
    response.headers.setdefault("X-Content-Type-Options", "nosniff")
    return response


def make_origin(
    *,
    api_url: str,
    emulator_url: str,
    session: aiohttp.ClientSession,
    simulator: web.Application,
    feed: web.Application,
    meter_door: _Handler | None = None,
) -> web.Application:
    """The application that serves everything from one origin; `meter_door` stands in for the readers' function URL."""
    origin = web.Application(client_max_size=_BODY_LIMIT, middlewares=[_guarded])
    origin.router.add_get("/", _page)
    proxy = Proxy(api_url, session)
    for method in _METHODS:
        origin.router.add_route(method, "/v1/{rest:.*}", proxy.handle)
    if meter_door is not None:
        origin.router.add_route("*", "/meter/{rest:.*}", meter_door)
    origin.router.add_get("/sim/sms", SmsInbox(emulator_url, session).handle)
    origin.add_subapp("/sim/", simulator)
    origin.router.add_get("/feed/adresser/v1/punktsok", find_address)
    origin.add_subapp("/feed/", feed)
    origin.router.add_get("/docs", _docs)
    origin.router.add_get(r"/{name:.+\.js}", serve_script)
    origin.router.add_static("/", page.WEB)
    return origin


@contextlib.asynccontextmanager
async def serving(application: web.Application, port: int) -> AsyncIterator[str]:
    """Serve on loopback; the address."""
    runner = web.AppRunner(application, access_log=None, shutdown_timeout=1)
    await runner.setup()
    try:
        await web.TCPSite(runner, LOOPBACK, port, reuse_address=True).start()
        yield f"http://{LOOPBACK}:{port}"
    finally:
        await runner.cleanup()
