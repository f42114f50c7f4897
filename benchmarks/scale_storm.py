"""All chargers come back after an outage: how long the broker's quotas make it last, and what each second bears.

As the contract has it (docs/device-protocol.md): the wait doubles from 1 s to 60 s, and is drawn from 0 to that value.
A charger that is let in subscribes, asks for both shadows, and reports. One charger of SAMPLE is played against as much
of each quota.
"""

import heapq
import random
from collections.abc import Mapping
from typing import Final

import msgspec

FIRST_S, LONGEST_S = 1.0, 60.0
FILTERS: Final = 14
SHADOW_REQUESTS: Final = 4
"""Two gets, the status, and what is applied of one shadow."""
SAMPLE: Final = 500


class Storm(msgspec.Struct, frozen=True, kw_only=True):
    """What became of it. Rates are of the whole fleet, the best ten seconds."""

    chargers: int
    per_s: float
    """How many may come in each second, by the narrowest quota."""
    narrowest: str
    half_s: float
    last_s: float
    """When half of them, and 99.9 %, were back."""
    attempts: float
    """Connects that each needed."""


def admitted_per_s(quotas: Mapping[str, float]) -> tuple[float, str]:
    """How many chargers may come back in each second, and the quota that says so."""
    found = {
        "iot_connects_per_s": quotas["iot_connects_per_s"],
        "iot_subscriptions_per_s": quotas["iot_subscriptions_per_s"] / FILTERS,
        "iot_shadow_requests_per_s": quotas["iot_shadow_requests_per_s"] / SHADOW_REQUESTS,
        "iot_publish_in_per_s": quotas["iot_publish_in_per_s"] / (4 * 2 + 2),
    }
    name = min(found, key=lambda quota: found[quota])
    return found[name], name


def live(chargers: int, quotas: Mapping[str, float], seed: int = 1) -> Storm:
    """All lose their connection in the same second."""
    per_s, narrowest = admitted_per_s(quotas)
    chance, allowed = random.Random(seed), per_s / SAMPLE  # noqa: S311 - a simulation that repeats
    trying = [(chance.uniform(0, FIRST_S), FIRST_S) for _ in range(chargers // SAMPLE)]
    heapq.heapify(trying)
    second, room, attempts, back = 0, allowed, 0, list[float]()
    while trying:
        at_s, ceiling_s = heapq.heappop(trying)
        if int(at_s) > second:
            second, room = int(at_s), min(room + allowed * (int(at_s) - second), max(1.0, allowed))
        attempts += 1
        if room >= 1:
            room -= 1
            back.append(at_s)
            continue
        longer_s = min(2 * ceiling_s, LONGEST_S)
        heapq.heappush(trying, (at_s + max(0.05, chance.uniform(0, longer_s)), longer_s))
    return Storm(
        chargers=chargers,
        per_s=per_s,
        narrowest=narrowest,
        half_s=back[len(back) // 2],
        last_s=back[int(len(back) * 0.999)],
        attempts=attempts / max(1, len(back)),
    )
