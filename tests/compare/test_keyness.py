"""Keyness: figures that were published, figures of scipy, and groups written down whole."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from argmine.compare import tables
from argmine.compare.columns import column_title, read_columns
from argmine.compare.keyness import keyness, keyness_between, log_likelihood, log_ratio
from argmine.compare.writing import write_tables
from argmine.errors import InputError


def units_of(*rows: tuple[str, str, str]) -> pd.DataFrame:
    """Documents, labels and texts as a table."""
    return pd.DataFrame(list(rows), columns=["document", "label", "text"])


def side(*texts: str) -> pd.DataFrame:
    return units_of(*((f"d{n}", "claim", text) for n, text in enumerate(texts)))


def told(frame: pd.DataFrame, *columns: str) -> list[tuple[object, ...]]:
    found = frame[list(columns)].astype(object)
    return [*found.where(found.notna(), None).itertuples(index=False, name=None)]


COUNTS = st.tuples(st.integers(0, 500), st.integers(0, 500), st.integers(0, 9000)).filter(
    lambda counts: counts[0] + counts[1]
)


@pytest.mark.parametrize(
    ("a", "b", "c", "d", "g2", "places"),
    [
        # Dunning (1993), the table of four cells of "the swiss", p. 72
        (10, 0, 13, 31_764, 167.23, 2),
        # the example on Lancaster's page of the calculator of Rayson, which has two cells
        (52, 57, 50_000, 75_000, 2.65, 2),
        # Rayson, Corpora List, 18 January 2002: keep and keeping of learners and natives
        (348, 99, 1_000_000, 1_000_000, 147, 0),
        (9, 32, 1_000_000, 1_000_000, 14, 0),
        # no difference, and nothing but the term
        (5, 10, 100, 200, 0, 9),
        (5, 10, 5, 10, 0, 9),
    ],
)
def test_log_likelihood_as_published(a, b, c, d, g2, places):
    (found,) = log_likelihood(np.array([a]), np.array([b]), c, d)
    assert round(float(found), places) == g2


@given(COUNTS, st.integers(1, 9000))
def test_log_likelihood_is_that_of_scipy(counts, more):
    a, b, rest = counts
    c, d = a + rest + 1, b + more
    (found,) = log_likelihood(np.array([a]), np.array([b]), c, d)
    table = [[a, b], [c - a, d - b]]
    expected = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
    assert math.isclose(found, expected.statistic, rel_tol=1e-6, abs_tol=1e-8)


@given(COUNTS)
def test_the_interval_holds_the_ratio_and_is_that_of_scipy(counts):
    a, b, _ = counts
    ((ratio,), (low,), (high,)) = log_ratio(np.array([a]), np.array([b]), 2000, 1000)
    exact = stats.binomtest(a, a + b).proportion_ci(0.95, method="exact")
    for end, share in ((low, exact.low), (high, exact.high)):
        odds = math.inf if share == 1 else share / (1 - share)
        assert math.isclose(2**end, odds / 2, rel_tol=1e-6)
    assert low <= ratio <= high


@pytest.mark.parametrize(
    ("a", "b", "ratio"), [(40, 20, 1.0), (20, 40, -1.0), (8, 0, 4.0), (0, 8, -4.0), (7, 7, 0.0)]
)
def test_log_ratio_counts_doublings_and_takes_a_half_for_none(a, b, ratio):
    assert log_ratio(np.array([a]), np.array([b]), 1000, 1000)[0].tolist() == [ratio]


def test_bic_as_published():
    # Wilson (2013), p. 7: G2 of 22.22 over 9,611 and 144,925 words
    frame = keyness(
        side("甲 " * 9 + "乙 " * 9602), side("甲 " * 20 + "乙 " * 144_905), cut=str.split
    )
    row = frame[frame["term"] == "甲"].iloc[0]
    assert round(row["log_likelihood"] - row["bic"], 2) == round(22.22 - 10.27, 2)


def test_every_cell_of_a_small_table():
    focus = side("海 海 海 风", "海 海 风 ，")
    reference = side("风 风 风 风", "云 云 云 雾 2025", "云 风")
    frame = keyness(focus, reference, cut=str.split, least_count=3)
    assert list(frame.columns) == [column.name for column in read_columns()["keyness"][1:]]
    assert told(frame, "term", "side", "focus_count", "reference_count") == [
        ("海", "focus", 5, 0),
        ("风", "reference", 2, 5),
        ("云", "reference", 0, 4),
    ]
    assert told(frame, "focus_rate", "reference_rate", "largest_share") == [
        (7142.8571, 0.0, 0.6),
        (2857.1429, 5000.0, 0.8),
        (0.0, 4000.0, 0.75),
    ]
    assert told(frame, "focus_documents", "reference_documents") == [(2, 0), (2, 2), (0, 2)]
    g2 = log_likelihood(np.array([5, 2, 0]), np.array([0, 5, 4]), 7, 10)
    assert frame["log_likelihood"].to_list() == [round(value, 4) for value in g2]
    p = stats.chi2.sf(g2, 1)
    assert frame["p"].to_list() == [float(f"{value:.3g}") for value in p]
    adjusted = stats.false_discovery_control(p, method="bh")
    assert frame["p_adjusted"].to_list() == [float(f"{value:.3g}") for value in adjusted]
    assert frame["bic"].to_list() == [round(value - math.log(17), 4) for value in g2]
    ratio, low, high = log_ratio(np.array([5, 2, 0]), np.array([0, 5, 4]), 7, 10)
    assert frame["log_ratio"].to_list() == [round(value, 4) for value in ratio]
    # the end is open toward the side that has none
    assert told(frame, "log_ratio_low") == [(round(low[0], 4),), (round(low[1], 4),), (None,)]
    assert told(frame, "log_ratio_high") == [(None,), (round(high[1], 4),), (round(high[2], 4),)]
    assert frame.attrs == {
        "focus_words": 7,
        "reference_words": 10,
        "focus_documents": 2,
        "reference_documents": 3,
        "tested": 3,
    }


def test_one_long_document_makes_no_keyword():
    focus = side("雾 " * 50 + "海", "海 风 风", "海 海 风")
    reference = side("风 " * 20, "风 海")
    found = [keyness(focus, reference, cut=str.split, least_documents=n) for n in (1, 2, 3)]
    # the reference has two documents: more are not asked for
    assert [frame["term"].to_list() for frame in found] == [
        ["雾", "海", "风"],
        ["海", "风"],
        ["海", "风"],
    ]
    # p is adjusted for all terms that were counted
    assert [frame.attrs["tested"] for frame in found] == [3, 3, 3]


def test_a_side_of_one_document_may_have_keywords():
    frame = keyness(side("海 " * 9), side("风 " * 9, "风 " * 9), cut=str.split)
    assert told(frame, "term", "focus_documents", "reference_documents") == [
        ("海", 1, 0),
        ("风", 0, 2),
    ]


def test_scripts_are_counted_together_and_marks_and_digits_are_not():
    focus = side("國家安全治理，2025年。", "国家安全治理！", "國家應當維護網絡安全。")
    reference = side("海岸 5 %", "海岸")
    frame = keyness(focus, reference, least_count=2, least_documents=1)
    assert told(frame, "term", "focus_count", "focus_documents", "reference_count") == [
        ("国家", 3, 3, 0),
        ("安全", 2, 2, 0),
        ("治理", 2, 2, 0),
        ("海岸", 0, 0, 2),
    ]
    assert (frame.attrs["focus_words"], frame.attrs["reference_words"]) == (11, 2)


def test_pairs_are_of_neighbours_without_a_mark_between():
    frame = keyness(
        side("灯塔 灯塔 加高 ， 灯塔 的 加高", "灯塔 加高"),
        side("船期"),
        cut=str.split,
        pairs=True,
        least_count=1,
        least_documents=1,
    )
    assert dict(told(frame[frame["side"] == "focus"], "term", "focus_count")) == {
        "灯塔": 4,
        "加高": 3,
        "的": 1,
        "灯塔灯塔": 1,
        "灯塔加高": 2,
    }


TABLE = units_of(
    ("a", "claim", "海 海"),
    ("a", "evidence", "风 风"),
    ("b", "claim", "海 风"),
    ("c", "claim", "云 云"),
).assign(outlet=["甲", "甲", "乙", None])


@pytest.mark.parametrize(
    ("column", "focus", "reference", "words"),
    [
        ("label", "evidence", None, (2, 6)),
        ("outlet", "甲", None, (4, 2)),
        ("outlet", ["甲", "乙"], None, None),
        ("document", ["a", "b"], None, (6, 2)),
        ("document", "c", ["a"], (2, 4)),
    ],
)
def test_groups_by_a_column(column, focus, reference, words):
    if words is None:
        with pytest.raises(InputError, match="no words on this side"):
            keyness_between(TABLE, column, focus, reference)
        return
    found = keyness_between(TABLE, column, focus, reference).attrs
    assert (found["focus_words"], found["reference_words"]) == words


@pytest.mark.parametrize(
    ("arguments", "finding"),
    [
        (("colour", "red"), "no column 'colour'; choose one of document, label, text, outlet"),
        (("outlet", "丙"), "outlet: no unit has '丙'; choose one of 乙, 甲"),
        (("outlet", "甲", ["乙", "甲"]), "outlet: '甲' is on both sides"),
    ],
)
def test_a_group_that_is_none_is_refused(arguments, finding):
    with pytest.raises(InputError, match=finding):
        keyness_between(TABLE, *arguments)


def test_swapping_the_sides_mirrors_the_table(article):
    units = tables.units([article("a"), article("b")])
    there = keyness_between(units, "label", "claim", "evidence", least_count=1)
    back = keyness_between(units, "label", "evidence", "claim", least_count=1)
    one = there.set_index("term").sort_index()
    other = back.set_index("term").sort_index()
    assert one["focus_count"].equals(other["reference_count"].rename("focus_count"))
    assert one["log_likelihood"].equals(other["log_likelihood"])
    assert one["log_ratio"].equals(-other["log_ratio"])
    assert one["log_ratio_low"].equals(-other["log_ratio_high"].rename("log_ratio_low"))


def test_the_table_can_be_written(tmp_path):
    frame = keyness(side("海 " * 9, "海 风"), side("风 " * 9), cut=str.split)
    write_tables({"keyness": frame}, tmp_path / "k.xlsx", lang="zh")
    back = pd.read_excel(tmp_path / "k.xlsx")
    assert list(back.columns) == [column_title("keyness", name, "zh") for name in frame.columns]
    assert back["词语"].to_list() == frame["term"].to_list() == ["海", "风"]
    assert back["对数比率上限"].isna().to_list() == [True, False]
