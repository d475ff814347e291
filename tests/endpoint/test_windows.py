"""Long articles are cut where the text has its joints."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine.endpoint.windows import Stretch, cut_windows


def stretches(*rows):
    """Sentences one after another: (length, paragraph, section)."""
    found, at = [], 0
    for length, *place in rows:
        found.append(Stretch(at, at + length, *place))
        at += length + 1
    return found


@pytest.mark.parametrize(
    ("rows", "windows"),
    [
        ([], []),
        ([(5, 0, None), (5, 1, None)], [(0, 11)]),
        # sections stay whole
        ([(8, 0, "s1"), (8, 1, "s1"), (8, 2, "s2")], [(0, 17), (18, 26)]),
        # else paragraphs
        ([(8, 0, "s1"), (8, 1, "s1"), (8, 1, "s1")], [(0, 8), (9, 26)]),
        # else sentences
        ([(8, 0, "s1"), (8, 0, "s1"), (8, 0, "s1")], [(0, 17), (18, 26)]),
        # a sentence without end is cut
        ([(45, 0, None)], [(0, 20), (20, 40), (40, 45)]),
    ],
)
def test_windows_end_at_the_largest_joints_that_fit(rows, windows):
    assert cut_windows(stretches(*rows), limit=20) == windows


ROWS = st.lists(
    st.tuples(st.integers(1, 50), st.integers(0, 1), st.integers(0, 1)),
    max_size=30,
)


@given(ROWS)
def test_windows_are_short_apart_and_hold_all(steps):
    rows, paragraph, section = [], 0, 0
    for length, *step in steps:
        paragraph, section = paragraph + step[0], section + step[1]
        rows.append((length, paragraph, f"s{section}"))
    sentences = stretches(*rows)
    windows = cut_windows(sentences, limit=20)
    assert all(0 < end - start <= 20 for start, end in windows)
    assert all(before[1] <= after[0] for before, after in pairwise(windows))
    covered = {at for start, end in windows for at in range(start, end)}
    assert all(at in covered for s in sentences for at in range(s.start, s.end))
