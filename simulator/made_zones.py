"""Simulated prices of the zones that nobody recorded, in the formats of the providers that serve them.

They are NO5's recorded prices, scaled for each zone and sloped a little within the hour: plausible, and nothing more.
Paths and documents are those of hvakosterstrommen.no, elprisetjustnu.se, Energi Data Service, ENTSO-E and Norges Bank.
"""

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

from aiohttp import web

OSLO: Final = ZoneInfo("Europe/Oslo")
QUARTER: Final = timedelta(minutes=15)
DAY: Final = timedelta(days=1)
SCALE: Final = {
    "NO1": "1.02", "NO2": "1.05", "NO3": "0.6", "NO4": "0.35", "SE1": "0.4", "SE2": "0.42", "SE3": "0.8", "SE4": "1.0",
    "DK1": "1.15", "DK2": "1.12", "FI": "0.85",
}  # fmt: skip
SLOPE: Final = (Decimal("0.97"), Decimal("0.99"), Decimal("1.01"), Decimal("1.03"))
SEK_PER_EUR: Final = Decimal("11.05")
DKK_PER_EUR: Final = Decimal("7.46")
FINLAND: Final = "10YFI-1--------U"
_PUBLICATION: Final = "urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3"
_ACKNOWLEDGEMENT: Final = "urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0"


class Hour(NamedTuple):
    """A recorded hour of NO5: when it is to be, what it costs in EUR/MWh, and NOK per EUR."""

    start: datetime
    eur_mwh: Decimal
    nok_per_eur: Decimal


Hours = Callable[[date], list[Hour] | None]
"""The hours of a market day; None if they are not published."""


class Quarter(NamedTuple):
    """A simulated quarter of a zone, EUR/MWh."""

    start: datetime
    eur_mwh: Decimal


def quarters(hours: list[Hour], zone: str) -> list[Quarter]:
    """The day of a zone, made from NO5's; the mean of an hour is the scaled hour."""
    return [
        Quarter(hour.start + number * QUARTER, round(hour.eur_mwh * Decimal(SCALE[zone]) * slope, 2))
        for hour in hours
        for number, slope in enumerate(SLOPE)
    ]


def day_file(hours: list[Hour], zone: str) -> list[dict[str, Any]]:
    """A Norwegian zone in hours and NOK, or a Swedish one in quarters and SEK, per kWh."""
    if zone.startswith("SE"):
        parts = [(quarter.start, QUARTER, quarter.eur_mwh, SEK_PER_EUR) for quarter in quarters(hours, zone)]
    else:
        scale = Decimal(SCALE[zone])
        parts = [(hour.start, 4 * QUARTER, hour.eur_mwh * scale, hour.nok_per_eur) for hour in hours]
    return [_row(start, step, eur_mwh, (_currency(zone), rate)) for start, step, eur_mwh, rate in parts]


def energinet(hours: list[Hour], zone: str) -> list[dict[str, Any]]:
    """The records of a Danish zone, newest first."""
    return [
        {
            "TimeUTC": f"{quarter.start.astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            "TimeDK": f"{quarter.start.astimezone(OSLO):%Y-%m-%dT%H:%M:%S}",
            "PriceArea": zone,
            "DayAheadPriceEUR": float(quarter.eur_mwh),
            "DayAheadPriceDKK": float(round(quarter.eur_mwh * DKK_PER_EUR, 2)),
        }
        for quarter in reversed(quarters(hours, zone))
    ]


def publication(hours: list[Hour], zone: str, domain: str) -> str:
    """A document of ENTSO-E; a quarter that repeats the one before is left out."""
    day = quarters(hours, zone)
    points = "".join(
        f"<Point><position>{number}</position><price.amount>{quarter.eur_mwh}</price.amount></Point>"
        for number, quarter in enumerate(day, 1)
        if number == 1 or quarter.eur_mwh != day[number - 2].eur_mwh
    )
    start, end = (f"{instant.astimezone(UTC):%Y-%m-%dT%H:%MZ}" for instant in (day[0].start, day[-1].start + QUARTER))
    interval = f"<timeInterval><start>{start}</start><end>{end}</end></timeInterval><resolution>PT15M</resolution>"
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><Publication_MarketDocument xmlns="{_PUBLICATION}"><type>A44</type>'
        f"<TimeSeries><in_Domain.mRID>{domain}</in_Domain.mRID><out_Domain.mRID>{domain}</out_Domain.mRID>"
        "<contract_MarketAgreement.type>A01</contract_MarketAgreement.type>"
        "<currency_Unit.name>EUR</currency_Unit.name><price_Measure_Unit.name>MWH</price_Measure_Unit.name>"
        f"<curveType>A03</curveType><Period>{interval}{points}</Period></TimeSeries></Publication_MarketDocument>"
    )


