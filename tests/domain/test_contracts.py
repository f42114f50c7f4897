"""Contracts that can be and that cannot."""

from decimal import Decimal
from typing import Any

import pytest

from chalicelib.domain.contracts import PriceContract, check
from chalicelib.domain.counties import County
from chalicelib.domain.errors import InvalidInput
from chalicelib.domain.ids import GridCompanyId, Zone

POSSIBLE: list[tuple[dict[str, Any], str | None, bool]] = [
    ({}, "NO5", True),
    ({"kind": "spot", "surcharge": Decimal("-0.01")}, "SE3", False),
    ({"kind": "fixed", "fixed_price": Decimal("0.9")}, "DK1", False),
    ({"kind": "norgespris", "county": County.NORDLAND}, "NO4", True),
    ({"kind": "spot_support", "grid_company": GridCompanyId("bkk")}, None, True),
]
IMPOSSIBLE: list[tuple[dict[str, Any], str, bool, str]] = [
    ({"kind": "fixed"}, "NO5", True, "contract.fixed_price_per_kwh"),
    ({"kind": "spot", "fixed_price": Decimal(1)}, "NO5", True, "contract.fixed_price_per_kwh"),
    (
        {"kind": "fixed", "fixed_price": Decimal(1), "surcharge": Decimal(1)},
        "NO5",
        True,
        "contract.surcharge_per_kwh",
    ),
    ({"kind": "norgespris"}, "SE3", False, "contract.kind"),
    ({"kind": "spot_support"}, "FI", False, "contract.kind"),
    ({"county": County.OSLO}, "SE3", False, "contract.county"),
    ({"county": County.NORDLAND}, "NO5", True, "contract.county"),
    ({"grid_company": GridCompanyId("bkk")}, "DK1", False, "contract.grid_company_id"),
]


@pytest.mark.parametrize(("contract", "zone", "is_norwegian"), POSSIBLE)
def test_a_contract_that_can_be_is_taken(contract: dict[str, Any], zone: str | None, is_norwegian: bool) -> None:  # noqa: FBT001
    """In silence."""
    check(PriceContract(**contract), Zone(zone) if zone else None, is_norwegian=is_norwegian)


@pytest.mark.parametrize(("contract", "zone", "is_norwegian", "field"), IMPOSSIBLE)
def test_a_contract_that_cannot_be_is_refused_by_field(
    contract: dict[str, Any],
    zone: str,
    is_norwegian: bool,  # noqa: FBT001
    field: str,
) -> None:
    """The app shows the error where it was made."""
    with pytest.raises(InvalidInput) as refused:
        check(PriceContract(**contract), Zone(zone), is_norwegian=is_norwegian)
    assert refused.value.field == field
