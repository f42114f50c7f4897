"""Norway's counties, as far as taxes on electricity ask for them."""

from enum import StrEnum
from typing import Final

from chalicelib.domain.ids import Zone


class County(StrEnum):
    """The fifteen counties of 2024; of Troms, the action zone is told apart, because it pays no electricity tax."""

    OSLO = "oslo"
    AKERSHUS = "akershus"
    OSTFOLD = "ostfold"
    BUSKERUD = "buskerud"
    INNLANDET = "innlandet"
    VESTFOLD = "vestfold"
    TELEMARK = "telemark"
    AGDER = "agder"
    ROGALAND = "rogaland"
    VESTLAND = "vestland"
    MORE_OG_ROMSDAL = "more_og_romsdal"
    TRONDELAG = "trondelag"
    NORDLAND = "nordland"
    TROMS = "troms"
    TROMS_ACTION_ZONE = "troms_action_zone"
    FINNMARK = "finnmark"


NORTH: Final = frozenset({County.NORDLAND, County.TROMS, County.TROMS_ACTION_ZONE, County.FINNMARK})
"""Where NO4 is, but for Royrvik and Lierne in Trondelag."""
_NO4: Final = Zone("NO4")


def is_possible(county: County, zone: Zone | None) -> bool:
    """Whether a house in `zone` can stand in `county`: NO4 is the north and a corner of Trondelag."""
    if zone is None:
        return True
    if zone == _NO4:
        return county in NORTH or county is County.TRONDELAG
    return county not in NORTH


def must_ask(zone: Zone | None) -> bool:
    """Whether taxes depend on the county: in NO4, and where the zone is not known; the south has the same all over."""
    return zone in (None, _NO4)
