"""What each function may do and is told: what its code can reach, and nothing else."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

import pytest

from local import template as templates
from local import variables
from tests import reach

Json = dict[str, Any]
ADMITS_NO_RESOURCE: Final = {
    "iot:CreateCertificateFromCsr": "a certificate has no name before it is made",
    "sns:Publish": "a phone number has no ARN",
}
"""Actions that are allowed on everything, because AWS knows no narrower way to allow them."""
FOR_ALL: Final = {
    "CLOCK": "all functions live at the same time, also those that ask for it tomorrow",
    "POWERTOOLS_LOG_LEVEL": "Powertools reads it",
}
OTHER_NAMES: Final = {"lambda:invoke_function": {"lambda:invoke"}}
"""Rights that are not called as the operations of the client are."""


class Right(NamedTuple):
    """One action on one resource."""

    service: str
    action: str
    resource: Any

    @property
    def target(self) -> str:
        """The logical id of the resource; empty if it is not one of the template's."""
        return next(iter(variables.named(self.resource)), "")


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def rights(template: Json, function: str) -> Iterator[Right]:
    """All that the role of a function allows."""
    for statement in variables.statements(template, function):
        for action in _list(statement["Action"]):
            service, name = action.split(":")
            yield from (Right(service, name, one) for one in _list(statement["Resource"]))


def snake(words: str) -> str:
    """`GetItem` as `get_item`."""
    return re.sub(r"(?<!^)(?=[A-Z])", "_", words).lower()


def own_queues(template: Json, function: str) -> set[str]:
    """Queues whose messages Lambda hands to the function, by its rights."""
    events = template["Resources"][function]["Properties"].get("Events", {}).values()
    return {name for one in events if one["Type"] == "SQS" for name in variables.named(one["Properties"]["Queue"])}


def is_used(right: Right, found: reach.Reached, queues: set[str]) -> bool:
    """Whether the code can reach what the right allows."""
    if right.service == "dynamodb":
        return (snake(right.target.removesuffix("Table")), right.action) in found.store
    if right.service == "secretsmanager":
        return f"{snake(right.target)}_arn" in found.settings
    if right.service == "sqs" and right.action in {"SendMessage", "SendMessageBatch"}:  # the second: the emulator's own
        return f"{snake(right.target)}_url" in found.settings
    if right.service == "sqs" and right.target in queues:
        return right.action in {"ReceiveMessage", "DeleteMessage", "GetQueueAttributes"}
    called = f"{right.service}:{snake(right.action)}"
    same = {called, called.replace("iot:", "iot-data:")} | OTHER_NAMES.get(called, set())
    return bool(same & found.calls)


def test_no_function_may_do_what_its_code_never_does(product: Json) -> None:
    """Every action on every resource of every role is one that the function's code can reach."""
    unused = [
        f"{function}: {right.service}:{right.action} on {right.resource}"
        for function, properties in templates.functions(product).items()
        for right in rights(product, function)
        if not is_used(right, reach.of_function(properties["Handler"]), own_queues(product, function))
    ]
    assert unused == []


def test_rights_are_on_named_resources(product: Json) -> None:
    """No `*` but for actions that admit no resource; indexes are only read; nobody is allowed all of a service."""
    found = [right for function in templates.functions(product) for right in rights(product, function)]
    everywhere = {f"{right.service}:{right.action}" for right in found if right.resource == "*"}
    assert everywhere == set(ADMITS_NO_RESOURCE)
    assert not [right for right in found if "*" in right.action]
    assert {right.action for right in found if "/index/" in str(right.resource)} == {"Query"}


def test_operators_and_rules_have_named_resources_too(product: Json) -> None:
    """Policies that are attached to people, and roles that services take on."""
    documents = [
        policy["PolicyDocument"]
        for resource in product["Resources"].values()
        for policy in resource.get("Properties", {}).get("Policies", [])
    ]
    documents += [
        resource["Properties"]["PolicyDocument"]
        for resource in product["Resources"].values()
        if resource["Type"] == "AWS::IAM::ManagedPolicy"
    ]
    assert len(documents) > len(templates.functions(product))
    stated = [statement for document in documents for statement in document["Statement"]]
    everywhere = {action for one in stated if "*" in _list(one["Resource"]) for action in _list(one["Action"])}
    assert everywhere <= set(ADMITS_NO_RESOURCE)


