"""Street addresses by position, from the open address register of Kartverket, the Norwegian mapping authority.

`GET /adresser/v1/punktsok` answers the addresses of Norway within a radius, without a key.
"""

from typing import Final

import msgspec
import urllib3
from urllib3.exceptions import HTTPError

from chalicelib.domain.zones import Position
from chalicelib.observability import log
from chalicelib.settings import settings

ORIGIN: Final = "https://ws.geonorge.no"
RADIUS_M: Final = 100
MAX_BYTES: Final = 65_536
_OK: Final = 200
_PATIENCE: Final = urllib3.Timeout(connect=1, read=2)
_HEADERS: Final = {"User-Agent": "zmartcharge", "Accept-Encoding": "identity"}


class _Address(msgspec.Struct, frozen=True):
    text: str = msgspec.field(name="adressetekst")
    postal_code: str = msgspec.field(name="postnummer")
    place: str = msgspec.field(name="poststed")
    distance_m: float = msgspec.field(name="meterDistanseTilPunkt", default=float(RADIUS_M))


class _Found(msgspec.Struct, frozen=True):
    addresses: tuple[_Address, ...] = msgspec.field(name="adresser")


def find(position: Position) -> str | None:
    """The address nearest to `position`, as it is written on a letter; None where there is none within RADIUS_M.

    None, too, when the register does not answer as it should, which is logged: people can do without a proposal.
    """
    try:
        body = _ask(position)
        found = msgspec.json.decode(body, type=_Found).addresses if body else ()
    except (HTTPError, msgspec.MsgspecError) as error:
        log.warning("address_not_found", reason=type(error).__name__)
        return None
    nearest = min(found, key=lambda each: each.distance_m, default=None)
    return f"{nearest.text}, {nearest.postal_code} {nearest.place}" if nearest else None


def _ask(position: Position) -> bytes:
    """The register's answer; empty, and logged, when it is none. The position goes out to about 10 m."""
    place = {"lat": f"{position.lat:.4f}", "lon": f"{position.lon:.4f}"}
    answer = urllib3.request(
        "GET",
        f"{settings().address_base or ORIGIN}/adresser/v1/punktsok",
        fields=place | {"radius": str(RADIUS_M), "treffPerSide": "5"},
        headers=_HEADERS,
        timeout=_PATIENCE,
        retries=False,
        preload_content=False,
    )
    body = answer.read(MAX_BYTES)
    answer.release_conn()
    if answer.status != _OK:
        log.warning("address_not_found", reason=f"HTTP {answer.status}")
        return b""
    return body
