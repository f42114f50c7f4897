"""Limits of load balancing in the words of the device contract."""

from datetime import datetime

from chalicelib.adapters import iot
from chalicelib.domain.balancing import LimitOrder
from chalicelib.domain.ids import Serial
from device_shadows import names, topics
from device_shadows.codec import encode
from device_shadows.limit import MESSAGE_EXPIRY_S, Limit


def publish(serial: Serial, order: LimitOrder, now: datetime) -> None:
    """Send it once, QoS 0: one that is lost is followed by the next, and none waits for a charger that is away.

    The broker drops what it cannot deliver in 15 s. DependencyDown if it cannot be sent.
    """
    document = Limit(
        seq=order.seq,
        boot_epoch=order.boot_epoch,
        limit_a=order.limit_a,
        ttl_s=order.ttl_s,
        issued_at=int(now.timestamp()),
        reason=order.reason,
    )
    iot.publish(topics.limit(names.Serial(serial)), encode(document), expiry_s=MESSAGE_EXPIRY_S, qos=0)
