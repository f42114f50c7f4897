"""The API document, OpenAPI 3.1, generated from the operations that serve the routes."""

from http import HTTPStatus
from typing import Any

import msgspec

from chalicelib.api.blueprint import OPERATIONS, ApiBlueprint, Operation
from chalicelib.api.calls import Answer, Call
from chalicelib.api.files import File
from chalicelib.api.problems import PROBLEM_TYPE, Problem
from chalicelib.domain.access import Action

api = ApiBlueprint(__name__)
_REF = "#/components/schemas/{name}"
_HEADERS = {"If-Match": '^"?[0-9]{1,12}"?$', "Idempotency-Key": "^[!-~]{1,64}$"}
"""What they must look like; the others are read generously."""
_REQUIRED = frozenset({"If-Match"})


@api.endpoint("GET", "/v1/openapi.json", action=Action.PUBLIC)
def get_openapi(call: Call) -> dict[str, Any]:  # noqa: ARG001 - every view is told about its call
    """The document you are reading."""
    return document()


def document() -> dict[str, Any]:
    """The whole API as an OpenAPI 3.1 document."""
    types = [kind for operation in OPERATIONS for kind in (operation.body, operation.query, _answered(operation))]
    wanted = list(dict.fromkeys([kind for kind in types if kind is not None] + [Problem]))
    schemas, components = msgspec.json.schema_components(wanted, ref_template=_REF)
    schema_of = dict(zip(wanted, schemas, strict=True))
    paths: dict[str, dict[str, Any]] = {}
    for operation in OPERATIONS:
        described = _describe(operation, schema_of, components)
        paths.setdefault(operation.path, {})[operation.method.lower()] = described
    return {
        "openapi": "3.1.0",
        "info": {"title": "ZmartCharge", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer", "bearerFormat": "JWT"}},
        },
    }


def _answered(operation: Operation) -> Any:
    return None if operation.answer in (type(None), Answer, File) else operation.answer


def _describe(operation: Operation, schema_of: dict[Any, Any], components: dict[str, Any]) -> dict[str, Any]:
    summary = (operation.view.__doc__ or "").strip().split("\n")[0]
    described: dict[str, Any] = {
        "operationId": operation.view.__name__,
        "summary": summary,
        "security": [] if operation.is_public else [{"bearer": []}],
        "parameters": _parameters(operation, schema_of, components),
        "responses": _responses(operation, schema_of),
    }
    if operation.body is not None:
        content = {"application/json": {"schema": schema_of[operation.body]}}
        described["requestBody"] = {"required": not operation.may_be_empty, "content": content}
    return described


def _parameters(operation: Operation, schema_of: dict[Any, Any], components: dict[str, Any]) -> list[dict[str, Any]]:
    id_schema = {"type": "string", "pattern": "^[A-Za-z0-9_-]{1,64}$"}
    found: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": id_schema} for name in operation.ids
    ]
    for name in (*operation.headers, *(("Idempotency-Key",) if operation.has_key else ())):
        schema = {"type": "string"} | ({"pattern": _HEADERS[name]} if name in _HEADERS else {})
        found.append({"name": name, "in": "header", "required": name in _REQUIRED, "schema": schema})
    if operation.query is not None:
        schema = components[schema_of[operation.query]["$ref"].rsplit("/", 1)[1]]
        found += [
            {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": inner}
            for name, inner in schema["properties"].items()
        ]
    return found


def _responses(operation: Operation, schema_of: dict[Any, Any]) -> dict[str, Any]:
    good: dict[str, Any] = {"description": HTTPStatus(operation.status).phrase}
    answered = _answered(operation)
    if answered is not None:
        good["content"] = {operation.media_type.partition(";")[0]: {"schema": schema_of[answered]}}
    elif operation.answer is File:
        good["content"] = {operation.media_type.partition(";")[0]: {}}
    links = _links(operation)
    if links:
        good["links"] = links
    bad = {"description": "Problem", "content": {PROBLEM_TYPE: {"schema": schema_of[Problem]}}}
    unchanged = {"304": {"description": "Not Modified"}} if "If-None-Match" in operation.headers else {}
    return {str(int(operation.status)): good, **unchanged, "4XX": bad, "503": bad}


def _links(operation: Operation) -> dict[str, Any]:
    """What can be called next: every other operation all of whose ids are in the answer or in one's own path."""
    known = {name: f"$request.path.{name}" for name in operation.ids}
    known |= {name: f"$response.body#/{place}" for name, place in operation.gives.items()}
    return {
        other.view.__name__: {
            "operationId": other.view.__name__,
            "parameters": {f"path.{name}": known[name] for name in other.ids},
        }
        for other in OPERATIONS
        if other is not operation and set(other.ids) & set(operation.gives) and set(other.ids) <= set(known)
    }
