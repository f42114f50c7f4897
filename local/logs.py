"""A log of its own for each function, kept for a limited time; its role may write there and nowhere else."""

from typing import Any, Final

from local.errors import BuildError

KEPT_DAYS: Final = 30
_PLACEHOLDER: Final = "logs:CreateLogGroup"


def give_own(template: dict[str, Any]) -> None:
    """Name a log for each function, in place of what .chalice/policy-logs.json allows until then."""
    resources: dict[str, Any] = template["Resources"]
    for name in [one for one, resource in resources.items() if resource["Type"] == "AWS::Serverless::Function"]:
        function = resources[name]["Properties"]
        role = resources[function["Role"]["Fn::GetAtt"][0]]["Properties"]
        [policy] = role["Policies"]
        if any(_PLACEHOLDER not in one["Action"] for one in policy["PolicyDocument"]["Statement"]):
            raise BuildError(f"the role of {name} has more than .chalice/policy-logs.json says; rights stand in infra/")
        log = f"{name}Log"
        resources[log] = {
            "Type": "AWS::Logs::LogGroup",
            "DeletionPolicy": "Delete",
            "UpdateReplacePolicy": "Delete",
            "Properties": {
                "LogGroupName": {"Fn::Sub": f"/${{AWS::StackName}}/{name}"},
                "RetentionInDays": KEPT_DAYS,
            },
        }
        function["LoggingConfig"] = function.get("LoggingConfig", {}) | {"LogGroup": {"Ref": log}}
        policy["PolicyName"] = "write-own-log"
        write = {"Effect": "Allow", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"]}
        policy["PolicyDocument"]["Statement"] = [write | {"Resource": {"Fn::GetAtt": [log, "Arn"]}}]
