"""What the business asks of the system, as metrics: counted where an event is known to happen once.

The inbox keeps each event once (ADR 0014), so whoever writes it there first counts it. A crash right after that loses
one count, never makes two. Of those who are told of a session, its charger's owner counts.
"""

from chalicelib.adapters.dynamo import chargers
from chalicelib.domain.notifications import Event, Kind
from chalicelib.observability import count, measure


def note(event: Event) -> None:
    """Count an event that is new."""
    if event.kind is Kind.GOAL_MISSED:
        count("GoalMissed")
    elif event.kind is Kind.FINISHED:
        _note_finished(event)


def note_chargers() -> None:
    """How many chargers there are, by which money and energy are divided; about, and hours old."""
    measure("Chargers", chargers.count_about())


def _note_finished(event: Event) -> None:
    """A session with energy has ended: whether the car was full, its energy, and its cost in its currency."""
    facts = event.facts
    count("SessionFinished", reason="full" if facts.is_full else "left_before_full")
    if facts.energy_wh is not None:
        measure("SessionEnergyWh", facts.energy_wh)
    if facts.cost is not None:
        measure("SessionCost", float(facts.cost.amount), currency=facts.cost.currency)
