"""The text message that invites a guest."""

from typing import Final

import msgspec

from chalicelib.domain.accounts import Language
from chalicelib.domain.ids import ChargerId, GrantId

PER_OWNER_A_DAY: Final = 20
PER_NUMBER_A_DAY: Final = 3
"""From all owners together: what is over it is not sent, and nobody can tell."""

_TEXTS: Final[dict[Language, str]] = {
    "no": "Du er invitert til å lade bil hos noen med ZmartCharge. "
    "Hent appen og logg inn med dette nummeret. Invitasjonen gjelder i 30 dager.",
    "en": "You are invited to charge a car at somebody's ZmartCharge charger. "
    "Get the app and sign in with this number. The invitation holds for 30 days.",
}
"""Nothing in it is written by a user: it cannot be used to send people words of one's own."""


class InvitationMessage(msgspec.Struct, frozen=True, kw_only=True, tag="invitation", tag_field="kind"):
    """What the queue carries of an invitation; one that is `withheld` is worked on, but no message is sent."""

    charger_id: ChargerId
    grant_id: GrantId
    phone: str
    language: Language
    withheld: bool = False


def text_of(language: Language) -> str:
    """The text message: one part in the GSM 7-bit alphabet (3GPP TS 23.038), so that it costs one message."""
    return _TEXTS[language]
