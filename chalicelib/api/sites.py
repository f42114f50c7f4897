"""An owner's sites: /v1/sites."""

from http import HTTPStatus
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.contracts import ContractAnswer, ContractBody, tell_contract
from chalicelib.api.texts import Name
from chalicelib.api.zones import Place
from chalicelib.domain.access import Action
from chalicelib.domain.contracts import PriceKind
from chalicelib.domain.ids import SiteId, Zone
from chalicelib.domain.sites import Country, GridType, Phases, Site
from chalicelib.services import sites
from chalicelib.services.sites import SiteWish

api = ApiBlueprint(__name__)
ZoneName = Literal["NO1", "NO2", "NO3", "NO4", "NO5", "SE1", "SE2", "SE3", "SE4", "DK1", "DK2", "FI"]


class NewSite(Body, frozen=True, kw_only=True):
    """A site; its zone, or a position to propose one from."""

    name: Name
    country: Country
    zone: ZoneName | None = None
    position: Place | None = None
    main_fuse_a: Annotated[int, Meta(ge=10, le=250)]
    grid_type: GridType
    phases: Phases
    contract: ContractBody = ContractBody()


class SiteAnswer(Struct, frozen=True, kw_only=True):
    """A site; while `zone_must_ask`, the zone is only a proposal among the candidates."""

    site_id: str
    name: str
    country: Country
    time_zone: str
    currency: str
    zone: str | None
    zone_must_ask: bool
    candidates: tuple[str, ...]
    price_kind: PriceKind
    contract: ContractAnswer
    main_fuse_a: int
    grid_type: GridType
    phases: Phases


class SitesAnswer(Struct, frozen=True, kw_only=True):
    """All of one's sites, the oldest first."""

    sites: list[SiteAnswer]


@api.endpoint("GET", "/v1/sites", action=Action.LIST_OWN_SITES)
def list_sites(call: SignedInCall) -> SitesAnswer:
    """One's own sites."""
    return SitesAnswer(sites=[_told(site) for site in sites.list_own(call.account)])


@api.endpoint("POST", "/v1/sites", action=Action.LIST_OWN_SITES, status=HTTPStatus.CREATED)
def create_site(call: SignedInCall, body: NewSite) -> SiteAnswer:
    """Make a site; the position is used to propose the zone and not kept."""
    wish = SiteWish(
        name=body.name,
        country=body.country,
        zone=Zone(body.zone) if body.zone else None,
        position=body.position.position() if body.position else None,
        main_fuse_a=body.main_fuse_a,
        grid_type=body.grid_type,
        phases=body.phases,
        contract=body.contract.contract(),
    )
    return _told(sites.create(call.account, wish, call.now, SiteId(call.new_id("site"))))


@api.endpoint("GET", "/v1/sites/{site}", action=Action.READ_SITE)
def get_site(call: SignedInCall, site: str) -> SiteAnswer:
    """One site."""
    return _told(sites.get(call.account, SiteId(site), call.now))


def _told(site: Site) -> SiteAnswer:
    return SiteAnswer(
        site_id=site.site_id,
        name=site.name,
        country=site.country,
        time_zone=site.time_zone,
        currency=site.currency,
        zone=site.zone,
        zone_must_ask=site.zone_must_ask,
        candidates=site.candidates,
        price_kind=site.contract.kind,
        contract=tell_contract(site),
        main_fuse_a=site.main_fuse_a,
        grid_type=site.grid_type,
        phases=site.phases,
    )
