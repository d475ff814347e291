"""Relations: near units attach, connectives decide attack, and the graph stays a forest."""

from __future__ import annotations

import numpy as np
import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from argmine.lexicons import read_lexicon
from argmine.pipeline import COMPONENTS
from argmine.tag.attachment import LABELS, UnitPlaces
from argmine.tag.relations import RelationRules, read_attachment, take_acyclic

CONNECTIVES = read_lexicon("connectives")
RULES = RelationRules(CONNECTIVES, read_attachment())
NAMES = {"c": "claim", "e": "evidence", "r": "recommendation"}


def places(*paragraphs: list[tuple[str, str]], sure: float = 1.0) -> tuple[str, UnitPlaces]:
    """A text of paragraphs of units (label letter, words); a sentence goes on behind a comma."""
    form, rows, sentence = "", [], 0
    for number, paragraph in enumerate(paragraphs):
        for label, words in paragraph:
            rows.append((len(form), len(form) + len(words), NAMES[label], sentence, number))
            form += words
            sentence += words[-1] not in "，；："
        form += "\n"
        sentence += 1
    labels = [[sure if row[2] == name else (1 - sure) / 2 for name in LABELS] for row in rows]
    units = UnitPlaces(
        [f"u{n}" for n in range(1, len(rows) + 1)],
        [row[0] for row in rows],
        [row[1] for row in rows],
        np.array(labels).reshape(-1, len(LABELS)),
        np.array([row[3] for row in rows], np.int64),
        np.array([row[4] for row in rows], np.int64),
        np.zeros(len(rows), np.bool_),
    )
    return form, units


def relations(*paragraphs: list[tuple[str, str]]) -> list[tuple[str, str, str]]:
    found = RULES.find(*places(*paragraphs))
    return [(r["source"], r["target"], r["label"]) for r in found]


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
            [
                [
                    ("c", "合作是可行的。"),
                    ("e", "去年三月，双方签署了协议。"),
                    ("e", "今年一月，双方又开通了热线。"),
                    ("e", "上月，热线用了三次。"),
                ]
            ],
            [("u2", "u1", "support"), ("u3", "u1", "support"), ("u4", "u1", "support")],
        ),
        (
            [[("c", "尽管分歧仍在，"), ("c", "但合作的基础没有动摇。")]],
            [("u1", "u2", "attack")],
        ),
        (
            [[("c", "数据跨境流动的风险不断上升，"), ("r", "因此必须建立统一规则。")]],
            [("u1", "u2", "support")],
        ),
        (
            [
                [("r", "应当抓好三件事。")],
                [("r", "一是加强对话。")],
                [("r", "二是扩大合作。")],
                [("r", "三是建立通报机制。")],
            ],
            [("u2", "u1", "support"), ("u3", "u1", "support"), ("u4", "u1", "support")],
        ),
        (
            [
                [("c", "合作才能带来安全")],
                [("c", "对话减少误判。"), ("e", "去年热线用了三次。")],
                [("c", "通报增进信任。"), ("e", "今年双方通报了五起事件。")],
            ],
            [
                ("u2", "u1", "support"),
                ("u3", "u2", "support"),
                ("u4", "u1", "support"),
                ("u5", "u4", "support"),
            ],
        ),
    ],
    ids=[
        "no unit",
        "one unit",
        "example",
        "records serve the opening claim",
        "concession",
        "ground and demand",
        "list items serve what introduces them",
        "openings serve the heading",
    ],
)
def test_whole_lists_of_relations(paragraphs, expected):
    assert relations(*paragraphs) == expected


def forced(place: str) -> RelationRules:
    """Rules that attach every unit to the one just before or just behind it."""
    return RelationRules(CONNECTIVES, {("distance", f"{place} 1"): 9.0})


