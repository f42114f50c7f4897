"""Everything the home screen shows of many chargers, in one call to the store."""

from collections.abc import Sequence
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.dynamo import charger_states, chargers, sites
from chalicelib.adapters.dynamo.charger_states import ChargerStateRow
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.sites import SiteRow
from chalicelib.adapters.dynamo.table import Table
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import DependencyDown, NotFound
from chalicelib.domain.ids import ChargerId, SiteId
from chalicelib.domain.sites import Site
from chalicelib.settings import settings

_BATCH = 100
"""What DynamoDB reads in one call; whoever has more than about 90 chargers needs another."""


class Found(msgspec.Struct, frozen=True):
    """Overviews by charger and sites by id; what is not stored is absent."""

    overviews: dict[ChargerId, ChargerOverview]
    sites: dict[SiteId, Site]


def read(charger_ids: Sequence[ChargerId], site_ids: Sequence[SiteId]) -> Found:
    """The overviews of these chargers and these sites; consistent, and one call for up to 100 of them together."""
    wanted: list[tuple[type[Table], str, str]] = [
        *((ChargerStateRow, "charger_id", charger_id) for charger_id in charger_ids),
        *((SiteRow, "site_id", site_id) for site_id in dict.fromkeys(site_ids)),
    ]
    rows: list[Table] = []
    while wanted:
        batch, wanted = wanted[:_BATCH], wanted[_BATCH:]
        rows += _read_batch(batch)
    overviews = [charger_states.to_domain(row) for row in rows if isinstance(row, ChargerStateRow)]
    found_sites = [sites.to_domain(row) for row in rows if isinstance(row, SiteRow)]
    return Found({one.charger_id: one for one in overviews}, {one.site_id: one for one in found_sites})


def read_settings(charger_id: ChargerId, site_id: SiteId) -> tuple[Charger, Site]:
    """A charger and a site as they are at this moment, one call; NotFound unless both are there."""
    rows = _read_batch([(ChargerRow, "charger_id", charger_id), (SiteRow, "site_id", site_id)])
    charger = next((row for row in rows if isinstance(row, ChargerRow)), None)
    site = next((row for row in rows if isinstance(row, SiteRow)), None)
    if charger is None or site is None:
        raise NotFound
    return chargers.to_domain(charger), sites.to_domain(site)


def _read_batch(wanted: Sequence[tuple[type[Table], str, str]]) -> list[Table]:
    """The rows of several tables; what the store leaves unread, being busy, is asked for again."""
    models = {settings().table(model.logical_name): model for model, _, _ in wanted}
    asked: dict[str, Any] = {name: {"Keys": [], "ConsistentRead": True} for name in models}
    for model, key, value in wanted:
        asked[settings().table(model.logical_name)]["Keys"].append({key: {"S": value}})
    rows: list[Table] = []
    while asked:
        answer = _dispatch(asked)
        rows += [models[name].from_raw_data(item) for name, items in answer["Responses"].items() for item in items]
        asked = answer.get("UnprocessedKeys") or {}
    return rows


def _dispatch(asked: dict[str, Any]) -> dict[str, Any]:
    connection = ChargerStateRow._get_connection().connection  # noqa: SLF001 - pynamodb reads one table at a time
    try:
        return connection.dispatch("BatchGetItem", {"RequestItems": asked})
    except (BotoCoreError, ClientError) as error:
        raise DependencyDown("the store does not answer") from error
