"""The sites of an owner."""

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.adapters.dynamo import sites
from chalicelib.domain.accounts import Account
from chalicelib.domain.errors import InvalidInput, NotFound
from chalicelib.domain.ids import SiteId, Zone
from chalicelib.domain.sites import Country
from chalicelib.domain.zones import Position
from chalicelib.services.sites import SiteWish, create, get, list_own
from tests.identity import People

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
