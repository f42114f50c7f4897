"""Removing a charger: it is nobody's at once, its history goes, nothing of its owner comes back or reaches the next."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters import clock, iot
from chalicelib.adapters.dynamo import chargers, erasures, factory, ledgers, plans
from chalicelib.domain.accounts import Account
from chalicelib.domain.claims import ClaimExpired, UnitState, UnitUnknown
from chalicelib.domain.energy import Reading
from chalicelib.domain.erasures import SETTLED_AFTER
from chalicelib.domain.errors import NotAllowed, NotFound
from chalicelib.domain.ids import ChargerId, Serial
from chalicelib.services import certificates, charging_plans, claims, energy_readings, erasure, erasure_steps
from chalicelib.services.erasure import NotOwned
from chalicelib.workers import readings as reading_worker
from chalicelib.workers import status_reports as status_worker
from device_shadows.charging import ChargingDesired
from device_shadows.codec import convert
from device_shadows.config import ConfigDesired
from tests import fleet_cloud as fleet
from tests.api_client import ApiClient, LambdaContext
from tests.energy_cloud import Night, a_night, event
from tests.identity import Mint, People
from tests.lives import live_on
from tests.made_chargers import NOW
from tests.stored import the_store

PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)
SERIAL = Serial("ZC-00000001")
CHARGER_TABLES = tuple(
    f"{name}Table" for name in ["ChargerStates", "Sessions", "Hours", "Readings", "Plans", "StatusChanges"]
)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def ola(people: People) -> Account:
    return people.account("+4790000002")


@pytest.fixture
def night(kari: Account, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A charger of Kari's with a car that waits for its plan's first step."""
    lived = a_night(kari, PLUG_IN, monkeypatch)
    lived.plug_in(4000)
    return lived


def remove(night: Night) -> None:
    """Kari removes it, and the erasure comes to its end."""
    now = clock.real_now()
    erasure.remove_charger(night.owner, night.charger_id, night.now, now)
    [erasure_id] = erasures.list_unfinished(now + timedelta(seconds=1))
    live_on(erasure_id, now)


def rows_of(charger_id: ChargerId) -> dict[str, list[str]]:
    """What is stored of the claim in the tables of chargers."""
    found = {name: [row for row in the_store()[name] if charger_id in row] for name in CHARGER_TABLES}
    return {name: rows for name, rows in found.items() if rows}


def test_a_removed_charger_answers_404_at_once(api: ApiClient, night: Night, mint: Mint) -> None:
    """Before anything else was done; removing it again finds nothing either."""
    token = mint.token(night.owner.account_id)
    path = f"/v1/chargers/{night.charger_id}"
    assert api.delete(path, token=token).status == 204
    assert [api.get(path, token=token).status, api.delete(path, token=token).status] == [404, 404]
    assert api.get("/v1/home", token=token).body["chargers"] == []


def test_the_history_goes_with_the_charger(night: Night) -> None:
    """Every table of chargers had something of it, and has nothing afterwards; the site stays."""
    assert {"ChargerStatesTable", "SessionsTable", "ReadingsTable", "PlansTable"} <= set(rows_of(night.charger_id))
    remove(night)
    assert rows_of(night.charger_id) == {}
    assert len(the_store()["SitesTable"]) == 1


def test_the_charger_learns_that_nobody_owns_it(night: Night) -> None:
    """It offers nothing, no ticket counts, the plan is withdrawn; what it had reported of its owner is forgotten."""
    before = chargers.get(night.charger_id)
    remove(night)
    config = convert(night._desired("config"), ConfigDesired)
    told = (config.owner, config.disabled, config.max_current_a, config.access_epoch, config.ticket_keys)
    assert told == ("", True, 0, before.access_epoch + 1, ())
    charging = convert(night._desired("charging"), ChargingDesired)
    assert charging.plan is not None
    assert (charging.plan.intervals, charging.run) == ((), None)
    assert night.charger_id not in str(the_store()[f"shadows of {SERIAL}"])


def test_the_next_owner_starts_clean(night: Night, ola: Account) -> None:
    """Another id, another epoch, defaults, and nothing of before."""
    remove(night)
    won = night.made.claim(ola)
    assert won.charger_id != night.charger_id
    assert (won.claim_epoch, won.access_epoch, won.owner) == (1, 1, ola.account_id)
    assert plans.find_latest(won.charger_id) is None
    assert night.made.config()["owner"] != ""


