"""Ten articles with planted points: every point is found with its kind, and none beside them.

Data:    corpus/blue-bay: raw articles, and in points.tsv the quotations of each point. ``shared`` ones say the same in other words, ``contested`` ones the opposite or what
         the other rebuts, ``reused`` ones are quoted or reprinted.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pandas as pd
import pytest

from argmine import load
from argmine.compare.align import align
from argmine.compare.tables import tables
from argmine.ingest.reading import read_article
from argmine.pipeline import annotate, find_embed

FOLDER = Path(__file__).parents[2] / "corpus" / "blue-bay"


@pytest.fixture(scope="module")
def planted() -> pd.DataFrame:
    frame = pd.read_csv(FOLDER / "points.tsv", sep="\t", dtype="string", quoting=3)
    articles = {file.stem: read_article(file).text for file in sorted(FOLDER.glob("*.txt"))}
    places = [
        (articles[row.article].index(row.quotation), row.quotation) for row in frame.itertuples()
    ]
    frame["start"] = [start for start, _ in places]
    frame["end"] = [start + len(quotation) for start, quotation in places]
    return frame


@pytest.mark.parametrize("with_encoder", [False, True])
@pytest.mark.parametrize("model", ["fast", "accurate"])
def test_all_planted_points_are_found_and_none_beside_them(planted, model, with_encoder):
    if (model == "accurate" or with_encoder) and find_spec("onnxruntime") is None:
        pytest.skip("onnxruntime (argmine[encoder]) is not installed")
    nlp = load(model)
    articles = [annotate(read_article(file), nlp) for file in sorted(FOLDER.glob("*.txt"))]
    assert len(articles) == 10
    found = tables(articles, ["units", "relations", "mentions"])
    points = align(
        found["units"],
        found["relations"],
        mentions=found["mentions"],
        embed=find_embed() if with_encoder else None,
    )
    kinds = dict(zip(points.groups["group"], points.groups["kind"], strict=True))
    quotations = points.quotations.astype({"document": "string"})
    told = [
        (kinds[group], sorted(point_of(planted, row) for row in rows.itertuples()))
        for group, rows in quotations.groupby("group")
    ]
    expected = [
        (rows["kind"].iloc[0], sorted(zip(rows["point"], rows["article"], strict=True)))
        for _, rows in planted.groupby("point")
    ]
    assert sorted(told, key=lambda one: one[1]) == sorted(expected, key=lambda one: one[1])


def point_of(planted: pd.DataFrame, row) -> tuple[str, str]:
    """The planted point that a quotation holds most of, and its article."""
    own = planted[planted["article"] == row.document]
    shared = own["end"].clip(upper=row.end) - own["start"].clip(lower=row.start)
    most = shared[shared > (own["end"] - own["start"]) / 2]
    return ("none" if most.empty else own["point"][most.idxmax()], row.document)
