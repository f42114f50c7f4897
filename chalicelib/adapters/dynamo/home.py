"""Everything the home screen shows of many chargers, in one call to the store."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from botocore.exceptions import BotoCoreError, ClientError

from chalicelib.adapters.dynamo import charger_states, chargers, grants, sites
from chalicelib.adapters.dynamo.charger_states import ChargerStateRow
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.grants import GrantRow
from chalicelib.adapters.dynamo.sites import SiteRow
from chalicelib.adapters.dynamo.table import Table
from chalicelib.domain.accounts import GrantAt
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import DependencyDown, NotFound
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import ChargerId, SiteId
from chalicelib.domain.sites import Site
from chalicelib.settings import settings

_BATCH = 100
"""What DynamoDB reads in one call; whoever has more than about 90 chargers needs another."""


class Found(msgspec.Struct, frozen=True):
    """Overviews by charger, sites by id, and of the places of grants those that lead somewhere."""

    overviews: dict[ChargerId, ChargerOverview]
    sites: dict[SiteId, Site]
    chargers: dict[ChargerId, Charger]
    grants: tuple[Grant, ...]


_Wanted = tuple[type[Table], Mapping[str, str]]


def read(charger_ids: Sequence[ChargerId], site_ids: Sequence[SiteId], granted: Sequence[GrantAt] = ()) -> Found:
    """The overviews of these chargers, these sites, and overviews, chargers and grants at `granted`.

    Consistent, and one call for up to 100 items together.
    """
    places = [*charger_ids, *(one.charger_id for one in granted)]
    lent = dict.fromkeys(one.charger_id for one in granted)
    wanted: list[_Wanted] = [
        *((ChargerStateRow, {"charger_id": charger_id}) for charger_id in dict.fromkeys(places)),
        *((SiteRow, {"site_id": site_id}) for site_id in dict.fromkeys(site_ids)),
        *((ChargerRow, {"charger_id": charger_id}) for charger_id in lent),
        *((GrantRow, {"charger_id": one.charger_id, "grant_id": one.grant_id}) for one in granted),
    ]
    rows: list[Table] = []
    while wanted:
        batch, wanted = wanted[:_BATCH], wanted[_BATCH:]
        rows += _read_batch(batch)
    overviews = [charger_states.to_domain(row) for row in rows if isinstance(row, ChargerStateRow)]
    found_sites = [sites.to_domain(row) for row in rows if isinstance(row, SiteRow)]
    found_chargers = [chargers.to_domain(row) for row in rows if isinstance(row, ChargerRow)]
    return Found(
        {one.charger_id: one for one in overviews},
        {one.site_id: one for one in found_sites},
        {one.charger_id: one for one in found_chargers},
        tuple(grants.to_domain(row) for row in rows if isinstance(row, GrantRow)),
    )


def read_settings(charger_id: ChargerId, site_id: SiteId) -> tuple[Charger, Site]:
    """A charger and a site as they are at this moment, one call; NotFound unless both are there."""
    rows = _read_batch([(ChargerRow, {"charger_id": charger_id}), (SiteRow, {"site_id": site_id})])
    charger = next((row for row in rows if isinstance(row, ChargerRow)), None)
    site = next((row for row in rows if isinstance(row, SiteRow)), None)
    if charger is None or site is None:
        raise NotFound
    return chargers.to_domain(charger), sites.to_domain(site)


def read_whole(charger_id: ChargerId, site_id: SiteId) -> tuple[Charger, Site, ChargerOverview]:
    """A charger, a site and what the charger does at this moment, one call; NotFound without the first two."""
    rows = _read_batch(
        [
            (ChargerRow, {"charger_id": charger_id}),
            (SiteRow, {"site_id": site_id}),
            (ChargerStateRow, {"charger_id": charger_id}),
        ]
    )
    charger = next((row for row in rows if isinstance(row, ChargerRow)), None)
    site = next((row for row in rows if isinstance(row, SiteRow)), None)
    if charger is None or site is None:
        raise NotFound
    overviews = [charger_states.to_domain(row) for row in rows if isinstance(row, ChargerStateRow)]
    overview = overviews[0] if overviews else ChargerOverview(charger_id=charger_id)
    return chargers.to_domain(charger), sites.to_domain(site), overview


def read_rows(wanted: Sequence[_Wanted]) -> list[Table]:
    """Rows of several tables by their keys, at most 100, in one consistent call; what does not exist is missing."""
    return _read_batch(wanted) if wanted else []


def _read_batch(wanted: Sequence[_Wanted]) -> list[Table]:
    """The rows of several tables; what the store leaves unread, being busy, is asked for again."""
    models = {settings().table(model.logical_name): model for model, _ in wanted}
    asked: dict[str, Any] = {name: {"Keys": [], "ConsistentRead": True} for name in models}
    for model, key in wanted:
        asked[settings().table(model.logical_name)]["Keys"].append({name: {"S": value} for name, value in key.items()})
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
