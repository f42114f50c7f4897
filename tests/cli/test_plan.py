"""`zmart plan`: the documents in and out, and what it says about wrong ones."""

import json
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from typer.testing import CliRunner

from chalicelib.domain.planning import plan_charging
from cli.__main__ import app
from cli.plan import show
from cli.plan_document import read_question

EPOCH = 1_767_225_600  # 2026-01-01T00:00Z


def a_document() -> dict[str, Any]:
    """Three hours, one charger, 4.6 kWh with one start: the dear hour is bridged at 6 A."""
    hours = [EPOCH + 3600 * i for i in range(4)]
    return {
        "now": EPOCH,
        "slots": [
            {"start": hours[0], "end": hours[1], "price": 1},
            {"start": hours[1], "end": hours[2], "price": 5.0},
            {"start": hours[2], "end": hours[3], "price": 1},
        ],
        "site": {"limit_a": 100, "voltage_v": 230, "grid": "TN"},
        "chargers": [
            {
                "id": "c1",
                "phases": 1,
                "min_a": 6,
                "max_a": 10,
                "from": EPOCH,
                "ready_by": hours[3],
                "need_wh": 4600,
            }
        ],
        "max_starts": 1,
        "hour_limit_wh": None,
    }


def run(text: str | bytes, *options: str) -> tuple[int, str, str]:
    """Exit code, standard output and standard error of `zmart plan -`."""
    result = CliRunner().invoke(app, ["plan", "-", *options], input=text)
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize("options", [(), ("--json",)], ids=["not a terminal", "--json"])
def test_the_plan_is_one_line_of_json_with_times_as_they_came(options: tuple[str, ...]) -> None:
    """Epoch seconds in, epoch seconds out; whole numbers stay whole."""
    code, out, _ = run(json.dumps(a_document()), *options)
    assert code == 0
    assert out.count("\n") == 1
    assert json.loads(out) == {
        "chargers": [
            {
                "id": "c1",
                "intervals": [
                    {"start": EPOCH, "end": EPOCH + 3600, "current_a": 10},
                    {"start": EPOCH + 3600, "end": EPOCH + 7200, "current_a": 6},
                    {"start": EPOCH + 7200, "end": EPOCH + 8640, "current_a": 10},
                ],
                "energy_wh": 4600,
                "unmet_wh": 0,
                "starts": 1,
                "done_at": EPOCH + 8640,
            }
        ],
        "cost": 10.12,
    }


def test_iso_times_come_back_with_the_offset_of_now() -> None:
    """A problem in Norwegian time is answered in Norwegian time; kinds of time may be mixed."""
    document = a_document() | {"now": "2026-01-01T01:00:00+01:00"}
    document["slots"][0]["start"] = "2026-01-01T00:00:00Z"
    _, out, _ = run(json.dumps(document))
    assert json.loads(out)["chargers"][0]["done_at"] == "2026-01-01T03:24:00+01:00"


def test_a_file_is_read(tmp_path: Path) -> None:
    """The argument may be a file instead of -."""
    file = tmp_path / "problem.json"
    file.write_text(json.dumps(a_document()))
    assert CliRunner().invoke(app, ["plan", str(file)]).stdout == run(json.dumps(a_document()))[1]


def test_one_limit_or_one_per_slot() -> None:
    """A limit of 5 A in the middle hour is a break."""
    document = a_document() | {"max_starts": None}
    document["site"]["limit_a"] = [100, 5, 100.0]
    _, out, _ = run(json.dumps(document))
    assert json.loads(out)["chargers"][0]["starts"] == 2


def test_slots_may_come_in_any_order() -> None:
    """Slots are put in order together with their limits."""
    document = a_document()
    document["site"]["limit_a"] = [10, 8, 9]
    straight = run(json.dumps(document))
    document["slots"].reverse()
    document["site"]["limit_a"].reverse()
    assert run(json.dumps(document)) == straight


def test_what_the_charger_does_now_is_read() -> None:
    """A car that charges with its start used goes on without a new one."""
    document = a_document()
    document["chargers"][0] |= {"charging": True, "starts_used": 1}
    _, out, _ = run(json.dumps(document))
    assert json.loads(out)["chargers"][0]["starts"] == 0


