"""Phone numbers as people type them, to the one spelling that is an account."""

import unicodedata
from typing import Final

from chalicelib.domain.errors import InvalidInput

MAX_LENGTH: Final = 32
HOME_REGION: Final = "NO"
ALLOWED_REGIONS: Final = frozenset({"NO", "SJ", "SE", "DK", "FI"})


_OTHER_STATES: Final = frozenset(
    {
        *("AT", "BE", "BG", "CY", "CZ", "DE", "EE", "ES", "FR", "GR", "HR", "HU", "IE", "IS", "IT", "LI"),
        *("LT", "LU", "LV", "MT", "NL", "PL", "PT", "RO", "SI", "SK", "AX", "GF", "GP", "MQ", "RE", "YT"),
    }
)
EEA_REGIONS: Final = ALLOWED_REGIONS | _OTHER_STATES
"""The European Economic Area with the parts of its states that have codes of their own."""


class PhoneNotAccepted(InvalidInput):
    """Not a mobile number of a country we serve."""

    code = "phone_not_accepted"

    def __init__(self) -> None:
        super().__init__("give a mobile number of the European Economic Area", field="phone")


def parse_mobile(text: str) -> str:
    """The E.164 of `text`, read as in Norway unless it says otherwise; PhoneNotAccepted for everything else.

    Any mobile number of the EEA is one: who may be sent a message is decided by who asks. Control and format characters
    and extensions are refused first: libphonenumber would drop them silently.
    """
    import phonenumbers as library

    if len(text) > MAX_LENGTH or any(unicodedata.category(character) in {"Cc", "Cf", "Cs"} for character in text):
        raise PhoneNotAccepted
    try:
        number = library.parse(unicodedata.normalize("NFKC", text), HOME_REGION)
    except library.NumberParseException as error:
        raise PhoneNotAccepted from error
    mobile = {library.PhoneNumberType.MOBILE, library.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    is_accepted = (
        number.extension is None
        and library.is_valid_number(number)
        and library.number_type(number) in mobile
        and library.region_code_for_number(number) in EEA_REGIONS
    )
    if not is_accepted:
        raise PhoneNotAccepted
    return library.format_number(number, library.PhoneNumberFormat.E164)


def is_home_number(phone: str) -> bool:
    """Whether an E.164 number may sign in without an invitation."""
    import phonenumbers as library

    return library.region_code_for_number(library.parse(phone)) in ALLOWED_REGIONS
