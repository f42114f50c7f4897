"""A charger with everything that is told of it at once."""

import msgspec

from chalicelib.adapters import config_shadow
from chalicelib.adapters.dynamo import home as store
from chalicelib.domain.charger_states import ChargerOverview
from chalicelib.domain.chargers import Charger, ChargingMode, RunState
from chalicelib.domain.errors import NotFound
from chalicelib.domain.sites import Site


class Orders(msgspec.Struct, frozen=True, kw_only=True):
    """Mode and run of the present plug-in (of the next one without a car), as ordered.

    `pending`: which of them the charger has not said to act on; `version`: that of the shadow when it spoke last.
    """

    mode: ChargingMode
    run: RunState
    pending: tuple[str, ...]
    version: int


class ChargerView(msgspec.Struct, frozen=True, kw_only=True):
    """A charger, its site and what it does."""

    charger: Charger
    site: Site
    overview: ChargerOverview

    @property
    def orders(self) -> Orders:
        """Mode and run."""
        return orders_of(self.charger, self.overview)

    @property
    def pending_settings(self) -> tuple[str, ...]:
        """The settings that the charger has not said to have applied."""
        return config_shadow.list_pending(self.charger, self.site, self.overview.config)


def read(charger: Charger) -> ChargerView:
    """`charger` with its site and what it does, one read; NotFound when the site is gone."""
    found = store.read([charger.charger_id], [charger.site_id])
    site = found.sites.get(charger.site_id)
    if site is None:
        raise NotFound
    overview = found.overviews.get(charger.charger_id) or ChargerOverview(charger_id=charger.charger_id)
    return ChargerView(charger=charger, site=site, overview=overview)


def orders_of(charger: Charger, overview: ChargerOverview) -> Orders:
    """Mode and run of `charger`, and whether it acts on them."""
    seq, applied = overview.order_seq, overview.orders
    wanted = {"mode": charger.mode_at(seq), "run": charger.run_at(seq)}
    acted_on = {"mode": applied.mode_at(seq), "run": applied.run_at(seq)}
    pending = tuple(name for name in wanted if wanted[name] != acted_on[name])
    return Orders(mode=charger.mode_at(seq), run=charger.run_at(seq), pending=pending, version=applied.version)
