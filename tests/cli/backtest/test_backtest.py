"""`zmart backtest`: figures of a made-up home that can be worked out by hand, and what it does with bad files."""

from pathlib import Path
from typing import Any

import msgspec
import pytest
from typer.testing import CliRunner

from cli.__main__ import app
from tests.cli.backtest.made import SESSIONS, hourly_prices, write_prices, write_sessions

KWH = 7.36
NOK = 11.5 / 1000
AT_ONCE = SESSIONS * KWH * 400 * NOK
"""Two hours at 3.68 kW from 17:00 on."""
BEST = SESSIONS * KWH * 100 * NOK
"""The hours from 1 to 2 and from 4 to 5."""


def run(*arguments: object) -> dict[str, Any]:
    """What the command prints as JSON."""
    done = CliRunner().invoke(app, ["backtest", *map(str, arguments), "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = msgspec.json.decode(done.stdout)
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Prices of two zones in hours, of one in quarters too, and fourteen nights."""
    made = tmp_path_factory.mktemp("backtest")
    write_prices(made / "NO1_60min.csv", hourly_prices())
    write_prices(made / "NO1_15min.csv", hourly_prices(), parts=4)
    write_prices(made / "NO2_60min.csv", hourly_prices())
    write_sessions(made / "sessions.csv")
    return made


@pytest.fixture(scope="module")
def figures(folder: Path) -> dict[str, Any]:
    """Of all strategies at the bare spot price of NO1, and the report in a folder."""
    prices = (folder / "NO1_60min.csv", folder / "NO1_15min.csv")
    asked = ("--prices", *prices, "--sessions", folder / "sessions.csv", "--cost", "spot", "--out", folder / "out")
    return run(*asked)


def test_what_at_once_and_the_clairvoyant_pay_is_what_the_prices_say(figures: dict[str, Any]) -> None:
    """7.36 kWh at 4.60 NOK in the evening, or at 1.15 NOK in the two cheap hours, which are two starts."""
    (result,) = figures["results"]
    stay = result["stay"]
    assert (stay["sessions"], stay["needed_kwh"]) == (SESSIONS, pytest.approx(SESSIONS * KWH, abs=0.05))
    told = {name: (one["cost_nok"], one["starts_per_session"]) for name, one in stay["strategies"].items()}
    assert told["at_once"] == (pytest.approx(AT_ONCE, abs=0.01), 1.0)
    assert told["clairvoyant"] == told["known"] == (pytest.approx(BEST, abs=0.01), 2.0)


def test_percentages_are_ratios_of_sums(figures: dict[str, Any]) -> None:
    """At once costs four times the least; what a strategy saves is told as a share of what can be saved."""
    strategies = figures["results"][0]["stay"]["strategies"]
    assert strategies["at_once"]["above_clairvoyant_percent"] == pytest.approx(300)
    assert strategies["at_once"]["saved_of_excess_percent"] == 0
    assert strategies["known"]["saved_of_excess_percent"] == 100
    learned = strategies["learned"]
    assert learned["saved_of_excess_percent"] == pytest.approx(
        100 * (AT_ONCE - learned["cost_nok"]) / (AT_ONCE - BEST), abs=0.01
    )


def test_every_car_that_stays_leaves_full(figures: dict[str, Any]) -> None:
    """There is time for twice what anybody needs."""
    for one in figures["results"][0]["stay"]["strategies"].values():
        assert (one["full_percent"], one["energy_percent"]) == (100, 100)


def test_the_promise_is_told_by_how_full_the_nights_are(figures: dict[str, Any]) -> None:
    """Of fourteen hours the plan takes 9.8 at first, when 36 kWh are likely enough, and 2 once the home is known."""
    promise = figures["results"][0]["promise"]
    told = {one["filled_below"]: one["sessions"] for one in promise if one["sessions"]}
    assert (told[0.85], told[0.2], sum(told.values())) == (1, 4, SESSIONS)
    assert {one["full_by_ready_by_percent"] for one in promise if one["sessions"]} == {100}


def test_one_start_costs_what_the_cheapest_two_hours_in_one_run_do(folder: Path) -> None:
    """The cheap hours are two hours apart: a run through both at 6 A in between costs less than one of them and more.

    Two hours at 3.68 kW within 1 to 5: half of the cheap hours' 7.36 kWh and 2.76 kWh are had in the bridge, since a
    current of at least 6 A flows for two hours: 2 x 1.38 kWh at 2.30, the other 4.60 kWh at 1.15.
    """
    prices = ("--prices", folder / "NO1_60min.csv", "--sessions", folder / "sessions.csv")
    (result,) = run(*prices, "--cost", "spot", "--max-starts", 1)["results"]
    known = result["stay"]["strategies"]["known"]
    assert known["starts_per_session"] == 1
    assert known["cost_nok"] == pytest.approx(SESSIONS * (2.76 * 200 + 4.60 * 100) * NOK, abs=0.01)


def test_hours_and_quarters_of_one_price_are_the_same(folder: Path) -> None:
    """The means of the quarters are the hours, and plans on either cost the same."""
    found = run(
        *("--prices", folder / "NO1_15min.csv", "--sessions", folder / "sessions.csv"),
        *("--resolution", "both", "--cost", "spot"),
    )
    hours, quarters = (one["stay"]["strategies"]["known"]["cost_nok"] for one in found["results"])
    assert hours == quarters


def test_all_in_adds_tax_and_a_grid_tariff_by_day_and_night(folder: Path) -> None:
    """17 to 19 is day: 4.60 x 1.25 + 0.42; the cheap hours are night: 1.15 x 1.25 + 0.30."""
    found = run("--prices", folder / "NO1_60min.csv", "--sessions", folder / "sessions.csv", "--cost", "all-in")
    strategies = found["results"][0]["stay"]["strategies"]
    assert strategies["at_once"]["cost_per_kwh"] == pytest.approx(6.17)
    assert strategies["clairvoyant"]["cost_per_kwh"] == pytest.approx(1.7375)


def test_the_report_is_one_page_that_loads_nothing(figures: dict[str, Any], folder: Path) -> None:
    """JSON beside a page with three plots in it."""
    kept = msgspec.json.decode((folder / "out" / "backtest.json").read_bytes())
    html = (folder / "out" / "backtest.html").read_text()
    assert kept == figures
    assert html.count("<svg") == 3
    assert "cars could not have been full" in html
    assert not [word for word in ("<script", "src=", "@import", "<link") if word in html]


def test_zones_can_be_chosen(folder: Path) -> None:
    """Two zones are given, one is asked for."""
    prices = ("--prices", folder / "NO1_60min.csv", "--prices", folder / "NO2_60min.csv")
    found = run(*prices, "--sessions", folder / "sessions.csv", "--zone", "NO2", "--sample", 3, "--cost", "spot")
    assert [one["zone"] for one in found["results"]] == ["NO2"]
    assert found["counts"]["sampled"] == 3


def test_rows_that_tell_nothing_are_counted(folder: Path) -> None:
    """One without a time, one that ends before it begins, one without energy, one that overlaps another."""
    file = write_sessions(
        folder / "bad.csv",
        (
            '"X";"home";"a";;2022-02-07 19:00:00;2;7',
            '"X";"home";"b";2022-03-07 19:00:00;2022-03-07 18:00:00;1;7',
            '"X";"home";"c";2022-03-08 19:00:00;2022-03-08 20:00:00;1;0,0',
            '"X";"home";"d";2022-02-07 19:00:00;2022-02-07 20:00:00;1;2,0',
        ),
    )
    counts = run("--prices", folder / "NO1_60min.csv", "--sessions", file, "--cost", "spot")["counts"]
    assert (counts["rows_unusable"], counts["overlapping"], counts["of"]) == (3, 1, SESSIONS)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--prices", "nowhere.csv", "--sessions", "sessions.csv"), "nowhere.csv: cannot be read"),
        (("--prices", "sessions.csv", "--sessions", "sessions.csv"), "sessions.csv: not start_utc,eur_per_mwh"),
        (("--prices", "NO1_60min.csv", "--sessions", "NO1_60min.csv"), "no column user_id"),
        (("--prices", "NO1_60min.csv", "--sessions", "sessions.csv", "--zone", "NO9"), "no file has the prices of NO9"),
        (
            ("--prices", "NO1_60min.csv", "--sessions", "sessions.csv", "--resolution", "quarters"),
            "no file has quarters",
        ),
    ],
    ids=["no file", "no prices", "no sessions", "no such zone", "no quarters"],
)
def test_a_file_that_cannot_be_used_is_named(
    folder: Path, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], told: str
) -> None:
    """Ends with 2 and says which file, and why."""
    monkeypatch.chdir(folder)
    done = CliRunner().invoke(app, ["backtest", *arguments])
    assert done.exit_code == 2
    assert told in done.stderr
