"""What a deployment cannot do by itself: told after each, until somebody has done it."""

import socket
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from local.stack_changes import Stack

_PENDING = {"PendingConfirmation", "pending confirmation"}


def everything(client: Callable[[str], Any], stack: Stack, parameters: Mapping[str, str]) -> Iterator[str]:
    """One sentence for each thing that only people can do."""
    outputs, email, domain = stack.outputs(), parameters.get("AlarmEmail", ""), parameters.get("DomainName", "")
    if email and not is_heard(client("sns"), stack.resources()["Alarms"], email):
        yield f"{email} must agree to hear alarms, by the message that AWS has sent there"
    if domain and not is_known(domain):
        yield f"make a record of {domain} that points to {outputs['DomainTarget']}"
    if (base := parameters.get("MeterBase", "")) and not is_known(base.removeprefix("https://").partition("/")[0]):
        yield f"make {base} a proxy of {outputs['MeterUrl']} (docs/meter-readers.md)"


def is_heard(sns: Any, topic: str, email: str) -> bool:
    """Whether that address has agreed to hear of the topic."""
    pages = sns.get_paginator("list_subscriptions_by_topic").paginate(TopicArn=topic)
    found = [one for page in pages for one in page["Subscriptions"]]
    return any(one["Endpoint"] == email and one["SubscriptionArn"] not in _PENDING for one in found)


def is_known(host: str) -> bool:
    """Whether the name leads anywhere."""
    try:
        socket.getaddrinfo(host.partition(":")[0], None)
    except OSError:
        return False
    return True
