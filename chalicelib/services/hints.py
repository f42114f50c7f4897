"""What a function that is still warm remembers of earlier calls: where to look, never what is true.

Whoever follows a hint must find confirmed by what is read there that it is right; one that is wrong costs a read.
"""

from typing import Final, Generic, TypeVar

MOST: Final = 20_000
"""Entries; those that were used longest ago go first. A few megabytes."""
_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


class Hints(Generic[_Key, _Value]):
    """A bounded memory of one process."""

    def __init__(self, most: int = MOST) -> None:
        self._most, self._known = most, dict[_Key, _Value]()

    def find(self, key: _Key) -> _Value | None:
        """The last that was said of `key`, None if that is forgotten."""
        value = self._known.pop(key, None)
        if value is not None:
            self._known[key] = value  # used now: the last to go
        return value

    def keep(self, key: _Key, value: _Value) -> None:
        """Remember it for later calls."""
        self._known.pop(key, None)
        self._known[key] = value
        if len(self._known) > self._most:
            del self._known[next(iter(self._known))]

    def drop(self, key: _Key) -> None:
        """Forget it; nothing if it is not known."""
        self._known.pop(key, None)
