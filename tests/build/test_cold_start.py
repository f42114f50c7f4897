"""What a cold start loads, and how it is measured."""

import subprocess
import sys
from pathlib import Path

import pytest

from local import bundle
from local.cold_start import cold_import
from local.errors import BuildError
from local.places import ROOT


def a_bundle(folder: Path, code: str) -> Path:
    """A bundle of nothing but app.py."""
    (folder / "tree").mkdir()
    (folder / "tree" / "app.py").write_text(code)
    bundle.write_zip([folder / "tree"], folder / "bundle.zip")
    return folder / "bundle.zip"


def test_a_bundle_over_the_limit_is_a_failure(tmp_path: Path) -> None:
    """With both sizes, so that whoever added a package knows; at the limit it passes."""
    made = a_bundle(tmp_path, "")
    size_mb = made.stat().st_size / 1e6
    assert bundle.require_small(made, size_mb) == size_mb
    with pytest.raises(BuildError, match=r"at most 0\.0001 MB"):
        bundle.require_small(made, 0.0001)


def test_a_cold_import_is_the_work_of_a_new_process(tmp_path: Path) -> None:
    """Work at import is seen in it, and not in Python alone."""
    made = a_bundle(tmp_path, "import time\nwhile time.process_time() < 0.3: pass\n")
    found = cold_import(made, runs=1)
    assert found.own_ms >= 300 > found.bare_ms


_COLLECTED = """
import gc
import app
assert gc.isenabled() and gc.get_freeze_count() > 10_000
"""


def test_garbage_is_collected_again_once_the_code_is_imported() -> None:
    """It only waits for the import; what was imported is looked at no more."""
    done = subprocess.run([sys.executable, "-c", _COLLECTED], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
