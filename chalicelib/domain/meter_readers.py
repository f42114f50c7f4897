"""The meter reader of a site: what is known of it, how often it shall speak, and what chargers may do without it."""

import hashlib
import secrets
import string
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

import msgspec

from chalicelib.domain.balancing import (
    MIN_CURRENT_A,
    RULES,
    BalancedCharger,
    BalancingState,
    Decision,
    Rules,
    Supply,
    is_quiet,
)
from chalicelib.domain.balancing.model import MaybeLines
from chalicelib.domain.balancing.sharing import cap_of
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.house_load import KnownMean, QuarterMean
from chalicelib.domain.ids import AccountId, ChargerId, Serial, SiteId
from chalicelib.domain.planning_cases import deliverable_a
from chalicelib.domain.sites import GridType, Site

TOKEN_CHARS: Final = 20
"""The length of the token that the firmware keeps."""
_ALPHABET: Final = string.ascii_letters + string.digits
_THINGS: Final = "MT-"
MQTT_PORT: Final = 8883
SILENT: Final = timedelta(seconds=90)
"""A reader that has said nothing for so long while a car may charge is silent; limits end before, with their lease."""
SILENT_AT_REST: Final = timedelta(minutes=6)
"""The same while none may: twice the longest interval."""
LOST: Final = timedelta(minutes=15)
"""A silence that lasts so long is told to the owner."""
LEARNT: Final = timedelta(days=1)
"""After so long the most that the house has taken counts as known."""
IDLE_S: Final = 180
"""Between two posts while no car is there; five in a quarter hour are enough for its mean, and each is paid for."""
CONNECTED_S: Final = 180
"""While a car is there that is not to charge now, or until its plan begins, whichever comes first."""
FAST_S: Final = 10
"""While a car charges or a line is near its fuse; the meter has news no more often."""
AT_REST: Final[Rules] = msgspec.structs.replace(RULES, quiet_s=60.0)
"""While no car is there nothing waits for room: of a reader by MQTT, which speaks on, one sample a minute is stored."""
NEAR_SHARE: Final = 0.8
"""A line above this share of the main fuse is near it."""
SURELY_USED_W: Final = 100.0
"""Whoever takes this much has current on some line: three zeros are then what a reader knows before its first list."""


class MeterAddressMissing(DependencyDown):
    """The stage was deployed without the address that readers call, or without the one they connect to by MQTT."""

    code = "meter_address_missing"


class MeterState(StrEnum):
    """How a site stands with its reader."""

    NONE = "none"
    WAITING = "waiting"
    LIVE = "live"
    DOUBTED = "doubted"
    SILENT = "silent"


class MeterReader(msgspec.Struct, frozen=True, kw_only=True):
    """The reader of a site: the hash of its token, and its thing if it speaks MQTT."""

    owner: AccountId
    site_id: SiteId
    token_key: str
    registered_at: datetime
    thing: Serial | None = None
    certificate_id: str | None = None


class MqttAddress(msgspec.Struct, frozen=True, kw_only=True):
    """Where and how a reader speaks MQTT: broker, client id, and the topic that all of its own begin with."""

    host: str
    port: int
    client_id: Serial
    topic: str


