"""docs/device-protocol.md says what the code says: examples, field tables, topics."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest

from device_shadows import codec, topics
from device_shadows.command import CommandReason
from device_shadows.documents import ANSWERS, DOCUMENTS
from device_shadows.firmware import FirmwareDetails, FirmwareReason
from device_shadows.jobs import JobStatus, NextJob
from device_shadows.names import CHARGING, CONFIG, STATUS, Serial
from device_shadows.quarantine import QuarantineReason
from device_shadows.status import Fault, Reason

PAGE = (Path(__file__).parents[2] / "docs" / "device-protocol.md").read_text()
EXAMPLES = [(match[1], match[2]) for match in re.finditer(r"```json ([^\n]+)\n(.*?)```", PAGE, re.DOTALL)]
ROWS = re.findall(r"^\| (.*) \|$", PAGE, re.MULTILINE)


class Update(msgspec.Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What `jobs.job_update` writes."""

    status: JobStatus
    status_details: FirmwareDetails


def read(label: str, text: str) -> Any:
    wrapper, _, inner = label.partition(" ")
    if wrapper == "shadow.report":
        reported = msgspec.json.decode(text)["state"]["reported"]
        return codec.convert(reported, DOCUMENTS[inner])
    if wrapper == "jobs.update":
        return codec.decode(text, Update)
    if wrapper == "jobs.next":
        codec.convert(codec.decode_message(text, NextJob).execution.job_document, DOCUMENTS[inner])
    return (
        codec.decode_message(text, ANSWERS[wrapper]) if wrapper in ANSWERS else codec.decode(text, DOCUMENTS[wrapper])
    )


def unknown_fields(document: Any, plain: Any) -> set[str]:
    """The fields of the example that the code does not know."""
    known = {field.encode_name for field in msgspec.structs.fields(document)} | {"operation"}
    return set(plain) - known


@pytest.mark.parametrize(("label", "text"), EXAMPLES, ids=[label for label, _ in EXAMPLES])
def test_an_example_is_what_its_label_says(label: str, text: str) -> None:
    """A firmware engineer may copy it."""
    document = read(label, text)
    if label in DOCUMENTS and label != "meter.json":
        assert unknown_fields(document, msgspec.json.decode(text)) == set()
        assert codec.encode(document)


def test_every_document_and_answer_has_an_example() -> None:
    """Nobody has to guess."""
    labels = {word for label, _ in EXAMPLES for word in label.split()}
    assert labels >= {*DOCUMENTS, *ANSWERS}


def fields_in_table(name: str) -> set[str]:
    table = re.search(rf"^\| `{re.escape(name)}` \| type \| meaning \|\n(?:\|.*\n)+", PAGE, re.MULTILINE)
    assert table, f"{name} has no table"
    first_cells = [row.split(" | ")[0] for row in table[0].splitlines()[2:]]
    return {field for cell in first_cells for field in re.findall(r"`(\w+)`", cell)}


@pytest.mark.parametrize("name", list(DOCUMENTS))
def test_a_field_table_lists_exactly_the_fields_of_the_code(name: str) -> None:
    """No field is forgotten, none is invented."""
    kind = DOCUMENTS[name]
    tag = {kind.__struct_config__.tag_field} - {None}
    assert fields_in_table(name) == {field.encode_name for field in msgspec.structs.fields(kind)} | tag


@pytest.mark.parametrize("codes", [Reason, Fault, CommandReason, FirmwareReason, QuarantineReason])
def test_every_code_is_explained(codes: Any) -> None:
    """In a table of its own."""
    told = " ".join(ROWS)
    assert [str(code) for code in codes if f"`{code}`" not in told] == []


def table_topics() -> set[str]:
    """The topics of section 2 with `…` written out."""
    section = PAGE.split("## 2. Topics")[1].split("## 3.")[0]
    found: set[str] = set()
    for row in re.findall(r"^\| (`[^|]*`) \|", section, re.MULTILINE):
        names = re.findall(r"`([^`]+)`", row)
        found.add(names[0])
        found |= {names[0].rsplit("/", 1)[0] + name.removeprefix("…") for name in names[1:]}
    return found


def test_the_topic_table_has_exactly_the_topics_of_the_code() -> None:
    """What a charger publishes to and what it subscribes to."""
    serial = Serial("T")
    ours = {topics.shadow_get(serial, CONFIG), topics.shadow_update(serial, CONFIG)}
    ours |= {topic for topic in topics.shadow_answers(serial, CONFIG) if not topic.endswith("update/accepted")}
    ours |= {"$aws/things/T/shadow/name/charging/…", topics.shadow_update(serial, STATUS)}
    ours |= {f"{topics.shadow_update(serial, STATUS)}/rejected", topics.reading(serial), topics.limit(serial)}
    ours |= {topics.do(serial), topics.result(serial), topics.last_will(serial), topics.jobs_start_next(serial)}
    ours |= {*topics.jobs_answers(serial), topics.job_update(serial, "J"), *topics.job_answers(serial, "J")}
    assert table_topics() == ours
    assert CHARGING in topics.shadow_get(serial, CHARGING)
