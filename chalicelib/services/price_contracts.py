"""The price contract of a site, and the grid companies it may name."""

from chalicelib.adapters import tariff_data
from chalicelib.domain import contracts
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.grid_tariffs import GridCompany
from chalicelib.domain.ids import Zone
from chalicelib.domain.sites import Country, Site


def require_possible(site: Site) -> None:
    """InvalidInput, naming the field, for a contract that cannot be at this site; to be asked after every change."""
    contracts.check(site.contract, site.zone, is_norwegian=site.country is Country.NO)
    company_id = site.contract.grid_company
    if company_id is None:
        return
    company = tariff_data.grid_companies().get(company_id)
    if company is None:
        raise InvalidInput("no such grid company is known", field="contract.grid_company_id")
    if not company.serves(site.zone):
        raise InvalidInput(f"{company.name} has no grid in {site.zone}", field="contract.grid_company_id")


def grid_companies(zone: Zone | None) -> list[GridCompany]:
    """Those that may have customers in `zone`, or all, by name; none outside Norway."""
    return [company for company in tariff_data.grid_companies().values() if company.serves(zone)]
