"""A charger has read its register: keep the reading, derive the hours it can change, and from hours everything else.

Several of these may run at once for one charger. Each first writes what it has derived and then looks whether the
readings (or the hours) are still those it derived from; if not it derives again. So whoever writes last has seen all.
"""

from typing import Final

from chalicelib.adapters import planning_queue
from chalicelib.adapters.dynamo import charger_states, chargers, readings, sessions, sites
from chalicelib.domain.calendar import HOUR, Stretch, ceil_to, floor_to
from chalicelib.domain.charger_states import SessionEnergy
from chalicelib.domain.chargers import Charger
from chalicelib.domain.energy import Reading, hours_of, sift
from chalicelib.domain.errors import DependencyDown, NotFound
from chalicelib.domain.ids import ChargerId, Serial
from chalicelib.domain.sites import Site
from chalicelib.observability import count, log
from chalicelib.services.energy_totals import Place, derive_totals, write_hours

MAX_ROUNDS: Final = 5


def store(serial: Serial, reading: Reading, *, begins: bool = False, ends: bool = False) -> None:
    """Take in a reading; it may come twice, late and in any order. `begins` and `ends`: it marks plug-in or plug-out.

    A reading of a unit that nobody owns, or from before its owner claimed it, is counted and forgotten.
    """
    charger = chargers.find_by_serial(serial)
    if charger is None or reading.at < charger.created_at:
        count("ReadingOfUnclaimedCharger")
        return
    if not readings.put(charger.charger_id, reading):
        log.error("reading_contradicts_another", charger_id=charger.charger_id, epoch=reading.epoch, seq=reading.seq)
        count("ReadingContradicted")
        return
    place = Place(charger=charger, site=_site(charger, reading.plug_seq))
    if begins:
        sessions.open_session(charger.charger_id, reading.plug_seq, reading.at, place.site.zone, place.site.site_id)
    if ends:
        sessions.close_session(charger.charger_id, reading.plug_seq, reading.at)
    window = _derive_hours(place, reading)
    energy = derive_totals(place, sessions.find(charger.charger_id, reading.plug_seq), window)
    _ask_if_need_is_used_up(charger, energy)


def _site(charger: Charger, plug_seq: int) -> Site:
    """Where the session was paid for, also when the charger has moved since; where it stands, if that is gone."""
    session = sessions.find(charger.charger_id, plug_seq)
    site_id = (session and session.site_id) or charger.site_id
    try:
        return sites.get(site_id)
    except NotFound:
        return sites.get(charger.site_id)


def _derive_hours(place: Place, reading: Reading) -> Stretch:
    """Write the hours that `reading` can change; the window they lie in."""
    charger_id = place.charger.charger_id
    known = readings.around(charger_id, reading)
    for _ in range(MAX_ROUNDS):
        window = _window(known, reading)
        write_hours(place, window, hours_of(known, window), reading.plug_seq)
        again = readings.again(charger_id, reading, known)
        if again == known:
            _count_impossible(charger_id, known, reading)
            return window
        known = again
    raise DependencyDown("readings come faster than hours can be derived")


def _window(known: list[Reading], reading: Reading) -> Stretch:
    """The hours between the neighbours of `reading`, which is among `known`."""
    usable, _ = sift(known)
    place = next((number for number, other in enumerate(usable) if other.key >= reading.key), len(usable) - 1)
    first, last = usable[max(place - 1, 0)], usable[min(place + 1, len(usable) - 1)]
    start = floor_to(min(first.at, reading.at), HOUR)
    return Stretch(start, max(ceil_to(max(last.at, reading.at), HOUR), start + HOUR))


def _ask_if_need_is_used_up(charger: Charger, energy: SessionEnergy | None) -> None:
    """A car that has taken what was planned and goes on drawing gets a new plan before the present one ends."""
    if energy is None:
        return
    overview = charger_states.read(charger.charger_id)
    plan, state = overview.present_plan, overview.state
    if plan is None or state is None or plan.plug_seq != energy.plug_seq:
        return
    if energy.energy_wh >= plan.need_wh and state.is_drawing and not state.car_full:
        planning_queue.ask(charger.charger_id, "need_used_up")


def _count_impossible(charger_id: ChargerId, known: list[Reading], reading: Reading) -> None:
    """Tell about a reading that was put aside, when it comes."""
    if reading in sift(known)[1]:
        log.warning("reading_quarantined", charger_id=charger_id, epoch=reading.epoch, seq=reading.seq)
        count("ReadingQuarantined")
