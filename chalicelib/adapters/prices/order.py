"""Which sources serve a country, the preferred one first, and what each of them is."""

from collections.abc import Callable, Mapping
from typing import Final, NamedTuple

from chalicelib.adapters.prices import elprisetjustnu, energidataservice, entsoe, hvakosterstrommen
from chalicelib.adapters.prices.quotes import Quotes
from chalicelib.adapters.prices.source import PriceSource
from chalicelib.domain.ids import Zone
from chalicelib.domain.sites import Country, country_of


class Provider(NamedTuple):
    """A source: how to make it, how to read what it serves, whom it serves and in which currency."""

    source: str
    make: Callable[[], PriceSource]
    read: Callable[[bytes, Zone], Quotes]
    countries: frozenset[Country]
    currency: str


PROVIDERS: Final[Mapping[str, Provider]] = {
    "hvakosterstrommen": Provider(
        hvakosterstrommen.SOURCE,
        hvakosterstrommen.Hvakosterstrommen,
        hvakosterstrommen.read,
        frozenset({Country.NO}),
        "NOK",
    ),
    "elprisetjustnu": Provider(
        elprisetjustnu.SOURCE, elprisetjustnu.Elprisetjustnu, elprisetjustnu.read, frozenset({Country.SE}), "SEK"
    ),
    "energidataservice": Provider(
        energidataservice.SOURCE,
        energidataservice.EnergiDataService,
        energidataservice.read,
        frozenset({Country.DK}),
        "DKK",
    ),
    "entsoe": Provider(entsoe.SOURCE, entsoe.Entsoe, entsoe.read, frozenset(Country), "EUR"),
}
ORDER: Final[Mapping[Country, tuple[str, ...]]] = {
    Country.NO: ("hvakosterstrommen", "entsoe"),
    Country.SE: ("elprisetjustnu", "entsoe"),
    Country.DK: ("energidataservice", "entsoe"),
    Country.FI: ("entsoe",),
}
"""First who tells the prices in the country's own currency, then who tells those of everybody in euro."""


def of_zone(zone: Zone) -> tuple[str, ...]:
    """The names of the sources of `zone`, the preferred one first."""
    return ORDER[country_of(zone)]
