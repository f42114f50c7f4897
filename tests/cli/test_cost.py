"""`zmart cost`: hours in, bills out, and what it says about wrong files."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from cli.__main__ import app
from cli.cost_report import spread

HOURS = "start,kwh,price\n2026-02-10T12:00:00+01:00,1.0,1.00\n2026-02-10T22:00:00+01:00,2.5,-0.10\n"


def run(*arguments: str) -> Result:
    """One call of the command."""
    return CliRunner().invoke(app, ["cost", *arguments])


def told(*arguments: str) -> Any:
    """Its JSON."""
    found = run(*arguments, "--json")
    assert found.exit_code == 0, found.output
    return json.loads(found.stdout)


@pytest.fixture
def hours(tmp_path: Path) -> str:
    """Two hours of a house with their prices."""
    path = tmp_path / "hours.csv"
    path.write_text(HOURS)
    return str(path)


def test_every_hour_is_told_with_its_parts(hours: str) -> None:
    """A dear noon and a cheap night in Bergen."""
    found = told("--zone", "NO5", "--hours", hours, "--contract", "spot_support", "--grid-company", "bkk")
    noon, night = found["hours"]
    assert noon["parts"] == {
        "spot": "1.25",
        "support": "-0.25875",
        "grid_energy": "0.359625",
        "electricity_tax": "0.089125",
        "enova_levy": "0.0125",
    }
    assert (noon["energy_cost"], noon["total_cost"]) == ("0.99125", "1.4525")
    assert night["energy_cost"] == "-0.3125"
    assert Decimal(found["total"]["total_cost"]) == sum(Decimal(hour["total_cost"]) for hour in found["hours"])


def test_a_constant_power_on_the_day_the_clock_goes_back_is_twenty_five_hours() -> None:
    """One kilowatt under norgespris, which needs no prices."""
    days = ("--from", "2026-10-25", "--to", "2026-10-26")
    found = told("--zone", "NO5", "--power-w", "1000", *days, "--contract", "norgespris")
    assert (len(found["hours"]), found["total"]["energy_cost"], found["total"]["total_cost"]) == (25, "12.5", None)


def test_an_hour_without_a_price_is_pending(hours: str, tmp_path: Path) -> None:
    """And so is the sum; nothing is told as nothing."""
    prices = tmp_path / "prices.json"
    prices.write_text('[{"start": "2026-02-10T12:00:00+01:00", "price": 1}]')
    found = told("--zone", "NO5", "--hours", hours, "--prices", str(prices))
    assert [hour["pending"] for hour in found["hours"]] == [False, True]
    assert found["total"]["energy_cost"] is None


def test_quarters_are_paid_by_the_mean_in_norway_and_each_in_sweden(tmp_path: Path) -> None:
    """Energy of an hour is spread evenly, so the cost is the same."""
    path, prices = tmp_path / "hours.json", tmp_path / "prices.csv"
    path.write_text('{"hours": [{"start": "2026-02-10T12:00:00Z", "kwh": 4}]}')
    quarters = "".join(
        f"2026-02-10T12:{minute:02}:00Z,{price}\n" for minute, price in ((0, 1), (15, 1), (30, 1), (45, 5))
    )
    prices.write_text("start,price\n" + quarters)
    costs = [
        told("--zone", zone, "--hours", str(path), "--prices", str(prices))["total"]["energy_cost"]
        for zone in ("NO5", "SE3")
    ]
    assert costs == ["10", "10"]


def test_only_the_days_asked_for_are_told(hours: str) -> None:
    """None of the 10th when the 11th is asked for."""
    assert told("--zone", "NO5", "--hours", hours, "--from", "2026-02-11", "--to", "2026-02-12")["hours"] == []


def test_the_sum_is_a_table_for_people(hours: str) -> None:
    """With the capacity component of the hours given: one high hour on one day."""
    shown = run("--zone", "NO5", "--hours", hours, "--grid-company", "bkk").stdout
    assert all(word in shown for word in ("grid_energy", "energy_cost", "total_cost", "2.50 kW", "250.00"))


def test_grid_companies_are_listed_by_zone() -> None:
    """For whoever does not know the id."""
    listed = run("--zone", "NO5", "--grid-company", "list").stdout.splitlines()
    assert "bkk\tBKK AS" in listed
    assert not [line for line in listed if line.startswith("elvia")]


@pytest.mark.parametrize(
    "arguments",
    [
        ["--zone", "NO9", "--power-w", "1"],
        ["--zone", "NO5"],
        ["--zone", "NO5", "--power-w", "1"],
        ["--zone", "NO5", "--power-w", "1", "--from", "2026-02-11", "--to", "2026-02-10"],
        ["--zone", "NO5", "--hours", "no-such-file"],
        ["--zone", "NO5", "--power-w", "1", "--contract", "free"],
        ["--zone", "NO5", "--power-w", "1", "--contract", "fixed"],
        ["--zone", "NO5", "--power-w", "1", "--surcharge", "much"],
        ["--zone", "NO1", "--power-w", "1", "--grid-company", "bkk"],
        ["--zone", "NO5", "--power-w", "1", "--grid-company", "nobody"],
        ["--zone", "NO5", "--power-w", "1", "--county", "nordland"],
        ["--zone", "SE3", "--power-w", "1", "--contract", "norgespris"],
    ],
    ids=" ".join,
)
def test_a_question_that_cannot_be_answered_ends_with_two(arguments: list[str]) -> None:
    """And says why, in one line."""
    found = run(*arguments)
    assert (found.exit_code, found.stderr.startswith("error: "), found.stderr.count("\n")) == (2, True, 1)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "start,kwh\n",
        "<html>busy</html>",
        "start,kwh\n2026-02-10T12:00:00,1\n",
        "start,kwh\n2026-02-10T12:30:00Z,1\n",
        "start,kwh\n2026-02-10T12:00:00Z,1\n2026-02-10T13:00:00+01:00,1\n",
        "start,kwh\n2026-02-10T12:00:00Z,NaN\n",
        "start,kwh\n2026-02-10T12:00:00Z,-1\n",
        "start,kwh\n2026-02-10T12:00:00Z,1e9\n",
        "start,kwh\nyesterday,1\n",
        "start\n2026-02-10T12:00:00Z\n",
        '{"hours": 5}',
        "[1, 2]",
        '{"hours": [',
    ],
    ids=lambda text: repr(text)[:30],
)
def test_a_file_that_is_not_hours_is_refused(text: str, tmp_path: Path) -> None:
    """Empty, HTML, without offset, off the hour, twice the same, no number, negative, a million kilowatts."""
    path = tmp_path / "hours"
    path.write_text(text)
    found = run("--zone", "NO5", "--hours", str(path))
    assert (found.exit_code, found.stderr.startswith("error: ")) == (2, True)


@pytest.mark.parametrize("energy_wh", [0, 1, 2, 3, 4, 1001, 9999])
def test_an_hour_is_spread_without_loss(energy_wh: int) -> None:
    """Whole Wh in each quarter, the sum kept."""
    parts = spread(energy_wh)
    assert (sum(parts), max(parts) - min(parts) <= 1) == (energy_wh, True)
