"""The rows that charts are handed, from the tables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from argmine.compare import needing_extra
from argmine.errors import InputError

with needing_extra():
    import pandas as pd

Rows = list[dict[str, Any]]


def chart_rows(frames: Mapping[str, pd.DataFrame], by: str | None = None) -> dict[str, Rows]:
    """The named datasets of the charts.

    Args:
        frames: tables ``documents``, ``units``, ``unit_stances`` and ``stances``.
        by: column of the table of documents (the user's own, once joined) that ``group`` holds;
            ``None`` leaves it empty.

    Raises:
        InputError: the table of documents has no such column.
    """
    documents = frames["documents"]
    if by is not None and by not in documents.columns:
        known = ", ".join(map(str, documents.columns))
        raise InputError("charts", "", f"no column {by!r}", f"choose one of {known}")
    about = documents[["document", "title", "date"]].copy()
    about["group"] = documents[by].astype("string").fillna("") if by is not None else ""
    counted = documents[["document", "units"]]
    stances = frames["stances"].astype(object)
    own: dict[str, dict[str, str]] = {}
    for row in stances[stances["holder_kind"] == "author"].itertuples():
        own.setdefault(row.document, {})[row.target] = row.stance
    stances.loc[stances["holder_kind"] == "author", "holder"] = ""
    units = frames["units"]
    scores = units[["document", "unit", "score"]].rename(columns={"score": "least_score"})
    made = {
        "documents": about.merge(counted, on="document"),
        "units": units.merge(about, on="document")[
            [
                *("document", "group", "date", "unit", "label"),
                *("subtype", "score", "addressee", "strength"),
            ]
        ],
        "stances": stances.merge(about, on="document")[
            [
                *("document", "title", "group", "date", "target"),
                *("holder_kind", "holder", "stance", "score", "units"),
            ]
        ],
        "unit_stances": frames["unit_stances"]
        .merge(scores, on=["document", "unit"], how="left")
        .merge(about, on="document")[
            ["document", "group", "date", "unit", "target", "stance", "score", "least_score"]
        ],
    }
    rows = {name: _records(frame) for name, frame in made.items()}
    for row in rows["documents"]:
        row["stance"] = own.get(row["document"], {})
    return rows


def _records(frame: pd.DataFrame) -> Rows:
    held = frame.astype(object)
    records: Rows = held.where(held.notna(), None).to_dict("records")
    return records
