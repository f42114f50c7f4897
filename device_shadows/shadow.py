"""The envelope that the shadow service puts around documents.

On connect a charger subscribes, gets, acts, reports. It keeps the desired state as it was last got, merges every delta
into it and reads the document from the result: a delta holds only what differs from the report, down to single fields.
It discards what is not newer than the version it has applied; a get after a reconnect begins again.
"""

from typing import Any, Generic, TypeVar

import msgspec

from device_shadows.codec import encode

Desired = TypeVar("Desired")
Reported = TypeVar("Reported")


class _Sections(msgspec.Struct, Generic[Desired, Reported], frozen=True, kw_only=True, omit_defaults=True):
    desired: Desired | None = None
    reported: Reported | None = None


class Shadow(msgspec.Struct, Generic[Desired, Reported], frozen=True, kw_only=True):
    """An answer to get, or an accepted update; `Shadow[ConfigDesired, ConfigReported]` reads both sections.

    An accepted update holds only what was in the request: read its sections as plain JSON if it was not whole.
    """

    state: _Sections[Desired, Reported]
    version: int
    timestamp: int = 0
    client_token: str | None = msgspec.field(default=None, name="clientToken")


class Delta(msgspec.Struct, frozen=True, kw_only=True):
    """What is desired and not reported: fields of the desired document, each as deep as it differs."""

    state: dict[str, Any]
    version: int
    timestamp: int = 0
    client_token: str | None = msgspec.field(default=None, name="clientToken")
    """Of the update that made the difference."""


class Rejected(msgspec.Struct, frozen=True, kw_only=True):
    """Why the shadow service refused: 404 there is no such shadow, 413 too large, 429 too many requests, ..."""

    code: int
    message: str = ""
    client_token: str | None = msgspec.field(default=None, name="clientToken")


class _Update(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    state: dict[str, msgspec.Raw]
    version: int | None = None
    client_token: str | None = msgspec.field(default=None, name="clientToken")


def desired_update(document: msgspec.Struct, *, version: int | None = None, client_token: str | None = None) -> bytes:
    """The payload by which the cloud writes `document` into a shadow. None in it removes a field.

    With `version` the service refuses (409) unless the shadow has exactly that version; `client_token` (at most 64
    bytes) comes back in the answer and in the delta.
    """
    state = {"desired": msgspec.Raw(encode(document))}
    return msgspec.json.encode(_Update(state=state, version=version, client_token=client_token))


def reported_update(document: msgspec.Struct, client_token: str | None = None) -> bytes:
    """The payload by which a charger reports `document`. None in it removes a field.

    A report that answers a delta may bear the delta's client token, so that a change can be followed to where it ended.
    """
    return msgspec.json.encode(_Update(state={"reported": msgspec.Raw(encode(document))}, client_token=client_token))


def merge(state: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """`state` after `change`, merged as the shadow service does: objects by field, the rest whole, null removes."""
    merged = dict(state)
    for name, value in change.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            before = merged.get(name)
            merged[name] = merge(before if isinstance(before, dict) else {}, value)
        else:
            merged[name] = value
    return merged
