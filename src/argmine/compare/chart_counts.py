"""Charts of counts and shares of units: labels, kinds, and whom recommendations address."""

from __future__ import annotations

from collections.abc import Sequence

from argmine.compare import needing_extra
from argmine.compare.chart_parts import (
    AT_LEAST,
    ROW,
    caption,
    down,
    grouped,
    largest,
    left_out,
    level,
    rows_of,
    text,
    tips,
    whole,
)
from argmine.compare.chart_style import filled, named, quoted, tone
from argmine.compare.intervals import Step, aggregate, calculate, joined, share_steps
from argmine.compare.words import words
from argmine.schema import UNIT_LABELS

with needing_extra():
    import altair as alt

# Beyond so many addressees the rest is left out: what a sheet of paper holds.
TOP_ADDRESSEES = 15
_STRENGTHS = ("must", "should", "may")
_SUBTYPES = ("fact", "statistic", "example", "authority", "document", "cause", "value")
# Pixels of a row of one bar.
_BAR = 24


def labels_chart(lang: str, by: str | None) -> list[alt.Chart]:
    """A row a label: its share of all units."""
    return _shares(lang, by, "label", within=("group", "group_rank"))


def subtypes_chart(lang: str, by: str | None) -> list[alt.Chart]:
    """A row a kind: its share of the units of the label that have a kind."""
    kept = {"filter": "isValid(datum.subtype) && datum.subtype !== ''"}
    return _shares(lang, by, "subtype", kept, within=("group", "group_rank", "label"))


def addressees_chart(lang: str) -> list[alt.Chart]:
    """A row an addressee: its recommendations by strength; those without one in the caption."""
    asked = [
        {"filter": f"datum.label === 'recommendation' && {AT_LEAST.format('score')}"},
        calculate("is_open", "isValid(datum.addressee) && datum.addressee !== '' ? 0 : 1"),
    ]
    rows = rows_of(
        "units",
        *asked,
        {"filter": "!datum.is_open"},
        calculate("strength", "datum.strength || 'none'"),
        joined(
            ("addressee",),
            total=("count", "unit"),
            documents=("distinct", "document"),
        ),
        aggregate(("addressee", "total", "documents", "strength"), n=("count", "unit")),
        {
            "window": [{"op": "dense_rank", "as": "rank"}],
            "sort": [{"field": "total", "order": "descending"}, {"field": "addressee"}],
        },
        {"filter": f"datum.rank <= {TOP_ADDRESSEES}"},
        calculate("level", level("strength", _STRENGTHS)),
        calculate("strength_name", _strength_named("datum.strength", lang)),
    )
    strengths = (*_STRENGTHS, "none")
    line = down("addressee", "rank")
    counts = filled(words(lang)["chart-units-documents"], "datum.total", "datum.documents")
    tones = [tone(name) for name in strengths]
    return [
        rows.mark_bar(cursor="pointer", height=15, stroke=tone("paper"))
        .encode(
            alt.X("sum(n):Q", axis=whole(words(lang)["chart-recommendations"])),
            line,
            alt.Color(
                "strength:N",
                legend=alt.Legend(labelExpr=_strength_named("datum.value", lang)),
                scale=alt.Scale(domain=list(strengths), range=tones),
            ),
            alt.Order("level:Q"),
            tooltip=tips(lang, "addressee", "strength_name", "n", "total", "documents"),
        )
        .properties(height={"step": _BAR}),
        text(rows, counts)
        .mark_text(align="left", dx=4)
        .encode(alt.X("max(total):Q"), line, detail="addressee:N"),
        caption("chart-open", lang, rows_of("units", *asked), "sum", "is_open"),
        caption(
            "chart-addressees-all",
            lang,
            rows_of("units", *asked, {"filter": "!datum.is_open"}),
            "distinct",
            "addressee",
            line=1,
        ),
    ]


def _shares(
    lang: str, by: str | None, kind: str, *steps: Step, within: Sequence[str]
) -> list[alt.Chart]:
    """A row a value: the share of the units with its interval, over the counts."""
    values = UNIT_LABELS if kind == "label" else _SUBTYPES
    name = named(f"datum.{kind}", values, lang)
    if kind != "label":
        name = f"{named('datum.label', UNIT_LABELS, lang)} + ' · ' + {name}"
    ranks = [f"datum.label === {quoted(label)} ? {n}" for n, label in enumerate(UNIT_LABELS)]
    # labels in the order of the schema, values by their counts over all groups, then the groups
    rows = rows_of(
        "units",
        *largest(by),
        {"filter": AT_LEAST.format("score")},
        *steps,
        *share_steps(kind, within),
        calculate("rank", " : ".join([*ranks, str(len(UNIT_LABELS))])),
        joined(list(dict.fromkeys(("label", kind))), all=("sum", "n")),
        {
            "window": [{"op": "row_number", "as": "order"}],
            "sort": [
                {"field": "rank"},
                {"field": "all", "order": "descending"},
                {"field": kind},
                {"field": "group_rank"},
            ],
        },
        calculate("name", name + (f" + ' · ' + {grouped('datum.group', lang)}" if by else "")),
    )
    told = rows.transform_filter("datum.told")
    across = alt.X(
        "share:Q",
        axis=alt.Axis(format="%", tickCount=5, title=words(lang)["chart-share"]),
        scale=alt.Scale(domain=[0, 1]),
    )
    line = down("name", "order")
    shown = filled(words(lang)["chart-counts"], "datum.n", "datum.total", "datum.documents")
    percents = [f"format(datum.{field}, '.0%')" for field in ("share", "low", "high")]
    shown += f" + (datum.told ? {filled(words(lang)['chart-percents'], *percents)} : '')"
    domain = list(UNIT_LABELS)
    colour = alt.Color(
        "label:N",
        legend=None,
        scale=alt.Scale(domain=domain, range=[tone(label) for label in domain]),
    )
    hints = tips(lang, "name", "n", "total", "documents")
    return [
        told.mark_bar(cursor="pointer", height=12, opacity=0.45, yOffset=-8)
        .encode(across, line, colour, tooltip=hints)
        .properties(height={"step": ROW}),
        told.mark_rule(strokeWidth=2, yOffset=-8).encode(alt.X("low:Q"), alt.X2("high"), line),
        told.mark_point(filled=True, size=50, opacity=1, color=tone("ink"), yOffset=-8).encode(
            across, line
        ),
        text(rows, shown).mark_text(align="left", dx=3, dy=9).encode(alt.X(datum=0), line),
        *left_out(by, lang, "units"),
    ]


def _strength_named(field: str, lang: str) -> str:
    unstated = quoted(words(lang)["chart-unstated"])
    return f"{field} === 'none' ? {unstated} : {named(field, _STRENGTHS, lang)}"
