"""Keys of the store that many chargers share: DynamoDB gives one key 1000 writes and 3000 reads a second, no more.

All other keys are a charger's, a site's or a person's own.
"""

import msgspec

WRITES, READS = 1000.0, 3000.0
LARGEST_ZONE = 0.4
"""Assumed share of NO1."""
PLUG_INS = 0.25 / 3600
"""A second and charger in the busiest hour."""
READINGS = 0.35 / 900
"""A second and charger when most charge."""


class Key(msgspec.Struct, frozen=True, kw_only=True):
    """One key at the worst moment of a fleet."""

    name: str
    writes: float
    reads: float
    homes: int
    note: str

    @property
    def full_at(self) -> float:
        """The number of chargers at which it is full."""
        share = max(self.writes / WRITES, self.reads / READS)
        return self.homes / share if share else float("inf")


def keys(homes: int) -> list[Key]:
    """Those that are shared, the nearest to full first."""

    def key(name: str, note: str, writes: float = 0.0, reads: float = 0.0) -> Key:
        return Key(name=name, writes=writes * homes, reads=reads * homes, homes=homes, note=note)

    zone = LARGEST_ZONE
    found = [
        key("sessions active, a zone", "one key a zone: opened and closed", writes=2 * PLUG_INS * zone),
        key("sessions active, a zone in 16", "the same cut by site", writes=2 * PLUG_INS * zone / 16),
        key(
            "hours by_price_day, zone and day", "each new hour; its later puts move no key", writes=READINGS / 4 * zone
        ),
        key("prices, a zone", "two queries of a unit for each batch of readings", reads=2 * READINGS * zone),
        key("meters by_check, one key", "as it was: two writes each 120 s, all with a reader", writes=2 / 120),
        key(
            "meters by_check, a part of 16", "two writes each 300 s while it charges, else 1800 s", writes=2 / 650 / 16
        ),
        key("grants by_end", "one key: a grant with an end made or ended, one a month each", writes=2 / 2_592_000),
        key("charger_states, sites", "a key of each charger or site; shown for comparison", writes=0.0),
    ]
    return sorted(found, key=lambda one: one.full_at)
