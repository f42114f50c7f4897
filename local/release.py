"""`./dev deploy STAGE`: package, show what would change, ask, change, look whether it works, and undo it if not."""

import argparse
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from local import artifacts, build, bundle, concurrency, smoke, stage_parameters, still_to_do
from local.artifacts import Artifacts
from local.errors import BadInputError, BuildError, LocalError
from local.places import REGION
from local.smoke import SmokeError
from local.stack_changes import Before, ChangeFailedError, HalfDoneError, Stack

REFUSED, BAD_INPUT, NO_AWS, NO_PACKAGE, UNDONE, ROLLED_BACK, HALF_DONE = 1, 2, 3, 4, 5, 6, 7
EXITS: Final = """exit codes: 0 done, or nothing to do; 1 you said no; 2 wrong arguments; 3 no credentials, or AWS
refuses or does not answer; 4 the package cannot be made; 5 CloudFormation refused or undid the change, all is as
before; 6 the new system did not answer as it should and was rolled back; 7 neither the old nor the new: somebody must
look (docs/runbook.md)"""
AT_AN_EMULATOR: Final = {"Place": "laptop", "Size": "laptop", "ScheduleState": "DISABLED"}
Say = Callable[[str], None]


class NoAwsError(LocalError):
    """There is no account to deploy to."""


class SaidNoError(LocalError):
    """A person does not want the change."""


class RolledBackError(LocalError):
    """The new system did not work; the old one is back."""


@dataclass(frozen=True, kw_only=True)
class Aws:
    """An account and region, and how to speak to it."""

    client: Callable[[str], Any]
    account: str
    region: str
    is_emulator: bool


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What to deploy where; `is_agreed` asks a person."""

    stage: str
    package: build.Package
    parameters: Mapping[str, str]
    is_agreed: Callable[[], bool]
    may_take_away: bool = False
    only_shown: bool = False

    @property
    def stack(self) -> str:
        """The stack's name, as `zmart --stage` knows it."""
        return f"zmartcharge-{self.stage}"


PATIENCE = Config(connect_timeout=5, read_timeout=60, retries={"mode": "standard", "max_attempts": 5})


def connect(region: str, endpoint: str) -> Aws:
    """The account that the environment's credentials are for; NoAwsError with what to do when there is none."""
    try:
        session: Any = boto3.Session(region_name=region)

        def client(service: str) -> Any:
            return session.client(service, endpoint_url=endpoint or None, config=PATIENCE)

        account = str(client("sts").get_caller_identity()["Account"])
    except ClientError as error:
        code = error.response["Error"]["Code"]
        raise NoAwsError(f"AWS does not accept these credentials ({code}); sign in again.") from error
    except BotoCoreError as error:
        raise NoAwsError(
            f"There is no way to an AWS account: {error}. Set AWS_PROFILE, or sign in by `aws sso login`."
        ) from error
    return Aws(client=client, account=account, region=region, is_emulator=bool(endpoint))


def release(aws: Aws, plan: Plan, say: Say, look: Callable[[Stack, Plan], None], *, pause_s: float = 3) -> None:
    """Do it all; ends without an exception when the stage is as the package says and works, or was only to be shown."""
    store = Artifacts(aws.client("s3"), aws.account, aws.region)
    stack = Stack(aws.client("cloudformation"), plan.stack, pause_s=pause_s)
    before = stack.before()
    store.make_bucket()
    change_set = f"release-{time.time_ns()}"
    template_key = store.put_package(plan.package)
    if not _propose(stack, change_set, store.url(template_key), plan, say):
        say("nothing of the infrastructure or the code would change")
        before = None
    elif plan.only_shown:
        stack.withdraw(change_set)
        return
    else:
        stack.execute(change_set, say)
    if plan.only_shown:
        return
    _look_or_undo(aws, stack, plan, store, before, say, look)


def _propose(stack: Stack, change_set: str, url: str, plan: Plan, say: Say) -> bool:
    """Show the changes and have them agreed to; whether there are any."""
    changes = stack.propose(change_set, url, plan.parameters)
    for change in changes:
        say(f"  {change}")
    taken = [change.logical_id for change in changes if change.takes_away]
    if not changes or plan.only_shown:
        return bool(changes)
    if taken and not plan.may_take_away:
        stack.withdraw(change_set)
        raise BadInputError(f"This would take away {', '.join(taken)}. If that is meant, say --may-take-away.")
    if not plan.is_agreed():
        stack.withdraw(change_set)
        raise SaidNoError("nothing was changed")
    return True


def _look_or_undo(
    aws: Aws,
    stack: Stack,
    plan: Plan,
    store: Artifacts,
    before: Before | None,
    say: Say,
    look: Callable[[Stack, Plan], None],
) -> None:
    s3, bucket = aws.client("s3"), stack.outputs().get("WebBucket", "")
    versions = artifacts.put_page(s3, bucket) if bucket else {}
    try:
        look(stack, plan)
        say("the smoke test has passed")
    except SmokeError as error:
        say(f"the smoke test has failed: {error}")
        if bucket:
            artifacts.restore_page(s3, bucket, versions)
        if before is None:
            raise HalfDoneError(
                f"There is no other version of the stack to go back to. What is wrong: {error}"
            ) from error
        _undo(stack, store, before, say)
        raise RolledBackError(f"Rolled back. What was wrong: {error}") from error


