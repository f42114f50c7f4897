"""The real month in docs/: made again, and summed up by hand from the raw files."""

import csv
import json
from datetime import datetime
from fractions import Fraction

import pytest

from cli.cost_report import Report
from local import cost_of_a_month

LOW, HIGH = Fraction("0.105"), Fraction("0.2877")
TAX_AND_LEVY = Fraction("0.0713") + Fraction("0.01")
HALF_A_UNIT = Fraction(1, 2_000_000)
"""The table has six decimals."""


@pytest.fixture(scope="module")
def reports() -> dict[str, Report]:
    """The month under each contract."""
    return cost_of_a_month.make_reports()


def rows() -> list[dict[str, str]]:
    """The table of the docs."""
    return list(csv.DictReader(cost_of_a_month.TABLE.read_text().splitlines()))


def test_the_page_and_its_table_are_what_the_product_computes(reports: dict[str, Report]) -> None:
    """Nobody edits them by hand, and no change of a rate goes unseen."""
    assert cost_of_a_month.TABLE.read_text() == cost_of_a_month.table(reports)
    assert cost_of_a_month.PAGE.read_text() == cost_of_a_month.page(reports)


def test_every_hour_is_what_the_rules_say_by_hand() -> None:
    """Each total from the metered hour and its recorded price, in fractions and without the product's code."""
    recorded = json.loads(cost_of_a_month.HOURS.read_text(), parse_float=str)["hours"]
    assert len(rows()) == len(recorded) == 672
    for row, hour in zip(rows(), recorded, strict=True):
        kwh, spot = Fraction(hour["kwh"]), Fraction(hour["spot_nok_kwh_eks_mva"])
        at = datetime.fromisoformat(hour["start_local"])
        is_high = at.weekday() < 5 and 6 <= at.hour < 22  # February has no holidays
        grid = (HIGH if is_high else LOW) + TAX_AND_LEVY
        support = max(Fraction(0), spot - Fraction("0.77")) * Fraction(9, 10)
        expected = {
            "spot_support.total_cost": kwh * (spot - support + grid) * Fraction(5, 4),
            "spot_support.energy_cost": kwh * (spot - support) * Fraction(5, 4),
            "norgespris.total_cost": kwh * (Fraction("0.4") + grid) * Fraction(5, 4),
            "norgespris.energy_cost": kwh / 2,
        }
        assert row["start"] == hour["start_local"]
        assert all(abs(Fraction(row[name]) - amount) <= HALF_A_UNIT for name, amount in expected.items())


@pytest.mark.parametrize("kind", ["spot_support", "norgespris"])
def test_the_parts_of_a_row_are_its_total(kind: str) -> None:
    """Parts without VAT and the VAT of all, within the table's own rounding."""
    for row in rows():
        mine = {name.split(".")[1]: Fraction(text) for name, text in row.items() if name.startswith(f"{kind}.")}
        total = mine.pop("total_cost")
        mine.pop("energy_cost")
        assert abs(sum(mine.values()) - total) <= HALF_A_UNIT * (len(mine) + 1)
