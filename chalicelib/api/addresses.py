"""Addresses: /v1/addresses."""

from msgspec import Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.calls import SignedInCall
from chalicelib.api.zones import Place
from chalicelib.domain.access import Action
from chalicelib.services import addresses

api = ApiBlueprint(__name__)


class AddressAnswer(Struct, frozen=True, kw_only=True):
    """A proposal for the profile; null where no address is near, and outside Norway."""

    address: str | None


@api.endpoint("POST", "/v1/addresses/locate", action=Action.LOOK_UP, is_remembered=False)
def locate_address(call: SignedInCall, body: Place) -> AddressAnswer:  # noqa: ARG001 - views are told about their call
    """The street address at a place, from the Norwegian mapping authority, which is told the place and nothing else."""
    return AddressAnswer(address=addresses.propose(body.position()))
