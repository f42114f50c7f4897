"""The terms in force, in both languages; a new text is a new version, and everybody is asked again."""

from typing import Final

from chalicelib.domain.accounts import CURRENT_TERMS, Language
from chalicelib.domain.errors import Conflict

VERSION: Final = CURRENT_TERMS

TEXT: Final[dict[Language, str]] = {
    "no": """Vilkår for ZmartCharge

1. Tjenesten styrer når laderen din lader, slik at bilen blir ladet til tiden du har valgt, til lavest mulig \
strømpris. Vi kan ikke love en bestemt besparelse, og heller ikke at bilen er full hvis den kobles til for sent, \
tar imot mindre strøm enn ventet, eller strømmen eller nettet faller ut.
2. Du må bare registrere ladere og anlegg du har rett til å styre. Sikringsstørrelsene du oppgir, må stemme med \
anlegget. Installasjon og endringer i anlegget skal gjøres av en registrert elektroinstallatør.
3. Vi lagrer telefonnummeret ditt, anleggene og laderne dine, når bilen er tilkoblet, og hvor mye energi som går \
gjennom laderen. Vi bruker det til å gi deg tjenesten, og selger det ikke. Posisjonen du sender for å finne \
prisområdet, blir ikke lagret.
4. Du kan når som helst kreve å få utlevert dataene dine eller å få dem slettet; da slettes alt om deg.
5. Priser og kostnader i appen er beregnet av målerverdiene fra laderen og spotprisen, og kan avvike fra \
fakturaen din.
6. Endrer vi vilkårene, spør vi deg på nytt før du fortsetter å bruke tjenesten.
""",
    "en": """Terms of ZmartCharge

1. The service controls when your charger charges, so that the car is charged by the time you chose at the \
lowest price of electricity. We cannot promise a particular saving, nor that the car is full if it is plugged in \
too late, takes less current than expected, or the power or the network fails.
2. Register only chargers and installations that you have the right to control. The fuse sizes you enter must be \
those of the installation. Installation work is for a registered electrician.
3. We store your phone number, your sites and chargers, when a car is connected, and how much energy passes \
through the charger. We use it to provide the service and do not sell it. The position you send to find the \
price area is not stored.
4. You may at any time ask for your data or for their erasure; everything about you is erased then.
5. Prices and costs in the app are computed from the charger's meter and the spot price, and may differ from \
your bill.
6. If we change the terms, we ask you again before you go on using the service.
""",
}


class TermsOutdated(Conflict):
    """The version accepted is not the one in force: read the terms again."""

    code = "terms_outdated"


def require_current(version: str) -> None:
    """Return when `version` is in force; TermsOutdated otherwise."""
    if version != VERSION:
        raise TermsOutdated("another version is in force")
