"""Phone numbers as people type them, to the one spelling that is an account."""

import unicodedata
from typing import Final

from chalicelib.domain.errors import InvalidInput

MAX_LENGTH: Final = 32
HOME_REGION: Final = "NO"
ALLOWED_REGIONS: Final = frozenset({"NO", "SJ", "SE", "DK", "FI"})


class PhoneNotAccepted(InvalidInput):
    """Not a mobile number of a country we serve."""

    code = "phone_not_accepted"

    def __init__(self) -> None:
        super().__init__("give a mobile number of Norway, Sweden, Denmark or Finland", field="phone")


def parse_mobile(text: str) -> str:
    """The E.164 of `text`, read as in Norway unless it says otherwise; PhoneNotAccepted for everything else.

    Control and format characters and extensions are refused first: libphonenumber would drop them silently.
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
        and library.region_code_for_number(number) in ALLOWED_REGIONS
    )
    if not is_accepted:
        raise PhoneNotAccepted
    return library.format_number(number, library.PhoneNumberFormat.E164)
