"""ENTSO-E's documents of day-ahead prices (A44, IEC 62325-451-3), read strictly and safely.

A Publication_MarketDocument has TimeSeries with Periods: an interval, a resolution and Points by position. Curve type
A03 omits a point that repeats the one before, the tail included; A01 omits none. The same time may stand in several
series: the lowest classification sequence counts, and in it the finest resolution. An Acknowledgement_MarketDocument
says that there is nothing, or why not.
"""

import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Final
from xml.etree import ElementTree as ET

import msgspec

from chalicelib.adapters.prices.quotes import MAX_BYTES, Quote, Quotes
from chalicelib.adapters.prices.source import (
    AbsurdPrice,
    FeedDown,
    FeedGarbage,
    WrongCurrency,
    WrongSlots,
    WrongUnit,
    WrongZone,
)
from chalicelib.domain.calendar import HOUR, QUARTER

CURRENCY: Final = "EUR"
_PUBLICATION: Final = "urn:iec62325.351:tc57wg16:451-3:publicationdocument:"
_ACKNOWLEDGEMENT: Final = "urn:iec62325.351:tc57wg16:451-1:acknowledgementdocument:"
_RESOLUTIONS: Final = {"PT15M": QUARTER, "PT60M": HOUR}
_NOTHING_YET: Final = "No matching data found"
_DECLARATION: Final = re.compile(r"<!(?!--)")
_NUMBER: Final = re.compile(r"-?\d{1,7}(\.\d{1,6})?", re.ASCII)
_INSTANT: Final = "%Y-%m-%dT%H:%MZ"
_LONGEST: Final = timedelta(days=370)


class _Period(msgspec.Struct, frozen=True):
    """One period of one series; `prices` are EUR per MWh, one for each step of the resolution."""

    rank: tuple[int, timedelta]
    start: datetime
    step: timedelta
    prices: tuple[Decimal, ...]


def read(raw: bytes, domain: str) -> Quotes | None:
    """The prices of `domain` (an EIC) in EUR per kWh, by time; None when the answer says that there is nothing yet.

    In quarters as soon as any of it is in quarters.
    """
    root = _root(raw)
    namespace, _, name = root.tag.removeprefix("{").rpartition("}")
    if name == "Acknowledgement_MarketDocument" and namespace.startswith(_ACKNOWLEDGEMENT):
        _require_nothing(root)
        return None
    if name != "Publication_MarketDocument" or not namespace.startswith(_PUBLICATION):
        raise FeedGarbage(f"a document of another kind: {name[:60]}")
    _require(root, "type", "A44", FeedGarbage)
    periods = [period for series in _all(root, "TimeSeries") for period in _periods(series, domain)]
    return Quotes(currency=CURRENCY, quotes=tuple(_quotes(periods)))


def _root(raw: bytes) -> ET.Element:
    """No document type and no entities: nothing that could grow or reach out. Always UTF-8, whatever it declares."""
    if len(raw) > MAX_BYTES:
        raise FeedGarbage(f"more than {MAX_BYTES} bytes")
    try:
        text = raw.decode("utf-8-sig")
        if _DECLARATION.search(text):
            raise FeedGarbage("a declaration that no price document has")
        return ET.fromstring(text)  # noqa: S314 - without declarations there is nothing to expand
    except (UnicodeDecodeError, ET.ParseError, RecursionError) as error:
        raise FeedGarbage(f"no XML: {error}"[:200]) from error


def _require_nothing(root: ET.Element) -> None:
    reasons = [f"{_text(reason, 'code')} {_text(reason, 'text')}" for reason in _all(root, "Reason")]
    if not any(reason.startswith(f"999 {_NOTHING_YET}") for reason in reasons):
        raise FeedDown(f"it answers {'; '.join(reasons)[:200]}")


def _periods(series: ET.Element, domain: str) -> list[_Period]:
    _require(series, "in_Domain.mRID", domain, WrongZone)
    _require(series, "out_Domain.mRID", domain, WrongZone)
    _require(series, "currency_Unit.name", CURRENCY, WrongCurrency)
    _require(series, "price_Measure_Unit.name", "MWH", WrongUnit)
    _require(series, "contract_MarketAgreement.type", "A01", FeedGarbage)
    curve = _text(series, "curveType")
    if curve not in {"A01", "A03"}:
        raise WrongUnit(f"curve type {curve[:20]}")
    place = _find(series, "classificationSequence_AttributeInstanceComponent.position")
    sequence = 1 if place is None else _whole(place.text or "")
    return [_period(period, sequence, may_omit=curve == "A03") for period in _all(series, "Period")]


