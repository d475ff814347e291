"""Shared and contested points of small articles that are written down whole."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine.compare.align import align
from argmine.compare.columns import read_columns
from argmine.compare.similarity import Embed
from argmine.compare.tables import tables
from argmine.pipeline import find_embed
from argmine.schema import AnnotatedArticle

SAID = {
    "a": "各国海关应当建立统一的集装箱查验标准，减少港口拥堵。",
    "b": "为减少港口拥堵，各国海关应当尽快建立统一的集装箱查验标准。",
    "c": "渔业补贴有助于沿海村庄恢复近海资源并保持就业稳定。",
    "d": "近海资源紧张时，渔业补贴无助于沿海村庄恢复资源和就业。",
    "e": "山区学校的教师轮岗制度需要地方财政长期投入才能维持。",
    "f": "据报道，山区学校的教师轮岗制度需要地方财政长期投入才能维持。",
    "g": "博物馆周末延长开放时间以后，年轻观众明显多于往年同期。",
}


def units_of(said: dict[str, str]) -> pd.DataFrame:
    articles = [
        AnnotatedArticle.model_validate(
            {"schema_version": "1", "id": key, "text": text, "relations": [], "stance": {}}
            | {"units": [{"id": "u1", "start": 0, "end": len(text), "label": "claim"}]}
        )
        for key, text in said.items()
    ]
    return tables(articles, ["units"])["units"]


def members(units: pd.DataFrame, embed: Embed | None = None) -> dict[tuple[str, ...], str]:
    points = align(units, embed=embed)
    kinds = dict(zip(points.groups["group"], points.groups["kind"], strict=True))
    held = points.quotations.groupby("group")["document"]
    return {tuple(sorted(documents)): kinds[group] for group, documents in held}


def test_each_kind_is_found_and_nothing_else():
    expected = {("a", "b"): "shared", ("c", "d"): "contested", ("e", "f"): "reused"}
    assert members(units_of(SAID)) == expected


@given(st.permutations(range(len(SAID))))
def test_the_order_of_rows_changes_nothing(order):
    units = units_of(SAID)
    first, second = align(units), align(units.iloc[order])
    pd.testing.assert_frame_equal(first.groups, second.groups)
    pd.testing.assert_frame_equal(first.quotations, second.quotations)


def test_an_unrelated_article_changes_nothing():
    more = SAID | {"h": "quartz lanterns drift beyond silent meadows forever"}
    pd.testing.assert_frame_equal(align(units_of(SAID)).groups, align(units_of(more)).groups)


def test_quotations_are_rows_of_the_units_each_once():
    units = units_of(SAID)
    quotations = align(units).quotations
    shared = ["document", "unit", "start", "end", "text"]
    assert not quotations.duplicated(["document", "unit"]).any()
    assert len(quotations.merge(units, on=shared)) == len(quotations)


@pytest.mark.parametrize("said", [{}, {"a": SAID["a"]}])
def test_without_a_second_article_there_are_no_points(said):
    points = align(units_of(said))
    assert (len(points.groups), len(points.quotations)) == (0, 0)


def test_the_columns_are_those_of_the_table():
    points = align(units_of(SAID))
    for name, frame in (("points", points.groups), ("quotations", points.quotations)):
        fixed = [column.name for column in read_columns()[name][1:] if not column.stands_for]
        assert list(frame.columns) == fixed


def test_an_encoder_adds_a_reworded_member_and_changes_nothing_else():
    embed = find_embed()
    if embed is None:
        pytest.skip("onnxruntime (argmine[encoder]) is not installed")
    said = SAID | {
        "h": "去年十一月，二十八个国家在首届海洋峰会上发表宣言，同意加强合作，建立监管机制。",
        "i": "首届海洋峰会于去年十一月召开，二十八个国家签署宣言，承诺共同建立监管的办法。",
    }
    assert ("h", "i") not in members(units_of(said))
    assert members(units_of(said), embed) == members(units_of(said)) | {("h", "i"): "shared"}
