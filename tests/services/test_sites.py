"""The sites of an owner."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.adapters import clock
from chalicelib.adapters.dynamo import charger_states, chargers, sites
from chalicelib.domain.accounts import Account
from chalicelib.domain.charger_states import MonthEnergy
from chalicelib.domain.chargers import Charger
from chalicelib.domain.costs import total_cost
from chalicelib.domain.errors import InvalidInput, NotFound, PreconditionFailed
from chalicelib.domain.ids import SiteId, Zone
from chalicelib.domain.sites import Country, CurrencyFixed, Site, SiteHasChargers
from chalicelib.domain.zones import Position
from chalicelib.services import claims
from chalicelib.services.claims import Proof
from chalicelib.services.sites import SiteChange, SiteWish, change, create, delete, get
from chalicelib.workers import planning
from tests.api_client import LambdaContext
from tests.energy_cloud import event, messages
from tests.identity import People
from tests.lists import list_own
from tests.made_chargers import MadeCharger

NOW = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


def wish(
    name: str = "Hjemme",
    country: Country = Country.NO,
    zone: str | None = None,
    position: Position | None = None,
) -> SiteWish:
    return SiteWish(
        name=name,
        country=country,
        zone=Zone(zone) if zone else None,
        position=position,
        main_fuse_a=63,
        grid_type="IT",
        phases=3,
    )


def test_a_site_is_kept_as_it_was_made(kari: Account) -> None:
    """Every field comes back; the list holds one's own sites, the oldest first."""
    first = create(kari, wish(zone="NO5"), NOW)
    second = create(kari, wish(name="Hytta", position=Position(lat=61.115, lon=10.466)), NOW + timedelta(seconds=1))
    assert get(kari, first.site_id, NOW) == first
    assert list_own(kari) == [first, second]
    assert (second.zone, second.main_fuse_a, second.grid_type, second.phases) == ("NO1", 63, "IT", 3)


@pytest.mark.parametrize(
    ("country", "time_zone", "currency"),
    [
        (Country.NO, "Europe/Oslo", "NOK"),
        (Country.SE, "Europe/Stockholm", "SEK"),
        (Country.DK, "Europe/Copenhagen", "DKK"),
        (Country.FI, "Europe/Helsinki", "EUR"),
    ],
)
def test_the_country_fixes_time_zone_and_currency(
    kari: Account, country: Country, time_zone: str, currency: str
) -> None:
    """Nobody is asked for either."""
    site = create(kari, wish(country=country), NOW)
    assert (site.time_zone, site.currency) == (time_zone, currency)


def test_a_zone_of_another_country_is_refused(kari: Account) -> None:
    """A Norwegian site has a Norwegian zone; the field is named."""
    with pytest.raises(InvalidInput) as refused:
        create(kari, wish(zone="SE3"), NOW)
    assert refused.value.field == "zone"


def test_a_position_across_the_border_proposes_within_the_country(kari: Account) -> None:
    """Just inside Sweden by the polygons, but Norwegian by its owner: the near Norwegian zone, to be confirmed."""
    site = create(kari, wish(position=Position(lat=59.10, lon=11.30)), NOW)
    assert (site.zone, site.zone_must_ask) == ("NO1", True)


def test_a_country_with_one_zone_needs_no_question(kari: Account) -> None:
    """Finland is one zone."""
    site = create(kari, wish(country=Country.FI), NOW)
    assert (site.zone, site.zone_must_ask) == ("FI", False)


def test_the_position_is_stored_nowhere(kari: Account) -> None:
    """The terms promise it: it proposes the zone and is forgotten."""
    site = create(kari, wish(position=Position(lat=60.3931, lon=5.3242)), NOW)
    stored = str(sites.SiteRow.get(site.site_id).to_simple_dict())
    assert "60.39" not in stored
    assert "5.32" not in stored


def test_a_stranger_sees_no_site(people: People, kari: Account) -> None:
    """Somebody else's site looks like an unknown one and is in no other list."""
    site = create(kari, wish(), NOW)
    stranger = people.account("+4790000002")
    for site_id in (site.site_id, SiteId("site_unknown")):
        with pytest.raises(NotFound):
            get(stranger, site_id, NOW)
    assert list_own(stranger) == []


BERGEN = Position(lat=60.3931, lon=5.3242)
NEAR_SWEDEN = Position(lat=59.10, lon=11.30)


def work_off_planning() -> None:
    """What the planning queue holds is done."""
    for body in messages():
        assert planning.handle(event(body), LambdaContext()) == {"batchItemFailures": []}


