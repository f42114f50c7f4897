"""The queue that drives erasures."""

import msgspec

from chalicelib.adapters import queues
from chalicelib.domain.ids import ErasureId
from chalicelib.settings import settings


class ErasureRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Go on with an erasure."""

    erasure_id: ErasureId


def ask(erasure_id: ErasureId, delay_s: int = 0) -> None:
    """Have the erasure go on after `delay_s`; asking twice does no harm."""
    queues.send(settings().erasure_queue_url, ErasureRequest(erasure_id=erasure_id), delay_s)
