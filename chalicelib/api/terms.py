"""The terms of use: /v1/terms."""

from msgspec import Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.calls import Call
from chalicelib.domain import terms
from chalicelib.domain.access import Action

api = ApiBlueprint(__name__)


class TermsText(Struct, frozen=True, kw_only=True):
    """Plain text, one paragraph a line."""

    no: str
    en: str


class TermsAnswer(Struct, frozen=True, kw_only=True):
    """The version in force; accept it by its version."""

    version: str
    text: TermsText


@api.endpoint("GET", "/v1/terms", action=Action.READ_TERMS)
def get_terms(call: Call) -> TermsAnswer:  # noqa: ARG001 - every view is told about its call
    """The terms in force, in Norwegian and English."""
    return TermsAnswer(version=terms.VERSION, text=TermsText(no=terms.TEXT["no"], en=terms.TEXT["en"]))
