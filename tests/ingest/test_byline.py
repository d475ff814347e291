"""What an article says of itself; nothing is guessed."""

from __future__ import annotations

from itertools import islice, product
from time import process_time

import pytest

from argmine.ingest.byline import (
    comparing_form,
    date_of_line,
    find_meta,
    find_names,
    is_byline,
    is_name,
    names_only,
)
from argmine.ingest.furniture import find_boilerplate
from argmine.schema import Meta

BODY = (
    "各国应当加强对话，共同维护网络空间的和平与稳定。这表明，合作安全是可行的；封锁只会损害信任。"
)
TITLE = "谈合作安全的出路"


def meta_of(*lines: str) -> Meta:
    text = "\n".join(lines)
    return find_meta(text, find_boilerplate(text))


def people(line: str) -> tuple[list[str], list[str]]:
    meta = meta_of(TITLE, line, BODY, BODY)
    return meta.authors, meta.affiliations


@pytest.mark.parametrize(
    ("line", "authors", "affiliations"),
    [
        ("作者：林知远", ["林知远"], []),
        ("作者：林知远、周以宁；吴简", ["林知远", "周以宁", "吴简"], []),
        ("作者/林知远 周以宁", ["林知远", "周以宁"], []),
        ("撰文｜林 远", ["林远"], []),
        ("文 | 海岳政策研究中心研究员 林知远 周以宁", ["林知远", "周以宁"], ["海岳政策研究中心"]),
        ("文│海岳大学法学院副院长、教授 林知远", ["林知远"], ["海岳大学法学院"]),
        (
            "文 | 海岳大学教授 林知远；远山研究院助理研究员 周以宁",
            ["林知远", "周以宁"],
            ["海岳大学", "远山研究院"],
        ),
        (
            "文 | 海岳大学 林知远 远山研究院 周以宁",
            ["林知远", "周以宁"],
            ["海岳大学", "远山研究院"],
        ),
        (
            "作者：林知远（海岳大学教授）、周以宁（远山研究院）",
            ["林知远", "周以宁"],
            ["海岳大学", "远山研究院"],
        ),
        ("（作者林知远系海岳大学教授）", ["林知远"], ["海岳大学"]),
        ("（作者单位：海岳政策研究中心）", [], ["海岳政策研究中心"]),
        ("（作者系远山集团董事长）", [], ["远山集团"]),
        ("文 | 海岳大学国际研究中心（IRC）教授 林知远", ["林知远"], ["海岳大学国际研究中心"]),
        (
            "文 | 远山市数据局局长兼市发展改革委副主任 林知远",
            ["林知远"],
            ["远山市数据局", "市发展改革委"],
        ),
        ("文 | 海岳大学兼职研究员 林知远", ["林知远"], ["海岳大学"]),
        ("文 | 海岳大学教授兼任远山集团顾问 林知远", ["林知远"], ["海岳大学", "远山集团"]),
        ("【撰文：海岳大學教授林知遠】", ["林知遠"], ["海岳大學"]),
        ("作者：约翰·史密斯", ["约翰·史密斯"], []),
        ("作者：John Q. Smith", ["John Q. Smith"], []),
        ("本报记者 林知远", ["林知远"], []),
        # rare surnames, four characters and names that end like a word need the marker
        ("作者：国知远 牟以宁", ["国知远", "牟以宁"], []),
        ("作者：陳方知遠", ["陳方知遠"], []),
        ("作者：王秀文", ["王秀文"], []),
        ("作者：林知远等", ["林知远"], []),
        # no person
        ("作者：本刊编辑部", [], ["本刊编辑部"]),
        ("作者：China Daily", [], []),
        ("编辑：林知远", [], []),
        ("编译：林知远", [], []),
        ("翻译 | 林知远", [], []),
        ("来源：林知远", [], []),
        ("记者：您怎么看这个问题？", [], []),
        ("作者认为，对话是出路。", [], []),
        ("林知远指出，对话是出路。", [], []),
    ],
)
def test_authors_and_affiliations_of_a_line(line, authors, affiliations):
    assert people(line) == (authors, affiliations)


def test_a_bare_name_counts_only_next_to_the_title():
    assert meta_of(TITLE, "林知远", "远山评论", "2025-02-03", BODY).authors == ["林知远"]
    assert meta_of(TITLE, "原创", "林知远 周以宁", "远山评论", "关注我们", BODY).authors == [
        "林知远",
        "周以宁",
    ]
    menu = ("首页", "财经", "时评", "金融", "文化", "高层", "易经", "2025-02-03")
    assert meta_of(TITLE, *menu, BODY).authors == []
    assert meta_of(TITLE, "时评", "关注我们", BODY).authors == []


def test_names_after_an_institution_are_its_authors():
    meta = meta_of(TITLE, "作者 | 海岳政策研究中心", "林知远 周以宁", BODY)
    assert (meta.authors, meta.affiliations) == (["林知远", "周以宁"], ["海岳政策研究中心"])


def test_everything_at_once():
    assert meta_of(
        TITLE,
        "发布时间：2025-02-03 08:30 来源：远山网",
        "文 | 海岳政策研究中心 林知远",
        BODY,
        "原文链接：https://example.org/a?b=1",
        "（本文刊登于《远山评论》杂志2025年第2期）",
    ) == Meta(
        title=TITLE,
        authors=["林知远"],
        affiliations=["海岳政策研究中心"],
        publication="远山评论",
        issue="2025年第2期",
        date="2025-02-03",
        url="https://example.org/a?b=1",
    )


