"""One careful question over HTTP: short patience, no redirects, a limit of size."""

from typing import Final, NamedTuple

import urllib3
from urllib3.exceptions import HTTPError

from chalicelib.adapters.prices.quotes import MAX_BYTES
from chalicelib.adapters.prices.source import FeedDown, FeedRefused
from chalicelib.settings import settings

OK: Final = 200
NOT_YET: Final = frozenset({204, 404})
_REFUSED: Final = frozenset({401, 403})
_PATIENCE: Final = urllib3.Timeout(connect=2, read=5)
_HEADERS: Final = {"User-Agent": "zmartcharge", "Accept-Encoding": "identity"}


class Answer(NamedTuple):
    """What came back."""

    status: int
    body: bytes


def get(origin: str, path: str, fields: dict[str, str] | None = None) -> Answer:
    """The answer of `origin` (or of what stands in for all of them, the setting PRICE_FEED_BASE).

    A status that is neither 200 nor in NOT_YET is a FeedDown; the message names no address, which may hold a token.
    """
    url = f"{settings().price_feed_base or origin}{path}"
    try:
        answer = urllib3.request(
            "GET", url, fields=fields, headers=_HEADERS, timeout=_PATIENCE, retries=False, preload_content=False
        )
        body = answer.read(MAX_BYTES + 1)
        answer.release_conn()
    except HTTPError as error:
        raise FeedDown(type(error).__name__) from None
    if answer.status in _REFUSED:
        raise FeedRefused(f"HTTP {answer.status}")
    if answer.status != OK and answer.status not in NOT_YET:
        raise FeedDown(f"HTTP {answer.status}")
    return Answer(answer.status, body)
