"""How a charger follows the desired section of a shadow through answers and deltas that may come in any order."""

from typing import Any

from device_shadows.shadow import Delta, merge


class DesiredState:
    """The desired section of one shadow, as far as the charger has heard of it."""

    def __init__(self) -> None:
        self.state: dict[str, Any] = {}
        self.version = 0
        self.is_fresh = False

    def begin(self) -> None:
        """A new connection: the next answer to a get counts even with a lower version (the shadow was made anew)."""
        self.is_fresh = False

    def got(self, state: dict[str, Any], version: int) -> bool:
        """Takes the answer to a get; False if a newer delta came first on this connection."""
        if self.is_fresh and version <= self.version:
            return False
        self.state, self.version, self.is_fresh = state, version, True
        return True

    def changed(self, delta: Delta) -> bool:
        """Takes a delta; False if it is not newer than what is known."""
        if delta.version <= self.version:
            return False
        self.state, self.version, self.is_fresh = merge(self.state, delta.state), delta.version, True
        return True
