"""Changing a stack of CloudFormation by change sets: proposed, shown, executed, waited for; and put back as it was."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from botocore.exceptions import ClientError

from local.errors import LocalError

CAPABILITIES: Final = ("CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND")
STATEFUL: Final = frozenset(
    {
        "AWS::Cognito::UserPool",
        "AWS::Cognito::UserPoolClient",
        "AWS::DynamoDB::Table",
        "AWS::KMS::Key",
        "AWS::S3::Bucket",
        "AWS::SecretsManager::Secret",
    }
)
"""Whoever removes or replaces one of these takes something away from people."""
_SETTLED: Final = ("CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE", "IMPORT_COMPLETE")
_NOTHING: Final = ("didn't contain changes", "No updates are to be performed")
Say = Callable[[str], None]


class ChangeFailedError(LocalError):
    """CloudFormation refused the change, or undid it: all is as it was before."""


class HalfDoneError(LocalError):
    """The stack is neither as it was nor as it should be; somebody must look."""


@dataclass(frozen=True, kw_only=True)
class Change:
    """What would happen to one resource."""

    action: str
    logical_id: str
    kind: str
    replaced: str

    @property
    def takes_away(self) -> bool:
        """Whether something that cannot be made again would be removed or replaced."""
        return self.kind in STATEFUL and (self.action == "Remove" or self.replaced in {"True", "Conditional"})

    def __str__(self) -> str:
        replaced = {"True": " (REPLACED)", "Conditional": " (perhaps replaced)"}.get(self.replaced, "")
        return f"{self.action:8}{self.logical_id} {self.kind}{replaced}"


@dataclass(frozen=True, kw_only=True)
class Before:
    """What a stack was made of before a change."""

    template: str
    parameters: Mapping[str, str]


class Stack:
    """One stack by its name; `pause_s` is how long to wait between two looks."""

    def __init__(self, cloudformation: Any, name: str, *, patience_s: float = 3600, pause_s: float = 3) -> None:
        self._api, self.name, self._patience_s, self._pause_s = cloudformation, name, patience_s, pause_s

    def find(self) -> dict[str, Any] | None:
        """What CloudFormation says of it; None if there is none, or only a proposal to make one."""
        try:
            [found] = self._api.describe_stacks(StackName=self.name)["Stacks"]
        except ClientError as error:
            if "does not exist" in error.response["Error"]["Message"]:
                return None
            raise
        return None if found["StackStatus"] == "REVIEW_IN_PROGRESS" else dict(found)

    def outputs(self) -> dict[str, str]:
        """What the stack gives out."""
        found = self.find() or {}
        return {one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])}

    def before(self) -> Before | None:
        """Template and parameters as they are now; None if there is no stack. ChangeFailedError while it changes."""
        found = self.find()
        if found is None:
            return None
        if found["StackStatus"] not in _SETTLED:
            raise ChangeFailedError(
                f"{self.name} is {found['StackStatus']}: wait until that has ended, or see docs/runbook.md."
            )
        body = self._api.get_template(StackName=self.name, TemplateStage="Original")["TemplateBody"]
        return Before(
            template=body if isinstance(body, str) else json.dumps(body),
            parameters={one["ParameterKey"]: one["ParameterValue"] for one in found.get("Parameters", [])},
        )

    def propose(self, change_set: str, template_url: str, parameters: Mapping[str, str]) -> list[Change]:
        """Make a change set; its changes, none (and no change set) when the stack is already so."""
        self._api.create_change_set(
            StackName=self.name,
            ChangeSetName=change_set,
            ChangeSetType="UPDATE" if self.find() else "CREATE",
            TemplateURL=template_url,
            Capabilities=list(CAPABILITIES),
            Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()],
        )
        status, reason = self._wait_for_proposal(change_set)
        if status == "FAILED":
            self.withdraw(change_set)
            if any(words in reason for words in _NOTHING):
                return []
            raise ChangeFailedError(f"CloudFormation refuses the change: {reason}")
        return list(self._changes(change_set))

    def withdraw(self, change_set: str) -> None:
        """Forget a change set, and the stack that was only proposed."""
        self._api.delete_change_set(StackName=self.name, ChangeSetName=change_set)
        if self.find() is None:
            self._api.delete_stack(StackName=self.name)

    def execute(self, change_set: str, say: Say) -> None:
        """Do it and wait; ChangeFailedError when CloudFormation has undone it, HalfDoneError when it could not."""
        self._api.execute_change_set(StackName=self.name, ChangeSetName=change_set)
        deadline, last = time.monotonic() + self._patience_s, ""
        while time.monotonic() < deadline:
            [found] = self._api.describe_stacks(StackName=self.name)["Stacks"]
            status = found["StackStatus"]
            if status != last:
                say(f"{self.name}: {status}")
                last = status
            if not status.endswith("_IN_PROGRESS"):
                self._judge(status)
                return
            time.sleep(self._pause_s)
        raise HalfDoneError(f"{self.name} is still {last} after {self._patience_s / 60:.0f} minutes.")

    def resources(self) -> dict[str, str]:
        """Physical names by logical id."""
        pages = self._api.get_paginator("list_stack_resources").paginate(StackName=self.name)
        found = [one for page in pages for one in page["StackResourceSummaries"]]
        return {one["LogicalResourceId"]: one.get("PhysicalResourceId", "") for one in found}

    def _judge(self, status: str) -> None:
        if status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
            return
        reason = "; ".join(self._reasons()) or "no reason given"
        if status in {"UPDATE_ROLLBACK_COMPLETE", "ROLLBACK_COMPLETE"}:
            raise ChangeFailedError(f"CloudFormation has undone the change: {reason}")
        raise HalfDoneError(f"{self.name} is {status}: {reason}")

    def _reasons(self) -> list[str]:
        """Why the latest change failed, the first failures first; others are only cancelled because of them."""
        told: list[str] = []
        for event in self._api.describe_stack_events(StackName=self.name)["StackEvents"]:
            reason = event.get("ResourceStatusReason", "")
            if event["LogicalResourceId"] == self.name and reason == "User Initiated":
                break
            if event["ResourceStatus"].endswith("_FAILED") and "cancelled" not in reason:
                told.append(f"{event['LogicalResourceId']}: {reason or 'no reason given'}")
        return list(reversed(told))[:3]

    def _wait_for_proposal(self, change_set: str) -> tuple[str, str]:
        deadline = time.monotonic() + self._patience_s
        while time.monotonic() < deadline:
            found = self._api.describe_change_set(StackName=self.name, ChangeSetName=change_set)
            if found["Status"] not in {"CREATE_PENDING", "CREATE_IN_PROGRESS"}:
                return found["Status"], found.get("StatusReason", "")
            time.sleep(self._pause_s)
        raise ChangeFailedError("CloudFormation does not say what would change.")

    def _changes(self, change_set: str) -> Iterator[Change]:
        more: dict[str, str] = {}
        while True:
            page = self._api.describe_change_set(StackName=self.name, ChangeSetName=change_set, **more)
            for one in (change["ResourceChange"] for change in page.get("Changes", [])):
                yield Change(
                    action=one["Action"],
                    logical_id=one["LogicalResourceId"],
                    kind=one["ResourceType"],
                    replaced=str(one.get("Replacement", "False")),
                )
            if not page.get("NextToken"):
                return
            more = {"NextToken": page["NextToken"]}