@pytest.mark.parametrize(
    ("line", "publication", "issue"),
    [
        ("（来源：远山评论）", "远山评论", None),
        ("来源：《远山评论》2025年第47期", "远山评论", "2025年第47期"),
        ("本文原载《远山评论》第10期", "远山评论", "第10期"),
        ("原文刊于《远山評論》2025年3月號", "远山評論", "2025年3月號"),
        ("以下文章来源于远山评论", "远山评论", None),
        ("来源：甲报、乙报等", None, None),
        ("来源：https://example.org", None, None),
        ("来源：<a href=https://example.org>", None, None),
        ("编辑：林知远", None, None),
    ],
)
def test_publication_and_issue_of_a_line(line, publication, issue):
    meta = meta_of(TITLE, BODY, BODY, line)
    assert (meta.publication, meta.issue) == (publication, issue)


def test_an_imprint_is_worth_more_than_a_source_and_a_source_inside_is_that_of_a_figure():
    meta = meta_of(TITLE, "来源：远山网", BODY, "（本文刊登于《远山评论》2025年第2期）")
    assert meta.publication == "远山评论"
    inside = meta_of(TITLE, BODY, BODY, BODY, "来源：山下统计所", BODY, "原文来源：远山网")
    assert inside.publication == "远山网"


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2025-02-03", "2025-02-03"),
        ("2025年2月3日 星期一", "2025-02-03"),
        ("发布时间：2025.2.3 08:30:00", "2025-02-03"),
        ("2025/02/03 08:30", "2025-02-03"),
        ("Feb 3rd 2025", "2025-02-03"),
        ("February 3, 2025", "2025-02-03"),
        ("3 Feb. 2025", "2025-02-03"),
        ("2025年2月30日", None),
        ("2025-13-01", None),
        ("Foo 3, 2025", None),
        ("2025年2月", None),
        ("2025年2月3日，各国恢复谈判", None),
        ("各国在2025年2月3日恢复了谈判", None),
        ("电话：2025-02-0312", None),
        ("", None),
    ],
)
def test_a_date_line_holds_a_date_and_next_to_nothing_else(line, expected):
    assert date_of_line(comparing_form(line)) == expected


def test_the_dates_of_a_list_of_links_are_not_the_articles():
    links = ["相关阅读", "甲国宣布退出", "2025-02-01", "乙国提出方案", "2025-02-02"]
    assert meta_of(TITLE, BODY, BODY, *links).date is None
    assert meta_of(TITLE, "2025-02-03", BODY, BODY, *links).date == "2025-02-03"
    assert meta_of(TITLE, BODY, BODY, "2025-02-03").date == "2025-02-03"


@pytest.mark.parametrize(
    "line",
    [
        TITLE,
        "观点 | 谈合作安全",
        "【远山文库】谈合作安全（外二篇）",
        "谈合作安全：出路何在？",
        "“合作安全”为何重要",
        "総論 Cooperative Security 2025",
    ],
)
def test_a_first_line_that_is_a_title(line):
    assert meta_of(line, BODY).title == line


@pytest.mark.parametrize(
    "line",
    [
        BODY,
        "各国应当合作。",
        "一、现状",
        "第一章 总则",
        "（编者按）",
        "【导读】",
        "编者按：合作安全",
        "摘要：合作安全",
        "各位来宾，女士们：",
        "谈合作安全，",
        "作者：林知远",
        "2025年2月3日",
        "分享到微信",
        "https://example.org/a",
        "题",
        "谈" * 81,
    ],
)
def test_a_first_line_that_is_no_title(line):
    assert meta_of(line, BODY, BODY).title is None


def test_a_title_needs_a_body_and_loses_its_number_signs():
    assert meta_of(TITLE, "短句。").title is None
    assert meta_of(TITLE).title is None
    assert meta_of("", f"\u3000{TITLE} ", "", BODY).title == TITLE
    assert meta_of(f"# {TITLE}", BODY).title == TITLE


@pytest.mark.parametrize(
    ("word", "bare", "marked"),
    [
        ("林知远", True, True),
        ("欧阳知远", True, True),
        ("林远", True, True),
        ("国知远", False, True),
        ("陳方知遠", False, True),
        ("安全", False, False),
        ("安全资讯", False, False),
        ("金融时报", False, False),
        ("国家", False, False),
        ("林", False, False),
        ("林知远说过", False, False),
        ("Lin", False, False),
        ("嚄知远", False, False),
    ],
)
def test_words_that_are_built_like_names(word, bare, marked):
    assert (is_name(word), is_name(word, explicit=True)) == (bare, marked)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("林知远 周以宁、吴简，郑*1", ["林知远", "周以宁", "吴简"]),
        ("林知远和周以宁", ["林知远", "周以宁"]),
        ("和平 林知远 林知远", ["林知远"]),
        ("林知远文", ["林知远"]),
        ("", []),
    ],
)
def test_names_of_a_list_come_in_order_and_once(text, expected):
    assert find_names(text) == expected


def test_a_list_of_names_is_nothing_else():
    assert names_only("林知远 周 宁")
    assert not names_only("林知远 发自远山")
    assert not names_only(" ".join(["林知远"] * 9))
    assert not names_only("")


def test_only_lines_of_a_bylines_length_are_bylines():
    assert is_byline("作者：" + "林知远、" * 50)
    assert not is_byline("作者：" + "林知远、" * 60)


def test_a_page_of_thousands_of_names_takes_linear_time():
    han = [chr(code) for code in range(0x4E00, 0x4F00)]

    def cpu(size: int) -> float:
        lines = [f"作者：王{a}{b}" for a, b in islice(product(han, han), size)]
        begin = process_time()
        assert len(meta_of(TITLE, *lines).authors) > size // 2
        return process_time() - begin

    cpu(100)
    once, four = (min(cpu(3000 * n) for _ in range(2)) for n in (1, 4))
    assert four < 8 * once
