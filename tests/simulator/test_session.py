"""What a charger says and hears: order, acknowledgement, versions, and messages that break the contract."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_shadows import topics
from device_shadows.names import CHARGING, CONFIG, STATUS
from simulator.car import Car
from simulator.charger import Charger
from simulator.session import Message, Session
from tests.simulator.nights import CONFIG as SETTINGS
from tests.simulator.nights import a_charger, a_plan, at

CONFIG_JSON: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(SETTINGS))
PLAN_JSON: dict[str, Any] = msgspec.to_builtins(a_plan((2, 5, 16)))


def answer(session: Session, shadow: str, kind: str, body: dict[str, Any], hour: float = -6) -> None:
    topic = f"$aws/things/{session.charger.serial}/shadow/name/{shadow}/{kind}"
    session.heard(topic, json.dumps(body).encode(), at(hour))


def got(session: Session, shadow: str, desired: dict[str, Any] | None, version: int = 1) -> None:
    state = {} if desired is None else {"desired": desired}
    answer(session, shadow, "get/accepted", {"state": state, "metadata": {}, "version": version})


def delta(session: Session, shadow: str, state: dict[str, Any], version: int) -> None:
    answer(session, shadow, "update/delta", {"state": state, "version": version, "timestamp": 1})


def deliver(session: Session) -> list[Message]:
    """Everything that is to be said, acknowledged at once, until there is nothing more."""
    said: list[Message] = []
    while messages := session.outgoing():
        said += messages
        for message in messages:
            session.acknowledged(message)
    return said


def about(messages: list[Message], shadow: str) -> list[dict[str, Any]]:
    return [
        json.loads(m.payload)["state"]["reported"]
        for m in messages
        if m.topic.endswith(f"/shadow/name/{shadow}/update")
    ]


def connected(charger: Charger | None = None) -> Session:
    session = Session(charger or a_charger(config=None))
    session.connected()
    return session


def settled() -> Session:
    """Connected, configured, a car plugged in, everything said."""
    session = connected()
    got(session, CONFIG, CONFIG_JSON)
    got(session, CHARGING, {"mode": "smart"})
    session.charger.plug_in(Car(need_wh=9_000), at(-6))
    deliver(session)
    return session


def test_it_subscribes_to_exact_topics_of_its_own_only() -> None:
    """No wildcard, nothing of another charger, nothing twice, within the broker's 50."""
    filters = connected().subscriptions
    assert all("ZC-000001" in f and "#" not in f and "+" not in f for f in filters)
    assert len(set(filters)) == len(filters) <= 50


def test_it_asks_first_and_reports_after_it_has_an_answer() -> None:
    """A report before the answer would say what is about to change."""
    session = connected()
    first = [m.topic.rsplit("/name/")[-1] for m in deliver(session)]
    got(session, CONFIG, CONFIG_JSON)
    assert first == ["config/get", "charging/get", "status/update", "$aws/things/ZC-000001/jobs/start-next"]
    assert about(deliver(session), CONFIG) == [CONFIG_JSON]


def test_a_charger_without_shadows_reports_what_it_does() -> None:
    """404 is an answer: there is nothing desired."""
    session = connected()
    answer(session, CONFIG, "get/rejected", {"code": 404, "message": "No shadow exists with name: 'config'"})
    answer(session, CHARGING, "get/rejected", {"code": 404, "message": "No shadow exists with name: 'charging'"})
    said = deliver(session)
    assert (about(said, CONFIG), about(said, CHARGING)[0]["plan_id"]) == ([], None)


def test_a_plan_in_a_delta_is_applied_and_reported_once() -> None:
    """Every report makes the service send the delta again: it is recognised."""
    session = settled()
    delta(session, CHARGING, {"plan": PLAN_JSON}, 5)
    reports = about(deliver(session), CHARGING)
    delta(session, CHARGING, {"plan": PLAN_JSON}, 6)
    assert [(r["plan_id"], r["plug_seq"]) for r in reports] == [("p", 1)]
    assert about(deliver(session), CHARGING) == []


@pytest.mark.parametrize("version", [4, 5])
def test_a_delta_that_is_not_newer_is_discarded(version: int) -> None:
    """Messages may come twice and out of order."""
    session = settled()
    delta(session, CHARGING, {"plan": PLAN_JSON}, 5)
    delta(session, CHARGING, {"plan": PLAN_JSON | {"plan_id": "older"}}, version)
    assert session.charger.charging_report.plan_id == "p"


def test_an_answer_that_was_overtaken_by_a_delta_is_discarded() -> None:
    """The delta is newer than what was asked for before it."""
    session = connected()
    got(session, CONFIG, CONFIG_JSON, version=3)
    delta(session, CONFIG, {"max_current_a": 10}, 5)
    got(session, CONFIG, CONFIG_JSON, version=4)
    assert session.charger.config is not None
    assert session.charger.config.max_current_a == 10


def test_after_a_reconnect_the_answer_counts_even_with_a_lower_version() -> None:
    """A shadow that was deleted and made again starts from 1."""
    session = settled()
    delta(session, CONFIG, {"max_current_a": 10}, 50)
    session.connected()
    got(session, CONFIG, CONFIG_JSON | {"max_current_a": 8}, version=1)
    assert session.charger.config is not None
    assert session.charger.config.max_current_a == 8


def test_a_delta_of_one_field_keeps_the_others() -> None:
    """The service sends only what differs."""
    session = settled()
    delta(session, CONFIG, {"default_night": {"current_a": 13}}, 9)
    config = session.charger.config
    assert config is not None
    assert (config.default_night.current_a, config.default_night.start, config.max_current_a) == (13, "22:00", 16)


