"""A bad link doubles and swaps messages, loses none, and does so the same way each time."""

import msgspec
import pytest

from device_shadows import topics
from device_shadows.names import CHARGING
from simulator.car import Car
from simulator.link import BadLink, LinkQuality
from simulator.session import Message, Session
from tests.simulator.nights import CONFIG, a_charger, a_plan, at, smart


def carried(quality: LinkQuality, count: int = 200) -> list[int]:
    link: BadLink[int] = BadLink(quality)
    arrived = [message for number in range(count) for message in link.carry([number])]
    return arrived + link.carry([]) + BadLink[int](LinkQuality()).carry([])


def test_a_good_link_carries_everything_once_in_order() -> None:
    """The default."""
    assert carried(LinkQuality()) == list(range(200))


def test_a_bad_link_doubles_and_swaps_but_loses_nothing() -> None:
    """What is held back comes with the next call."""
    arrived = carried(LinkQuality(duplicated=0.3, reordered=0.2, seed=1))
    assert set(arrived) >= set(range(198))
    assert len(arrived) > 220
    assert arrived != sorted(arrived)


def test_a_link_repeats_itself() -> None:
    """A fault that was seen once can be seen again."""
    quality = LinkQuality(duplicated=0.3, reordered=0.2, seed=5)
    assert carried(quality) == carried(quality)
    assert carried(quality) != carried(msgspec.structs.replace(quality, seed=6))


@pytest.mark.parametrize("seed", range(8))
def test_over_a_bad_link_the_newest_plan_wins(seed: int) -> None:
    """Deltas in any order, some twice: the charger ends with the highest version."""
    link: BadLink[tuple[str, bytes]] = BadLink(LinkQuality(duplicated=0.4, reordered=0.4, seed=seed))
    charger = a_charger(config=CONFIG)
    charger.plug_in(Car(need_wh=9_000), at(-6))
    session = Session(charger)
    session.connected()
    topic = f"{topics.shadow_update(charger.serial, CHARGING)}/delta"
    for version in range(1, 21):
        state = msgspec.to_builtins(smart(a_plan((2, 5, 16), plan_id=f"plan-{version}")))
        payload = msgspec.json.encode({"state": state, "version": version})
        for heard in link.carry([(topic, payload)]):
            session.heard(*heard, at(-6))
    for heard in [*link.carry([]), *link.carry([])]:
        session.heard(*heard, at(-6))
    assert charger.charging_report.plan_id == "plan-20"


@pytest.mark.parametrize("seed", range(4))
def test_over_a_bad_link_every_reading_arrives(seed: int) -> None:
    """Doubled and swapped; the numbers put them in order again."""
    link: BadLink[Message] = BadLink(LinkQuality(duplicated=0.4, reordered=0.4, seed=seed))
    charger = a_charger()
    charger.plug_in(Car(need_wh=50_000), at(-6))
    charger.apply_charging(smart(a_plan((-6, 5, 16), valid_until=9)), at(-6))
    charger.advance(at(5, 60))
    made = [outgoing.reading.seq for outgoing in charger.outbox]
    session, arrived = Session(charger), set()
    session.connected()
    for _ in range(40):
        for message in link.carry(session.outgoing()):
            if message.topic == topics.reading(charger.serial):
                arrived.add(message.says.seq)  # type: ignore[union-attr]
            session.acknowledged(message)
    assert (arrived, charger.outbox) == (set(made), [])
