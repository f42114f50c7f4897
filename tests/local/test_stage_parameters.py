"""A stage is deployed with everything it needs, or not at all; and the sentence says what is missing."""

import re
from pathlib import Path
from typing import Any, Final

import pytest

from local import concurrency, stage_parameters, system
from local.errors import BadInputError

KNOWN: Final = stage_parameters.known_parameters()
ENDPOINT: Final = "a1b2c3d4e5f6g7-ats.iot.eu-north-1.amazonaws.com"
WHOLE: Final[dict[str, Any]] = {
    "AlarmEmail": "night@example.com",
    "ApnsApplicationArn": "arn:aws:sns:eu-west-1:123456789012:app/APNS/app",
    "CertificateArn": "arn:aws:acm:eu-north-1:123456789012:certificate/1",
    "DomainName": "app.example.com",
    "FcmApplicationArn": "arn:aws:sns:eu-west-1:123456789012:app/GCM/app",
    "MeterBase": "https://meter.example.com",
}


def given(said: dict[str, Any]) -> dict[str, str]:
    """What a stage whose file says this is deployed with."""
    return stage_parameters.parameters("prod", said, KNOWN, ENDPOINT)


def test_a_stage_is_deployed_with_what_its_file_says_and_the_account_s_own_address_for_devices() -> None:
    """Meter readers with MQTT are told that address; the template has no other way to know it."""
    assert given(WHOLE) == WHOLE | {"MqttEndpoint": ENDPOINT}
    own = given(WHOLE | {"MqttEndpoint": "devices.example.com"})
    assert own["MqttEndpoint"] == "devices.example.com"


@pytest.mark.parametrize("name", sorted(stage_parameters.NEEDED))
def test_what_is_missing_is_named_with_what_it_is(name: str) -> None:
    """An empty value is as missing as none; nobody finds out from people who cannot charge."""
    for said in ({**WHOLE, name: ""}, {key: value for key, value in WHOLE.items() if key != name}):
        with pytest.raises(BadInputError, match=re.escape(f": {name} ({stage_parameters.NEEDED[name]})")):
            given(said)


def test_a_stage_may_say_that_it_lives_without() -> None:
    """Said once, in its file, where the next person reads it."""
    assert given({"Without": sorted(WHOLE)}) == {"MqttEndpoint": ENDPOINT}
    with pytest.raises(BadInputError, match='AlarmEmail has a value and is named in "Without"'):
        given(WHOLE | {"Without": ["AlarmEmail"]})


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ({"Clock": "2026-02-10@60@0"}, "Clock is the laptop's alone"),
        ({"Place": "laptop"}, "Place is the laptop's alone"),
        ({"MeterBas": "https://x"}, "the template has no parameter MeterBas"),
        ({"MeterBase": "http://meter.example.com"}, "MeterBase must begin with https://"),
        ({"MeterBase": f"https://{'m' * 56}"}, "MeterBase has more than 63 characters"),
        ({"Size": "huge"}, "Size must be one of laptop, small, fleet"),
        ({"SmsBudgetPerDay": "many"}, "SmsBudgetPerDay must be a number"),
        ({"FirmwareKeyId": "Release 1"}, "FirmwareKeyId must look like"),
        ({"CertificateArn": "", "Without": ["CertificateArn"]}, "DomainName and CertificateArn belong together"),
    ],
)
def test_what_aws_would_refuse_or_should_never_get_is_refused_before(said: dict[str, Any], expected: str) -> None:
    """Before anything is packaged into an account."""
    with pytest.raises(BadInputError, match=re.escape(expected)):
        given(WHOLE | said)


def test_all_that_is_wrong_is_told_at_once() -> None:
    """Nobody deploys six times to learn of six things."""
    with pytest.raises(BadInputError) as told:
        given({})
    assert all(f"{name} ({what})" in str(told.value) for name, what in stage_parameters.NEEDED.items())


def test_everything_that_the_laptop_passes_is_thought_of_for_aws() -> None:
    """It is a laptop's own, asked of the account, needed from the stage, or has a default that is AWS's."""
    [chosen] = re.findall(r"def _parameters.*?\n    }\n", Path(system.__file__).read_text(), re.DOTALL)
    passed = set(re.findall(r'"(\w+)": ', chosen))
    on_aws = {"ScheduleState": "ENABLED", "Size": "fleet", "Protected": "yes"}
    thought_of = stage_parameters.NOT_ON_AWS | {stage_parameters.FOUND} | stage_parameters.NEEDED.keys()
    assert "MeterBase" in passed
    assert passed <= KNOWN.keys()
    assert {name: KNOWN[name]["Default"] for name in passed - thought_of} == on_aws
    assert {KNOWN[name]["Default"] for name in stage_parameters.NOT_ON_AWS} == {"", "aws"}
    assert stage_parameters.NEEDED.keys() <= KNOWN.keys()


@pytest.mark.parametrize("stage", ["prod", "test"])
def test_the_stages_that_are_there_say_nothing_wrong(stage: str) -> None:
    """`test` can be deployed as it is; of `prod` only what nobody can know before there is an account is missing."""
    said = stage_parameters.read_stage(stage)
    if stage == "test":
        assert given(said)["Size"] == "small"
    else:
        assert given(said | WHOLE)["Protected"] == "yes"


def test_a_stage_that_is_not_there_is_told_with_those_that_are(tmp_path: Path) -> None:
    """And a file that cannot be read is told too."""
    with pytest.raises(BadInputError, match="prod, test"):
        stage_parameters.read_stage("moon")
    for text in ("{", "[]"):
        (tmp_path / "moon.json").write_text(text)
        with pytest.raises(BadInputError, match="no JSON"):
            stage_parameters.read_stage("moon", tmp_path)


def a_template(*most: Any) -> dict[str, Any]:
    """Functions that read queues, so many at once."""
    sizes = {"small": {"Messages": 10}, "fleet": {"Messages": 100}}
    events = [{"Type": "SQS", "Properties": {"ScalingConfig": {"MaximumConcurrency": one}}} for one in most]
    functions = {f"f{number}": {"Properties": {"Events": {"e": event}}} for number, event in enumerate(events)}
    return {"Resources": functions | {"Table": {}}, "Mappings": {"Sizes": sizes}}


def test_an_account_with_too_little_concurrency_is_told_before_people_wait() -> None:
    """What readers of queues may take, by the size of the stage, and what is left for everybody else."""
    found = a_template({"Fn::FindInMap": ["Sizes", {"Ref": "Size"}, "Messages"]}, 2)
    assert concurrency.readers(found, "fleet") == {"f0": [100], "f1": [2]}
    assert concurrency.warning(found, "fleet", 1000) is None
    assert concurrency.warning(found, "small", 112) is None
    told = concurrency.warning(found, "fleet", 201)
    assert told
    assert "at most 201" in told
    assert "ask AWS for 202 at least" in told


def test_a_stage_without_a_size_has_the_template_s() -> None:
    """As CloudFormation reads it."""
    assert concurrency.size_of({"Parameters": KNOWN}, {}) == "fleet"
    assert concurrency.size_of({"Parameters": KNOWN}, {"Size": "small"}) == "small"