def _undo(stack: Stack, store: Artifacts, before: Before, say: Say) -> None:
    """Bring the former template and parameters back; its code is still where it was."""
    say("rolling back ...")
    change_set = f"rollback-{time.time_ns()}"
    key = store.put(before.template.encode(), "template.json")
    try:
        if stack.propose(change_set, store.url(key), before.parameters):
            stack.execute(change_set, say)
    except ChangeFailedError as error:
        raise HalfDoneError(f"The new system does not work and the old one cannot be brought back: {error}") from error


def smoke_test(aws: Aws) -> Callable[[Stack, Plan], None]:
    """The questions of local/smoke.py, asked of that account."""

    def look(stack: Stack, plan: Plan) -> None:
        outputs = stack.outputs()
        base = outputs.get("PageUrl", "")
        if aws.is_emulator:
            host = str(aws.client("sts").meta.endpoint_url)
            base = f"{host}/_aws/execute-api/{outputs['RestAPIId']}/api"
        template, names = plan.package.read_template(), stack.resources()
        door = outputs.get("DomainTarget", "")
        smoke.require_answers(base, aws.client("lambda"), template, names, with_page=not aws.is_emulator, door=door)

    return look


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="./dev deploy", description="Deploy a stage to an AWS account; docs/deployment.md.", epilog=EXITS
    )
    parser.add_argument("stage", help="a file of infra/stages/ without its ending")
    parser.add_argument("--region", default=REGION)
    parser.add_argument("--plan", action="store_true", help="show what would change, and change nothing")
    parser.add_argument("--yes", action="store_true", help="do not ask")
    parser.add_argument("--may-take-away", action="store_true", help="also if tables, people or keys are replaced")
    parser.add_argument("--without-bytecode", action="store_true", help="accept slow cold starts")
    parser.add_argument("--endpoint", default="", help="an emulator that stands in for AWS")
    return parser.parse_args()


def _package(options: argparse.Namespace, say: Say) -> build.Package:
    target = bundle.LAPTOP if options.endpoint else bundle.AWS
    package = build.package(target, say)
    if target.compiler is None and not options.without_bytecode:
        raise BuildError(
            f"The bundle has no bytecode, because there is no python{target.minor} on this machine; "
            "cold starts would take three times as long. Install it, or say --without-bytecode."
        )
    return package


def _agreed(options: argparse.Namespace) -> Callable[[], bool]:
    def is_agreed() -> bool:
        if options.yes:
            return True
        if not sys.stdin.isatty():
            raise BadInputError("Nobody is here to agree; say --yes, or --plan to look only.")
        return input(f"Type {options.stage} to do this: ").strip() == str(options.stage)

    return is_agreed


def _parameters(options: argparse.Namespace, said: Mapping[str, Any], aws: Aws) -> dict[str, str]:
    """What the stage's file and the account say; at an emulator, what it cannot do is left out."""
    endpoint = stage_parameters.data_endpoint(aws.client("iot"))
    found = stage_parameters.parameters(options.stage, said, stage_parameters.known_parameters(), endpoint)
    return found | (AT_AN_EMULATOR | {"JwksBase": options.endpoint} if aws.is_emulator else {})


def _say_concurrency(aws: Aws, template: Any, parameters: Mapping[str, str], say: Say) -> None:
    allowed = int(aws.client("lambda").get_account_settings()["AccountLimit"]["ConcurrentExecutions"])
    if told := concurrency.warning(template, concurrency.size_of(template, parameters), allowed):
        say(f"WARNING: {told}")


def _run(options: argparse.Namespace, say: Say) -> None:
    said = stage_parameters.read_stage(options.stage)
    aws = connect(options.region, options.endpoint)
    say(f"stage {options.stage}: account {aws.account}, {aws.region}")
    parameters = _parameters(options, said, aws)
    package = _package(options, say)
    _say_concurrency(aws, package.read_template(), parameters, say)
    plan = Plan(
        stage=options.stage,
        package=package,
        parameters=parameters,
        is_agreed=_agreed(options),
        may_take_away=options.may_take_away,
        only_shown=options.plan,
    )
    release(aws, plan, say, smoke_test(aws))
    if not options.plan:
        for told in still_to_do.everything(aws.client, Stack(aws.client("cloudformation"), plan.stack), parameters):
            say(f"still to do: {told}")


_CODES: Final[Mapping[type[Exception], int]] = {
    SaidNoError: REFUSED,
    BadInputError: BAD_INPUT,
    NoAwsError: NO_AWS,
    BuildError: NO_PACKAGE,
    ChangeFailedError: UNDONE,
    RolledBackError: ROLLED_BACK,
    HalfDoneError: HALF_DONE,
}


def main() -> None:
    """Deploy, and end with the code that EXITS explains."""

    def say(text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    try:
        _run(_options(), say)
    except LocalError as error:
        say(f"dev deploy: {error}")
        sys.exit(_CODES.get(type(error), BAD_INPUT))
    except (BotoCoreError, ClientError) as error:
        say(f"dev deploy: AWS says no: {error}")
        sys.exit(NO_AWS)


if __name__ == "__main__":
    main()
