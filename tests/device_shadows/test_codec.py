"""Documents become bytes and come back; limits, unknown fields and unknown values do what the contract says."""

import msgspec
import pytest

from device_shadows import codec, errors
from device_shadows.charging import (
    ChargingDesired,
    ChargingMode,
    ChargingReported,
    PlanInterval,
    RunOrder,
    RunState,
)
from device_shadows.config import Access, ConfigDesired, ConfigReported, DefaultNight, reported
from device_shadows.reading import Reading, ReadingKind
from device_shadows.status import EvseState, Network, NetworkKind, Register, StatusReported
from tests.device_shadows.samples import PLAN

NIGHT = DefaultNight(start="22:00", end="06:00", current_a=16)
CONFIG = ConfigDesired(
    max_current_a=25,
    fallback_current_a=6,
    access=Access.EVERYONE,
    access_epoch=3,
    disabled=False,
    owner="p-1",
    time_zone="Europe/Oslo",
    default_night=NIGHT,
)
STATUS = StatusReported(
    protocol=1,
    ts=100,
    evse_state=EvseState.C,
    plug_seq=7,
    plugged_at=90,
    offered_a=16,
    drawn_a=(16.0, 0.0, 0.0),
    reason="plan",
    car_full=False,
    faults=("ground_fault",),
    network=Network(kind=NetworkKind.CELLULAR, signal_dbm=-80),
    firmware="sim-1",
    register=Register(epoch=1, seq=2, ts=95, register_wh=1234),
    session_start_wh=1200,
)
DOCUMENTS = [
    CONFIG,
    reported(CONFIG),
    ConfigReported(disabled=True),
    ChargingDesired(),
    ChargingDesired(mode=ChargingMode.FULL, run=RunOrder(state=RunState.STOPPED, plug_seq=7), plan=PLAN),
    ChargingReported(mode=ChargingMode.SMART, run=None, plan_id=None, plug_seq=0, applied_at=5),
    STATUS,
    Reading(epoch=1, seq=1, ts=900, register_wh=0, plug_seq=1, kind=ReadingKind.QUARTER),
]


def plain(document: msgspec.Struct) -> dict[str, object]:
    return dict(msgspec.to_builtins(document))


def as_json(value: object) -> bytes:
    return msgspec.json.encode(value)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: type(document).__name__)
def test_a_document_survives_the_wire(document: msgspec.Struct) -> None:
    """What is written is read back as it was."""
    assert codec.decode(codec.encode(document), type(document)) == document


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda document: type(document).__name__)
def test_a_field_of_a_newer_version_is_ignored(document: msgspec.Struct) -> None:
    """An old reader understands a document with fields it does not know."""
    assert codec.decode(as_json(plain(document) | {"from_the_future": [1, {"a": 2}]}), type(document)) == document


@pytest.mark.parametrize(
    ("document", "field", "unknown"),
    [
        (CONFIG, "access", Access.UNKNOWN),
        (ConfigReported(), "access", Access.UNKNOWN),
        (ChargingDesired(), "mode", ChargingMode.UNKNOWN),
        (STATUS, "evse_state", EvseState.UNKNOWN),
        (DOCUMENTS[-1], "kind", ReadingKind.UNKNOWN),
    ],
)
def test_a_value_of_a_newer_version_is_read_as_unknown(document: msgspec.Struct, field: str, unknown: object) -> None:
    """An enum value that is not known is UNKNOWN, not an error."""
    assert getattr(codec.decode(as_json(plain(document) | {field: "brand_new"}), type(document)), field) is unknown


@pytest.mark.parametrize(
    "document",
    [
        ConfigReported(access=Access.UNKNOWN),
        ChargingDesired(run=RunOrder(state=RunState.UNKNOWN, plug_seq=1)),
        msgspec.structs.replace(STATUS, network=Network(kind=NetworkKind.UNKNOWN, signal_dbm=0)),
    ],
    ids=["top", "nested", "in a status"],
)
def test_unknown_is_never_written(document: msgspec.Struct) -> None:
    """What was read as UNKNOWN cannot be passed on as if it meant something."""
    with pytest.raises(errors.DocumentInvalidError):
        codec.encode(document)


def sized(size: int) -> bytes:
    return b'{"x":"' + b"a" * (size - 8) + b'"}'


