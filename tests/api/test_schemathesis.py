"""The API against its own document: schemathesis calls every operation with right and wrong requests and follows links.

All of it is in process, and drawn the same way in each run. What schemathesis does not send (bytes that are no JSON,
odd headers and queries) is in test_any_input.py.
"""

import json
from collections.abc import Callable, Iterable
from http import HTTPStatus
from typing import Any, Final, TypeAlias

import schemathesis
from hypothesis import HealthCheck, Phase, seed, settings
from schemathesis.core.parameters import ParameterLocation
from schemathesis.core.result import Err
from schemathesis.specs.openapi import checks

from app import app
from chalicelib.api.blueprint import OPERATIONS
from chalicelib.api.openapi import document
from chalicelib.api.problems import PROBLEM_TYPE
from tests.api.test_any_input import Owner, owner  # noqa: F401 - a fixture
from tests.api_client import ApiClient, NoRouteError
from tests.kept_store import KeptStore

EXAMPLES, WALKS, STEPS, ROUNDS = 12, 25, 8, 12
FAR: Final = {"POST /v1/claims/{claim}/proof", "GET /v1/chargers/{charger}", "GET /v1/sites/{site}"}
"""Where the walks of some round must arrive: nothing is there unless what was made before leads there."""
ALL_CHECKS: Final = [
    schemathesis.checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
    checks.response_headers_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
    checks.unsupported_method,
    checks.allow_header_conformance,
    checks.ignored_auth,
]
WALK_CHECKS: Final = [*ALL_CHECKS, checks.use_after_free, checks.ensure_resource_availability]
ALWAYS_THERE: Final = {"GET /v1/sites/{site}/meter"}
"""A site whose reader was removed says that it has none."""
Case: TypeAlias = "schemathesis.Case[Any]"
StartResponse = Callable[[str, list[tuple[str, str]]], Any]


def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
    """The API as a WSGI application (PEP 3333)."""
    headers = {name[5:].replace("_", "-").lower(): value for name, value in environ.items() if name[:5] == "HTTP_"}
    headers |= {"content-type": environ["CONTENT_TYPE"]} if "CONTENT_TYPE" in environ else {}
    body, url = environ["wsgi.input"].read(), environ["REQUEST_URI"]
    url = f"{url}?{environ['QUERY_STRING']}" if environ["QUERY_STRING"] else url
    try:
        reply = ApiClient(app).call(environ["REQUEST_METHOD"], url, body=body, headers=headers)
    except NoRouteError:  # API Gateway answers these itself; the document does not know them either
        start_response("404 Not Found", [("content-type", PROBLEM_TYPE)])
        problem = {"type": "x", "title": "x", "status": 404, "code": "not_found", "request_id": "x"}
        return [json.dumps(problem).encode()]
    start_response(f"{reply.status} {HTTPStatus(reply.status).phrase}", list(reply.headers.items()))
    if isinstance(reply.body, bytes):
        return [reply.body]
    return [json.dumps(reply.body).encode() if reply.body is not None else b""]


NO_SOURCES: Final = {"extra-data-sources": {"responses": False}}
REFUSED: Final = [str(status) for status in (400, 401, 403, 404, 405, 406, 409, 413, 415, 428, 429, 503)]
CONFIG: Final = schemathesis.Config.from_dict(
    {
        "seed": 1,
        "generation": {
            "deterministic": True,
            "max-examples": EXAMPLES,
            "database": "none",
            "with-security-parameters": False,
        },
        "phases": {  # an answer must not change what is sent next, or no run would be like the one before
            "coverage": NO_SOURCES,
            "fuzzing": NO_SOURCES | {"error-feedback": {"enabled": False}},
            "stateful": {"link-calibration": False, "inference": {"algorithms": []}},
        },
        "checks": {
            "missing_required_header": {"expected-statuses": ["400", "401", "404", "428"]},
            "negative_data_rejection": {"expected-statuses": REFUSED},
        },
    }
)
SCHEMA: Final = schemathesis.openapi.from_dict(document(), config=CONFIG)
SCHEMA.app = serve


