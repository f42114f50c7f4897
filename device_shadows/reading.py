"""Energy readings: the cumulative register at moments that matter, never a difference.

Sent by basic ingest with QoS 1, kept by the charger until the broker has acknowledged them; they may arrive late, twice
and in any order. `quarter` is stamped with the quarter-hour boundary and sent 0 to 45 s later, so that not all chargers
speak at once; the others are sent at once. Between `flow_stop` and `flow_start` no energy flows, so the register may be
interpolated between any two readings without energy appearing in a pause. An idle charger sends nothing.
"""

from typing import Final

import msgspec

from device_shadows.values import Counter, EnergyWh, EpochS, WireEnum

QUARTER_S: Final = 900
MAX_JITTER_S: Final = 45
MIN_STORED: Final = 4000
"""How many readings a charger keeps at least while it is offline (over a month of charging day and night)."""


class ReadingKind(WireEnum):
    """Why the reading was made."""

    SESSION_START = "session_start"
    FLOW_START = "flow_start"
    QUARTER = "quarter"
    FLOW_STOP = "flow_stop"
    SESSION_END = "session_end"
    UNKNOWN = "UNKNOWN"


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """The register at `ts`. (epoch, seq) names a reading for ever; the serial is in the topic, never in the message."""

    epoch: Counter
    """Grows when the register starts again from zero."""
    seq: Counter
    """1, 2, 3, ... in the order the readings were made."""
    ts: EpochS
    register_wh: EnergyWh
    plug_seq: Counter
    kind: ReadingKind
