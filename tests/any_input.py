"""Requests made from the API document: right ones, nearly right ones, and anything at all."""

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Schema = dict[str, Any]
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS", "TRACE")
JUNK = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=True, allow_infinity=True),
    st.text(max_size=80),
    st.lists(st.integers(), max_size=3),
    st.dictionaries(st.text(max_size=5), st.integers(), max_size=3),
)
RAW = st.one_of(
    st.binary(max_size=200),
    st.sampled_from(
        [
            *(b"", b"null", b"[]", b'""', b"{", b'{"a":1,"a":2}', b'{"a":NaN}', b'{"a":1e999}', b"\xff\xfe"),
            *(b"[" * 70_000, b"[" * 30_000 + b"]" * 30_000, b'{"a":"\\ud800"}', b'{"a":"\\u0000"}', b" " * 65_537),
        ]
    ),
)


def values(schema: Schema, components: Schema) -> st.SearchStrategy[Any]:
    """What a JSON schema of the document allows; it knows the words that our types use."""
    if "$ref" in schema:
        return values(components[schema["$ref"].rsplit("/", 1)[1]], components)
    if "anyOf" in schema:
        return st.one_of([values(one, components) for one in schema["anyOf"]])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "const" in schema:
        return st.just(schema["const"])
    makers = {"object": _objects, "array": _arrays}
    kind = schema.get("type")
    if kind in makers:
        return makers[kind](schema, components)
    return _scalars(schema)


def _objects(schema: Schema, components: Schema) -> st.SearchStrategy[Any]:
    fields = {name: values(inner, components) for name, inner in schema.get("properties", {}).items()}
    required = {name: fields[name] for name in schema.get("required", [])}
    return st.fixed_dictionaries(required, optional={name: fields[name] for name in fields if name not in required})


def _arrays(schema: Schema, components: Schema) -> st.SearchStrategy[Any]:
    return st.lists(values(schema["items"], components), max_size=3)


def _scalars(schema: Schema) -> st.SearchStrategy[Any]:
    low, high = schema.get("minimum"), schema.get("maximum")
    known: dict[str, Callable[[], st.SearchStrategy[Any]]] = {
        "integer": lambda: st.integers(low, high),
        "number": lambda: st.floats(low, high, allow_nan=False, allow_infinity=False),
        "boolean": st.booleans,
        "null": st.none,
        "string": lambda: _texts(schema),
    }
    return known.get(str(schema.get("type")), lambda: JUNK)()


def _texts(schema: Schema) -> st.SearchStrategy[str]:
    if schema.get("format") == "date-time":
        return st.datetimes().map(lambda instant: instant.isoformat() + "+01:00")
    if "pattern" in schema:
        pattern: str = schema["pattern"]
        return st.from_regex(pattern)
    return st.text(min_size=schema.get("minLength", 0), max_size=min(schema.get("maxLength", 50), 300))


@st.composite
def nearly(draw: st.DrawFn, right: st.SearchStrategy[Any]) -> Any:
    """A right value with one thing wrong: a field gone, added, or of another kind, at any depth."""
    made = copy.deepcopy(draw(right))
    place = made
    while isinstance(place, dict) and place:
        name = draw(st.sampled_from(sorted(place)))
        if isinstance(place[name], dict) and draw(st.booleans()):
            place = place[name]
            continue
        match draw(st.integers(0, 2)):
            case 0:
                del place[name]
            case 1:
                place[draw(st.text(max_size=8))] = draw(JUNK)
            case _:
                place[name] = draw(JUNK)
        return made
    return draw(JUNK)


def bodies(schema: Schema | None, components: Schema) -> st.SearchStrategy[bytes]:
    """A body as it goes over the wire: right, nearly right, or bytes."""
    if schema is None:
        return st.one_of(st.just(b""), RAW)
    right = values(schema, components)
    return st.one_of(right.map(_wire), nearly(right).map(_wire), RAW)


def _wire(value: Any) -> bytes:
    return json.dumps(value).encode()


def queries(parameters: list[Schema], components: Schema) -> st.SearchStrategy[list[tuple[str, str]]]:
    """Parameters in a query: right ones, with others among them, twice, or of any text."""
    named = [one for one in parameters if one["in"] == "query"]
    anything = st.tuples(st.sampled_from([one["name"] for one in named] + ["x", ""]), st.text(max_size=40))
    right = st.tuples(*[st.tuples(st.just(one["name"]), values(one["schema"], components).map(str)) for one in named])
    return st.one_of(right.map(list), st.lists(anything, max_size=4))


def headers() -> st.SearchStrategy[dict[str, str]]:
    """Headers that mean something to us, with any content."""
    visible = st.text(st.characters(min_codepoint=32, max_codepoint=255), max_size=70)
    kinds = st.sampled_from(["application/json", "application/json; charset=utf-8", "text/plain", "", ";", "é/é"])
    names = ("if-match", "if-none-match", "idempotency-key", "accept-language", "accept")
    optional: dict[str, st.SearchStrategy[str]] = {"content-type": kinds}
    return st.fixed_dictionaries({}, optional=optional | dict.fromkeys(names, visible | st.sampled_from(["1", '"1"'])))


def ids(real: str) -> st.SearchStrategy[str]:
    """What stands in a path: the real id mostly, or anything that fits between two slashes."""
    odd = st.text(st.characters(blacklist_characters="/?#", blacklist_categories=["Cs"]), min_size=1, max_size=70)
    return st.one_of(st.just(real), odd.filter(lambda text: not set(text) & set("\n\r\t")))
