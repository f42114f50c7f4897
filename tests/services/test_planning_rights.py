"""The functions that plan may do in the store what planning does there; moto asks nobody, so the template is asked."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from moto.dynamodb.responses import DynamoHandler

from chalicelib.domain.accounts import Account
from chalicelib.domain.sessions import SessionGoal
from chalicelib.services import charging_plans, plan_rounds, session_goals
from tests import infra
from tests.energy_cloud import a_night, sites_to_plan
from tests.identity import People
from tests.services.test_replanning import NO5, START, beside, publish, wants, work_off

MEMBERS = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem"}
Right = tuple[str, str]
"""An action of the store, and the table (or index) that it is for."""


@pytest.fixture
def owner(people: People) -> Account:
    """Who lives there."""
    return people.account("+4790000001")


@pytest.fixture
def used(moto: Any, monkeypatch: pytest.MonkeyPatch) -> set[Right]:
    """The rights that the calls to the store need from now on."""
    seen: set[Right] = set()
    served = DynamoHandler.call_action

    def noting(handler: DynamoHandler) -> Any:
        seen.update(needed(str(handler.headers["X-Amz-Target"]).split(".")[1], json.loads(handler.body)))
        return served(handler)

    monkeypatch.setattr(DynamoHandler, "call_action", noting)
    return seen


def needed(action: str, body: dict[str, Any]) -> Iterator[Right]:
    """What a call needs; a transaction needs what each of its parts does."""
    if action == "TransactWriteItems":
        yield from ((MEMBERS[name], part["TableName"]) for item in body["TransactItems"] for name, part in item.items())
    elif action == "BatchGetItem":
        yield from ((action, table) for table in body["RequestItems"])
    else:
        index = f"/index/{body['IndexName']}" if "IndexName" in body else ""
        yield action, body["TableName"] + index


def granted(role: str) -> set[Right]:
    """What the policies of infra/*.yaml let a role do in the store."""
    found: set[Right] = set()
    for resource in infra.resources().values():
        properties = resource.get("Properties", {})
        if resource.get("Type") != "AWS::IAM::Policy" or {"Ref": role} not in properties["Roles"]:
            continue
        for statement in properties["PolicyDocument"]["Statement"]:
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            targets = statement["Resource"] if isinstance(statement["Resource"], list) else [statement["Resource"]]
            names = [name(target) for target in targets]
            found |= {(one.removeprefix("dynamodb:"), target) for one in actions for target in names if ":" in one}
    return found


def name(target: Any) -> str:
    """The logical id that an ARN in the template is made of, with its index."""
    if isinstance(target, dict) and "Fn::GetAtt" in target:
        logical_id = target["Fn::GetAtt"]
        return str(logical_id[0] if isinstance(logical_id, list) else logical_id.split(".")[0])
    text = target["Fn::Sub"] if isinstance(target, dict) and "Fn::Sub" in target else ""
    return str(text).replace("${", "").replace(".Arn}", "")


def test_both_functions_that_plan_may_do_all_that_planning_does(
    owner: Account, monkeypatch: pytest.MonkeyPatch, used: set[Right]
) -> None:
    """Two cars of one site, with a goal and without, new prices, a new day and a repeat."""
    night = a_night(owner, START, monkeypatch)
    other = beside(night, "ZC-00000002")
    wants(night, 20_000)
    other.plug_in(30_000)
    used.clear()
    for cause_id in ("one", "one", "two"):
        charging_plans.plan(night.charger_id, night.now, "goal", cause_id)
    session = SessionGoal(energy_wh=9_000)
    before = set(used)
    session_goals.set_goal(owner, night.charger_id, session, night.now)
    used.clear()
    charging_plans.plan(night.charger_id, night.now, "goal", "three")
    work_off(*publish(night.now))
    planning = before | used
    assert {("ConditionCheckItem", "ChargersTable"), ("UpdateItem", "SitesTable")} <= planning
    assert planning - granted("PlanChargingRole") == set()
    used.clear()
    plan_rounds.begin([NO5], "new_day", "2026-02-11")
    sites_to_plan()
    assert ("Query", "SessionsTable/index/active_sites") in used
    assert (planning | used) - granted("PlanSitesRole") == set()
