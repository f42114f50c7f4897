"""GET /v1/health: whether the API answers; asks nothing of anybody else."""

from typing import Literal

import msgspec

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.calls import Call
from chalicelib.domain.access import Action

api = ApiBlueprint(__name__)


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The API is there."""

    status: Literal["ok"]
    now: str


@api.endpoint("GET", "/v1/health", action=Action.PUBLIC)
def get_health(call: Call) -> Health:
    """Whether the API answers, and the product's time."""
    return Health(status="ok", now=call.now.isoformat())
