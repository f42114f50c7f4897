"""An owner's sites: /v1/sites."""

from http import HTTPStatus
from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.api.contracts import ContractAnswer, ContractBody, tell_contract
from chalicelib.api.if_match import version_of
from chalicelib.api.texts import Name, NextToken
from chalicelib.api.zones import Place
from chalicelib.domain.access import Action
from chalicelib.domain.contracts import PriceKind
from chalicelib.domain.ids import SiteId, Zone
from chalicelib.domain.sites import (
    DEFAULT_MAIN_FUSE_A,
    LEAST_HISTORY_MONTHS,
    MOST_HISTORY_MONTHS,
    Country,
    GridType,
    Phases,
    Site,
)
from chalicelib.domain.versions import given
from chalicelib.services import sites
from chalicelib.services.sites import SiteChange, SiteWish

api = ApiBlueprint(__name__)
ZoneName = Literal["NO1", "NO2", "NO3", "NO4", "NO5", "SE1", "SE2", "SE3", "SE4", "DK1", "DK2", "FI"]


MainFuse = Annotated[int, Meta(ge=10, le=250, description="A size that is made: 10, 13, 16, 20, 25, 32, 35, 40, ...")]
HistoryMonths = Annotated[
    int,
    Meta(
        ge=LEAST_HISTORY_MONTHS,
        le=MOST_HISTORY_MONTHS,
        description="How long hours and sessions of its chargers are kept; also those that are stored already.",
    ),
]


class NewSite(Body, frozen=True, kw_only=True):
    """A site; its zone, or a position to propose one from. What is left out is what is common there."""

    name: Name | None = None
    country: Country | None = None
    zone: ZoneName | None = None
    position: Place | None = None
    main_fuse_a: MainFuse = DEFAULT_MAIN_FUSE_A
    grid_type: GridType | None = None
    phases: Phases = 3
    contract: ContractBody = ContractBody()


class SiteSettings(Body, frozen=True, kw_only=True):
    """What to change of a site; the others stay. The zone chosen or confirmed, or a position to propose one anew."""

    name: Name | UnsetType = UNSET
    country: Country | UnsetType = UNSET
    zone: ZoneName | UnsetType = UNSET
    position: Place | UnsetType = UNSET
    main_fuse_a: MainFuse | UnsetType = UNSET
    grid_type: GridType | UnsetType = UNSET
    phases: Phases | UnsetType = UNSET
    contract: ContractBody | UnsetType = UNSET
    history_months: HistoryMonths | UnsetType = UNSET


class SiteAnswer(Struct, frozen=True, kw_only=True):
    """A site; while `zone_must_ask`, the zone is only a proposal among the candidates. `version` goes into If-Match."""

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
    history_months: int
    version: int


class ListQuery(Body, frozen=True, kw_only=True):
    """How many, and the `next` of the page before; none for the first."""

    limit: Annotated[int, Meta(ge=1, le=100)] = 100
    next: NextToken | None = None


class SitesAnswer(Struct, frozen=True, kw_only=True):
    """A page of one's sites, the oldest first; `next` leads on, null on the last page."""

    sites: list[SiteAnswer]
    next: str | None


@api.endpoint("GET", "/v1/sites", action=Action.LIST_OWN_SITES, gives={"site": "sites/0/site_id"})
def list_sites(call: SignedInCall, query: ListQuery) -> SitesAnswer:
    """One's own sites."""
    page = sites.list_own(call.account, call.way("sites", query.next, query.limit))
    return SitesAnswer(sites=[_told(site) for site in page.items], next=page.next)


@api.endpoint("POST", "/v1/sites", action=Action.LIST_OWN_SITES, status=HTTPStatus.CREATED, gives={"site": "site_id"})
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


@api.endpoint("PATCH", "/v1/sites/{site}", action=Action.CHANGE_SITE, headers=("If-Match",))
def change_site(call: SignedInCall, site: str, body: SiteSettings) -> SiteAnswer:
    """Change a site; its chargers are told and planned anew. If-Match must name the version it is changed from."""
    wanted = given(body)
    if "position" in wanted:
        wanted["position"] = wanted["position"].position()
    if "contract" in wanted:
        wanted["contract"] = wanted["contract"].contract()
    version = version_of(call)
    return _told(sites.change(call.account, SiteId(site), SiteChange(**wanted), version, call.now))


@api.endpoint("DELETE", "/v1/sites/{site}", action=Action.CHANGE_SITE, status=HTTPStatus.NO_CONTENT)
def delete_site(call: SignedInCall, site: str) -> None:
    """Delete a site for good; 409 `site_has_chargers` while a charger stands there."""
    sites.delete(call.account, SiteId(site), call.now)


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
        history_months=site.history_months,
        version=site.version,
    )
