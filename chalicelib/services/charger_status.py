"""What people are told a charger is doing."""

from datetime import datetime

import msgspec

from chalicelib.adapters.dynamo import charger_states
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger
from chalicelib.domain.status import StatusCode, StatusText, decide_status


class StatusAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The status as the API tells it; `until` is when it will change, if that is known."""

    code: StatusCode
    text: StatusText
    reason: str
    until: datetime | None


def read(charger: Charger, now: datetime) -> StatusAnswer:
    """The status of `charger` at `now`; one read."""
    return answer_for(charger, charger_states.read(charger.charger_id), now)


def answer_for(charger: Charger, overview: ChargerOverview, now: datetime) -> StatusAnswer:
    """The status from what has been read already."""
    plan = overview.present_plan
    found = decide_status(
        overview.state,
        plan.runs if plan else (),
        now,
        is_connected=overview.is_connected,
        is_disabled=charger.disabled,
    )
    return StatusAnswer(code=found.code, text=found.text, reason=found.reason, until=found.until)
