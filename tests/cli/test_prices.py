"""`zmart prices import`: days from a file."""

import json
from datetime import date
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from chalicelib.adapters.dynamo import prices, sessions
from chalicelib.domain.calendar import Stretch, day_stretch
from chalicelib.domain.ids import ChargerId, SiteId, Zone
from chalicelib.domain.prices import MARKET_TZ
from cli.__main__ import app
from tests.adapters.price_documents import DAY, day_file, dumps, energinet, publication, series
from tests.energy_cloud import sites_to_plan

RECORDED = Path(__file__).parent.parent / "data" / "prices"
NO5 = Zone("NO5")


def run(file: Path, source: str, zone: str) -> Result:
    """The command, with --json."""
    return CliRunner().invoke(app, ["prices", "import", str(file), "--source", source, "--zone", zone, "--json"])


def test_a_recorded_day_is_stored_and_final(cloud: dict[str, str]) -> None:
    """In the zone's own currency, from the source that the operator names."""
    done = run(RECORDED / "hvakosterstrommen_NO5_2026-02-10.json", "hvakosterstrommen", "NO5")
    assert json.loads(done.output.splitlines()[-1]) == {
        "zone": "NO5",
        "source": "hvakosterstrommen.no",
        "currency": "NOK",
        "days": ["2026-02-10"],
        "changed": ["2026-02-10"],
    }
    [stored] = prices.list_days(NO5, DAY, DAY)
    assert (stored.is_final, len(stored.slots)) == (True, 24)


def test_the_same_file_again_changes_nothing(cloud: dict[str, str]) -> None:
    """Repeating it is safe; whoever charges is not planned anew."""
    file = RECORDED / "hvakosterstrommen_NO5_2026-02-10.json"
    run(file, "hvakosterstrommen", "NO5")
    sessions.open_session(ChargerId("here"), 1, day_stretch(DAY, MARKET_TZ).start, NO5, SiteId("site_here"))
    first = sites_to_plan()
    done = run(file, "hvakosterstrommen", "NO5")
    assert (json.loads(done.output.splitlines()[-1])["changed"], first, sites_to_plan()) == ([], ["site_here"], [])


def test_every_source_s_document_can_be_brought(cloud: dict[str, str], tmp_path: Path) -> None:
    """A document of two days, too."""
    two = Stretch(day_stretch(date(2026, 2, 9), MARKET_TZ).start, day_stretch(DAY, MARKET_TZ).end)
    documents = {
        ("elprisetjustnu", "SE3"): dumps(day_file(DAY, "SEK")),
        ("energidataservice", "DK1"): dumps(energinet(DAY)),
        ("entsoe", "FI"): publication(series(two, {1: "50", 97: "60"})),
    }
    found = {}
    for (source, zone), content in documents.items():
        (tmp_path / source).write_bytes(content)
        told = json.loads(run(tmp_path / source, source, zone).output.splitlines()[-1])
        found[zone] = (told["currency"], len(told["days"]))
    assert found == {"SE3": ("SEK", 1), "DK1": ("DKK", 1), "FI": ("EUR", 2)}


@pytest.mark.parametrize(
    ("content", "source", "zone", "told"),
    [
        (b"<html>", "hvakosterstrommen", "NO5", "feed_garbage"),
        (b"[]", "hvakosterstrommen", "NO5", "feed_wrong_slots"),
        (dumps(day_file(DAY, "SEK")), "hvakosterstrommen", "NO5", "feed_wrong_currency"),
        (dumps(day_file(DAY, "NOK")[:-1]), "hvakosterstrommen", "NO5", "feed_wrong_slots"),
        (dumps(energinet(DAY, "DK2")), "energidataservice", "DK1", "feed_wrong_zone"),
        (dumps(day_file(DAY, "NOK")), "hvakosterstrommen", "SE3", "hvakosterstrommen.no serves NO"),
        (dumps(day_file(DAY, "NOK")), "hvakosterstrommen", "NO9", "no such zone"),
    ],
    ids=["HTML", "empty", "currency", "gap", "zone inside", "country", "no zone"],
)
def test_a_file_that_is_not_right_is_refused_with_its_reason(
    cloud: dict[str, str], tmp_path: Path, content: bytes, source: str, zone: str, told: str
) -> None:
    """Nothing of it is stored; the command ends with 2."""
    (tmp_path / "prices").write_bytes(content)
    done = run(tmp_path / "prices", source, zone)
    assert (done.exit_code, told in done.output) == (2, True)
    assert prices.list_days(Zone(zone), DAY, DAY) == []
