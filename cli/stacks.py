"""Deployed stacks, for an operator's own commands."""

from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.aws import client
from chalicelib.domain.errors import DependencyDown


def function_environment(stack: str, function: str) -> dict[str, str]:
    """The variables that the template gives a function, by its logical id; DependencyDown if there is no such stack."""
    try:
        found = client("cloudformation").describe_stack_resource(StackName=stack, LogicalResourceId=function)
        name = found["StackResourceDetail"]["PhysicalResourceId"]
        configuration = client("lambda").get_function_configuration(FunctionName=name)
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown(f"no answer from the stack {stack}") from error
    return dict(configuration.get("Environment", {}).get("Variables", {}))
