"""The price contract of a site over HTTP, and what plan and history make of it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from chalicelib.adapters.dynamo import accounts, sites
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.ids import AccountId, GridCompanyId
from chalicelib.services.sites import SiteChange, change
from tests.api_client import ApiClient
from tests.energy_cloud import Night, a_night
from tests.identity import People, Person

START = datetime(2026, 2, 10, 14, 0, tzinfo=UTC)
HOME = {"name": "Hjemme", "country": "NO", "zone": "NO5", "main_fuse_a": 25, "grid_type": "IT", "phases": 3}
CONTRACT = {
    "kind": "spot_support",
    "surcharge_per_kwh": "0.049",
    "grid_company_id": "bkk",
    "county": "vestland",
}


@pytest.fixture
def kari(people: People) -> Person:
    return people.sign_in("+4790000001")


@pytest.fixture
def night(kari: Person, monkeypatch: pytest.MonkeyPatch) -> Night:
    """A charger in Bergen whose owner has named BKK and has support."""
    account = accounts.find(AccountId(kari.account_id))
    assert account is not None
    found = a_night(account, START, monkeypatch)
    contract = PriceContract(kind="spot_support", grid_company=GridCompanyId("bkk"))
    site = sites.get(found.claimed.site_id)
    change(account, site.site_id, SiteChange(contract=contract), site.version, START)
    return found


def test_a_contract_comes_back_as_it_was_given(api: ApiClient, kari: Person) -> None:
    """From POST, and from GET after it."""
    made = api.post("/v1/sites", HOME | {"contract": CONTRACT}, token=kari.token)
    read = api.get(f"/v1/sites/{made.body['site_id']}", token=kari.token).body
    expected = CONTRACT | {"fixed_price_per_kwh": None, "county_must_ask": False}
    assert (made.status, made.body["contract"], read["contract"]) == (201, expected, expected)
    assert read["price_kind"] == "spot_support"


def test_how_long_history_is_kept_is_a_setting_of_the_site(api: ApiClient, kari: Person) -> None:
    """Three years unless told; from three months to ten years, and nothing else."""
    made = api.post("/v1/sites", HOME, token=kari.token).body
    path, found = f"/v1/sites/{made['site_id']}", []
    for months in (3, 120, 2, 121):
        headers = {"if-match": f'"{api.get(path, token=kari.token).body["version"]}"'}
        answer = api.patch(path, {"history_months": months}, token=kari.token, headers=headers)
        found.append((answer.status, answer.body.get("history_months")))
    assert (made["history_months"], found) == (36, [(200, 3), (200, 120), (400, None), (400, None)])


def test_a_site_without_a_word_about_its_contract_pays_spot(api: ApiClient, kari: Person) -> None:
    """And in the north the app is told to ask for the county."""
    found = [api.post("/v1/sites", HOME | {"zone": zone}, token=kari.token).body["contract"] for zone in ("NO5", "NO4")]
    assert [(one["kind"], one["grid_company_id"], one["county_must_ask"]) for one in found] == [
        ("spot", None, False),
        ("spot", None, True),
    ]


def test_a_contract_is_changed_whole(api: ApiClient, kari: Person) -> None:
    """From support to a fixed price: nothing of the old one stays."""
    path = f"/v1/sites/{api.post('/v1/sites', HOME | {'contract': CONTRACT}, token=kari.token).body['site_id']}"
    fixed = {"kind": "fixed", "fixed_price_per_kwh": "0.849"}
    changed = api.patch(path, {"contract": fixed}, token=kari.token, headers={"if-match": "1"})
    expected = fixed | {
        "surcharge_per_kwh": None,
        "grid_company_id": None,
        "county": None,
        "county_must_ask": False,
    }
    assert (changed.status, changed.body["contract"]) == (200, expected)
    assert api.get(path, token=kari.token).body["contract"] == expected


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"contract": {"kind": "fixed"}}, "contract.fixed_price_per_kwh"),
        ({"contract": {"grid_company_id": "nobody"}}, "contract.grid_company_id"),
        ({"contract": {"grid_company_id": "elvia"}}, "contract.grid_company_id"),
        ({"contract": {"county": "finnmark"}}, "contract.county"),
        ({"contract": {"surcharge_per_kwh": "1e3"}}, "contract.surcharge_per_kwh"),
        ({"contract": {"kind": "free"}}, "contract.kind"),
        ({"contract": {"kind": "norgespris"}, "country": "SE", "zone": "SE3"}, "contract.kind"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_contract_that_cannot_be_is_refused_by_field(
    api: ApiClient, kari: Person, more: dict[str, Any], field: str
) -> None:
    """400 that names the place."""
    refused = api.post("/v1/sites", HOME | more, token=kari.token)
    assert (refused.status, refused.body["code"], refused.body["field"]) == (400, "invalid_input", field)


def test_the_grid_companies_of_a_zone_are_listed_by_name(api: ApiClient, kari: Person) -> None:
    """BKK in Bergen, not Elvia; all of them without a zone."""
    here = api.get("/v1/grid-companies?zone=NO5", token=kari.token).body["grid_companies"]
    everywhere = api.get("/v1/grid-companies", token=kari.token).body["grid_companies"]
    ids = [company["grid_company_id"] for company in here]
    assert ("bkk" in ids, "elvia" in ids, len(everywhere) > len(here)) == (True, False, True)


def test_the_plan_tells_what_each_kilowatt_hour_is_made_of(api: ApiClient, kari: Person, night: Night) -> None:
    """The parts of a price are its sum, those of the plan its total."""
    night.plug_in(20_000)
    plan = api.get(f"/v1/chargers/{night.charger_id}/plan", token=kari.token).body
    names = ["spot", "support", "grid_energy", "electricity_tax", "enova_levy"]
    price = plan["prices"][0]
    assert [part["name"] for part in price["parts"]] == names == [part["name"] for part in plan["cost_parts"]]
    assert sum(Decimal(part["price"]) for part in price["parts"]) == Decimal(price["price"])
    parts = sum(Decimal(part["cost"]["amount"]) for part in plan["cost_parts"])
    assert abs(parts - Decimal(plan["total_cost"]["amount"])) <= Decimal("0.005") * (len(names) + 1)
    assert (plan["has_grid_cost"], float(plan["total_cost"]["amount"]) > float(plan["energy_cost"]["amount"])) == (
        True,
        True,
    )


def test_history_and_sessions_show_energy_first_and_the_total_beside_it(
    api: ApiClient, kari: Person, night: Night
) -> None:
    """8 kWh; the grid's part is that of the night's hours."""
    night.plug_in(8_000)
    night.run(START + timedelta(hours=17))
    path = f"/v1/chargers/{night.charger_id}"
    month = api.get(f"{path}/history?month=2026-02", token=kari.token).body
    session = api.get(f"{path}/sessions", token=kari.token).body["sessions"][0]
    assert month["energy_wh"] == session["energy_wh"] == 8_000
    assert (month["cost"], month["total_cost"]) == (session["cost"], session["total_cost"])
    grid = Decimal(month["total_cost"]["amount"]) - Decimal(month["cost"]["amount"])
    night_rate = (Decimal("10.5") + Decimal("7.13") + 1) * 5 / 400
    assert abs(grid - 8 * night_rate) <= Decimal("0.01")
