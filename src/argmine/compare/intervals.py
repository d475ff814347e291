"""Shares with their intervals, as Vega-Lite transforms that run in the browser.

Reads:   rows of units, one field of which tells what is counted
Writes:  one row a value and group: ``n`` of ``total`` units in ``documents`` documents, ``share``,
         ``low`` and ``high`` (95 %), and ``told``, whether the share may be shown
Method:  units of one document are no independent draws. The variance of the share is that of a
         ratio of two totals over documents, the interval is Wilson's at the number of independent
         units that would give this variance, and never narrower than at the number of units
Limits:  of a single document no variance is known; the interval then takes units as independent
Source:  Cochran (1977), Sampling Techniques, 3rd ed., 6.4 and 3.12, for the ratio. Wilson (1927),
         Probable Inference, JASA 22. Korn and Graubard (1998), Survey Methodology 24(2), and
         Franco, Little, Louis and Slud (2019), J. Survey Statistics and Methodology 7(3), for the
         effective number. Abramowitz and Stegun (1972), 26.7.5, for Student's t.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

# Below so many units a share says more than is known: one unit would move it by over ten points.
LEAST_TOLD = 10
# The normal deviate of 95 %.
Z = 1.959964
# Student's t by degrees of freedom: z and the first terms of its expansion (26.7.5).
_T_TERMS = ((Z**3 + Z) / 4, (5 * Z**5 + 16 * Z**3 + 3 * Z) / 96)

Step = dict[str, Any]


def calculate(name: str, expression: str) -> Step:
    """The transform that adds a field."""
    return {"calculate": expression, "as": name}


def aggregate(by: Sequence[str], **fields: tuple[str, str]) -> Step:
    """The transform that makes one row a group.

    Args:
        by: fields that stay.
        fields: operation and field by the name of the new field.
    """
    return {"aggregate": _made(fields), "groupby": list(by)}


def joined(by: Sequence[str], **fields: tuple[str, str]) -> Step:
    """The transform that adds to each row what :func:`aggregate` finds of its group."""
    # Vega looks groups up in an object that has a "constructor" before any label has that name
    return {"joinaggregate": _made(fields), "groupby": [*by, *by] if len(by) == 1 else list(by)}


def _made(fields: Mapping[str, tuple[str, str]]) -> list[dict[str, str]]:
    return [{"op": op, "field": field, "as": name} for name, (op, field) in fields.items()]


def share_steps(kind: str, within: Sequence[str]) -> list[Step]:
    """The transforms from rows of units to shares.

    Args:
        kind: field whose values are counted.
        within: fields that part the units into the wholes that shares are of.
    """
    count = {"op": "count", "as": "y"}
    return [
        {"aggregate": [count], "groupby": list(dict.fromkeys(("document", *within, kind)))},
        # x: all units of the document; over all its rows, y times x adds up to x squared
        joined(("document", *within), x=("sum", "y")),
        calculate("xy", "datum.x * datum.y"),
        calculate("yy", "datum.y * datum.y"),
        joined(
            within,
            total=("sum", "y"),
            xx=("sum", "xy"),
            documents=("distinct", "document"),
        ),
        aggregate(
            list(dict.fromkeys((*within, kind, "total", "xx", "documents"))),
            n=("sum", "y"),
            xy=("sum", "xy"),
            yy=("sum", "yy"),
        ),
        calculate("share", "datum.n / datum.total"),
        calculate(
            "variance",
            "datum.documents < 2 ? 0 : max(0, datum.yy - 2 * datum.share * datum.xy"
            " + datum.share * datum.share * datum.xx)"
            " * datum.documents / (datum.documents - 1) / (datum.total * datum.total)",
        ),
        calculate("free", "max(1, datum.documents - 1)"),
        calculate("t", f"{Z} + {_T_TERMS[0]} / datum.free + {_T_TERMS[1]} / pow(datum.free, 2)"),
        calculate(
            "effective",
            "datum.variance > 0 ? min(datum.total, datum.share * (1 - datum.share)"
            f" / datum.variance * pow({Z} / datum.t, 2)) : datum.total",
        ),
        calculate("pull", f"{Z * Z} / datum.effective"),
        calculate("centre", "(datum.share + datum.pull / 2) / (1 + datum.pull)"),
        calculate(
            "reach",
            "sqrt(datum.share * (1 - datum.share) * datum.pull + datum.pull * datum.pull / 4)"
            " / (1 + datum.pull)",
        ),
        calculate("low", "max(0, datum.centre - datum.reach)"),
        calculate("high", "min(1, datum.centre + datum.reach)"),
        calculate("told", f"datum.total >= {LEAST_TOLD}"),
    ]
