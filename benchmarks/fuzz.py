"""Messages that devices should never send, from a seed, and what the codec and the workers do with 100 000 of them."""

import base64
import json
import random
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final
from unittest.mock import patch

import msgspec

from benchmarks.figures import Figure, compared
from chalicelib.services import energy_readings, quarantine, status_reports
from chalicelib.workers import readings as readings_worker
from chalicelib.workers import status_reports as status_worker
from device_shadows import codec
from device_shadows.documents import ANSWERS, DOCUMENTS
from device_shadows.errors import ContractError
from device_shadows.quarantine import reason_of

MESSAGES: Final = 100_000
ROUNDS: Final = 5
BATCH: Final = 10
THING: Final = "ZC-FUZZ-0001"
READING: Final[dict[str, Any]] = {
    "epoch": 1, "seq": 7, "ts": 1_770_764_400, "register_wh": 1234, "plug_seq": 3, "kind": "quarter",
}  # fmt: skip
STATUS: Final[dict[str, Any]] = {
    "protocol": 1, "ts": 1_770_764_400, "evse_state": "C", "plug_seq": 3, "plugged_at": 1_770_764_000, "offered_a": 16,
    "drawn_a": [15.9, 0.0, 15.9], "reason": "plan", "car_full": False, "faults": [],
    "network": {"kind": "wifi", "signal_dbm": -60}, "firmware": "1.4.0", "session_start_wh": 1000,
    "register": {"epoch": 1, "seq": 7, "ts": 1_770_764_400, "register_wh": 1234},
}  # fmt: skip
OTHERS: Final[tuple[dict[str, Any], ...]] = (
    {"mode": "smart", "run": {"state": "auto", "plug_seq": 3}, "plan_id": "p-1", "plug_seq": 3, "applied_at": 1},
    {"id": "c-1", "outcome": "done", "ts": 1_770_764_400},
    {"id": "c-1", "op": "identify", "issued_at": 1_770_764_400, "ttl_s": 60},
    {"seq": 5, "boot_epoch": 2, "limit_a": 10, "ttl_s": 60, "issued_at": 1_770_764_400, "reason": "main_fuse"},
    {"phase": "downloading", "percent": "40"},
    {"t": 1_770_764_400, "data": {"P": 3105, "I1": 3.06, "I2": 1.29, "I3": 9.49}},
    {"version": 3, "state": {"mode": "smart"}, "timestamp": 1, "metadata": {}},
)
NASTY: Final[tuple[Any, ...]] = (
    None, True, -1, 0, 2**70, -(2**70), 1e308, float("nan"), float("inf"), "", "x" * 9000, "\u0000", "\ud800", "'; --",
    "../../x", "+", "#", [], {}, [[]], [None] * 50, {"$ne": 1}, {"": {"": {"": {"": {"": {"": {"": 1}}}}}}},
)  # fmt: skip


class BrokenError(Exception):
    """The product did with a message what it must never do."""


def broken(sample: dict[str, Any], chance: random.Random) -> bytes:
    """The sample, changed in one of eight ways (one of them: not at all)."""
    way = chance.randrange(8)
    if way == 0:
        return json.dumps(sample).encode()
    if way == 1:
        return chance.randbytes(chance.randrange(200))
    if way == 2:  # noqa: PLR2004
        return b"[" * (depth := chance.randrange(1, 2000)) + b"]" * depth
    if way == 3:  # noqa: PLR2004
        text = json.dumps(sample).encode()
        return text[: chance.randrange(len(text))]
    if way == 4:  # noqa: PLR2004
        letters = bytearray(json.dumps(sample).encode())
        letters[chance.randrange(len(letters))] = chance.randrange(256)
        return bytes(letters)
    return json.dumps(_with_nasty(sample, chance)).encode()


def _with_nasty(sample: dict[str, Any], chance: random.Random) -> Any:
    """One field, at any depth, is missing or holds what it should not."""
    changed = json.loads(json.dumps(sample))
    place: Any = changed
    while True:
        key = chance.choice(list(place) if isinstance(place, dict) else range(len(place)))
        inner = place[key]
        if isinstance(inner, dict | list) and inner and chance.random() < 0.7:  # noqa: PLR2004
            place = inner
            continue
        if chance.random() < 0.2:  # noqa: PLR2004
            del place[key]
        else:
            place[key] = chance.choice(NASTY)
        return changed


def messages(count: int, seed: int) -> Iterator[tuple[bytes, Any]]:
    """Broken documents, each with a type that somebody may try to read it as."""
    chance, samples = random.Random(seed), (READING, STATUS, *OTHERS)  # noqa: S311 (repeatable, no secret)
    kinds = [*DOCUMENTS.values(), *ANSWERS.values()]
    for number in range(count):
        yield broken(samples[number % len(samples)], chance), kinds[number % len(kinds)]


def read(found: bytes, kind: Any) -> str:
    """`read`, or the reason for which a message is put aside; anything else that happens is not caught."""
    try:
        codec.decode(found, kind)
    except ContractError as error:
        return str(reason_of(error))
    return "read"


