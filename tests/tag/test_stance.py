"""Stance toward a target: words vote, negations turn them, the document follows its units."""

from __future__ import annotations

import numpy as np
import pytest

from argmine.lexicons import Cue
from argmine.tag.stance import StanceRules, document_label

CUES = (
    Cue("合作安全", "favor", "cue", 4.0, "own", ""),
    Cue("共同防线", "against", "cue", 4.0, "own", ""),
    Cue("反对派", "favor", "pseudo", 1.0, "own", ""),
    Cue("安全", "touch", "cue", 1.0, "own", ""),
)
NEGATIONS = tuple(Cue(word, "negation", "cue", 1.0, "own", "") for word in ("反对", "不是"))
RULES = StanceRules(CUES, NEGATIONS)


def judged(*units: str) -> list[str]:
    """The label of each unit; the units together are the text."""
    ends = np.cumsum([len(unit) for unit in units])
    starts = ends - [len(unit) for unit in units]
    votes, _ = RULES.votes("".join(units), starts, ends)
    return [("favor", "against", "neutral")[n] for n in RULES.judge(votes).argmax(axis=1)]


@pytest.mark.parametrize(
    ("unit", "label"),
    [
        ("各国主张合作安全。", "favor"),
        ("盟友组成共同防线。", "against"),
        ("他们反对合作安全。", "against"),
        ("这不是合作安全。", "against"),
        ("我们反对的共同防线。", "favor"),
        ("天气很好。", "neutral"),
        ("", "neutral"),
    ],
)
def test_words_vote_and_a_negation_right_before_them_turns_the_vote(unit, label):
    assert judged(unit, "此外没有可说的。") == [label, judged("此外没有可说的。", unit)[0]]


def test_a_cue_across_two_units_votes_in_neither():
    assert judged("各国主张合作", "安全。") == ["neutral", "neutral"]


def test_touching_words_are_counted_by_unit():
    ends = np.array([5, 12, 16])
    _, touches = RULES.votes("安全与安全没有别的话。安全极了", np.array([0, 5, 12]), ends)
    assert touches.tolist() == [2, 0, 0]


def test_no_unit_no_vote():
    empty = np.array([], np.int64)
    votes, touches = RULES.votes("任何文字", empty, empty)
    assert (votes.shape, touches.shape, RULES.judge(votes).shape) == ((0, 2), (0,), (0, 3))


@pytest.mark.parametrize(
    ("labels", "touches", "expected"),
    [
        ([], 0, "none"),
        (["neutral"] * 10, 0, "none"),
        (["neutral"] * 10, 5, "neutral"),
        (["favor"] * 3 + ["neutral"] * 7, 5, "favor"),
        (["against"] * 3 + ["favor"] * 2 + ["neutral"] * 5, 5, "against"),
        (["favor"] + ["neutral"] * 9, 5, "neutral"),
    ],
)
def test_the_document_takes_the_side_that_enough_units_take(labels, touches, expected):
    label, scores = document_label(labels, touches)
    assert label == expected
    assert sum(scores.values()) == pytest.approx(1.0)


def test_in_the_whole_line_each_actor_is_reported_by_what_it_says(nlp):
    import argmine

    text = (
        "美国国务院发言人表示，将同盟友组成共同防线，遏制对手。\n"
        "中国外交部发言人指出，应当坚持共同、综合、合作、可持续的安全观，反对冷战思维。\n"
    )
    article = argmine.annotate(text, nlp)
    reported = {row.actor: row.units for row in article.stance["cooperative-security"].by_actor}
    assert set(reported) <= {"美国国务院", "中国外交部"}
    ids = {unit.id: unit for unit in article.units}
    assert all(ids[key].holder == actor for actor, keys in reported.items() for key in keys)


def test_a_trained_head_over_the_units_tells_the_documents_stance(nlp):
    import argmine
    from argmine.pipeline import load
    from argmine.tag.document_stance import DOCUMENT_LABELS, FEATURES, DocumentHead
    from argmine.tag.models import Model

    target, text = (
        "cooperative-security",
        "各国应当走合作安全的道路。\n2024年，双边贸易增长了40%。\n",
    )
    biases = np.array([1.0, 9.0, 0.0, 0.0])
    head = DocumentHead(DOCUMENT_LABELS, np.zeros((len(FEATURES), 4)), biases)
    taught = load("rules")
    taught.get_pipe("argmine_stance").use(Model("m", {}, {}, documents={target: head}))
    by_rule, told = (argmine.annotate(text, own) for own in (nlp, taught))
    own = told.stance[target]
    sides = {unit.id: unit.stance[target].label for unit in told.units}
    # no unit is against: the likeliest of what is left
    assert list(sides.values()) == ["favor", "favor"]
    assert (own.label, own.scores["against"]) == ("favor", 0.0)
    assert own.score == own.scores["favor"] == max(own.scores.values())
    assert sum(own.scores.values()) == pytest.approx(1.0, abs=3e-4)
    assert own.units == list(sides)
    assert [unit.stance for unit in told.units] == [unit.stance for unit in by_rule.units]
    assert by_rule.stance[target].label == "favor"
    empty = argmine.annotate("目录\n", taught)
    assert (empty.units, empty.stance[target].label) == ([], "none")
