"""Chargers with what they do: a row of two tables each, read in one call, alone or with other rows."""

from collections.abc import Iterable

from chalicelib.adapters.dynamo import batches, charger_states, chargers
from chalicelib.adapters.dynamo.charger_states import ChargerStateRow
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.table import Table
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger
from chalicelib.domain.ids import ChargerId

Known = tuple[Charger, ChargerOverview]
"""A charger and what is known of it; of one that was never heard of the second is empty."""


def read(charger_ids: Iterable[ChargerId], *, is_exact: bool = True) -> list[Known]:
    """Those of these that are there; unless `is_exact` as they may have been a second ago, at half the price."""
    return known(batches.read(wanted(charger_ids), is_exact=is_exact))


def wanted(charger_ids: Iterable[ChargerId]) -> list[batches.Wanted]:
    """What to read of them."""
    return [(model, {"charger_id": one}) for one in charger_ids for model in (ChargerRow, ChargerStateRow)]


def known(rows: Iterable[Table]) -> list[Known]:
    """The chargers among rows that were read, whatever else is among them."""
    rows = list(rows)
    overviews = {row.charger_id: charger_states.to_domain(row) for row in rows if isinstance(row, ChargerStateRow)}
    found = [chargers.to_domain(row) for row in rows if isinstance(row, ChargerRow)]
    return [(one, overviews.get(one.charger_id) or ChargerOverview(charger_id=one.charger_id)) for one in found]