class SiteLoad(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a site's load between two samples; `version` counts its writes.

    `served` are the chargers that this place in the sequence of limits is for; `worst_house_a` the most that the house
    has taken on a line since its reader is there; `quarter` the mean of the present quarter of an hour.
    """

    version: int
    balancing: BalancingState
    served: tuple[ChargerId, ...] = ()
    worst_house_a: float = 0.0
    quarter: QuarterMean | None = None
    means: tuple[KnownMean, ...] = ()
    """Of quarters that are over, of the same hour; written to where weeks are kept when the hour is over."""
    heard_at: datetime | None = None
    """When a sample with line currents last came, believed or not."""
    currents_a: MaybeLines = (None, None, None)
    power_w: float | None = None
    silent_since: datetime | None = None
    is_told: bool = False


def new_token() -> str:
    """A token that nobody guesses: 119 bits."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(TOKEN_CHARS))


def mqtt_address(endpoint: str, thing: Serial) -> MqttAddress:
    """Of a reader at the broker `endpoint` (host, or host:port); MeterAddressMissing when the stage names none."""
    host, _, port = endpoint.partition(":")
    if not host:
        raise MeterAddressMissing("this system has no address for meter readers with MQTT")
    return MqttAddress(host=host, port=int(port or MQTT_PORT), client_id=thing, topic=f"mt/{thing}")


def is_reader(thing: Serial) -> bool:
    """Whether the thing is a meter reader, by its name."""
    return thing.startswith(_THINGS)


def new_thing() -> Serial:
    """The name of a reader as a thing; no charger's serial begins so."""
    return Serial(_THINGS + "".join(secrets.choice(string.ascii_uppercase + string.digits) for _ in range(14)))


def token_key(token: str) -> str:
    """What is stored of a token; it is random and long, so a plain hash hides it."""
    return hashlib.sha256(f"zmartcharge-meter|{token}".encode()).hexdigest()


def supply_of(site: Site) -> Supply:
    """What the site gets from the grid."""
    return Supply(main_fuse_a=site.main_fuse_a, grid_type=site.grid_type, phases=site.phases)


def fallback_current_a(charger: Charger, site: Site) -> int:
    """What a charger may offer when no limit comes, A.

    Without a meter reader the installer's setting. With one 6 A, if the main fuse then holds all chargers of the site
    beside the most that the house has ever taken, else nothing.
    """
    own_a = min(charger.fallback_current_a, deliverable_a(charger.circuit_fuse_a, site.main_fuse_a))
    if site.meter is None:
        return own_a
    worst_a = site.meter.worst_house_a
    if worst_a is None or own_a < MIN_CURRENT_A:
        return 0
    together_a = worst_a + MIN_CURRENT_A * max(1, len(site.charger_ids))
    return MIN_CURRENT_A if together_a <= cap_of(supply_of(site), RULES) else 0


def believable_a(currents_a: MaybeLines, power_w: float | None, grid_type: GridType) -> MaybeLines:
    """The currents; all unknown when they are three zeros while power flows, and on IT line 2 when it is zero."""
    one_a, two_a, three_a = currents_a
    is_blank = not one_a and not two_a and not three_a
    if is_blank and (power_w or 0.0) >= SURELY_USED_W:
        return (None, None, None)
    return (one_a, two_a or None, three_a) if grid_type == "IT" else currents_a


def heartbeat_s(load: SiteLoad, chargers: Sequence[BalancedCharger], supply: Supply) -> int:
    """When the reader shall post next, seconds."""
    known = [current_a for current_a in load.currents_a if current_a is not None]
    if any(one.wanted_a or max(one.drawn_a) > 0 for one in chargers):
        return FAST_S
    if max(known, default=0.0) >= NEAR_SHARE * supply.main_fuse_a:
        return FAST_S
    starts_s = [max(FAST_S, int(one.starts_in_s)) for one in chargers if one.starts_in_s is not None]
    return min([CONNECTED_S, *starts_s]) if chargers else IDLE_S


def near_a(supply: Supply) -> int:
    """The line current above which the reader posts fast by itself, A."""
    return max(1, int(NEAR_SHARE * supply.main_fuse_a))


def is_news(before: SiteLoad, after: SiteLoad, decision: Decision) -> bool:
    """Whether what follows a sample is to be stored; else it is as if the sample had been lost (`is_quiet`)."""
    rules = RULES if after.balancing.held else AT_REST
    is_same = (before.served, before.worst_house_a, before.silent_since) == (after.served, after.worst_house_a, None)
    return not (is_same and before.version and is_quiet(before.balancing, decision, rules))


def may_charge(load: SiteLoad) -> bool:
    """Whether a charger of the site has a limit above nothing."""
    return any(held.limit_a for held in load.balancing.held)


def silent_after(load: SiteLoad) -> timedelta:
    """After so long without a sample the reader counts as silent."""
    return SILENT if may_charge(load) else SILENT_AT_REST


def state_of(load: SiteLoad | None, *, has_reader: bool, now: datetime) -> MeterState:
    """How the site stands with its reader at `now`."""
    if not has_reader:
        return MeterState.NONE
    if load is None or load.heard_at is None:
        return MeterState.WAITING
    if now - load.heard_at >= silent_after(load):
        return MeterState.SILENT
    return MeterState.DOUBTED if load.balancing.doubt else MeterState.LIVE
