"""Problems with known answers: those made for this project by hand, and numeric cases of evcc's planner."""

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from chalicelib.domain.planning import plan_charging
from cli.plan_document import read_question

DATA = Path(__file__).parents[2] / "data" / "planner"
HAND_MADE = json.loads((DATA / "instances.json").read_text())["instances"]
EVCC = {case["id"]: case for case in json.loads((DATA / "evcc_examples.json").read_text())["cases"]}


@pytest.mark.parametrize("case", HAND_MADE, ids=[case["id"] for case in HAND_MADE])
def test_the_plan_costs_what_a_hand_reckons(case: dict[str, Any]) -> None:
    """Cost, unmet energy and, where ties decide, the finish are as worked out by hand."""
    plan = plan_charging(read_question(msgspec.json.encode(case["problem"])).problem)
    expected = case["expect"]
    assert plan.cost == pytest.approx(expected["cost"], abs=1e-6)
    assert sum(charger.unmet_wh for charger in plan.chargers) == pytest.approx(expected["unmet_wh"], abs=1e-3)
    if "done_at_latest" in expected:
        done_at = plan.chargers[0].done_at
        assert done_at is not None
        assert done_at.timestamp() <= expected["done_at_latest"] + 1e-3


def evcc_document(case: dict[str, Any], max_starts: int | None) -> bytes:
    """The case as a charger of exactly 1 kW, so that seconds of charging are energy."""
    return msgspec.json.encode(
        {
            "now": case["now_s"],
            "slots": [{"start": r["s"], "end": r["e"], "price": r["v"]} for r in case["rates"]],
            "site": {"limit_a": 100, "voltage_v": 100, "grid": "TN"},
            "chargers": [
                {
                    "id": "a",
                    "phases": 1,
                    "min_a": 10,
                    "max_a": 10,
                    "from": case["now_s"],
                    "ready_by": case["target_s"],
                    "need_wh": case["required_s"] / 3.6,
                }
            ],
            "max_starts": max_starts,
        }
    )


@pytest.mark.parametrize("name", ["plan_0", "plan_5", "flat_long_slot_2h"])
def test_cheapest_slots_agree_with_evcc(name: str) -> None:
    """Without a limit on starts, cost and duration are those evcc finds."""
    case = EVCC[name]
    plan = plan_charging(read_question(evcc_document(case, None)).problem)
    duration_s = sum((i.end - i.start).total_seconds() for i in plan.chargers[0].intervals)
    assert plan.cost == pytest.approx(case["evcc_actual"]["cost_price_x_hours"], abs=1e-6)
    assert duration_s == pytest.approx(case["required_s"], abs=1e-3)


@pytest.mark.parametrize("name", ["cont_cheapest", "cont_late_pref", "flat_cont_late_1", "start_before_rates"])
def test_one_unbroken_run_is_never_dearer_than_evccs(name: str) -> None:
    """With one start we cost at most what evcc's continuous plan costs; it begins on slot boundaries only."""
    case = EVCC[name]
    plan = plan_charging(read_question(evcc_document(case, 1)).problem)
    assert plan.chargers[0].unmet_wh == pytest.approx(0, abs=1e-6)
    assert plan.cost <= case["evcc_actual"]["cost_price_x_hours"] + 1e-6
