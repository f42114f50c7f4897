"""A Norwegian smart meter (AMS) as its HAN port shows it: three lists in their rhythm, with the gaps of its make."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Final

from device_shadows.meter import Lines, MeterList, MeterSample, find_wiring, on_grid
from simulator.electricity import LINE_V
from simulator.house import House

LIST_S: Final = {MeterList.POWER: 2, MeterList.LINES: 10}
COUNTERS_AFTER_S: Final = 10
"""The hourly list of XX:00:00 is sent ten seconds later."""
HOUSE_SHARES: Final = (0.45, 0.2, 0.35)
"""How the house's current lies on the lines."""
HOUR_S: Final = 3600

LoadA = Callable[[], tuple[float, float, float]]
"""The line currents of all chargers together, A."""


class AmsMeter:
    """The meter of a house with chargers.

    `repeats_counter`: like Aidon's, it once brings the last hour's counter again, and then both hours at once.
    """

    def __init__(
        self,
        meter_type: str,
        house: House,
        load_a: LoadA,
        *,
        import_wh: int = 20_200_285,
        repeats_counter: bool = False,
    ) -> None:
        self.meter_type, self._house, self._load_a = meter_type, house, load_a
        wiring = find_wiring(meter_type)
        self.grid = (wiring and wiring.grid) or "TN"
        self._import_wh, self._repeats = import_wh, repeats_counter
        self._since: datetime | None = None

    def lines_a(self, at: datetime) -> tuple[float, float, float]:
        """What really flows in L1, L2, L3."""
        total_a = _house_w(self._house, at) / LINE_V
        house = [share * total_a for share in HOUSE_SHARES]
        one, two, three = (h + c for h, c in zip(house, self._load_a(), strict=True))
        return one, two, three

    def power_w(self, at: datetime) -> float:
        """What really flows in, W."""
        total_a = sum(self.lines_a(at))
        return total_a * LINE_V if self.grid == "TN" else total_a * LINE_V / 3**0.5

    def sample(self, kind: MeterList, at: datetime) -> MeterSample:
        """What the list says; Aidon's three-wire meters do not measure line 2, Kaifa's not its voltage."""
        ts = int(at.timestamp())
        power_w = float(round(self.power_w(at)))
        if kind is MeterList.POWER:
            return MeterSample(list=kind, ts=ts, power_w=power_w)
        one, two, three = (round(current * _flicker(ts), 2) for current in self.lines_a(at))
        is_blind = self.meter_type == "6525"
        currents: Lines = (one, 0.0 if is_blind else two, three)
        volts: Lines = (230.1, 0.0 if self.grid == "IT" else 230.4, 229.8)
        import_wh = self._count(at) if kind is MeterList.COUNTERS else None
        return MeterSample(
            list=kind,
            ts=ts,
            power_w=power_w,
            export_w=0.0,
            currents_a=currents,
            voltages_v=volts,
            import_wh=import_wh,
            export_wh=None if import_wh is None else 0,
            meter_type=self.meter_type,
        )

    def understood(self, kind: MeterList, at: datetime) -> MeterSample:
        """The sample as a reader of the contract understands it."""
        return on_grid(self.sample(kind, at), "IT" if self.grid == "IT" else "TN")

    def _count(self, at: datetime) -> int:
        """The counter at the last full hour; the energy of the hours since the one before, at the power of now."""
        hour = at.replace(minute=0, second=0, microsecond=0)
        since = self._since or hour
        if self._repeats and hour - since == timedelta(hours=1):
            self._repeats = False
            return self._import_wh
        self._since = hour
        self._import_wh += round(self.power_w(at) * (hour - since).total_seconds() / HOUR_S)
        return self._import_wh


def due_lists(since: datetime, until: datetime) -> list[tuple[datetime, MeterList]]:
    """The lists the meter sends in (since, until], in order of time, the richest one where several meet."""
    found: list[tuple[datetime, MeterList]] = []
    for second in range(int(since.timestamp()) + 1, int(until.timestamp()) + 1):
        at = datetime.fromtimestamp(second, tz=since.tzinfo)
        if second % HOUR_S == COUNTERS_AFTER_S:
            found.append((at, MeterList.COUNTERS))
        elif second % LIST_S[MeterList.LINES] == 0:
            found.append((at, MeterList.LINES))
        elif second % LIST_S[MeterList.POWER] == 0:
            found.append((at, MeterList.POWER))
    return found


def _flicker(ts: int) -> float:
    """The mains voltage is never still, so no two lists are alike to the last digit: within 0.6 %, by the time."""
    return 1 + 0.002 * (ts // LIST_S[MeterList.LINES] % 7 - 3)


def _house_w(house: House, at: datetime) -> float:
    """The house's power; outside the recording its weeks repeat."""
    return house.mean_w(house.start + (at - house.start) % (house.end - house.start))
