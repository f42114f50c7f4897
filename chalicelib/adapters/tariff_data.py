"""Rates and grid tariffs, read once from the data files of the bundle."""

import functools
from importlib.resources import files

import msgspec

from chalicelib.domain.grid_tariffs import GridCompany
from chalicelib.domain.ids import GridCompanyId
from chalicelib.domain.rates import Rates


@functools.cache
def rates() -> Rates:
    """Taxes, levies and public schemes."""
    return msgspec.json.decode(_read("rates.json"), type=Rates)


@functools.cache
def grid_companies() -> dict[GridCompanyId, GridCompany]:
    """Every grid company whose household tariffs we know, by id, in the order of their names."""
    found = msgspec.json.decode(_read("grid_tariffs.json"), type=tuple[GridCompany, ...])
    return {company.company_id: company for company in found}


def _read(name: str) -> bytes:
    return files("chalicelib").joinpath("data", name).read_bytes()
