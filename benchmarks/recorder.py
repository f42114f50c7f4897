"""Starts the local AWS as `local/emulator_shim.py` does, and writes down everything that AWS would put on a bill.

Run by the interpreter of .venv-emulator, instead of the shim. One line of JSON for each happening goes to
`recorded.jsonl` beside the emulator's log; `benchmarks/recording.py` reads it. Like the shim it replaces private names
of exactly one release.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import ministack.app  # type: ignore[import-not-found,unused-ignore]
from ministack.core import lambda_runtime  # type: ignore[import-not-found,unused-ignore]
from ministack.core.router import extract_access_key_id  # type: ignore[import-not-found,unused-ignore]
from ministack.services import dynamodb, iot, lambda_svc, sqs  # type: ignore[import-not-found,unused-ignore]

from local import emulator_shim

_KB, _READ_KB = 1024, 4096
_callers: dict[str, str] = {}
_shadow_bytes: dict[str, int] = {}


class Book:
    """The file of happenings; several threads write to it."""

    def __init__(self, path: Path) -> None:
        self._file, self._lock = path.open("a", buffering=1), threading.Lock()

    def note(self, kind: str, **facts: Any) -> None:
        """One happening, with the real moment at which it ended."""
        line = json.dumps({"at": time.time(), "kind": kind} | facts)
        with self._lock:
            self._file.write(line + "\n")


def note_callers() -> None:
    """Remember whose the access keys are that functions get."""
    give = lambda_runtime.execution_credentials

    def remembering(config: dict[str, Any]) -> dict[str, str]:
        given = give(config)
        _callers[given["AWS_ACCESS_KEY_ID"]] = config.get("FunctionName", "")
        return dict(given)

    lambda_runtime.execution_credentials = remembering
    for module in (lambda_svc,):
        if hasattr(module, "execution_credentials"):
            module.execution_credentials = remembering


def _read_units(action: str, asked: dict[str, Any], answer: dict[str, Any]) -> float:
    """By what was returned; each item of a batch counts for itself, a query by its sum."""

    def size(item: Any) -> int:
        return len(json.dumps(item, separators=(",", ":")))

    def units(size_bytes: int, *, consistent: bool) -> float:
        return max(1, -(-size_bytes // _READ_KB)) * (1.0 if consistent else 0.5)

    if action == "BatchGetItem":
        total = 0.0
        for table, wanted in asked.get("RequestItems", {}).items():
            items = answer.get("Responses", {}).get(table, [])
            consistent = bool(wanted.get("ConsistentRead"))
            missing = len(wanted.get("Keys", [])) - len(items)
            total += sum(units(size(item), consistent=consistent) for item in items)
            total += missing * (1.0 if consistent else 0.5)
        return total
    items = [answer["Item"]] if "Item" in answer else answer.get("Items", [])
    return units(sum(size(item) for item in items), consistent=bool(asked.get("ConsistentRead")))


def _write_units(answer: dict[str, Any]) -> float:
    used = answer.get("ConsumedCapacity") or []
    return float(sum(one.get("CapacityUnits", 0) for one in ([used] if isinstance(used, dict) else used)))


def _tables(asked: dict[str, Any]) -> str:
    """The table, or the tables of a call on several."""
    if "TableName" in asked:
        return str(asked["TableName"]) + (f"/{asked['IndexName']}" if asked.get("IndexName") else "")
    several = asked.get("RequestItems") or [
        part["TableName"] for one in asked.get("TransactItems", []) for part in one.values()
    ]
    return ",".join(sorted(set(several)))


def note_store(book: Book) -> None:
    """DynamoDB's calls with their units."""
    handle = dynamodb.handle_request

    async def noting(method: str, path: str, headers: Any, body: bytes, query: Any) -> Any:
        caller = _callers.get(extract_access_key_id(headers, query) or "")
        action = headers.get("x-amz-target", "").split(".")[-1]
        if caller is None:
            return await handle(method, path, headers, body, query)
        asked = json.loads(body or b"{}")
        is_read = action in {"GetItem", "Query", "Scan", "BatchGetItem"}
        if not is_read:
            body = json.dumps(asked | {"ReturnConsumedCapacity": "TOTAL"}).encode()
        answer = await handle(method, path, headers, body, query)
        told = json.loads(answer[2] or b"{}")
        units = _read_units(action, asked, told) if is_read else _write_units(told) or 1.0
        book.note("dynamodb", by=caller, action=action, table=_tables(asked), read=units * is_read,
                  write=units * (not is_read), status=answer[0])  # fmt: skip
        return answer

    dynamodb.handle_request = noting


def note_calls(book: Book) -> None:
    """Calls of functions to all other services."""
    dispatch = ministack.app._dispatch_service_request  # noqa: SLF001

    async def noting(method: str, path: str, headers: Any, body: bytes, query: Any, request_id: str) -> Any:
        caller = _callers.get(extract_access_key_id(headers, query) or "")
        target = headers.get("x-amz-target", "")
        if caller is not None and not target.startswith("DynamoDB"):
            book.note("call", by=caller, action=_action(method, path, target, body), size=len(body))
            if method == "GET" and path.startswith("/things/") and path.endswith("/shadow"):
                name = query.get("name", "")
                name = name[0] if isinstance(name, list) else name
                _note_shadow(book, "get", path.split("/")[2], name)
        return await dispatch(method, path, headers, body, query, request_id)

    ministack.app._dispatch_service_request = noting  # noqa: SLF001


def _note_shadow(book: Book, action: str, thing: str, name: str) -> None:
    book.note("shadow", action=action, thing=thing, name=name, size=_shadow_bytes.get(f"{thing}/{name}", 0))


