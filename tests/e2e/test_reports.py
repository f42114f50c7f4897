"""Files of a month through the packaged template: a function with a layer, called by the API; bytes to the client."""

import csv
import io
from typing import Any

import aiohttp
import openpyxl
import pypdf
import pytest

from local.system import SERIALS, System
from simulator.answers import Position
from simulator.phone import Phone
from tests.e2e.running import SystemThread

FILES = ("history.csv", "history.xlsx", "report.pdf")
Files = dict[tuple[str, str], Any]
ACCEPTED = {
    "any": "*/*",
    "another": "application/json",
    "a browser's": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
}


async def _download(system: System) -> Files:
    [box] = [one for one in system.chargers if one.serial == SERIALS[1]]
    found: Files = {}
    async with Phone.at(system.url) as phone, aiohttp.ClientSession() as http:
        await phone.sign_in("+4790000077")
        await phone.accept_terms()
        charger = await phone.claim(SERIALS[1], box.fingerprint, position=Position(lat=60.39, lon=5.32))
        assert phone.tokens is not None
        token = {"Authorization": f"Bearer {phone.tokens.access_token}"}
        for name in FILES:
            for who, accept in ACCEPTED.items():
                url = f"{system.url}/v1/chargers/{charger.charger_id}/{name}?month=2026-02"
                async with http.get(url, headers=token | {"Accept": accept}) as answer:
                    found[name, who] = (answer.status, answer.headers, await answer.read())
        await phone.remove(charger.charger_id)  # the next test finds it free
    return found


@pytest.fixture(scope="module")
def files(frozen: SystemThread) -> Files:
    """Each file as clients get it that say they accept this or that."""
    return dict(frozen.run(_download(frozen.system)))


def test_every_client_gets_the_same_bytes(files: Files) -> None:
    """Whatever it says it accepts."""
    assert {status for status, _, _ in files.values()} == {200}
    for name in ("history.csv", "report.pdf"):  # a workbook is dated inside
        assert len({files[name, who][2] for who in ACCEPTED}) == 1


def test_files_have_a_name_to_be_saved_under(files: Files) -> None:
    """In the header that browsers and apps read."""
    named = {name: files[name, "any"][1]["Content-Disposition"] for name in FILES}
    assert named == {name: f'attachment; filename="zmartcharge-2026-02.{name.rsplit(".", 1)[1]}"' for name in FILES}


def test_files_arrive_whole(files: Files) -> None:
    """A workbook carries checksums of its parts, a page its length, values their byte order mark."""
    book = openpyxl.load_workbook(io.BytesIO(files["history.xlsx", "any"][2]))
    page = pypdf.PdfReader(io.BytesIO(files["report.pdf", "any"][2]), strict=True)
    raw = files["history.csv", "any"][2]
    assert book.sheetnames == ["Timer", "Dager", "Ladinger", "Personer"]
    assert "Lading i februar 2026" in page.pages[0].extract_text()
    assert raw.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(raw.decode("utf-8-sig")), delimiter=";"))
    assert len(rows) == 1 + 9 * 24 + 15  # until 15:00 on the 10th, the product's time