def test_an_old_proof_does_not_win_a_charger_back(ola: Account, night: Night) -> None:
    """A claim begun before the removal is of an older epoch; it wins nothing."""
    begun, proof = night.made.begin_claim(ola)
    remove(night)
    with pytest.raises(ClaimExpired):
        claims.prove(ola, begun.claim_id, proof, NOW, clock.real_now())
    assert chargers.find_by_serial(SERIAL) is None


def test_late_messages_bring_nothing_back(night: Night) -> None:
    """Readings and reports that had waited in the charger or in a queue."""
    reading, report = fleet.reading(SERIAL, ts=int(night.now.timestamp()), seq=900), night.box.present_status()
    remove(night)
    for body in (reading, night.messages[0] if night.messages else reading):
        assert reading_worker.handle(event(body), LambdaContext()) == {"batchItemFailures": []}
    night.deliver(status_worker.handle, night._report(report))
    assert charging_plans.plan(night.charger_id, night.now, "late") is None
    assert rows_of(night.charger_id) == {}


def test_ingest_that_read_the_charger_before_the_removal_leaves_nothing(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It writes after the first pass; the pass that counts comes when no such function can run any more."""
    now = clock.real_now()
    write, was_removed, charger_id = ledgers.write, False, night.charger_id

    def write_late(*entries: Any) -> bool:
        nonlocal was_removed
        if not was_removed:
            was_removed = True
            erasure.remove_charger(night.owner, charger_id, night.now, now)
            [erasure_id] = erasures.list_unfinished(now + timedelta(seconds=1))
            assert erasure_steps.go_on(erasure_id, now) == SETTLED_AFTER.seconds
            assert rows_of(charger_id) == {}
        return write(*entries)

    monkeypatch.setattr(ledgers, "write", write_late)
    late = Reading(epoch=1, seq=900, at=night.now, register_wh=0, plug_seq=1, starts_flow=False)
    energy_readings.store(SERIAL, late, night.now)
    assert set(rows_of(night.charger_id)) >= {"ReadingsTable"}
    [erasure_id] = erasures.list_unfinished(now + timedelta(seconds=1))
    live_on(erasure_id, now + SETTLED_AFTER)
    assert rows_of(night.charger_id) == {}


def test_a_plan_made_during_the_removal_does_not_reach_the_charger(
    night: Night, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planner looks once more before it writes the shadow."""
    keep, now = plans.write, clock.real_now()

    def write_late(*args: Any) -> bool:
        is_kept = keep(*args)
        erasure.remove_charger(night.owner, night.charger_id, night.now, now)
        return is_kept

    monkeypatch.setattr(plans, "write", write_late)
    monkeypatch.setattr(charging_plans, "is_same", lambda *_: False)
    before = night._desired("charging")
    assert charging_plans.plan(night.charger_id, night.now, "goal") is None
    assert night._desired("charging") == before


def test_support_releases_a_charger_that_was_left_behind(night: Night) -> None:
    """It can be claimed; a second release has nothing to do; what was never made is unknown."""
    erasure.release(SERIAL, night.now, clock.real_now())
    unit = factory.get(SERIAL)
    assert (unit.state, unit.owner, unit.charger_id, unit.claim_epoch) == (UnitState.UNCLAIMED, None, None, 1)
    with pytest.raises(NotOwned):
        erasure.release(SERIAL, night.now, clock.real_now())
    with pytest.raises(UnitUnknown):
        erasure.release(Serial("ZC-99999999"), night.now, clock.real_now())


def test_a_blocked_charger_stays_blocked(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever had it; unblocked it can be claimed."""
    monkeypatch.setattr(iot, "cut_connection", lambda _: False)
    certificates.block(SERIAL, night.now)
    remove(night)
    assert factory.get(SERIAL).state is UnitState.BLOCKED
    certificates.unblock(SERIAL, night.now)
    assert factory.get(SERIAL).state is UnitState.UNCLAIMED


def test_only_the_owner_removes_a_charger(night: Night, ola: Account) -> None:
    """To anybody else it does not exist."""
    with pytest.raises((NotFound, NotAllowed)):
        erasure.remove_charger(ola, night.charger_id, night.now, clock.real_now())
    assert chargers.get(night.charger_id).owner == night.owner.account_id
