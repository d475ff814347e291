"""Charts of stances toward the chosen target: of documents, of actors, over time."""

from __future__ import annotations

from argmine.compare import needing_extra
from argmine.compare.chart_parts import (
    AT_LEAST,
    HEIGHT,
    OF_TARGET,
    ROW,
    SIDES,
    STANCES,
    caption,
    down,
    grouped,
    largest,
    left_out,
    level,
    rows_of,
    stance_colour,
    text,
    tips,
    whole,
)
from argmine.compare.chart_style import filled, named, quoted, tone
from argmine.compare.intervals import LEAST_TOLD, aggregate, calculate, joined
from argmine.compare.words import words

with needing_extra():
    import altair as alt

# Beyond so many actors the rest is left out: what a sheet of paper holds.
TOP_ACTORS = 20
_SHAPES = {"favor": "triangle-up", "against": "triangle-down", "neutral": "circle", "none": "cross"}
# Pixels of the band of a group of documents: all groups of the chart fit on a screen.
_BAND = 64
# Spans in years beyond which the timeline counts by quarter and by year: about 24 bars each.
_QUARTERS, _YEARS = 2, 6


def documents_chart(lang: str, by: str | None) -> list[alt.Chart]:
    """A dot a document: balance of its units, parted by group, coloured by the author's stance."""
    counts = {side: ("sum", side) for side in SIDES}
    band = _BAND if by else HEIGHT
    steps = [
        *largest(by),
        {"filter": f"{OF_TARGET} && {AT_LEAST.format('least_score')}"},
        *(calculate(side, f"datum.stance === '{side}' ? 1 : 0") for side in SIDES),
        aggregate(("document", "group", "group_rank"), **counts),
    ]
    dots = rows_of(
        "unit_stances",
        *steps,
        {
            "lookup": "document",
            "from": {
                "data": {"name": "documents"},
                "key": "document",
                "fields": ["title", "stance"],
            },
        },
        calculate("stance", "(datum.stance && datum.stance[target]) || 'none'"),
        calculate("touching", "datum.favor + datum.against + datum.neutral"),
        {"filter": "datum.touching > 0"},
        calculate("balance", "(datum.favor - datum.against) / datum.touching"),
        calculate("place", "round(datum.balance * 40) / 40"),
        {
            "window": [{"op": "row_number", "as": "number"}],
            "sort": [{"field": "stance"}, {"field": "touching"}, {"field": "document"}],
            "groupby": ["group", "place"],
        },
        joined(("group", "place"), beside=("count", "document")),
        joined(("group",), most=("max", "beside")),
        calculate(
            "shift",
            f"{band / 2} + (datum.number - (datum.beside + 1) / 2)"
            f" * min(14, {0.9 * band} / datum.most)",
        ),
        calculate("stance_name", named("datum.stance", STANCES, lang)),
        calculate("group_name", grouped("datum.group", lang)),
    )
    across = alt.X(
        "balance:Q",
        axis=alt.Axis(format="+.1f", grid=True, tickCount=5, title=words(lang)["chart-balance"]),
        scale=alt.Scale(domainMax=1, domainMin=-1),
    )
    shown = grouped("datum.value", lang)
    groups = alt.Axis(domain=False, labelExpr=shown, ticks=False, title=None) if by else None
    largest_first = alt.EncodingSortField("group_rank", op="min", order="ascending")
    told = ["title", "document", *(["group_name"] if by else []), "stance_name"]
    points = dots.mark_point(cursor="pointer", filled=True).encode(
        across,
        alt.Y(
            "group:N",
            axis=groups,
            scale=alt.Scale(paddingInner=0, paddingOuter=0),
            sort=largest_first,
        ),
        alt.YOffset("shift:Q", scale=None),
        stance_colour(STANCES, lang),
        alt.Shape(
            "stance:N",
            scale=alt.Scale(domain=list(STANCES), range=[_SHAPES[s] for s in STANCES]),
        ),
        alt.Size(
            "touching:Q",
            legend=None,
            scale=alt.Scale(type="sqrt", domainMin=0, range=[24, 220], nice=False),
        ),
        opacity=alt.condition(f"datum.touching >= {LEAST_TOLD}", alt.value(0.85), alt.value(0.4)),
        tooltip=tips(lang, *told, *SIDES),
    )
    return [
        points.properties(height={"step": band} if by else band),
        caption("chart-shown", lang, dots, "distinct", "document"),
        caption("chart-of-all", lang, rows_of("documents"), "distinct", "document", line=1),
        *left_out(by, lang, "unit_stances", line=2),
    ]


