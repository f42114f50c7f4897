"""Names and topics: what is built is what is parsed, and nothing else is taken for it."""

import pytest

from device_shadows import topics
from device_shadows.errors import ContractError, SerialInvalidError, TopicUnknownError
from device_shadows.names import CHARGING, CONFIG, SHADOWS, STATUS, Serial, parse_serial
from device_shadows.topics import DeviceTopic, Kind

T = Serial("ZC-000001")


@pytest.mark.parametrize("text", ["ZC-00001", "A" * 20, "12345678", "--------"])
def test_a_serial_is_taken_as_it_is(text: str) -> None:
    """8 to 20 of A-Z, 0-9, hyphen."""
    assert parse_serial(text) == text


@pytest.mark.parametrize(
    "text", ["", "A" * 7, "A" * 21, "zc-000001", "ZC 000001", "ZC-000001\n", "ZC/000001", "ZC-0000+1", "ZC-00000٣"]
)
def test_what_is_no_serial_is_refused(text: str) -> None:
    """Nothing is trimmed, upper-cased or guessed."""
    with pytest.raises(SerialInvalidError):
        parse_serial(text)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (topics.shadow_get(T, CONFIG), "$aws/things/ZC-000001/shadow/name/config/get"),
        (topics.shadow_update(T, STATUS), "$aws/things/ZC-000001/shadow/name/status/update"),
        (topics.limit(T), "cmd/ZC-000001/limit"),
        (topics.do(T), "cmd/ZC-000001/do"),
        (topics.result(T), "dt/ZC-000001/result"),
        (topics.last_will(T), "dt/ZC-000001/lwt"),
        (topics.reading(T), "$aws/rules/readings/dt/ZC-000001/reading"),
    ],
)
def test_a_topic_is_spelt_as_the_policy_allows_it(topic: str, expected: str) -> None:
    """The policy of a charger's certificate names exactly these."""
    assert topic == expected


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (topics.reading(T), DeviceTopic(serial=T, kind=Kind.READING)),
        ("dt/ZC-000001/reading", DeviceTopic(serial=T, kind=Kind.READING)),
        (topics.result(T), DeviceTopic(serial=T, kind=Kind.RESULT)),
        (topics.last_will(T), DeviceTopic(serial=T, kind=Kind.LAST_WILL)),
        (topics.shadow_get(T, CHARGING), DeviceTopic(serial=T, kind=Kind.SHADOW_GET, shadow=CHARGING)),
        (topics.shadow_update(T, STATUS), DeviceTopic(serial=T, kind=Kind.SHADOW_UPDATE, shadow=STATUS)),
    ],
)
def test_what_a_charger_publishes_is_recognised(topic: str, expected: DeviceTopic) -> None:
    """The cloud learns who speaks from the topic alone."""
    assert topics.parse_topic(topic) == expected


@pytest.mark.parametrize("shadow", SHADOWS)
def test_the_answers_of_a_shadow_are_recognised(shadow: str) -> None:
    """Get accepted, get rejected, update accepted, update rejected, update delta, in this order."""
    kinds = [topics.parse_topic(topic).kind for topic in topics.shadow_answers(T, shadow)]
    assert kinds == [
        Kind.SHADOW_GET_ACCEPTED,
        Kind.SHADOW_GET_REJECTED,
        Kind.SHADOW_UPDATE_ACCEPTED,
        Kind.SHADOW_UPDATE_REJECTED,
        Kind.SHADOW_UPDATE_DELTA,
    ]


@pytest.mark.parametrize(
    "topic",
    [
        "",
        "dt/ZC-000001",
        "dt/ZC-000001/reading/more",
        "dt/ZC-000001/other",
        "dt/zc-000001/reading",
        "cmd/ZC-000001/limit",
        "$aws/things/ZC-000001/shadow/get",
        "$aws/things/ZC-000001/shadow/name/other/get",
        "$aws/things/ZC-000001/shadow/name/config/reading",
        "$aws/things/ZC-000001/shadow/name/config/get/accepted/more",
        "$aws/rules/other/dt/ZC-000001/reading",
    ],
)
def test_no_other_topic_is_taken_for_one_of_a_charger(topic: str) -> None:
    """Anything else is an error with a code, never a guess."""
    with pytest.raises(ContractError) as caught:
        topics.parse_topic(topic)
    assert isinstance(caught.value, TopicUnknownError | SerialInvalidError)


@pytest.mark.parametrize(
    ("topic", "expected"),
    [
        (topics.jobs_start_next(T), DeviceTopic(serial=T, kind=Kind.JOBS_START_NEXT)),
        (topics.jobs_answers(T)[0], DeviceTopic(serial=T, kind=Kind.JOBS_NOTIFY_NEXT)),
        (topics.jobs_answers(T)[1], DeviceTopic(serial=T, kind=Kind.JOBS_START_NEXT_ACCEPTED)),
        (topics.jobs_answers(T)[2], DeviceTopic(serial=T, kind=Kind.JOBS_START_NEXT_REJECTED)),
        (topics.job_update(T, "fw-1"), DeviceTopic(serial=T, kind=Kind.JOB_UPDATE, job_id="fw-1")),
        (topics.job_answers(T, "fw-1")[0], DeviceTopic(serial=T, kind=Kind.JOB_UPDATE_ACCEPTED, job_id="fw-1")),
        (topics.job_answers(T, "fw-1")[1], DeviceTopic(serial=T, kind=Kind.JOB_UPDATE_REJECTED, job_id="fw-1")),
    ],
)
def test_the_topics_of_jobs_are_recognised(topic: str, expected: DeviceTopic) -> None:
    """With the id of the job where there is one."""
    assert topics.parse_topic(topic) == expected


@pytest.mark.parametrize("job_id", ["", "a/b", "+", "#", "x" * 65, "a b"])
def test_a_job_id_cannot_change_the_topic(job_id: str) -> None:
    """It comes from outside."""
    with pytest.raises(TopicUnknownError):
        topics.job_update(T, job_id)


@pytest.mark.parametrize("part", ["", "list1", "list2", "list3", "status", "system"])
def test_the_topics_of_a_reader_are_recognised(part: str) -> None:
    """Format 0 has the bare topic, format 5 a part for each list."""
    assert topics.parse_meter_topic(topics.meter(T, part)) == topics.MeterTopic(serial=T, part=part)


@pytest.mark.parametrize("topic", ["mt", "mt/ZC-000001/", "mt/ZC-000001/list4", "mt/ZC-000001/list1/x", "dt/ZC-000001"])
def test_no_other_topic_is_taken_for_a_readers(topic: str) -> None:
    """Prices, temperatures and whatever else its firmware can say are not for us."""
    with pytest.raises(TopicUnknownError):
        topics.parse_meter_topic(topic)
