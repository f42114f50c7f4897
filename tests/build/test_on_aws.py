"""What the template has on AWS, whether the laptop's emulator knows it or not."""

import json
import re
import zipfile
from pathlib import Path
from typing import Any, Final

import pytest

from local import bundle, concurrency, web_paths
from local import template as templates
from local.deploy import queue_functions
from local.overlay import read_overlay
from local.places import ROOT

Json = dict[str, Any]
KEPT: Final = {
    "AWS::DynamoDB::Table",
    "AWS::Cognito::UserPool",
    "AWS::KMS::Key",
    "AWS::S3::Bucket",
    "AWS::SecretsManager::Secret",
}
"""What cannot be made again stays when it leaves the stack."""
NOT_RESTORED: Final = {
    "ChallengesTable": "codes live for minutes",
    "SendingLimitsTable": "counters of an hour or a day",
    "RepeatsTable": "answers of a day",
    "ClaimsTable": "claims live for minutes",
    "QuarantineTable": "what was said wrong; 30 days",
}
"""Tables without point-in-time recovery: a restore would bring back what has expired."""
NO_DEAD_LETTERS: Final = {"MeterQueue": "an old sample is worse than a lost one"}


def of_type(template: Json, kind: str) -> dict[str, Json]:
    """Resources of one type by logical id."""
    return {name: one for name, one in template["Resources"].items() if one["Type"] == kind}


def properties(template: Json, kind: str) -> dict[str, Json]:
    """Their properties."""
    return {name: one["Properties"] for name, one in of_type(template, kind).items()}


def test_what_cannot_be_made_again_stays(product: Json) -> None:
    """Deleted from the stack or replaced in it, data, keys and people remain."""
    found = {name: one for name, one in product["Resources"].items() if one["Type"] in KEPT}
    lost = {
        name for name, one in found.items() if {one.get("DeletionPolicy"), one.get("UpdateReplacePolicy")} != {"Retain"}
    }
    assert len(found) > 25
    assert lost == set()


def test_tables_and_people_refuse_to_be_deleted_unless_told(product: Json) -> None:
    """The parameter is `yes` unless somebody says otherwise."""
    tables = properties(product, "AWS::DynamoDB::Table")
    assert {json.dumps(one["DeletionProtectionEnabled"]) for one in tables.values()} == {
        '{"Fn::If": ["IsProtected", true, false]}'
    }
    assert product["Resources"]["UserPool"]["Properties"]["DeletionProtection"]["Fn::If"][:2] == [
        "IsProtected",
        "ACTIVE",
    ]
    assert product["Parameters"]["Protected"]["Default"] == "yes"
    assert product["Parameters"]["Place"]["Default"] == "aws"


def test_tables_cost_by_use_and_can_be_restored(product: Json) -> None:
    """On demand; point-in-time recovery for all but those whose rows live for a day at most, or are rubbish."""
    tables = properties(product, "AWS::DynamoDB::Table")
    assert {one["BillingMode"] for one in tables.values()} == {"PAY_PER_REQUEST"}
    without = {name for name, one in tables.items() if "PointInTimeRecoverySpecification" not in one}
    assert without == set(NOT_RESTORED)
    assert all(tables[name]["TimeToLiveSpecification"]["Enabled"] for name in NOT_RESTORED)


def test_every_queue_that_is_read_has_dead_letters_and_they_have_an_alarm(product: Json) -> None:
    """After a few tries a message waits where somebody is told of it."""
    queues = properties(product, "AWS::SQS::Queue")
    dead = {
        one["RedrivePolicy"]["deadLetterTargetArn"]["Fn::GetAtt"][0]
        for one in queues.values()
        if "RedrivePolicy" in one
    }
    assert set(queues) - dead - {name for name, one in queues.items() if "RedrivePolicy" in one} == set(NO_DEAD_LETTERS)
    watched = {
        dimension["Value"]["Fn::GetAtt"][0]
        for alarm in properties(product, "AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "ApproximateNumberOfMessagesVisible" and alarm["Threshold"] == 1
        for dimension in alarm["Dimensions"]
    }
    assert watched == dead
    assert all(one["SqsManagedSseEnabled"] for one in queues.values())


def test_a_message_is_hidden_six_times_as_long_as_its_function_may_run(product: Json) -> None:
    """Else Lambda hands out a message that is still worked on."""
    queues = properties(product, "AWS::SQS::Queue")
    for name, function in templates.functions(product).items():
        for event in function.get("Events", {}).values():
            if event["Type"] == "SQS":
                source = event["Properties"]["Queue"]["Fn::GetAtt"][0]
                assert queues[source]["VisibilityTimeout"] >= 6 * function["Timeout"], name
                assert event["Properties"]["FunctionResponseTypes"] == ["ReportBatchItemFailures"], name


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("laptop", {"NoteStatus": [2], "StoreReadings": [2], "PlanCharging": [2], "NotePresence": [2, 2]}),
        ("small", {"NoteStatus": [10], "StoreReadings": [10], "PlanCharging": [10], "NotePresence": [10, 10]}),
        ("fleet", {"NoteStatus": [100], "StoreReadings": [100], "PlanCharging": [100], "NotePresence": [50, 50]}),
    ],
)
def test_messages_of_chargers_are_read_by_as_many_at_once_as_the_stage_has_a_size(
    product: Json, size: str, expected: dict[str, list[int]]
) -> None:
    """Two are what a laptop bears; a fleet needs more, and nobody edits a file for it."""
    found = concurrency.readers(product, size)
    assert {name: found[name] for name in expected} == expected
    assert set(found) == set(queue_functions(product)), "every reader of a queue is bounded"


