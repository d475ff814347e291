"""What a model answers is believed piece by piece, and only where it has the right form."""

from __future__ import annotations

import json

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as st
from loopback import answer, link, unit

from argmine.endpoint.answers import (
    WRONG_RELATION,
    WRONG_STANCE,
    WRONG_UNIT,
    Answer,
    Link,
    Quoted,
    answer_schema,
    checked_answer,
    read_answer,
    strict_json,
)

PLAIN = answer(unit("1", "应当对话。", "recommendation", "favor"), relations=[link("1", "title")])
WHOLE = Answer(
    [Quoted("1", "应当对话。", "recommendation", "favor")], [Link("1", "title", "support")]
)


@pytest.mark.parametrize(
    "around",
    [
        "{}",
        "```json\n{}\n```",
        "```\n{}\n```\n",
        "好的，标注如下：\n{}\n以上。",
        '<think>要不要写成 {{"units": 1}}？先想想。</think>\n{}',
    ],
)
def test_one_object_is_found_whatever_stands_around_it(around):
    assert read_answer(around.format(json.dumps(PLAIN, ensure_ascii=False))) == WHOLE


@pytest.mark.parametrize(
    "content",
    [
        "",
        "我不能标注这篇文章。",
        "<html><body>502 Bad Gateway</body></html>",
        '{"units": [{"id": "1", "quote": "应当',
        '{"units": [{"id": "1", "quote": "应当对话。", "label": "claim"}',
        '{"units": NaN}',
        '{"units": [], "relations": [], "score": Infinity}',
        '{"units": [], "units": [{"id": "1", "quote": "应当对话。", "label": "claim"}]}',
        '{"units": {"1": "应当对话。"}}',
        '{"relations": []}',
        '{"units": []} {"units": []}',
        '{"units": ' + "[" * 100_000 + "]" * 100_000 + "}",
        '{"units": ' + "9" * 5000 + "}",
    ],
)
def test_no_such_object_is_an_error_and_not_an_empty_answer(content):
    with pytest.raises(ValueError):  # noqa: PT011  (its many wordings are those of json)
        read_answer(content)


@pytest.mark.parametrize(
    ("units", "dropped"),
    [
        ([{"start": 0, "end": 7, "label": "claim"}], {WRONG_UNIT: 1}),
        ([unit("1", "应当对话。", "premise")], {WRONG_UNIT: 1}),
        ([unit("1", "应当对话。", "Claim")], {WRONG_UNIT: 1}),
        (["应当对话。", None, 7, ["应当对话。"]], {WRONG_UNIT: 4}),
        ([{**unit("1", ""), "quote": ["应当对话。"]}], {WRONG_UNIT: 1}),
        ([{**unit("1", ""), "label": ["claim"]}], {WRONG_UNIT: 1}),
        ([unit("1", "应当\ud800对话。")], {WRONG_UNIT: 1}),
    ],
)
def test_a_unit_of_another_form_is_dropped_and_counted(units, dropped):
    assert checked_answer({"units": units, "relations": []}) == Answer([], [], dropped)


def test_a_wrong_stance_costs_the_stance_alone():
    found = checked_answer(answer(unit("1", "应当对话。", "claim", "pro")))
    assert found == Answer([Quoted("1", "应当对话。", "claim", None)], [], {WRONG_STANCE: 1})


@pytest.mark.parametrize(
    ("relations", "kept", "dropped"),
    [
        ([link("1", "2")], [Link("1", "2", "support")], {}),
        ([{"source": 1, "target": 2, "label": "attack"}], [Link("1", "2", "attack")], {}),
        ([link("1", "2", "explains")], [], {WRONG_RELATION: 1}),
        ([{"source": True, "target": 2, "label": "attack"}], [], {WRONG_RELATION: 1}),
        ([{"source": "1"}, "1-2", ["1", "2"], None], [], {WRONG_RELATION: 4}),
        ({"1": "2"}, [], {WRONG_RELATION: 1}),
        ([link("\ud800", "2")], [], {WRONG_RELATION: 1}),
    ],
)
def test_a_relation_of_another_form_is_dropped_and_counted(relations, kept, dropped):
    assert checked_answer({"units": [], "relations": relations}) == Answer([], kept, dropped)


def test_the_schema_takes_what_is_asked_for_and_nothing_else():
    validator = jsonschema.Draft202012Validator(answer_schema())
    assert validator.is_valid(PLAIN)
    for wrong in (
        {"units": []},
        answer(unit("1", "应当对话。", "premise")),
        {**PLAIN, "note": ""},
        answer({**unit("1", "应当对话。"), "start": 0}),
    ):
        assert not validator.is_valid(wrong)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.sampled_from(["claim", "1"]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["units", "relations", "id", "quote", "label", "source", "target", "stance"]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=20,
)


@given(st.lists(JSON, max_size=5), JSON)
def test_any_json_is_read_and_what_is_kept_is_read_again(units, relations):
    found = checked_answer({"units": units, "relations": relations})
    assert len(found.units) + found.dropped.get(WRONG_UNIT, 0) == len(units)
    again = checked_answer(strict_json(json.dumps(found.as_record())))
    assert (again.units, again.relations) == (found.units, found.relations)
