"""What people read, what makes two happenings one, and when something is worth telling."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from chalicelib.domain import notifications
from chalicelib.domain.accounts import Language
from chalicelib.domain.charger_states import ChargerState, EvseState
from chalicelib.domain.ids import AccountId, ChargerId, SiteId
from chalicelib.domain.money import ShownMoney
from chalicelib.domain.notifications import Event, Kind, latest_id, notification_of, words_of
from chalicelib.domain.plans import ChargingPlan, PlanId, PlanStep, is_same, with_miss
from chalicelib.domain.sessions import is_newly_finished
from chalicelib.domain.status_changes import new_faults

CHARGER, SITE = ChargerId("charger_1"), SiteId("site_1")
OSLO = ZoneInfo("Europe/Oslo")
EVENING = datetime(2026, 2, 10, 17, 0, tzinfo=UTC)
READY_BY = datetime(2026, 2, 11, 6, 0, tzinfo=UTC)


def missed(done_at: datetime | None) -> Event:
    local = done_at.astimezone(OSLO) if done_at else None
    return notifications.goal_missed(
        CHARGER, "Garasje", 7, 1, missing_wh=12_480, ready_by=READY_BY.astimezone(OSLO), done_at=local
    )


def ended(*, is_full: bool, energy_wh: int | None = 12_340, cost: ShownMoney | None = None) -> Event:
    return notifications.finished(CHARGER, "Garasje", 7, is_full=is_full, energy_wh=energy_wh, cost=cost)


LATER, NEXT_DAY = missed(READY_BY + timedelta(hours=2)), missed(READY_BY + timedelta(hours=20))
NEVER = missed(None)
FAULT = notifications.fault(CHARGER, "Garasje", 7, "contactor_fault", EVENING)
STRANGER = notifications.stranger_tried(CHARGER, "Garasje", "8")
GUEST = notifications.guest_accepted(CHARGER, "Garasje", "grant_1")
METER = notifications.meter_lost(SITE, "Hjemme", EVENING)
PAID = ShownMoney("15.20", "NOK")


@pytest.mark.parametrize(
    ("event", "language", "text"),
    [
        (LATER, "no", "Bilen rekker ikke målet: 12,5 kWh mangler kl. 07.00. Ferdig kl. 09.00."),
        (LATER, "en", "The car will miss its goal: 12.5 kWh short at 07:00. Done at 09:00."),
        (NEXT_DAY, "no", "Bilen rekker ikke målet: 12,5 kWh mangler kl. 07.00. Ferdig 12.2. kl. 03.00."),
        (NEXT_DAY, "en", "The car will miss its goal: 12.5 kWh short at 07:00. Done at 03:00 on 12/2."),
        (NEVER, "no", "Bilen rekker ikke målet: 12,5 kWh mangler kl. 07.00. Sikringene gir ikke nok strøm."),
        (NEVER, "en", "The car will miss its goal: 12.5 kWh short at 07:00. The fuses leave too little current."),
        (FAULT, "no", "Det er en feil på laderen. Feilkode: contactor_fault"),
        (FAULT, "en", "The charger has a fault. Code: contactor_fault"),
        (ended(is_full=True, cost=PAID), "no", "Ladingen er ferdig: 12,3 kWh, 15,20 NOK"),
        (ended(is_full=True, cost=PAID), "en", "Charging is finished: 12.3 kWh, 15.20 NOK"),
        (ended(is_full=False), "no", "Ladingen er avsluttet: 12,3 kWh"),
        (ended(is_full=False, energy_wh=None), "en", "Charging has ended"),
        (STRANGER, "no", "Noen uten tilgang har prøvd å lade."),
        (STRANGER, "en", "Somebody without access tried to charge."),
        (GUEST, "no", "En gjest har tatt imot invitasjonen."),
        (GUEST, "en", "A guest has accepted the invitation."),
        (METER, "no", "Måleravleseren svarer ikke. Laderne lader forsiktig til den er tilbake."),
        (METER, "en", "The meter reader is silent. Chargers stay at a careful current until it is back."),
    ],
)  # fmt: skip
def test_the_words_say_what_happened_in_either_language(event: Event, language: Language, text: str) -> None:
    """Numbers and times as people there write them; the title is the thing's own name."""
    words = words_of(event, language)
    assert words.text == text
    assert words.title == ("Hjemme" if event.kind is Kind.METER_LOST else "Garasje")


