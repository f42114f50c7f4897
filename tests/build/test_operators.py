"""What people may do by `zmart`: what their commands can reach, and nothing else."""

from collections.abc import Iterator
from typing import Any, Final

import pytest

from tests import reach
from tests.build.test_rights import Right, _list, is_used, snake

Json = dict[str, Any]
SERVICES: Final = "chalicelib.services."
COMMANDS: Final = {
    "FactoryOperator": "factory_registry:register factory_registry:issue_certificates "
    "factory_registry:renew_certificates",
    "SupportOperator": "fleet:survey support:show support:history commands:send certificates:block "
    "certificates:unblock erasure:release erasure:read_proof",
    "PriceOperator": "price_import:import_prices",
    "TicketOperator": "ticket_keys:show ticket_keys:rotate ticket_keys:publish",
    "FirmwareOperator": "firmware:install firmware:progress firmware:cancel firmware_key:public_key_pem",
}
"""The use cases behind the commands of each policy (cli/)."""
NOT_CALLED: Final = {
    ("cloudformation", "DescribeStacks"): "cli/stacks.py asks it for --stage, before any use case",
    ("iam", "PassRole"): "AWS asks for it when a job is made with a role",
    ("s3", "ListBucket"): "without it a release that is not there is refused instead of missing",
}
NEVER_DONE: Final = {
    "SupportOperator": {
        ("accounts", "GetItem"): "a person's erasure begins in the API",
        ("accounts", "UpdateItem"): "a person's erasure begins in the API",
        ("erasures", "UpdateItem"): "as above; a charger's erasure is new",
    },
    "TicketOperator": {
        ("charger_states", "GetItem"): "sites are read with their states elsewhere",
        ("charger_states", "BatchGetItem"): "sites are read with their states elsewhere",
    },
}
"""What a walk over names finds though no command does it; seen on the emulator, with a user who has only the policy."""


def start(policy: str) -> frozenset[str]:
    """The pieces of code behind a policy."""
    return frozenset(
        f"{'chalicelib.adapters.' if one.startswith('firmware_key') else SERVICES}{one}"
        for one in COMMANDS[policy].split()
    )


def rights(template: Json, policy: str) -> Iterator[Right]:
    """All that a managed policy allows."""
    for statement in template["Resources"][policy]["Properties"]["PolicyDocument"]["Statement"]:
        for action in _list(statement["Action"]):
            service, name = action.split(":")
            yield from (Right(service, name, one) for one in _list(statement["Resource"]))


def test_every_command_of_an_operator_has_a_policy(product: Json) -> None:
    """Whoever adds a policy says which commands it is for."""
    found = {name for name, one in product["Resources"].items() if one["Type"] == "AWS::IAM::ManagedPolicy"}
    assert found == set(COMMANDS)
    assert found <= set(product["Outputs"])


@pytest.mark.parametrize("policy", sorted(COMMANDS))
def test_an_operator_may_do_what_the_commands_do_and_nothing_else(product: Json, policy: str) -> None:
    """Each right is one that the commands' code can reach, and every table operation they reach is allowed."""
    found, allowed = reach.reached(start(policy)), list(rights(product, policy))
    unused = [one for one in allowed if (one.service, one.action) not in NOT_CALLED and not is_used(one, found, set())]
    tables = {(snake(one.target.removesuffix("Table")), one.action) for one in allowed if one.service == "dynamodb"}
    assert unused == []
    assert found.store - tables == set(NEVER_DONE.get(policy, {}))
    assert ("cloudformation", "DescribeStacks") in {(one.service, one.action) for one in allowed}


def test_support_sees_nothing_that_people_have_told_us(product: Json) -> None:
    """No accounts, no guests, no messages to people."""
    personal = {"AccountsTable", "GrantsTable", "NotificationsTable", "PushTokensTable", "RepeatsTable"}
    assert not {one.target for one in rights(product, "SupportOperator")} & personal
