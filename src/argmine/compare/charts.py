"""The charts of the report: Vega-Lite specs that hold no data and draw what they are handed.

Reads:   named datasets, lists of rows, as :func:`argmine.compare.chart_rows.chart_rows` makes them:
         ``documents`` {document, title, date, group, units, stance: {TARGET: the author's}},
         ``units`` {document, group, date, unit, label, subtype, score, addressee, strength},
         ``stances`` {document, title, group, date, target, holder_kind, holder, stance, score,
         units} and ``unit_stances`` {document, group, date, unit, target, stance, score,
         least_score}
Writes:  one spec a chart, with the parameters ``least`` (rows of a lower score are left out, those
         without one stay), ``target`` (of stance) and ``dark`` (colours on a dark ground)
Method:  all counting is done by Vega, so that a changed parameter or dataset redraws at once; a
         mark's datum has the fields of what it stands for (document, holder, label, subtype,
         addressee, strength, stance, group)
Limits:  a share of fewer than ``LEAST_TOLD`` units is not told, its counts are
"""

from __future__ import annotations

from functools import cache
from typing import Any

from argmine.compare import needing_extra
from argmine.compare.chart_counts import addressees_chart, labels_chart, subtypes_chart
from argmine.compare.chart_parts import TOP_GROUPS
from argmine.compare.chart_stances import actors_chart, documents_chart, timeline_chart
from argmine.compare.chart_style import config, lines, tone
from argmine.compare.images import write_image
from argmine.compare.words import words

with needing_extra():
    import altair as alt
    import vl_convert

__all__ = ["CHARTS", "chart_specs", "library", "write_image"]

# Charts whose rows are parted by group, and the others.
_GROUPED = {"documents": documents_chart, "labels": labels_chart, "subtypes": subtypes_chart}
_WHOLE = {"actors": actors_chart, "addressees": addressees_chart, "timeline": timeline_chart}
# In the order of the report.
CHARTS = ("documents", "actors", "labels", "subtypes", "addressees", "timeline")


def chart_specs(lang: str, *, by: str | None = None) -> dict[str, dict[str, Any]]:
    """The specs of all charts, by their names of ``CHARTS``.

    Args:
        lang: of everything shown, ``zh`` or ``en``.
        by: name of the column that ``group`` holds; the charts of documents, labels and subtypes
            then part their rows by it.
    """
    return {name: _spec(name, lang, by) for name in CHARTS}


@cache
def library() -> str:
    """JavaScript that defines ``globalThis.vegaEmbed``, about 0.9 MB.

    Embedding with ``{ast: true}`` interprets expressions, so that a page's policy needs no
    ``unsafe-eval``.
    """
    bundle: str = vl_convert.javascript_bundle("globalThis.vegaEmbed = vegaEmbed;")
    return bundle


def _spec(name: str, lang: str, by: str | None) -> dict[str, Any]:
    layers = _GROUPED[name](lang, by) if name in _GROUPED else _WHOLE[name](lang)
    told = words(lang)
    title, note = told[f"chart-{name}"], told[f"chart-{name}-note"]
    if by is not None and name in _GROUPED:
        note += told["chart-groups"].format(by, TOP_GROUPS)
    chart = alt.layer(*layers).properties(
        autosize=alt.AutoSizeParams(type="fit-x", contains="padding", resize=True),
        background=tone("paper"),
        config=config(),
        description=f"{title}. {note}" if lang == "en" else f"{title}。{note}",
        title=alt.TitleParams(title, subtitle=lines(note)),
        width="container",
    )
    parameters = (("least", 0), ("target", ""), ("dark", False))
    chart = chart.add_params(*(alt.param(name=key, value=value) for key, value in parameters))
    spec: dict[str, Any] = chart.to_dict()
    return spec