def _action(method: str, path: str, target: str, body: bytes) -> str:
    if target:
        return target.partition(".")[0].partition("_")[0] + "." + target.rpartition(".")[-1]
    if path.startswith("/topics/"):
        return "IoT.Publish"
    if path.startswith("/things/") and path.endswith("/shadow"):
        return "IoT.GetThingShadow" if method == "GET" else "IoT.UpdateThingShadow"
    if body.startswith(b"Action=") or b"&Action=" in body:
        return "Query." + body.decode(errors="replace").split("Action=")[1].split("&")[0]
    return f"{method} {path.split('/')[1] if '/' in path else path}"


def note_devices(book: Book) -> None:
    """Messages from and to devices, rules and what they do."""
    publish, run, act, make = iot.broker_publish, iot._run_rule_actions, iot._dispatch_rule_action, iot._make_publish  # noqa: SLF001
    update, get = iot.update_thing_shadow, iot.get_thing_shadow

    def updating(thing: str, name: str, request: Any) -> Any:
        answer = update(thing, name, request)
        state = get(thing, name)[1].get("state", {})
        kept = {part: state[part] for part in ("desired", "reported") if part in state}
        _shadow_bytes[f"{thing}/{name}"] = len(json.dumps(kept, separators=(",", ":")))
        _note_shadow(book, "update", thing, name)
        return answer

    async def publishing(account: str, region: str, topic: str, payload: bytes, *args: Any, **more: Any) -> None:
        client = more.get("client_id") or (args[3] if len(args) > 3 else None)  # noqa: PLR2004
        if client:
            book.note("message_in", topic=topic, size=len(payload or b""), by=client)
            if topic.startswith("$aws/things/") and topic.endswith("/get"):
                _note_shadow(book, "get", topic.split("/")[2], topic.split("/")[-2])
        await publish(account, region, topic, payload, *args, **more)

    async def running(account: str, region: str, rule: Any, *args: Any, **more: Any) -> None:
        book.note("rule", name=(rule or {}).get("ruleName", ""))
        await run(account, region, rule, *args, **more)

    async def acting(account: str, region: str, name: str, action: Any, event: Any) -> None:
        book.note("rule_action", name=name, action=next(iter(action), "?"))
        await act(account, region, name, action, event)

    def making(topic: str, payload: bytes, qos: int = 0, *args: Any, **more: Any) -> Any:
        book.note("message_out", topic=topic, size=len(payload or b""), qos=qos)
        return make(topic, payload, qos, *args, **more)

    iot.update_thing_shadow = updating
    iot.broker_publish, iot._run_rule_actions = publishing, running  # noqa: SLF001
    iot._dispatch_rule_action, iot._make_publish = acting, making  # noqa: SLF001


def note_queues(book: Book) -> None:
    """Batches that were read from queues and deleted; those that were empty are counted by time, as AWS polls."""
    receive, delete = sqs._receive_messages_for_esm, sqs._delete_messages_for_esm  # noqa: SLF001

    def receiving(queue_url: str, most: int) -> Any:
        found = receive(queue_url, most)
        if found:
            book.note("queue_read", queue=queue_url.rsplit("/", 1)[-1], messages=len(found))
        return found

    def deleting(queue_url: str, handles: Any) -> None:
        if handles:
            book.note("queue_delete", queue=queue_url.rsplit("/", 1)[-1], messages=len(handles))
        delete(queue_url, handles)

    sqs._receive_messages_for_esm, sqs._delete_messages_for_esm = receiving, deleting  # noqa: SLF001


def _cpu_s(process: Any) -> float:
    """What a worker's process has used so far, seconds of one core."""
    try:
        fields = Path(f"/proc/{process.pid}/stat").read_text().rsplit(")", 1)[1].split()
    except (OSError, AttributeError, IndexError):
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _schedstat_s(process: Any) -> float:
    """The same to the nanosecond, of its main thread and all others; falls back to the clock's ticks."""
    try:
        tasks = Path(f"/proc/{process.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9
    except (OSError, AttributeError, IndexError, ValueError):
        return _cpu_s(process)


def note_invocations(book: Book) -> None:
    """Each call of a function: how long, of which CPU, what it logged."""
    invoke: Callable[..., Any] = lambda_runtime.Worker.invoke

    def invoking(self: Any, event: Any, request_id: str, **more: Any) -> Any:
        process = self._proc  # nobody else has this worker now
        began, used = time.monotonic(), _schedstat_s(process) if process else 0.0
        answer = invoke(self, event, request_id, **more)
        is_same = process is not None and self._proc is process
        book.note(
            "invocation",
            by=self.func_name,
            wall_s=time.monotonic() - began,
            cpu_s=_schedstat_s(process) - used if is_same else None,
            log=answer.get("log") or "",
            cold=bool(answer.get("cold_start")),
            records=len(event["Records"]) if isinstance(event, dict) and "Records" in event else 1,
            failed=answer.get("status") != "ok",
        )
        return answer

    lambda_runtime.Worker.invoke = invoking


if __name__ == "__main__":
    folder = sys.argv[1]
    emulator_shim.watch_parent(sys.argv.pop(1))
    emulator_shim.bind_devices_to(sys.argv.pop(1))
    emulator_shim.refuse_without_certificate()
    emulator_shim.give_firmware_by_https()
    emulator_shim.share_bundle()
    book = Book(Path(folder) / "recorded.jsonl")
    note_callers()
    note_store(book)
    note_calls(book)
    note_devices(book)
    note_queues(book)
    note_invocations(book)
    ministack.app.main()
