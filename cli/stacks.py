"""Deployed stacks, for an operator's own commands."""

import re
from collections.abc import Mapping
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown

_OUTPUT: Final = "Variable"
_NEW_WORD: Final = re.compile(r"(?<!^)(?=[A-Z])")


def variables(outputs: Mapping[str, str]) -> dict[str, str]:
    """The environment that the outputs of a stack tell: VariablePricesTable is PRICES_TABLE (local/variables.py)."""
    told = {name.removeprefix(_OUTPUT): value for name, value in outputs.items() if name.startswith(_OUTPUT)}
    return {_NEW_WORD.sub("_", name).upper(): value for name, value in told.items()}


def environment(stack: str) -> dict[str, str]:
    """All variables of a stack's functions; DependencyDown if there is no such stack."""
    try:
        [found] = client("cloudformation").describe_stacks(StackName=stack)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown(f"no answer from the stack {stack}") from error
    return variables({one["OutputKey"]: one["OutputValue"] for one in found.get("Outputs", [])})
