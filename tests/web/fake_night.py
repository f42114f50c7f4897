"""One made-up night in Bergen: the documents the stand-in for the cloud answers with."""

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec

OSLO: Final = ZoneInfo("Europe/Oslo")
MIDNIGHT: Final = datetime(2026, 2, 10, tzinfo=OSLO)
SERIAL: Final = "ZC-2026-0001"
# NOK per kWh with VAT, hour by hour over two days: made up, shaped like a spiky winter night.
HOURLY: Final = (
    "1.32 1.28 1.25 1.24 1.26 1.4 1.9 3.1 3.6 2.8 2.3 2.0 1.9 1.9 2.0 2.4 3.0 4.2 4.1 3.2 2.5 2.1 1.8 1.6 "
    "1.4 1.31 1.12 1.05 1.02 1.1 1.5 2.4 2.9 2.2 1.7 1.4 1.2 1.1 1.2 1.5 2.1 2.7 2.6 2.0 1.7 1.5 1.4 1.3"
)
PRICES: Final = HOURLY.split()
CHARGING: Final = (((2026, 2, 11, 1, 45), (2026, 2, 11, 5, 50), 16), ((2026, 2, 11, 5, 50), (2026, 2, 11, 6, 20), 9))
Reply = dict[str, Any]


class Night(msgspec.Struct, kw_only=True):
    """What the stand-in answers with; every field may be overridden through `POST /fake`."""

    now: datetime = datetime(2026, 2, 10, 23, 20, tzinfo=OSLO)
    speed: float = 1.0
    accepted: bool = False
    claimed: bool = False
    claim_open: bool = True
    evse_state: str = "B"
    status: str = "waiting"
    reason: str | None = "price"
    until: datetime | None = datetime(2026, 2, 11, 1, 45, tzinfo=OSLO)
    unmet_wh: int = 0
    measured_until: datetime | None = None
    empty_history: bool = False
    known_hours: int = 48
    failing: str = ""
    simulator: bool = True
    second: bool = False
    guest: bool = False
    is_late: bool = False
    active: bool = True
    poll_after_s: int = 1


STATUS_TEXTS: Final = {
    "ready": ("Laderen er klar", "The charger is ready"),
    "preparing": ("Laderen gjør seg klar", "The charger is getting ready"),
    "car_paused": ("Bilen har pauset, eller avsluttet lading", "The car has paused or stopped charging"),
    "waiting": ("Venter på start eller rimelig strøm", "Waiting for the start or for cheap power"),
    "charging": ("Lading pågår", "Charging"),
    "finished": ("Ladingen er ferdig", "Charging is finished"),
    "offline": ("Laderen må tilkoples Internett", "The charger must be connected to the internet"),
    "fault": ("Det er en feil på laderen", "There is a fault in the charger"),
}


def kroner(amount: float) -> Reply:
    """An amount as the API writes money."""
    return {"amount": f"{amount:.2f}", "currency": "NOK"}


def status_of(night: Night) -> Reply:
    """The status as home and the charger show it."""
    no, en = STATUS_TEXTS[night.status]
    until = night.until.isoformat() if night.until else None
    return {"code": night.status, "text": {"no": no, "en": en}, "reason": night.reason, "until": until}


def guest_of(charger: Reply, night: Night) -> Reply:
    """The same charger as a guest is shown it; outside the window little more than its name."""
    grant = {"grant_id": "gr_9", "start": "2026-02-10T12:00", "end": "2026-02-15T12:00", "time_zone": "Europe/Oslo"}
    seen = charger | {"site_name": None, "role": "guest", "month": None, "grant": grant}
    hidden = dict.fromkeys(("status", "mode", "run", "plan", "session"))
    return seen if night.active else seen | hidden | {"active": False, "pending": []}


