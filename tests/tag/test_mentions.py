"""Mentions: the whole list is compared, with normalised value and holder."""

from __future__ import annotations

from itertools import pairwise

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st

from argmine.ingest.script import detect_script
from argmine.tag.mentions import find_dates, find_quantities

NLP = spacy.blank("zh")
NLP.add_pipe("argmine_mentions")


def mentions(text: str, furniture: str = "") -> list[tuple[str, str, str | None, str | None]]:
    """Kind, text, norm, and the text of the holder of each mention."""
    doc = NLP.make_doc(text)
    doc.user_data["argmine.script"] = detect_script(text)
    start = text.index(furniture)
    doc.spans["boilerplate"] = [doc.char_span(start, start + len(furniture))] if furniture else []
    found = NLP.get_pipe("argmine_mentions")(doc).spans["mentions"].attrs
    quoted = {key: text[m["start"] : m["end"]] for key, m in found.items()}
    return [
        (m["kind"], quoted[key], m["norm"], quoted.get(m["holder"], m["holder"]))
        for key, m in found.items()
    ]


def actors(text: str) -> list[tuple[str, str | None]]:
    return [(quoted, norm) for kind, quoted, norm, _ in mentions(text) if kind == "actor"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "美方、白宫和拜登政府都未回应。",
            [("美方", "美国"), ("白宫", "美国"), ("拜登政府", "美国")],
        ),
        ("東協與美國的關係", [("東協", "东盟"), ("美國", "美国")]),
        ("华盛顿应当回到对话，莫斯科也一样。", [("华盛顿", "美国"), ("莫斯科", "俄罗斯")]),
        ("会议在北京举行。", []),
        ("代表团抵达莫斯科。", []),
        ("华盛顿大学的学者", []),
        ("《中国信息安全》杂志", []),
        ("某公司总经理李晓明表示", [("总经理李晓明", "李晓明")]),
        ("发言人安娜·史密斯（音译）说", [("发言人安娜·史密斯", "安娜·史密斯")]),
        ("美国国务卿布林肯在会上说", [("美国", "美国"), ("布林肯", "布林肯")]),
        ("习近平总书记强调", [("习近平总书记", "习近平")]),
        ("几位专家高度评价", []),
        ("董事长认为", []),
    ],
)
def test_actors_and_their_one_name(text, expected):
    assert actors(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2025年2月11日", [("2025年2月11日", "2025-02-11")]),
        ("2025年2月", [("2025年2月", "2025-02")]),
        ("2025年", [("2025年", "2025")]),
        ("2015—2020年", [("2015—2020年", "2015/2020")]),
        ("2015年至2020年", [("2015年至2020年", "2015/2020")]),
        ("2024-06-01发布", [("2024-06-01", "2024-06-01")]),
        ("8月20日", [("8月20日", "--08-20")]),
        ("民国114年", [("民国114年", "2025")]),
        ("12025年", []),
        ("电话2024-06-0123", []),
        ("第3年", []),
    ],
)
def test_dates_and_their_iso_value(text, expected):
    assert [(text[m.start : m.end], m.norm) for m in find_dates(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("40%", [("40%", "40%")]),
        ("3.5％", [("3.5％", "3.5%")]),
        ("百分之二十五", [("百分之二十五", "25%")]),
        ("百分之十", [("百分之十", "10%")]),
        ("320亿美元", [("320亿美元", "32000000000 USD")]),
        ("1.5万亿元", [("1.5万亿元", "1500000000000 CNY")]),
        ("5,000人", [("5,000人", "5000 人")]),
        ("2000 万欧元", [("2000 万欧元", "20000000 EUR")]),
        ("900余次", [("900余次", "900 次")]),
        ("17个港口", [("17个", "17 个")]),
        ("2.3个百分点", [("2.3个百分点", "2.3 个百分点")]),
        ("第16条", []),
        ("GPT-4倍", []),
        ("三项措施", []),
    ],
)
def test_quantities_and_their_plain_value(text, expected):
    assert [(text[m.start : m.end], m.norm) for m in find_quantities(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("《网络安全法》", "law"),
        ("《全球数据安全倡议》", "statement"),
        ("《不扩散核武器条约》", "treaty"),
        ("《南海月刊》", "other"),
    ],
)
def test_documents_and_their_kind(text, expected):
    assert mentions(text) == [("document", text, expected, None)]


LONG = "“安全不可分割，各国的安全都同他国的安全紧紧相连。”"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"王毅指出，{LONG}", "王毅"),
        (f"{LONG}王毅说。", "王毅"),
        (f"某公司负责人指出，{LONG}", None),
        (f"美国一家智库认为：{LONG}", "智库"),
        (f"美国一家银行认为：{LONG}", None),
        (f"有人写道：{LONG}", None),
    ],
)
def test_a_quotation_and_who_said_it(text, expected):
    assert [m for m in mentions(text) if m[0] == "quote"] == [("quote", LONG, None, expected)]


def test_scare_quotes_are_no_quotation_and_furniture_holds_no_mention():
    text = "关注《中国信息安全》\n所谓“脱钩”没有出路，美国也是如此。"
    assert mentions(text, "关注《中国信息安全》") == [("actor", "美国", "美国", None)]


@given(st.text(st.sampled_from("2024年月日-—至到民国百分之十五%万亿美元第条,，.5 个"), max_size=40))
def test_any_jumble_of_numbers_gives_exact_ordered_mentions(text):
    for found in (find_dates(text), find_quantities(text)):
        assert all(0 <= m.start < m.end <= len(text) and m.norm for m in found)
        assert all(a.end <= b.start for a, b in pairwise(found))
