"""One address for page, API, simulator and feed."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from local.origin import make_origin

Client = TestClient[web.Request, web.Application]


def answering(text: str, *paths: str) -> web.Application:
    """An application that answers `text` and what it was asked."""

    async def answer(request: web.Request) -> web.Response:
        body = (await request.read()).decode()
        told = {"who": text, "path": request.raw_path, "method": request.method, "body": body}
        return web.json_response(told, headers={"X-Seen": request.headers.get("Authorization", "")})

    application = web.Application()
    for path in paths:
        application.router.add_route("*", path, answer)
    return application


async def inbox(_: web.Request) -> web.Response:
    """The emulator's SMS inbox with one message, as it answers."""
    record = {"PhoneNumber": "+4740000001", "Message": "123456 is your code", "MessageId": "m1", "Subject": None}
    return web.json_response({"sms_messages": {"+4740000001": [record]}, "region": "eu-north-1"})


@pytest_asyncio.fixture
async def client() -> AsyncIterator[Client]:
    """A browser at an origin whose cloud is a stand-in."""
    cloud = answering("api", "/stage/v1/{rest:.*}")
    cloud.router.add_get("/_ministack/sns/sms-messages", inbox)
    async with TestServer(cloud) as server, aiohttp.ClientSession(auto_decompress=False) as session:
        origin = make_origin(
            api_url=str(server.make_url("/stage")),
            emulator_url=str(server.make_url("")).rstrip("/"),
            session=session,
            simulator=answering("simulator", "/state", "/chargers/{serial}/plug-in"),
            feed=answering("feed", "/api/v1/{rest:.*}"),
        )
        async with TestClient(TestServer(origin)) as browser:
            yield browser


@pytest.mark.asyncio
async def test_a_call_reaches_the_api_unchanged(client: Client) -> None:
    """Method, path, query, body and token pass; nothing is decoded on the way."""
    async with client.request(
        "PATCH", "/v1/sites/a%2Fb?x=%20y", data=b"{}", headers={"Authorization": "Bearer t"}
    ) as answer:
        told = await answer.json()
        assert told == {"who": "api", "path": "/stage/v1/sites/a%2Fb?x=%20y", "method": "PATCH", "body": "{}"}
        assert answer.headers["X-Seen"] == "Bearer t"


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("path", "who"), [("/sim/state", "simulator"), ("/feed/api/v1/prices/2026/02-10_NO5.json", "feed")]
)
async def test_simulator_and_feed_have_their_own_paths(client: Client, path: str, who: str) -> None:
    """The browser needs no second address."""
    async with client.get(path) as answer:
        assert (await answer.json())["who"] == who


@pytest.mark.asyncio
async def test_the_inbox_shows_who_was_sent_what_and_once(client: Client) -> None:
    """A message keeps the moment at which it was first seen."""
    looks = []
    for _ in range(2):
        async with client.get("/sim/sms") as answer:
            looks.append((await answer.json())["messages"])
    assert looks[0] == looks[1]
    assert [(message["to"], message["text"]) for message in looks[0]] == [("+4740000001", "123456 is your code")]


@pytest.mark.asyncio
async def test_the_page_is_at_the_root_and_always_asked_for_again(client: Client) -> None:
    """Who edits the page sees it at the next look."""
    async with client.get("/") as answer:
        assert answer.content_type == "text/html"
        assert answer.headers["Cache-Control"] == "no-cache"


@pytest.mark.asyncio
async def test_no_file_outside_the_page_is_served(client: Client) -> None:
    """The project's other files are not the browser's business."""
    async with client.get("/..%2Fapp.py") as answer:
        assert answer.status in {403, 404}
