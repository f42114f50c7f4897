"""The book of readings: numbers them, stamps them when the time is known, keeps them until they have arrived."""

import zlib
from typing import Final

import msgspec

from device_shadows.names import Serial
from device_shadows.reading import MAX_JITTER_S, Reading, ReadingKind
from device_shadows.status import Register
from simulator.records import Memory, Outgoing

CAPACITY: Final = 10_000
"""The oldest reading is lost when so many wait; the contract asks for 4000."""


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """A second: monotonic (`now_s`) and as the charger's clock shows it, if that was set since power-on."""

    now_s: int
    wall_s: int
    is_known: bool = True


class ReadingBook:
    """(epoch, seq) names a reading for ever; one that was stamped never changes."""

    def __init__(self, serial: Serial, memory: Memory, *, at_s: int) -> None:
        self.serial, self.epoch, self.seq = serial, memory.epoch, memory.seq
        self.outbox: list[Outgoing] = list(memory.outbox)
        self.last = memory.last_register or Register(
            epoch=self.epoch, seq=self.seq, ts=at_s, register_wh=memory.register_mj // 3_600_000
        )

    def write(self, kind: ReadingKind, moment: Moment, *, register_wh: int, plug_seq: int) -> None:
        """A reading of this moment."""
        self.seq += 1
        reading = Reading(
            epoch=self.epoch, seq=self.seq, ts=moment.wall_s, register_wh=register_wh, plug_seq=plug_seq, kind=kind
        )
        self.last = Register(epoch=self.epoch, seq=self.seq, ts=moment.wall_s, register_wh=register_wh)
        jitter_s = _jitter_s(self.serial, moment.wall_s) if kind is ReadingKind.QUARTER else 0
        self.outbox.append(Outgoing(due_s=moment.now_s + jitter_s, reading=reading, is_stamped=moment.is_known))
        del self.outbox[:-CAPACITY]

    def start_epoch(self) -> None:
        """The register has started again from zero."""
        self.epoch, self.seq = self.epoch + 1, 0

    def due(self, now_s: int) -> list[Reading]:
        """The readings to send now, oldest first."""
        return [outgoing.reading for outgoing in self.outbox if outgoing.is_stamped and outgoing.due_s <= now_s]

    def next_due_s(self, now_s: int) -> int | None:
        """The next second at which another reading is to be sent."""
        later = [outgoing.due_s for outgoing in self.outbox if outgoing.is_stamped and outgoing.due_s > now_s]
        return min(later, default=None)

    def acknowledge(self, reading: Reading) -> None:
        """The broker has it."""
        self.outbox = [
            outgoing
            for outgoing in self.outbox
            if (outgoing.reading.epoch, outgoing.reading.seq) != (reading.epoch, reading.seq)
        ]

    def stamp(self, clock_error_s: int) -> None:
        """The clock was set: readings that waited for it get their time."""
        self.outbox = [
            outgoing if outgoing.is_stamped else _stamped(outgoing, outgoing.due_s + clock_error_s)
            for outgoing in self.outbox
        ]
        for outgoing in self.outbox:
            if (outgoing.reading.epoch, outgoing.reading.seq) == (self.last.epoch, self.last.seq):
                self.last = msgspec.structs.replace(self.last, ts=outgoing.reading.ts)

    def power_back(self, now_s: int) -> None:
        """Nobody knows any more when readings without a time were made: they count from here."""
        self.outbox = [
            outgoing if outgoing.is_stamped else msgspec.structs.replace(outgoing, due_s=now_s)
            for outgoing in self.outbox
        ]


def _stamped(outgoing: Outgoing, ts: int) -> Outgoing:
    return msgspec.structs.replace(outgoing, reading=msgspec.structs.replace(outgoing.reading, ts=ts), is_stamped=True)


def _jitter_s(serial: Serial, boundary_s: int) -> int:
    """0 to 45 s, different for each charger and quarter, the same when asked again."""
    return zlib.crc32(f"{serial}/{boundary_s}".encode()) % (MAX_JITTER_S + 1)
