"""Settings that several people and phones change: each change names the version that it was made from."""

from collections.abc import Mapping
from typing import Any, Protocol, TypeVar

import msgspec

from chalicelib.domain.errors import PreconditionFailed


class Versioned(Protocol):
    """A frozen msgspec value that counts its changes."""

    @property
    def version(self) -> int:
        """1 when it is made."""


_Settings = TypeVar("_Settings", bound=Versioned)


def next_version(before: _Settings, wanted: Mapping[str, Any], version: int) -> _Settings:
    """`before` with the `wanted` fields, one version on; PreconditionFailed unless `version` is its present one.

    Unchanged when this very wish made the present version from `version`: a change whose answer was lost is repeated.
    """
    changed: Any = msgspec.structs.replace(before, **wanted)  # type: ignore[type-var]
    if before.version == version + 1 and changed == before:
        return before
    if before.version != version:
        raise PreconditionFailed("it was changed in between; read it again")
    found: _Settings = msgspec.structs.replace(changed, version=version + 1)
    return found


def given(wish: msgspec.Struct) -> dict[str, Any]:
    """The fields of `wish` that were said."""
    return {name: value for name, value in msgspec.structs.asdict(wish).items() if value is not msgspec.UNSET}
