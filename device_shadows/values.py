"""Values that several documents share: times, currents, energies, and enums that survive a value they do not know."""

from enum import StrEnum
from typing import Annotated, Any, Self

import msgspec

EpochS = Annotated[int, msgspec.Meta(ge=0, le=253_402_300_799)]
"""Seconds since 1970-01-01T00:00:00Z, up to the year 9999."""
CurrentA = Annotated[int, msgspec.Meta(ge=0, le=80)]
"""A current per line, whole amperes."""
LineCurrentA = Annotated[float, msgspec.Meta(ge=0, le=1000)]
"""A measured current of one line, A."""
EnergyWh = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""Energy, whole watt-hours."""
Counter = Annotated[int, msgspec.Meta(ge=0, le=2**53 - 1)]
"""A number that only grows: plug_seq, seq, epoch."""
WallTime = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$")]
"""A time of day on the wall clock of the site, HH:MM."""
Code = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9_]{1,40}$")]
"""A reason or fault code: lower case, digits and underscore."""

MIN_CURRENT_A = 6
"""What IEC 61851 can express at least; less means a pause."""


class WireEnum(StrEnum):
    """An enum on the wire; a subclass has the member UNKNOWN, which every value it does not know is read as."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        return cls["UNKNOWN"] if isinstance(value, str) else None


def is_known(value: Any) -> bool:
    """False if `value` is or holds an UNKNOWN of a WireEnum."""
    if isinstance(value, WireEnum):
        return value.name != "UNKNOWN"
    if isinstance(value, msgspec.Struct):
        return all(is_known(getattr(value, name)) for name in value.__struct_fields__)
    if isinstance(value, list | tuple):
        return all(map(is_known, value))
    return True
