"""The If-Match header of changes of settings (RFC 9110, 13.1.1)."""

import re
from typing import Final

from chalicelib.api.calls import Call
from chalicelib.domain.errors import PreconditionMissing

_VERSION: Final = re.compile(r'"?([0-9]{1,15})"?', re.ASCII)


def version_of(call: Call) -> int:
    """The version that the caller has read, bare or as an entity tag; PreconditionMissing unless there is one."""
    found = _VERSION.fullmatch(call.headers.get("if-match", "").strip())
    if found is None:
        raise PreconditionMissing("send If-Match with the version you read")
    return int(found[1])
