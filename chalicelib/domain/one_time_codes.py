"""One-time codes: how long they live, how often they may be tried and sent. All times are real time."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from math import ceil
from typing import Final

import msgspec

from chalicelib.domain.accounts import Language
from chalicelib.domain.errors import Unauthenticated

LIFE: Final = timedelta(seconds=300)
TRIES: Final = 5
DIGITS: Final = 6
SPACINGS: Final = tuple(timedelta(seconds=seconds) for seconds in (30, 60, 120, 300))
LIMITS: Final = ((timedelta(minutes=15), 3), (timedelta(hours=1), 5), (timedelta(days=1), 10))
FAILURES: Final = 20
"""So many wrong codes in a row, over all challenges of a number, and it has a pause; each pause is twice the last."""
PAUSE: Final = timedelta(days=1)
LONGEST_PAUSE: Final = timedelta(days=16)
FAILURES_REMEMBERED: Final = timedelta(days=32)
_STREAK: Final = timedelta(hours=1)
_MEMORY: Final = LIMITS[-1][0]

_TEXTS: Final[dict[Language, str]] = {
    "no": "Koden din for ZmartCharge er {code}. Den gjelder i 5 minutter. Ikke gi den til noen.",
    "en": "Your ZmartCharge code is {code}. It is valid for 5 minutes. Do not give it to anybody.",
}


class CodeNotValid(Unauthenticated):
    """Wrong, expired, used, tried too often or replaced by a newer one: one answer for all."""

    code = "code_not_valid"


class CodeMessage(msgspec.Struct, frozen=True, kw_only=True, tag="code", tag_field="kind"):
    """What the queue carries to the sender of messages; worthless at `expires_at`.

    One that is `withheld` is for a number that has a pause: it goes the same way, lest anything tell, but is not sent.
    """

    phone: str
    code: str
    language: Language
    expires_at: datetime
    withheld: bool = False


class Challenge(msgspec.Struct, frozen=True, kw_only=True):
    """The one live code of a number, and when codes were sent to it in the last day.

    `number_key` and `code_mac` are keyed hashes: neither the number nor the code is stored. No code is accepted once
    the number has `failures_allowed` wrong ones in a row.
    """

    number_key: str
    nonce: str
    code_mac: str
    tries_left: int = TRIES
    expires_at: datetime
    sent_at: tuple[datetime, ...]
    failures_allowed: int = FAILURES


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """Wrong codes in a row of one number, and when the last one was entered."""

    count: int = 0
    last_at: datetime | None = None

    def is_pause(self, now: datetime) -> bool:
        """Whether the number gets no codes at `now`; half-open."""
        rounds, inside = divmod(self.count, FAILURES)
        if self.last_at is None or rounds == 0 or inside:
            return False
        pause: timedelta = min(PAUSE * 2 ** (min(rounds, 10) - 1), LONGEST_PAUSE)
        return now < self.last_at + pause

    def allowed(self, now: datetime) -> int:
        """How many may stand in a row before the next pause; no more than there are while one lasts."""
        return self.count if self.is_pause(now) else (self.count // FAILURES + 1) * FAILURES


def wait_s(sent_at: Sequence[datetime], now: datetime) -> int:
    """Seconds until one more code may be sent, 0 for now; windows are (now - window, now].

    The spacing after a sending grows with the sendings of the hour before it.
    """
    until = []
    if sent_at:
        last = max(sent_at)
        streak = sum(last - _STREAK < sent for sent in sent_at)
        until.append(last + SPACINGS[min(streak, len(SPACINGS)) - 1])
    spacing_s = max([0, *(ceil((instant - now).total_seconds()) for instant in until)])
    return max([spacing_s, *(window_wait_s(sent_at, window, most, now) for window, most in LIMITS)])


def window_wait_s(sent_at: Sequence[datetime], window: timedelta, most: int, now: datetime) -> int:
    """Seconds until one more stays within `most` in any `window`, 0 for now."""
    inside = sorted(sent for sent in sent_at if now - window < sent)
    return max(0, ceil((inside[-most] + window - now).total_seconds())) if len(inside) >= most else 0


def remembered(sent_at: Sequence[datetime], now: datetime) -> tuple[datetime, ...]:
    """Those sendings that still count for a limit, with the one of `now`."""
    return (*(sent for sent in sent_at if now - _MEMORY < sent), now)


def forgotten_at(challenge: Challenge) -> datetime:
    """When no limit needs the record any more."""
    return max(challenge.sent_at) + _MEMORY


def text_of(message: CodeMessage) -> str:
    """The text message: one part in the GSM 7-bit alphabet (3GPP TS 23.038), so that it costs one message."""
    return _TEXTS[message.language].format(code=message.code)
