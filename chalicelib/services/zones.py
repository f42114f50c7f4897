"""The bidding zone of a place; the place itself is kept nowhere."""

from chalicelib.adapters import zone_map
from chalicelib.domain import zones
from chalicelib.domain.zones import Located, Position


def locate(position: Position) -> Located:
    """The proposed zone at `position`, and whether people must be asked."""
    return zones.locate(position, zone_map.known())