@pytest.mark.parametrize(
    ("topic", "payload"),
    [
        ("$aws/things/ZC-000001/shadow/name/charging/update/delta", b"{"),
        ("$aws/things/ZC-000001/shadow/name/charging/update/delta", b'{"version":9,"state":{"plan":{"plan_id":"x"}}}'),
        ("$aws/things/ZC-000001/shadow/name/config/update/delta", b'{"version":9,"state":{"max_current_a":"9"}}'),
        ("$aws/things/ZC-000001/shadow/name/config/update/delta", b'{"version":9,"state":{"time_zone":"Nowhere"}}'),
        ("$aws/things/ZC-000001/shadow/name/config/update/delta", b'{"version":9,"state":{"time_zone":"Europe"}}'),
        ("$aws/things/ZC-000001/shadow/name/config/update/delta", b'{"version":9,"state":{"time_zone":"../etc"}}'),
        ("$aws/things/ZC-000001/shadow/name/status/update/delta", b'{"version":9,"state":{}}'),
        ("cmd/ZC-000001/else", b"{}"),
    ],
)
def test_a_message_that_breaks_the_contract_changes_nothing(topic: str, payload: bytes) -> None:
    """The charger goes on as before; a firmware must not fall over."""
    session = settled()
    before = session.charger.memory()
    session.heard(topic, payload, at(-6))
    assert session.charger.memory() == before


def test_a_status_is_said_one_at_a_time_in_order() -> None:
    """The last word in the shadow is the last state."""
    session = settled()
    session.charger.unplug(at(-5))
    session.charger.plug_in(Car(need_wh=1), at(-4))
    first = session.outgoing()
    assert [s["reason"] for s in about(first, STATUS)] == ["night_pause"]
    for message in first:
        session.acknowledged(message)
    assert [s["reason"] for s in about(deliver(session), STATUS)] == ["no_car", "awaiting_plan"]


def test_what_failed_is_said_again() -> None:
    """A reading leaves the charger's memory only with the broker's acknowledgement."""
    session = settled()
    session.charger.unplug(at(-5))
    lost = session.outgoing()
    assert session.outgoing() == []
    for message in lost:
        session.failed(message)
    assert session.outgoing() == lost


def test_what_was_in_flight_when_the_connection_went_is_said_again() -> None:
    """Readings of an offline night are all there after it."""
    session = settled()
    session.charger.unplug(at(-5))
    lost = [m for m in session.outgoing() if m.topic == topics.reading(session.charger.serial)]
    session.connected()
    assert [m for m in session.outgoing() if m.topic == topics.reading(session.charger.serial)] == lost != []


def test_a_long_offline_night_is_sent_in_small_groups() -> None:
    """At most ten readings at a time wait for the broker."""
    session = settled()
    delta(session, CHARGING, {"plan": PLAN_JSON}, 5)
    session.charger.advance(at(8))
    first = session.outgoing()
    assert sum(m.topic == topics.reading(session.charger.serial) for m in first) == 10
    for message in first:
        session.acknowledged(message)
    deliver(session)
    assert session.charger.outbox == []


def test_a_quarter_reading_is_not_said_before_its_moment() -> None:
    """The jitter is the charger's, in its own time."""
    session = settled()
    delta(session, CHARGING, {"plan": PLAN_JSON | {"intervals": [PLAN_JSON["intervals"][0]]}}, 5)
    session.charger.advance(at(2.25))
    deliver(session)
    due_s = session.charger.next_wake_s()
    session.charger.advance(at(2.25, 45))
    kinds = [json.loads(m.payload)["kind"] for m in deliver(session) if m.topic.endswith("/reading")]
    assert (kinds, due_s is not None) == (["quarter"], True)


TOPICS = [
    *(topic for shadow in (CONFIG, CHARGING, STATUS) for topic in topics.shadow_answers(a_charger().serial, shadow)),
    topics.limit(a_charger().serial),
    topics.do(a_charger().serial),
    *topics.jobs_answers(a_charger().serial),
    *topics.job_answers(a_charger().serial, "fw-1"),
]
SECTIONS = st.sampled_from([b"{}", b"[]", b"null", b'{"state":1}', b'{"version":99,"state":{"plan":{}}}'])
ZONES = st.sampled_from(["Europe", "", "../etc/passwd", "/", "zone.tab", "x" * 64]).map(
    lambda zone: json.dumps({"version": 99, "state": {"time_zone": zone}}).encode()
)


@given(topic=st.sampled_from(TOPICS) | st.text(max_size=60), payload=st.binary(max_size=200) | SECTIONS | ZONES)
def test_no_bytes_on_any_topic_change_the_charger_or_bring_it_down(topic: str, payload: bytes) -> None:
    """Register, configuration, plan, readings and results stay as they were."""
    session = settled()
    before = session.charger.memory()
    session.heard(topic, payload, at(-6))
    assert session.charger.memory() == before


def test_a_report_bears_the_token_of_the_change_it_answers() -> None:
    """So that a change is followed to where it ended; a later report of the charger's own has none."""
    session = settled()
    answer(session, CHARGING, "update/delta", {"state": {"mode": "full"}, "version": 7, "clientToken": "request-1"})
    told = [json.loads(message.payload) for message in deliver(session) if f"/{CHARGING}/update" in message.topic]
    answer(session, CHARGING, "update/delta", {"state": {"mode": "smart"}, "version": 9})
    told += [json.loads(message.payload) for message in deliver(session) if f"/{CHARGING}/update" in message.topic]
    assert [one.get("clientToken") for one in told] == ["request-1", None]