def nothing_yet() -> str:
    """What ENTSO-E answers before it knows."""
    reason = "<Reason><code>999</code><text>No matching data found for Data item ENERGY_PRICES</text></Reason>"
    return f'<Acknowledgement_MarketDocument xmlns="{_ACKNOWLEDGEMENT}">{reason}</Acknowledgement_MarketDocument>'


def rate_file(first: date, last: date, nok_per_eur: Decimal) -> str:
    """Rates of every working day, one euro rate for all of them."""
    lines = ["FREQ;BASE_CUR;QUOTE_CUR;TENOR;UNIT_MULT;TIME_PERIOD;OBS_VALUE"]
    for day in (first + DAY * number for number in range((last - first).days + 1)):
        if day.isoweekday() <= 5:  # noqa: PLR2004 - Friday
            lines.append(f"B;EUR;NOK;SP;0;{day};{nok_per_eur}")
            lines.append(f"B;SEK;NOK;SP;2;{day};{round(100 * nok_per_eur / SEK_PER_EUR, 2)}")
            lines.append(f"B;DKK;NOK;SP;2;{day};{round(100 * nok_per_eur / DKK_PER_EUR, 2)}")
    return "\n".join(lines)


class MadeZones:
    """Answers of the other providers, by the same clock as the recorded feed."""

    def __init__(self, hours: Hours) -> None:
        self._hours = hours

    def day_file(self, zone: str, day: date) -> list[dict[str, Any]] | None:
        """A file of a zone and day, None if there is none."""
        hours = self._hours(day) if zone in SCALE and zone[:2] in {"NO", "SE"} else None
        return None if hours is None else day_file(hours, zone)

    async def energinet(self, request: web.Request) -> web.Response:
        """`GET /dataset/DayAheadPrices`: the records of one zone and day, none while it is not published."""
        day = date.fromisoformat(request.query["start"][:10])
        [zone] = json.loads(request.query["filter"])["PriceArea"]
        hours = self._hours(day) if zone in {"DK1", "DK2"} else None
        records = [] if hours is None else energinet(hours, zone)
        return web.json_response({"total": len(records), "dataset": "DayAheadPrices", "records": records})

    async def entsoe(self, request: web.Request) -> web.Response:
        """`GET /api`: Finland, or an acknowledgement that there is nothing."""
        start = datetime.strptime(request.query["periodStart"], "%Y%m%d%H%M").replace(tzinfo=UTC)
        domain = request.query["in_Domain"]
        hours = self._hours(start.astimezone(OSLO).date()) if domain == FINLAND else None
        text = nothing_yet() if hours is None else publication(hours, "FI", domain)
        return web.Response(text=text, content_type="text/xml")

    async def rates(self, request: web.Request) -> web.Response:
        """`GET /api/data/EXR/...`: exchange rates by the day."""
        first, last = (date.fromisoformat(request.query[name]) for name in ("startPeriod", "endPeriod"))
        return web.Response(text=rate_file(first, last, Decimal("11.5")))

    def routes(self) -> Iterator[web.RouteDef]:
        """Where the providers answer."""
        yield web.get("/dataset/DayAheadPrices", self.energinet)
        yield web.get("/api", self.entsoe)
        yield web.get("/api/data/EXR/{series}", self.rates)


def _currency(zone: str) -> str:
    return "SEK" if zone.startswith("SE") else "NOK"


def _row(start: datetime, step: timedelta, eur_mwh: Decimal, money: tuple[str, Decimal]) -> dict[str, Any]:
    currency, rate = money
    return {
        f"{currency}_per_kWh": float(round(eur_mwh * rate / 1000, 5)),
        "EUR_per_kWh": float(round(eur_mwh / 1000, 5)),
        "EXR": float(rate),
        "time_start": start.astimezone(OSLO).isoformat(),
        "time_end": (start + step).astimezone(OSLO).isoformat(),
    }