def home_of(night: Night, orders: Reply, pending: list[str]) -> Reply:
    """The home document."""
    plugged = night.evse_state != "A"
    plan = {"starts_at": None, "ready_at": "2026-02-11T06:20:00+01:00", "need_wh": 36000, "total_cost": kroner(41.2)}
    session = {
        "started_at": "2026-02-10T17:05:00+01:00",
        "energy_wh": measured_wh(night),
        "cost": kroner(measured_wh(night) / 900),
    }
    charger: Reply = {
        "charger_id": "ch_1",
        "name": "Lader i garasjen",
        "site_name": "Mitt hjem",
        "role": "owner",
        "active": True,
        "status": status_of(night),
        "run": orders["run"],
        "pending": pending,
        "grant": None,
    }
    month = {"month": "2026-02", "energy_wh": 184300, "cost": kroner(301.45)}
    charger |= {
        "mode": orders["mode"],
        "plan": plan if plugged else None,
        "session": session if plugged else None,
        "month": month,
    }
    charger = guest_of(charger, night) if night.guest else charger
    both = [charger, charger | {"charger_id": "ch_2", "name": "Lader ved hytta"}]
    chargers = both[: 2 if night.second else 1] if night.claimed else []
    return {"now": night.now.isoformat(), "poll_after_s": night.poll_after_s, "chargers": chargers}


def hours_of(night: Night, day: str) -> list[Reply]:
    """The measured hours of one local day: the plan's current until `measured_until`."""
    found: list[Reply] = []
    for start_at, end_at, current_a in CHARGING:
        start = datetime(*start_at, tzinfo=OSLO)
        end = min(datetime(*end_at, tzinfo=OSLO), night.measured_until or start)
        hour = start.replace(minute=0)
        while hour < end:
            part_s = (min(end, hour + timedelta(hours=1)) - max(start, hour)).total_seconds()
            energy_wh = round(part_s / 3600 * 230 * current_a * 3**0.5)
            row: Reply = {
                "start": hour.isoformat(),
                "end": (hour + timedelta(hours=1)).isoformat(),
                "energy_wh": energy_wh,
            }
            found.append(row | {"cost": kroner(energy_wh * 0.0012), "pending": False})
            hour += timedelta(hours=1)
    return [row for row in found if row["start"].startswith(day)]


def measured_wh(night: Night) -> int:
    """The energy of the session so far."""
    return sum(row["energy_wh"] for row in hours_of(night, "2026-02-11"))


def intervals_of(night: Night) -> list[Reply]:
    """What is planned; nothing without a car."""
    found: list[Reply] = []
    for start, end, current_a in CHARGING if night.evse_state != "A" else ():
        begin, stop = datetime(*start, tzinfo=OSLO), datetime(*end, tzinfo=OSLO)
        energy_wh = round((stop - begin).total_seconds() / 3600 * 230 * current_a * 3**0.5)
        row = {"start": begin.isoformat(), "end": stop.isoformat(), "current_a": current_a, "energy_wh": energy_wh}
        found.append(row | {"cost": kroner(energy_wh * 0.0012), "reason": "cheap"})
    return found


def plan_of(night: Night) -> Reply:
    """The plan document, with the prices the picture is drawn on."""
    plan = {
        "plan_id": "p1",
        "plug_seq": 4,
        "state": "planned",
        "ready_by": "2026-02-11T07:00:00+01:00",
        "ready_at": "2026-02-11T06:20:00+01:00",
        "created_at": night.now.isoformat(),
        "need_wh": 27700,
        "unmet_wh": night.unmet_wh,
        "starts": 1,
        "energy_wh": 27700,
        "intervals": intervals_of(night),
        "prices": prices_of(night),
        "probability": None,
        "has_grid_cost": True,
        "total_cost": kroner(41.2),
        "expected_cost": kroner(41.2),
        "cost_at_once": kroner(96.4),
        "saved": kroner(55.2),
    }
    unknown = ("plan_id", "ready_by", "ready_at", "total_cost", "expected_cost", "cost_at_once")
    nothing = {"state": "no_session", "prices": [], "intervals": []} | dict.fromkeys(unknown)
    return plan if night.evse_state != "A" else plan | nothing