def test_readers_of_queues_leave_room_for_people(product: Json) -> None:
    """All of them at their most, in an account with AWS's default of a thousand functions at once."""
    for size in product["Parameters"]["Size"]["AllowedValues"]:
        assert concurrency.warning(product, size, 1000) is None, size
    assert concurrency.warning(product, "fleet", 900)


def test_every_rule_keeps_what_it_cannot_hand_on(product: Json) -> None:
    """Rules fill queues, never functions; what fails goes where dead letters are."""
    rules = [one["TopicRulePayload"] for one in properties(product, "AWS::IoT::TopicRule").values()]
    assert len(rules) >= 11
    assert all(set(one["Actions"][0]) == set(one["ErrorAction"]) == {"Sqs"} for one in rules)
    assert {one["ErrorAction"]["Sqs"]["QueueUrl"]["Ref"] for one in rules} == {"IngestDeadLetters"}


def test_the_api_has_a_firewall_limits_and_a_log(product: Json) -> None:
    """On AWS, where the emulator has none of them."""
    resources, api = product["Resources"], product["Resources"]["RestAPI"]["Properties"]
    assert {resources[name]["Condition"] for name in ("Firewall", "FirewallOfApi", "GatewayLogs")} == {"IsOnAws"}
    assert "restapis/${RestAPI}/stages/api" in resources["FirewallOfApi"]["Properties"]["ResourceArn"]["Fn::Sub"]
    limits = {one["ResourcePath"]: one["ThrottlingRateLimit"] for one in api["MethodSettings"]}
    assert limits == {"/*": {"Ref": "RequestsPerSecond"}, "/~1v1~1auth~1code": 20}
    assert "/v1/auth/code" in api["DefinitionBody"]["paths"]
    assert api["AccessLogSetting"]["Fn::If"][0] == "IsOnAws"
    assert api["Variables"] == {"log_role": {"Fn::If": ["IsOnAws", {"Ref": "GatewayLogs"}, "none"]}}
    assert resources["GatewayLogs"]["DependsOn"] == "RestAPI"


def test_no_log_of_aws_tells_who_or_where(product: Json) -> None:
    """No address, no path with ids, no header, no body, no samples of requests."""
    log = product["Resources"]["RestAPI"]["Properties"]["AccessLogSetting"]["Fn::If"][1]["Format"]
    asked = set(re.findall(r"\$context\.([\w.]+)", log))
    assert json.loads(log).keys() >= {"request_id", "route", "status"}
    assert not {one for one in asked if one.startswith(("identity", "authorizer")) or one in {"path", "domainName"}}
    assert all(
        one["DataTraceEnabled"] is False for one in product["Resources"]["RestAPI"]["Properties"]["MethodSettings"]
    )
    assert '"SampledRequestsEnabled": true' not in json.dumps(product)


