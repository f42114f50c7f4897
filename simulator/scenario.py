"""Scenario files: chargers, the cars that come, what breaks, and when; times are seconds from the start."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from device_shadows.names import Serial, parse_serial
from device_shadows.status import Fault
from simulator.car import Car
from simulator.electricity import GridType
from simulator.link import LinkQuality
from simulator.records import Hardware

FOLDER: Final = Path(__file__).parent / "scenarios"
MAX_CHARGERS: Final = 200

_Seconds = Annotated[int, msgspec.Meta(ge=0)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Percent = Annotated[int, msgspec.Meta(ge=0, le=100)]


class ScenarioError(ValueError):
    """The file is no scenario; the message says where."""


class CarVisit(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A car comes at `at_s` and, unless it stays, leaves at `leaves_at_s`; see `simulator.car.Car` for its manners."""

    at_s: _Seconds = 0
    leaves_at_s: int | None = None
    spread_s: _Seconds = 0
    """Each further charger of the group gets its car so much later."""
    need_wh: Annotated[int, msgspec.Meta(ge=0, le=200_000)] = 36_000
    max_current_a: Annotated[int, msgspec.Meta(ge=6, le=80)] = 32
    phases: Literal[1, 3] = 1
    stops_at_percent: _Percent = 100
    taper_from_percent: _Percent = 100
    sleeps_after_s: int | None = None
    wakes_after_s: int | None = None
    pauses_at_percent: _Percent | None = None
    pauses_for_s: _Seconds = 600

    def make(self) -> Car:
        """The car."""
        return Car(
            need_wh=self.need_wh,
            max_current_a=self.max_current_a,
            phases=self.phases,
            stops_at_percent=self.stops_at_percent,
            taper_from_percent=self.taper_from_percent,
            sleeps_after_s=self.sleeps_after_s,
            wakes_after_s=self.wakes_after_s,
            pauses_at_percent=self.pauses_at_percent,
            pauses_for_s=self.pauses_for_s,
        )


class _Mishap(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, tag_field="kind"):
    at_s: _Seconds = 0


class LinkLoss(_Mishap, frozen=True, kw_only=True, tag="link_loss"):
    """No network for `for_s` seconds."""

    for_s: _Seconds


class PowerCut(_Mishap, frozen=True, kw_only=True, tag="power_cut"):
    """No supply for `for_s` seconds; then the clock is unknown for `clock_unknown_s` seconds."""

    for_s: _Seconds = 10
    clock_unknown_s: _Seconds = 0


class ClockError(_Mishap, frozen=True, kw_only=True, tag="clock_error"):
    """The clock is off by `error_s` seconds (either way) until it is set, `for_s` seconds later."""

    error_s: int
    for_s: _Seconds


class RegisterReset(_Mishap, frozen=True, kw_only=True, tag="register_reset"):
    """The energy register starts again from zero."""


class Breakdown(_Mishap, frozen=True, kw_only=True, tag="breakdown"):
    """A part is broken for `for_s` seconds; the fault stays until it is reset."""

    fault: Fault = Fault.CONTACTOR
    for_s: _Seconds


Mishap = LinkLoss | PowerCut | ClockError | RegisterReset | Breakdown


class ChargerGroup(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`count` equal chargers; `serial` holds `{}` for the number if there are several."""

    serial: str
    count: Annotated[int, msgspec.Meta(ge=1, le=MAX_CHARGERS)] = 1
    first: _Seconds = 1
    max_current_a: Annotated[int, msgspec.Meta(ge=6, le=80)] = 32
    phases: Literal[1, 3] = 3
    grid: GridType = "IT"
    duplicated: _Share = 0.0
    reordered: _Share = 0.0
    cars: tuple[CarVisit, ...] = ()
    mishaps: tuple[Mishap, ...] = ()

    @property
    def hardware(self) -> Hardware:
        """What the installer has connected."""
        return Hardware(max_current_a=self.max_current_a, phases=self.phases, grid=self.grid)

    def quality(self, seed: int) -> LinkQuality:
        """How bad the link is."""
        return LinkQuality(duplicated=self.duplicated, reordered=self.reordered, seed=seed)

    @property
    def serials(self) -> list[Serial]:
        """One for each charger."""
        return [parse_serial(self.serial.format(self.first + number)) for number in range(self.count)]


class Silence(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The meter is dead for a while: the reader has nothing to send."""

    at_s: _Seconds
    for_s: _Seconds


class ReaderSpec(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A Pow-U at the meter of the house; `token` and `base` are for HTTPS, the serial names its thing for MQTT."""

    serial: str
    way: Literal["https", "json0", "json5"] = "https"
    token: str = "0" * 20
    base: str = ""
    meter_type: str = "6525"
    silences: tuple[Silence, ...] = ()


class Scenario(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A whole scenario; it ends after `lasts_s` seconds of product time, or never."""

    about: str
    lasts_s: _Seconds | None = None
    seed: int = 0
    chargers: tuple[ChargerGroup, ...] = ()
    reader: ReaderSpec | None = None

    def __post_init__(self) -> None:
        serials = [serial for group in self.chargers for serial in group.serials]
        if len(serials) > MAX_CHARGERS:
            raise ValueError(f"{len(serials)} chargers, {MAX_CHARGERS} at most")
        if len(set(serials)) != len(serials):
            raise ValueError("a serial occurs twice")


def read_scenario(path: Path) -> Scenario:
    """The scenario in a TOML file; ScenarioError with the place if it is none."""
    try:
        return msgspec.convert(tomllib.loads(path.read_text()), Scenario)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError, UnicodeDecodeError) as error:
        raise ScenarioError(f"{path.name}: {error}") from error


def find_scenario(name: str) -> Path:
    """A file of that name, or one of the scenarios that come with the simulator; ScenarioError if neither is there."""
    for path in (Path(name), FOLDER / f"{name}.toml"):
        if path.is_file():
            return path
    known = ", ".join(sorted(path.stem for path in FOLDER.glob("*.toml")))
    raise ScenarioError(f"there is no scenario {name}; these come with the simulator: {known}")


def after(start: datetime, seconds: int) -> datetime:
    """The moment so many seconds after the start."""
    return start + timedelta(seconds=seconds)