def prices_of(night: Night) -> list[Reply]:
    """Quarters of the two days; what lies beyond `known_hours` is forecast."""
    starts = [(MIDNIGHT + timedelta(minutes=15 * index)).astimezone(UTC) for index in range(4 * len(PRICES))]
    return [
        {
            "start": start.isoformat(),
            "end": (start + timedelta(minutes=15)).isoformat(),
            "price": PRICES[index // 4],
            "state": "final" if index // 4 < night.known_hours else "forecast",
        }
        for index, start in enumerate(starts if night.known_hours else ())
    ]


USED: Final = ((1, 22.4, 38.1), (2, 8.2, 9.4), (4, 41.0, -3.2), (7, 30.6, 51.0), (9, 36.1, 70.4))
"""Days of February with their kWh and NOK; one of them was paid for."""


def days_of(night: Night, month: str) -> list[Reply]:
    """The days of a month: February alone has some, one of them without its price yet."""
    if night.empty_history or month != "2026-02":
        return []
    rows: list[tuple[int, int, Reply | None]] = [(day, round(kwh * 1000), kroner(cost)) for day, kwh, cost in USED]
    rows.append((10, 12000, None))
    if so_far := measured_wh(night):
        rows.append((11, so_far, kroner(so_far * 0.0012)))
    return [
        {"date": f"{month}-{day:02}", "energy_wh": energy_wh, "cost": cost, "pending": cost is None}
        for day, energy_wh, cost in rows
    ]


def people_of(energy_wh: int) -> list[Reply]:
    """Two thirds were the owner's, the rest the guest's."""
    guest_wh = energy_wh // 3
    owner: Reply = {"user": {"kind": "owner", "name": "", "grant_id": None}, "energy_wh": energy_wh - guest_wh}
    guest: Reply = {"user": {"kind": "guest", "name": "Kari", "grant_id": "gr_1"}, "energy_wh": guest_wh}
    return [one | {"cost": kroner(one["energy_wh"] * 0.0012), "pending": False} for one in (owner, guest)]


def history_of(night: Night, query: dict[str, str]) -> Reply:
    """A month's days or a day's hours."""
    period = query.get("month") or query["day"]
    told: Reply = {"hours": hours_of(night, period)} if "day" in query else {"days": days_of(night, period)}
    [rows] = told.values()
    energy_wh = sum(row["energy_wh"] for row in rows)
    is_pending = any(row["pending"] for row in rows)
    cost = kroner(165.7 if "month" in query else energy_wh * 0.0012)
    people = [] if night.guest or not energy_wh else people_of(energy_wh)
    known = {"period": period, "currency": "NOK", "energy_wh": energy_wh, "cost": cost, "pending": is_pending}
    return known | {"people": people} | told


def charger_of(night: Night) -> Reply:
    """The charger with its settings."""
    known = {
        "charger_id": "ch_1",
        "serial": SERIAL,
        "name": "Lader i garasjen",
        "site_id": "site_1",
        "circuit_fuse_a": 32,
    }
    return known | {
        "ready_by": "07:00",
        "role": "owner",
        "access": "everyone",
        "disabled": False,
        "full_until": "unplug",
        "max_starts": 2,
        "leaves_early": False,
        "mode": "smart",
        "run": "auto",
        "settings_state": {"state": "applied", "pending": []},
        "orders_state": {"state": "applied", "pending": []},
        "status": status_of(night),
        "version": 3,
    }


TERMS: Final = {
    "version": "2026-01",
    "text": {
        "no": "Laderen lader når strømmen er rimelig.\n\nDu kan slette kontoen når du vil.",
        "en": "The charger charges when power is cheap.\n\nYou may delete the account at any time.",
    },
}
