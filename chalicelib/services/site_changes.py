"""A site has changed, or a charger has come to another one: what that means for the charger there."""

from datetime import datetime

from chalicelib.adapters import config_shadow
from chalicelib.adapters.dynamo import charger_states, chargers, sessions, sites
from chalicelib.domain.chargers import Charger, expected_phases
from chalicelib.domain.errors import NotFound
from chalicelib.domain.ids import ChargerId
from chalicelib.domain.sites import Site
from chalicelib.services.chargers import settings_of
from chalicelib.services.energy_ledger import reprice


def follow(charger_id: ChargerId, now: datetime) -> None:
    """Tell the charger what it may take at its site, and let its running session be paid for there.

    It may be done twice and late: everything is read anew. Sessions that are over keep what they were paid by.
    """
    try:
        charger = chargers.get(charger_id)
    except NotFound:  # removed in between
        return
    site = sites.get(charger.site_id)
    phases = expected_phases(site.grid_type, site.phases)
    if phases != charger.phases:
        chargers.put_phases(charger, phases)
    config_shadow.write(charger.serial, lambda: settings_of(charger))
    _take_session_along(charger, site, now)


def _take_session_along(charger: Charger, site: Site, now: datetime) -> None:
    plug_seq = charger_states.read(charger.charger_id).plug_seq
    if plug_seq is None or not sessions.move(charger.charger_id, plug_seq, site.zone, site.site_id):
        return
    session = sessions.find(charger.charger_id, plug_seq)
    if session is not None:
        reprice(charger, session, now)
