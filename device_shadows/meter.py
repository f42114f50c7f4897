"""The meter reader Pow-U, in both ways its firmware speaks: an HTTPS call of strings, and MQTT JSON.

It is a guest of this contract: its formats are its own. What it does not say is None, never 0; and on IT grids, where
many meters do not measure line 2, its 0.00 for I2 and U2 means that nobody knows.
"""

import re
from enum import IntEnum
from typing import Annotated, Any, Final, Literal

import msgspec

from device_shadows import codec
from device_shadows.errors import DocumentInvalidError
from device_shadows.values import EpochS

Grid = Literal["IT", "TN"]
Lines = tuple[float | None, float | None, float | None]
"""A value for each of L1, L2, L3; None where nobody knows."""

TOKEN_CHARS: Final = 20
MAX_BASE_CHARS: Final = 63
"""How long the base URL may be that is set on the reader; it adds `/loadbalancer`."""

_MAX_A: Final = 1000.0
_MAX_W: Final = 1_000_000.0
_DECIMAL: Final = re.compile(r"-?[0-9]{1,7}(\.[0-9]{1,6})?", re.ASCII)
_Current = Annotated[float, msgspec.Meta(ge=0, le=_MAX_A)]
_Voltage = Annotated[float, msgspec.Meta(ge=0, le=1000)]
_Power = Annotated[float, msgspec.Meta(ge=0, le=_MAX_W)]
_Counter = Annotated[float, msgspec.Meta(ge=0, le=1e9)]


class MeterList(IntEnum):
    """Which of its lists the meter sent: power only (2 s), all lines (10 s), lines and counters (hourly)."""

    POWER = 1
    LINES = 2
    COUNTERS = 3


class Wiring(msgspec.Struct, frozen=True):
    """What a meter type is made for: 1 or 3 phases; the grid is None where the type does not tell."""

    phases: int
    grid: Grid | None


_WIRING: Final[tuple[tuple[str, Wiring], ...]] = (
    ("6515", Wiring(1, None)),  # Aidon
    ("6525", Wiring(3, "IT")),
    ("6534", Wiring(3, "TN")),
    ("MA105H2E", Wiring(1, None)),  # Kaifa
    ("MA304H3E", Wiring(3, "IT")),
    ("MA304H4", Wiring(3, "TN")),
    ("MA304T3", Wiring(3, "IT")),
    ("MA304T4", Wiring(3, "TN")),
    ("6861111", Wiring(1, None)),  # Kamstrup
    ("6841121", Wiring(3, "IT")),
    ("6841131", Wiring(3, "TN")),
)


def find_wiring(meter_type: str) -> Wiring | None:
    """What is known of a meter type by its first characters; None if nothing."""
    return next((wiring for prefix, wiring in _WIRING if meter_type.startswith(prefix)), None)


class MeterSample(msgspec.Struct, frozen=True, kw_only=True):
    """What one message says; None is what it does not say."""

    list: MeterList
    ts: int | None = None
    """The meter's own time, epoch seconds."""
    power_w: float | None = None
    """Taken from the grid."""
    export_w: float | None = None
    currents_a: Lines = (None, None, None)
    voltages_v: Lines = (None, None, None)
    import_wh: int | None = None
    """The meter's counter. A meter may repeat the last hour's; the next one then brings both."""
    export_wh: int | None = None
    meter_type: str | None = None


def on_grid(sample: MeterSample, grid: Grid) -> MeterSample:
    """The sample as it is to be read on this grid: on IT a zero of line 2 is unknown."""
    if grid == "TN":
        return sample
    one_a, two_a, three_a = sample.currents_a
    one_v, two_v, three_v = sample.voltages_v
    return msgspec.structs.replace(
        sample, currents_a=(one_a, two_a or None, three_a), voltages_v=(one_v, two_v or None, three_v)
    )


# MQTT: JSON formats 0 (one topic) and 5 (a topic for each list) have the same body


class MeterData(msgspec.Struct, frozen=True, kw_only=True):
    """The section `data` of the reader's JSON; W, A, V, kWh."""

    P: _Power | None = None
    PO: _Power | None = None
    I1: _Current | None = None
    I2: _Current | None = None
    I3: _Current | None = None
    U1: _Voltage | None = None
    U2: _Voltage | None = None
    U3: _Voltage | None = None
    import_kwh: _Counter | None = msgspec.field(name="tPI", default=None)
    export_kwh: _Counter | None = msgspec.field(name="tPO", default=None)
    type: str | None = None

    @property
    def list(self) -> MeterList:
        """The list that these fields belong to."""
        if self.import_kwh is not None:
            return MeterList.COUNTERS
        return MeterList.POWER if self.I1 is None and self.type is None else MeterList.LINES


class MeterMessage(msgspec.Struct, frozen=True, kw_only=True):
    """The reader's JSON. The meter's and the reader's own numbers are left out: nobody needs them."""

    t: EpochS = 0
    """The meter's time; 0 if the frame had none."""
    data: MeterData


