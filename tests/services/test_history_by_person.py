"""Who used what: the owner sees everybody, a guest their own use; and corrected prices reach sessions that are over."""

import base64
import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import msgspec
import pytest

from chalicelib.adapters.dynamo import chargers, hours, prices, sessions
from chalicelib.adapters.pricing_queue import PricingRequest
from chalicelib.domain.accounts import Account
from chalicelib.domain.calendar import HOUR
from chalicelib.domain.chargers import ChargingMode
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.ids import Zone
from chalicelib.domain.prices import PriceSlot
from chalicelib.services import energy_history, repricing, sites
from chalicelib.services.charging_orders import set_mode
from chalicelib.services.energy_ledger import reprice
from chalicelib.services.sites import SiteChange
from chalicelib.workers import pricing
from tests import stored
from tests.energy_cloud import Night, a_night
from tests.guests_cloud import let_in
from tests.identity import People

PLUG_IN = datetime(2026, 2, 10, 16, 0, tzinfo=UTC)
NO5 = Zone("NO5")
FIXED = PriceContract(kind="fixed", fixed_price=Decimal(1))


@pytest.fixture
def kari(people: People) -> Account:
    return people.account("+4790000001")


@pytest.fixture
def night(kari: Account, monkeypatch: pytest.MonkeyPatch) -> Night:
    """Two cars, one after the other, 3 kWh and then 2 kWh, at once."""
    night = a_night(kari, PLUG_IN, monkeypatch)
    for number, need_wh in enumerate((3000, 2000)):
        night.run(PLUG_IN + 3 * number * HOUR)
        night.plug_in(need_wh)
        set_mode(kari, night.charger_id, ChargingMode.FULL, night.now)
        night.exchange()
        night.run(night.now + timedelta(minutes=70))
        night.unplug()
    return night


def unlocked_by(night: Night, plug_seq: int, user: str) -> None:
    """It becomes known who unlocked, after the hours were derived."""
    sessions.note_user(night.charger_id, plug_seq, user)
    session = sessions.find(night.charger_id, plug_seq)
    assert session is not None
    reprice(night.claimed, session, night.now)


def test_the_owner_sees_everybody_and_a_guest_only_their_own(night: Night, people: People) -> None:
    """A guest's car and a visitor's: people add up to the month, and the guest is told of one of them."""
    ola = people.account("+4790000002")
    let_in(ola, night.charger_id, PLUG_IN - HOUR, PLUG_IN + 2 * HOUR)
    unlocked_by(night, 1, "grant_1")
    month = energy_history.month(night.owner, night.charger_id, 2026, 2, night.now)
    own = energy_history.month(ola, night.charger_id, 2026, 2, night.now)
    told = [(one.person.kind, one.person.name, one.usage.energy_wh) for one in month.people]
    assert told == [("guest", "Ola", 3000), ("visitor", "", 2000)]
    assert (month.whole.energy_wh, own.whole.energy_wh) == (5000, 3000)
    assert [one.person.grant_id for one in own.people] == ["grant_1"]
    assert own.whole.cost == month.people[0].usage.cost
    assert sum(month.whole.shares.values()) == month.whole.cost.known.amount


def test_a_guest_sees_nothing_from_outside_their_window(night: Night, people: People) -> None:
    """Hours after the end are not theirs to see, whoever's session it was."""
    ola = people.account("+4790000002")
    let_in(ola, night.charger_id, PLUG_IN - 5 * HOUR, PLUG_IN - HOUR)
    unlocked_by(night, 1, "grant_1")
    assert energy_history.month(ola, night.charger_id, 2026, 2, night.now).whole.energy_wh == 0


def test_a_corrected_price_reaches_a_session_that_is_over(night: Night) -> None:
    """Twice the price, twice the cost, of hours, session and month; a second time nothing changes."""
    before = sessions.find(night.charger_id, 1)
    assert before is not None
    assert before.energy is not None
    for known in prices.list_days(NO5, PLUG_IN.date(), PLUG_IN.date()):
        slots = tuple(PriceSlot(one.start, one.end, one.price * 2, one.state) for one in known.slots)
        found = msgspec.structs.replace(known, slots=slots)
        repricing.ask_before_change(known, found, night.now)
        prices.put(found)
    messages = stored.the_store()["PricingQueue"]
    assert PricingRequest(zone=NO5, day=PLUG_IN.date()) in [
        msgspec.json.decode(body, type=PricingRequest) for body in messages
    ]
    assert repricing.share_out(NO5, PLUG_IN.date()) == 1
    one = json.dumps({"kind": "price", "zone": NO5, "day": str(PLUG_IN.date()), "charger_id": night.charger_id})
    night.deliver(pricing.handle, one)
    after = sessions.find(night.charger_id, 1)
    assert after is not None
    assert after.energy is not None
    month = energy_history.month(night.owner, night.charger_id, 2026, 2, night.now)
    assert after.energy.cost.known.amount == before.energy.cost.known.amount * Decimal(2)
    again = stored.the_store()["HoursTable"]
    night.deliver(pricing.handle, one)
    assert stored.the_store()["HoursTable"] == again
    assert month.whole.cost.known.amount > after.energy.cost.known.amount


