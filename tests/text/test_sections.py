"""The section tree: whole trees of texts written for the purpose."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import SpanGroup

Tree = list[tuple[int, str | None, str, str | None]]
BODY = "各国应当加强对话。"
LONG = "各国应当在相互尊重的基础上加强对话，逐步建立信任，妥善管控分歧，共同应对跨越国界的风险和挑战，并且为此建立长期稳定的机制和规则。"


def tree(nlp, text: str, headings=(), furniture=()) -> Tree:
    """The sections as (level, number, title, number and title of the parent)."""
    doc = nlp.tokenizer(text)
    for name, marks in (("headings", headings), ("boilerplate", furniture)):
        spans = [
            doc.char_span(text.index(words), text.index(words) + len(words), label=label)
            for words, label in marks
        ]
        doc.spans[name] = SpanGroup(doc, name=name, spans=spans)
    for name in ("argmine_sentences", "argmine_sections"):
        doc = nlp.get_pipe(name)(doc)
    group = doc.spans["sections"]
    titles = {
        key: (data["number"] or "") + text[data["title_start"] : data["title_end"]]
        for key, data in group.attrs.items()
    }
    return [
        (
            data["level"],
            data["number"],
            text[data["title_start"] : data["title_end"]],
            titles.get(data["parent"]),
        )
        for data in (group.attrs[span.id_] for span in group)
    ]


TREES = {
    "the four official styles": (
        f"一、背景\n{BODY}\n（一）现状\n{BODY}\n1. 进展\n{BODY}\n（1）规则\n{BODY}\n（2）机构\n{BODY}\n"
        f"2. 不足\n{BODY}\n（二）趋势\n{BODY}\n二、建议\n{BODY}",
        [
            (1, "一", "背景", None),
            (2, "（一）", "现状", "一背景"),
            (3, "1", "进展", "（一）现状"),
            (4, "（1）", "规则", "1进展"),
            (4, "（2）", "机构", "1进展"),
            (3, "2", "不足", "（一）现状"),
            (2, "（二）", "趋势", "一背景"),
            (1, "二", "建议", None),
        ],
    ),
    "half-width brackets and marks, as scraped": (
        f"一、背景\n{BODY}\n(一)现状\n{BODY}\n(二) 趋势\n{BODY}\n1.进展\n{BODY}\n(1)规则\n{BODY}",
        [
            (1, "一", "背景", None),
            (2, "（一）", "现状", "一背景"),
            (2, "（二）", "趋势", "一背景"),
            (3, "1", "进展", "（二）趋势"),
            (4, "（1）", "规则", "1进展"),
        ],
    ),
    "traditional script": (
        "一、當前風險\n各國應當加強對話。\n（一）資訊安全\n各國應當加強對話。\n第一節　機構\n各國應當加強對話。",
        [
            (1, "一", "當前風險", None),
            (2, "（一）", "資訊安全", "一當前風險"),
            (1, "第一节", "機構", None),
        ],
    ),
    "full-width digits": (
        f"１、现状\n{BODY}\n２．趋势\n{BODY}",
        [(1, "1", "现状", None), (1, "2", "趋势", None)],
    ),
    "chapters, divisions, articles of a law": (
        f"第一章　总则\n第一条　为了维护安全，制定本法。\n第二条　本法适用于境内。另有规定的除外。\n"
        f"第二章　职责\n第一节　机构\n第三条　目的\n{BODY}\n第二节　人员\n第四条\n{BODY}\n第10条 本法施行。",
        [
            (1, "第一章", "总则", None),
            (2, "第一条", "", "第一章总则"),
            (2, "第二条", "", "第一章总则"),
            (1, "第二章", "职责", None),
            (2, "第一节", "机构", "第二章职责"),
            (3, "第三条", "目的", "第一节机构"),
            (2, "第二节", "人员", "第二章职责"),
            (3, "第四条", "", "第二节人员"),
            (3, "第10条", "", "第二节人员"),
        ],
    ),
    "a paragraph that speaks of a part or an article is no heading": (
        f"第一部分还讨论了历史。第二部分讨论现状。\n第二条规律是什么？\n第一部分介绍背景\n{BODY}",
        [(1, "第一部分", "介绍背景", None)],
    ),
    "parts with a colon": (
        f"第一部分：历史\n{BODY}\n第二部分 现状\n{BODY}\n第三部 展望\n{BODY}",
        [
            (1, "第一部分", "历史", None),
            (1, "第二部分", "现状", None),
            (1, "第三部", "展望", None),
        ],
    ),
    "run-in headings": (
        f"一、加强对话。{BODY}\n二、扩大合作，增进互信。{BODY}{BODY}\n（一）{LONG}{BODY}",
        [(1, "一", "加强对话", None), (1, "二", "扩大合作，增进互信", None)],
    ),
    "a chapter is no run-in heading where its sentence goes on behind the number": (
        f"第一章指出了问题。{BODY}\n第二章　问题。{BODY}",
        [(1, "第二章", "问题", None)],
    ),
    "items of a list": (
        f"一、任务\n1. 加强对话；\n2. 扩大合作；\n3. 增进互信。\n4. 没有标点\n5. 也没有标点\n{BODY}\n"
        f"（1）甲，\n（2）乙：\n（3）{LONG}",
        [(1, "一", "任务", None)],
    ),
    "a short list without stops is followed by text": (
        f"主要内容\n1. 加强对话\n2. 扩大合作\n3. 增进互信\n{BODY}",
        [],
    ),
    "a table of contents": (
        f"目录\n一、背景\n（一）现状\n（二）趋势\n二、建议\n（一）对话\n（二）合作\n"
        f"一、背景\n{BODY}\n（一）现状\n{BODY}\n（二）趋势\n{BODY}\n二、建议\n（一）对话\n{BODY}\n（二）合作\n{BODY}",
        [
            (1, "一", "背景", None),
            (2, "（一）", "现状", "一背景"),
            (2, "（二）", "趋势", "一背景"),
            (1, "二", "建议", None),
            (2, "（一）", "对话", "二建议"),
            (2, "（二）", "合作", "二建议"),
        ],
    ),
    "a table of contents of chapters": (
        f"第一章　总则\n第二章　职责\n第一章　总则\n{BODY}\n第二章　职责\n{BODY}",
        [(1, "第一章", "总则", None), (1, "第二章", "职责", None)],
    ),
    "titles with a full stop in a series": (
        f"（一）加强对话。\n{BODY}\n（二）扩大合作。\n{BODY}\n（三）为什么要互信？\n{BODY}",
        [
            (1, "（一）", "加强对话", None),
            (1, "（二）", "扩大合作", None),
            (1, "（三）", "为什么要互信？", None),
        ],
    ),
    "one sentence with a number is no heading": (f"1. 各国应当合作。\n{BODY}", []),
    "a question among headings": (
        f"1. 对话\n{BODY}\n2. 合作可行吗？\n{BODY}",
        [(1, "1", "对话", None), (1, "2", "合作可行吗？", None)],
    ),
    "levels that are skipped": (
        f"一、背景\n{BODY}\n1. 现状\n{BODY}\n①规则\n{BODY}\n二、建议\n{BODY}\n（1）对话\n{BODY}",
        [
            (1, "一", "背景", None),
            (2, "1", "现状", "一背景"),
            (3, "①", "规则", "1现状"),
            (1, "二", "建议", None),
            (2, "（1）", "对话", "二建议"),
        ],
    ),
    "numbering that restarts": (
        f"1. 甲方\n{BODY}\n2. 乙方\n{BODY}\n1. 丙方\n{BODY}\n2. 丁方\n{BODY}",
        [
            (1, "1", "甲方", None),
            (1, "2", "乙方", None),
            (1, "1", "丙方", None),
            (1, "2", "丁方", None),
        ],
    ),
    "numbering that begins in the middle": (
        f"三、背景\n{BODY}\n四、建议\n{BODY}",
        [(1, "三", "背景", None), (1, "四", "建议", None)],
    ),
    "a number alone above its title": (
        f"01\n对话的意义\n{BODY}\n02\n*合作的条件*\n{BODY}\n（一）互信\n{BODY}\n03\n前景：\n{BODY}",
        [
            (1, "01", "对话的意义", None),
            (1, "02", "合作的条件", None),
            (2, "（一）", "互信", "02合作的条件"),
            (1, "03", "前景", None),
        ],
    ),
    "other numbers alone above their titles": (
        f"一\n对话\n{BODY}\n二\n合作\n{BODY}\n第三章\n互信\n{BODY}\n（一）\n规则\n{BODY}\n（二）\n机构\n{BODY}",
        [
            (1, "一", "对话", None),
            (1, "二", "合作", None),
            (2, "（一）", "规则", "二合作"),
            (2, "（二）", "机构", "二合作"),
        ],
    ),
    "numbers of pages": (
        f"{BODY}\n1\n各国应当加强对话并且\n扩大合作。\n2\n各国应当加强互信\n。\n11\n各国应当\n{BODY}\n12\n各国\n{BODY}",
        [],
    ),
    "a number above a full sentence, above Latin, above the end": (
        f"01\n{BODY}\n02\nNEWS\n{BODY}\n03\n对话\n{BODY}\n04",
        [],
    ),
    "numbers with a bar": (
        f"一、动态\n01 | 甲方发布指南\n{BODY}\n02 ｜ 乙方发布规则\n{BODY}\n03丨丙方发布计划\n{BODY}",
        [
            (1, "一", "动态", None),
            (2, "01", "甲方发布指南", "一动态"),
            (2, "02", "乙方发布规则", "一动态"),
            (2, "03", "丙方发布计划", "一动态"),
        ],
    ),
    "numbers with a space": (
        f"一 对话的意义\n{BODY}\n1 规则\n{BODY}\n2 机构\n{BODY}\n二　合作的条件\n{BODY}",
        [
            (1, "一", "对话的意义", None),
            (2, "1", "规则", "一对话的意义"),
            (2, "2", "机构", "一对话的意义"),
            (1, "二", "合作的条件", None),
        ],
    ),
    "titles with a colon in a series": (
        f"1. 措施：\n{BODY}\n2. 机构:\n{BODY}\n第一部分建议的措施包括：\n{BODY}\n第二部分建议的机构包括：\n{BODY}",
        [(1, "1", "措施", None), (1, "2", "机构", None)],
    ),
    "items that text follows": (
        f"1. 对话；\n{BODY}\n2. 合作，\n{BODY}\n（一）对话；\n{BODY}",
        [],
    ),
    "a run-in heading below an item": (
        f"1. {LONG}\n2. 对话。{BODY}\n3. 合作\n{BODY}",
        [(1, "2", "对话", None), (1, "3", "合作", None)],
    ),
    "the last item of a list of long items": (f"1. {LONG}\n2. {LONG}\n3. 互信\n{BODY}", []),
    "weak signs with text behind the title, and Latin ones": (
        f"1 对话。{BODY}\n2 合作。{BODY}\n01 | NEWS\n{BODY}\n02 | MORE\n{BODY}",
        [],
    ),
    "a number above a title that is more than a title": (
        f"01\n“对话。”合作\n{BODY}\n02\n“互信。”规则\n{BODY}",
        [],
    ),
    "a number above a numbered title": (
        f"01\n（一）对话\n{BODY}\n02\n（二）合作\n{BODY}",
        [(1, "（一）", "对话", None), (1, "（二）", "合作", None)],
    ),
    "what only looks like a number ends no section": (
        f"1. 对话\n11 月以来，{LONG}\n第一部分　背景\n第一部分{LONG}",
        [(1, "1", "对话", None), (1, "第一部分", "背景", None)],
    ),
    "weak signs without a series": (
        f"1 北方大学\n{BODY}\n3 月 5 日\n{BODY}\n三 国\n{BODY}\n5.5 亿人\n{BODY}\n2）合作\n{BODY}\n07 | 合作\n{BODY}",
        [],
    ),
    "weak signs that begin in the middle": (f"2）合作\n{BODY}\n3）互信\n{BODY}", []),
    "a closing bracket": (
        f"1）对话\n{BODY}\n2) 合作\n{BODY}",
        [(1, "1）", "对话", None), (1, "2）", "合作", None)],
    ),
    "decimal numbering": (
        f"1. 规则\n{BODY}\n1.1　现状\n{BODY}\n1.2　趋势\n{BODY}\n1.2.1 甲\n{BODY}\n1.2.2 乙\n{BODY}\n2. 机构\n{BODY}\n"
        f"2.1 现状\n{BODY}\n2.2 趋势\n{BODY}",
        [
            (1, "1", "规则", None),
            (2, "1.1", "现状", "1规则"),
            (2, "1.2", "趋势", "1规则"),
            (3, "1.2.1", "甲", "1.2趋势"),
            (3, "1.2.2", "乙", "1.2趋势"),
            (1, "2", "机构", None),
            (2, "2.1", "现状", "2机构"),
            (2, "2.2", "趋势", "2机构"),
        ],
    ),
    "parts in English": (
        f"Part 1\n对话\n{BODY}\nPART TWO：合作\n{BODY}\nPart.3 互信\n{BODY}\nPart IV 前景\n{BODY}",
        [
            (1, "Part 1", "对话", None),
            (1, "PART TWO", "合作", None),
            (1, "Part.3", "互信", None),
            (1, "Part IV", "前景", None),
        ],
    ),
    "English that is no number": (
        f"Part of 合作\n{BODY}\nPartners 合作\n{BODY}\nCooperation 合作\n{BODY}",
        [],
    ),
    "bold headings": (
        f"**一、背景**\n{BODY}\n*（一）现状*\n{BODY}",
        [(1, "一", "背景", None), (2, "（一）", "现状", "一背景")],
    ),
    "number signs in a text that declares nothing": (
        f"# 对话\n{BODY}\n## 一、背景\n{BODY}\n### 现状\n{BODY}\n# 合作\n{BODY}\n#话题#各国对话\n{BODY}\n# {LONG}",
        [
            (1, None, "对话", None),
            (2, "一", "背景", "对话"),
            (3, None, "现状", "一背景"),
            (1, None, "合作", None),
        ],
    ),
    "figures, years, dates and percentages": (
        f"2024年的合作\n{BODY}\n11月的会议\n{BODY}\n1.5亿人\n{BODY}\n2.0时代\n{BODY}\n10%的增长\n{BODY}\n5G能力\n{BODY}\n"
        f"9：30开会\n{BODY}\n一带一路倡议\n{BODY}\n一方面\n{BODY}\n三国的合作\n{BODY}\n十年合作\n{BODY}",
        [],
    ),
    "一是 and 第一 open clauses, not sections": (
        f"一是加强对话。{BODY}\n二是扩大合作。{BODY}\n第一，增进互信。{BODY}\n第二，{BODY}",
        [],
    ),
    "a title as long as can be, and one too long": (
        f"一、{'合' * 58}\n{BODY}\n二、{'合' * 59}\n{BODY}",
        [(1, "一", "合" * 58, None)],
    ),
    "a title without words": (f"一、\n{BODY}\n二、。\n{BODY}\n三、　\n{BODY}", []),
    "a heading with nothing below it": (f"一、背景\n{BODY}\n二、结语", [(1, "一", "背景", None)]),
    "other line ends": (
        f"一、背景\r\n{BODY}\r\n二、建议\r{BODY}\u2028（一）对话\u2028{BODY}",
        [(1, "一", "背景", None), (1, "二", "建议", None), (2, "（一）", "对话", "二建议")],
    ),
    "indents and blank lines": (
        f"　　一、背景　\n\n{BODY}\n\n  （一）现状\n\n{BODY}",
        [(1, "一", "背景", None), (2, "（一）", "现状", "一背景")],
    ),
    "no text": ("", []),
    "no headings": (f"{BODY}\n{LONG}", []),
}


@pytest.mark.parametrize(("text", "expected"), TREES.values(), ids=TREES.keys())
def test_tree_is_found_whole(nlp, text, expected):
    assert tree(nlp, text) == expected


DECLARED = {
    "declared levels nest": (
        f"对话\n{BODY}\n规则\n{BODY}\n合作\n{BODY}",
        [("对话", "1"), ("规则", "3"), ("合作", "1")],
        [(1, None, "对话", None), (2, None, "规则", "对话"), (1, None, "合作", None)],
    ),
    "a declared heading needs neither text nor shortness": (
        f"{LONG}\n合作\n互信",
        [(LONG, "1"), ("合作", "2"), ("互信", "2")],
        [(1, None, LONG, None), (2, None, "合作", LONG), (2, None, "互信", LONG)],
    ),
    "a number is read off a declared heading": (
        f"一、对话。\n{BODY}\n01 | 规则\n{BODY}",
        [("一、对话。", "2"), ("01 | 规则", "3")],
        [(1, "一", "对话。", None), (2, "01", "规则", "一对话。")],
    ),
    "numbered lines are inner to declared headings": (
        f"安全论\n一、背景\n{BODY}\n（一）现状\n{BODY}\n合作论\n一、背景\n{BODY}",
        [("安全论", "1"), ("合作论", "1")],
        [
            (1, None, "安全论", None),
            (2, "一", "背景", "安全论"),
            (3, "（一）", "现状", "一背景"),
            (1, None, "合作论", None),
            (2, "一", "背景", "合作论"),
        ],
    ),
    "numbered lines are inner to the lowest declared level": (
        f"安全论\n{BODY}\n第一章 背景\n{BODY}",
        [("安全论", "6")],
        [(1, None, "安全论", None), (2, "第一章", "背景", "安全论")],
    ),
    "a style that one declared heading uses has its level throughout": (
        f"安全论\n一、背景\n{BODY}\n（一）现状\n{BODY}\n二、建议\n{BODY}",
        [("安全论", "1"), ("一、背景", "2")],
        [
            (1, None, "安全论", None),
            (2, "一", "背景", "安全论"),
            (3, "（一）", "现状", "一背景"),
            (2, "二", "建议", "安全论"),
        ],
    ),
    "number signs that are not declared are code": (
        f"# 对话\n{BODY}\n# 安装\n{BODY}",
        [("对话", "1")],
        [(1, None, "对话", None)],
    ),
}


@pytest.mark.parametrize(("text", "headings", "expected"), DECLARED.values(), ids=DECLARED.keys())
def test_declared_headings(nlp, text, headings, expected):
    assert tree(nlp, text, headings) == expected


@pytest.mark.parametrize(
    ("text", "furniture", "expected"),
    [
        (f"一、订阅\n{BODY}\n一、背景\n{BODY}", ["一、订阅"], [(1, "一", "背景", None)]),
        (
            f"一、背景\n{BODY}\n二、订阅\n请扫码。",
            ["二、订阅\n请扫码。"],
            [(1, "一", "背景", None)],
        ),
        # furniture is no text of a section, and no title
        (f"一、背景\n{BODY}\n二、结语\n请扫码。", ["请扫码。"], [(1, "一", "背景", None)]),
        (f"01\n对话\n{BODY}\n02\n扫码\n{BODY}\n03\n互信\n{BODY}", ["扫码"], []),
    ],
)
def test_headings_inside_furniture_are_none(nlp, text, furniture, expected):
    assert tree(nlp, text, furniture=[(words, "ad") for words in furniture]) == expected


def test_sections_and_their_sentences(nlp):
    text = f"{BODY}\n一、背景\n{BODY}\n（一）现状。{BODY}{BODY}\n02\n二、建议\n{BODY}\n"
    doc = nlp.tokenizer(text)
    for name in ("argmine_sentences", "argmine_sections"):
        doc = nlp.get_pipe(name)(doc)
    group = doc.spans["sections"]
    assert [(span.id_, text[span.start_char : span.end_char]) for span in group] == [
        ("s1", f"一、背景\n{BODY}\n（一）现状。{BODY}{BODY}\n02"),
        ("s2", f"（一）现状。{BODY}{BODY}\n02"),
        ("s3", f"二、建议\n{BODY}"),
    ]
    assert [
        (data["parent"], data["run_in"], text[span.start_char : data["heading_end"]])
        for span in group
        for data in (group.attrs[span.id_],)
    ] == [(None, False, "一、背景"), ("s1", True, "（一）现状。"), (None, False, "二、建议")]
    assert doc.spans["sentences"].attrs["section"] == [
        *(None, "s1", "s1", "s2", "s2", "s2", "s2", "s3", "s3"),
    ]


LINES = st.lists(
    st.tuples(
        st.sampled_from(
            [
                "",
                "一、",
                "二、",
                "（一）",
                "(2)",
                "1. ",
                "2. ",
                "1.1 ",
                "01",
                "02 | ",
                "第一章 ",
                "# ",
                "**",
            ]
        ),
        st.sampled_from(["", "对话", BODY, BODY * 2, LONG, "；", "“", "：", "\r", "😀"]),
    ).map("".join),
    max_size=12,
).map("\n".join)


@given(LINES)
def test_sections_of_any_text_nest_and_cover_their_sentences(nlp, text):
    doc = nlp.tokenizer(text)
    for name in ("argmine_sentences", "argmine_sections"):
        doc = nlp.get_pipe(name)(doc)
    spans = {span.id_: span for span in doc.spans["sections"]}
    attrs = doc.spans["sections"].attrs
    starts = [span.start for span in spans.values()]
    assert starts == sorted(set(starts))
    for key, span in spans.items():
        data = attrs[key]
        assert span.start_char <= data["title_start"] <= data["title_end"] <= data["heading_end"]
        assert data["heading_end"] <= span.end_char
        title = text[data["title_start"] : data["title_end"]]
        assert title == title.strip()
        if data["parent"] is None:
            assert data["level"] == 1
        else:
            outer = spans[data["parent"]]
            assert outer.start < span.start < span.end <= outer.end
            assert data["level"] == attrs[data["parent"]]["level"] + 1
    sentences = doc.spans["sentences"]
    for span, section in zip(sentences, sentences.attrs["section"], strict=True):
        around = [key for key, s in spans.items() if s.start <= span.start and span.end <= s.end]
        assert section == (around[-1] if around else None)
