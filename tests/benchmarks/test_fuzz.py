"""The broken messages of the benchmark, in small: every one is read or refused, none escapes."""

import json
from typing import Any

import pytest

from benchmarks import fuzz
from chalicelib.observability import log
from device_shadows import codec


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a log line for each batch."""
    monkeypatch.setattr(log._logger, "disabled", True)


def test_the_same_seed_makes_the_same_messages() -> None:
    """A finding can be repeated."""
    first = [found for found, _ in fuzz.messages(200, seed=1)]
    assert first == [found for found, _ in fuzz.messages(200, seed=1)]
    assert first != [found for found, _ in fuzz.messages(200, seed=2)]


def test_every_broken_message_ends_in_a_document_or_a_reason() -> None:
    """2 000 of them at the codec."""
    _, broken = fuzz.fuzz_codec(2000)
    assert broken.value > 0
    assert {"read", "not_json", "wrong_type", "too_deep", "too_large"} <= set(broken.note.replace(",", " ").split())


def test_workers_take_every_broken_message() -> None:
    """2 000 of them; some are whole enough to be stored, for the charger of the topic only."""
    _, broken = fuzz.fuzz_workers(2000)
    assert "whole enough to store" in broken.note


def test_a_worker_that_would_change_another_charger_is_found() -> None:
    """The measurement can fail."""
    sink = fuzz.Sink()
    sink.store(fuzz.THING)
    with pytest.raises(fuzz.BrokenError):
        sink.store("ZC-OTHER-001")
    assert json.loads(fuzz.status_body(b'{"thing": "ZC-OTHER-001"}'))["thing"] == fuzz.THING


def test_an_error_that_is_no_refusal_is_not_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    """The codec may raise errors of the contract only."""

    def breaks(*_: Any) -> Any:
        raise RecursionError

    monkeypatch.setattr(codec, "decode", breaks)
    with pytest.raises(RecursionError):
        fuzz.read(b"", dict)
