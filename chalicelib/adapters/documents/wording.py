"""The words of reports, Norwegian and English, and how each language writes numbers, money and dates."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final

import msgspec

from chalicelib.domain.accounts import Language
from chalicelib.domain.money import Money
from chalicelib.domain.month_reports import Person

NO_BREAK: Final = "\N{NO-BREAK SPACE}"
DASH: Final = "\N{EN DASH}"
MINUS: Final = "\N{MINUS SIGN}"
_WH_PER_KWH: Final = Decimal(1000)


class Wording(msgspec.Struct, frozen=True, kw_only=True):
    """One language. `words` are the fixed texts by name; `thousands` and `decimal` stand in numbers."""

    language: Language
    words: dict[str, str]
    months: tuple[str, ...]
    thousands: str
    decimal: str

    def __getitem__(self, name: str) -> str:
        """A fixed text; KeyError when there is none of that name."""
        return self.words[name]

    def number(self, value: Decimal | int, decimals: int = 0) -> str:
        """A number for people to read, rounded once."""
        rounded = Decimal(value).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN) + 0
        digits = (
            f"{abs(rounded):,.{decimals}f}".replace(",", "t").replace(".", self.decimal).replace("t", self.thousands)
        )
        return f"{MINUS}{digits}" if rounded < 0 else digits

    def kwh(self, energy_wh: int, decimals: int = 1) -> str:
        """Energy with its unit."""
        return f"{self.number(energy_wh / _WH_PER_KWH, decimals)}{NO_BREAK}kWh"

    def money(self, amount: Money | None, decimals: int = 2) -> str:
        """An amount with its currency; a dash for what is not known."""
        if amount is None:
            return self["not_known"]
        value = self.number(amount.amount, decimals)
        if self.language == "no":
            return f"{value}{NO_BREAK}{'kr' if amount.currency == 'NOK' else amount.currency}"
        return f"{amount.currency}{NO_BREAK}{value}"

    def day(self, day: date) -> str:
        """A date in full, such as 1. februar 2026 or 1 February 2026."""
        dot = "." if self.language == "no" else ""
        return f"{day.day}{dot}{NO_BREAK}{self.months[day.month - 1]} {day.year}"

    def short_day(self, day: date) -> str:
        """A date in figures; in English as ISO 8601, which cannot be misread."""
        return f"{day:%d.%m.%Y}" if self.language == "no" else day.isoformat()

    def instant(self, local: datetime) -> str:
        """A date with the time of day."""
        return f"{self.day(local.date())} {self['at']} {local:%H:%M}"

    def month(self, year: int, month: int) -> str:
        """Such as februar 2026."""
        return f"{self.months[month - 1]} {year}"

    def person(self, person: Person) -> str:
        """Who it was."""
        return person.name or self[person.kind]

    def people(self, people: Iterable[Person]) -> dict[Person, str]:
        """Who each was; two guests of one name are told apart by a number."""
        names: dict[Person, str] = {}
        for person in people:
            name, number = self.person(person), 2
            told = name
            while told in names.values():
                told, number = f"{name} ({number})", number + 1
            names[person] = told
        return names


_NO: Final = {
    "at": "kl.",
    "not_known": DASH,
    "title": "Lading i",
    "so_far": "fram til",
    "owner": "Eier",
    "guest": "Gjest",
    "deleted_guest": "Slettet gjest",
    "visitor": "Besøkende",
    "energy": "Energi",
    "energy_cost": "Strøm",
    "total_cost": "Strøm og nettleie",
    "saved": "Spart",
    "saved_note": "mot å lade med en gang",
    "per_kwh": "per kWh",
    "days_title": "kWh per dag",
    "cost_title": "Hva det kostet",
    "people_title": "Hvem som ladet",
    "own_title": "Din lading",
    "sessions": "ganger",
    "session": "gang",
    "spot": "Spotpris",
    "surcharge": "Påslag",
    "support": "Strømstøtte",
    "norgespris": "Norgespris",
    "fixed": "Fastpris",
    "grid_energy": "Nettleie, energiledd",
    "electricity_tax": "Elavgift",
    "enova_levy": "Enova-avgift",
    "other": "Ikke delt opp",
    "sum_energy": "Strøm",
    "sum_total": "I alt",
    "sum_priced": "Hittil, for {energy}",
    "waits": "noen timer mangler pris",
    "others": "Andre",
    "others_count": "{count} andre",
    "nothing": "Ingen har ladet denne måneden.",
    "best_day": "Mest ble ladet {day}: {energy}.",
    "pending": "Noen timer mangler fortsatt pris.",
    "pending_bar": "uten pris ennå",
    "vat_note": "Beløp er med merverdiavgift.",
    "capacity_note": "Nettselskapets kapasitetsledd er ikke med.",
    "no_grid": "Nettleie er ikke med, fordi nettselskapet ikke er kjent.",
    "made": "Laget {when}.",
    "running": "Måneden er ikke over; tallene er foreløpige.",
    "zone_note": "Tider og døgn er {place}-tid.",
    "author": "ZmartCharge",
    "subject": "Energi og kostnad for en lader i en måned",
    "sheet_hours": "Timer",
    "sheet_days": "Dager",
    "sheet_sessions": "Ladinger",
    "sheet_people": "Personer",
    "date": "Dato",
    "from": "Fra",
    "to": "Til",
    "start": "Start (ISO 8601)",
    "who": "Hvem",
    "cost_column": "Strøm ({currency})",
    "total_column": "I alt ({currency})",
    "saved_column": "Spart ({currency})",
    "price_pending": "Venter på pris",
    "estimated": "Fordelt etter anslag",
    "estimated_note": "Noen timers energi er fordelt etter anslag, fordi laderen ikke meldte seg; summen er nøyaktig.",
    "hours_of_day": "Timer i døgnet",
    "offset": "UTC",
    "began": "Tilkoblet",
    "ended": "Frakoblet",
    "mode": "Modus",
    "smart": "Smart",
    "full": "Full effekt",
    "count": "Ladinger",
    "sum": "Sum",
    "yes": "ja",
    "no": "",
}
_EN: Final = {
    "at": "at",
    "not_known": DASH,
    "title": "Charging in",
    "so_far": "up to",
    "owner": "Owner",
    "guest": "Guest",
    "deleted_guest": "Deleted guest",
    "visitor": "Visitor",
    "energy": "Energy",
    "energy_cost": "Electricity",
    "total_cost": "Electricity and grid",
    "saved": "Saved",
    "saved_note": "against charging at once",
    "per_kwh": "per kWh",
    "days_title": "kWh per day",
    "cost_title": "What it cost",
    "people_title": "Who charged",
    "own_title": "Your charging",
    "sessions": "times",
    "session": "time",
    "spot": "Spot price",
    "surcharge": "Supplier's surcharge",
    "support": "Electricity support",
    "norgespris": "Norgespris",
    "fixed": "Fixed price",
    "grid_energy": "Grid, energy component",
    "electricity_tax": "Electricity tax",
    "enova_levy": "Enova levy",
    "other": "Not split up",
    "sum_energy": "Electricity",
    "sum_total": "In all",
    "sum_priced": "So far, for {energy}",
    "waits": "some hours have no price",
    "others": "Others",
    "others_count": "{count} others",
    "nothing": "Nobody has charged this month.",
    "best_day": "Most was charged on {day}: {energy}.",
    "pending": "Some hours have no price yet.",
    "pending_bar": "no price yet",
    "vat_note": "Amounts include VAT.",
    "capacity_note": "The grid company's capacity component is not included.",
    "no_grid": "The grid's part is not included, because the grid company is not known.",
    "made": "Made {when}.",
    "running": "The month is not over; the figures are preliminary.",
    "zone_note": "Times and days are those of {place}.",
    "author": "ZmartCharge",
    "subject": "Energy and cost of a charger in a month",
    "sheet_hours": "Hours",
    "sheet_days": "Days",
    "sheet_sessions": "Sessions",
    "sheet_people": "People",
    "date": "Date",
    "from": "From",
    "to": "To",
    "start": "Start (ISO 8601)",
    "who": "Who",
    "cost_column": "Energy cost ({currency})",
    "total_column": "Total cost ({currency})",
    "saved_column": "Saved ({currency})",
    "price_pending": "Price pending",
    "estimated": "Estimated split",
    "estimated_note": "How some energy is split into hours is estimated, as the charger was silent; the sum is exact.",
    "hours_of_day": "Hours in the day",
    "offset": "UTC",
    "began": "Plugged in",
    "ended": "Unplugged",
    "mode": "Mode",
    "smart": "Smart",
    "full": "Full",
    "count": "Sessions",
    "sum": "Sum",
    "yes": "yes",
    "no": "",
}
_NO_MONTHS: Final = (
    *("januar", "februar", "mars", "april", "mai", "juni"),
    *("juli", "august", "september", "oktober", "november", "desember"),
)
_EN_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
WORDINGS: Final[dict[Language, Wording]] = {
    "no": Wording(language="no", words=_NO, months=_NO_MONTHS, thousands=NO_BREAK, decimal=","),
    "en": Wording(language="en", words=_EN, months=_EN_MONTHS, thousands=",", decimal="."),
}
