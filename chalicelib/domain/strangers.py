"""Whether a report tells of somebody without a right who tried to charge."""

from chalicelib.domain.charger_states import Attempt, ChargerState


def new_attempt(before: ChargerState | None, after: ChargerState) -> Attempt | None:
    """The attempt in `after` that `before`, an earlier report, did not tell.

    The same report again, whose event may have been lost, tells it again. A charger's first report tells none: what
    happened before it had this owner is not theirs to know.
    """
    tried = after.attempt
    if tried is None or before is None or after.version < before.version:
        return None
    is_repeat = after.version == before.version
    known = before.attempt.seq if before.attempt is not None and not is_repeat else 0
    return tried if tried.seq > known else None
