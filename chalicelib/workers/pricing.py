"""History that is to be priced anew, or kept for longer or shorter, from its queue."""

from typing import Any

import msgspec

from chalicelib.adapters.pricing_queue import KeepingRequest, Request
from chalicelib.services import repricing, retention
from chalicelib.workers.batch import process


def handle(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """One batch of the queue."""
    return process(event, context, _price, name="price_energy")


def _price(body: str) -> None:
    request = msgspec.json.decode(body, type=Request)
    if isinstance(request, KeepingRequest):
        retention.keep(request.charger_id, request.after)
    elif request.charger_id is None:
        repricing.share_out(request.zone, request.day)
    else:
        repricing.reprice_day(request.charger_id, request.day)
