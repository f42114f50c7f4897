"""Everything a caller may be told went wrong, as values with a stable code.

DomainError
    Unauthenticated        no token, or one that is not valid any more
    TermsNotAccepted       the current terms come first
    NotAllowed             you may know it exists, but not do this
    NotFound               unknown, or not yours to know
    InvalidInput           the request itself is wrong; names the field
    Conflict               right in form, wrong in the present state (one leaf per reason)
    PreconditionMissing / PreconditionFailed
    TooManyRequests        says when to try again
    DependencyDown         something we need does not answer; try again later
"""

from typing import ClassVar


class DomainError(Exception):
    """Base of all errors with a public `code`; the text is for people and may change, the code never does."""

    code: ClassVar[str] = "error"

    def __init__(self, detail: str = "") -> None:
        super().__init__(detail)
        self.detail = detail


class Unauthenticated(DomainError):  # noqa: N818 - the names read as the fact they state
    """No access token, or one that is forged, expired or signed out."""

    code = "unauthenticated"


class TermsNotAccepted(DomainError):  # noqa: N818
    """The current version of the terms has not been accepted."""

    code = "terms_not_accepted"


class NotAllowed(DomainError):  # noqa: N818
    """The caller may know that the thing exists, but not do this to it."""

    code = "not_allowed"


class NotFound(DomainError):  # noqa: N818
    """Unknown, or not the caller's to know: the two look the same."""

    code = "not_found"


class InvalidInput(DomainError):  # noqa: N818
    """The request is malformed; `field` names the place, as a dotted path or empty."""

    code = "invalid_input"

    def __init__(self, detail: str, field: str = "") -> None:
        super().__init__(detail)
        self.field = field


class TooLarge(DomainError):  # noqa: N818
    """The body is over the limit."""

    code = "too_large"


class UnsupportedMediaType(DomainError):  # noqa: N818
    """The body is not JSON."""

    code = "unsupported_media_type"


class Conflict(DomainError):  # noqa: N818
    """The request contradicts the present state; every reason is a subclass with its own code."""

    code = "conflict"


class PreconditionMissing(DomainError):  # noqa: N818
    """A change of settings must say which version it changes (If-Match)."""

    code = "precondition_required"


class PreconditionFailed(DomainError):  # noqa: N818
    """Somebody changed it in between."""

    code = "precondition_failed"


class TooManyRequests(DomainError):  # noqa: N818
    """A limit is reached; `retry_after_s` says when the next try can succeed."""

    code = "too_many_requests"

    def __init__(self, detail: str, retry_after_s: int) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class DependencyDown(DomainError):  # noqa: N818
    """A service we need does not answer; nothing was changed, or the change may be repeated safely."""

    code = "dependency_down"

    def __init__(self, detail: str, retry_after_s: int = 5) -> None:
        super().__init__(detail)
        self.retry_after_s = retry_after_s
