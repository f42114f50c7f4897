"""The envelope of the shadow service: updates built, answers and deltas read."""

from typing import Any, get_args

import msgspec
import pytest

from device_shadows import codec, shadow
from device_shadows.charging import ChargingChange, ChargingDesired, ChargingMode, ChargingReported, RunOrder, RunState
from device_shadows.documents import DOCUMENTS
from device_shadows.errors import DocumentInvalidError
from tests.device_shadows.samples import SAMPLES


def test_the_cloud_writes_only_the_sections_that_change() -> None:
    """A change of the mode leaves run and plan as they are: null would remove them."""
    payload = shadow.desired_update(ChargingChange(mode=ChargingMode.FULL))
    assert msgspec.json.decode(payload) == {"state": {"desired": {"mode": "full"}}}


def test_a_charger_reports_what_has_ended_as_null() -> None:
    """Null removes a field from the shadow, so that nothing old stays in the report."""
    done = ChargingReported(mode=ChargingMode.SMART, run=None, plan_id=None, plug_seq=2, applied_at=9)
    told = {"mode": "smart", "run": None, "plan_id": None, "plug_seq": 2, "applied_at": 9, "full_plug_seq": 0}
    assert msgspec.json.decode(shadow.reported_update(done)) == {"state": {"reported": told}}


@pytest.mark.parametrize("name", [name for name in DOCUMENTS if name.endswith(".reported")])
def test_a_report_is_read_without_what_it_has_removed(name: str) -> None:
    """Every field that may be null is null: the service keeps none of them, and the cloud reads the same report."""
    kind: Any = DOCUMENTS[name]
    optional = [field.encode_name for field in msgspec.structs.fields(kind) if type(None) in get_args(field.type)]
    told = msgspec.json.decode(codec.encode(SAMPLES[name])) | dict.fromkeys(optional)
    kept = shadow.merge({}, told)
    assert set(optional) & set(kept) == set()
    assert codec.convert(kept, kind) == msgspec.convert(told, kind)


def test_an_answer_gives_both_sections_and_its_version() -> None:
    """Metadata, delta and times are passed over."""
    answer = (
        b'{"state":{"desired":{"mode":"full"},"reported":{"mode":"smart","run":null,"plan_id":null,"plug_seq":1,'
        b'"applied_at":5},"delta":{"mode":"full"}},"metadata":{"desired":{"mode":{"timestamp":1}}},"version":4,"timestamp":7}'
    )
    read = codec.decode_message(answer, shadow.Shadow[ChargingDesired, ChargingReported])
    assert (read.version, read.state.desired, read.state.reported and read.state.reported.plug_seq) == (
        4,
        ChargingDesired(mode=ChargingMode.FULL),
        1,
    )


def test_a_delta_of_a_single_field_gives_the_whole_order() -> None:
    """The service sends only the leaf that differs; merged into what is known it is a document again."""
    known = {"mode": "smart", "run": {"state": "stopped", "plug_seq": 4}}
    delta = codec.decode_message(b'{"version":5,"state":{"run":{"plug_seq":5}}}', shadow.Delta)
    assert codec.convert(shadow.merge(known, delta.state), ChargingDesired) == ChargingDesired(
        run=RunOrder(state=RunState.STOPPED, plug_seq=5)
    )


@pytest.mark.parametrize(
    ("state", "change", "merged"),
    [
        ({}, {}, {}),
        ({"a": 1}, {"b": 2}, {"a": 1, "b": 2}),
        ({"a": 1}, {"a": None}, {}),
        ({"a": {"b": 1, "c": 2}}, {"a": {"c": None, "d": 3}}, {"a": {"b": 1, "d": 3}}),
        ({"a": [1, 2]}, {"a": [3]}, {"a": [3]}),
        ({"a": 1}, {"a": {"b": None}}, {"a": {}}),
    ],
)
def test_merging_is_what_the_shadow_service_does(
    state: dict[str, object], change: dict[str, object], merged: dict[str, object]
) -> None:
    """Objects by field, arrays and scalars whole, null removes."""
    assert shadow.merge(state, change) == merged


def test_merging_leaves_its_arguments_alone() -> None:
    """The state before a delta is still there if the delta turns out to be broken."""
    state = {"run": {"state": "auto", "plug_seq": 1}}
    shadow.merge(state, {"run": {"plug_seq": 2}})
    assert state == {"run": {"state": "auto", "plug_seq": 1}}


def test_merged_state_that_is_no_document_is_refused() -> None:
    """Half an order is no order."""
    with pytest.raises(DocumentInvalidError):
        codec.convert({"run": {"plug_seq": 5}}, ChargingDesired)
