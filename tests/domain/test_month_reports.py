"""A month's report: every view of it comes to the same, and nobody is told more than is theirs."""

from datetime import UTC, date, datetime

import msgspec
import pytest

from chalicelib.domain.costs import PartCost, PricedHour, grand_total, total_cost
from chalicelib.domain.energy import EnergyHour
from chalicelib.domain.money import Money, total
from chalicelib.domain.month_reports import Amounts, MonthReport, Person, month_report, sum_of
from tests.a_month import CURRENCY, GUEST, Month

MARCH = Month(2026, 3)
THREE_DAYS = [date(2026, 3, day) for day in (18, 19, 20)]


@pytest.fixture(scope="module")
def report() -> MonthReport:
    """March 2026, which has a day of 23 hours."""
    return MARCH.report()


def test_every_view_sums_to_what_history_tells(report: MonthReport) -> None:
    """Exactly, in Wh and in money: hours, days, sessions and people."""
    hours = MARCH.priced()
    told = Amounts(
        energy_wh=sum(hour.hour.energy_wh for hour in hours),
        cost=total_cost((hour.cost(CURRENCY) for hour in hours), CURRENCY),
        total_cost=grand_total(hours, CURRENCY),
    )
    views = (report.hours, report.days, report.sessions, report.people)
    assert [sum_of((one.amounts for one in view), CURRENCY) for view in views] == [told] * 4
    assert report.whole == told
    assert told.energy_wh > 100_000


def test_the_parts_of_the_cost_come_to_the_cost(report: MonthReport) -> None:
    """Spot, surcharge, support, grid and taxes, in the order of a bill, exactly."""
    assert report.whole.total_cost is not None
    assert total(report.parts.values(), CURRENCY) == report.whole.total_cost.known
    assert list(report.parts)[:4] == ["spot", "surcharge", "support", "grid_energy"]
    assert not report.other.amount


def test_where_the_grid_is_not_known_the_parts_come_to_the_energy_s_cost() -> None:
    """One hour without it is enough: the whole is not told, and nobody adds up what does not belong together."""
    sources = MARCH.sources()
    first = sources.hours[0]
    lacking = PricedHour(hour=first.hour, part_costs=tuple(PartCost(energy=one.energy) for one in first.part_costs))
    report = month_report(msgspec.structs.replace(sources, hours=[lacking, *sources.hours[1:]]), MARCH.now)
    assert report.whole.total_cost is None
    assert set(report.parts) == {"spot", "surcharge", "support"}
    assert report.other == first.cost(CURRENCY).known


@pytest.mark.parametrize(("month", "hours", "odd"), [(3, 743, 23), (10, 745, 25), (2, 672, 24)])
def test_a_month_has_the_hours_of_its_calendar(month: int, hours: int, odd: int) -> None:
    """The day on which clocks change has 23 or 25, and every hour is there once."""
    report = Month(2026, month).report()
    starts = {use.start for use in report.hours}
    assert (len(starts), sum(day.hours for day in report.days)) == (hours, hours)
    assert {day.hours for day in report.days} == {24, odd}


def test_a_guest_is_told_their_own_use() -> None:
    """No other person and not the owner's site, but energy and money."""
    report = MARCH.report(own_grants=(GUEST.grant_id,))
    whole = MARCH.report()
    [own] = [one for one in whole.people if one.person.grant_id == GUEST.grant_id]
    assert {one.person for one in report.people} == {Person("guest", "Bestemor Åse", "grant_1")}
    assert (report.whole, report.site) == (own.amounts, "")
    assert own.amounts.energy_wh < whole.whole.energy_wh


def test_a_guest_is_told_nothing_of_what_was_outside_their_window() -> None:
    """The window that was, to the hour."""
    short = msgspec.structs.replace(GUEST, until=datetime(2026, 3, 13, tzinfo=UTC))
    report = MARCH.report(own_grants=(GUEST.grant_id,), guest=short)
    assert {day.day.day for day in report.days if day.amounts.energy_wh} == {11, 12}


def test_a_session_that_two_people_shared_is_told_of_both() -> None:
    """Hours say whose they are; people, sessions and values agree on it."""
    sources = MARCH.sources()
    first = sources.hours[0]
    lent = EnergyHour(
        start=first.start, parts=tuple(msgspec.structs.replace(one, user=None) for one in first.hour.parts)
    )
    mixed = [msgspec.structs.replace(first, hour=lent), *sources.hours[1:]]
    report = month_report(msgspec.structs.replace(sources, hours=mixed), MARCH.now)
    people = {one.person for one in report.people}
    assert people == {use.person for use in report.hours if use.person}
    assert Person("visitor") in people
    assert sum(one.amounts.energy_wh for one in report.people) == report.whole.energy_wh


def test_energy_without_a_price_is_pending_and_not_free() -> None:
    """The whole is not told, what has a price is told with the energy that it is for."""
    report = Month(2026, 3, unpriced=THREE_DAYS).report()
    unpriced_wh = sum(day.amounts.energy_wh for day in report.days if day.day in THREE_DAYS)
    assert (report.is_pending, report.whole.cost.settled) == (True, None)
    assert report.priced_wh == report.whole.energy_wh - unpriced_wh
    assert unpriced_wh > 0


def test_a_month_that_goes_on_has_the_hours_that_have_passed() -> None:
    """Until the hour it was made in."""
    report = Month(2026, 3, until=datetime(2026, 3, 2, 7, 30, tzinfo=UTC)).report()
    assert (report.is_over, len({use.start for use in report.hours})) == (False, 24 + 9)


def test_a_session_over_the_end_of_a_month_saves_in_both() -> None:
    """Each month has the share of its energy, and together they have all of it."""
    month = Month(2026, 3)
    plug_seq, session = next(iter(month.sessions.items()))
    assert session.energy is not None
    longer = msgspec.structs.replace(session.energy, energy_wh=session.energy.energy_wh * 4)
    month.sessions[plug_seq] = msgspec.structs.replace(session, energy=longer)
    whole, quarter = MARCH.report().sessions[0].saved, month.report().sessions[0].saved
    assert whole is not None
    assert quarter == Money(whole.amount / 4, CURRENCY)
