"""GET /v1/health: whether the API answers; asks nothing of anybody else."""

from typing import Final, Literal

import msgspec

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.calls import Call
from chalicelib.domain.access import Action

api = ApiBlueprint(__name__)


MIN_APP_VERSION: Final = "1.0.0"
"""The oldest app that this API serves; raised only when a change of the API leaves older ones behind."""


class Health(msgspec.Struct, frozen=True, kw_only=True):
    """The API is there. An app older than `min_app_version` asks its user to update it."""

    status: Literal["ok"]
    now: str
    min_app_version: str


@api.endpoint("GET", "/v1/health", action=Action.PUBLIC)
def get_health(call: Call) -> Health:
    """Whether the API answers, and the product's time."""
    return Health(status="ok", now=call.now.isoformat(), min_app_version=MIN_APP_VERSION)
