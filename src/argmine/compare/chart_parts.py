"""What several charts are made of: rows, axes, colours of stances, tooltips, lines of text."""

from __future__ import annotations

from collections.abc import Sequence

from argmine.compare import needing_extra
from argmine.compare.chart_style import filled, named, tone
from argmine.compare.intervals import Step, aggregate, calculate, joined
from argmine.compare.words import words
from argmine.schema import STANCE_LABELS

with needing_extra():
    import altair as alt

# Beyond so many groups the rest is left out: what a sheet of paper holds.
TOP_GROUPS = 10
STANCES = (*STANCE_LABELS, "none")
# From left to right: what stands between the sides in the middle.
SIDES = ("against", "neutral", "favor")
# Pixels: a row of a bar over its counts, and the height of charts that do not grow with the data.
ROW, HEIGHT = 40, 280
AT_LEAST = "(!isValid(datum.{0}) || datum.{0} >= least)"
OF_TARGET = f"datum.target === target && {AT_LEAST.format('score')}"


def rows_of(data: str, *steps: Step) -> alt.Chart:
    """The rows of a dataset after some transforms."""
    return alt.Chart(alt.NamedData(data), transform=list(steps))


def ranked(by: str | None) -> list[Step]:
    """The transforms that rank the groups, most documents first, or make all rows one group."""
    if by is None:
        return [calculate("group", "''"), calculate("group_rank", "1")]
    return [
        joined(("group",), size=("distinct", "document")),
        {
            "window": [{"op": "dense_rank", "as": "group_rank"}],
            "sort": [{"field": "size", "order": "descending"}, {"field": "group"}],
        },
    ]


def largest(by: str | None) -> list[Step]:
    """The transforms that rank the groups and keep the first."""
    return [*ranked(by), {"filter": f"datum.group_rank <= {TOP_GROUPS}"}]


def grouped(field: str, lang: str) -> str:
    """The expression of a group's name: documents without a group are one, too."""
    return named(field, ("",), lang)


def left_out(by: str | None, lang: str, data: str, *, line: int = 0) -> list[alt.Chart]:
    """A line below the axis with the number of groups that are not drawn, where there are any."""
    if by is None:
        return []
    rows = rows_of(data, *ranked(by), {"filter": f"datum.group_rank > {TOP_GROUPS}"})
    return [caption("chart-groups-rest", lang, rows, "distinct", "group", line=line)]


def level(field: str, values: Sequence[str]) -> str:
    """The expression of the place of a field's value among the known ones, others last."""
    chain = "".join(f"datum.{field} === '{value}' ? {n} : " for n, value in enumerate(values))
    return f"{chain}{len(values)}"


def down(field: str, order: str) -> alt.Y:
    """An axis of names from the top, in the order of another field."""
    sort = alt.EncodingSortField(order, op="min", order="ascending")
    return alt.Y(f"{field}:N", sort=sort, title=None, axis=alt.Axis(domain=False, ticks=False))


def whole(title: str) -> alt.Axis:
    """An axis of counts, which names no number between whole ones."""
    shown = "datum.value % 1 === 0 ? datum.label : ''"
    return alt.Axis(format="d", labelExpr=shown, tickMinStep=1, title=title)


def stance_colour(values: Sequence[str], lang: str) -> alt.Color:
    """The colours of stances, and their names in the legend."""
    return alt.Color(
        "stance:N",
        legend=alt.Legend(labelExpr=named("datum.value", values, lang)),
        scale=alt.Scale(domain=list(values), range=[tone(value) for value in values]),
    )


def tips(lang: str, *fields: str) -> list[alt.Tooltip]:
    """What a pointer on a mark is told."""
    return [alt.Tooltip(f"{name}:N", title=words(lang)[f"chart-tip-{name}"]) for name in fields]


def text(rows: alt.Chart, expression: str) -> alt.Chart:
    """The rows as texts."""
    return rows.transform_calculate(shown=expression).encode(text="shown:N")


def caption(
    key: str, lang: str, rows: alt.Chart, operation: str, field: str, *, line: int = 0
) -> alt.Chart:
    """A line below the axis with a number of the rows; none where it is 0.

    Args:
        key: of the wording, in ``words.tsv``.
        lang: ``zh`` or ``en``.
        rows: what is counted.
        operation: of Vega, ``distinct`` or ``sum``.
        field: that it is applied to.
        line: 0 for the first one below the axis.
    """
    steps = [aggregate((), total=(operation, field)), {"filter": "datum.total > 0"}]
    counted = rows.properties(transform=[*rows.transform, *steps])
    lines: alt.Chart = text(counted, filled(words(lang)[key], "datum.total")).mark_text(
        align="left", baseline="top", color=tone("soft")
    )
    below = alt.ExprRef(f"height + {46 + 16 * line}")
    return lines.encode(x=alt.value(0), y=alt.value(below))
