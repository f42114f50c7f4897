"""What ./dev up understands."""

import asyncio
from datetime import UTC, datetime

import pytest

from local.errors import PortTakenError
from local.terminal import Progress, run_command
from local.up import parse_options


def test_real_time_is_the_default() -> None:
    """The setting that the functions get is then empty."""
    assert parse_options([]).clock().setting() == ""


def test_a_start_without_a_zone_is_oslo_s() -> None:
    """People mean the wall clock."""
    options = parse_options(["--start", "2026-02-10T15:00", "--speed", "600"])
    assert (options.start, options.speed) == (datetime(2026, 2, 10, 14, tzinfo=UTC), 600)


@pytest.mark.parametrize("wrong", [["--start", "yesterday"], ["--speed", "-1"], ["--speed", "nan"], ["--port", "x"]])
def test_what_it_does_not_understand_is_told_with_2(wrong: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Before anything is started."""
    with pytest.raises(SystemExit) as ended:
        parse_options(wrong)
    assert ended.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_what_a_user_can_mend_is_one_sentence_and_1(capsys: pytest.CaptureFixture[str]) -> None:
    """No traceback."""

    async def work() -> int:
        await asyncio.sleep(0)
        raise PortTakenError("Port 8080 is taken.")

    assert run_command("up", work(), Progress()) == 1
    assert capsys.readouterr().err == "dev up: Port 8080 is taken.\n"
