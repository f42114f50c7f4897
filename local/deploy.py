"""Creates the stack on the emulator from the packaged template, and does visibly what the emulator leaves out."""

import json
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.request import urlopen

from local.aws import Aws
from local.build import LAYER, Package
from local.emulator import Emulator
from local.errors import DeployError
from local.places import REGION

_BUCKET, _STACK, _PATIENCE_S = "deployments", "zmartcharge", 60.0
_PARALLEL_COLD_STARTS = 3
_CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"]
NOTHING = {"Records": [{"messageId": "warm", "body": "", "eventSource": "aws:sqs", "attributes": {}}]}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """A deployed system: what the template gives out, and the physical name of every resource by its logical id."""

    template: dict[str, Any]
    template_url: str
    outputs: dict[str, str]
    resources: dict[str, str]
    api_url: str

    def logical_ids(self, kind: str) -> list[str]:
        """All resources of one CloudFormation type, by logical id."""
        return [name for name, resource in self.template["Resources"].items() if resource["Type"] == kind]


def create_stack(emulator: Emulator, aws: Aws, package: Package, parameters: Mapping[str, str]) -> Stack:
    """Upload, create, wait; DeployError with the resource and the reason when a resource cannot be made."""
    s3, cloudformation = aws.client("s3"), aws.client("cloudformation")
    template = package.read_template()
    s3.create_bucket(Bucket=_BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})
    s3.put_object(Bucket=_BUCKET, Key="bundle.zip", Body=package.bundle.read_bytes())
    s3.put_object(Bucket=_BUCKET, Key=LAYER, Body=package.layer.read_bytes())
    body = json.dumps(template).replace("./deployment.zip", f"s3://{_BUCKET}/bundle.zip")
    body = body.replace(f"./{LAYER}", f"s3://{_BUCKET}/{LAYER}")
    s3.put_object(Bucket=_BUCKET, Key="template.json", Body=body.encode())
    known = {name: value for name, value in parameters.items() if name in template["Parameters"]}
    template_url = f"{emulator.url}/{_BUCKET}/template.json"
    cloudformation.create_stack(
        StackName=_STACK,
        TemplateURL=template_url,
        Capabilities=_CAPABILITIES,
        Parameters=[{"ParameterKey": name, "ParameterValue": value} for name, value in known.items()],
    )
    outputs = _wait_for_outputs(cloudformation, "CREATE")
    pages = cloudformation.get_paginator("list_stack_resources").paginate(StackName=_STACK)
    found = [resource for page in pages for resource in page["StackResourceSummaries"]]
    return Stack(
        template=template,
        template_url=template_url,
        outputs=outputs,
        resources={resource["LogicalResourceId"]: resource["PhysicalResourceId"] for resource in found},
        api_url=f"{emulator.url}/_aws/execute-api/{outputs['RestAPIId']}/api",
    )


def set_clock(aws: Aws, stack: Stack, setting: str) -> None:
    """Tell all functions the product's clock, by an update of the stack that leaves everything else as it is."""
    cloudformation = aws.client("cloudformation")
    kept = [
        {"ParameterKey": name, "UsePreviousValue": True} for name in stack.template["Parameters"] if name != "Clock"
    ]
    cloudformation.update_stack(
        StackName=_STACK,
        TemplateURL=stack.template_url,
        Capabilities=_CAPABILITIES,
        Parameters=[{"ParameterKey": "Clock", "ParameterValue": setting}, *kept],
    )
    _wait_for_outputs(cloudformation, "UPDATE")


def _wait_for_outputs(cloudformation: Any, doing: str) -> dict[str, str]:
    deadline = time.monotonic() + _PATIENCE_S
    while time.monotonic() < deadline:
        stack = cloudformation.describe_stacks(StackName=_STACK)["Stacks"][0]
        if stack["StackStatus"] == f"{doing}_COMPLETE":
            return {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
        if not stack["StackStatus"].endswith("_IN_PROGRESS"):
            raise DeployError(f"The stack is {stack['StackStatus']}: {_first_failure(cloudformation)}")
        time.sleep(0.1)
    raise DeployError(f"The stack was not ready within {_PATIENCE_S:.0f} s.")


def _first_failure(cloudformation: Any) -> str:
    events = cloudformation.describe_stack_events(StackName=_STACK)["StackEvents"]
    failed = [event for event in reversed(events) if event["ResourceStatus"].endswith("CREATE_FAILED")]
    told = [f"{event['LogicalResourceId']}: {event.get('ResourceStatusReason', 'no reason given')}" for event in failed]
    return "; ".join(told[:3]) or "no reason given"


def switch_on_time_to_live(aws: Aws, stack: Stack) -> None:
    """The emulator ignores the property in the template, but knows the call (it then expires by the real clock)."""
    for name in stack.logical_ids("AWS::DynamoDB::Table"):
        wanted = stack.template["Resources"][name]["Properties"].get("TimeToLiveSpecification")
        if wanted:
            aws.client("dynamodb").update_time_to_live(TableName=stack.resources[name], TimeToLiveSpecification=wanted)


def put_gateway_responses(aws: Aws, stack: Stack) -> None:
    """The emulator reads the API's own error answers from calls, not from the API's document as AWS does."""
    gateway = aws.client("apigateway")
    document = stack.template["Resources"]["RestAPI"]["Properties"]["DefinitionBody"]
    api_id, stage = stack.outputs["RestAPIId"], stack.template["Resources"]["RestAPI"]["Properties"]["StageName"]
    for kind, answer in document.get("x-amazon-apigateway-gateway-responses", {}).items():
        gateway.put_gateway_response(restApiId=api_id, responseType=kind, **answer)
    gateway.create_deployment(restApiId=api_id, stageName=stage)


def queue_functions(template: dict[str, Any]) -> list[str]:
    """Logical ids of the functions that read queues."""
    functions = (
        (name, item) for name, item in template["Resources"].items() if item["Type"] == "AWS::Serverless::Function"
    )
    return [
        name
        for name, item in functions
        if any(event["Type"] == "SQS" for event in item["Properties"].get("Events", {}).values())
    ]


def invoke(aws: Aws, stack: Stack, function: str, event: object) -> str | None:
    """Call a function by its logical id and wait; the error it ended with or why it was not called, or None."""
    client = aws.client("lambda")
    try:
        answer = client.invoke(FunctionName=stack.resources[function], Payload=json.dumps(event).encode())
    except client.exceptions.TooManyRequestsException as error:
        return str(error)
    return answer["Payload"].read().decode() if answer.get("FunctionError") else None


def warm(aws: Aws, stack: Stack) -> None:
    """Start one worker of the API and of every queue's function, so that nobody waits for a cold start.

    A queue's function gets a record that means nothing and, as it must, reports it back instead of failing.
    DeployError if one fails, or if the API does not say that it is healthy.
    """

    def warm_queue(function: str) -> None:
        if error := invoke(aws, stack, function, NOTHING):
            raise DeployError(f"{function} cannot report a bad record back: {error}")

    def warm_api() -> None:
        with urlopen(f"{stack.api_url}/v1/health", timeout=60) as answer:  # noqa: S310
            answer.read()

    with ThreadPoolExecutor(_PARALLEL_COLD_STARTS) as pool:
        waiting = [pool.submit(warm_api), *(pool.submit(warm_queue, name) for name in queue_functions(stack.template))]
        for done in waiting:
            try:
                done.result()
            except OSError as error:
                raise DeployError(f"The API is not healthy: {error}") from error
