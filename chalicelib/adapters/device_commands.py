"""One-shot commands in the words of the device contract."""

from chalicelib.adapters import iot
from chalicelib.domain.commands import SentCommand
from device_shadows import topics
from device_shadows.codec import encode
from device_shadows.command import Command, Operation
from device_shadows.names import Serial


def publish(command: SentCommand) -> None:
    """Send it; the broker drops what it cannot deliver in time. DependencyDown if it cannot be sent."""
    document = Command(
        id=command.command_id,
        op=Operation(command.op),
        issued_at=int(command.issued_at.timestamp()),
        ttl_s=command.ttl_s,
    )
    iot.publish(topics.do(Serial(command.serial)), encode(document), expiry_s=command.ttl_s)
