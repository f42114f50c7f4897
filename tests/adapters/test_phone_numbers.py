"""Spellings of numbers, and numbers we do not serve."""

import pytest

from chalicelib.adapters.phone_numbers import PhoneNotAccepted, parse_mobile


@pytest.mark.parametrize(
    "text",
    [
        "90000001",
        "+4790000001",
        "0047 900 00 001",
        "+47 (900) 00 001",
        "900-00-001",
        "\uff0b4790000001",
        "tel:+4790000001",
    ],
)
def test_every_spelling_of_a_number_is_one_number(text: str) -> None:
    """Whatever people type, the account and its limits are the same."""
    assert parse_mobile(text) == "+4790000001"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("+46701234567", "+46701234567"), ("+4520123456", "+4520123456"), ("+358401234567", "+358401234567")],
)
def test_neighbours_are_served(text: str, expected: str) -> None:
    """Sweden, Denmark and Finland."""
    assert parse_mobile(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("22 33 44 55", id="a fixed line"),
        pytest.param("800 00 000", id="free of charge"),
        pytest.param("820 00 000", id="premium rate"),
        pytest.param("+44 7400 123456", id="a country we do not serve"),
        pytest.param("+1 202 555 0123", id="another continent"),
        pytest.param("12345", id="too short"),
        pytest.param("", id="nothing"),
        pytest.param("nobody", id="words"),
        pytest.param("90000001;ext=5", id="an extension"),
        pytest.param("90000001 x5", id="another extension"),
        pytest.param("900\u000000001", id="a NUL inside"),
        pytest.param("\u202e90000001", id="a direction mark"),
        pytest.param("900\u200b00001", id="an invisible space"),
        pytest.param("90000001" + " " * 25, id="33 characters"),
    ],
)
def test_other_numbers_are_refused(text: str) -> None:
    """Refused before anything is sent: messages to such numbers cost money and reach nobody we serve."""
    with pytest.raises(PhoneNotAccepted):
        parse_mobile(text)
