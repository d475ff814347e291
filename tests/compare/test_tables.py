"""Tables: every cell of small articles; columns and types that do not depend on the data."""

from __future__ import annotations

import pandas as pd
import pytest

from argmine.compare import tables
from argmine.compare.columns import column_title, read_columns, table_title
from argmine.schema import AnnotatedArticle

T = "cooperative-security"


def rows(frame: pd.DataFrame) -> list[list[object]]:
    """The cells with ``None`` where one is missing."""
    return frame.astype(object).where(frame.notna(), None).to_numpy().tolist()


def test_documents(article, empty):
    frame = tables.documents([empty(), article()])
    assert dict(zip(frame.columns, rows(frame)[0], strict=True)) == {
        "document": "a",
        "title": "海岸",
        "authors": "林甲; 周乙",
        "affiliations": None,
        "publication": None,
        "issue": None,
        "date": "2025-03-01",
        "url": None,
        "language": "zh",
        "script": "hans",
        "path": "a.txt",
        "sha256": "00ff",
        "signature": "argmine:1|model:rules",
        "characters": 28,
        "sections": 1,
        "sentences": 4,
        "units": 3,
        "relations": 2,
        "mentions": 2,
        "units.claim": 1,
        "units.evidence": 1,
        "units.recommendation": 1,
        "share.claim": 0.2273,
        "share.evidence": 0.4545,
        "share.recommendation": 0.3182,
        "relations.support": 1,
        "relations.attack": 1,
        "mentions.actor": 1,
        "mentions.document": 0,
        "mentions.quantity": 0,
        "mentions.date": 0,
        "mentions.quote": 1,
        f"stance.{T}": "favor",
        "stance.fog": "none",
        f"stance_score.{T}": 0.6,
        "stance_score.fog": None,
        f"favor.{T}": 2,
        "favor.fog": 0,
        f"against.{T}": 0,
        "against.fog": 1,
        f"neutral.{T}": 0,
        "neutral.fog": 0,
    }
    second = dict(zip(frame.columns, rows(frame)[1], strict=True))
    assert second["document"] == "b"
    assert [second[name] for name in ("units.claim", "share.claim", "mentions.actor")] == [0, 0, 0]
    assert [second[name] for name in (f"stance.{T}", f"favor.{T}", "signature")] == [None] * 3


def test_units(article):
    one, two, three = rows(tables.units([article()]))
    assert one[:7] == ["a", "u1", 5, 15, "海方说：“雾散了。”", "evidence", "authority"]
    assert one[7:13] == [0.8, False, "海岸", 1, "t2", "海国"]
    assert one[13:] == [None, None, "rules", "说 +0.90", "favor", None, 0.9, None]
    assert two[:7] == ["a", "u2", 16, 23, "灯塔应当加高。", "recommendation", None]
    assert two[7:13] == [0.7, False, "海岸", 2, "t3", "author"]
    assert two[13:] == ["灯塔", "should", "rules", None, "favor", "against", 0.9, None]
    assert three[:7] == ["a", "u3", 23, 28, "船期变好。", "claim", None]
    assert three[7:13] == [None, False, None, 2, "t4", None]
    assert three[13:] == [None, None, "rules", None, None, None, None, None]


def test_unit_stances(article):
    assert rows(tables.unit_stances([article()])) == [
        ["a", "u1", T, "favor", 0.9, "rules", "evidence", "海方说：“雾散了。”"],
        ["a", "u2", T, "favor", 0.9, "rules", "recommendation", "灯塔应当加高。"],
        ["a", "u2", "fog", "against", None, "rules", "recommendation", "灯塔应当加高。"],
    ]


def test_relations(article):
    one, two = rows(tables.relations([article()]))
    assert one[:9] == ["a", "u1", "u3", "support", 0.5, "evidence", "claim", 5, 23]
    assert one[9:] == ["海方说：“雾散了。”", "船期变好。"]
    assert two[:9] == ["a", "u3", "u2", "attack", None, "claim", "recommendation", 23, 16]
    assert two[9:] == ["船期变好。", "灯塔应当加高。"]


def test_mentions(article):
    assert rows(tables.mentions([article()])) == [
        ["a", "m1", "actor", 5, 7, "海方", "海国", None, None, "u1"],
        ["a", "m2", "quote", 9, 15, "“雾散了。”", None, "m1", "海国", "u1"],
    ]


