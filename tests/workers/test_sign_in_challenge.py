"""What Cognito is told, question by question."""

from typing import Any

import pytest

from chalicelib.adapters.sign_in_proof import proof
from chalicelib.workers.sign_in_challenge import create, define, verify

RIGHT = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": True}
WRONG = {"challengeName": "CUSTOM_CHALLENGE", "challengeResult": False}
PASSWORD = {"challengeName": "PASSWORD_VERIFIER", "challengeResult": True}


@pytest.mark.parametrize(
    ("rounds", "is_unknown", "decision"),
    [
        pytest.param([], False, "challenge", id="it begins"),
        pytest.param([RIGHT], False, "tokens", id="proved"),
        pytest.param([WRONG], False, "fail", id="one wrong answer ends it"),
        pytest.param([WRONG, RIGHT], False, "fail", id="no second try"),
        pytest.param([RIGHT, RIGHT], False, "fail", id="one round only"),
        pytest.param([PASSWORD], False, "fail", id="a password is no proof"),
        pytest.param([], True, "fail", id="nobody"),
        pytest.param([RIGHT], True, "fail", id="nobody, however proved"),
    ],
)
def test_one_right_round_is_what_tokens_take(rounds: list[Any], *, is_unknown: bool, decision: str) -> None:
    """Anything but one right answer to our own challenge fails."""
    answer = define({"request": {"session": rounds, "userNotFound": is_unknown}})["response"]
    told = "tokens" if answer["issueTokens"] else "fail" if answer["failAuthentication"] else "challenge"
    assert told == decision
    assert ("challengeName" in answer) == (decision == "challenge")


def test_each_challenge_has_a_nonce_of_its_own() -> None:
    """An old proof answers no new challenge."""
    made = [create({"request": {}})["response"] for _ in range(2)]
    assert made[0]["publicChallengeParameters"]["nonce"] != made[1]["publicChallengeParameters"]["nonce"]
    assert made[0]["publicChallengeParameters"] == made[0]["privateChallengeParameters"]


@pytest.mark.usefixtures("cloud")
def test_only_the_proof_for_this_nonce_and_user_is_right() -> None:
    """A proof for another nonce or another user, a changed one, or none at all is wrong."""

    def is_right(answer: Any) -> bool:
        request = {"privateChallengeParameters": {"nonce": "n1"}, "challengeAnswer": answer}
        return bool(verify({"userName": "u1", "request": request})["response"]["answerCorrect"])

    assert is_right(proof("n1", "u1"))
    wrong = [proof("n2", "u1"), proof("n1", "u2"), proof("n1", "u1")[:-1], proof("n1", "u1").upper(), "", "é", None]
    assert [is_right(answer) for answer in wrong] == [False] * len(wrong)
