"""How long history is kept is a setting of the site, also for what is stored already."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters.dynamo import chargers, hours
from chalicelib.adapters.dynamo.sessions import SessionRow
from chalicelib.domain.chargers import ChargingMode
from chalicelib.domain.ledgers import expiry
from chalicelib.services import energy_history, retention, sites
from chalicelib.services.charging_orders import set_mode
from chalicelib.services.sites import SiteChange
from chalicelib.settings import settings
from chalicelib.workers import pricing
from tests import stored
from tests.energy_cloud import Night, a_night
from tests.identity import People
from tests.lists import list_sessions

PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)


@pytest.fixture
def night(people: People, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A car has come, taken 3 kWh at once, and left."""
    night = a_night(people.account("+4790000001"), PLUG_IN, monkeypatch)
    night.plug_in(3000)
    set_mode(night.owner, night.charger_id, ChargingMode.FULL, night.now)
    night.exchange()
    night.run(night.now + timedelta(minutes=70))
    night.unplug()
    return night


def keep(night: Night, months: int, version: int = 1) -> None:
    site_id = chargers.get(night.charger_id).site_id
    sites.change(night.owner, site_id, SiteChange(history_months=months), version, night.now)


def work_off(night: Night) -> int:
    """The pricing queue, message by message; how many."""
    done, sqs, queue = 0, night.sqs, settings().pricing_queue_url
    stored.let_delays_pass()
    while found := sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=1).get("Messages", []):
        night.deliver(pricing.handle, found[0]["Body"])
        sqs.delete_message(QueueUrl=queue, ReceiptHandle=found[0]["ReceiptHandle"])
        stored.let_delays_pass()
        done += 1
    return done


def rows_stored() -> dict[str, Any]:
    return {name: rows for name, rows in stored.the_store().items() if name.endswith("Table")}


def expiries(night: Night) -> set[int]:
    """How long after its beginning each hour and session expires, in whole days."""
    told: list[Any] = [(start, at) for _, start, at in hours.expiries(night.charger_id, None, 100)]
    told += [(row.started_at, row.expires_at) for row in SessionRow.query(night.charger_id)]
    return {round((at - start) / timedelta(days=1)) for start, at in told}


def test_hours_and_sessions_are_kept_for_three_years_unless_told(night: Night) -> None:
    """36 months of 30.4 days."""
    assert expiries(night) == {1096}


@pytest.mark.parametrize("months", [6, 120])
def test_a_changed_setting_holds_for_what_is_stored_too(night: Night, months: int) -> None:
    """Shorter and longer alike, and for what comes later."""
    keep(night, months)
    work_off(night)
    night.plug_in(1000)
    night.run(night.now + timedelta(hours=14))
    assert expiries(night) == {round(months * 365.25 / 12)}


def test_the_work_goes_part_by_part_and_again_changes_nothing(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    """One row at a time: each part asks for the next; all of it once more leaves the store as it is."""
    monkeypatch.setattr(retention, "PART", 1)
    work_off(night)
    keep(night, 6)
    rows = len(hours.expiries(night.charger_id, None, 100)) + 1
    assert work_off(night) == rows + 2
    before = rows_stored()
    keep(night, 6)  # its answer was lost
    work_off(night)
    assert rows_stored() == before


def test_what_has_expired_is_not_shown_although_the_store_still_has_it(night: Night) -> None:
    """Neither hours nor sessions, from the very instant on."""
    keep(night, 3)
    work_off(night)
    for before, energy_wh, told in ((timedelta(hours=1), 3000, 1), (-timedelta(hours=2), 0, 0)):
        now = expiry(PLUG_IN, 3) - before
        month = energy_history.month(night.owner, night.charger_id, 2026, 2, now)
        found = list_sessions(night.owner, night.charger_id, now)
        assert (month.whole.energy_wh, len(found)) == (energy_wh, told)