def actors_chart(lang: str) -> list[alt.Chart]:
    """A row an actor: documents against on the left, in favor on the right, the author first."""
    first = words(lang)["chart-author"]
    rows = rows_of(
        "stances",
        {"filter": f"{OF_TARGET} && datum.stance !== 'none'"},
        *(calculate(side, f"datum.stance === '{side}' ? 1 : 0") for side in SIDES),
        aggregate(
            ("holder_kind", "holder"),
            documents=("distinct", "document"),
            **{side: ("sum", side) for side in SIDES},
        ),
        {
            "window": [{"op": "row_number", "as": "rank"}],
            "sort": [{"field": "documents", "order": "descending"}, {"field": "holder"}],
            "groupby": ["holder_kind"],
        },
        {"filter": f"datum.rank <= {TOP_ACTORS}"},
        calculate("order", "datum.holder_kind === 'author' ? 0 : datum.rank"),
        calculate("name", f"datum.holder_kind === 'author' ? {quoted(first)} : datum.holder"),
        *(calculate(f"{side}_n", f"datum.{side}") for side in SIDES),
    )
    bars = rows.properties(
        transform=[
            *rows.transform,
            {"fold": list(SIDES), "as": ["stance", "n"]},
            {"filter": "datum.n > 0"},
            calculate("half", "datum.neutral / 2"),
            calculate(
                "from",
                "datum.stance === 'favor' ? datum.half : datum.stance === 'neutral'"
                " ? -datum.half : -datum.half - datum.against",
            ),
            calculate("to", "datum.from + datum.n"),
            calculate("stance_name", named("datum.stance", STANCES, lang)),
        ]
    )
    line = down("name", "order")
    across = alt.X("from:Q", axis=None, scale=alt.Scale(nice=False, zero=True))
    counts = filled(
        words(lang)["chart-sides"], "datum.against_n", "datum.neutral_n", "datum.favor_n"
    )
    return [
        bars.mark_bar(cursor="pointer", height=13, stroke=tone("paper"), yOffset=-8)
        .encode(
            across,
            alt.X2("to"),
            line,
            stance_colour(SIDES, lang),
            tooltip=tips(lang, "name", "stance_name", "n", "documents"),
        )
        .properties(height={"step": ROW}),
        text(rows, counts).mark_text(align="left", dx=3, dy=9).encode(line, x=alt.value(0)),
    ]


def timeline_chart(lang: str) -> list[alt.Chart]:
    """A bar a month, quarter or year: documents by the author's stance."""
    own = {"filter": f"{OF_TARGET} && datum.holder_kind === 'author'"}
    rows = rows_of(
        "stances",
        own,
        {"filter": "isValid(datum.date)"},
        calculate("year", "toNumber(slice(datum.date, 0, 4))"),
        calculate("has_month", "length(datum.date) >= 7 ? 1 : 0"),
        calculate("month", "datum.has_month ? toNumber(slice(datum.date, 5, 7)) - 1 : 0"),
        joined(
            (),
            first=("min", "year"),
            last=("max", "year"),
            all_months=("min", "has_month"),
        ),
        calculate("span", "datum.last - datum.first"),
        calculate(
            "step",
            f"!datum.all_months || datum.span >= {_YEARS} ? 12 : datum.span >= {_QUARTERS} ? 3 : 1",
        ),
        calculate("begin", "datum.step * floor(datum.month / datum.step)"),
        calculate("from", "datetime(datum.year, datum.begin)"),
        calculate("to", "datetime(datum.year, datum.begin + datum.step)"),
        aggregate(("from", "to", "stance"), n=("distinct", "document")),
        calculate("level", level("stance", STANCES)),
        {
            "stack": "n",
            "groupby": ["from"],
            "sort": [{"field": "level"}],
            "as": ["low", "high"],
        },
        calculate("stance_name", named("datum.stance", STANCES, lang)),
    )
    months = "month(datum.value) === 0 ? timeFormat(datum.value, '%Y')"
    bars = rows.mark_bar(cursor="pointer", stroke=tone("paper")).encode(
        alt.X(
            "from:T",
            axis=alt.Axis(
                grid=False, labelExpr=f"{months} : timeFormat(datum.value, '%Y-%m')", title=None
            ),
        ),
        alt.X2("to"),
        alt.Y("low:Q", axis=whole(words(lang)["chart-documents-count"])),
        alt.Y2("high"),
        stance_colour(STANCES, lang),
        tooltip=[
            alt.Tooltip("from:T", format="%Y-%m", title=words(lang)["chart-from"]),
            alt.Tooltip("to:T", format="%Y-%m", title=words(lang)["chart-to"]),
            *tips(lang, "stance_name", "n"),
        ],
    )
    return [
        bars.properties(height=HEIGHT),
        caption(
            "chart-undated",
            lang,
            rows_of("stances", own, {"filter": "!isValid(datum.date)"}),
            "distinct",
            "document",
        ),
    ]
