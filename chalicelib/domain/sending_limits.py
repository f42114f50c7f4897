"""What limits text messages beyond the number they go to: the network that asks, the day's budget, their use.

All times are real time.
"""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address
from math import ceil
from typing import Final

import msgspec

from chalicelib.domain.errors import DependencyDown

WINDOW: Final = timedelta(hours=1)
PER_IPV4_ADDRESS: Final = 200
"""Carriers put many phones behind one address."""
PER_IPV6_NETWORK: Final = 20
"""A /64 is what one household or one phone gets."""
_JUDGED_FROM: Final = 50
_LOW_PERCENT: Final = 40


class SmsBudgetSpent(DependencyDown):
    """Today's messages are used up: nobody can sign in anew until tomorrow (UTC); who is signed in stays so."""

    code = "sign_in_paused"


class Network(msgspec.Struct, frozen=True, kw_only=True):
    """What counts as one asker, and how many codes it may ask for in an hour."""

    name: str
    most: int


class Hour(msgspec.Struct, frozen=True, kw_only=True):
    """How many codes were sent in an hour, and how many right ones came back in it."""

    sent: int = 0
    used: int = 0

    @property
    def is_low(self) -> bool:
        """Whether so few codes come back that somebody may be earning money with the messages (SMS pumping)."""
        return self.sent >= _JUDGED_FROM and self.used * 100 < self.sent * _LOW_PERCENT


def network_of(source_ip: str) -> Network:
    """The network of an address: an IPv4 address itself, however written, or the /64 of an IPv6 address.

    What is no address shares one small allowance, so that nothing can be won by it.
    """
    try:
        address = ip_address(source_ip)
    except ValueError:
        return Network(name="unknown", most=PER_IPV6_NETWORK)
    if isinstance(address, IPv6Address):
        address = address.ipv4_mapped or address
    if isinstance(address, IPv4Address):
        return Network(name=str(address), most=PER_IPV4_ADDRESS)
    return Network(name=str(IPv6Network((int(address), 64), strict=False)), most=PER_IPV6_NETWORK)


def day_of(now: datetime) -> str:
    """The name of the day whose budget counts at `now`."""
    return now.astimezone(UTC).strftime("%Y-%m-%d")


def hour_of(now: datetime) -> str:
    """The name of the hour that `now` is in."""
    return now.astimezone(UTC).strftime("%Y-%m-%dT%H")


def rest_of_day_s(now: datetime) -> int:
    """Seconds until the next budget."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return ceil((midnight - now).total_seconds())
