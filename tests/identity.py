"""People who are signed in, and the parts of Cognito that moto lacks.

Tokens are made with a key of our own; the product reads it, and moto's, over HTTP like those of a real pool.
"""

import gzip
import json
import threading
import time
import uuid
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from importlib.resources import files
from typing import Any, NamedTuple

import boto3
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from moto.cognitoidp.exceptions import NotAuthorizedError
from moto.cognitoidp.models import CognitoIdpBackend, cognitoidp_backends
from moto.cognitoidp.responses import CognitoIdpResponse
from moto.core.responses import ActionResult

from chalicelib.adapters import clock, tokens
from chalicelib.adapters.dynamo import accounts
from chalicelib.domain.accounts import CURRENT_TERMS, Account, Language
from chalicelib.domain.ids import AccountId
from chalicelib.settings import settings
from chalicelib.workers import sign_in_challenge
from tests import infra

KEY_ID = "test"


class Person(NamedTuple):
    """Somebody with an account and a token."""

    account_id: str
    token: str


class Mint:
    """Makes access tokens as Cognito does; any claim or header may be another one."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)

    def token(self, subject: str, headers: dict[str, str] | None = None, **other: Any) -> str:
        """A token for `subject`, issued now, good for 15 minutes; a claim given as None is left out."""
        issued_at = int(time.time())
        claims = {
            "sub": subject,
            "iss": tokens.issuer(),
            "client_id": settings().user_pool_client_id,
            "token_use": "access",
            "iat": issued_at,
            "exp": issued_at + 900,
        } | other
        given = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(given, self.key, algorithm="RS256", headers={"kid": KEY_ID} | (headers or {}))

    def public_keys(self) -> list[dict[str, Any]]:
        """Our public key and moto's, as a pool publishes them."""
        own = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key())) | {"kid": KEY_ID}
        packed = files("moto").joinpath("cognitoidp", "resources", "jwks-public.json.gz").read_bytes()
        return [own, *json.loads(gzip.decompress(packed))["keys"]]


class KeyServer:
    """Publishes keys on this machine; `reads` counts how often they were asked for."""

    def __init__(self, keys: list[dict[str, Any]]) -> None:
        self.reads = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                outer.reads += 1
                body = json.dumps({"keys": keys}).encode()
                self.send_response(200)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                """Quiet."""

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def close(self) -> None:
        """Give the port back."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


class People:
    """Makes people: each call a new one, who has accepted the terms unless told otherwise."""

    def __init__(self, mint: Mint, key_server: KeyServer) -> None:
        self.mint = mint
        self.key_server = key_server

    def account(
        self, phone: str = "+4790000001", *, terms: str | None = CURRENT_TERMS, language: Language = "no"
    ) -> Account:
        """The account of somebody with this number."""
        account = Account(
            account_id=AccountId(str(uuid.uuid4())),
            phone=phone,
            language=language,
            terms_version=terms,
            created_at=clock.real_now(),
        )
        accounts.create(account)
        return account

    def sign_in(
        self, phone: str = "+4790000001", *, terms: str | None = CURRENT_TERMS, language: Language = "no"
    ) -> Person:
        """Somebody with this number and a token."""
        account = self.account(phone, terms=terms, language=language)
        return Person(account.account_id, self.mint.token(account.account_id))


@pytest.fixture(scope="session")
def mint() -> Mint:
    """One key for the session: making one takes time."""
    return Mint()


@pytest.fixture(scope="session")
def key_server(mint: Mint) -> Iterator[KeyServer]:
    """The pool's public keys."""
    server = KeyServer(mint.public_keys())
    yield server
    server.close()


@pytest.fixture
def people(cloud: dict[str, str], mint: Mint, key_server: KeyServer, monkeypatch: pytest.MonkeyPatch) -> People:
    """A cloud in which people can be signed in."""
    monkeypatch.setenv("JWKS_BASE", key_server.url)
    settings.cache_clear()
    tokens.key_set.cache_clear()
    key_server.reads = 0
    return People(mint, key_server)


