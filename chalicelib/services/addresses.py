"""The address of a place; the place itself is kept nowhere."""

from chalicelib.adapters import addresses
from chalicelib.domain.zones import Position


def propose(position: Position) -> str | None:
    """The street address at `position`; None where none is known."""
    return addresses.find(position)
