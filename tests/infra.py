"""The resources of infra/*.yaml as moto can make them, so that a table is defined in one place only."""

import functools
import json
import os
from pathlib import Path
from typing import Any

import boto3
from chalice.package import YAMLTemplateSerializer

from cli import stacks

ROOT = Path(__file__).parent.parent
REGION = "eu-north-1"
Template = dict[str, Any]


@functools.cache
def templates() -> list[Template]:
    """Every infra file, parsed with CloudFormation's short forms."""
    files = sorted((ROOT / "infra").glob("*.yaml"))
    return [YAMLTemplateSerializer().load_template(file.read_text(), str(file)) for file in files]


def resources() -> dict[str, Any]:
    """All resources of all infra files by logical id."""
    return {name: resource for template in templates() for name, resource in template.get("Resources", {}).items()}


def create() -> dict[str, str]:
    """Make tables, queues, secrets, the user pool, keys and buckets; the answer is the environment of the functions."""
    made: dict[str, str] = {}
    for name, resource in resources().items():
        maker = _MAKERS.get(resource.get("Type", ""))
        if maker:
            made[name] = maker(name, resource.get("Properties", {}))
    for template in templates():
        for name, parameter in template.get("Parameters", {}).items():
            made.setdefault(name, str(parameter.get("Default", "")))
    made |= {name: name for name, resource in resources().items() if "Type" not in resource}  # functions, by Chalice
    environment: dict[str, str] = {}
    for template in templates():
        functions = [template.get("Globals", {}).get("Function", {})]
        functions += [resource.get("Properties", {}) for resource in template.get("Resources", {}).values()]
        for properties in functions:
            environment |= _resolve(properties.get("Environment", {}).get("Variables", {}), made)
        told = {name: one["Value"] for name, one in template.get("Outputs", {}).items()}
        environment |= stacks.variables(_resolve(told, made))
    return environment


@functools.cache
def _client(service: str) -> Any:
    return boto3.client(service, region_name=REGION)  # type: ignore[call-overload]  # the stubs want a literal name


def _resolve(variables: dict[str, Any], made: dict[str, str]) -> dict[str, str]:
    return {name: _value(value, made) for name, value in variables.items()}


def _value(value: Any, made: dict[str, str]) -> str:
    """Ref is the physical name; of attributes, only the ARN of a role is ever asked for."""
    if isinstance(value, dict) and "Fn::Join" in value:
        separator, parts = value["Fn::Join"]
        return str(separator).join(_value(part, made) for part in parts)
    if isinstance(value, dict) and "Fn::GetAtt" in value:
        logical_id, _ = value["Fn::GetAtt"]
        return f"arn:aws:iam::123456789012:role/{logical_id}"
    return made.get(value["Ref"], "") if isinstance(value, dict) and "Ref" in value else str(value)


def _table(name: str, properties: dict[str, Any]) -> str:
    wanted = {key: properties[key] for key in ("AttributeDefinitions", "KeySchema", "BillingMode")}
    if "GlobalSecondaryIndexes" in properties:
        wanted["GlobalSecondaryIndexes"] = properties["GlobalSecondaryIndexes"]
    _client("dynamodb").create_table(TableName=name, **wanted)
    return name


def _queue(name: str, properties: dict[str, Any]) -> str:
    fifo = {"FifoQueue": "true"} if properties.get("FifoQueue") else {}
    queue_name = f"{name}.fifo" if fifo else name
    return str(_client("sqs").create_queue(QueueName=queue_name, Attributes=fifo)["QueueUrl"])


def _secret(name: str, properties: dict[str, Any]) -> str:
    client = _client("secretsmanager")
    generated = properties["GenerateSecretString"]
    content = json.loads(generated["SecretStringTemplate"]) | {generated["GenerateStringKey"]: f"{name:k<32}"}
    return str(client.create_secret(Name=name, SecretString=json.dumps(content))["ARN"])


def _user_pool(name: str, properties: dict[str, Any]) -> str:
    wanted = {"UsernameAttributes": properties["UsernameAttributes"]} if "UsernameAttributes" in properties else {}
    pool = _client("cognito-idp").create_user_pool(PoolName=name, **wanted)
    os.environ["TEST_USER_POOL_ID"] = str(pool["UserPool"]["Id"])
    return str(pool["UserPool"]["Id"])


def _user_pool_client(name: str, properties: dict[str, Any]) -> str:
    client = _client("cognito-idp")
    made = client.create_user_pool_client(
        UserPoolId=os.environ["TEST_USER_POOL_ID"], ClientName=name, GenerateSecret=True
    )
    return str(made["UserPoolClient"]["ClientId"])


def _key(name: str, properties: dict[str, Any]) -> str:
    wanted = {part: properties[part] for part in ("KeySpec", "KeyUsage", "Description")}
    return str(_client("kms").create_key(**wanted)["KeyMetadata"]["KeyId"])


def _bucket(name: str, properties: dict[str, Any]) -> str:
    _client("s3").create_bucket(Bucket=name.lower(), CreateBucketConfiguration={"LocationConstraint": REGION})
    return name.lower()


def _device_policy(name: str, properties: dict[str, Any]) -> str:
    document = {"Version": "2012-10-17", "Statement": []}
    return str(_client("iot").create_policy(policyName=name, policyDocument=json.dumps(document))["policyName"])


_MAKERS = {
    "AWS::KMS::Key": _key,
    "AWS::S3::Bucket": _bucket,
    "AWS::IoT::Policy": _device_policy,
    "AWS::DynamoDB::Table": _table,
    "AWS::SQS::Queue": _queue,
    "AWS::SecretsManager::Secret": _secret,
    "AWS::Cognito::UserPool": _user_pool,
    "AWS::Cognito::UserPoolClient": _user_pool_client,
}
