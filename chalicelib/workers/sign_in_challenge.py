"""The three questions of Cognito's CUSTOM_AUTH: one round, one challenge, and only our own proof answers it."""

import secrets
from typing import Any, Final

from chalicelib.adapters.sign_in_proof import is_proof

_CHALLENGE: Final = "CUSTOM_CHALLENGE"


def define(event: dict[str, Any]) -> dict[str, Any]:
    """Tokens after one right answer to our challenge; failure after anything else."""
    rounds = event["request"].get("session") or []
    is_known = not event["request"].get("userNotFound", False)
    begins = is_known and not rounds
    is_proved = is_known and [(one["challengeName"], one["challengeResult"]) for one in rounds] == [(_CHALLENGE, True)]
    event["response"] = {"issueTokens": is_proved, "failAuthentication": not (begins or is_proved)}
    if begins:
        event["response"]["challengeName"] = _CHALLENGE
    return event


def create(event: dict[str, Any]) -> dict[str, Any]:
    """A fresh nonce, which says nothing by itself."""
    nonce = secrets.token_urlsafe(32)
    event["response"] = {
        "publicChallengeParameters": {"nonce": nonce},
        "privateChallengeParameters": {"nonce": nonce},
        "challengeMetadata": "PROOF",
    }
    return event


def verify(event: dict[str, Any]) -> dict[str, Any]:
    """Whether the answer is the proof for this nonce and this user."""
    nonce = event["request"]["privateChallengeParameters"]["nonce"]
    answer = event["request"].get("challengeAnswer")
    event["response"] = {"answerCorrect": isinstance(answer, str) and is_proof(answer, nonce, event["userName"])}
    return event