def test_a_position_alone_is_enough(kari: Account) -> None:
    """Country, name, zone, grid type and fuse are what is common there, to be corrected."""
    site = create(kari, SiteWish(position=BERGEN), NOW)
    assert (site.country, site.name, site.zone, site.grid_type) == (Country.NO, "Hjemme", "NO5", "IT")
    assert (site.main_fuse_a, site.phases, site.version) == (25, 3, 1)


def test_a_zone_alone_tells_the_country(kari: Account) -> None:
    """SE3 is in Sweden, where houses have TN grids."""
    site = create(kari, SiteWish(zone=Zone("SE3")), NOW)
    assert (site.country, site.grid_type, site.currency) == (Country.SE, "TN", "SEK")


@pytest.mark.parametrize(
    ("fuse_a", "phases", "field"), [(64, 3, "main_fuse_a"), (24, 3, "main_fuse_a"), (80, 1, "phases")]
)
def test_a_main_fuse_that_is_not_made_is_refused(kari: Account, fuse_a: int, phases: Any, field: str) -> None:
    """It holds for new sites and for changes, names the field and changes nothing."""
    site = create(kari, wish(), NOW)
    with pytest.raises(InvalidInput) as made:
        create(kari, SiteWish(main_fuse_a=fuse_a, phases=phases), NOW)
    with pytest.raises(InvalidInput) as changed:
        change(kari, site.site_id, SiteChange(main_fuse_a=fuse_a, phases=phases), 1, NOW)
    assert (made.value.field, changed.value.field) == (field, field)
    assert get(kari, site.site_id, NOW) == site


def test_a_proposed_zone_is_confirmed_by_choosing_it(kari: Account) -> None:
    """Then nobody is asked any more; a new position has a zone proposed anew."""
    site = create(kari, wish(position=NEAR_SWEDEN), NOW)
    confirmed = change(kari, site.site_id, SiteChange(zone=Zone("NO1")), 1, NOW)
    assert (confirmed.zone, confirmed.zone_must_ask, confirmed.candidates) == ("NO1", False, ("NO1",))
    moved = change(kari, site.site_id, SiteChange(position=BERGEN), 2, NOW)
    assert (moved.zone, moved.zone_must_ask, moved.version) == ("NO5", False, 3)
    assert get(kari, site.site_id, NOW) == moved


def test_another_country_opens_the_zone_again(kari: Account) -> None:
    """A Norwegian zone does not stay with a Swedish site, and a wrong pair is refused."""
    site = create(kari, wish(zone="NO1"), NOW)
    with pytest.raises(InvalidInput):
        change(kari, site.site_id, SiteChange(country=Country.SE, zone=Zone("NO1")), 1, NOW)
    swedish = change(kari, site.site_id, SiteChange(country=Country.SE), 1, NOW)
    assert (swedish.zone, swedish.zone_must_ask, swedish.currency) == (None, True, "SEK")


def test_only_the_version_that_was_read_is_changed(kari: Account) -> None:
    """A lost answer is repeated; whoever read an older or another version is told to read again."""
    site = create(kari, wish(), NOW)
    first = change(kari, site.site_id, SiteChange(name="Hytta"), 1, NOW)
    assert change(kari, site.site_id, SiteChange(name="Hytta"), 1, NOW) == first
    for version in (1, 3):
        with pytest.raises(PreconditionFailed):
            change(kari, site.site_id, SiteChange(name="Brygga"), version, NOW)
    assert (first.version, get(kari, site.site_id, NOW).name) == (2, "Hytta")


def test_every_charger_of_a_changed_site_is_told(kari: Account) -> None:
    """A smaller main fuse lowers what each may offer, and an IT grid has cars of one phase; other sites stay."""
    site = create(kari, wish(zone="NO5"), NOW)
    change(kari, site.site_id, SiteChange(grid_type="TN"), 1, NOW)
    boxes = [MadeCharger(f"ZC-0000000{number}") for number in (1, 2, 3)]
    won = [box.claim(kari, site_id=site.site_id) for box in boxes[:2]]
    boxes[2].claim(kari)
    elsewhere = boxes[2].config()
    change(kari, site.site_id, SiteChange(main_fuse_a=16, grid_type="IT"), 2, NOW)
    work_off_planning()
    assert [box.config()["max_current_a"] for box in boxes[:2]] == [15, 15]
    assert [(one.phases, chargers.get(one.charger_id).phases) for one in won] == [(3, 1), (3, 1)]
    assert boxes[2].config() == elsewhere