def test_every_function_has_a_role_and_a_log_of_its_own(product: Json) -> None:
    """No function has another's rights, writes into another's log, or may do anything else with logs."""
    functions = templates.functions(product)
    roles = {name: one["Role"]["Fn::GetAtt"][0] for name, one in functions.items()}
    assert len(set(roles.values())) == len(functions)
    for name, role in roles.items():
        [policy] = product["Resources"][role]["Properties"]["Policies"]
        [statement] = policy["PolicyDocument"]["Statement"]
        assert statement["Resource"] == {"Fn::GetAtt": [f"{name}Log", "Arn"]}
        assert functions[name]["LoggingConfig"]["LogGroup"] == {"Ref": f"{name}Log"}
        assert product["Resources"][f"{name}Log"]["Properties"]["RetentionInDays"] <= 30


def test_no_function_is_told_what_its_code_never_asks_for(product: Json) -> None:
    """Variables are those of settings and tables that the code can reach."""
    unused = {}
    for function, properties in templates.functions(product).items():
        found = reach.of_function(properties["Handler"])
        asked = {name.upper() for name in found.settings} | {f"{name.upper()}_TABLE" for name in found.tables}
        unused[function] = set(properties["Environment"]["Variables"]) - asked - set(FOR_ALL)
    assert {function: names for function, names in unused.items() if names} == {}


def test_the_variables_of_every_function_fit(product: Json) -> None:
    """Lambda takes 4 KB; names are as long as AWS makes them, and there is room for a quarter more."""
    sizes = {name: variables.largest_bytes(product, name) for name in templates.functions(product)}
    assert max(sizes.values()) <= variables.MOST_BYTES * 0.85
    assert sizes["APIHandler"] == max(sizes.values())


def test_who_runs_the_system_finds_every_variable(product: Json) -> None:
    """All that functions are told is among the outputs, at most 200 of them, for `zmart --stage`."""
    told = {name for one in templates.functions(product).values() for name in one["Environment"]["Variables"]}
    assert {variables.output_of(name) for name in told} <= set(product["Outputs"])
    assert len(product["Outputs"]) <= 200


@pytest.mark.parametrize(
    ("code", "given", "expected"),
    [
        pytest.param({"Ref": "Letters"}, ["sqs:SendMessage"], True, id="may send to the queue"),
        pytest.param({"Ref": "Letters"}, ["sqs:ReceiveMessage"], False, id="only reads it"),
        pytest.param({"Ref": "Choice"}, ["sqs:ReceiveMessage"], True, id="a choice is everybody's"),
    ],
)
def test_a_variable_goes_to_those_who_may_use_its_resource(code: Json, given: list[str], *, expected: bool) -> None:
    """The role alone decides."""
    policy = {
        "Roles": [{"Ref": "TickRole"}],
        "PolicyDocument": {"Statement": [{"Action": given, "Resource": {"Fn::GetAtt": ["Letters", "Arn"]}}]},
    }
    template: Json = {
        "Globals": {"Function": {"Environment": {"Variables": {"LETTERS_QUEUE_URL": code}}}},
        "Resources": {
            "Letters": {"Type": "AWS::SQS::Queue"},
            "Policy": {"Type": "AWS::IAM::Policy", "Properties": policy},
            "Tick": {"Type": "AWS::Serverless::Function", "Properties": {"Role": {"Fn::GetAtt": ["TickRole", "Arn"]}}},
        },
    }
    variables.hand_out(template)
    given_to = template["Resources"]["Tick"]["Properties"]["Environment"]["Variables"]
    assert ("LETTERS_QUEUE_URL" in given_to) is expected
    assert template["Outputs"]["VariableLettersQueueUrl"] == {"Value": code}
