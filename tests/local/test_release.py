"""`./dev deploy`: shown, agreed to, looked at, undone if it does not work. S3 is moto's, CloudFormation a stand-in."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from local import artifacts, release, smoke
from local.build import Package
from local.errors import BadInputError
from local.places import ROOT
from local.release import Aws, NoAwsError, Plan, RolledBackError, SaidNoError
from local.smoke import SmokeError
from local.stack_changes import Change, ChangeFailedError, HalfDoneError, Stack
from tests import infra

QUEUE = {"Type": "AWS::SQS::Queue"}
TABLE = {
    "Type": "AWS::DynamoDB::Table",
    "Properties": {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": "a", "AttributeType": "S"}],
        "KeySchema": [{"AttributeName": "a", "KeyType": "HASH"}],
    },
}


def fine(stack: Stack, plan: Plan) -> None:
    """A smoke test that passes."""


def broken(stack: Stack, plan: Plan) -> None:
    """A smoke test that does not."""
    raise SmokeError("it smokes")


class NoStackError(ClientError):
    """What CloudFormation says of a stack that is not there."""

    def __init__(self) -> None:
        super().__init__({"Error": {"Code": "ValidationError", "Message": "Stack does not exist"}}, "DescribeStacks")


class CloudFormation:
    """One stack, changed by change sets as CloudFormation documents them; templates are read from S3."""

    def __init__(self, s3: Any) -> None:
        self._s3, self._stack, self._proposed = s3, None, dict[str, Any]()

    _stack: dict[str, Any] | None

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        """The stack, or that there is none."""
        if self._stack is None:
            raise NoStackError
        return {"Stacks": [self._stack]}

    def get_template(self, **_: Any) -> dict[str, Any]:
        """As data, as for templates in JSON."""
        assert self._stack is not None
        return {"TemplateBody": self._stack["template"]}

    def create_change_set(self, *, ChangeSetName: str, ChangeSetType: str, TemplateURL: str, **more: Any) -> None:  # noqa: N803
        """A stack that is not there is only reviewed until the change is executed."""
        assert (ChangeSetType == "CREATE") == (self._stack is None)
        bucket, key = TemplateURL.removeprefix("https://").split(".s3.")[0], TemplateURL.split(".com/")[1]
        template = json.loads(self._s3.get_object(Bucket=bucket, Key=key)["Body"].read())
        before: dict[str, Any] = (self._stack or {}).get("template", {}).get("Resources", {})
        after = template["Resources"]
        acts = dict.fromkeys(after.keys() - before.keys(), "Add") | dict.fromkeys(
            before.keys() - after.keys(), "Remove"
        )
        self._stack = self._stack or {"StackStatus": "REVIEW_IN_PROGRESS", "template": {}}
        changes = [
            {
                "ResourceChange": {
                    "Action": acts[name],
                    "LogicalResourceId": name,
                    "ResourceType": (before | after)[name]["Type"],
                }
            }
            for name in sorted(acts)
        ]
        self._proposed[ChangeSetName] = {"template": template, "Parameters": more["Parameters"], "Changes": changes}

    def describe_change_set(self, *, ChangeSetName: str, **_: Any) -> dict[str, Any]:  # noqa: N803
        """Failed, with AWS's words, if nothing would change."""
        changes = self._proposed[ChangeSetName]["Changes"]
        nothing = {
            "Status": "FAILED",
            "StatusReason": "The submitted information didn't contain changes. Submit different",
        }
        return {"Status": "CREATE_COMPLETE", "Changes": changes} if changes else nothing

    def execute_change_set(self, *, ChangeSetName: str, **_: Any) -> None:  # noqa: N803
        """At once."""
        self._stack = {"StackStatus": "UPDATE_COMPLETE", "Outputs": [], **self._proposed[ChangeSetName]}

    def delete_change_set(self, *, ChangeSetName: str, **_: Any) -> None:  # noqa: N803
        """Forgotten."""
        del self._proposed[ChangeSetName]

    def delete_stack(self, **_: Any) -> None:
        """Only ever of one that was not made."""
        assert self._stack is not None
        assert self._stack["StackStatus"] == "REVIEW_IN_PROGRESS"
        self._stack = None

    def get_paginator(self, _: str) -> Any:
        """Of one page."""
        return self

    def paginate(self, **_: Any) -> list[dict[str, Any]]:
        """The resources of the stack."""
        assert self._stack is not None
        return [
            {"StackResourceSummaries": [{"LogicalResourceId": name} for name in self._stack["template"]["Resources"]]}
        ]


