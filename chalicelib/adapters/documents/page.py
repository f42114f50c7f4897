"""The report of a month on one A4 page: what was charged, each day, what it cost and why, and who charged."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Final

import msgspec

from chalicelib.adapters.documents import chart, pen
from chalicelib.adapters.documents.chart import Frame
from chalicelib.adapters.documents.pen import INNER, MARGIN, STRONG, Pen
from chalicelib.adapters.documents.wording import DASH, WORDINGS, Wording
from chalicelib.domain.accounts import Language
from chalicelib.domain.money import Money
from chalicelib.domain.month_reports import MonthReport, Person, PersonUse, sum_of
from chalicelib.domain.tariffs import GRID_PARTS

_CARDS_Y, _CHART_Y, _TABLES_Y, _NOTES_Y = 132.0, 220.0, 524.0, 784.0
_CHART_HIGH: Final = 238.0
_ROW: Final = 18.0
_GAP: Final = 30.0
_LEGEND_FROM: Final = 110.0
_MOST_PEOPLE: Final = 7
_TAG: Final[dict[Language, str]] = {"no": "nb-NO", "en": "en"}


class Row(msgspec.Struct, frozen=True):
    """A line of a table: a text, a figure, and whether it is a sum."""

    name: str
    value: str
    is_sum: bool = False


def write(report: MonthReport, language: Language) -> bytes:
    """The page as a PDF with its own font, its language and its title."""
    word = WORDINGS[language]
    title = f"{word['title']} {word.month(report.year, report.month)}"
    on = Pen(
        title=f"{title} {DASH} {report.charger}",
        author=word["author"],
        subject=word["subject"],
        language=_TAG[language],
    )
    colours = _colours(report)
    _draw_head(on, report, word, title)
    _draw_cards(on, report, word)
    _draw_days(on, report, word, colours)
    half = (INNER - _GAP) / 2
    if report.people:
        _draw_table(on, MARGIN, half, word["cost_title"], cost_rows(report, word))
        _draw_people(on, MARGIN + half + _GAP, half, report, word, colours)
    _draw_notes(on, report, word)
    return on.finish()


def cost_rows(report: MonthReport, word: Wording) -> list[Row]:
    """What the cost consists of, in the order of a bill; only the sums where the parts are not known."""
    whole = report.whole
    sum_total = Row(word["sum_total"], word.money(whole.total_cost.settled if whole.total_cost else None), is_sum=True)
    sum_energy = Row(word["sum_energy"], word.money(whole.cost.settled), is_sum=True)
    if not report.parts:
        return [sum_energy] if whole.total_cost is None else [sum_energy, sum_total]
    energy = [Row(word[name], word.money(cost)) for name, cost in report.parts.items() if name not in GRID_PARTS]
    grid = [Row(word[name], word.money(cost)) for name, cost in report.parts.items() if name in GRID_PARTS]
    rest = [Row(word["other"], word.money(report.other))] if round(report.other.amount, 2) else []
    if report.is_pending:
        known = (whole.total_cost or whole.cost).known
        name = word["sum_priced"].format(energy=word.kwh(report.priced_wh))
        return [*energy, *grid, *rest, Row(name, word.money(known), is_sum=True)]
    if whole.total_cost is None:
        return [*energy, *rest, sum_energy]
    between = [] if rest else [sum_energy]
    return [*energy, *between, *grid, *rest, sum_total]


def _draw_head(on: Pen, report: MonthReport, word: Wording, title: str) -> None:
    on.box((0, 0), (pen.WIDTH, 8), fill=pen.GREEN)
    on.text((MARGIN, 66), title, 27, font=STRONG)
    place = f"{report.charger} · {report.site}" if report.site else report.charger
    on.text((MARGIN, 88), place, 13, colour=pen.MUTED, most=INNER * 0.6)
    on.text((MARGIN + INNER, 66), word["author"], 13, font=STRONG, colour=pen.GREEN, align="right")
    if not report.is_over:
        until = f"{word['so_far']} {word.instant(report.made_at.astimezone(report.tz))}"
        on.text((MARGIN + INNER, 88), until, 10, colour=pen.MUTED, align="right")


def _draw_cards(on: Pen, report: MonthReport, word: Wording) -> None:
    whole, times = report.whole, len(report.sessions)
    count = f"{times} {word['session' if times == 1 else 'sessions']}"
    cards = [(word["energy"], word.kwh(whole.energy_wh), count)]
    cards.append((word["energy_cost"], word.money(whole.cost.settled), _per_kwh(report, whole.cost.settled, word)))
    if whole.total_cost is not None:
        paid = whole.total_cost.settled
        cards.append((word["total_cost"], word.money(paid), _per_kwh(report, paid, word)))
    cards.append((word["saved"], word.money(report.saved), word["saved_note"]))
    gap, high = 12.0, 66.0
    wide = (INNER - gap * (len(cards) - 1)) / len(cards)
    for index, (name, value, note) in enumerate(cards):
        x, is_last = MARGIN + index * (wide + gap), index == len(cards) - 1
        ink, soft = (pen.WHITE, pen.WHITE) if is_last else (pen.INK, pen.MUTED)
        on.box((x, _CARDS_Y - 20), (wide, high), fill=pen.GREEN if is_last else pen.PALE, round_=7)
        on.text((x + 11, _CARDS_Y - 3), name, 9.5, colour=soft, most=wide - 18)
        on.text((x + 11, _CARDS_Y + 19), value, 18, font=STRONG, colour=ink, most=wide - 18)
        on.text((x + 11, _CARDS_Y + 35), note, 8.5, colour=soft, most=wide - 18)


def _per_kwh(report: MonthReport, paid: Money | None, word: Wording) -> str:
    if not report.whole.energy_wh:
        return ""
    if paid is None:
        return word["waits"]
    price = Money(paid.amount * 1000 / Decimal(report.whole.energy_wh), paid.currency)
    return f"{word.money(price)} {word['per_kwh']}"


def _draw_days(on: Pen, report: MonthReport, word: Wording, colours: dict[Person, str]) -> None:
    on.text((MARGIN, _CHART_Y), word["days_title"], 13, font=STRONG)
    _draw_legend(on, report, word, colours)
    frame = Frame(MARGIN, _CHART_Y + 16, INNER, _CHART_HIGH)
    chart.draw(on, frame, report, colours, word)
    told = frame.y + frame.height + 16
    best = max(report.days, key=lambda day: day.amounts.energy_wh)
    if not best.amounts.energy_wh:
        on.text((MARGIN + INNER / 2, frame.y + _CHART_HIGH / 2), word["nothing"], 11, colour=pen.MUTED, align="centre")
        return
    sentence = word["best_day"].format(day=word.day(best.day), energy=word.kwh(best.amounts.energy_wh))
    on.text((MARGIN, told), sentence, 10, colour=pen.MUTED)


def _draw_legend(on: Pen, report: MonthReport, word: Wording, colours: dict[Person, str]) -> None:
    """Whose is which colour, from the right; only what needs telling."""
    names = word.people(colours)
    shown: dict[str, str] = {}
    for person, colour in colours.items():
        shown.setdefault(colour, word["others"] if colour == pen.OTHERS else names[person])
    entries = [(name, colour, False) for colour, name in shown.items()] if len(shown) > 1 else []
    if any(day.amounts.cost.is_pending for day in report.days):
        entries.append((word["pending_bar"], pen.GREEN, True))
    x = MARGIN + INNER
    for name, colour, is_outline in reversed(entries):
        wide = min(on.width(name, 9), 90)
        if x - wide < MARGIN + _LEGEND_FROM:
            break  # the list of people has the colours too
        on.text((x - wide, _CHART_Y), name, 9, colour=pen.MUTED, most=90)
        at, size = (x - wide - 12, _CHART_Y - 7), (8.0, 8.0)
        on.box(at, size, fill=None if is_outline else colour, stroke=colour if is_outline else None, round_=1.5)
        x -= wide + 24


def _draw_table(on: Pen, x: float, wide: float, title: str, rows: Sequence[Row]) -> None:
    on.text((x, _TABLES_Y), title, 13, font=STRONG)
    y = _TABLES_Y + 10
    for row in rows:
        on.line((x, y), (x + wide, y), pen.MUTED if row.is_sum else pen.LINE)
        font = STRONG if row.is_sum else pen.REGULAR
        on.text((x, y + 13), row.name, 10.5, font=font, most=wide * 0.66)
        on.text((x + wide, y + 13), row.value, 10.5, font=font, align="right", most=wide * 0.34)
        y += _ROW


def _draw_people(
    on: Pen, x: float, wide: float, report: MonthReport, word: Wording, colours: dict[Person, str]
) -> None:
    """Each with their share; the least ones together where there are many."""
    on.text((x, _TABLES_Y), word["people_title" if report.is_whole else "own_title"], 13, font=STRONG)
    names = word.people(colours)
    people = [(names[one.person], colours[one.person], one) for one in report.people]
    if len(people) > _MOST_PEOPLE:
        rest = [one for _, _, one in people[_MOST_PEOPLE - 1 :]]
        merged = msgspec.structs.replace(
            rest[0],
            sessions=sum(one.sessions for one in rest),
            amounts=sum_of((one.amounts for one in rest), report.currency),
        )
        people = [*people[: _MOST_PEOPLE - 1], (word["others_count"].format(count=len(rest)), pen.OTHERS, merged)]
    y = _TABLES_Y + 10
    for name, colour, one in people:
        on.line((x, y), (x + wide, y))
        _draw_person(on, (x, y), wide, (name, colour), one, word)
        y += _ROW * 1.72


def _draw_person(
    on: Pen, at: tuple[float, float], wide: float, who: tuple[str, str], one: PersonUse, word: Wording
) -> None:
    (x, y), (name, colour) = at, who
    paid = one.amounts.total_cost or one.amounts.cost
    on.box((x, y + 5.5), (9, 9), fill=colour, round_=2)
    on.text((x + 15, y + 13.5), name, 10.5, font=STRONG, most=wide * 0.58)
    on.text((x + wide, y + 13.5), word.money(paid.settled), 10.5, font=STRONG, align="right")
    times = f"{one.sessions} {word['session' if one.sessions == 1 else 'sessions']}"
    on.text((x + 15, y + 25.5), f"{times} · {word.kwh(one.amounts.energy_wh)}", 9, colour=pen.MUTED)


def _draw_notes(on: Pen, report: MonthReport, word: Wording) -> None:
    local = report.made_at.astimezone(report.tz)
    notes = [word["vat_note"], word["no_grid" if report.whole.total_cost is None else "capacity_note"]]
    notes = notes if report.people else []
    if report.is_pending:
        notes.insert(0, word["pending"])
    if report.is_estimated:
        notes.append(word["estimated_note"])
    if not report.is_over:
        notes.append(word["running"])
    notes += [
        word["zone_note"].format(place=report.tz.key.split("/")[-1]),
        word["made"].format(when=word.instant(local)),
    ]
    on.line((MARGIN, _NOTES_Y - 14), (MARGIN + INNER, _NOTES_Y - 14))
    on.paragraph((MARGIN, _NOTES_Y), " ".join(notes), 8.5)


def _colours(report: MonthReport) -> dict[Person, str]:
    """A colour for each person, in the order of the list; the last ones share grey."""
    people = [one.person for one in report.people]
    return {
        person: pen.COLOURS[index] if index < len(pen.COLOURS) else pen.OTHERS for index, person in enumerate(people)
    }
