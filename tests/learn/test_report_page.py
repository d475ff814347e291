"""The pages: everything of the data escaped, nothing loaded, no word missing in either language."""

from __future__ import annotations

import base64
import hashlib
import re
from html.parser import HTMLParser
from importlib.resources import files

import pytest
from building import TEXT, article

from argmine.learn.errors import find_faults
from argmine.learn.groups import by_group
from argmine.learn.report import Evaluation
from argmine.learn.report_page import SHOWN_FAULTS, evaluation_page, faults_page
from argmine.learn.runs import baselines
from argmine.learn.scores import evaluate
from argmine.learn.words import LANGUAGES, words

HOSTILE = '<script>alert("x")</script>'
VOID = {"meta", "br", "rect", "circle", "polyline", "polygon"}


class Checked(HTMLParser):
    """Fails on a tag that is not closed, and collects tags, attributes and text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: set[str] = set()
        self.attributes: list[tuple[str, str, str | None]] = []
        self.text = ""
        self.feed(page)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes += [(tag, name, value) for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.attributes += [(tag, name, value) for name, value in attrs]

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if "style" not in self.open:
            self.text += data


def evaluation(label: str = "claim") -> Evaluation:
    gold = [
        article([(0, 1, "claim", "favor"), (2, 2, label, "neutral")], [(2, 0, "support")], key=key)
        for key in ("a", "b", HOSTILE)
    ]
    guess = [
        article([(0, 0, label, "neutral", 0.9), (2, 4, "evidence", "against", 0.7)], key=one.id)
        for one in gold
    ]
    report = evaluate(gold, guess, draws=50)
    others, majority = baselines(gold, "cooperative-security", {})
    others["annotators"] = evaluate(gold[:2], gold, draws=50)
    groups = {HOSTILE: by_group(report, {"a": HOSTILE, "b": "x"}, draws=50)}
    return Evaluation(HOSTILE, report, others, majority, groups, find_faults(gold, guess))


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("label", ["evidence", HOSTILE])
def test_the_page_is_well_formed_escaped_and_loads_nothing(lang, label):
    for page in (
        evaluation_page(evaluation(label), lang),
        faults_page(evaluation(label).faults, lang),
    ):
        found = Checked(page)
        assert not found.tags & {"script", "img", "link", "iframe", "a", "form", "object"}
        assert not [
            a for a in found.attributes if a[1].startswith("on") or a[1] in ("src", "href", "style")
        ]
        assert "http" not in re.sub("http-equiv", "", page)
        assert HOSTILE in found.text
        assert "{" not in found.text
        policy = next(v for tag, n, v in found.attributes if n == "content" and "default-src" in v)
        style = page.partition("<style>")[2].partition("</style>")[0].encode()
        digest = base64.b64encode(hashlib.sha256(style).digest()).decode()
        assert policy.startswith(f"default-src 'none'; style-src 'sha256-{digest}'; ")


def test_every_figure_stands_on_the_page():
    found = evaluation()
    text = Checked(evaluation_page(found, "en")).text
    for name, score in found.report.scores.items():
        assert name in text
        if score.value == score.value:
            assert f"{score.value:.3f}" in text
    for column in ("rules", "majority", "annotators (n=2)"):
        assert column in text
    assert "Groups of fewer than 3 articles have no interval." in text
    assert f"{found.report.calibration['label'].brier.value:.3f}" in text
    for pairs in found.report.confusion.values():
        assert all(str(n) in text for n in pairs.values())


def test_the_page_shows_the_surest_errors_and_says_how_many_there_are():
    found = evaluation()
    many = Evaluation("x", found.report, faults=found.faults * 40)
    page = evaluation_page(many, "en")
    assert page.count('<td class="kind">') == SHOWN_FAULTS < len(many.faults)
    assert f"{len(many.faults)} errors; here the {SHOWN_FAULTS} most confident" in page
    assert faults_page(many.faults, "en").count('<td class="kind">') == len(many.faults)
    assert "No errors." in evaluation_page(Evaluation("x", found.report), "en")


def test_chinese_names_of_scores_and_labels():
    text = Checked(evaluation_page(evaluation(), "zh")).text
    for name in (
        "分句 F1 · 主张", "分句 F1 · 无", "分句宏平均 F1 · 3 类", "单元 F1 · 过半重合", "立场 F 均值 · 支持与反对",
        "篇章立场准确率", "关系 F1",
    ):  # fmt: skip
        assert name in text
    assert TEXT[:3] in text


def test_words_have_both_languages_the_same_gaps_and_are_all_used():
    lines = (files("argmine.learn") / "words.tsv").read_text("utf-8").splitlines()
    rows = [line.split("\t") for line in lines[1:]]
    assert {len(row) for row in rows} == {3}
    assert all(all(row) for row in rows)
    assert [row[0] for row in rows] == sorted({row[0] for row in rows})
    assert all(zh.count("{}") == en.count("{}") for _, zh, en in rows)
    room = "".join(
        path.read_text("utf-8")
        for path in files("argmine.learn").iterdir()
        if path.name.endswith(".py")
    )
    built = ("score ", "rest ", "kind:", "source:", "chart-", "refused ")
    said = set(re.findall("""["']([a-z -]+)["']""", room))
    assert [key for key in words("en") if key not in said and not key.startswith(built)] == []
