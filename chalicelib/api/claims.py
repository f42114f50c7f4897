"""Becoming the owner of a charger: /v1/claims."""

from http import HTTPStatus
from typing import Annotated

from msgspec import Meta, Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.chargers import ChargerAnswer, tell_charger
from chalicelib.api.zones import Place
from chalicelib.domain.access import Action
from chalicelib.domain.claims import LIFE
from chalicelib.domain.ids import ClaimId, SiteId
from chalicelib.services import claims
from chalicelib.services.claims import Proof

api = ApiBlueprint(__name__)


class NewClaim(Body, frozen=True, kw_only=True):
    """What the QR code on the charger says."""

    serial: Annotated[str, Meta(pattern="^[A-Z0-9-]{8,20}$")]
    fingerprint: Annotated[str, Meta(pattern="^[!-~]{1,128}$", description="22 letters, digits, - and _")]


class ClaimAnswer(Struct, frozen=True, kw_only=True):
    """What the charger is to sign over Bluetooth, within 10 minutes of its power-on."""

    claim_id: str
    nonce: str
    user_hash: str
    claim_epoch: int
    expires_in_s: int


class ClaimProof(Body, frozen=True, kw_only=True):
    """The charger's signature; the site it stands at, or a position to make a site from."""

    signature: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{80,110}$")]
    site_id: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")] | None = None
    position: Place | None = None


@api.endpoint("POST", "/v1/claims", action=Action.CLAIM, status=HTTPStatus.CREATED, gives={"claim": "claim_id"})
def start_claim(call: SignedInCall, body: NewClaim) -> ClaimAnswer:
    """Begin to claim a charger, owned or not; 404 for a serial or fingerprint that is not genuine."""
    started = claims.start(call.account, body.serial, body.fingerprint, call.real_now)
    return ClaimAnswer(
        claim_id=started.claim.claim_id,
        nonce=started.claim.nonce,
        user_hash=started.user_hash,
        claim_epoch=started.claim.claim_epoch,
        expires_in_s=int(LIFE.total_seconds()),
    )


@api.endpoint(
    "POST",
    "/v1/claims/{claim}/proof",
    action=Action.CLAIM,
    gives={"charger": "charger_id", "site": "site_id"},
)
def prove_claim(call: SignedInCall, claim: str, body: ClaimProof) -> ChargerAnswer:
    """Become the owner with the charger's signature; repeating a won claim answers the same."""
    proof = Proof(
        signature=body.signature,
        site_id=SiteId(body.site_id) if body.site_id else None,
        position=body.position.position() if body.position else None,
    )
    return tell_charger(claims.prove(call.account, ClaimId(claim), proof, call.now, call.real_now), call.now)
