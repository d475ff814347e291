"""The instructions ask for what is read, and their own example is right."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

import jsonschema
import pytest

import argmine.endpoint
from argmine.endpoint.anchors import anchor
from argmine.endpoint.answers import answer_schema, read_answer
from argmine.endpoint.prompt import MAX_TITLE, messages_for, prompt_digest
from argmine.schema import RELATION_LABELS, STANCE_LABELS, UNIT_LABELS

INSTRUCTIONS = (Path(argmine.endpoint.__file__).parent / "prompt.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("label", [*UNIT_LABELS, *RELATION_LABELS, *STANCE_LABELS])
def test_every_label_is_explained(label):
    assert re.search(rf"\b{label}\b", INSTRUCTIONS, re.ASCII)


def test_the_example_fits_the_schema_and_its_own_text():
    text, answer = re.search("正文是“(.+)”\n\n(.+)\n", INSTRUCTIONS).groups()
    read = read_answer(answer)
    jsonschema.validate(
        {k: v for k, v in read.as_record().items() if k != "dropped"}, answer_schema()
    )
    assert read.dropped == {}
    places = anchor(text, [unit.quote for unit in read.units])
    assert [text[slice(*place)] for place in places] == [unit.quote for unit in read.units]


def test_the_digest_is_that_of_the_file():
    assert prompt_digest() == hashlib.sha256(INSTRUCTIONS.encode()).hexdigest()[:8]


def test_title_and_heading_are_one_short_line_each():
    words = messages_for("应当对话。", "甲\n正文 结束" + "乙" * 500, " 一、\u3000热线 ")[1][
        "content"
    ]
    title, heading, *rest = words.split("\n")
    assert title == "文章标题（title）：" + ("甲 正文 结束" + "乙" * 500)[:MAX_TITLE]
    assert heading == "本节标题（heading）：一、 热线"
    assert rest[1] == "应当对话。"