def test_every_kind_has_words_that_fit_a_locked_screen() -> None:
    """At most 110 characters with the longest numbers there are."""
    long_ago = missed(READY_BY + timedelta(days=300))
    known = [
        long_ago,
        missed(None),
        ended(is_full=True, cost=ShownMoney("-1234.56", "NOK")),
        FAULT,
        STRANGER,
        GUEST,
        METER,
    ]
    assert {event.kind for event in known} == set(Kind)
    languages: tuple[Language, ...] = ("no", "en")
    assert [event.kind for event in known for one in languages if len(words_of(event, one).text) > 110] == []


def test_the_key_names_the_happening_and_nothing_else() -> None:
    """The same fault an hour later the same day is the same event, on another day or at another car another one."""
    later, next_day = EVENING + timedelta(hours=1), EVENING + timedelta(days=1)
    assert notifications.fault(CHARGER, "Nytt navn", 7, "contactor_fault", later).key == FAULT.key
    assert notifications.fault(CHARGER, "Garasje", 7, "contactor_fault", next_day).key != FAULT.key
    assert notifications.fault(CHARGER, "Garasje", 8, "contactor_fault", EVENING).key != FAULT.key
    assert notifications.fault(CHARGER, "Garasje", 7, "overheated", EVENING).key != FAULT.key
    assert ended(is_full=True).key == ended(is_full=False, energy_wh=None).key
    everything = [missed(None), ended(is_full=True), FAULT, STRANGER, GUEST, METER]
    assert len({event.key for event in everything}) == len(everything)


def test_ids_sort_by_time_and_differ_between_people() -> None:
    """So that the inbox is read in order, and nobody learns of another's."""
    kari, ola = AccountId("kari"), AccountId("ola")
    times = [EVENING + timedelta(milliseconds=number) for number in (0, 1, 999, 86_400_000)]
    ids = [notification_of(kari, FAULT, at).notification_id for at in times]
    assert ids == sorted(set(ids))
    assert notification_of(ola, FAULT, EVENING).notification_id != ids[0]
    assert ids[0] <= latest_id(EVENING) < ids[1]


def a_plan(energy_wh: int, at: datetime = EVENING, plug_seq: int = 7) -> ChargingPlan:
    """A plan for a need of 20 kWh with one step of `energy_wh` before ready_by."""
    step = PlanStep(
        start=READY_BY - timedelta(hours=5), end=READY_BY, current_a=16, reason="cheap_hours", energy_wh=energy_wh
    )
    return ChargingPlan(
        plan_id=PlanId(f"plan_{energy_wh}"),
        charger_id=CHARGER,
        plug_seq=plug_seq,
        created_at=at,
        need_wh=20_000,
        delivered_wh=0,
        unmet_wh=20_000 - energy_wh,
        starts=1,
        ready_by=READY_BY,
        ready_at=READY_BY,
        valid_until=READY_BY + timedelta(hours=12),
        steps=(step,),
        currency="NOK",
    )  # fmt: skip


def test_a_miss_is_counted_anew_only_after_it_was_possible_again() -> None:
    """Worse or better, it is the same miss until the goal can be met; the next car begins at none."""
    episodes, plan = [], None
    for energy_wh in (20_000, 12_000, 9_000, 20_000, 15_000):
        plan = with_miss(a_plan(energy_wh), plan, is_extended=False)
        episodes.append((plan.miss_episode, plan.missing_wh))
    assert episodes == [(0, 0), (1, 8_000), (1, 11_000), (1, 0), (2, 5_000)]
    assert with_miss(a_plan(20_000, plug_seq=8), plan, is_extended=False).miss_episode == 0


