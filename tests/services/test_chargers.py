"""The settings of a charger."""

import json
from datetime import UTC, datetime, time
from typing import Any

import boto3
import msgspec
import pytest

from chalicelib.adapters.dynamo import charger_states, chargers, sites
from chalicelib.domain.accounts import Account
from chalicelib.domain.charger_states import MonthEnergy
from chalicelib.domain.chargers import Charger, ChargerAccess, CircuitFuseTooLarge, FullUntil
from chalicelib.domain.costs import total_cost
from chalicelib.domain.errors import NotFound, PreconditionFailed
from chalicelib.domain.ids import ChargerId, SiteId, Zone
from chalicelib.domain.sites import Country, CurrencyFixed
from chalicelib.services import sites as own_sites
from chalicelib.services.chargers import SettingsWish, change, get
from chalicelib.services.sites import SiteWish
from tests import infra
from tests.identity import People
from tests.lists import list_own
from tests.made_chargers import MadeCharger

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def made(cloud: dict[str, str]) -> MadeCharger:
    return MadeCharger()


@pytest.fixture
def charger(kari: Account, made: MadeCharger) -> Charger:
    return made.claim(kari)


def planning_requests(queue_url: str) -> list[Any]:
    found = boto3.client("sqs", region_name=infra.REGION).receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)
    return [json.loads(message["Body"]) for message in found.get("Messages", [])]


def test_a_change_is_stored_told_to_the_charger_and_planned(
    kari: Account, made: MadeCharger, charger: Charger, cloud: dict[str, str]
) -> None:
    """The row, the config shadow and the planning queue all learn of it; the rest stays."""
    wish = SettingsWish(name="Garasje", circuit_fuse_a=16, ready_by=time(6, 30))
    changed = change(kari, charger.charger_id, wish, charger.version, NOW).charger
    assert (changed.name, changed.circuit_fuse_a, changed.ready_by) == ("Garasje", 16, time(6, 30))
    assert chargers.get(charger.charger_id) == changed
    assert made.config()["max_current_a"] == 16
    asked = {one["cause"]: one["charger_id"] for one in planning_requests(cloud["PLANNING_QUEUE_URL"])}
    assert asked["settings_changed"] == charger.charger_id


def test_two_changes_from_one_version_do_not_overwrite_each_other(kari: Account, charger: Charger) -> None:
    """Whoever changes what somebody else has changed in between is told to read again."""
    change(kari, charger.charger_id, SettingsWish(name="Garasje"), 1, NOW)
    for version in (1, 3):
        with pytest.raises(PreconditionFailed):
            change(kari, charger.charger_id, SettingsWish(name="Carport"), version, NOW)
    assert chargers.get(charger.charger_id).name == "Garasje"


def test_a_change_whose_answer_was_lost_can_be_repeated(kari: Account, charger: Charger) -> None:
    """The very same change from the same version succeeds again and counts once."""
    wish = SettingsWish(circuit_fuse_a=10)
    first = change(kari, charger.charger_id, wish, 1, NOW)
    assert change(kari, charger.charger_id, wish, 1, NOW) == first
    assert first.charger.version == 2


def test_a_stranger_sees_no_charger(people: People, charger: Charger) -> None:
    """Reading and changing somebody else's charger look like an unknown id, and change nothing."""
    stranger = people.account("+4790000002")
    for charger_id in (charger.charger_id, ChargerId("charger_unknown")):
        with pytest.raises(NotFound):
            get(stranger, charger_id, NOW)
        with pytest.raises(NotFound):
            change(stranger, charger_id, SettingsWish(name="Mine"), 1, NOW)
    assert chargers.get(charger.charger_id) == charger


def test_every_setting_is_kept_and_what_the_charger_must_know_is_told(
    kari: Account, made: MadeCharger, charger: Charger
) -> None:
    """Access and disabled are in its shadow at once; the rest is ours to follow."""
    wish = SettingsWish(
        access=ChargerAccess.VIA_PHONE,
        disabled=True,
        full_until=FullUntil.CHANGED,
        max_starts=3,
        leaves_early=True,
    )
    changed = change(kari, charger.charger_id, wish, 1, NOW).charger
    assert chargers.get(charger.charger_id) == changed
    assert (changed.full_until, changed.max_starts, changed.leaves_early) == (FullUntil.CHANGED, 3, True)
    told = made.config()
    assert (told["access"], told["access_epoch"], told["disabled"]) == ("via_phone", 1, True)


def test_stricter_access_voids_tickets_and_looser_access_does_not(kari: Account, charger: Charger) -> None:
    """The epoch grows once for everyone -> via_phone, also when that is repeated."""
    phone, everyone = SettingsWish(access=ChargerAccess.VIA_PHONE), SettingsWish(access=ChargerAccess.EVERYONE)
    strict = [change(kari, charger.charger_id, phone, 1, NOW).charger for _ in range(2)]
    loose = change(kari, charger.charger_id, everyone, 2, NOW).charger
    again = change(kari, charger.charger_id, phone, 3, NOW).charger
    assert [one.access_epoch for one in (*strict, loose, again)] == [1, 1, 1, 2]