def nested(levels: int) -> bytes:
    return b'{"x":' * (levels - 1) + b"{}" + b"}" * (levels - 1)


@pytest.mark.parametrize(
    "data",
    [sized(8192), nested(6), b'{"x":"[[[[[[[[\\"{{{{{{{{"}'],
    ids=["8192 bytes", "six levels", "brackets in a string"],
)
def test_what_just_keeps_the_limits_is_read(data: bytes) -> None:
    """8192 bytes and six levels are the last that pass."""
    assert codec.decode(data, ConfigReported) == ConfigReported()


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (sized(8193), "document_too_large"),
        (nested(7), "document_too_deep"),
        (b"[" * 8000, "document_too_deep"),
        (b"", "document_malformed"),
        (b"{", "document_malformed"),
        (b'{"disabled":NaN}', "document_malformed"),
        (b'{"owner":"\xff"}', "document_malformed"),
        ('{"owner":"\ud800"}', "document_malformed"),
        (b"[]", "document_invalid"),
        (b'{"max_current_a":"16"}', "document_invalid"),
        (b'{"max_current_a":-1}', "document_invalid"),
        (b'{"max_current_a":81}', "document_invalid"),
        (b'{"default_night":{"start":"24:00","end":"06:00","current_a":6}}', "document_invalid"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_breaks_a_limit_is_refused_with_its_code(data: bytes | str, code: str) -> None:
    """Every refusal has a code that stays."""
    with pytest.raises(errors.ContractError) as caught:
        codec.decode(data, ConfigReported)
    assert caught.value.code == code


def test_a_document_too_large_is_not_written() -> None:
    """The limit of the shadow service is met before anything is sent."""
    intervals = tuple(PlanInterval(start=n, end=n + 1, current_a=16, reason="r" * 40) for n in range(100))
    with pytest.raises(errors.DocumentTooLargeError):
        codec.encode(ChargingDesired(plan=msgspec.structs.replace(PLAN, intervals=intervals)))


@pytest.mark.parametrize(
    "document",
    [
        msgspec.structs.replace(CONFIG, max_current_a=100),
        msgspec.structs.replace(CONFIG, default_night=DefaultNight(start="22", end="06:00", current_a=16)),
        ChargingDesired(plan=msgspec.structs.replace(PLAN, plan_id="")),
        PlanInterval(start=1, end=2, current_a=6, reason="Because it is cheap"),
    ],
    ids=["100 A", "22 o'clock", "no id", "a sentence as reason"],
)
def test_what_a_charger_would_refuse_is_not_written(document: msgspec.Struct) -> None:
    """The writer learns of its mistake, not the charger."""
    with pytest.raises(errors.DocumentInvalidError):
        codec.encode(document)


def test_an_answer_of_the_shadow_service_may_be_larger_than_a_document() -> None:
    """Both sections and a time for every leaf come in one message."""
    assert codec.decode_message(sized(20_000), ConfigReported) == ConfigReported()


@pytest.mark.parametrize(
    "change",
    [
        {"intervals": [{"start": 10, "end": 10, "current_a": 6, "reason": "r"}]},
        {"intervals": [{"start": 10, "end": 9, "current_a": 6, "reason": "r"}]},
        {"intervals": [{"start": 10, "end": 20, "current_a": 5, "reason": "r"}]},
        {"intervals": [{"start": 10, "end": 20, "current_a": 6, "reason": "Not a code"}]},
        {"intervals": [{"start": 10, "end": 20, "current_a": 6, "reason": "r"}] * 2},
        {"valid_until": 1e30},
        {"plan_id": ""},
    ],
    ids=["empty", "backwards", "5 A", "reason", "overlap", "no time", "no id"],
)
def test_a_plan_that_makes_no_sense_is_refused_whole(change: dict[str, object]) -> None:
    """A charger never follows a part of a broken plan."""
    with pytest.raises(errors.DocumentInvalidError):
        codec.decode(as_json({"plan": plain(PLAN) | change}), ChargingDesired)


def test_a_pause_in_a_plan_carries_its_reason() -> None:
    """0 A is a current of a plan, so that a pause can say why."""
    pause = PlanInterval(start=1, end=2, current_a=0, reason="dear")
    assert codec.decode(codec.encode(pause), PlanInterval) == pause