def fuzz_codec(count: int = MESSAGES) -> list[Figure]:
    """How fast the codec reads or refuses; every message ends in a document or in a reason."""
    good = [(json.dumps(READING).encode(), DOCUMENTS["reading"])] * (count // ROUNDS)
    outcomes: Counter[str] = Counter()
    baseline = _rate("whole readings read", lambda _: good, Counter())
    figure = _rate("broken messages read or refused", lambda round_: list(messages(count // ROUNDS, round_)), outcomes)
    if outcomes.total() != count // ROUNDS * ROUNDS:
        raise BrokenError("messages were lost")
    told = ", ".join(f"{number:,} {name}" for name, number in outcomes.most_common())
    return [baseline, msgspec.structs.replace(compared(figure, baseline), note=told)]


def _rate(name: str, make: Callable[[int], list[tuple[bytes, Any]]], outcomes: Counter[str]) -> Figure:
    seconds = []
    for round_ in range(ROUNDS):
        batch = make(round_)
        began = time.perf_counter()
        outcomes.update([read(found, kind) for found, kind in batch])
        seconds.append((time.perf_counter() - began) / len(batch))
    return Figure(name=name, value=1 / sorted(seconds)[ROUNDS // 2], unit="/s")


class Sink:
    """Stands behind the workers instead of the store and the quarantine, and knows whose messages reached it."""

    def __init__(self) -> None:
        self.stored = self.aside = 0

    def store(self, serial: str, *_: object, **__: object) -> None:
        """Something would be stored for `serial`."""
        self.stored += 1
        if serial != THING:
            raise BrokenError(f"a message of {THING} changes {serial}")

    def store_all(self, arrivals: Mapping[str, Sequence[object]], _: object) -> set[str]:
        """Readings would be stored, those of each serial together."""
        for serial, found in arrivals.items():
            for _ in found:
                self.store(serial)
        return set()

    def put_aside(self, *_: object) -> None:
        """Something would be quarantined."""
        self.aside += 1


def reading_body(payload: bytes) -> str:
    """What the rule makes of a message, whatever its bytes are."""
    return json.dumps({"payload": base64.b64encode(payload).decode(), "thing": THING})


def status_body(payload: bytes) -> str:
    """What the rule makes of a shadow, which is JSON; of anything else something that no rule sends."""
    if not payload or b"NaN" in payload or b"Infinity" in payload or not _is_json(payload):
        return payload.decode(errors="replace")
    return f'{{"reported": {payload.decode()}, "version": 1, "thing": "{THING}"}}'


def _is_json(payload: bytes) -> bool:
    try:
        json.loads(payload)
    except (ValueError, RecursionError):
        return False
    return True


def event(bodies: list[str]) -> dict[str, Any]:
    """What a queue hands to a function."""
    records = [
        {"messageId": str(number), "body": text, "eventSource": "aws:sqs", "attributes": {}}
        for number, text in enumerate(bodies)
    ]
    return {"Records": records}


def fuzz_workers(count: int = MESSAGES) -> list[Figure]:
    """How fast the workers take broken readings and reports; none comes again, none touches another charger."""
    good = [reading_body(json.dumps(READING).encode())] * (count // ROUNDS)
    whole = _work(lambda _: good, lambda _: [])
    baseline = Figure(name="whole readings taken by a worker", value=whole.rate, unit="/s")
    if whole.aside:
        raise BrokenError("a worker refused a whole reading")

    def bodies(sample: dict[str, Any], wrap: Callable[[bytes], str]) -> Callable[[int], list[str]]:
        def make(round_: int) -> list[str]:
            chance = random.Random(round_)  # noqa: S311
            return [wrap(broken(sample, chance)) for _ in range(count // ROUNDS // 2)]

        return make

    taken = _work(bodies(READING, reading_body), bodies(STATUS, status_body))
    figure = Figure(name="broken messages taken by workers", value=taken.rate, unit="/s")
    note = f"{taken.stored:,} whole enough to store, {taken.aside:,} put aside"
    return [baseline, msgspec.structs.replace(compared(figure, baseline), note=note)]


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """How many messages the workers would have stored and put aside, and how many they took a second."""

    stored: int
    aside: int
    rate: float


def _work(make_readings: Callable[[int], list[str]], make_statuses: Callable[[int], list[str]]) -> Taken:
    """Hand everything to the two workers; BrokenError if they lose a message or want to see one again."""
    sink, total, seconds = Sink(), 0, []
    with (
        patch.object(energy_readings, "store_all", sink.store_all),
        patch.object(status_reports, "note", sink.store),
        patch.object(quarantine, "put_aside", sink.put_aside),
    ):
        for round_ in range(ROUNDS):
            work = [(readings_worker.handle, make_readings(round_)), (status_worker.handle, make_statuses(round_))]
            count, began = sum(len(bodies) for _, bodies in work), time.perf_counter()
            for handle, bodies in work:
                for first in range(0, len(bodies), BATCH):
                    _require_done(handle(event(bodies[first : first + BATCH]), None))
            seconds.append((time.perf_counter() - began) / count)
            total += count
    if total != sink.stored + sink.aside:
        raise BrokenError(f"{total} messages, {sink.stored} stored and {sink.aside} put aside")
    return Taken(stored=sink.stored, aside=sink.aside, rate=1 / sorted(seconds)[ROUNDS // 2])


def _require_done(answer: dict[str, Any]) -> None:
    if answer["batchItemFailures"]:
        raise BrokenError("a message that can never be right would come again")
