"""Messages of devices as rules forward them, and looks at the store, for tests of the workers."""

import json
from datetime import UTC, datetime
from typing import Any

from tests.energy_cloud import forwarded

PRESENT = datetime(2026, 2, 10, 14, tzinfo=UTC)
PRESENT_S = int(PRESENT.timestamp())
READING = {"epoch": 1, "seq": 1, "ts": PRESENT_S, "register_wh": 0, "plug_seq": 1, "kind": "quarter"}
STATUS = {
    "protocol": 1,
    "ts": PRESENT_S,
    "evse_state": "A",
    "plug_seq": 0,
    "offered_a": 0,
    "drawn_a": [0, 0, 0],
    "reason": "no_car",
    "car_full": False,
    "network": {"kind": "wifi", "signal_dbm": -60},
    "firmware": "1.0.0",
    "register": {"epoch": 1, "seq": 0, "ts": 0, "register_wh": 0},
}


def reading(serial: str, **changes: Any) -> str:
    """A reading, forwarded."""
    return forwarded(serial, json.dumps(READING | changes).encode())


def status(serial: str, version: int = 1, **changes: Any) -> str:
    """A status report, forwarded."""
    return json.dumps({"thing": serial, "version": version, "reported": STATUS | changes})


def presence(serial: str, event: str, version: int, after_s: float = 0, **more: Any) -> str:
    """A notice of the broker, forwarded."""
    told = {
        "clientId": serial,
        "timestamp": int((PRESENT_S + after_s) * 1000),
        "eventType": event,
        "sessionIdentifier": f"s{version}",
        "principalIdentifier": "certificate",
        "versionNumber": version,
    }
    return forwarded(serial, json.dumps(told | more).encode(), kind="presence")


def last_will(serial: str, after_s: float) -> str:
    """A last will, forwarded."""
    return forwarded(serial, b"{}", kind="lwt", at=int((PRESENT_S + after_s) * 1000))


def result(serial: str, command_id: str, outcome: str, reason: str | None = None, ts: int = PRESENT_S) -> str:
    """An answer to a command, forwarded."""
    told: dict[str, Any] = {"id": command_id, "outcome": outcome, "ts": ts}
    return forwarded(serial, json.dumps(told | ({"reason": reason} if reason else {})).encode(), kind="result")


def everything(dynamodb: Any, *without: str) -> dict[str, list[str]]:
    """Every row of every table but those named, in a form that can be compared."""
    tables = [name for name in dynamodb.list_tables()["TableNames"] if name not in without]
    rows = {name: dynamodb.scan(TableName=name)["Items"] for name in tables}
    return {name: sorted(json.dumps(row, sort_keys=True, default=str) for row in found) for name, found in rows.items()}
