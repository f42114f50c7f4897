"""Makes chalicelib/data/grid_tariffs.json of vendor-data/: `python -m local.grid_tariffs`.

Strict about what it reads: a word that it does not know is an error, not a tariff that is a little wrong.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import msgspec
import yaml

from chalicelib.domain.grid_tariffs import CapacityComponent, GridCompany, GridTariff, PriceException
from chalicelib.domain.ids import GridCompanyId, Zone
from local.errors import BuildError
from local.places import ROOT

TARIFFS: Final = ROOT / "vendor-data" / "fri-nettleie" / "tariffer"
GRID_AREAS: Final = ROOT / "vendor-data" / "esett" / "metering_grid_areas.json"
TARGET: Final = ROOT / "chalicelib" / "data" / "grid_tariffs.json"
HOUSEHOLD: Final = "husholdning"
LOW_DAYS: Final = {"bkk": ("12-24", "12-31")}
"""BKK charges its low price all day on 24 and 31 December (its price list of 2026)."""
_ORE: Final = Decimal(100)
_DAYS: Final = {
    "mandag": "monday",
    "tirsdag": "tuesday",
    "onsdag": "wednesday",
    "torsdag": "thursday",
    "fredag": "friday",
    "lørdag": "saturday",
    "søndag": "sunday",
    "ukedag": "weekday",
    "helg": "weekend",
    "helligdager": "holiday",
    "fridag": "day_off",
    "virkedag": "working_day",
    "alle": "every_day",
}
_MONTHS: Final = (
    "januar februar mars april mai juni juli august september oktober november desember".split()  # noqa: SIM905
)
_METHODS: Final = {
    "TRE_DØGNMAX_MND": "three_days_of_month",
    "MND_MAX": "month_peak",
    "FEM_VEKTET_ÅR": "five_weeks_of_year",
    "OV_TREFASE": "fuse",
    "UKJENT": "unknown",
}


def main() -> None:
    """Write the data file anew."""
    TARGET.write_bytes(built())


def built() -> bytes:
    """The data file: one line for each company, the same bytes every time."""
    zones = _zones_of_companies()
    companies = [found for path in sorted(TARIFFS.glob("*.yml")) if (found := _company(path, zones)) is not None]
    lines = [
        msgspec.json.encode(company, order="deterministic")
        for company in sorted(companies, key=lambda one: one.name.casefold())
    ]
    return b"[\n" + b",\n".join(lines) + b"\n]\n"


def _zones_of_companies() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for area in msgspec.json.decode(GRID_AREAS.read_bytes()):
        for key in (area["dsoCode"], area["mgaCode"]):
            found.setdefault(key, set()).add(area["mba"])
    return found


def _company(path: Path, zones: dict[str, set[str]]) -> GridCompany | None:
    """The company of a file, None if it has no household tariff."""
    read = yaml.safe_load(path.read_text())
    areas = read.get("mga") or read["gln"]
    tariffs = [_tariff(one) for one in read["tariffer"] if HOUSEHOLD in one["kundegrupper"]]
    tariffs.sort(key=lambda tariff: tariff.valid_from)
    for earlier, later in pairwise(tariffs):
        if earlier.valid_until is None or earlier.valid_until > later.valid_from:
            raise BuildError(f"{path.name}: two household tariffs hold on {later.valid_from}")
    return (
        None
        if not tariffs
        else GridCompany(
            company_id=GridCompanyId(path.stem),
            name=" ".join(read["netteier"].split()),
            zones=tuple(sorted(Zone(zone) for area in areas for zone in zones.get(area, ()))),
            low_days=LOW_DAYS.get(path.stem, ()),
            tariffs=tuple(tariffs),
        )
    )


def _tariff(read: dict[str, Any]) -> GridTariff:
    energy, capacity = read["energiledd"], read["fastledd"]
    return GridTariff(
        valid_from=_date(read["gyldig_fra"]),
        valid_until=_date(read["gyldig_til"]) if read.get("gyldig_til") else None,
        base_price=_kroner(energy["grunnpris"]),
        exceptions=tuple(_exception(one) for one in energy.get("unntak") or ()),
        capacity=msgspec.convert(
            {
                "method": _METHODS[capacity["metode"]],
                "is_inclusive": capacity["terskel_inkludert"] is not False,
                "steps": sorted(_steps(capacity["terskler"])),
            },
            CapacityComponent,
        ),
    )


def _exception(read: dict[str, Any]) -> PriceException:
    unknown = set(read) - {"navn", "timer", "pris", "dager", "måneder"}
    if unknown:
        raise BuildError(f"unknown conditions {sorted(unknown)}")
    found = {
        "price": _kroner(read["pris"]),
        "hours": [int(hour) for hour in read["timer"].split("-")] if read.get("timer") else None,
        "days": [_DAYS[day] for day in read.get("dager") or ()],
        "months": [_MONTHS.index(month) + 1 for month in read.get("måneder") or ()],
    }
    return msgspec.convert(found, PriceException)


def _steps(read: Iterable[dict[str, Any]]) -> list[tuple[Decimal, Decimal]]:
    return [(Decimal(str(one["terskel"])), Decimal(str(one["pris"]))) for one in read]


def _date(read: object) -> date:
    return date.fromisoformat(str(read))


def _kroner(ore: float) -> Decimal:
    return Decimal(str(ore)) / _ORE


if __name__ == "__main__":
    main()
