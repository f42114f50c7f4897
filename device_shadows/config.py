"""The `config` shadow: what the owner and the installer have set.

The charger applies every field that it knows and reports the value it applied, so that the delta becomes empty. It
keeps the last configuration it has applied through a power cut. Until it has got its first one, it offers no current.
"""

from typing import Annotated

import msgspec

from device_shadows.ticket import Kid, Subject
from device_shadows.values import Counter, CurrentA, EpochS, WallTime, WireEnum

PLAN_PATIENCE_S = 300
"""How long after plug-in a charger waits for a plan before it follows `default_night`, seconds of its own clock."""


class Access(WireEnum):
    """Who may charge. A charger that reads UNKNOWN acts as `via_phone`, the stricter one."""

    EVERYONE = "everyone"
    VIA_PHONE = "via_phone"
    UNKNOWN = "UNKNOWN"


class DefaultNight(msgspec.Struct, frozen=True, kw_only=True):
    """When to charge a car that has no plan: daily from `start` to `end` by the wall clock of `time_zone`.

    `end` at or before `start` is on the next day. A wall time that does not exist is read with the UTC offset before
    the gap; of one that comes twice, the first is a start and the second an end.
    """

    start: WallTime
    end: WallTime
    current_a: CurrentA


class TicketKey(msgspec.Struct, frozen=True, kw_only=True):
    """A public key that verifies unlock tickets."""

    kid: Kid
    """The key's name, as a ticket states it."""
    public_key: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{80,200}$")]
    """P-256 SubjectPublicKeyInfo, DER, base64url without padding."""


TicketKeys = Annotated[tuple[TicketKey, ...], msgspec.Meta(max_length=4)]
"""Those in force: the one that signs and the one that will be next. A list in a shadow is always written whole."""


class Right(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who may charge when the configuration is written."""

    subject: Subject
    """As in their tickets."""
    until: EpochS | None = None
    """When that ends by itself."""


Rights = Annotated[tuple[Right, ...], msgspec.Meta(max_length=32)]


class ConfigDesired(msgspec.Struct, frozen=True, kw_only=True):
    """What the cloud wants; written whole."""

    max_current_a: CurrentA
    """The charger never offers more, whatever a plan says (its installer's own maximum holds besides)."""
    fallback_current_a: CurrentA
    """What it offers when load balancing is on and no limit has come in time."""
    access: Access
    access_epoch: Counter
    """Grows when rights are taken away: unlock tickets of an older epoch are void."""
    disabled: bool
    """True: nobody can charge, a running session stops."""
    owner: Annotated[str, msgspec.Meta(max_length=64)]
    """A pseudonym of the owner for this charger alone; empty if nobody owns it."""
    time_zone: Annotated[str, msgspec.Meta(max_length=64)]
    """IANA name, such as Europe/Oslo."""
    default_night: DefaultNight
    load_balancing: bool = False
    """True: without a limit in force the charger offers at most `fallback_current_a` (see `limit`)."""
    ticket_keys: TicketKeys = ()
    rights: Rights = ()
    """Whose session goes on when `access_epoch` has passed the one that it was unlocked in, and until when."""


class ConfigReported(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the charger has applied; a field it has not applied, or does not know, is absent."""

    max_current_a: CurrentA | None = None
    fallback_current_a: CurrentA | None = None
    access: Access | None = None
    access_epoch: Counter | None = None
    disabled: bool | None = None
    owner: str | None = None
    time_zone: str | None = None
    default_night: DefaultNight | None = None
    load_balancing: bool | None = None
    ticket_keys: TicketKeys | None = None
    rights: Rights | None = None


def reported(config: ConfigDesired) -> ConfigReported:
    """The report of a charger that has applied `config` whole."""
    return ConfigReported(**{name: getattr(config, name) for name in config.__struct_fields__})
