"""The segmenter: words in the matching form, whatever the script, and no spaCy to load it."""

from __future__ import annotations

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine.ingest.script import detect_script
from argmine.text.matching import matching_form
from argmine.text.segmenter import words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("坚持总体国家安全观。", ["坚持", "总体国家安全观", "。"]),
        ("堅持總體國家安全觀。", ["坚持", "总体国家安全观", "。"]),
        ("ＡＩ 治理,２０２５年", ["AI", " ", "治理", "，", "2025", "年"]),
        ("全球南方\n合作安全", ["全球南方", "\n", "合作安全"]),
        ("", []),
    ],
)
def test_words_have_one_spelling(text, expected):
    assert words(text) == expected


@given(st.text(st.one_of(st.sampled_from("國家安全治理,。 \n台湾AI１"), st.characters())))
def test_joined_words_are_the_matching_form(text):
    assert "".join(words(text)) == matching_form(text, detect_script(text))


def test_the_words_are_those_of_the_tokenizer(nlp):
    text = "各國應當加強對話，維護總體國家安全觀。"
    doc = nlp.tokenizer(text)
    form = doc.user_data["argmine.matching"]
    assert words(text) == [form[token.idx : token.idx + len(token)] for token in doc]


@pytest.mark.parametrize(
    "module",
    ["argmine.text.segmenter", "argmine.compare.keyness", "argmine.compare.concordance"],
)
def test_importing_loads_no_spacy(module):
    code = f"import {module}, sys; assert 'spacy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
