"""Key word in context: exact places, any script, and no keyword that takes long."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from argmine.compare.columns import column_title, read_columns
from argmine.compare.concordance import REACH, concordance, concordance_lines
from argmine.compare.tables import units
from argmine.errors import InputError
from argmine.schema import AnnotatedArticle

T = "cooperative-security"


def plain(text: str, *spans: tuple[int, int], key: str = "a") -> AnnotatedArticle:
    """An article whose units are the spans; without spans, the whole text is one."""
    spans = spans or ((0, len(text)),)
    record = {"schema_version": "1", "id": key, "text": text, "relations": [], "stance": {}}
    found = [
        {"id": f"u{n}", "start": start, "end": end, "label": "claim"}
        for n, (start, end) in enumerate(spans, 1)
    ]
    return AnnotatedArticle.model_validate(record | {"units": found})


def told(frame, *columns: str) -> list[tuple[object, ...]]:
    found = frame[list(columns)].astype(object)
    return [*found.where(found.notna(), None).itertuples(index=False, name=None)]


def keywords(text: str, keyword: str) -> list[str]:
    return concordance([plain(text)], keyword)["keyword"].to_list()


def test_every_cell(article):
    frame = concordance([article("b"), article("a")], "应当", width=4)
    assert list(frame.columns) == [
        *("document", "unit", "left", "keyword", "right", "label", "score"),
        *(f"stance.{T}", "stance.fog", "start", "end"),
    ]
    row = ("u2", "”\n灯塔", "应当", "加高。船", "recommendation", 0.7, "favor", "against", 18, 20)
    assert told(frame, *frame.columns) == [("a", *row), ("b", *row)]


def test_columns_and_types_are_those_of_the_units(article):
    found = concordance([article()], "应当")
    none = concordance([article()], "没有")
    nothing = concordance([], "没有")
    named = [column.name.replace("TARGET", T) for column in read_columns()["concordance"][1:]]
    assert [name for name in found if name != "stance.fog"] == named
    fixed = [name for name in named if name != f"stance.{T}"]
    assert list(none.columns) == list(nothing.columns) == fixed
    assert none.dtypes.to_list() == nothing.dtypes.to_list() == found[fixed].dtypes.to_list()
    shared = [name for name in fixed if name in units([article()])]
    assert found[shared].dtypes.equals(units([article()])[shared].dtypes)
    titles = [column_title("concordance", name, "zh") for name in found]
    assert len(set(titles)) == len(titles)
    assert not any(title.split(".")[0].isascii() for title in titles)


def test_units_or_the_whole_text(article):
    frame = concordance([article()], "海", within="text", width=2)
    assert told(frame, "unit", "left", "keyword", "right", "label", "start") == [
        (None, "一、", "海", "岸\n", None, 2),
        ("u1", "岸\n", "海", "方说", "evidence", 5),
    ]
    assert told(concordance([article()], "海", width=2), "unit", "start") == [("u1", 5)]
    # over the border of two units
    assert len(concordance([article()], "高。船")) == 0
    assert told(concordance([article()], "高。船", within="text"), "unit") == [(None,)]


def test_units_that_overlap_hide_no_place():
    text = "海风海风海风"
    frame = concordance([plain(text, (0, 6), (2, 3), (4, 6))], "海")
    assert told(frame, "unit", "start") == [("u1", 0), ("u2", 2), ("u3", 4)]
    frame = concordance([plain(text, (0, 6), (2, 3))], "风")
    assert told(frame, "unit", "start") == [("u1", 1), ("u1", 3), ("u1", 5)]


@pytest.mark.parametrize("keyword", ["国家安全", "國家安全", "国家*全", "國*全"])
@pytest.mark.parametrize(
    "text", ["維護國家安全與發展", "维护国家安全与发展", "说“維護國家安全”的人很多"]
)
def test_both_scripts_are_found_by_either(text, keyword):
    (found,) = concordance([plain(text)], keyword).itertuples()
    assert found.keyword == text[found.start : found.end]
    assert found.keyword in ("国家安全", "國家安全")


@pytest.mark.parametrize(
    ("text", "keyword", "found"),
    [
        ("ＡＩ与Ai、said", "ai", ["ＡＩ", "Ai"]),
        ("OpenAI与AI", "*ai", ["AI", "AI"]),
        ("安全,合作", "安全，", ["安全,"]),
        ("a.c abc", "a.c", ["a.c"]),
        ("甲" + "乙" * REACH + "丙", "甲*丙", ["甲" + "乙" * REACH + "丙"]),
        ("甲" + "乙" * (REACH + 1) + "丙", "甲*丙", []),
        ("甲。丙甲\n丙甲丙", "甲*丙", ["甲丙"]),
        ("甲乙丙丙", "甲*丙", ["甲乙丙"]),
        ("甲甲甲", "甲甲", ["甲甲"]),
        ("甲一乙二丙", "＊甲＊＊乙*丙*", ["甲一乙二丙"]),
    ],
)
def test_what_a_keyword_finds(text, keyword, found):
    assert keywords(text, keyword) == found


@pytest.mark.parametrize("keyword", ["", " ", "*", "＊ *"])
def test_a_keyword_without_a_character_is_refused(keyword):
    with pytest.raises(InputError, match="keyword: is empty; give a word or a phrase"):
        concordance([], keyword)


@pytest.mark.parametrize(
    ("sort", "documents"), [("text", "abc"), ("left", "cab"), ("right", "cba")]
)
def test_sorting(sort, documents):
    # by code point 丁 stands before 己 and 乙 before 甲
    articles = [plain("丙乙海己", key="a"), plain("甲海丁", key="b"), plain("乙海", key="c")]
    frame = concordance(articles, "海", sort=sort)
    assert "".join(frame["document"]) == documents


def test_sorting_by_label_and_an_unknown_way(article):
    frame = concordance([article()], "。", within="text", sort="label")
    assert told(frame, "label", "start") == [
        ("claim", 27),
        ("evidence", 13),
        ("recommendation", 22),
    ]
    with pytest.raises(ValueError, match="sort 'size' is not one of text, left, right, label"):
        concordance([], "海", sort="size")


TEXTS = st.text(st.sampled_from("海风国國安全ＡaI。，,\n 😀*"), max_size=40)


@given(TEXTS, st.text(st.sampled_from("海风国國安全ai"), min_size=1, max_size=2), st.integers(0, 5))
def test_context_is_the_text_itself(text, keyword, width):
    text = f"一{text}"
    for row in concordance([plain(text)], keyword, width=width).itertuples():
        assert row.keyword == text[row.start : row.end]
        assert row.left == text[max(row.start - width, 0) : row.start]
        assert row.right == text[row.end : row.end + width]
        assert len(row.keyword) == len(keyword)


@given(TEXTS)
def test_nothing_literal_is_missed(text):
    found = concordance([plain(f"一{text}")], "海风")["start"].to_list()
    assert found == [n for n in range(len(text) + 1) if f"一{text}".startswith("海风", n)]


def test_lines_stand_under_one_another_and_hold_no_control():
    texts = {"a": "維護\x1b[31m海洋\u202e安全", "bb": "ab海\t洋\n好", "c": "海洋😀"}
    articles = [plain(text, key=key) for key, text in texts.items()]
    frame = concordance(articles, "海*洋", width=5)
    lines = list(concordance_lines(frame, "zh"))
    assert lines == [
        "a u1 主张   \ufffd[31m  海洋   \ufffd安全",
        "bb u1 主张     ab  海 洋   好",
        "c u1 主张          海洋   😀",
    ]
    assert {cell_len(line[: line.index("海")]) for line in lines} == {19}
    assert all(line.isprintable() for line in lines)
    assert list(concordance_lines(concordance([], "海"))) == []


@pytest.mark.parametrize(
    "keyword", ["甲*甲*甲*甲*甲*甲*甲*乙", "*".join("甲" * 40), "甲" * 40 + "乙"]
)
def test_time_is_linear_for_hostile_keywords(keyword):
    def seconds(size: int) -> float:
        article = plain("甲" * size)
        begun = time.perf_counter()
        concordance([article], keyword)
        return time.perf_counter() - begun

    seconds(1000)
    assert seconds(200_000) < 5
