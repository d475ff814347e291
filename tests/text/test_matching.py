"""The matching form: of the text's length, the same when made again, one mark for one."""

from __future__ import annotations

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from argmine.text.matching import matching_form, matching_of

HAN = st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF)
MARKS = st.sampled_from(
    "，；：？！（）,;:?!()\"'“”‘’「」『』＂＇［］｛｝～｜／．。Ａ１aZ9/. \n\r\u2028\u3000"
)
TEXTS = st.text(st.one_of(st.characters(exclude_categories=["Cs"]), MARKS, HAN))


@given(TEXTS, st.sampled_from(["hans", "hant"]))
def test_form_has_the_length_of_any_text(text, script):
    assert len(matching_form(text, script)) == len(text)


@given(TEXTS)
def test_form_of_a_form_is_the_form(text):
    form = matching_form(text)
    assert matching_form(form) == form


@given(st.text(st.one_of(HAN, MARKS)))
def test_form_of_a_traditional_form_is_the_form(text):
    form = matching_form(text, "hant")
    assert matching_form(form, "hant") == form


@given(TEXTS)
def test_a_prefix_of_lines_has_the_same_form(text):
    for end in ("\n", "\r\n"):
        form = matching_form(text + end + "甲", "hans")
        assert form == matching_form(text + end) + "甲"


@pytest.mark.parametrize(
    ("text", "form"),
    [
        # half-width marks become full-width beside Chinese characters and white space
        ("甲,乙;丙:丁?戊!", "甲，乙；丙：丁？戊！"),
        ("甲, 乙", "甲， 乙"),
        ("AI,对话", "AI，对话"),
        ("对话,AI", "对话，AI"),
        ("AI, ML", "AI， ML"),
        ("对话.合作", "对话.合作"),
        # … and stay inside a Latin run
        ("http://a.b:80/c?d=1", "http://a.b:80/c?d=1"),
        ("5,000人", "5,000人"),
        ("10:30", "10:30"),
        ("U.S.:yes", "U.S.:yes"),
        ("a.,b", "a.,b"),
        # … but not at either end of the text
        (",a", "，a"),
        ("a,", "a，"),
        ("a", "a"),
        (":", "："),
        # brackets always
        ("(TTC)", "（TTC）"),
        ("f(x)", "f（x）"),
        # full-width letters, digits and signs become ASCII, Chinese marks stay
        ("ＡＢＣ１２３％＋", "ABC123%+"),
        ("，；：？！（）", "，；：？！（）"),
        ("５，０００", "5，000"),
        ("Ａ,Ｂ", "A,B"),
        ("［１］｛２｝～｜／．", "[1]{2}~|/."),
        # corner brackets
        ("「對」『話』", "“對”‘話’"),
        # what is no mark here
        ("《》【】〈〉、。…—·", "《》【】〈〉、。…—·"),
        ("😀,𠮷,\u200b", "😀，𠮷，\u200b"),
        ("\u3000 \t", "\u3000 \t"),
        ("", ""),
    ],
)
def test_marks(text, form):
    assert matching_form(text) == form


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ('"对话"与"合作"', "“对话”与“合作”"),
        ('＂对话＂与"合作＂', "“对话”与“合作”"),
        ('"对话', "“对话"),
        ('"', "“"),
        ('""""', "“”“”"),
        # each line begins anew
        ('"对话\n"合作"', "“对话\n“合作”"),
        ('"对话\r"合作"\u2028"甲"', "“对话\r“合作”\u2028“甲”"),
        ('对话\r\n\r\n"合作"\r\n', "对话\r\n\r\n“合作”\r\n"),
        # curly quotes take no part
        ('“对话”"合作"', "“对话”“合作”"),
        ("it's", "it's"),
    ],
)
def test_straight_quotes_open_and_close_by_turns(text, form):
    assert matching_form(text) == form


@pytest.mark.parametrize(
    ("text", "hans", "hant"),
    [
        ("資訊安全與合作", "資訊安全與合作", "资讯安全与合作"),
        ("「對話」,後來", "“對話”，後來", "“对话”，后来"),
        ("皇后在後面", "皇后在後面", "皇后在后面"),
        ("乾坤與乾燥", "乾坤與乾燥", "乾坤与干燥"),
        ("第一條", "第一條", "第一条"),
        ("简体不变", "简体不变", "简体不变"),
        ("😀𠮷龍", "😀𠮷龍", "😀𠮷龙"),
        ("a\0對", "a\0對", "a\0对"),
    ],
)
def test_traditional_characters_become_simplified_where_the_script_is_traditional(text, hans, hant):
    assert matching_form(text, "hans") == hans
    assert matching_form(text, "hant") == hant


def test_a_foreign_doc_gets_its_form_once():
    doc = spacy.blank("zh")('他說:"對話"')
    assert matching_of(doc) == "他說：“對話”"
    doc.user_data["argmine.matching"] = "kept"
    assert matching_of(doc) == "kept"
    traditional = spacy.blank("zh")("對話")
    traditional.user_data["argmine.script"] = "hant"
    assert matching_of(traditional) == "对话"
