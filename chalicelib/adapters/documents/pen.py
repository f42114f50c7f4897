"""Drawing on one A4 page in points from its top left corner, in an embedded font, within widths that are given."""

import functools
import io
from importlib.resources import files
from typing import Any, Final, Literal

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

WIDTH, HEIGHT = A4
MARGIN: Final = 44.0
INNER: Final = WIDTH - 2 * MARGIN
REGULAR, STRONG = "SourceSansPro-Regular", "SourceSansPro-Semibold"
INK, MUTED, LINE, PALE, GREEN, WHITE = "#17252a", "#5d6c70", "#d5dedb", "#edf5f2", "#12805f", "#ffffff"
COLOURS: Final = (GREEN, "#3a78b5", "#d99a2b", "#8a63b8", "#c2554f", "#3fa7a3")
OTHERS: Final = "#9aa7a4"
_ELLIPSIS: Final = "\N{HORIZONTAL ELLIPSIS}"
Align = Literal["left", "right", "centre"]


@functools.cache
def _glyphs(font: str) -> frozenset[int]:
    """The characters that a font of ours has; it is registered at its first use."""
    with files("chalicelib").joinpath("data", "fonts", f"{font}.ttf").open("rb") as content:
        found = TTFont(font, io.BytesIO(content.read()))
    pdfmetrics.registerFont(found)
    return frozenset(found.face.charWidths)


def drawable(text: str, font: str = REGULAR) -> str:
    """The text without what the font cannot draw; a question mark where nothing is left."""
    known = _glyphs(font)
    return "".join(one for one in text if ord(one) in known).strip() or ("?" if text else "")


class Pen:
    """One page in the making; `y` grows downwards."""

    def __init__(self, *, title: str, author: str, subject: str, language: str) -> None:
        self._file = io.BytesIO()
        self._canvas: Any = Canvas(self._file, pagesize=A4, lang=language, invariant=1)
        self._canvas.setTitle(title)
        self._canvas.setAuthor(author)
        self._canvas.setSubject(subject)
        self._canvas.setCreator(author)
        self._canvas.setViewerPreference("DisplayDocTitle", "true")

    def finish(self) -> bytes:
        """The document."""
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()

    def width(self, text: str, size: float, font: str = REGULAR) -> float:
        """How wide a text is."""
        return float(pdfmetrics.stringWidth(drawable(text, font), font, size))

    def text(
        self,
        at: tuple[float, float],
        text: str,
        size: float,
        *,
        font: str = REGULAR,
        colour: str = INK,
        align: Align = "left",
        most: float = INNER,
    ) -> None:
        """One line with its base at `at`, cut with an ellipsis where it is wider than `most`."""
        told = self._cut(drawable(text, font), size, font, most)
        self._canvas.setFont(font, size)
        self._canvas.setFillColor(HexColor(colour))
        draw = {
            "left": self._canvas.drawString,
            "right": self._canvas.drawRightString,
            "centre": self._canvas.drawCentredString,
        }
        draw[align](at[0], HEIGHT - at[1], told)

    def paragraph(
        self, at: tuple[float, float], text: str, size: float, *, colour: str = MUTED, most: float = INNER
    ) -> float:
        """Words in lines no wider than `most`; the answer is the base of the line after them."""
        line, y = "", at[1]
        for word in text.split(" "):
            longer = f"{line} {word}".strip()
            if line and self.width(longer, size) > most:
                self.text((at[0], y), line, size, colour=colour, most=most)
                line, y = word, y + size * 1.35
            else:
                line = longer
        self.text((at[0], y), line, size, colour=colour, most=most)
        return y + size * 1.35

    def box(
        self,
        at: tuple[float, float],
        size: tuple[float, float],
        *,
        fill: str | None,
        round_: float = 0.0,
        stroke: str | None = None,
    ) -> None:
        """A rectangle, its corners rounded; `at` is its top left corner."""
        if fill:
            self._canvas.setFillColor(HexColor(fill))
        if stroke:
            self._canvas.setStrokeColor(HexColor(stroke))
            self._canvas.setLineWidth(0.8)
        draw = (at[0], HEIGHT - at[1] - size[1], size[0], size[1])
        round_ = min(round_, size[0] / 2, size[1] / 2)
        self._canvas.roundRect(*draw, round_, stroke=1 if stroke else 0, fill=1 if fill else 0)

    def line(
        self, start: tuple[float, float], end: tuple[float, float], colour: str = LINE, width: float = 0.6
    ) -> None:
        """A thin line."""
        self._canvas.setStrokeColor(HexColor(colour))
        self._canvas.setLineWidth(width)
        self._canvas.line(start[0], HEIGHT - start[1], end[0], HEIGHT - end[1])

    def _cut(self, text: str, size: float, font: str, most: float) -> str:
        if pdfmetrics.stringWidth(text, font, size) <= most:
            return text
        while text and pdfmetrics.stringWidth(text + _ELLIPSIS, font, size) > most:
            text = text[:-1]
        return text.rstrip() + _ELLIPSIS
