"""Scenario files: what they may say, what is refused, and what they make of a charger's life."""

import asyncio
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from simulator.__main__ import main
from simulator.scenario import FOLDER, ChargerGroup, Scenario, ScenarioError, find_scenario, read_scenario
from simulator.script import make_script
from tests.simulator.nights import a_charger, at


def scenario_of(folder: Path, text: str) -> Scenario:
    path = folder / "x.toml"
    path.write_text('about = "x"\n' + text)
    return read_scenario(path)


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.toml")), ids=lambda path: path.stem)
def test_a_scenario_that_comes_with_the_simulator_is_one(path: Path) -> None:
    """And a name is enough to find it."""
    assert read_scenario(find_scenario(path.stem)).about


def test_a_group_is_so_many_chargers() -> None:
    """Two hundred, with serials that are serials."""
    (group,) = read_scenario(find_scenario("crowd")).chargers
    assert (len(set(group.serials)), group.serials[0], group.serials[-1]) == (200, "ZK-000001", "ZK-000200")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("colour = 1", "colour"),
        ("lasts_s = -1", "lasts_s"),
        ("[[chargers]]\nserial = 'x'", "serial"),
        ("[[chargers]]\nserial = 'ZC-{:06d}'\ncount = 201", "count"),
        ("[[chargers]]\nserial = 'ZC-000001'\n[[chargers]]\nserial = 'ZC-000001'", "twice"),
        ("[[chargers]]\nserial = 'ZC-000001'\nmishaps = [{kind = 'flood'}]", "flood"),
        ("[[chargers]]\nserial = 'ZC-000001'\nmishaps = [{kind = 'link_loss'}]", "for_s"),
        ("[[chargers]]\nserial = 'ZC-000001'\ncars = [{phases = 2}]", "phases"),
        ("[reader]\nserial = 'POWU-0001'\nway = 'smoke'", "way"),
        ("= 1", "line 2"),
    ],
)
def test_what_is_no_scenario_is_refused_with_its_place(tmp_path: Path, text: str, place: str) -> None:
    """A typing error must not become a quiet charger."""
    with pytest.raises(ScenarioError, match=place):
        scenario_of(tmp_path, text)


def test_a_scenario_that_is_not_there_is_told_with_those_that_are(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2, and a sentence."""
    code = main(["no-such", "--endpoint", "localhost", "--folder", str(tmp_path)])
    assert (code, "mishaps" in capsys.readouterr().err) == (2, True)


def test_a_scenario_without_certificates_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The first file that is missing is named."""
    code = main(["night", "--endpoint", "localhost", "--folder", str(tmp_path)])
    assert (code, "ZC-000001.key" in capsys.readouterr().err) == (2, True)


class Played:
    """A charger without network to which a script happens, in virtual time."""

    def __init__(self) -> None:
        self.charger, self.now = a_charger(), at(-6)
        self.links: list[str] = []
        self.clock = SimpleNamespace(now=lambda: self.now)
        self.connection: Any = SimpleNamespace(
            wake=lambda: None, link_up=lambda: self.links.append("up"), link_down=self._link_down
        )

    def plug_in(self, car: Any) -> None:
        """As a device does."""
        self.charger.plug_in(car, self.now)

    def unplug(self) -> None:
        """As a device does."""
        self.charger.unplug(self.now)

    async def lose_power(self) -> None:
        """As a device does."""
        self.charger.lose_power(self.now)

    def regain_power(self, *, is_clock_known: bool = True) -> None:
        """As a device does."""
        self.charger.regain_power(self.now, is_clock_known=is_clock_known)

    async def _link_down(self) -> None:
        self.links.append("down")


def played(text: str, folder: Path, until_s: int) -> Played:
    (group,) = scenario_of(folder, f"[[chargers]]\nserial = 'ZC-000001'\n{text}").chargers
    device = Played()

    async def play() -> None:
        for step in make_script(group, 0, at(-6)):
            if step.at <= at(-6, until_s):
                device.now = step.at
                await step.do(device)

    asyncio.run(play())
    device.now = at(-6, until_s)
    device.charger.advance(device.now)
    return device


def test_a_car_comes_and_leaves_when_the_file_says_so(tmp_path: Path) -> None:
    """One session, ten minutes long."""
    device = played("cars = [{at_s = 60, leaves_at_s = 660}]", tmp_path, 3600)
    kinds = [(str(o.reading.kind), o.reading.ts - int(at(-6).timestamp())) for o in device.charger.outbox]
    assert kinds == [("session_start", 60), ("session_end", 660)]


@pytest.mark.parametrize(
    ("mishap", "during", "after"),
    [
        ("kind='link_loss', at_s=10, for_s=100", {"links": ["down"]}, {"links": ["down", "up"]}),
        ("kind='power_cut', at_s=10, for_s=100", {"has_power": False}, {"has_power": True, "is_clock_known": True}),
        (
            "kind='power_cut', at_s=10, for_s=20, clock_unknown_s=80",
            {"is_clock_known": False},
            {"is_clock_known": True, "clock_error_s": 0},
        ),
        ("kind='clock_error', at_s=10, error_s=3600, for_s=100", {"clock_error_s": 3600}, {"clock_error_s": 0}),
        ("kind='clock_error', at_s=10, error_s=-3600, for_s=100", {"clock_error_s": -3600}, {"clock_error_s": 0}),
        (
            "kind='breakdown', at_s=10, for_s=100",
            {"faults": ("contactor_fault",), "causes": {"contactor_fault"}},
            {"faults": ("contactor_fault",), "causes": set()},
        ),
    ],
    ids=["link", "power", "1970", "ahead", "behind", "contactor"],
)
def test_a_mishap_happens_and_ends_in_time(
    tmp_path: Path, mishap: str, during: dict[str, object], after: dict[str, object]
) -> None:
    """What a charger then does is in test_mishaps.py."""
    for until_s, expected in ((50, during), (200, after)):
        device = played(f"mishaps = [{{{mishap}}}]", tmp_path, until_s)
        state = {name: device.links if name == "links" else getattr(device.charger, name) for name in expected}
        assert state == expected


def test_a_register_reset_happens(tmp_path: Path) -> None:
    """A new epoch."""
    assert played("mishaps = [{kind='register_reset', at_s=10}]", tmp_path, 20).charger.book.epoch == 2


def test_cars_of_a_group_come_one_after_the_other() -> None:
    """A crowd does not plug in at the same second."""
    group = ChargerGroup(serial="ZC-{:06d}", count=3, cars=read_scenario(find_scenario("crowd")).chargers[0].cars)
    starts = [make_script(group, number, at(-6))[0].at - at(-6) for number in range(3)]
    assert starts == [timedelta(seconds=10), timedelta(seconds=13), timedelta(seconds=16)]
