"""`zmart zone`: the zone of a place."""

import json

from typer.testing import CliRunner

from cli.__main__ import app


def test_a_place_is_told_with_its_neighbouring_zones() -> None:
    """On Tysnes, 8 km from NO5, the zone is NO2 and people must be asked."""
    done = CliRunner().invoke(app, ["zone", "60.04", "5.5", "--json"])
    assert json.loads(done.output) == {"zone": "NO2", "country": "NO", "candidates": ["NO2", "NO5"], "must_ask": True}


def test_west_of_greenwich_is_a_number_and_not_an_option() -> None:
    """A negative longitude is accepted; Madrid has no zone of ours."""
    done = CliRunner().invoke(app, ["zone", "40.4", "-3.7"])
    assert (done.exit_code, done.output) == (0, "no zone is near\n")
