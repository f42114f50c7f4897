"""The price contract in the bodies of sites, and the grid companies to choose from: /v1/grid-companies."""

from decimal import Decimal
from typing import Annotated, Literal

from msgspec import Meta, Struct

from chalicelib.api.blueprint import ApiBlueprint
from chalicelib.api.body import Body
from chalicelib.api.calls import SignedInCall
from chalicelib.domain.access import NOBODYS, Action
from chalicelib.domain.contracts import PriceContract, PriceKind
from chalicelib.domain.counties import County
from chalicelib.domain.ids import GridCompanyId, Zone
from chalicelib.domain.sites import Country, Site
from chalicelib.services import price_contracts
from chalicelib.services.access import require

api = ApiBlueprint(__name__)
PerKwh = Annotated[
    str,
    Meta(
        pattern=r"^-?[0-9]{1,2}([.][0-9]{1,6})?$",
        description="Per kWh, with VAT, in the site's currency.",
        examples=["0.049"],
    ),
]
CompanyId = Annotated[str, Meta(min_length=1, max_length=64, pattern=r"^[a-z0-9-]+$")]
NorwegianZone = Literal["NO1", "NO2", "NO3", "NO4", "NO5"]


class ContractBody(Body, frozen=True, kw_only=True):
    """How a site pays for energy, whole: what is left out is none.

    `fixed` needs its price and no other kind has one; `spot_support` and `norgespris` are for Norway. Without a grid
    company only the cost of energy is told. The county decides on taxes in the north of Norway.
    """

    kind: PriceKind = "spot"
    fixed_price_per_kwh: PerKwh | None = None
    surcharge_per_kwh: PerKwh | None = None
    grid_company_id: CompanyId | None = None
    county: County | None = None

    def contract(self) -> PriceContract:
        """The same to the rest of the product."""
        return PriceContract(
            kind=self.kind,
            fixed_price=None if self.fixed_price_per_kwh is None else Decimal(self.fixed_price_per_kwh),
            surcharge=Decimal(self.surcharge_per_kwh or 0),
            grid_company=GridCompanyId(self.grid_company_id) if self.grid_company_id else None,
            county=self.county,
        )


class ContractAnswer(Struct, frozen=True, kw_only=True):
    """The contract; with `county_must_ask` taxes depend on a county that has not been told."""

    kind: PriceKind
    fixed_price_per_kwh: str | None
    surcharge_per_kwh: str | None
    grid_company_id: str | None
    county: County | None
    county_must_ask: bool


class GridCompaniesQuery(Body, frozen=True, kw_only=True):
    """All, or those that may have customers in a zone."""

    zone: NorwegianZone | None = None


class GridCompanyAnswer(Struct, frozen=True, kw_only=True):
    """A grid company; `zones` is empty where it is not known which it has customers in."""

    grid_company_id: str
    name: str
    zones: tuple[str, ...]


class GridCompaniesAnswer(Struct, frozen=True, kw_only=True):
    """Grid companies by name. Tariffs: fri-nettleie (CC-BY-4.0)."""

    grid_companies: list[GridCompanyAnswer]


@api.endpoint("GET", "/v1/grid-companies", action=Action.LOOK_UP)
def list_grid_companies(call: SignedInCall, query: GridCompaniesQuery) -> GridCompaniesAnswer:
    """The Norwegian grid companies whose tariffs are known, for a site to name its own."""
    require(call.account.account_id, Action.LOOK_UP, NOBODYS, call.now)
    found = price_contracts.grid_companies(Zone(query.zone) if query.zone else None)
    return GridCompaniesAnswer(
        grid_companies=[
            GridCompanyAnswer(grid_company_id=company.company_id, name=company.name, zones=company.zones)
            for company in found
        ]
    )


def tell_contract(site: Site) -> ContractAnswer:
    """The contract of a site."""
    contract = site.contract
    return ContractAnswer(
        kind=contract.kind,
        fixed_price_per_kwh=None if contract.fixed_price is None else f"{contract.fixed_price:f}",
        surcharge_per_kwh=f"{contract.surcharge:f}" if contract.surcharge else None,
        grid_company_id=contract.grid_company,
        county=contract.county,
        county_must_ask=contract.must_ask_county(site.zone, is_norwegian=site.country is Country.NO),
    )
