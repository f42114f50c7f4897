"""The layers are rules, not intentions: a planted violation of each kind fails the check."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("chalicelib", "device_shadows", "simulator", "cli", "local")
LINT = Path(sys.executable).with_name("lint-imports")


def check(root: Path) -> subprocess.CompletedProcess[str]:
    """Run the import checker with the project's own rules on the tree at `root`."""
    command = [str(LINT), "--config", str(root / "pyproject.toml"), "--no-cache"]
    return subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, env={"PYTHONPATH": str(root)})


@pytest.fixture(scope="module")
def tree(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the packages and the rules."""
    root = tmp_path_factory.mktemp("tree")
    for package in PACKAGES:
        shutil.copytree(ROOT / package, root / package, ignore=shutil.ignore_patterns("__pycache__", "data"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def test_the_tree_obeys_its_import_rules(tree: Path) -> None:
    """Every contract is kept today."""
    result = check(tree)
    assert (result.returncode, "0 broken" in result.stdout) == (0, True), result.stdout


@pytest.mark.parametrize(
    ("file", "planted"),
    [
        ("chalicelib/domain/planted.py", "import boto3"),
        ("chalicelib/domain/planted.py", "from chalicelib.adapters import clock"),
        ("chalicelib/services/planted.py", "import boto3"),
        ("chalicelib/services/planted.py", "from chalicelib.api import body"),
        ("chalicelib/workers/planted.py", "from chalicelib.api import body"),
        ("chalicelib/services/planted.py", "from chalice.app import Response"),
        ("chalicelib/services/planted.py", "import simulator"),
        ("device_shadows/planted.py", "from chalicelib.domain import ids"),
        ("simulator/planted.py", "from chalicelib.domain import ids"),
        ("chalicelib/adapters/planted.py", "import awsiot"),
    ],
)
def test_a_planted_violation_fails_the_check(tree: Path, file: str, planted: str) -> None:
    """An import against the arrows is named and ends the check with an error."""
    intruder = tree / file
    intruder.write_text(f'"""Planted."""\n\n{planted}\n')
    try:
        result = check(tree)
    finally:
        intruder.unlink()
    assert result.returncode != 0, planted
    assert "planted" in result.stdout
