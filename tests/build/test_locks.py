"""What may stand in the locks."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent.parent
LOCKS = [ROOT / "requirements.txt", *sorted((ROOT / "requirements").glob("*.txt"))]


def pins(lock: Path) -> dict[str, str]:
    """Version by package."""
    return dict(re.findall(r"^([a-z0-9][a-z0-9._-]*)==([^ ;\\]+)", lock.read_text(), re.MULTILINE))


def test_tests_run_with_the_bundle_s_own_versions() -> None:
    """What is tested is what is deployed."""
    tools, bundle = pins(ROOT / "requirements" / "dev.txt"), pins(ROOT / "requirements.txt")
    assert len(bundle) > 5
    assert {name: tools.get(name) for name in bundle} == bundle


def test_reports_are_tested_with_the_layer_s_own_versions() -> None:
    """The same packages make them here and there."""
    tools, layer = pins(ROOT / "requirements" / "dev.txt"), pins(ROOT / "requirements" / "reports.txt")
    assert {"reportlab", "xlsxwriter"} <= set(layer)
    assert {name: tools.get(name) for name in layer} == layer


def test_the_emulator_speaks_as_the_bundle_does() -> None:
    """Both use the same botocore."""
    emulator = pins(ROOT / "requirements" / "emulator.txt")
    assert emulator["botocore"] == pins(ROOT / "requirements.txt")["botocore"]
    assert emulator["ministack"] == "1.5.33"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda lock: lock.name)
def test_a_lock_names_no_address_and_hashes_everything(lock: Path) -> None:
    """Whoever installs chooses where from; the hash says that it is the same."""
    text = lock.read_text()
    assert "://" not in text
    assert all(line.endswith("\\") for line in text.splitlines() if re.match(r"[a-z].*==", line))
