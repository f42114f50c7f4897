"""Addresses by position, from a register on loopback."""

import json

import pytest

from chalicelib.adapters import addresses
from chalicelib.domain.zones import Position
from chalicelib.settings import settings

BERGEN = Position(lat=60.39299, lon=5.32415)
PATH = "/adresser/v1/punktsok"
FAR = {"adressetekst": "Torget 2", "postnummer": "5014", "poststed": "BERGEN", "meterDistanseTilPunkt": 80.2}
NEAR = FAR | {"adressetekst": "Torget 1", "meterDistanseTilPunkt": 7.9, "kommunenavn": "BERGEN"}
Feed = dict[str, tuple[int, bytes]]


@pytest.fixture(autouse=True)
def _register(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ADDRESS_BASE", settings().price_feed_base)


def answer(*found: object) -> bytes:
    """As the register answers."""
    return json.dumps({"metadata": {"totaltAntallTreff": len(found)}, "adresser": found}).encode()


def test_the_nearest_address_is_proposed(feed: Feed) -> None:
    """As it is written on a letter, whatever the order of the answer; the position goes out to four decimals."""
    feed[f"{PATH}?lat=60.3930&lon=5.3242&radius=100&treffPerSide=5"] = (200, answer(FAR, NEAR))
    assert addresses.find(BERGEN) == "Torget 1, 5014 BERGEN"


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, answer()), (503, b"busy"), (200, b"<html>"), (200, b'{"adresser": [{}]}'), (404, b"")],
    ids=["nothing near", "busy", "no JSON", "an address without its text", "not there"],
)
def test_without_a_good_answer_nothing_is_proposed(feed: Feed, status: int, body: bytes) -> None:
    """People type their address then."""
    feed[PATH] = (status, body)
    assert addresses.find(BERGEN) is None


def test_a_register_that_is_away_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """The profile does not wait for it."""
    monkeypatch.setenv("ADDRESS_BASE", "http://127.0.0.1:1")
    assert addresses.find(BERGEN) is None
