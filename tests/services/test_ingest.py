"""Readings into history: any order, any doubles, in batches, against an oracle that reads the register its own way."""

import base64
import json
import random
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import ingest
from benchmarks.memory_store import MemoryStore
from chalicelib.domain.calendar import HOUR, QUARTER, Stretch
from chalicelib.domain.ids import ChargerId, Serial
from chalicelib.services import energy_readings, price_book
from chalicelib.services.energy_readings import Arrival
from chalicelib.workers.readings import to_domain
from device_shadows.reading import Reading, ReadingKind
from tests import energy_oracle

SERIAL = Serial("ZC-00000001")
CHARGER = ChargerId(f"charger_{SERIAL}")
START = datetime(2026, 3, 28, 20, tzinfo=UTC)
"""The evening before the night that lacks an hour."""


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from chalicelib.settings import settings as known

    monkeypatch.setenv("CLOCK", "2026-04-20T12:00:00+02:00@0@0")
    known.cache_clear()
    yield
    known.cache_clear()


@st.composite
def histories(draw: st.DrawFn) -> list[Reading]:
    """Registers that rise by 0 to 7.4 kW, in sessions, with gaps of seconds to hours."""
    gaps = draw(st.lists(st.integers(1, 9000), min_size=1, max_size=50))
    at, wh, plug, found = int(START.timestamp()), draw(st.integers(0, 10**6)), 1, []
    for seq, gap_s in enumerate(gaps, start=1):
        at, wh = at + gap_s, wh + int(7400 * draw(st.floats(0, 1)) * gap_s / 3600)
        plug += draw(st.integers(0, 9)) == 0
        found.append(Reading(epoch=1, seq=seq, ts=at, register_wh=wh, plug_seq=plug, kind=ReadingKind.QUARTER))
    return found


def take_in(store: MemoryStore, found: list[Reading], size: int) -> None:
    arrivals = [Arrival(reading=to_domain(one)) for one in found]
    with store.in_place():
        for first in range(0, len(arrivals), size):
            energy_readings.store_all({SERIAL: arrivals[first : first + size]}, START + 400 * HOUR)


def derived(store: MemoryStore) -> dict[tuple[int, int], int]:
    """As the oracle tells it."""
    return {
        (int((hour.start + number * QUARTER).timestamp()), part.plug_seq): wh
        for hour in store.hours[CHARGER].values()
        for part in hour.hour.parts
        for number, wh in enumerate(part.quarters_wh)
        if wh
    }