@pytest.mark.parametrize(
    ("place", "first", "second", "label"),
    [
        ("behind", "尽管分歧仍在，", "但合作的基础没有动摇。", "attack"),
        ("behind", "尽管分歧仍在，", "合作的基础没有动摇。", "attack"),
        ("behind", "分歧的确不少，", "但合作的基础没有动摇。", "attack"),
        ("behind", "分歧的确不少。", "然而，合作的基础没有动摇。", "attack"),
        ("behind", "有人认为，对话没有用处。", "这低估了对话。", "attack"),
        ("behind", "尽管分歧仍在。", "合作的基础没有动摇。", "support"),
        ("behind", "分歧正在减少，", "因此合作的基础没有动摇。", "support"),
        ("behind", "但分歧正在减少，", "因此合作的基础没有动摇。", "support"),
        ("before", "合作的基础没有动摇，", "尽管分歧不少。", "attack"),
        ("before", "合作的基础没有动摇。", "但是，分歧不少。", "attack"),
        ("before", "合作的基础没有动摇。", "有人认为，对话已成惯例。", "support"),
        ("before", "合作的基础没有动摇。", "分歧却不少。", "support"),
    ],
)
def test_what_both_units_open_with_decides_between_attack_and_support(place, first, second, label):
    found = forced(place).find(*places([("c", first), ("c", second)]))
    source, target = ("u1", "u2") if place == "behind" else ("u2", "u1")
    assert [(r["source"], r["target"], r["label"]) for r in found] == [(source, target, label)]


def test_a_contrast_across_paragraphs_does_not_attack():
    rules = RelationRules(CONNECTIVES, {("distance", "above 1"): 9.0})
    found = rules.find(*places([("c", "合作是可行的。")], [("e", "但是，去年没有签署协议。")]))
    assert [(r["source"], r["target"], r["label"]) for r in found] == [("u2", "u1", "support")]


def test_the_score_is_the_share_among_candidates_and_serving_nothing():
    rules = RelationRules(CONNECTIVES, {("distance", "before 1"): np.log(3)})
    # u2: three to one; u1 to u2, one to one, would close a cycle
    assert rules.find(*places([("c", "甲。"), ("c", "乙。")])) == [
        {"source": "u2", "target": "u1", "label": "support", "score": 0.75}
    ]


def test_an_uncertain_label_decides_less():
    weights = {("labels", "before next opening evidence to claim"): 4.0}
    rules = RelationRules(CONNECTIVES, weights)
    scores = []
    for sure in (1.0, 0.8, 0.6, 0.4):
        found = rules.find(*places([("c", "甲。"), ("e", "乙。")], sure=sure))
        scores += [r["score"] for r in found if r["source"] == "u2"]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) == len(scores) == 4


def test_serving_nothing_can_be_the_likeliest():
    rules = RelationRules(
        CONNECTIVES, {("none", "claim opens"): 9.0, ("none", "claim closes"): 9.0}
    )
    assert rules.find(*places([("c", "甲。"), ("c", "乙。")])) == []


def test_labels_that_are_not_known_leave_place_and_connectives():
    form, units = places([("c", "甲。"), ("c", "乙。"), ("c", "丙。")])
    unknown = UnitPlaces(
        units.ids,
        units.start,
        units.end,
        np.zeros((3, len(LABELS))),
        units.sentence,
        units.paragraph,
        units.heading,
    )
    found = forced("before").find(form, unknown)
    assert [(r["source"], r["target"]) for r in found] == [("u2", "u1"), ("u3", "u2")]


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
    target_of = {r["source"]: r["target"] for r in found}
    assert len(target_of) == len(found)
    assert list(target_of) == [key for key in units.ids if key in target_of]
    assert all(r["source"] != r["target"] for r in found)
    assert set(target_of.values()) <= set(units.ids)
    assert all(0 < r["score"] <= 1 for r in found)
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


def test_the_component_writes_what_it_predicts_and_predicting_writes_nothing():
    config = {"nlp": {"tokenizer": {"@tokenizers": "argmine.Tokenizer.v1"}}}
    nlp = spacy.blank("zh", config=config)
    for name in COMPONENTS[: COMPONENTS.index("argmine_relations")]:
        nlp.add_pipe(name)
    relate = nlp.create_pipe("argmine_relations")
    doc = nlp("封锁损害各国之间的信任。因此，各国必须加强对话，应当建立通报机制。")
    found = relate.predict(doc)
    assert "argmine.relations" not in doc.user_data
    relate(doc)
    assert doc.user_data["argmine.relations"] == found
    units = doc.spans["units"].attrs
    assert [(units[r["source"]]["label"], units[r["target"]]["label"]) for r in found] == [
        ("claim", "recommendation")
    ]
    assert [list(r) for r in found] == [["source", "target", "label", "score"]]


def test_a_text_without_units_has_no_relations():
    nlp = spacy.blank("zh")
    for name in COMPONENTS[: COMPONENTS.index("argmine_relations") + 1]:
        nlp.add_pipe(name)
    assert nlp("。").user_data["argmine.relations"] == []
