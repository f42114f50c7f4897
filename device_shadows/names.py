"""Names of things and shadows. The serial is the thing name, the MQTT client id and the name on the QR code."""

import re
from typing import Final, NewType

from device_shadows.errors import SerialInvalidError

Serial = NewType("Serial", str)
"""A charger's serial: 8 to 20 characters of A-Z, 0-9 and hyphen."""

CONFIG: Final = "config"
"""Named shadow: what the owner and the installer have set. Desired by the cloud, reported by the charger."""
CHARGING: Final = "charging"
"""Named shadow: mode, start or stop, and the plan. Desired by the cloud, its effect reported by the charger."""
STATUS: Final = "status"
"""Named shadow: what the charger is and does. Reported only."""
SHADOWS: Final = (CONFIG, CHARGING, STATUS)

_SERIAL: Final = re.compile(r"[A-Z0-9-]{8,20}", re.ASCII)


def parse_serial(text: str) -> Serial:
    """`text` as a serial; SerialInvalidError if it is none. Nothing is trimmed or changed to upper case."""
    if not _SERIAL.fullmatch(text):
        raise SerialInvalidError("a serial has 8 to 20 characters of A-Z, 0-9 and hyphen")
    return Serial(text)
