"""Whether the car at the charger may charge: which unlock holds, until when, and who has tried without one.

Seconds are the charger's own (`Charger.now_s`). An unlock is for one plug-in and is gone when the power is.
"""

import msgspec

from device_shadows.config import Access, ConfigDesired
from device_shadows.status import NO_TICKET, NO_TICKET_AFTER_S, SAME_ATTEMPT_S, Attempt
from simulator.book import Moment


class Unlock(msgspec.Struct, frozen=True, kw_only=True):
    """What a ticket has opened: one plug-in, until `ends_s` (None: until plug-out)."""

    plug_seq: int
    subject: str
    access_epoch: int
    ends_s: int | None
    armed_until_s: int


class Lock:
    """The lock of one charger; `attempts` is how many there were so far."""

    def __init__(self, attempts: int = 0) -> None:
        self.attempts = attempts
        self.unlock: Unlock | None = None
        self.attempt: Attempt | None = None
        self._tried_at_s = 0
        self._waits_since_s: int | None = None

    def is_locked(self, config: ConfigDesired, plug_seq: int, now_s: int) -> bool:
        """Whether the plug-in may not charge; an access that is not known counts as `via_phone`."""
        if config.access is Access.EVERYONE:
            return False
        held = self._held(plug_seq)
        return held is None or (held.ends_s is not None and held.ends_s <= now_s)

    def holder(self, plug_seq: int) -> str | None:
        """Who has unlocked this plug-in."""
        held = self._held(plug_seq)
        return held.subject if held else None

    def next_event_s(self, plug_seq: int, now_s: int) -> int | None:
        """When the unlock ends, or a car has waited too long for one; None if neither will."""
        held = self._held(plug_seq)
        ends_s = held.ends_s if held else None
        waited_s = None if self._waits_since_s is None else self._waits_since_s + NO_TICKET_AFTER_S
        return min((second for second in (ends_s, waited_s) if second is not None and second > now_s), default=None)

    def open(self, unlock: Unlock, now_s: int, *, has_car: bool) -> None:
        """A good ticket was presented; a plug-in that somebody else has opened stays theirs while that lasts."""
        held = self._held(unlock.plug_seq)
        if held is not None and held.subject != unlock.subject:
            has_ended = held.ends_s is not None and held.ends_s <= now_s
            is_forgotten = not has_car and now_s > held.armed_until_s
            if not has_ended and not is_forgotten:
                return
        self.unlock, self._waits_since_s = unlock, None

    def close(self) -> None:
        """The cable or the power is gone: nobody knows what comes next."""
        self.unlock = self._waits_since_s = None

    def plugged_in(self, plug_seq: int, now_s: int) -> None:
        """A car comes; an unlock that was made for it less than two minutes ago holds."""
        held = self._held(plug_seq)
        if held is None or now_s > held.armed_until_s:
            self.unlock, self._waits_since_s = None, now_s

    def configured(self, config: ConfigDesired, moment: Moment) -> None:
        """A newer epoch: the unlock goes on only with a right in the configuration, and no longer than that."""
        if config.access is Access.EVERYONE:
            self._waits_since_s = None
        held = self.unlock
        if held is None or held.access_epoch >= config.access_epoch:
            return
        right = next((right for right in config.rights if right.subject == held.subject), None)
        if right is None:
            self.unlock = None
            return
        ends_s = held.ends_s
        if moment.is_known:
            ends_s = None if right.until is None else moment.now_s + right.until - moment.wall_s
        self.unlock = msgspec.structs.replace(held, access_epoch=config.access_epoch, ends_s=ends_s)

    def tick(self, config: ConfigDesired | None, plug_seq: int, now_s: int) -> None:
        """A car that has waited for three minutes is an attempt."""
        since_s = self._waits_since_s
        if since_s is None or now_s < since_s + NO_TICKET_AFTER_S:
            return
        self._waits_since_s = None
        if config is not None and self.is_locked(config, plug_seq, now_s):
            self.note_attempt(NO_TICKET, plug_seq, now_s)

    def note_attempt(self, reason: str, plug_seq: int, now_s: int) -> None:
        """Somebody tried; what follows soon at the same plug-in is the same attempt."""
        last = self.attempt
        if last is not None and last.plug_seq == plug_seq and now_s < self._tried_at_s + SAME_ATTEMPT_S:
            return
        self.attempts, self._tried_at_s = self.attempts + 1, now_s
        self.attempt = Attempt(seq=self.attempts, plug_seq=plug_seq, reason=reason)

    def _held(self, plug_seq: int) -> Unlock | None:
        return self.unlock if self.unlock is not None and self.unlock.plug_seq == plug_seq else None
