"""Everything the home screen shows of many chargers, in one call to the store."""

from collections.abc import Sequence

import msgspec

from chalicelib.adapters.dynamo import batches, charger_states, chargers, grants, sites
from chalicelib.adapters.dynamo.charger_states import ChargerStateRow
from chalicelib.adapters.dynamo.chargers import ChargerRow
from chalicelib.adapters.dynamo.grants import GrantRow
from chalicelib.adapters.dynamo.sites import SiteRow
from chalicelib.domain.accounts import GrantAt
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger
from chalicelib.domain.errors import NotFound
from chalicelib.domain.grants import Grant
from chalicelib.domain.ids import ChargerId, SiteId
from chalicelib.domain.sites import Site


class Found(msgspec.Struct, frozen=True):
    """Overviews by charger, sites by id, and of the places of grants those that lead somewhere."""

    overviews: dict[ChargerId, ChargerOverview]
    sites: dict[SiteId, Site]
    chargers: dict[ChargerId, Charger]
    grants: tuple[Grant, ...]


def read(charger_ids: Sequence[ChargerId], site_ids: Sequence[SiteId], granted: Sequence[GrantAt] = ()) -> Found:
    """The overviews of these chargers, these sites, and overviews, chargers and grants at `granted`.

    Consistent, and one call for up to 100 items together.
    """
    places = [*charger_ids, *(one.charger_id for one in granted)]
    lent = dict.fromkeys(one.charger_id for one in granted)
    wanted: list[batches.Wanted] = [
        *((ChargerStateRow, {"charger_id": charger_id}) for charger_id in dict.fromkeys(places)),
        *((SiteRow, {"site_id": site_id}) for site_id in dict.fromkeys(site_ids)),
        *((ChargerRow, {"charger_id": charger_id}) for charger_id in lent),
        *((GrantRow, {"charger_id": one.charger_id, "grant_id": one.grant_id}) for one in granted),
    ]
    rows = batches.read(wanted)
    overviews = [charger_states.to_domain(row) for row in rows if isinstance(row, ChargerStateRow)]
    found_sites = [sites.to_domain(row) for row in rows if isinstance(row, SiteRow)]
    found_chargers = [chargers.to_domain(row) for row in rows if isinstance(row, ChargerRow)]
    return Found(
        {one.charger_id: one for one in overviews},
        {one.site_id: one for one in found_sites},
        {one.charger_id: one for one in found_chargers},
        tuple(grants.to_domain(row) for row in rows if isinstance(row, GrantRow)),
    )


def read_present(known: Charger) -> tuple[Charger, Site, ChargerOverview]:
    """A charger, its site and what it does at this moment, one call unless it has moved; NotFound when it is gone."""
    rows = batches.read(
        [
            (ChargerRow, {"charger_id": known.charger_id}),
            (SiteRow, {"site_id": known.site_id}),
            (ChargerStateRow, {"charger_id": known.charger_id}),
        ]
    )
    charger = next((chargers.to_domain(row) for row in rows if isinstance(row, ChargerRow)), None)
    if charger is None:
        raise NotFound
    site = next((sites.to_domain(row) for row in rows if isinstance(row, SiteRow)), None)
    if site is None or site.site_id != charger.site_id:
        site = sites.get(charger.site_id)
    overview = next((charger_states.to_domain(row) for row in rows if isinstance(row, ChargerStateRow)), None)
    return charger, site, overview or ChargerOverview(charger_id=charger.charger_id)


def read_site(site_id: SiteId, granted: Sequence[GrantAt]) -> tuple[Site, tuple[Grant, ...]]:
    """A site and those of these grants that there are, one call for up to 99 of them; NotFound without the site."""
    wanted: list[batches.Wanted] = [
        (SiteRow, {"site_id": site_id}),
        *((GrantRow, {"charger_id": one.charger_id, "grant_id": one.grant_id}) for one in granted),
    ]
    rows = batches.read(wanted)
    site = next((sites.to_domain(row) for row in rows if isinstance(row, SiteRow)), None)
    if site is None:
        raise NotFound
    return site, tuple(grants.to_domain(row) for row in rows if isinstance(row, GrantRow))
