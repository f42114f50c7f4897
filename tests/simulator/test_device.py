"""What a charger remembers through a restart of its process."""

from pathlib import Path

import msgspec
import pytest

from device_shadows.errors import ContractError
from simulator.car import Car
from simulator.device import load_memory, save_memory
from simulator.records import Memory
from tests.simulator.nights import a_charger, a_plan, at, smart


def test_the_memory_of_a_night_comes_back_from_its_file(tmp_path: Path) -> None:
    """Register, readings, configuration and plan, to the millijoule."""
    charger = a_charger()
    charger.plug_in(Car(need_wh=9_000), at(-6))
    charger.apply_charging(smart(a_plan((2, 5, 16))), at(-6))
    charger.advance(at(2, 1))
    path = tmp_path / "new-folder" / "ZC-000001.json"
    save_memory(path, charger.memory())
    assert load_memory(path) == charger.memory()
    assert [file.name for file in path.parent.iterdir()] == ["ZC-000001.json"]


def test_a_charger_without_a_file_is_new(tmp_path: Path) -> None:
    """No file, no memory."""
    assert (load_memory(None), load_memory(tmp_path / "none.json")) == (None, None)


def test_a_damaged_file_is_told_and_not_taken_for_a_new_charger(tmp_path: Path) -> None:
    """A register that silently starts from zero would be a jump in history."""
    path = tmp_path / "x.json"
    path.write_bytes(msgspec.json.encode(Memory())[:-5])
    with pytest.raises(ContractError, match=r"x\.json is damaged"):
        load_memory(path)