@pytest.mark.parametrize(
    ("energy_wh", "at", "is_extended", "missing_wh"),
    [
        (19_500, EVENING, False, 500),
        (19_501, EVENING, False, 0),
        (10_000, EVENING, True, 0),
        (10_000, READY_BY - timedelta(seconds=1), False, 10_000),
        (10_000, READY_BY, False, 0),
    ],
    ids=["half a kWh", "less", "nobody asked for it", "a second before", "too late"],
)
def test_what_is_worth_telling(energy_wh: int, at: datetime, *, is_extended: bool, missing_wh: int) -> None:
    """Half a kWh that somebody wanted, before it is too late."""
    assert with_miss(a_plan(energy_wh, at), None, is_extended=is_extended).missing_wh == missing_wh


def test_energy_behind_ready_by_is_missing_at_ready_by() -> None:
    """Without prices a plan runs on past ready_by, and has no unmet need of its own."""
    plan = a_plan(20_000)
    start, end = READY_BY - timedelta(hours=1), READY_BY + timedelta(hours=3)
    late = PlanStep(start=start, end=end, current_a=16, reason="no_prices", energy_wh=20_000)
    assert with_miss(_with_steps(plan, late), None, is_extended=False).missing_wh == 15_000


def _with_steps(plan: ChargingPlan, *steps: PlanStep) -> ChargingPlan:
    return replace(plan, steps=steps, unmet_wh=0)


def test_a_plan_that_comes_to_miss_its_goal_is_another_plan() -> None:
    """Though the charger is told nothing new: the car has not drawn what was offered."""
    before = with_miss(a_plan(20_000), None, is_extended=False)
    after = with_miss(a_plan(12_000), before, is_extended=False)
    assert not is_same(before, after)
    assert is_same(after, with_miss(a_plan(11_000), after, is_extended=False))


def reported(
    version: int, *faults: str, evse_state: EvseState = EvseState.CONNECTED, **changes: object
) -> ChargerState:
    facts: dict[str, object] = {
        "version": version,
        "reported_at": EVENING,
        "evse_state": evse_state,
        "plug_seq": 7,
        "plugged_at": EVENING,
        "offered_a": 0,
        "drawn_a": (0.0, 0.0, 0.0),
        "reason": "plan_pause",
        "car_full": False,
        "faults": faults,
        "network": "wifi",
        "signal_dbm": -60,
        "firmware": "1.0.0",
        "protocol": 1,
        "register_wh": 0,
    }
    return ChargerState(**(facts | changes))  # type: ignore[arg-type]  # facts by name


def test_a_fault_is_new_when_the_newest_report_brings_it() -> None:
    """Not while it lasts, not when an old report comes late or again; a state without a code has one of ours."""
    assert new_faults(None, reported(1, "a")) == ("a",)
    assert new_faults(reported(1, "a"), reported(2, "a", "b")) == ("b",)
    assert new_faults(reported(2), reported(2, "a")) == ()
    assert new_faults(reported(3), reported(2, "a")) == ()
    assert new_faults(reported(1), reported(2, evse_state=EvseState.FAULT)) == ("evse_state_f",)
    assert new_faults(reported(1, "a"), reported(2)) == ()


def test_a_session_is_finished_when_the_car_is_full_or_has_left() -> None:
    """Told by the report that says so, by its repeat, and by no other."""
    charging, full = reported(1), reported(2, car_full=True)
    left = reported(3, evse_state=EvseState.NO_CAR, plugged_at=None)
    idle = reported(9, evse_state=EvseState.NO_CAR, plugged_at=None)
    cases = [
        (None, charging),
        (charging, full),
        (full, full),
        (full, reported(3, car_full=True)),
        (full, left),
        (left, idle),
    ]
    assert [is_newly_finished(*case) for case in cases] == [False, True, True, False, True, False]
    assert not is_newly_finished(None, reported(1, evse_state=EvseState.NO_CAR, plugged_at=None, plug_seq=0))
