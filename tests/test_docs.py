"""What the documents name is there."""

import re
from pathlib import Path

import pytest

from device_shadows.documents import DOCUMENTS

ROOT = Path(__file__).parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
PLACES = ("", "chalicelib/", "local/", "simulator/", "device_shadows/", "docs/")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_file_and_link_that_a_page_names_exists(page: Path) -> None:
    """A page that points into nothing is worse than none."""
    text = page.read_text()
    files = set(re.findall(r"`([\w./-]+\.(?:py|yaml|toml|md|txt|json|toml|css|js))`", text))
    lost = {name for name in files if not any((ROOT / place / name).exists() for place in PLACES)}
    links = set(re.findall(r"\]\((?!https?:|#)([^)#]+)", text))
    lost |= {link for link in links if not (page.parent / link).exists()}
    assert lost - {"demo.html", "/v1/openapi.json", *DOCUMENTS} == set()
