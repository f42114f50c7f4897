"""Documents of price providers, written by their specifications, for days and faults that nobody has recorded."""

import json
from collections.abc import Iterable
from datetime import UTC, date, timedelta

from chalicelib.domain.calendar import QUARTER, Stretch, day_stretch, steps
from chalicelib.domain.prices import MARKET_TZ

FINLAND = "10YFI-1--------U"
SWEDEN_3 = "10Y1001A1001A46L"
DAY = date(2026, 2, 10)
DAYS = [(date(2026, 3, 29), 23), (date(2026, 2, 10), 24), (date(2026, 10, 25), 25)]
HEADING = (
    "FREQ;Frequency;BASE_CUR;Base Currency;QUOTE_CUR;Quote Currency;TENOR;Tenor;"
    "DECIMALS;CALCULATED;UNIT_MULT;Unit Multiplier;COLLECTION;Collection Indicator;TIME_PERIOD;OBS_VALUE"
)
PUBLICATION = "urn:iec62325.351:tc57wg16:451-3:publicationdocument:7:3"
ACKNOWLEDGEMENT = "urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:7:0"


def day_file(day: date, currency: str, step: timedelta = QUARTER, price: float = 0.5) -> list[dict[str, object]]:
    """A day as elprisetjustnu.se and hvakosterstrommen.no serve it."""
    parts = list(steps(day_stretch(day, MARKET_TZ), step))
    return [
        {
            f"{currency}_per_kWh": price,
            "EUR_per_kWh": price / 10,
            "EXR": 10.0,
            "time_start": part.start.astimezone(MARKET_TZ).isoformat(),
            "time_end": part.end.astimezone(MARKET_TZ).isoformat(),
        }
        for part in parts
    ]


def energinet(day: date, zone: str = "DK1", price: float | None = 500.0) -> dict[str, object]:
    """A day as Energi Data Service serves it, newest first as is its habit."""
    records = [
        {
            "TimeUTC": f"{part.start:%Y-%m-%dT%H:%M:%S}",
            "TimeDK": f"{part.start.astimezone(MARKET_TZ):%Y-%m-%dT%H:%M:%S}",
            "PriceArea": zone,
            "DayAheadPriceEUR": 67.0,
            "DayAheadPriceDKK": price,
        }
        for part in steps(day_stretch(day, MARKET_TZ), QUARTER)
    ]
    return {"total": len(records), "limit": 0, "dataset": "DayAheadPrices", "records": records[::-1]}


def rates(day: date, euro: str = "11.7", sek: str = "104.0", dkk: str = "156.7") -> list[str]:
    """What Norges Bank says of one bank day; krona and krone of the neighbours by the hundred."""
    return [
        f"B;Business;{base};x;NOK;Norwegian krone;SP;Spot;4;false;{mult};x;C;ECB time;{day};{value}"
        for base, mult, value in (("EUR", 0, euro), ("SEK", 2, sek), ("DKK", 2, dkk))
    ]


def rate_file(lines: Iterable[str]) -> bytes:
    """A whole answer."""
    return "\n".join([HEADING, *lines]).encode()


def series(
    stretch: Stretch,
    points: dict[int, str],
    resolution: str = "PT15M",
    *,
    domain: str = FINLAND,
    currency: str = "EUR",
    unit: str = "MWH",
    curve: str = "A03",
    sequence: int | None = None,
) -> str:
    """One TimeSeries with one Period."""
    name = "classificationSequence_AttributeInstanceComponent.position"
    place = f"<{name}>{sequence}</{name}>" if sequence else ""
    given = "".join(
        f"<Point><position>{position}</position><price.amount>{price}</price.amount></Point>"
        for position, price in points.items()
    )
    return (
        f"<TimeSeries><mRID>1</mRID><auction.type>A01</auction.type><businessType>A62</businessType>"
        f'<in_Domain.mRID codingScheme="A01">{domain}</in_Domain.mRID>'
        f'<out_Domain.mRID codingScheme="A01">{domain}</out_Domain.mRID>'
        f"<contract_MarketAgreement.type>A01</contract_MarketAgreement.type>"
        f"<currency_Unit.name>{currency}</currency_Unit.name><price_Measure_Unit.name>{unit}</price_Measure_Unit.name>"
        f"{place}<curveType>{curve}</curveType>"
        f"<Period><timeInterval><start>{stretch.start.astimezone(UTC):%Y-%m-%dT%H:%MZ}</start>"
        f"<end>{stretch.end.astimezone(UTC):%Y-%m-%dT%H:%MZ}</end></timeInterval>"
        f"<resolution>{resolution}</resolution>{given}</Period></TimeSeries>"
    )


def publication(*parts: str) -> bytes:
    """A Publication_MarketDocument of these series."""
    head = f'<?xml version="1.0" encoding="UTF-8"?><Publication_MarketDocument xmlns="{PUBLICATION}">'
    return f"{head}<type>A44</type>{''.join(parts)}</Publication_MarketDocument>".encode()


def acknowledgement(text: str, code: str = "999") -> bytes:
    """An Acknowledgement_MarketDocument with one reason."""
    reason = f"<Reason><code>{code}</code><text>{text}</text></Reason>"
    return (
        f'<Acknowledgement_MarketDocument xmlns="{ACKNOWLEDGEMENT}">{reason}</Acknowledgement_MarketDocument>'.encode()
    )


def dumps(document: object) -> bytes:
    """As JSON."""
    return json.dumps(document).encode()
