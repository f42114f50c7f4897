"""What people are told of without asking: the happening, its name, and its words in Norwegian and English.

An event is named by its `key`, which is made from the happening alone: whoever tells of the same happening again makes
the same key, and nobody is told twice.
"""

import hashlib
from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.accounts import Language
from chalicelib.domain.ids import AccountId, ChargerId, SiteId
from chalicelib.domain.money import ShownMoney

KEPT: Final = timedelta(days=90)
"""How long an inbox remembers (real time); after that a key may be told anew, so no source looks back further."""
STALE: Final = timedelta(hours=6)
"""What is older only goes to the inbox: a phone that rings for the day before helps nobody."""
WORTH_TELLING_WH: Final = 500
"""A goal that is missed by less is not worth a message: two or three kilometres, and less than a car's own estimate."""


class Kind(StrEnum):
    """What can be told; each may be kept from the phone by a choice of one's own."""

    GOAL_MISSED = "goal_missed"
    FAULT = "fault"
    FINISHED = "finished"
    STRANGER_TRIED = "stranger_tried"
    GUEST_ACCEPTED = "guest_accepted"
    METER_LOST = "meter_lost"


class Facts(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the words are made from. `name` is the charger's or the site's; times carry the offset of the site."""

    name: str
    missing_wh: int | None = None
    ready_by: datetime | None = None
    done_at: datetime | None = None
    fault: str | None = None
    is_full: bool = False
    energy_wh: int | None = None
    cost: ShownMoney | None = None
    grant_id: str | None = None


class Event(msgspec.Struct, frozen=True, kw_only=True):
    """One happening at a charger or at a site; made by the functions below."""

    kind: Kind
    key: str
    facts: Facts
    charger_id: ChargerId | None = None
    site_id: SiteId | None = None


class Notification(msgspec.Struct, frozen=True, kw_only=True):
    """An event that one person is told of. `told_at` is product time; ids of one person sort by it."""

    account_id: AccountId
    event: Event
    notification_id: str
    told_at: datetime


def notification_of(account_id: AccountId, event: Event, told_at: datetime) -> Notification:
    """The event as one person is told of it, with an id that sorts by `told_at` and says nothing else."""
    mark = hashlib.sha256(f"{account_id}|{event.key}".encode()).hexdigest()[:16]
    notification_id = f"{_earliest_id(told_at)}{mark}"
    return Notification(account_id=account_id, event=event, notification_id=notification_id, told_at=told_at)


def latest_id(at: datetime) -> str:
    """What sorts behind everything told up to `at`."""
    return f"{_earliest_id(at)}{'f' * 16}"


def _earliest_id(at: datetime) -> str:
    return f"n_{int(at.timestamp() * 1000):012x}"


class Words(msgspec.Struct, frozen=True):
    """What is shown: the thing's name above, and one or two short sentences."""

    title: str
    text: str


def goal_missed(
    charger_id: ChargerId,
    name: str,
    plug_seq: int,
    episode: int,
    *,
    missing_wh: int,
    ready_by: datetime,
    done_at: datetime | None,
) -> Event:
    """The car of session `plug_seq` will lack `missing_wh` at `ready_by`; `done_at` None: it cannot be charged at all.

    `episode` counts how often in the session the goal has gone from possible to impossible.
    """
    return Event(
        kind=Kind.GOAL_MISSED,
        key=f"{charger_id}.{plug_seq}.{Kind.GOAL_MISSED}.{episode}",
        charger_id=charger_id,
        facts=Facts(name=name, missing_wh=missing_wh, ready_by=ready_by, done_at=done_at),
    )


def fault(charger_id: ChargerId, name: str, plug_seq: int, code: str, reported_at: datetime) -> Event:
    """The charger has a new fault; one that comes and goes is one event a day (UTC)."""
    day = f"{reported_at:%Y%m%d}"
    return Event(
        kind=Kind.FAULT,
        key=f"{charger_id}.{plug_seq}.{Kind.FAULT}.{code}.{day}",
        charger_id=charger_id,
        facts=Facts(name=name, fault=code),
    )


def finished(
    charger_id: ChargerId,
    name: str,
    plug_seq: int,
    *,
    is_full: bool,
    energy_wh: int | None,
    cost: ShownMoney | None,
) -> Event:
    """The car is full, or was unplugged before it was; energy and cost are those of the session, None if not known."""
    return Event(
        kind=Kind.FINISHED,
        key=f"{charger_id}.{plug_seq}.{Kind.FINISHED}",
        charger_id=charger_id,
        facts=Facts(name=name, is_full=is_full, energy_wh=energy_wh, cost=cost),
    )


def stranger_tried(charger_id: ChargerId, name: str, attempt: str) -> Event:
    """Somebody without a right tried to charge. `attempt` names it: the plug-in, or the hour of tries without one."""
    return Event(
        kind=Kind.STRANGER_TRIED,
        key=f"{charger_id}.{attempt}.{Kind.STRANGER_TRIED}",
        charger_id=charger_id,
        facts=Facts(name=name),
    )


def guest_accepted(charger_id: ChargerId, name: str, grant_id: str) -> Event:
    """An invited guest has signed in. `name` is the charger's: the guest's own is for the app to look up."""
    return Event(
        kind=Kind.GUEST_ACCEPTED,
        key=f"{charger_id}.{grant_id}.{Kind.GUEST_ACCEPTED}",
        charger_id=charger_id,
        facts=Facts(name=name, grant_id=grant_id),
    )


def meter_lost(site_id: SiteId, name: str, silent_since: datetime) -> Event:
    """The site's meter reader has been silent since an instant, which names the silence."""
    return Event(
        kind=Kind.METER_LOST,
        key=f"{site_id}.{silent_since:%Y%m%dT%H%M%S}.{Kind.METER_LOST}",
        site_id=site_id,
        facts=Facts(name=name),
    )


def words_of(event: Event, language: Language) -> Words:
    """The event in one of the app's languages, short enough for a locked screen. No person is named in it."""
    facts = event.facts
    known = {
        "missing": _kwh(facts.missing_wh or 0, language),
        "ready_by": _clock(facts.ready_by, facts.ready_by, language),
        "done_at": _clock(facts.done_at, facts.ready_by, language),
        "fault": facts.fault or "",
        "amount": _amount(facts, language),
    }
    return Words(facts.name, _TEXTS[_form(event)][language].format(**known))


def _form(event: Event) -> str:
    """Which sentence: two kinds have two."""
    if event.kind is Kind.GOAL_MISSED and event.facts.done_at is None:
        return "goal_impossible"
    if event.kind is Kind.FINISHED and not event.facts.is_full:
        return "ended"
    return event.kind.value


def _amount(facts: Facts, language: Language) -> str:
    """`: 12,3 kWh, 15,20 NOK`, or nothing when the energy is not known."""
    if facts.energy_wh is None:
        return ""
    cost = "" if facts.cost is None else f", {_decimal(facts.cost.amount, language)} {facts.cost.currency}"
    return f": {_kwh(facts.energy_wh, language)}{cost}"


def _kwh(energy_wh: int, language: Language) -> str:
    return f"{_decimal(f'{energy_wh / 1000:.1f}', language)} kWh"


def _decimal(number: str, language: Language) -> str:
    return number.replace(".", ",") if language == "no" else number


def _clock(at: datetime | None, beside: datetime | None, language: Language) -> str:
    """The time of day, after the day of the month when it is another day than `beside`."""
    if at is None:
        return ""
    is_other_day = beside is not None and at.date() != beside.date()
    if language == "no":
        return f"{at.day}.{at.month}. kl. {at:%H.%M}" if is_other_day else f"kl. {at:%H.%M}"
    return f"{at:%H:%M} on {at.day}/{at.month}" if is_other_day else f"{at:%H:%M}"


_TEXTS: Final[Mapping[str, Mapping[Language, str]]] = {
    "goal_missed": {
        "no": "Bilen rekker ikke målet: {missing} mangler {ready_by}. Ferdig {done_at}.",
        "en": "The car will miss its goal: {missing} short at {ready_by}. Done at {done_at}.",
    },
    "goal_impossible": {
        "no": "Bilen rekker ikke målet: {missing} mangler {ready_by}. Sikringene gir ikke nok strøm.",
        "en": "The car will miss its goal: {missing} short at {ready_by}. The fuses leave too little current.",
    },
    "fault": {
        "no": "Det er en feil på laderen. Feilkode: {fault}",
        "en": "The charger has a fault. Code: {fault}",
    },
    "finished": {"no": "Ladingen er ferdig{amount}", "en": "Charging is finished{amount}"},
    "ended": {"no": "Ladingen er avsluttet{amount}", "en": "Charging has ended{amount}"},
    "stranger_tried": {
        "no": "Noen uten tilgang har prøvd å lade.",
        "en": "Somebody without access tried to charge.",
    },
    "guest_accepted": {
        "no": "En gjest har tatt imot invitasjonen.",
        "en": "A guest has accepted the invitation.",
    },
    "meter_lost": {
        "no": "Måleravleseren svarer ikke. Laderne lader forsiktig til den er tilbake.",
        "en": "The meter reader is silent. Chargers stay at a careful current until it is back.",
    },
}