def test_hours_and_readings_expire(night: Night) -> None:
    """Readings after 400 days, hours after 36 months."""
    row = next(iter(hours.HourRow.query(night.charger_id)))
    assert row.expires_at.year == PLUG_IN.year + 3
    assert '"expires_at"' in stored.the_store()["ReadingsTable"][0]


def corrected(night: Night) -> None:
    """The market's prices of the day are doubled, and the charger's hours are priced anew."""
    for known in prices.list_days(NO5, PLUG_IN.date(), PLUG_IN.date()):
        slots = tuple(PriceSlot(one.start, one.end, one.price * 2, one.state) for one in known.slots)
        prices.put(msgspec.structs.replace(known, slots=slots))
    repricing.reprice_day(night.charger_id, PLUG_IN.date())


def cost_of(night: Night, plug_seq: int) -> Decimal:
    session = sessions.find(night.charger_id, plug_seq)
    assert session is not None
    assert session.energy is not None
    assert not session.energy.cost.is_pending
    return session.energy.cost.known.amount


@pytest.mark.parametrize(
    ("earlier", "later", "factor"),
    [
        pytest.param(PriceContract(), FIXED, 2, id="spot until now: the correction counts"),
        pytest.param(FIXED, PriceContract(), 1, id="fixed until now: the market is nothing to it"),
    ],
)
def test_a_corrected_price_is_paid_by_the_contract_of_that_time(
    night: Night, earlier: PriceContract, later: PriceContract, factor: int
) -> None:
    """Whatever has been agreed on since: the old session is priced as it was paid, and a second time alike."""
    site_id = chargers.get(night.charger_id).site_id
    sites.change(night.owner, site_id, SiteChange(contract=earlier), 1, PLUG_IN - HOUR)
    repricing.reprice_day(night.charger_id, PLUG_IN.date())
    before = cost_of(night, 1)
    sites.change(night.owner, site_id, SiteChange(contract=later), 2, night.now)
    corrected(night)
    assert cost_of(night, 1) == before * factor
    again = stored.the_store()["HoursTable"]
    repricing.reprice_day(night.charger_id, PLUG_IN.date())
    assert stored.the_store()["HoursTable"] == again


def test_a_new_contract_holds_for_the_session_that_goes_on(night: Night) -> None:
    """From its beginning, and not for the ones before it."""
    site_id = chargers.get(night.charger_id).site_id
    night.plug_in(2000)
    set_mode(night.owner, night.charger_id, ChargingMode.FULL, night.now)
    night.exchange()
    night.run(night.now + timedelta(minutes=30))
    sites.change(night.owner, site_id, SiteChange(contract=FIXED), 1, night.now)
    night.exchange()
    spot = cost_of(night, 1)
    night.run(night.now + timedelta(minutes=60))
    night.unplug()
    assert cost_of(night, 3) == Decimal(2)
    assert cost_of(night, 1) == spot


def test_an_hour_is_told_within_a_minute_of_its_end(kari: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    """All that the register rose in it, while the car goes on charging."""
    night, end = a_night(kari, PLUG_IN, monkeypatch), PLUG_IN + HOUR
    night.plug_in(20_000)
    set_mode(kari, night.charger_id, ChargingMode.FULL, night.now)
    night.exchange()
    night.run(end + timedelta(minutes=1))
    told = [msgspec.json.decode(base64.b64decode(json.loads(body)["payload"])) for body in night.messages]
    [at_end] = [one["register_wh"] for one in told if one["ts"] == end.timestamp()]
    [first, *_] = energy_history.day(kari, night.charger_id, PLUG_IN.date(), night.now).hours
    assert (first.stretch.end, first.energy_wh) == (end, at_end)
