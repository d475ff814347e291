"""What all charts have in common: fonts, colours of both modes, lines of text, names of values."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any

from rich.cells import cell_len

from argmine.compare import needing_extra
from argmine.compare.words import gloss

with needing_extra():
    import altair as alt

FONT = '"Noto Sans SC","PingFang SC","Microsoft YaHei","WenQuanYi Micro Hei",sans-serif'
# Colours in the light and in the dark mode, those of the annotated articles (show/text.css).
TONES = {
    "paper": ("#fff", "#16181c"),
    "ink": ("#1c1c1c", "#e4e4e4"),
    "soft": ("#595959", "#a6abb3"),
    "line": ("#d0d0d0", "#3d424a"),
    "favor": ("#00695c", "#6fd3c3"),
    "against": ("#b3261e", "#ff9d94"),
    "claim": ("#1d4f91", "#9cc3f5"),
    "evidence": ("#1f5f2a", "#9bd6a5"),
    "recommendation": ("#8a3c00", "#f2b482"),
    # a bar of the pages' grey would outweigh those of both sides
    "neutral": ("#8a8a8a", "#8b9099"),
    "none": ("#bdbdbd", "#5b616b"),
    # from the colour of recommendations, the weaker the nearer to the ground
    "must": ("#8a3c00", "#f2b482"),
    "should": ("#c9763a", "#b06a35"),
    "may": ("#e9bd97", "#6b4526"),
}
# Cells of a terminal (two a Chinese character) that a line of 11 px has room for at 360 px.
_LINE = 52
# A Latin word or one other character, with the marks that may not begin a line.
_PIECE = re.compile(r"[（“]?(?:[!-~–’±]+ ?|.)[，。；：、）”]*")


def tone(name: str) -> alt.ExprRef:
    """A colour that follows the parameter ``dark``."""
    light, dark = TONES[name]
    return alt.ExprRef(f"dark ? '{dark}' : '{light}'")


def lines(text: str) -> list[str]:
    """The text in lines that a phone has room for."""
    found = [""]
    for piece in _PIECE.findall(text):
        if cell_len(found[-1] + piece.rstrip()) > _LINE:
            found.append("")
        found[-1] += piece
    return [line.rstrip() for line in found]


def quoted(text: str) -> str:
    """The text as a string of a Vega expression."""
    return json.dumps(text, ensure_ascii=False)


def named(field: str, values: Sequence[str], lang: str) -> str:
    """The expression that names a value of a field; others are their own names.

    A chain, no object: an object would also have a member ``constructor``.
    """
    chain = "".join(f"{field} === {quoted(v)} ? {quoted(gloss(v, lang))} : " for v in values)
    return f"({chain}{field})"


def filled(template: str, *expressions: str) -> str:
    """The expression of a wording, each ``{}`` of which is the value of an expression."""
    parts = template.split("{}")
    joined = quoted(parts[0])
    for expression, part in zip(expressions, parts[1:], strict=True):
        joined += f" + {expression} + {quoted(part)}"
    return f"({joined})"


def config() -> dict[str, Any]:
    """The configuration of every chart."""
    soft, ink = tone("soft"), tone("ink")
    return {
        "font": FONT,
        "view": {"stroke": None},
        "title": {
            "anchor": "start",
            "color": ink,
            "fontSize": 16,
            "fontWeight": "bold",
            "frame": "bounds",
            "offset": 14,
            "subtitleColor": soft,
            "subtitleFontSize": 11,
            "subtitleLineHeight": 15,
            "subtitlePadding": 6,
        },
        "axis": {
            "domainColor": soft,
            "gridColor": tone("line"),
            "labelColor": ink,
            "labelFontSize": 12,
            "labelLimit": 122,
            "tickColor": soft,
            "titleColor": soft,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
        },
        "legend": {
            "columns": 4,
            "labelColor": ink,
            "labelFontSize": 12,
            "labelLimit": 120,
            "orient": "top",
            "symbolStrokeWidth": 1.5,
            "title": None,
        },
        "text": {"color": ink, "fontSize": 11},
        "rule": {"color": ink},
    }