WRONG = [
    ("now", ("now",), "yesterday"),
    ("now", ("now",), "2026-01-01T00:00:00"),
    ("now", ("now",), 1e300),
    ("now", ("now",), None),
    ("slots[1].price", ("slots", 1, "price"), "dear"),
    ("slots[1].price", ("slots", 1, "price"), True),
    ("slots[1].end", ("slots", 1, "end"), EPOCH + 3600),
    ("slots[2].start", ("slots", 2, "start"), EPOCH + 5000),
    ("site.limit_a", ("site", "limit_a"), [10, 10]),
    ("site.limit_a", ("site", "limit_a"), -1),
    ("site.grid", ("site", "grid"), "TT"),
    ("site.voltage_v", ("site", "voltage_v"), 0),
    ("chargers[0].phases", ("chargers", 0, "phases"), 2),
    ("chargers[0].min_a", ("chargers", 0, "min_a"), 11),
    ("chargers[0].min_a", ("chargers", 0, "min_a"), 0),
    ("chargers[0].ready_by", ("chargers", 0, "ready_by"), EPOCH - 1),
    ("chargers[0].need_wh", ("chargers", 0, "need_wh"), -1),
    ("chargers[0].need_wh", ("chargers", 0, "need_wh"), "4600"),
    ("max_starts", ("max_starts",), 1.5),
    ("max_starts", ("max_starts",), -1),
    ("hour_limit_wh", ("hour_limit_wh",), -1),
]


@pytest.mark.parametrize(("field", "path", "value"), WRONG, ids=[f"{field} {value}" for field, _, value in WRONG])
def test_a_wrong_value_ends_with_2_and_the_name_of_its_field(
    field: str, path: tuple[str | int, ...], value: object
) -> None:
    """The error is one line that begins with the field; nothing is printed as a plan."""
    document = a_document()
    place: Any = document
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    code, out, err = run(json.dumps(document))
    assert (code, out) == (2, "")
    assert err.startswith(f"error: {field}: ")
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (b"", "document"),
        (b"[]", "document"),
        (b"{", "document"),
        (b'{"now": NaN}', "document"),
        (b'{"now": "\xff"}', "document"),
        (b'{"now": 0}', "document"),
    ],
    ids=["empty", "a list", "cut off", "NaN", "not UTF-8", "fields missing"],
)
def test_what_is_no_document_ends_with_2(text: bytes, named: str) -> None:
    """Broken JSON and missing fields are refused without a traceback."""
    code, _, err = run(text)
    assert code == 2
    assert err.startswith(f"error: {named}: ")


def test_a_misspelt_or_missing_field_is_named() -> None:
    """`max_start` would silently lift the limit on starts: it is refused by name."""
    document = a_document()
    document["max_start"] = document.pop("max_starts")
    assert "max_start" in run(json.dumps(document))[2]
    document = a_document()
    del document["chargers"][0]["need_wh"]
    assert run(json.dumps(document))[2].startswith("error: chargers[0]: ")
    assert "need_wh" in run(json.dumps(document))[2]


def test_two_chargers_may_not_have_one_id() -> None:
    """Plans are told apart by id."""
    document = a_document()
    document["chargers"] *= 2
    assert run(json.dumps(document))[2] == "error: chargers[1].id: used twice\n"


def test_a_missing_file_is_named() -> None:
    """A file that is not there ends with 2 and its name."""
    result = CliRunner().invoke(app, ["plan", "nowhere.json"])
    assert (result.exit_code, result.stderr) == (2, "error: nowhere.json: No such file or directory\n")


def test_a_terminal_gets_a_table() -> None:
    """People see when, how strong, how much and at what cost, and what cannot be delivered."""
    document = a_document()
    document["chargers"][0]["need_wh"] = 10_000
    console = Console(width=100)
    with console.capture() as captured:
        show(plan_charging(read_question(json.dumps(document).encode()).problem), console)
    text = captured.get()
    assert "c1: 6.90 kWh" in text
    assert "10 A" in text
    assert "3.10 kWh cannot be delivered in time" in text
