"""The same sources make the same package, to the byte: a change set shows what was changed and nothing else."""

import re
import shutil
import zipfile
from pathlib import Path

import pytest

from local import build, bundle
from local.places import ROOT


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The sources in another folder, newer, in another time zone, with nothing kept from before."""
    root = tmp_path / "another place" / "and deeper"
    for path in build.source_files(ROOT):
        place = root / path.relative_to(ROOT)
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, place)
    (root / "vendor").mkdir()
    (root / "vendor" / "device_shadows").symlink_to("../device_shadows")
    monkeypatch.setattr(build, "CACHE", tmp_path / "kept")
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    return root


def test_a_package_made_elsewhere_and_later_is_the_same(elsewhere: Path) -> None:
    """Template, bundle and layer, with chalice, wheels, bytecode and zips all made anew; no file tells where."""
    with pytest.MonkeyPatch.context() as here:
        here.setattr(build, "CACHE", ROOT / ".local" / "cache")
        here.delenv("TZ")
        before = build.package(bundle.LAPTOP, lambda _: None)
    after = build.package(bundle.LAPTOP, lambda _: None, root=elsewhere)
    assert after.template != before.template
    assert after.template.read_bytes() == before.template.read_bytes()
    for one, other in ((before.bundle, after.bundle), (before.layer, after.layer)):
        assert one.read_bytes() == other.read_bytes(), one.name
        with zipfile.ZipFile(other) as packed:
            told = b"".join(packed.read(name) for name in packed.namelist())
        assert not re.search(rb"another place|" + re.escape(str(ROOT).encode()), told)
