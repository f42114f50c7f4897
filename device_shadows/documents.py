"""Every document and message of the contract by the name that schemas and examples use."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

import msgspec

from device_shadows.charging import ChargingDesired, ChargingReported
from device_shadows.command import Command, Result
from device_shadows.config import ConfigDesired, ConfigReported
from device_shadows.firmware import FirmwareDetails, FirmwareJob
from device_shadows.jobs import JobRefused, NextJob
from device_shadows.limit import Limit
from device_shadows.meter import LoadBalancerPost, MeterAnswer, MeterMessage
from device_shadows.reading import Reading
from device_shadows.shadow import Delta, Rejected, Shadow
from device_shadows.status import StatusReported

DOCUMENTS: Final[Mapping[str, type[msgspec.Struct]]] = MappingProxyType(
    {
        "config.desired": ConfigDesired,
        "config.reported": ConfigReported,
        "charging.desired": ChargingDesired,
        "charging.reported": ChargingReported,
        "status.reported": StatusReported,
        "reading": Reading,
        "limit": Limit,
        "command": Command,
        "result": Result,
        "firmware.job": FirmwareJob,
        "firmware.details": FirmwareDetails,
        "meter.json": MeterMessage,
        "meter.post": LoadBalancerPost,
        "meter.answer": MeterAnswer,
    }
)
"""Written by us: strict when encoded."""

ANSWERS: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "shadow.answer": Shadow[dict[str, Any], dict[str, Any]],
        "shadow.delta": Delta,
        "shadow.rejected": Rejected,
        "jobs.next": NextJob,
        "jobs.rejected": JobRefused,
    }
)
"""Written by the shadow and the jobs service; larger and deeper."""
