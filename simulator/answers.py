"""What the public API answers, as far as a simulated phone reads it; unknown fields are passed over."""

from typing import Any

import msgspec


class Challenge(msgspec.Struct, frozen=True):
    """A code is on its way."""

    challenge_id: str
    expires_in_s: int
    resend_after_s: int


class Tokens(msgspec.Struct, frozen=True):
    """Signed in."""

    access_token: str
    refresh_token: str
    expires_in_s: int
    new_account: bool = False


class Terms(msgspec.Struct, frozen=True):
    """The terms in force."""

    version: str
    text: dict[str, str]


class Account(msgspec.Struct, frozen=True):
    """The person's own account."""

    account_id: str
    phone: str
    language: str
    terms_version: str | None


class Site(msgspec.Struct, frozen=True):
    """A site with one main fuse."""

    site_id: str
    name: str
    country: str
    time_zone: str
    zone: str | None
    main_fuse_a: int
    grid_type: str
    phases: int
    zone_must_ask: bool = False


class Claim(msgspec.Struct, frozen=True):
    """What the charger is to sign."""

    claim_id: str
    nonce: str
    user_hash: str
    claim_epoch: int
    expires_in_s: int


class ChargerView(msgspec.Struct, frozen=True):
    """A charger as its owner sees it."""

    charger_id: str
    serial: str
    name: str
    site_id: str
    ready_by: str
    mode: str
    status: dict[str, Any]
    version: int | str


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """Where the phone is, degrees."""

    lat: float
    lon: float


class PlannedInterval(msgspec.Struct, frozen=True):
    """A part of the plan, with its cost as the API gives it."""

    start: str
    end: str
    current_a: int
    energy_wh: int
    cost: dict[str, str]
    reason: str


class PlanView(msgspec.Struct, frozen=True):
    """The plan as its owner sees it."""

    state: str
    plan_id: str | None = None
    plug_seq: int | None = None
    need_wh: int | None = None
    ready_by: str | None = None
    ready_at: str | None = None
    unmet_wh: int | None = None
    starts: int | None = None
    energy_wh: int | None = None
    intervals: tuple[PlannedInterval, ...] = ()
    prices: tuple[dict[str, Any], ...] = ()
    total_cost: dict[str, str] | None = None
    cost_at_once: dict[str, str] | None = None
    saved: dict[str, str] | None = None


class SessionGoal(msgspec.Struct, frozen=True):
    """What is wanted for the running session."""

    energy_wh: int | None
    ready_by: str | None


class History(msgspec.Struct, frozen=True):
    """A month by days or a day by hours."""

    period: str
    currency: str
    energy_wh: int
    cost: dict[str, str] | None
    pending: bool | int
    days: tuple[dict[str, Any], ...] = ()
    hours: tuple[dict[str, Any], ...] = ()


class TicketView(msgspec.Struct, frozen=True, kw_only=True):
    """An unlock ticket (base64url) and until when it is worth something."""

    ticket: str
    expires_at: str
    kind: str
