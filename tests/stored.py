"""Everything that is stored anywhere, read where moto keeps it: a thousand scans would take minutes."""

import copy
import json
from collections.abc import Callable
from typing import Any

from moto.cognitoidp.models import cognitoidp_backends
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.dynamodb.models import dynamodb_backends
from moto.iot.models import iot_backends
from moto.s3.models import s3_backends
from moto.sqs.models import sqs_backends

from tests import infra


def _tables() -> Any:
    return dynamodb_backends[DEFAULT_ACCOUNT_ID][infra.REGION].tables


def _queues() -> Any:
    return sqs_backends[DEFAULT_ACCOUNT_ID][infra.REGION].queues


def _things() -> Any:
    return iot_backends[DEFAULT_ACCOUNT_ID][infra.REGION].things


def _pools() -> Any:
    return cognitoidp_backends[DEFAULT_ACCOUNT_ID][infra.REGION].user_pools


def the_store() -> dict[str, Any]:
    """Items, messages, shadows, users, refresh tokens and objects, by where they are."""
    found: dict[str, Any] = {}
    for name, table in _tables().items():
        found[name] = sorted(
            json.dumps(item.to_json(), sort_keys=True, default=bytes.hex) for item in table.all_items()
        )
    for name, queue in _queues().items():
        found[name] = [message.body for message in queue._messages]
    for thing in _things().values():
        shadows = {shadow: (kept.desired, kept.reported, kept.version) for shadow, kept in thing.thing_shadows.items()}
        found[f"shadows of {thing.thing_name}"] = [repr(shadows)]
    for pool in _pools().values():
        found["users"] = sorted(pool.users)
        found["attributes"] = repr([user.attributes for _, user in sorted(pool.users.items())])
        found["refresh tokens"] = repr({token: whose for token, whose in pool.refresh_tokens.items() if whose})
    for name, bucket in s3_backends[DEFAULT_ACCOUNT_ID]["aws"].buckets.items():
        found[f"bucket {name}"] = sorted((key, bytes(kept.value)) for key, kept in bucket.keys.items())
    return found


def snapshot() -> Callable[[], None]:
    """Remembers tables, queues, shadows and users; the answer brings them back, as often as it is called."""
    owners = [
        *((table, "items") for table in _tables().values()),
        *((queue, "_messages") for queue in _queues().values()),
        *((thing, "thing_shadows") for thing in _things().values()),
        *((pool, name) for pool in _pools().values() for name in ("users", "refresh_tokens")),
    ]
    places = [(owner, name, copy.deepcopy(getattr(owner, name))) for owner, name in owners]

    def restore() -> None:
        for owner, name, kept in places:
            setattr(owner, name, copy.deepcopy(kept))

    return restore


def let_delays_pass() -> None:
    """Let the time pass after which delayed messages are delivered."""
    for queue in _queues().values():
        for message in queue._messages:
            message.delay(0)


def show_all_messages() -> None:
    """Let the time pass for which messages that were looked at are hidden."""
    for queue in _queues().values():
        for message in queue._messages:
            message.change_visibility(0)
