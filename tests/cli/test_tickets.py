"""`zmart tickets`: what an operator sees and does."""

import json
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.__main__ import app
from tests.identity import People
from tests.made_chargers import MadeCharger


def run(*words: str) -> Result:
    return CliRunner().invoke(app, ["tickets", *words])


def keys(*words: str) -> list[dict[str, Any]]:
    result = run(*words, "--json")
    assert result.exit_code == 0, result.output
    found: list[dict[str, Any]] = json.loads(result.output)
    return found


@pytest.mark.usefixtures("cloud")
def test_keys_are_shown_and_rotated_once_a_day() -> None:
    """The next key takes over; a second time within a day only after a leak. No seed is ever shown."""
    before = keys("keys")
    after = keys("rotate")
    assert [key["signs"] for key in after] == [True, False]
    assert after[0]["kid"] == before[1]["kid"]
    again = run("rotate")
    assert (again.exit_code, "next_key_is_fresh" in again.output) == (1, True)
    leaked = keys("rotate", "--leaked")
    assert leaked[0]["kid"] == after[1]["kid"]
    assert set(leaked[0]) == {"kid", "signs", "made_at", "public_key"}
    assert f"{leaked[0]['kid']} │ signs" in run("keys").output


def test_chargers_are_told(people: People) -> None:
    """Every claimed one; those that nobody owns have no settings."""
    made, _ = MadeCharger(), MadeCharger("ZC-00000002")
    made.claim(people.account())
    rotated = keys("rotate")
    assert run("publish").output == "1 chargers are told\n"
    assert [key["kid"] for key in made.config()["ticket_keys"]] == [key["kid"] for key in rotated]
