"""A bad link: messages come twice and in the wrong order, never lost for good; drawn from a seed, so it repeats."""

import random
from collections.abc import Sequence
from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class LinkQuality(msgspec.Struct, frozen=True, kw_only=True):
    """Which share of the messages, 0 to 1, comes twice, and which is overtaken by the next one."""

    duplicated: float = 0.0
    reordered: float = 0.0
    seed: int = 0


class BadLink(Generic[T]):
    """One direction of a link."""

    def __init__(self, quality: LinkQuality) -> None:
        self._quality = quality
        self._random = random.Random(quality.seed)  # noqa: S311 (faults that repeat, no secrets)
        self._held: list[T] = []

    def carry(self, messages: Sequence[T]) -> list[T]:
        """What arrives now: of these and of those held back; what is held back comes with the next call."""
        arriving: list[T] = []
        held, self._held = self._held, []
        for message in messages:
            if self._random.random() < self._quality.reordered:
                self._held.append(message)
            else:
                arriving += [message, message] if self._random.random() < self._quality.duplicated else [message]
        return arriving + held