def test_stances_of_the_author_and_of_each_actor(article):
    assert rows(tables.stances([article()])) == [
        ["a", T, "author", "author", "favor", 0.6, 2, "u1 u2"],
        ["a", T, "actor", "海国", "favor", 1.0, 1, "u1"],
        ["a", "fog", "author", "author", "none", None, 0, None],
    ]


@pytest.mark.parametrize(
    ("code", "columns", "cells"),
    [
        ("label", ["label.claim", "label.evidence", "label.recommendation"], [1, 1, 1]),
        ("subtype", ["subtype.authority"], [1]),
        (
            "stance",
            [f"stance.{t}.{s}" for t in (T, "fog") for s in ("favor", "against", "neutral")],
            [2, 0, 0, 0, 1, 0],
        ),
        ("addressee", ["addressee.灯塔"], [1]),
    ],
)
def test_matrix_of_counts_and_of_ones(article, empty, code, columns, cells):
    frame = tables.matrix([empty(), article()], code=code)
    assert list(frame.columns) == ["document", *columns]
    assert rows(frame) == [["a", *cells], ["b", *[0] * len(cells)]]
    ones = tables.matrix([article()], code=code, counts=False)
    assert rows(ones) == [["a", *(min(cell, 1) for cell in cells)]]


@pytest.mark.parametrize("name", [name for name in tables.TABLES if name != "matrix"])
def test_columns_and_types_do_not_depend_on_the_articles(article, empty, name):
    full, none = (tables.tables(group, [name])[name] for group in ([article()], [empty()]))
    nothing = tables.tables([], [name])[name]
    fixed = [column for column in full.columns if column in none.columns]
    assert fixed == list(none.columns) == list(nothing.columns)
    assert none.dtypes.to_list() == nothing.dtypes.to_list() == full[fixed].dtypes.to_list()
    assert set(full.columns) - set(fixed) <= {c for c in full.columns if c.endswith((T, "fog"))}


@pytest.mark.parametrize("name", tables.TABLES)
def test_one_pass_and_any_order_give_the_same_tables(article, empty, name):
    articles = [article("c"), empty(), article("a")]
    one = tables.tables(iter(articles))[name]
    alone = tables.tables(iter(articles[::-1]), [name])[name]
    pd.testing.assert_frame_equal(one, alone)


def test_labels_of_another_scheme_have_columns_and_lose_nothing():
    units = [{"id": "u", "start": 0, "end": 1, "label": "premise"}]
    units[0]["stance"] = {"fog": {"label": "torn"}}
    record = {"schema_version": "1", "id": "x", "text": "甲", "units": units}
    found = AnnotatedArticle.model_validate(record | {"relations": [], "stance": {}})
    counts = [name for name in tables.documents([found]).columns if name.startswith("units.")]
    assert counts == ["units.premise"]
    assert tables.units([found])[["label", "stance.fog"]].to_numpy().tolist() == [
        ["premise", "torn"]
    ]
    matrix = tables.matrix([found], code="stance")
    assert list(matrix.columns)[1:] == [
        f"stance.fog.{s}" for s in ("favor", "against", "neutral", "torn")
    ]


def test_an_unknown_code_is_refused(article):
    with pytest.raises(ValueError, match="not one of label, subtype, stance, addressee"):
        tables.matrix([article()], code="colour")


def test_the_docstring_lists_the_columns():
    listed = " ".join(tables.__doc__.split("=\n")[1].split("\n=")[0].split())
    for name in tables.TABLES:
        names = [column.name for column in read_columns()[name][1:]]
        if name != "matrix":
            assert " ".join([name, *names]) in listed


@pytest.mark.parametrize("name", tables.TABLES)
def test_chinese_headers_are_whole_and_differ(article, name):
    frame = tables.tables([article()], [name])[name]
    titles = [column_title(name, column, "zh") for column in frame.columns]
    assert len(set(titles)) == len(titles)
    assert not any(title.split(".")[0].isascii() for title in titles)
    assert [column_title(name, column, "en") for column in frame.columns] == list(frame.columns)


@pytest.mark.parametrize(
    ("table", "name", "title"),
    [
        ("documents", f"stance.{T}", "立场.合作安全"),
        ("documents", "units.claim", "单元数.主张"),
        ("documents", "outlet", "outlet"),
        ("matrix", f"stance.{T}.favor", "立场.合作安全.支持"),
        ("matrix", "addressee.a.b", "建议对象.a.b"),
    ],
)
def test_a_chinese_header(table, name, title):
    assert column_title(table, name, "zh") == title
    assert table_title("units", "zh") == "论辩单元"