class Operator:
    """Somebody who deploys small stacks to moto, and what they were told."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.told = folder, list[str]()
        self.cloudformation = CloudFormation(self.client("s3"))
        self.aws = Aws(client=self.client, account="123456789012", region=infra.REGION, is_emulator=False)

    def client(self, service: str) -> Any:
        """Moto's, or the stand-in."""
        if service == "cloudformation":
            return self.cloudformation
        return boto3.client(service, region_name=infra.REGION)  # type: ignore[call-overload]  # the stubs want a literal

    def plan(self, resources: dict[str, Any], **more: Any) -> Plan:
        """A package of nothing but these resources."""
        template = {"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources}
        for name, content in {"template.json": json.dumps(template), "bundle.zip": "b", "layer.zip": "l"}.items():
            (self.folder / name).write_text(content)
        files = {part: self.folder / f"{part}.zip" for part in ("bundle", "layer")}
        package = Package(template=self.folder / "template.json", **files, notes=())
        given: dict[str, Any] = {"stage": "test", "package": package, "parameters": {}, "is_agreed": lambda: True}
        return Plan(**given | more)

    def deploy(self, resources: dict[str, Any], look: Any = fine, **more: Any) -> None:
        """`./dev deploy test`."""
        release.release(self.aws, self.plan(resources, **more), self.told.append, look, pause_s=0)

    def there(self) -> set[str]:
        """Logical ids of what the stack has."""
        return set(Stack(self.client("cloudformation"), "zmartcharge-test").resources())


@pytest.fixture
def operator(moto: Any, tmp_path: Path) -> Iterator[Operator]:
    """An account with nothing in it."""
    moto.reset()
    yield Operator(tmp_path)
    moto.reset()


def test_what_would_change_is_shown_before_it_is_done(operator: Operator) -> None:
    """And then it is done, and looked at."""
    operator.deploy({"Letters": QUEUE})
    assert "  Add     Letters AWS::SQS::Queue" in operator.told
    assert operator.told[-1] == "the smoke test has passed"
    assert operator.there() == {"Letters"}


def test_who_says_no_has_changed_nothing(operator: Operator) -> None:
    """Not even the stack is left that the change set was for."""
    with pytest.raises(SaidNoError):
        operator.deploy({"Letters": QUEUE}, is_agreed=lambda: False)
    assert Stack(operator.client("cloudformation"), "zmartcharge-test").find() is None


def test_a_look_at_the_plan_changes_nothing(operator: Operator) -> None:
    """`--plan` asks nobody and does nothing."""
    operator.deploy({"Letters": QUEUE})
    operator.deploy({"Letters": QUEUE, "Words": QUEUE}, only_shown=True, is_agreed=lambda: 1 / 0 > 0)
    assert "  Add     Words AWS::SQS::Queue" in operator.told
    assert operator.there() == {"Letters"}


def test_a_system_that_does_not_answer_is_rolled_back(operator: Operator) -> None:
    """To template and parameters as they were, which is told."""
    operator.deploy({"Letters": QUEUE})
    with pytest.raises(RolledBackError, match="it smokes"):
        operator.deploy({"Letters": QUEUE, "Words": QUEUE}, broken)
    assert operator.there() == {"Letters"}
    assert "rolling back ..." in operator.told


def test_a_first_deployment_that_does_not_answer_is_left_to_be_looked_at(operator: Operator) -> None:
    """There is nothing to go back to, and its tables would stay anyway."""
    for _ in range(2):  # and so is one that changes nothing
        with pytest.raises(HalfDoneError, match="no other version"):
            operator.deploy({"Letters": QUEUE}, broken)
        assert operator.there() == {"Letters"}


def test_nobody_takes_tables_away_by_mistake(operator: Operator) -> None:
    """It is refused before anybody is asked, unless it is said twice."""
    operator.deploy({"Letters": QUEUE, "People": TABLE})
    with pytest.raises(BadInputError, match="take away People"):
        operator.deploy({"Letters": QUEUE}, is_agreed=lambda: 1 / 0 > 0)
    assert operator.there() == {"Letters", "People"}
    operator.deploy({"Letters": QUEUE}, may_take_away=True)
    assert operator.there() == {"Letters"}


@pytest.mark.parametrize(
    ("kind", "action", "replaced", "expected"),
    [
        ("AWS::DynamoDB::Table", "Remove", "False", True),
        ("AWS::Cognito::UserPool", "Modify", "True", True),
        ("AWS::KMS::Key", "Modify", "Conditional", True),
        ("AWS::DynamoDB::Table", "Modify", "False", False),
        ("AWS::SQS::Queue", "Remove", "False", False),
    ],
)
def test_what_is_taken_away_is_seen(kind: str, action: str, replaced: str, *, expected: bool) -> None:
    """Removed or replaced, of the kinds that hold what cannot be made again."""
    assert Change(action=action, logical_id="x", kind=kind, replaced=replaced).takes_away is expected


class Scripted:
    """CloudFormation that says what it is told to say."""

    def __init__(self, *statuses: str, reason: str = "") -> None:
        self._statuses, self._reason = iter(statuses), reason

    def describe_stacks(self, **_: Any) -> dict[str, Any]:
        """The next status."""
        return {"Stacks": [{"StackStatus": next(self._statuses), "Parameters": []}]}

    def execute_change_set(self, **_: Any) -> None:
        """Begin."""

    def describe_stack_events(self, **_: Any) -> dict[str, Any]:
        """The latest first, as CloudFormation tells them."""
        return {
            "StackEvents": [
                {"LogicalResourceId": "B", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "cancelled"},
                {"LogicalResourceId": "A", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": self._reason},
                {
                    "LogicalResourceId": "s",
                    "ResourceStatus": "UPDATE_IN_PROGRESS",
                    "ResourceStatusReason": "User Initiated",
                },
                {"LogicalResourceId": "C", "ResourceStatus": "CREATE_FAILED", "ResourceStatusReason": "long ago"},
            ]
        }


def test_what_cloudformation_undid_is_told_with_its_reason() -> None:
    """The first failure of this change; not those that followed from it, nor those of an earlier one."""
    api = Scripted("UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_COMPLETE", reason="no room")
    with pytest.raises(ChangeFailedError, match=r"undone the change: A: no room$"):
        Stack(api, "s", pause_s=0).execute("c", lambda _: None)


def test_what_could_not_be_undone_needs_somebody() -> None:
    """Neither the old nor the new."""
    with pytest.raises(HalfDoneError, match="UPDATE_ROLLBACK_FAILED"):
        Stack(Scripted("UPDATE_ROLLBACK_FAILED"), "s", pause_s=0).execute("c", lambda _: None)


def test_a_stack_that_is_changing_is_left_alone() -> None:
    """Two people do not deploy at once."""
    with pytest.raises(ChangeFailedError, match="UPDATE_IN_PROGRESS"):
        Stack(Scripted("UPDATE_IN_PROGRESS"), "s").before()


def test_equal_packages_are_stored_once(operator: Operator) -> None:
    """So that a second deployment of the same sources has nothing to change."""
    store = artifacts.Artifacts(operator.client("s3"), "123456789012", infra.REGION)
    store.make_bucket()
    store.make_bucket()
    package = operator.plan({"Letters": QUEUE}).package
    assert store.put_package(package) == store.put_package(package)


def test_a_page_can_be_put_back(operator: Operator) -> None:
    """File by file to the versions that were there; what was new goes."""
    s3 = operator.client("s3")
    s3.create_bucket(Bucket="page", CreateBucketConfiguration={"LocationConstraint": infra.REGION})
    s3.put_bucket_versioning(Bucket="page", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="page", Key="index.html", Body=b"old")
    before = artifacts.put_page(s3, "page")
    found = s3.get_object(Bucket="page", Key="main.js")
    assert (found["ContentType"], found["CacheControl"]) == ("text/javascript; charset=utf-8", "no-cache")
    artifacts.restore_page(s3, "page", before)
    assert s3.get_object(Bucket="page", Key="index.html")["Body"].read() == b"old"
    assert [one["Key"] for one in s3.list_objects_v2(Bucket="page")["Contents"]] == ["index.html"]


def test_the_page_is_complete_and_has_no_sources() -> None:
    """What a browser asks for; not the notes of those who write it."""
    names = {name for name, _, _ in artifacts.page_files()}
    assert {"index.html", "docs.html", "main.js", "sw.js", "manifest.webmanifest", "vendor/preact.js"} <= names
    assert not {name for name in names if name.endswith((".md", ".d.ts", ".LICENSE"))}


def test_credentials_that_are_not_there_are_asked_for(tmp_path: Path) -> None:
    """In one sentence, with what to do; nothing is packaged before."""
    own = {"PATH": "/usr/bin", "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"}
    command = [sys.executable, "-m", "local.release", "prod", "--yes"]
    done = subprocess.run(command, cwd=ROOT, env=own, text=True, capture_output=True, check=False)
    assert (done.returncode, done.stdout) == (release.NO_AWS, "")
    assert "AWS_PROFILE" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_account_that_does_not_answer_is_none(moto: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever keeps AWS from saying who we are ends in one sentence."""
    monkeypatch.setattr(release, "PATIENCE", Config(retries={"total_max_attempts": 1}))
    with pytest.raises(NoAwsError, match="sign in"):
        release.connect("no-such-region", "http://127.0.0.1:9")


def test_every_way_to_end_has_a_code_of_its_own() -> None:
    """As `--help` tells them."""
    codes = list(release._CODES.values())
    assert len(set(codes)) == len(codes)
    assert all(f"{code} " in release.EXITS for code in (0, *codes))


class Answering:
    """Functions that answer, but for those named."""

    def __init__(self, *failing: str) -> None:
        self.failing = failing

    def invoke(self, *, FunctionName: str, Payload: bytes) -> dict[str, Any]:  # noqa: N803 - the client's words
        """As the client does."""
        return {"FunctionError": "Unhandled", "Payload": Said()} if FunctionName in self.failing else {}


class Said:
    """What a function ended with."""

    def read(self) -> bytes:
        """The error."""
        return b"no module"


def test_a_function_that_fails_or_an_api_that_is_silent_is_found() -> None:
    """After some patience; the complaint names both."""
    template = {
        "Resources": {"Reader": {"Type": "AWS::Serverless::Function", "Properties": {"Events": {"e": {"Type": "SQS"}}}}}
    }
    waited: list[float] = []
    with pytest.raises(SmokeError, match=r"does not answer.*Reader fails: no module") as told:
        smoke.require_answers(
            "http://127.0.0.1:9", Answering("r-1"), template, {"Reader": "r-1"}, with_page=False, wait=waited.append
        )
    assert "v1/health" in str(told.value)
    assert waited
