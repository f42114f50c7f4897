"""Which function is given which environment variable: Lambda takes at most 4 KB of them, and nobody needs them all.

infra/*.yaml names a variable once, under Globals. A variable that names a resource goes to the functions whose role may
use it (a queue: may send to it), so that the role alone decides; any other goes to all. What only some may have stands
at those functions. People who run the system find all variables among the outputs of the stack.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from local.errors import BuildError

MOST_BYTES: Final = 4096
"""What Lambda takes: names and values of all variables of a function."""
_OUTPUT: Final = "Variable"
_LONGEST_STACK: Final = "zmartcharge-" + "s" * 16
_LONGEST_REGION: Final = "ap-southeast-2"
_SUFFIX: Final = 13
"""So many characters CloudFormation appends to the names that it makes."""
_FORMS: Final = {
    "AWS::SQS::Queue": "https://sqs.{region}.amazonaws.com/123456789012/{stack}-{name}-{suffix}",
    "AWS::SecretsManager::Secret": "arn:aws:secretsmanager:{region}:123456789012:secret:{name}-{suffix}-abcdef",
    "AWS::IAM::Role": "arn:aws:iam::123456789012:role/{stack}-{name}-{suffix}",
    "AWS::Cognito::UserPool": "{region}_abcdefghi",
    "AWS::Cognito::UserPoolClient": "abcdefghijklmnopqrstuvwxyz",
    "AWS::DynamoDB::Table": "{stack}-{name}-{suffix}",
    "AWS::Serverless::Function": "{stack}-{name}-{suffix}",
    "AWS::IoT::Policy": "{name}-{suffix}",
}
_PARAMETER: Final = "p" * 64
_NAMED: Final = re.compile(r"\$\{(\w+)[.}]")
Json = dict[str, Any]


def output_of(variable: str) -> str:
    """The name of the output that tells `variable`: PRICES_TABLE is VariablePricesTable."""
    return _OUTPUT + "".join(word.capitalize() for word in variable.split("_"))


def named(value: object) -> set[str]:
    """Logical ids that a value refers to."""
    if isinstance(value, list):
        return set[str]().union(*map(named, value))
    if not isinstance(value, dict):
        return set()
    if "Ref" in value:
        return {str(value["Ref"])}
    if "Fn::GetAtt" in value:
        found = value["Fn::GetAtt"]
        return {found[0] if isinstance(found, list) else str(found).split(".")[0]}
    if "Fn::Sub" in value:
        return set(_NAMED.findall(json.dumps(value["Fn::Sub"])))
    return set[str]().union(*map(named, value.values()))


def statements(template: Json, function: str) -> Iterator[Json]:
    """What the policies of a function's role say, one statement after the other."""
    roles = named(template["Resources"][function]["Properties"].get("Role", {}))
    for resource in template["Resources"].values():
        said = resource.get("Properties", {})
        if resource["Type"] == "AWS::IAM::Policy" and named(said.get("Roles", [])) & roles:
            yield from said["PolicyDocument"]["Statement"]


def _actions(statement: Json) -> set[str]:
    found = statement["Action"]
    return {found} if isinstance(found, str) else set(found)


def _usable(template: Json, function: str) -> set[str]:
    """Logical ids of what the function may use; of a queue that it may send to."""
    found: set[str] = set()
    for statement in statements(template, function):
        for name in named(statement["Resource"]):
            is_queue = template["Resources"].get(name, {}).get("Type") == "AWS::SQS::Queue"
            if not is_queue or "sqs:SendMessage" in _actions(statement):
                found.add(name)
    return found


def hand_out(template: Json) -> None:
    """Move the variables of Globals to the functions that may use them, and tell all of them as outputs."""
    resources, common = template["Resources"], template.get("Globals", {}).get("Function", {})
    shared: Json = common.pop("Environment", {}).get("Variables", {})
    functions = [name for name, one in resources.items() if one["Type"] == "AWS::Serverless::Function"]
    told = dict(shared)
    for function in functions:
        usable = _usable(template, function)
        own = resources[function]["Properties"].setdefault("Environment", {}).setdefault("Variables", {})
        told |= own
        for name, value in shared.items():
            needed = named(value) & resources.keys()
            if needed <= usable:
                own.setdefault(name, value)
    outputs = template.setdefault("Outputs", {})
    outputs |= {output_of(name): {"Value": value} for name, value in sorted(told.items())}


def largest_bytes(template: Json, function: str, stack: str = _LONGEST_STACK) -> int:
    """Bytes of a function's variables, where every resource has a name as long as AWS gives it in that stack."""
    own = template["Resources"][function]["Properties"]["Environment"]["Variables"]
    return sum(len(name) + _length(template, value, stack) for name, value in own.items())


def require_small(template: Json) -> None:
    """BuildError for a function that Lambda would not take because of its variables."""
    for name, one in template["Resources"].items():
        if one["Type"] == "AWS::Serverless::Function" and (size := largest_bytes(template, name)) > MOST_BYTES:
            raise BuildError(f"the variables of {name} have {size} bytes, Lambda takes {MOST_BYTES}")


def _length(template: Json, value: object, stack: str) -> int:
    if isinstance(value, dict) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return sum(_length(template, part, stack) + len(separator) for part in parts)
    if not isinstance(value, dict):
        return len(str(value))
    [name] = named(value)
    form = _FORMS.get(template["Resources"].get(name, {}).get("Type", ""), _PARAMETER)
    return len(form.format(region=_LONGEST_REGION, stack=stack, name=name, suffix="x" * _SUFFIX))
