"""The installer's hands on the laptop: a reader that is registered is set up at the simulated house's meter at once.

In a real house somebody types token and address into the reader's own page. Here the answer of the API is overheard on
its way to the browser; the product knows nothing of it.
"""

import re
from http import HTTPStatus
from typing import Final

import msgspec
from aiohttp import web

from simulator.world import ReaderSetup, World

_METER: Final = re.compile(r"/v1/sites/([^/]+)/meter")


class _Made(msgspec.Struct, frozen=True):
    token: str
    base_url: str


class HouseReader:
    """Follows what becomes of `POST` and `DELETE /v1/sites/{site}/meter`; the house has one meter, the last site's."""

    def __init__(self, world: World) -> None:
        self._world, self._site = world, ""

    def overhear(self, method: str, path: str, answer: web.Response) -> None:
        """An answer of the API is on its way."""
        asked = _METER.fullmatch(path)
        if asked is None:
            return
        if method == "POST" and answer.status == HTTPStatus.CREATED and isinstance(answer.body, bytes):
            made = msgspec.json.decode(answer.body, type=_Made)
            self._world.put_reader_up(ReaderSetup(token=made.token, base_url=made.base_url))
            self._site = asked[1]
        elif method == "DELETE" and answer.status == HTTPStatus.NO_CONTENT and asked[1] == self._site:
            self._world.take_reader_away()
