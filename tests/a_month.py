"""A month of charging as a simulated household lives it: plugged in at 17:00, charged in the cheapest hours by 07:00.

Prices are NO5's of 2026 as recorded, where there are any, else made; need and habits are drawn with a seed.
"""

import functools
import json
import random
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

from chalicelib.adapters import tariff_data
from chalicelib.domain.calendar import HOUR, Stretch, days_of, instant_of, month_stretch, steps
from chalicelib.domain.charger_states import SessionEnergy
from chalicelib.domain.contracts import PriceContract
from chalicelib.domain.costs import PricedHour, cost_at_once, grand_total, hour_prices, price_part, total_cost
from chalicelib.domain.energy import EnergyHour, HourPart
from chalicelib.domain.grants import OWNER, Grant
from chalicelib.domain.ids import ChargerId, GrantId, GridCompanyId, Zone
from chalicelib.domain.month_reports import MonthReport, Sources, month_report
from chalicelib.domain.prices import PriceSlot
from chalicelib.domain.sessions import Session
from chalicelib.domain.sites import Country
from chalicelib.domain.tariffs import SiteTariff, paid_slots

OSLO, POWER_W, CURRENCY = ZoneInfo("Europe/Oslo"), 7360, "NOK"
DATA = Path(__file__).parent.parent / "simulator" / "data"
GUEST = Grant(
    grant_id=GrantId("grant_1"),
    charger_id=ChargerId("charger_1"),
    name="Bestemor Åse",
    phone=None,
    since=datetime(2026, 1, 1, tzinfo=UTC),
    until=None,
    time_zone="Europe/Oslo",
    currency=CURRENCY,
    invited_at=datetime(2026, 1, 1, tzinfo=UTC),
)
TARIFF = SiteTariff(
    country=Country.NO,
    zone=Zone("NO5"),
    contract=PriceContract(
        kind="spot_support", surcharge=Decimal("0.0399"), grid_company=GridCompanyId("bkk"), county=None
    ),
    rates=tariff_data.rates(),
    grid=tariff_data.grid_companies()[GridCompanyId("bkk")],
)


@functools.cache
def recorded_prices() -> dict[datetime, Decimal]:
    """NOK per kWh without VAT by hour."""
    rates = json.loads((DATA / "norges-bank_EURNOK_2026.json").read_text())["daily"]
    hourly = json.loads((DATA / "hvakosterstrommen_NO5_2026.json").read_text())["hourly"]
    rate = Decimal(str(rates[0]["rate"]))
    return {
        datetime.fromisoformat(hour["start_local"]).astimezone(UTC): round(
            Decimal(str(hour["eur_mwh"])) * rate / 1000, 5
        )
        for hour in hourly
    }


def market(window: Stretch) -> list[PriceSlot]:
    """A slot for each hour; dear evenings and cheap nights where nothing is recorded."""
    known = recorded_prices()
    made = {step.start: Decimal(30 + 7 * ((step.start.hour + 6) % 24)) / 100 for step in steps(window, HOUR)}
    return [PriceSlot(start, start + HOUR, known.get(start, price)) for start, price in made.items()]


class Month:
    """A month's hours and sessions; `until`: nothing is known of what comes after; `unpriced`: days without prices."""

    def __init__(self, year: int, month: int, *, until: datetime | None = None, unpriced: Iterable[date] = ()) -> None:
        self.year, self.month, self.whole = year, month, month_stretch(year, month, OSLO)
        self.now = until or self.whole.end
        around = Stretch(self.whole.start - 2 * HOUR * 24, self.whole.end + 2 * HOUR * 24)
        without = set(unpriced)
        self.market = [slot for slot in market(around) if slot.start.astimezone(OSLO).date() not in without]
        self.prices = {slot.start: slot.price for slot in market(around)}
        self.paid = {slot.start: slot for slot in paid_slots(TARIFF, self.market, around)}
        self.hours: dict[datetime, list[HourPart]] = {}
        self.sessions: dict[int, Session] = {}
        for plug_seq, (day, user, need_wh) in enumerate(_habits(self.whole), start=100):
            self._night(plug_seq, day, user, need_wh)

    def priced(self, plug_seq: int | None = None) -> list[PricedHour]:
        """The hours as they are stored, or those of one session."""
        found = (
            EnergyHour(start=start, parts=tuple(parts))
            for start, parts in sorted(self.hours.items())
            if start < self.now and (plug_seq is None or any(part.plug_seq == plug_seq for part in parts))
        )
        return [self._price(hour) for hour in found]

    def sources(self, own_grants: tuple[str, ...] | None = None, guest: Grant = GUEST) -> Sources:
        """What the report is made of."""
        return Sources(
            charger="Garasjen",
            site="Hjemme" if own_grants is None else "",
            year=self.year,
            month=self.month,
            time_zone="Europe/Oslo",
            currency=CURRENCY,
            hours=self.priced(),
            sessions=self.sessions,
            grants={guest.grant_id: guest},
            own_grants=own_grants,
        )

    def report(self, own_grants: tuple[str, ...] | None = None, guest: Grant = GUEST) -> MonthReport:
        """The report."""
        return month_report(self.sources(own_grants, guest), self.now)

    def _price(self, hour: EnergyHour) -> PricedHour:
        slots = [self.paid[hour.start]] if hour.start in self.paid else []
        costs = (price_part(hour.start, part, hour_prices(slots, has_grid=True), CURRENCY) for part in hour.parts)
        return PricedHour(hour=hour, part_costs=tuple(costs))

    def _night(self, plug_seq: int, day: date, user: str | None, need_wh: int) -> None:
        began = instant_of(day, time(17), OSLO)
        ready = instant_of(day + timedelta(days=1), time(7), OSLO)
        if began >= self.now:
            return
        window = sorted((step.start for step in steps(Stretch(began, ready), HOUR)), key=lambda at: self.prices[at])
        left_wh = need_wh
        for start in window:
            taken = min(left_wh, POWER_W)
            if taken and start in self.whole:
                share, rest = divmod(taken, 4)
                part = HourPart(plug_seq=plug_seq, quarters_wh=(share, share, share, share + rest), user=user)
                self.hours.setdefault(start, []).append(part)
            left_wh -= taken
        self._session(plug_seq, user, began, ready, need_wh)

    def _session(self, plug_seq: int, user: str | None, began: datetime, ready: datetime, need_wh: int) -> None:
        mine = self.priced(plug_seq)
        energy = SessionEnergy(
            plug_seq=plug_seq,
            energy_wh=need_wh,
            starts=1,
            cost=total_cost((hour.cost(CURRENCY, plug_seq) for hour in mine), CURRENCY),
            total_cost=grand_total(mine, CURRENCY, plug_seq),
        )
        self.sessions[plug_seq] = Session(
            charger_id=ChargerId("charger_1"),
            plug_seq=plug_seq,
            started_at=began,
            ended_at=ready,
            user=user,
            energy=energy,
            cost_at_once=cost_at_once(need_wh, POWER_W, began, [slot.energy for slot in self.paid.values()], CURRENCY),
        )


def _habits(whole: Stretch) -> Iterator[tuple[date, str | None, int]]:
    """Who plugs in on which day, and what the car needs in Wh."""
    drawn = random.Random(7)  # noqa: S311 - a household, not a secret
    for day in days_of(whole, OSLO)[:-1]:
        chance, need_wh = drawn.random(), drawn.randrange(6_000, 34_000)
        if chance < 0.55:
            yield day, OWNER, need_wh
        elif chance < 0.7:
            yield day, GUEST.grant_id, need_wh
        elif chance < 0.76:
            yield day, None, need_wh // 2