def _period(period: ET.Element, sequence: int, *, may_omit: bool) -> _Period:
    interval = _find(period, "timeInterval")
    step = _RESOLUTIONS.get(_text(period, "resolution"))
    if interval is None or step is None:
        raise WrongUnit("a period without interval, or of another resolution than PT15M and PT60M")
    start, end = _instant(_text(interval, "start")), _instant(_text(interval, "end"))
    if not timedelta() < end - start <= _LONGEST or (end - start) % step:
        raise WrongSlots("an interval that does not fit its resolution")
    points = [(_whole(_text(point, "position")), _price(point)) for point in _all(period, "Point")]
    prices = _filled(points, (end - start) // step, may_omit=may_omit)
    return _Period((sequence, step), start, step, prices)


def _filled(points: list[tuple[int, Decimal]], count: int, *, may_omit: bool) -> tuple[Decimal, ...]:
    """A price for each position from 1 to `count`; what is left out repeats what is before it."""
    positions = [position for position, _ in points]
    if not points or positions[0] != 1 or positions != sorted(set(positions)) or positions[-1] > count:
        raise WrongSlots("positions that are doubled, out of order, beyond the end, or without a first one")
    if not may_omit and len(points) != count:
        raise WrongSlots("a position left out where the curve type allows none")
    ends = [*positions[1:], count + 1]
    return tuple(price for (position, price), end in zip(points, ends, strict=True) for _ in range(end - position))


def _quotes(periods: list[_Period]) -> list[Quote]:
    """Of each quarter the price that counts; in hours when all of them are hours."""
    best: dict[datetime, tuple[tuple[int, timedelta], Decimal]] = {}
    for period in periods:
        for start, price in _quarters(period):
            before = best.get(start)
            if before is not None and before[0] == period.rank and before[1] != price:
                raise WrongSlots("two prices of the same standing for one time")
            if before is None or period.rank < before[0]:
                best[start] = (period.rank, price)
    is_hourly = all(rank[1] == HOUR for rank, _ in best.values())
    step = HOUR if is_hourly else QUARTER
    return [
        Quote(start, start + step, price / 1000)
        for start, (_, price) in sorted(best.items())
        if not is_hourly or not start.minute
    ]


def _quarters(period: _Period) -> list[tuple[datetime, Decimal]]:
    parts = period.step // QUARTER
    return [
        (period.start + number * period.step + part * QUARTER, price)
        for number, price in enumerate(period.prices)
        for part in range(parts)
    ]


def _all(parent: ET.Element, name: str) -> list[ET.Element]:
    return parent.findall(f"{{*}}{name}")


def _find(parent: ET.Element, name: str) -> ET.Element | None:
    found = _all(parent, name)
    if len(found) > 1:
        raise FeedGarbage(f"{name} stands there twice")
    return found[0] if found else None


def _text(parent: ET.Element, name: str) -> str:
    found = _find(parent, name)
    return (found.text or "").strip() if found is not None else ""


def _require(parent: ET.Element, name: str, expected: str, otherwise: type[FeedGarbage]) -> None:
    found = _text(parent, name)
    if found != expected:
        raise otherwise(f"{name} is {found[:40]!r}, not {expected}")


def _whole(text: str) -> int:
    if not re.fullmatch(r"[1-9]\d{0,5}", text.strip(), re.ASCII):
        raise WrongSlots("a position that is no number")
    return int(text)


def _price(point: ET.Element) -> Decimal:
    text = _text(point, "price.amount")
    if not _NUMBER.fullmatch(text):
        raise AbsurdPrice("a price that is no number")
    return Decimal(text)


def _instant(text: str) -> datetime:
    try:
        return datetime.strptime(text, _INSTANT).replace(tzinfo=UTC)
    except ValueError as error:
        raise WrongSlots("a time that is none") from error
