"""Why the cloud refuses a command, in words for whoever typed it."""

from typing import Final

from botocore.exceptions import ClientError

from chalicelib.domain.errors import DomainError, InvalidInput

_DENIED: Final = ("AccessDenied", "Unauthorized", "Forbidden")


def why(error: DomainError) -> str:
    """One line: code, field and detail; or what AWS does not allow, which the product only knows as an outage."""
    if denied := _denied(error):
        return f"not_allowed: these AWS credentials may not do that: {denied}"
    field = f"{error.field}: " if isinstance(error, InvalidInput) and error.field else ""
    return f"{error.code}{f': {field}{error.detail}' if error.detail else ''}"


def _denied(error: BaseException) -> str:
    """What AWS said when it refused the credentials; empty if that is not how it began."""
    found: BaseException | None = error
    while found is not None:
        if isinstance(found, ClientError) and found.response["Error"]["Code"].startswith(_DENIED):
            return str(found.response["Error"].get("Message", ""))
        cause = getattr(found, "cause", None)  # pynamodb's own word
        found = found.__cause__ or (cause if isinstance(cause, BaseException) else None)
    return ""
