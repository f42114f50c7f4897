"""The user pool of infra/identity.yaml issues tokens and decides nothing."""

from tests import infra


def test_nobody_can_sign_in_past_our_limits() -> None:
    """The client has a secret and knows our own challenge only; people are made by us alone."""
    client, pool = (infra.resources()[name]["Properties"] for name in ("UserPoolClient", "UserPool"))
    assert (client["GenerateSecret"], client["ExplicitAuthFlows"]) == (True, ["ALLOW_CUSTOM_AUTH"])
    assert client["PreventUserExistenceErrors"] == "ENABLED"
    assert pool["AdminCreateUserConfig"] == {"AllowAdminCreateUserOnly": True}
    assert set(pool["LambdaConfig"]) == {"DefineAuthChallenge", "CreateAuthChallenge", "VerifyAuthChallengeResponse"}


def test_tokens_are_short_lived_and_refresh_tokens_rotate() -> None:
    """15 minutes; a refresh token dies with its use, but for ten seconds in case the answer was lost."""
    client = infra.resources()["UserPoolClient"]["Properties"]
    units = client["TokenValidityUnits"]
    assert (client["AccessTokenValidity"], units["AccessToken"]) == (15, "minutes")
    assert client["RefreshTokenRotation"] == {"Feature": "ENABLED", "RetryGracePeriodSeconds": 10}
    assert client["EnableTokenRevocation"] is True
