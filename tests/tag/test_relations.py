"""Relations: near units attach, connectives decide attack, and the graph stays a forest."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine.lexicons import read_lexicon
from argmine.tag.attachment import LABELS, UnitPlaces
from argmine.tag.relations import RelationRules, read_attachment, take_acyclic

RULES = RelationRules(read_lexicon("connectives"), read_attachment())
NAMES = {"c": "claim", "e": "evidence", "r": "recommendation"}


def places(*paragraphs: list[tuple[str, str]]) -> tuple[str, UnitPlaces]:
    """A text of paragraphs of units (label letter, words), each a sentence."""
    form, rows = "", []
    for number, paragraph in enumerate(paragraphs):
        for label, words in paragraph:
            rows.append((len(form), len(form) + len(words), label, number))
            form += words
        form += "\n"
    labels = np.array([[float(NAMES[row[2]] == name) for name in LABELS] for row in rows])
    paragraph = np.array([row[3] for row in rows], np.int64)
    units = UnitPlaces(
        [f"u{n}" for n in range(1, len(rows) + 1)],
        [row[0] for row in rows],
        [row[1] for row in rows],
        labels.reshape(-1, len(LABELS)),
        np.arange(len(rows)),
        paragraph,
        np.zeros(len(rows), np.bool_),
    )
    return form, units


def relations(*paragraphs: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    return [(r.source, r.target, r.label) for r in RULES.find(*places(*paragraphs))]


@pytest.mark.parametrize(
    ("paragraphs", "expected"),
    [
        ([], []),
        ([[("c", "合作是可行的。")]], []),
        (
            [[("c", "合作是可行的。"), ("e", "例如，去年双方签署了协议。")]],
            [("u2", "u1", "support")],
        ),
        (
            [[("e", "有人认为，对话没有用处。"), ("c", "然而，封锁并没有减少攻击。")]],
            [("u1", "u2", "attack")],
        ),
        (
            [[("c", "尽管分歧仍在，"), ("c", "但合作的基础没有动摇。")]],
            [("u1", "u2", "attack")],
        ),
    ],
)
def test_whole_lists_of_relations(paragraphs, expected):
    assert relations(*paragraphs) == expected


def test_evidence_of_another_paragraph_does_not_attack():
    found = relations([("c", "合作是可行的。")], [("e", "但是，去年没有签署协议。")])
    assert [label for _, _, label in found if label == "attack"] == []


UNITS = st.lists(
    st.lists(
        st.tuples(
            st.sampled_from("cer"),
            st.sampled_from(
                ["甲。", "但乙。", "尽管丙，", "例如丁。", "一是戊；", "（一）己", "有人认为庚。"]
            ),
        ),
        min_size=1,
        max_size=5,
    ),
    max_size=6,
)


@given(UNITS)
def test_at_most_one_outgoing_no_cycle_and_always_the_same(paragraphs):
    form, units = places(*paragraphs)
    found = RULES.find(form, units)
    assert found == RULES.find(form, units)
    target_of = {r.source: r.target for r in found}
    assert len(target_of) == len(found)
    assert all(r.source != r.target and {r.source, r.target} <= set(units.ids) for r in found)
    assert all(0 < r.score <= 1 for r in found)
    for start in target_of:
        seen, node = set(), start
        while node in target_of:
            assert node not in seen
            seen.add(node)
            node = target_of[node]


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=60))
def test_edges_are_taken_in_turn_unless_they_close_a_cycle(pairs):
    edges = [(a, b, n) for n, (a, b) in enumerate(pairs) if a != b]
    ahead: dict[int, int] = {}
    expected = []
    for source, target, number in edges:
        node, reached = target, {target}
        while node in ahead:
            node = ahead[node]
            reached.add(node)
        if source not in ahead and source not in reached:
            ahead[source] = target
            expected.append(number)
    assert take_acyclic(edges) == expected