def test_rights_taken_away_in_between_are_not_given_back(
    kari: Account, made: MadeCharger, charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A guest is revoked while a name is changed: the new epoch stays, and the charger has it."""
    real = chargers.change_settings

    def revoked_first(before: Charger, after: Charger) -> None:
        chargers.ChargerRow(before.charger_id).update(actions=[chargers.ChargerRow.access_epoch.set(7)])
        real(before, after)

    monkeypatch.setattr(chargers, "change_settings", revoked_first)
    change(kari, charger.charger_id, SettingsWish(name="Garasje"), 1, NOW)
    assert (chargers.get(charger.charger_id).access_epoch, made.config()["access_epoch"]) == (7, 7)


def test_a_write_whose_answer_was_lost_is_not_taken_for_somebody_elses(kari: Account, charger: Charger) -> None:
    """The store repeats the write and refuses it; what is stored is what was wanted."""
    after = change(kari, charger.charger_id, SettingsWish(name="Garasje"), 1, NOW).charger
    chargers.change_settings(charger, after)
    with pytest.raises(PreconditionFailed):
        chargers.change_settings(charger, msgspec.structs.replace(after, name="Carport"))


def test_a_circuit_fuse_above_the_main_fuse_is_refused(kari: Account, charger: Charger) -> None:
    """The house has 25 A; 25 is possible, 32 protects nothing."""
    with pytest.raises(CircuitFuseTooLarge):
        change(kari, charger.charger_id, SettingsWish(circuit_fuse_a=32), 1, NOW)
    assert change(kari, charger.charger_id, SettingsWish(circuit_fuse_a=25), 1, NOW).charger.circuit_fuse_a == 25


def test_a_charger_moves_to_another_site_of_its_owner(kari: Account, made: MadeCharger, charger: Charger) -> None:
    """Both sites know, its fuse is no larger than the new one, and the old site can be deleted."""
    cabin = own_sites.create(kari, SiteWish(name="Hytta", zone=Zone("NO1"), main_fuse_a=16, grid_type="TN"), NOW)
    moved = [change(kari, charger.charger_id, SettingsWish(site_id=cabin.site_id), 1, NOW).charger for _ in range(2)]
    assert moved[0] == moved[1] == chargers.get(charger.charger_id)
    assert (moved[0].site_id, moved[0].circuit_fuse_a, moved[0].phases) == (cabin.site_id, 16, 3)
    assert made.config()["max_current_a"] == 15
    assert sites.get(cabin.site_id).charger_ids == (charger.charger_id,)
    assert sites.get(charger.site_id).charger_ids == ()
    own_sites.delete(kari, charger.site_id, NOW)


def test_a_charger_does_not_move_to_a_site_that_is_not_ones_own(
    people: People, kari: Account, charger: Charger
) -> None:
    """Somebody else's looks like one that is not there."""
    theirs = own_sites.create(people.account("+4790000002"), SiteWish(), NOW)
    for site_id in (theirs.site_id, SiteId("site_unknown")):
        with pytest.raises(NotFound):
            change(kari, charger.charger_id, SettingsWish(site_id=site_id), 1, NOW)
    assert chargers.get(charger.charger_id) == charger


def test_a_site_that_is_deleted_at_the_moment_of_the_move_gets_no_charger(
    kari: Account, charger: Charger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The move is told that it is gone, and the charger stays where it was."""
    cabin, real = own_sites.create(kari, SiteWish(), NOW), chargers.change_settings

    def deleted_first(before: Charger, after: Charger) -> None:
        own_sites.delete(kari, cabin.site_id, NOW)
        real(before, after)

    monkeypatch.setattr(chargers, "change_settings", deleted_first)
    with pytest.raises(NotFound):
        change(kari, charger.charger_id, SettingsWish(site_id=cabin.site_id), 1, NOW)
    assert chargers.get(charger.charger_id) == charger
    assert [one.charger_ids for one in list_own(kari)] == [(charger.charger_id,)]


def test_a_used_charger_keeps_its_currency(kari: Account, charger: Charger) -> None:
    """Its history was paid in NOK; a new one may move to Sweden."""
    home, cabin = charger.site_id, own_sites.create(kari, SiteWish(country=Country.SE), NOW)
    change(kari, charger.charger_id, SettingsWish(site_id=cabin.site_id), 1, NOW)
    change(kari, charger.charger_id, SettingsWish(site_id=home), 2, NOW)
    charger_states.put_month(charger.charger_id, MonthEnergy(month="2026-02", energy_wh=1, cost=total_cost((), "NOK")))
    with pytest.raises(CurrencyFixed):
        change(kari, charger.charger_id, SettingsWish(site_id=cabin.site_id), 3, NOW)