def test_what_api_gateway_says_by_itself_is_a_problem_like_ours(product: Json) -> None:
    """All its refusals have our members; codes are those that the API has anyway."""
    answers = product["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["x-amazon-apigateway-gateway-responses"]
    assert {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED", "WAF_FILTERED", "REQUEST_TOO_LARGE"} <= set(answers)
    codes = set(re.findall(r'    code = "(\w+)"', (ROOT / "chalicelib/domain/errors.py").read_text()))
    for kind, answer in answers.items():
        problem = json.loads(answer["responseTemplates"]["application/json"])
        assert {"type", "title", "status", "code", "request_id"} <= set(problem), kind
        assert problem["type"] == f"urn:zmartcharge:problem:{problem['code']}", kind
        assert problem["code"] in codes, kind
        assert answer.get("statusCode", str(problem["status"])) == str(problem["status"]), kind


@pytest.mark.parametrize("path", sorted(web_paths.PATHS))
def test_the_page_is_on_the_api_s_own_origin(product: Json, path: str) -> None:
    """Files of a bucket nobody else can read; one that is not there is refused as the API refuses."""
    condition, said, otherwise = product["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]["paths"][path][
        "Fn::If"
    ]
    read = said["get"]["x-amazon-apigateway-integration"]
    assert (condition, otherwise) == ("IsOnAws", {"Ref": "AWS::NoValue"})
    assert read["uri"]["Fn::Sub"].endswith(f"/${{WebBucket}}/{web_paths.PATHS[path]}")
    assert json.loads(read["responses"]["4\\d{2}"]["responseTemplates"]["application/json"])["code"] == "not_found"
    declared = {f"method.response.header.{name}" for name in said["get"]["responses"]["200"]["headers"]}
    assert set(read["responses"]["default"]["responseParameters"]) <= declared
    bucket = product["Resources"]["WebBucket"]["Properties"]["PublicAccessBlockConfiguration"]
    assert set(bucket.values()) == {True}


def test_somebody_is_told_of_alarms(product: Json) -> None:
    """Every alarm speaks to the topic, and whoever deploys says who listens."""
    alarms = properties(product, "AWS::CloudWatch::Alarm")
    assert all(one["AlarmActions"] == [{"Ref": "Alarms"}] for one in alarms.values())
    assert product["Resources"]["AlarmsByEmail"]["Properties"]["Endpoint"] == {"Ref": "AlarmEmail"}


def test_every_schedule_is_watched(product: Json) -> None:
    """A function that a schedule calls has an alarm that rings when nobody calls it."""
    called = {one["Target"]["Arn"]["Fn::GetAtt"][0] for one in properties(product, "AWS::Scheduler::Schedule").values()}
    watched = {
        alarm["Dimensions"][0]["Value"]["Ref"]
        for alarm in properties(product, "AWS::CloudWatch::Alarm").values()
        if alarm["MetricName"] == "Invocations" and alarm["TreatMissingData"] == "breaching"
    }
    assert called == watched


def widgets(template: Json) -> list[Json]:
    """What the dashboard shows; CloudWatch shows nothing of what it cannot read."""
    found: list[Json] = json.loads(template["Resources"]["Dashboard"]["Properties"]["DashboardBody"]["Fn::Sub"])[
        "widgets"
    ]
    return found


def test_the_dashboard_answers_what_the_business_asks(product: Json) -> None:
    """Cars not full in time, limits sent, codes used of those sent, money per charger; and all else that is counted."""
    shown = json.dumps(widgets(product))
    asked = {"GoalMissed", "SessionFinished", "LimitSent", "LimitNotSent", "CodeSent", "CodeUsed", "SessionCost"}
    assert {
        name for name in asked | {"Chargers", "SessionEnergyWh", "MessageQuarantined"} if name not in shown
    } == set()
    code = "".join(path.read_text() for path in (ROOT / "chalicelib").rglob("*.py"))
    by_words = set(re.findall(r'\b(?:count|measure)\("(\w+)", (?:.*, )?(?:reason|currency)=', code))
    assert {"MessageQuarantined", "SessionCost"} <= by_words
    assert {name for name in by_words if name not in shown} == set(), "the search for plain counts does not find them"
    assert "SEARCH('{ZmartCharge,service}'" in shown


def test_the_dashboard_s_widgets_stand_beside_each_other(product: Json) -> None:
    """CloudWatch draws one over another where they overlap; a row has 24 columns."""
    taken: set[tuple[int, int]] = set()
    for one in widgets(product):
        cells = {(x, y) for x in range(one["x"], one["x"] + one["width"]) for y in range(one["y"], one["y"] + 6)}
        assert not cells & taken, one["properties"]["title"]
        assert max(x for x, _ in cells) < 24
        taken |= cells


def test_a_dashboard_s_sums_name_only_what_the_widget_has(product: Json) -> None:
    """An expression that asks for a metric that is not there shows an error instead of a line."""
    for one in widgets(product):
        metrics = one["properties"]["metrics"]
        ids = {part["id"] for metric in metrics for part in metric if isinstance(part, dict) and "id" in part}
        sums = [part["expression"] for metric in metrics for part in metric if "expression" in part]
        used = {word for sum_ in sums if not sum_.startswith("SEARCH") for word in re.findall(r"\b[a-z]\w*", sum_)}
        assert used <= ids, one["properties"]["title"]


def compiled(packed: Path, folder: Path) -> bytes:
    """The product's part of the bundle, with bytecode, made in that folder."""
    with zipfile.ZipFile(packed) as found:
        found.extractall(folder / "tree")
    bundle.compile_tree(folder / "tree", bundle.LAPTOP)
    bundle.write_zip([folder / "tree"], folder / "bundle.zip")
    return (folder / "bundle.zip").read_bytes()


def test_the_same_sources_make_the_same_package_in_any_folder(made: tuple[Json, Path], tmp_path: Path) -> None:
    """To the byte: a change set shows what was changed and nothing else."""
    again, code = templates.run_chalice(ROOT, tmp_path / "another" / "place")
    assert json.dumps(again) == json.dumps(made[0])
    assert compiled(code, tmp_path / "one") == compiled(made[1], tmp_path / "the" / "other")


def test_the_template_fits(product: Json) -> None:
    """CloudFormation takes 500 resources and a megabyte; SAM makes some more of ours."""
    assert len(product["Resources"]) + len(templates.functions(product)) <= 400
    assert len(json.dumps(product)) <= 600_000
    assert "RestAPI" in read_overlay((ROOT / "infra").glob("*.yaml"))["Resources"]
