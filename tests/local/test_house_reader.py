"""On the laptop a reader that is registered is set up at the simulated house at once."""

import json
from typing import Any

import pytest
from aiohttp import web

from local.house_reader import HouseReader
from local.up import parse_options
from simulator.world import ReaderSetup

TOKEN, BASE = "t" * 20, "http://127.0.0.1:8080/meter"


class Hands:
    """A world that notes what is done to its meter."""

    def __init__(self) -> None:
        self.done: list[Any] = []

    def put_reader_up(self, setup: ReaderSetup) -> None:
        """As a world does."""
        self.done.append((setup.token, setup.base_url))

    def take_reader_away(self) -> None:
        """As a world does."""
        self.done.append("away")


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def reader(hands: Hands) -> HouseReader:
    return HouseReader(hands)  # type: ignore[arg-type]  # the part of a world that it uses


def registered(reader: HouseReader, site: str, status: int = 201) -> None:
    body = json.dumps({"token": TOKEN, "base_url": BASE, "mqtt": None}).encode()
    reader.overhear("POST", f"/v1/sites/{site}/meter", web.Response(status=status, body=body))


def test_registering_puts_it_up(reader: HouseReader, hands: Hands) -> None:
    """With the token and the address that the owner was told."""
    registered(reader, "s1")
    assert hands.done == [(TOKEN, BASE)]


def test_a_refused_registration_changes_nothing(reader: HouseReader, hands: Hands) -> None:
    """Nor does any other call."""
    registered(reader, "s1", status=403)
    reader.overhear("GET", "/v1/sites/s1/meter", web.Response(status=200, body=b"{}"))
    reader.overhear("POST", "/v1/sites/s1/meter/x", web.Response(status=201, body=b"{}"))
    assert hands.done == []


def test_removing_takes_it_away(reader: HouseReader, hands: Hands) -> None:
    """Only that of the site which it was put up for."""
    registered(reader, "s1")
    for site in ("s2", "s1"):
        reader.overhear("DELETE", f"/v1/sites/{site}/meter", web.Response(status=204))
    assert hands.done[1:] == ["away"]


def test_only_dev_up_does_so() -> None:
    """A test that registers a reader plays it itself."""
    assert parse_options([]).house_reader
    assert not parse_options([]).on_free_ports().house_reader
