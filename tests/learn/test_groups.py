"""Groups and baselines: tables about articles, small groups, the most frequent label."""

from __future__ import annotations

import math

import pytest
from building import TARGET, article

from argmine.errors import InputError
from argmine.learn.baselines import find_majority
from argmine.learn.groups import by_group, read_metadata, values_of
from argmine.learn.scores import evaluate

UNITS = [(0, 1, "claim", "favor"), (2, 2, "evidence", "neutral")]
HALF = [(0, 1, "claim", "favor"), (2, 2, "claim", "neutral")]


@pytest.mark.parametrize(
    ("data", "key"),
    [
        (b"id\tgenre\na\tspeech\nb\tblog, long\n", "genre"),
        (b'title,id,genre\nx,a,speech\n"y, z",b,"blog, long"\n', "genre"),
        (b'\xef\xbb\xbfid;genre\r\na;speech\r\nb;"blog, long"\r\n', "genre"),
        (b'rid,genre\na,speech\nb,"blog, long"\n', "genre"),
    ],
)
def test_tables_of_any_separator(tmp_path, data, key):
    (tmp_path / "m.csv").write_bytes(data)
    table = read_metadata(tmp_path / "m.csv")
    assert values_of([], key, table) == {"a": "speech", "b": "blog, long"}


def test_a_table_in_the_encoding_of_a_chinese_spreadsheet(tmp_path):
    (tmp_path / "m.csv").write_bytes("编号,体裁\n甲,讲话稿全文\n乙,新闻评论\n".encode("gb18030"))
    values = values_of([], "体裁", read_metadata(tmp_path / "m.csv"))
    assert values == {"甲": "讲话稿全文", "乙": "新闻评论"}


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"id\na\n", "no table of articles"),
        (b"id,genre\n", "no table of articles"),
        (b"id,genre\na,x\na,y\n", "id 'a' stands twice"),
        (b"id,kind\na,x\n", "no column 'genre'; choose one of id, kind"),
    ],
)
def test_a_table_without_what_is_asked_for_is_named(tmp_path, data, finding):
    (tmp_path / "m.csv").write_bytes(data)
    with pytest.raises(InputError, match=finding):
        values_of([], "genre", read_metadata(tmp_path / "m.csv"))


def test_without_a_table_the_articles_tell_and_gold_wins_where_it_says_something():
    predicted, gold = article([], key="a"), article([], key="a")
    predicted.meta.publication = "甲报"
    assert values_of([predicted, gold], "outlet") == {"a": "甲报"}
    gold.meta.publication = "乙报"
    gold.meta.authors = ["丙", "丁"]
    assert values_of([predicted, gold], "outlet") == {"a": "乙报"}
    assert values_of([gold], "authors") == {"a": "丙、丁"}
    with pytest.raises(InputError, match=r"no article has meta\.genre"):
        values_of([gold], "genre")


def test_groups_are_scored_alone_and_small_ones_have_no_interval():
    golds = [article(UNITS, key=key) for key in "abcdef"]
    guesses = [article(UNITS if key in "abc" else HALF, key=key) for key in "abcdef"]
    report = evaluate(golds, guesses)
    found = by_group(report, {"a": "x", "b": "x", "c": "x", "d": "y", "e": "y"})
    assert {value: group.documents for value, group in found.items()} == {
        "x": ["a", "b", "c"], "y": ["d", "e"], "–": ["f"],
    }  # fmt: skip
    for value, keys in (("x", "abc"), ("y", "de")):
        alone = evaluate(
            [gold for gold in golds if gold.id in keys],
            guesses,
            draws=1000 if value == "x" else 0,
        )
        assert str(found[value].scores) == str(alone.scores)
        assert found[value].confusion == alone.confusion
    assert found["x"].scores["clause accuracy"].low == 1.0
    assert math.isnan(found["y"].scores["clause accuracy"].low)


def test_the_majority_is_counted_in_training_where_the_model_tells_and_says_so():
    golds = [article(UNITS, key="a", document="favor")]
    counted = find_majority(golds, TARGET, {"labels": {"claim": 2, "evidence": 5, "none": 3}})
    assert (counted.label, counted.stance, counted.document) == ("evidence", "favor", "favor")
    assert counted.sources == {"labels": "training", "stances": "gold", "documents": "gold"}
    said = counted.annotate(golds[0], TARGET)
    scores = evaluate(golds, [said], draws=0).scores
    assert scores["clause accuracy"].value == 1 / 8
    assert scores["stance F1 favor"].value == pytest.approx(4 / 5)
    assert scores["document stance accuracy"].value == 1.0
    of_gold = find_majority(golds, TARGET, {})
    assert of_gold.label == "none"
    assert of_gold.annotate(golds[0], TARGET).units == []
    assert set(of_gold.sources.values()) == {"gold"}
