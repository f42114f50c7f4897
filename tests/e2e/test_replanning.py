"""Prices arrive for a zone: each site with a car gets one new plan, through queues, policies and real devices."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC
from typing import Any

import msgspec
import pytest

from chalicelib.domain.ids import Zone
from chalicelib.domain.plan_rounds import ZoneRound
from local.deploy import invoke
from local.system import SERIALS, System
from simulator.answers import Position
from tests.e2e.people import Hands, Person
from tests.e2e.running import SystemThread
from tests.e2e.waiting import messages_in, until

BERGEN = Position(lat=60.39, lon=5.32)
QUEUES = ("StatusQueue", "ReadingQueue", "PlanningQueue", "SitePlanningQueue")
TOMORROW = "2026-02-11"


class Street:
    """Two homes with a charger and a car each."""

    def __init__(self, running: SystemThread, people: list[Person]) -> None:
        self.running, self.people, self.system, self.hands = running, people, running.system, Hands(running)
        self.homes = {
            person.claim(self.hands.box(serial), BERGEN): (person, serial)
            for person, serial in zip(people, SERIALS, strict=True)
        }

    def plans(self) -> dict[str, Any]:
        """What the API tells of each charger's plan."""
        return {charger: person.get(f"/v1/chargers/{charger}/plan") for charger, (person, _) in self.homes.items()}

    def made(self) -> list[int]:
        """How many plans each charger has had."""
        rows = self.rows("PlansTable")
        return [sum(row["charger_id"]["S"] == charger for row in rows) for charger in self.homes]

    def told(self) -> set[str]:
        """The plans that the chargers themselves say they follow."""
        client, found = self.system.aws.client("iot-data"), set()
        for _, serial in self.homes.values():
            shadow = client.get_thing_shadow(thingName=serial, shadowName="charging")
            reported = json.loads(shadow["payload"].read())["state"].get("reported", {})
            found.add(reported.get("plan_id"))
        return found

    def rows(self, table: str) -> list[Any]:
        """Everything in a table."""
        found: list[Any] = self.system.aws.client("dynamodb").scan(TableName=self.system.stack.resources[table])[
            "Items"
        ]
        return found

    def settle(self) -> None:
        """Until every queue is empty."""
        assert until(lambda: messages_in(self.system, *QUEUES), lambda count: count == 0) == 0


def forget_tomorrow(system: System) -> None:
    """As it is before the exchange has published."""
    key = {"zone": {"S": "NO5"}, "day": {"S": TOMORROW}}
    system.aws.client("dynamodb").delete_item(TableName=system.stack.resources["PricesTable"], Key=key)


@pytest.fixture
def street(frozen: SystemThread) -> Iterator[Street]:
    """At 15:00, with tomorrow's prices not known yet; afterwards the chargers are free again."""
    with ExitStack() as stack:
        people = [stack.enter_context(Person(frozen, f"+479000011{number}")) for number in (1, 2)]
        street = Street(frozen, people)
        forget_tomorrow(frozen.system)
        for _, serial in street.homes.values():
            street.hands.plug_in(street.hands.box(serial), need_wh=30_000)
        yield street
        for charger, (person, serial) in street.homes.items():
            street.hands.unplug(street.hands.box(serial))
            person.call("DELETE", f"/v1/chargers/{charger}")


def test_new_prices_give_each_site_one_plan_and_a_message_that_comes_again_none(street: Street) -> None:
    """From a forecast to what was published; the chargers follow it, and the same round once more changes nothing."""
    system = street.system
    first = until(street.plans, lambda plans: all(plan["state"] == "planned" for plan in plans.values()))
    assert all(slot["state"] == "forecast" for plan in first.values() for slot in plan["prices"][-4:])
    street.settle()
    before = street.made()
    assert invoke(system.aws, system.stack, "FetchDayAheadPrices", {}) is None
    second = until(street.plans, lambda plans: all(plans[one]["plan_id"] != first[one]["plan_id"] for one in plans))
    assert not [slot for plan in second.values() for slot in plan["prices"] if slot["state"] == "forecast"]
    wanted = {plan["plan_id"] for plan in second.values()}
    assert until(street.told, lambda told: told == wanted) == wanted
    street.settle()
    assert [after - count for after, count in zip(street.made(), before, strict=True)] == [1, 1]

    cause_id = f"prices:NO5:{system.clock.now().astimezone(UTC).isoformat()}"
    digest = hashlib.sha256(cause_id.encode()).hexdigest()[:16]
    assert [digest in row["plan_causes"]["S"] for row in street.rows("SitesTable") if "plan_causes" in row] == [
        True
    ] * 2
    sqs, url = system.aws.client("sqs"), system.stack.resources["SitePlanningQueue"]
    again = ZoneRound(zone=Zone("NO5"), cause="prices", cause_id=cause_id)
    sqs.send_message(QueueUrl=url, MessageBody=msgspec.json.encode(again).decode())
    street.settle()
    assert (street.made(), messages_in(system, "SitePlanningDeadLetters")) == ([count + 1 for count in before], 0)