WALKING: Final = settings(
    max_examples=WALKS,
    stateful_step_count=STEPS,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


def sent_by(someone: Owner) -> dict[str, str]:
    """A token of this moment: an earlier example may have signed out everywhere."""
    return {"Authorization": f"Bearer {someone.fresh_token()}"}


@SCHEMA.parametrize()
@settings(suppress_health_check=list(HealthCheck), deadline=None)
def test_every_operation_keeps_to_the_document(case: Case, owner: Owner) -> None:  # noqa: F811
    """Right and wrong values in every place, other methods, with and without a token: no fault and no surprise."""
    if case.path_parameters and case.meta and not case.meta.is_negative_at(ParameterLocation.PATH):
        case.path_parameters = {name: owner.ids[name] for name in case.path_parameters}
    case.call_and_validate(headers=sent_by(owner), checks=ALL_CHECKS)


def test_no_operation_is_left_out() -> None:
    """Every route that the app serves is called, those of tomorrow too."""
    called = {found.ok().label for found in SCHEMA.get_all_operations() if not isinstance(found, Err)}
    assert called == {f"{operation.method} {operation.path}" for operation in OPERATIONS}


def test_every_id_that_is_given_leads_on() -> None:
    """An operation with an id in its path can be reached by a link: nobody has to guess an id."""
    paths = document()["paths"].values()
    told = [told for methods in paths for told in methods.values()]
    linked = {name for one in told for answer in one["responses"].values() for name in answer.get("links", {})}
    assert {one.view.__name__ for one in OPERATIONS if one.ids and one.ids != ["zone"]} <= linked


class Walk(SCHEMA.as_state_machine()):  # type: ignore[misc]  # made at run time
    """A person who follows the links; `arrived` are the operations that succeeded."""

    owner: Owner
    arrived: set[str]
    claims: dict[str, Any]
    store: KeptStore

    def setup(self) -> None:
        """Every walk begins in the same world, or it could not be repeated."""
        self.store.put_back()

    def before_call(self, case: Case) -> None:
        """Give what nobody can guess, if the request is to be right: a QR code, and the charger's signature."""
        spare = self.owner.spare
        if case.meta and case.meta.generation.mode.is_negative:
            return
        if case.operation.label == "POST /v1/claims":
            case.body = {"serial": spare.serial, "fingerprint": spare.fingerprint}
        claim = self.claims.get(case.path_parameters.get("claim", ""))
        if claim:
            case.body = {"signature": spare.sign(claim["nonce"], claim["user_hash"], claim["claim_epoch"])}

    def get_call_kwargs(self, case: Case) -> dict[str, Any]:
        """Signed in."""
        return {"headers": sent_by(self.owner)}

    def after_call(self, response: schemathesis.Response, case: Case) -> None:
        """Remember how far it went."""
        super().after_call(response, case)
        if response.status_code < HTTPStatus.BAD_REQUEST:
            self.arrived.add(case.operation.label)
        if case.operation.label == "POST /v1/claims" and response.status_code == HTTPStatus.CREATED:
            self.claims[response.json()["claim_id"]] = response.json()

    def validate_response(self, response: schemathesis.Response, case: Case, **kwargs: Any) -> None:
        """All checks, also those that look back at what was made and removed."""
        wanted = ALL_CHECKS if case.operation.label in ALWAYS_THERE else WALK_CHECKS
        case.validate_response(response, wanted, **kwargs, transport_kwargs=kwargs, recorder=self.recorder)


def test_what_an_answer_links_to_is_there(owner: Owner) -> None:  # noqa: F811
    """What was made can be read, what was removed cannot, and every step keeps to the document."""
    Walk.owner, Walk.arrived, Walk.claims, Walk.store = owner, set(), {}, KeptStore()
    for start in range(ROUNDS):  # what hypothesis draws depends on the modules that other tests have loaded too
        seed(start)(Walk)
        Walk.run(settings=WALKING)
        if Walk.arrived >= FAR:
            break
    assert Walk.arrived >= FAR