def parse_json(payload: bytes) -> MeterSample:
    """A message in format 0 or 5; on an IT meter, by its type, a zero of line 2 is unknown."""
    message = codec.decode(payload, MeterMessage)
    data = message.data
    sample = MeterSample(
        list=data.list,
        ts=message.t or None,
        power_w=data.P,
        export_w=data.PO,
        currents_a=(data.I1, data.I2, data.I3),
        voltages_v=(data.U1, data.U2, data.U3),
        import_wh=_wh(data.import_kwh),
        export_wh=_wh(data.export_kwh),
        meter_type=data.type,
    )
    wiring = find_wiring(data.type or "")
    return on_grid(sample, wiring.grid) if wiring and wiring.grid else sample


# HTTPS: POST <base>/loadbalancer


class LoadBalancerPost(msgspec.Struct, frozen=True, kw_only=True):
    """The body of the reader's call: strings, sent with no reliable content type. A part may be missing or empty."""

    token: Annotated[str, msgspec.Meta(max_length=64)] = msgspec.field(name="LBToken")
    l1_a: str = msgspec.field(name="L1A", default="")
    l2_a: str = msgspec.field(name="L2A", default="")
    l3_a: str = msgspec.field(name="L3A", default="")
    high_consumption: str = msgspec.field(name="HighConsumption", default="")
    current_power: str = msgspec.field(name="CurrentPower", default="")


def parse_post(body: bytes) -> LoadBalancerPost:
    """The reader's call as it came; an error of this package if it is none."""
    return codec.decode(body, LoadBalancerPost)


def sample_of(post: LoadBalancerPost) -> MeterSample:
    """What the call says, W and A; DocumentInvalidError if a part is not a possible number. Ask `on_grid` next."""
    currents = (_number(post.l1_a, _MAX_A), _number(post.l2_a, _MAX_A), _number(post.l3_a, _MAX_A))
    kind = MeterList.LINES if any(current is not None for current in currents) else MeterList.POWER
    return MeterSample(list=kind, currents_a=currents, power_w=_number(post.current_power, _MAX_W))


def post_body(token: str, currents_a: Lines, power_w: float, *, is_high: bool = False) -> bytes:
    """The reader's call, byte for byte as the firmware writes it; what it does not know it writes as 0."""
    amperes = [f"{current or 0.0:.1f}" for current in currents_a]
    fields = {
        "LBToken": token,
        **{f"L{line}A": text for line, text in enumerate(amperes, start=1)},
        "HighConsumption": "1" if is_high else "0",
        "CurrentPower": str(round(power_w)),
    }
    return msgspec.json.encode(fields)


class MeterSettings(msgspec.Struct, frozen=True, kw_only=True):
    """What the answer sets on the reader."""

    heartbeat_s: Annotated[int, msgspec.Meta(ge=1, le=3600)] = msgspec.field(name="HeartBeatTime", default=30)
    fast_heartbeat_s: Annotated[int, msgspec.Meta(ge=1, le=3600)] = msgspec.field(name="HearBeatTimeFast", default=10)
    """Used above the threshold and after a failure. The name is spelt as the reader spells it."""
    threshold_a: Annotated[int, msgspec.Meta(ge=1, le=1000)] = msgspec.field(
        name="HeartBeatTimeFastThreshold", default=32
    )
    """Compared with L1 and L3; the reader forgets L2."""
    url: Annotated[str, msgspec.Meta(max_length=MAX_BASE_CHARS)] = msgspec.field(name="ZmartChargeUrl", default="")
    """The base to use from now on; the reader follows it if it begins with `https:`."""


class MeterAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The body of a 200 answer to the reader."""

    settings: MeterSettings = msgspec.field(name="Settings")


def answer_body(settings: MeterSettings) -> bytes:
    """The answer, byte for byte as the reader wants it; DocumentInvalidError if a value is out of range."""
    return codec.encode(MeterAnswer(settings=settings))


def parse_answer(body: bytes) -> MeterSettings:
    """What an answer sets, as the reader takes it."""
    return codec.decode(body, MeterAnswer).settings


def _wh(kwh: float | None) -> int | None:
    return None if kwh is None else round(kwh * 1000)


def _number(text: str, most: float) -> float | None:
    if not text.strip():
        return None
    if not _DECIMAL.fullmatch(text.strip()) or not 0 <= (value := float(text)) <= most:
        raise DocumentInvalidError(f"{text[:20]!r} is not a number from 0 to {most:g}")
    return value


def as_json(sample: MeterSample, *, reader: dict[str, Any], data: dict[str, Any]) -> bytes:
    """A message of the reader (format 0 or 5) with its own header; what the sample does not hold is left out."""
    names = {"P": sample.power_w, "PO": sample.export_w, "type": sample.meter_type}
    names |= {f"I{line}": value for line, value in enumerate(sample.currents_a, start=1)}
    names |= {f"U{line}": value for line, value in enumerate(sample.voltages_v, start=1)}
    names |= {"tPI": _kwh(sample.import_wh), "tPO": _kwh(sample.export_wh)}
    known = {name: value for name, value in names.items() if value is not None}
    return msgspec.json.encode({**reader, "t": sample.ts or 0, "data": data | known})


def _kwh(wh: int | None) -> float | None:
    return None if wh is None else wh / 1000
