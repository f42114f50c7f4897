"""The page's types of the API's answers, against the document that the code of the API makes of itself."""

import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from app import app
from chalicelib.api.openapi import document
from device_shadows.status import NetworkReason
from tests.web.test_page import texts_of

TYPES: Final = Path(__file__).parents[2] / "web" / "app" / "types.js"
COMMENT: Final = re.compile(r"/\*\*(.*?)\*/", re.DOTALL)
TYPEDEF: Final = re.compile(r"@typedef \{(?:\w+ & )?\{(.*)\}\}\s+(\w+)\s*$")
SCHEMAS: Final = {
    "Money": "ShownMoney",
    "Status": "StatusAnswer",
    "TokenAnswer": "TokenAnswer",
    "CodeAnswer": "CodeAnswer",
    "Terms": "TermsAnswer",
    "PlanSummary": "PlanCard",
    "SessionSummary": "SessionCard",
    "MonthSummary": "MonthCard",
    "GuestWindow": "GuestWindow",
    "HomeCharger": "HomeCharger",
    "Home": "HomeAnswer",
    "AppliedState": "AppliedState",
    "Settings": "ChargerAnswer",
    "OwnCharger": "ChargerAnswer",
    "GuestCharger": "GuestChargerAnswer",
    "Orders": "OrderAnswer",
    "NetworkFailure": "FailureAnswer",
    "Network": "NetworkAnswer",
    "Contract": "ContractAnswer",
    "SiteFacts": "SiteAnswer",
    "Site": "SiteAnswer",
    "Allocation": "AllocationAnswer",
    "Load": "LoadAnswer",
    "NewMeter": "NewMeterAnswer",
    "GridCompany": "GridCompanyAnswer",
    "Grant": "GrantAnswer",
    "Account": "AccountAnswer",
    "Notification": "NotificationAnswer",
    "ExportPage": "ExportAnswer",
    "SessionUser": "UserAnswer",
    "Session": "SessionAnswer",
    "Claim": "ClaimAnswer",
    "PlanInterval": "IntervalAnswer",
    "Plan": "PlanAnswer",
    "PriceSlot": "PlannedPrice",
    "Sum": "DayAnswer",
    "PersonUse": "PersonAnswer",
    "HistoryDay": "DayAnswer",
    "HistoryHour": "HourAnswer",
    "History": "HistoryAnswer",
}


def split(fields: str) -> Iterator[str]:
    """The parts between commas that stand in no bracket."""
    depth, part = 0, ""
    for character in fields:
        depth += {"{": 1, "<": 1, "(": 1, "}": -1, ">": -1, ")": -1}.get(character, 0)
        if character == "," and depth == 0:
            yield part.strip()
            part = ""
        else:
            part += character
    yield part.strip()


def declared() -> dict[str, dict[str, str]]:
    """The fields of every type of types.js, each with its type."""
    comments = [re.sub(r"\n \* *", " ", comment).strip() for comment in COMMENT.findall(TYPES.read_text())]
    found = [one for comment in comments if (one := TYPEDEF.search(comment))]
    pairs = {one[2]: [field.partition(":") for field in split(one[1])] for one in found}
    return {name: {key.strip(): kind.strip() for key, _, kind in fields} for name, fields in pairs.items()}


@functools.cache
def schemas() -> dict[str, dict[str, Any]]:
    """The schemas of the API document."""
    assert app.routes
    found: dict[str, dict[str, Any]] = document()["components"]["schemas"]
    return found


def may_be_null(schema: dict[str, Any]) -> bool:
    """Whether a field of this schema may come as null."""
    options = schema.get("anyOf", [schema])
    return any(option.get("type") == "null" for option in options) or (None in schema.get("enum", []))


@pytest.mark.parametrize("name", SCHEMAS)
def test_what_the_page_reads_of_an_answer_is_in_it(name: str) -> None:
    """Every field exists, and one that may be null or absent says so."""
    schema = schemas()[SCHEMAS[name]]
    fields, known = declared()[name], schema["properties"]
    assert fields.keys() - {f"{key}{mark}" for key in known for mark in ("", "?")} == set()
    careless = {
        key
        for key, kind in fields.items()
        if may_be_null(known[key.rstrip("?")]) and not ("null" in kind or "?" in key)
    }
    assert careless == set()


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("network_reason", [reason.value for reason in NetworkReason]),
        ("meter", schemas()["MeterState"]["enum"]),
        ("grant_state", schemas()["GrantState"]["enum"]),
        ("mode", schemas()["ChargingMode"]["enum"]),
        ("price_state", schemas()["PriceState"]["enum"]),
        ("kind", list(schemas()["PushChoices"]["properties"])),
    ],
)
def test_every_code_of_an_answer_has_its_words(kind: str, codes: list[str]) -> None:
    """A code that the page has no text for would show nothing, or itself."""
    assert {f"{kind}_{code}" for code in codes} - texts_of("no").keys() == set()
