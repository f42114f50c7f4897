"""What a household has agreed on with its supplier, and who its grid company is.

Surcharge and fixed price are per kWh with VAT, in the currency of the country, as they stand on a bill.
"""

from decimal import Decimal
from typing import Final, Literal

import msgspec

from chalicelib.domain import counties
from chalicelib.domain.counties import County
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import GridCompanyId, Zone

PriceKind = Literal["spot", "spot_support", "fixed", "norgespris"]
NORWEGIAN_KINDS: Final = frozenset({"spot_support", "norgespris"})


class PriceContract(msgspec.Struct, frozen=True, kw_only=True):
    """How a site pays for energy.

    `spot`: the zone's spot price; `spot_support`: that less stromstotte; `norgespris`: the state's fixed price;
    `fixed`: `fixed_price`. A surcharge comes on top of all but the fixed price, which holds everything. Without
    `grid_company` only the cost of energy is known; `county` decides on taxes in the north of Norway.
    """

    kind: PriceKind = "spot"
    fixed_price: Decimal | None = None
    surcharge: Decimal = Decimal(0)
    grid_company: GridCompanyId | None = None
    county: County | None = None

    @property
    def needs_spot(self) -> bool:
        """Whether its price is only known with the market's."""
        return self.kind in {"spot", "spot_support"}

    def must_ask_county(self, zone: Zone | None, *, is_norwegian: bool) -> bool:
        """Whether taxes depend on a county that nobody has told."""
        return is_norwegian and self.county is None and counties.must_ask(zone)


def check(contract: PriceContract, zone: Zone | None, *, is_norwegian: bool) -> None:
    """InvalidInput, with the field, for a contract that cannot be."""
    if (contract.kind == "fixed") != (contract.fixed_price is not None):
        raise InvalidInput("a fixed contract has a price, and no other has one", field="contract.fixed_price_per_kwh")
    if contract.kind == "fixed" and contract.surcharge:
        raise InvalidInput("a fixed price has no surcharge", field="contract.surcharge_per_kwh")
    if is_norwegian:
        if contract.county is not None and not counties.is_possible(contract.county, zone):
            raise InvalidInput(f"{contract.county} is not in {zone}", field="contract.county")
        return
    if contract.kind in NORWEGIAN_KINDS:
        raise InvalidInput(f"{contract.kind} is for Norway only", field="contract.kind")
    if contract.county is not None:
        raise InvalidInput("counties are asked for in Norway only", field="contract.county")
    if contract.grid_company is not None:
        raise InvalidInput("grid companies are known in Norway only", field="contract.grid_company_id")