class CustomAuth:
    """CUSTOM_AUTH as Cognito does it, with our triggers; sessions are used once."""

    def __init__(self) -> None:
        self.sessions: dict[str, tuple[str, list[dict[str, Any]], dict[str, str]]] = {}

    def initiate(self, backend: Any, pool_id: str, client_id: str, flow: str, parameters: dict[str, str]) -> Any:
        """AdminInitiateAuth."""
        assert flow == "CUSTOM_AUTH"
        user = backend.admin_get_user(pool_id, parameters["USERNAME"])
        return self._go_on(backend, pool_id, client_id, user.username, [])

    def respond(self, backend: Any, session: str, client_id: str, name: str, responses: dict[str, str]) -> Any:
        """AdminRespondToAuthChallenge."""
        if session not in self.sessions:
            raise NotAuthorizedError("Invalid session for the user.")
        username, rounds, private = self.sessions.pop(session)
        request = {"privateChallengeParameters": private, "challengeAnswer": responses["ANSWER"]}
        verified = sign_in_challenge.verify({"userName": username, "request": request})["response"]
        rounds = [*rounds, {"challengeName": name, "challengeResult": verified["answerCorrect"]}]
        [pool_id] = [pool.id for pool in backend.user_pools.values() if client_id in pool.clients]
        return self._go_on(backend, pool_id, client_id, username, rounds)

    def _go_on(self, backend: Any, pool_id: str, client_id: str, username: str, rounds: list[dict[str, Any]]) -> Any:
        asked = {"userName": username, "request": {"session": rounds, "userNotFound": False}}
        decided = sign_in_challenge.define(asked)["response"]
        pool = backend.user_pools[pool_id]
        if decided["issueTokens"]:
            return backend._log_user_in(pool, pool.clients[client_id], username)
        if decided["failAuthentication"]:
            raise NotAuthorizedError("Incorrect username or password.")
        request = {"challengeName": "CUSTOM_CHALLENGE", "session": rounds}
        made = sign_in_challenge.create({"userName": username, "request": request})["response"]
        session = uuid.uuid4().hex
        self.sessions[session] = (username, rounds, made["privateChallengeParameters"])
        parameters = {"USERNAME": username, **made["publicChallengeParameters"]}
        return {"ChallengeName": "CUSTOM_CHALLENGE", "Session": session, "ChallengeParameters": parameters}


def _pools() -> Iterator[Any]:
    for account in cognitoidp_backends.values():
        for backend in account.values():
            yield from backend.user_pools.values()


def _get_tokens_from_refresh_token(response: CognitoIdpResponse) -> ActionResult:
    """GetTokensFromRefreshToken with rotation: the token that was given dies."""
    given, client_id = response._get_param("RefreshToken"), response._get_param("ClientId")
    for pool in _pools():
        known = pool.refresh_tokens.get(given)
        if known and known[0] == client_id:
            access_token, _, expires_in = pool.create_tokens_from_refresh_token(given)
            fresh, _ = pool.create_refresh_token(client_id, known[1])
            pool.refresh_tokens[given] = None
            tokens_made = {"AccessToken": access_token, "RefreshToken": fresh, "ExpiresIn": expires_in}
            return ActionResult({"AuthenticationResult": tokens_made})
    raise NotAuthorizedError("Refresh Token has been revoked")


def _revoke_token(response: CognitoIdpResponse) -> ActionResult:
    for pool in _pools():
        if response._get_param("Token") in pool.refresh_tokens:
            pool.refresh_tokens[response._get_param("Token")] = None
    return ActionResult({})


@pytest.fixture
def cognito(people: People, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A user pool that calls our triggers, rotates refresh tokens and revokes them; the answer is its client."""
    complete_cognito(monkeypatch)
    return boto3.client("cognito-idp", region_name=infra.REGION)


def complete_cognito(patch: pytest.MonkeyPatch) -> None:
    """Give moto's Cognito what it lacks."""
    custom = CustomAuth()

    def initiate(backend: Any, *args: Any) -> Any:
        return custom.initiate(backend, *args)

    def respond(backend: Any, *args: Any) -> Any:
        return custom.respond(backend, *args)

    patch.setattr(CognitoIdpBackend, "admin_initiate_auth", initiate)
    patch.setattr(CognitoIdpBackend, "respond_to_auth_challenge", respond)
    patch.setattr(CognitoIdpResponse, "get_tokens_from_refresh_token", _get_tokens_from_refresh_token, raising=False)
    patch.setattr(CognitoIdpResponse, "revoke_token", _revoke_token, raising=False)