@given(st.lists(histories(), min_size=1, max_size=3), st.randoms(use_true_random=False), st.integers(1, 12))
@settings(max_examples=15, deadline=None)
def test_registers_that_begin_again_or_are_full_lose_nothing(
    series: list[list[Reading]], chance: random.Random, size: int
) -> None:
    """Epochs one after the other, the last register nearly full: the oracle tells each by itself, in any order."""
    told, wanted, later_s = list[Reading](), Counter[tuple[int, int]](), 0
    for epoch, found in enumerate(series, start=1):
        begin = 2**32 - 2000 - found[0].register_wh if epoch == len(series) else 0
        moved = [(one.seq, one.ts + later_s, one.register_wh + begin, one.plug_seq + 100 * epoch) for one in found]
        wanted.update(energy_oracle.quarters(moved))
        told += [
            Reading(epoch=epoch, seq=seq, ts=ts, register_wh=wh % 2**32, plug_seq=plug_seq, kind=ReadingKind.QUARTER)
            for seq, ts, wh, plug_seq in moved
        ]
        later_s += found[-1].ts - int(START.timestamp()) + 60
    mixed = told + chance.sample(told, len(told) // 3)
    chance.shuffle(mixed)
    store = MemoryStore([SERIAL])
    take_in(store, mixed, size)
    assert derived(store) == dict(wanted)


@given(histories(), st.randoms(use_true_random=False), st.integers(1, 12))
@settings(max_examples=40, deadline=None)
def test_any_order_and_any_doubles_give_what_the_register_says(
    found: list[Reading], chance: random.Random, size: int
) -> None:
    """Each quarter of each session is what the oracle reads off the register, and the sum is what it rose."""
    mixed = found + chance.sample(found, len(found) // 3)
    chance.shuffle(mixed)
    store = MemoryStore([SERIAL])
    take_in(store, mixed, size)
    wanted = energy_oracle.quarters((one.seq, one.ts, one.register_wh, one.plug_seq) for one in found)
    assert derived(store) == wanted
    assert sum(wanted.values()) == found[-1].register_wh - found[0].register_wh


def test_a_month_shuffled_with_doubles_is_byte_identical() -> None:
    """Every hour, cost, session, day and month of twelve chargers, over the night that lacks an hour."""
    figures = ingest.replay(12, 30)
    assert "byte-identical" in figures[0].note


@pytest.mark.parametrize("chargers", [1, 10])
def test_a_reading_costs_at_most_two_calls_whoever_shares_its_batch(chargers: int) -> None:
    """Ten readings of one charger that was offline, or one each of ten chargers, as they mostly come."""
    serials = [f"ZC-BENCH-{number:04d}" for number in range(chargers)]
    by_charger = [ingest.bodies(serial, number, 10) for number, serial in enumerate(serials)]
    messages = [body for together in zip(*by_charger, strict=False) for body in together]
    store = MemoryStore(serials, ingest.prices(10))
    ingest.take_in(store, messages)
    assert sum(store.calls.values()) <= 2 * len(messages)


def test_a_remembered_book_knows_what_was_published_since() -> None:
    """What is known is read once in twenty seconds, what is missing each time, and nothing is older than that."""
    store, window = MemoryStore([SERIAL]), Stretch(START, START + HOUR)
    site = next(iter(store.sites.values()))
    with store.in_place():
        asked = [len(price_book.recent(START).energy(site, window))]
        store.prices |= {(day.zone, day.day): day for day in ingest.prices(20)}
        asked += [len(price_book.recent(START + timedelta(seconds=after)).energy(site, window)) for after in (1, 2, 30)]
    assert asked == [0, 1, 1, 1]
    assert store.calls["Query"] == 3


def test_what_is_known_already_is_not_written_again() -> None:
    """A batch that comes again reads and writes nothing."""
    store = MemoryStore([SERIAL], ingest.prices(3))
    messages = ingest.bodies(SERIAL, 1, 3)
    ingest.take_in(store, messages)
    before, written = store.history(), store.calls["TransactWriteItems"]
    ingest.take_in(store, messages)
    assert (store.history(), store.calls["TransactWriteItems"]) == (before, written)


def test_a_name_that_comes_again_with_another_content_changes_nothing() -> None:
    """The first stays, whoever contradicts it."""
    store = MemoryStore([SERIAL], ingest.prices(3))
    messages = ingest.bodies(SERIAL, 1, 3)
    ingest.take_in(store, messages)
    before = store.history()
    lie = json.loads(base64.b64decode(json.loads(messages[3])["payload"])) | {"register_wh": 1}
    ingest.take_in(
        store,
        [json.dumps({"payload": base64.b64encode(json.dumps(lie).encode()).decode(), "thing": SERIAL})],
    )
    assert store.history() == before


def test_a_register_that_is_full_goes_on_from_zero() -> None:
    """2^32 Wh and 1000 more: nothing is lost, nothing is quarantined."""
    at = int(START.timestamp())
    told = [(1, 2**32 - 500), (2, 500), (3, 1500)]
    found = [
        Reading(epoch=1, seq=seq, ts=at + 900 * seq, register_wh=wh, plug_seq=1, kind=ReadingKind.QUARTER)
        for seq, wh in told
    ]
    store = MemoryStore([SERIAL])
    take_in(store, found, 1)
    assert sum(derived(store).values()) == 2000


@pytest.mark.parametrize(("gap", "is_estimated"), [(2 * HOUR, False), (2 * HOUR + timedelta(seconds=1), True)])
def test_energy_between_readings_far_apart_is_marked(gap: timedelta, is_estimated: bool) -> None:  # noqa: FBT001 - a table
    """More than two hours: the sum is exact, the split is a guess."""
    at = int(START.timestamp())
    ends = [(1, at, 0), (2, at + int(gap.total_seconds()), 6000)]
    found = [
        Reading(epoch=1, seq=seq, ts=ts, register_wh=wh, plug_seq=1, kind=ReadingKind.QUARTER) for seq, ts, wh in ends
    ]
    store = MemoryStore([SERIAL])
    take_in(store, found, 2)
    assert {hour.is_estimated for hour in store.hours[CHARGER].values()} == {is_estimated}
    assert sum(derived(store).values()) == 6000
