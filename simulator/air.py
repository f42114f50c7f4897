"""The networks around a charger, and what comes of its try to join one that a phone has chosen over Bluetooth.

The charger hears Wi-Fi at 2.4 GHz only. A try that fails leaves it on the network it had, and it tells why from there.
"""

from typing import Annotated, Final, Literal

import msgspec

from device_shadows.status import Network, NetworkFailure, NetworkKind, NetworkReason

CELLULAR: Final = Network(kind=NetworkKind.CELLULAR, signal_dbm=-92)


class Wifi(msgspec.Struct, frozen=True, kw_only=True):
    """A Wi-Fi in reach; one at 5 GHz only is there for phones, not for chargers."""

    name: str
    password: str
    signal_dbm: int
    is_5_ghz_only: bool = False


HOME: Final = Wifi(name="Hjemme", password="billig-om-natta", signal_dbm=-61)  # noqa: S106 - of a network that is made up
AIR: Final = (
    HOME,
    Wifi(name="Nabo", password="", signal_dbm=-81),
    Wifi(name="Hjemme-5G", password=HOME.password, signal_dbm=-55, is_5_ghz_only=True),
)
"""What is in the air where all simulated chargers stand; the neighbour's has no password that anybody here knows."""


class NetworkWish(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What the phone asks for: 4G, or a Wi-Fi by name with its password."""

    kind: Literal["wifi", "4g"]
    name: Annotated[str, msgspec.Meta(max_length=32)] = ""
    password: Annotated[str, msgspec.Meta(max_length=63)] = ""


def heard() -> list[dict[str, object]]:
    """The Wi-Fi that the charger hears, the strongest first, as it tells a phone."""
    found = sorted((wifi for wifi in AIR if not wifi.is_5_ghz_only), key=lambda wifi: -wifi.signal_dbm)
    return [{"name": wifi.name, "signal_dbm": wifi.signal_dbm} for wifi in found]


def join(wish: NetworkWish, present: Network, at_s: int) -> Network:
    """The network after the try: the one that was asked for, or the present one with why the other failed."""
    if wish.kind == "4g":
        return CELLULAR
    found = next((wifi for wifi in AIR if wifi.name == wish.name and not wifi.is_5_ghz_only), None)
    if found is None:
        return _failed(present, NetworkReason.NOT_FOUND, at_s)
    if not found.password or found.password != wish.password:
        return _failed(present, NetworkReason.WRONG_PASSWORD, at_s)
    return Network(kind=NetworkKind.WIFI, signal_dbm=found.signal_dbm)


def _failed(present: Network, reason: NetworkReason, at_s: int) -> Network:
    failure = NetworkFailure(kind=NetworkKind.WIFI, reason=reason, ts=at_s)
    return msgspec.structs.replace(present, failure=failure)
