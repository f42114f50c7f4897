"""A meter reader's HTTPS call, as a function URL brings it: POST <base>/loadbalancer.

The firmware knows two answers, 200 and anything else, and sends no reliable content type. Whatever is wrong with a
token or a body gets one and the same answer.
"""

import base64
import binascii
from datetime import datetime
from typing import Any, Final

from chalicelib.adapters import clock
from chalicelib.domain.errors import DependencyDown
from chalicelib.domain.meter_readers import FAST_S, heartbeat_s, near_a, supply_of
from chalicelib.observability import count, log
from chalicelib.services import load_balancing, meter_tokens
from chalicelib.services.load_balancing import Heard, Taken
from chalicelib.settings import settings
from device_shadows.errors import ContractError
from device_shadows.meter import MeterSettings, answer_body, parse_post, sample_of

MAX_BODY_BYTES: Final = 2048
PATH: Final = "/loadbalancer"
REFUSED: Final[dict[str, Any]] = {"statusCode": 403, "headers": {"Content-Type": "application/json"}, "body": "{}"}
BUSY: Final[dict[str, Any]] = {"statusCode": 503, "headers": {"Content-Type": "application/json"}, "body": "{}"}


def handle(event: dict[str, Any]) -> dict[str, Any]:
    """The answer to one call (payload format 2.0)."""
    now, real_now = clock.now(), clock.real_now()
    try:
        taken = _take(event, now, real_now)
    except DependencyDown:
        log.warning("meter_post_failed")
        return BUSY
    if taken is None:
        return REFUSED
    return {
        "statusCode": 200,
        "headers": {"Content-Type": "application/json", "Cache-Control": "no-store"},
        "body": answer_body(settings_for(taken)).decode(),
    }


def settings_for(taken: Taken) -> MeterSettings:
    """How often the reader shall post from now on, and where."""
    supply = supply_of(taken.site)
    return MeterSettings(
        heartbeat_s=heartbeat_s(taken.load, taken.chargers, supply),
        fast_heartbeat_s=FAST_S,
        threshold_a=near_a(supply),
        url=settings().meter_base,
    )


def _take(event: dict[str, Any], now: datetime, real_now: datetime) -> Taken | None:
    facts = event.get("requestContext", {}).get("http", {})
    if facts.get("method") != "POST" or not str(facts.get("path", "")).endswith(PATH):
        return None
    try:
        post = parse_post(_body(event))
        said = sample_of(post)
    except ContractError:
        count("MeterPostInvalid")
        return None
    source_ip = str(facts.get("sourceIp", ""))
    found = meter_tokens.find_place(post.token, source_ip, real_now)
    if found is None:
        return None
    place, key = found
    heard = Heard(currents_a=said.currents_a, power_w=said.power_w, received_at=now)
    taken = load_balancing.take(place, key, heard, now)
    if taken is None:
        meter_tokens.note_wrong(key, source_ip, real_now)
    else:
        meter_tokens.note_right(key, place)
    return taken


def _body(event: dict[str, Any]) -> bytes:
    """What was posted; empty, which is no document, if it is too large or not what it says."""
    text = event.get("body") or ""
    if len(text) > 2 * MAX_BODY_BYTES:
        return b""
    if not event.get("isBase64Encoded"):
        return str(text).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return b""
