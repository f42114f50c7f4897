"""What chargers say about jobs, as it reaches an operator's terminal."""

import pytest

from chalicelib.adapters.firmware_contract import parse_details


def test_a_report_is_read() -> None:
    """Phase, percent, reason."""
    assert parse_details({"phase": "downloading", "percent": "40"}) == ("downloading", "40", "")
    assert parse_details({"phase": "failed", "reason": "rollback"}) == ("failed", "", "rollback")


def test_a_phase_of_a_newer_charger_is_unknown() -> None:
    """Read generously."""
    assert parse_details({"phase": "polishing", "polish": "2"}) == ("UNKNOWN", "", "")


@pytest.mark.parametrize(
    "details",
    [{}, {"phase": "failed", "reason": "\x1b[2J"}, {"phase": "failed", "reason": "[red]x"}, {"percent": "1000"}],
    ids=["nothing", "a control sequence", "markup", "no phase"],
)
def test_what_is_no_report_is_shown_as_nothing(details: dict[str, str]) -> None:
    """A device writes these words; they cannot paint an operator's terminal."""
    assert parse_details(details) == ("", "", "")