def test_a_site_where_energy_was_paid_keeps_its_currency(kari: Account) -> None:
    """Before that a wrong country can be corrected, also with a charger there."""
    box = MadeCharger()
    won = box.claim(kari, position=BERGEN)
    danish = change(kari, won.site_id, SiteChange(country=Country.DK), 1, NOW)
    assert danish.currency == "DKK"
    month = MonthEnergy(month="2026-02", energy_wh=1, cost=total_cost((), "DKK"))
    charger_states.put_month(won.charger_id, month)
    with pytest.raises(CurrencyFixed):
        change(kari, won.site_id, SiteChange(country=Country.NO), 2, NOW)
    assert get(kari, won.site_id, NOW) == danish


def test_an_empty_site_is_deleted_and_one_with_a_charger_is_not(kari: Account) -> None:
    """`site_has_chargers` until the last one has left; afterwards it does not exist."""
    empty = create(kari, wish(), NOW)
    delete(kari, empty.site_id, NOW)
    with pytest.raises(NotFound):
        get(kari, empty.site_id, NOW)
    won = MadeCharger().claim(kari)
    with pytest.raises(SiteHasChargers):
        delete(kari, won.site_id, NOW)
    chargers.ChargerRow(won.charger_id).delete()
    delete(kari, won.site_id, NOW)
    assert list_own(kari) == []


def test_a_charger_is_never_left_at_a_site_that_is_gone(kari: Account) -> None:
    """Claims into a site at the moment of its deletion: either it stays, or the claim is told that it is gone."""
    boxes = [MadeCharger(f"ZC-0000001{number}") for number in range(6)]
    homes = [create(kari, wish(), NOW) for _ in boxes]

    def land(number: int) -> Site | None:
        claim, proof = boxes[number].begin_claim(kari, site_id=homes[number].site_id)
        try:
            return get(kari, claims.prove(kari, claim.claim_id, proof, NOW, clock.real_now()).site_id, NOW)
        except NotFound:
            return None

    def leave(number: int) -> bool:
        try:
            delete(kari, homes[number].site_id, NOW)
        except SiteHasChargers:
            return False
        return True

    with ThreadPoolExecutor(4) as crowd:
        landed = [crowd.submit(land, number) for number in range(6)]
        left = [crowd.submit(leave, number) for number in range(6)]
    standing = {one.charger_id: one.site_id for one in chargers.list_by_owner(kari.account_id)}
    assert [one.result() is None for one in landed] == [one.result() for one in left]
    assert set(standing.values()) == {one.site_id for one in list_own(kari)}


def test_a_charger_that_comes_while_its_site_is_deleted_keeps_it(
    kari: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The deletion has looked and found nobody; then the charger comes; the deletion looks again."""
    box, site = MadeCharger(), create(kari, wish(), NOW)
    look = chargers.list_of
    seen: list[Charger] = []

    def looked(charger_ids: Any) -> Any:
        found = look(charger_ids)
        if not seen:
            seen.append(box.claim(kari, site_id=site.site_id))
        return found

    monkeypatch.setattr(chargers, "list_of", looked)
    with pytest.raises(SiteHasChargers):
        delete(kari, site.site_id, NOW)
    assert get(kari, seen[0].site_id, NOW).charger_ids == (seen[0].charger_id,)


def test_a_claim_into_a_site_that_is_deleted_meanwhile_makes_no_owner(
    kari: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The claim has read the site; then it is deleted; the charger stays free, and the same claim can win elsewhere."""
    box, site = MadeCharger(), create(kari, wish(), NOW)
    claim, proof = box.begin_claim(kari, site_id=site.site_id)
    read = sites.get

    def read_and_lose(site_id: SiteId) -> Site:
        found = read(site_id)
        monkeypatch.setattr(sites, "get", read)
        delete(kari, site_id, NOW)
        return found

    monkeypatch.setattr(sites, "get", read_and_lose)
    with pytest.raises(NotFound):
        claims.prove(kari, claim.claim_id, proof, NOW, clock.real_now())
    elsewhere = Proof(signature=proof.signature)
    assert claims.prove(kari, claim.claim_id, elsewhere, NOW, clock.real_now()).owner == kari.account_id


def test_a_stranger_cannot_change_or_delete_a_site(people: People, kari: Account) -> None:
    """It looks unknown, and stays as it is."""
    site, ola = create(kari, wish(), NOW), people.account("+4790000002")
    with pytest.raises(NotFound):
        change(ola, site.site_id, SiteChange(name="Mine"), 1, NOW)
    with pytest.raises(NotFound):
        delete(ola, site.site_id, NOW)
    assert get(kari, site.site_id, NOW) == site
