"""Page furniture is marked, whole lines at a time; the article is not."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine.ingest.furniture import find_boilerplate
from argmine.schema import Heading

LONG = (
    "各国应当加强对话，共同维护网络空间的和平与稳定。这表明，合作安全是可行的；封锁只会损害信任。"
)
LONGER = "有人认为封锁可以带来安全，但数据显示，封锁之后各方的损失都在扩大，因此必须尽快恢复谈判。"


def marked(text: str) -> list[tuple[str, str]]:
    return [(mark.kind, text[mark.start : mark.end]) for mark in find_boilerplate(text)]


def tail(*lines: str) -> list[tuple[str, str]]:
    """What is marked of lines that follow an article."""
    return marked("\n".join(["谈合作安全的出路", LONG, LONGER, *lines]))


def head(*lines: str) -> list[tuple[str, str]]:
    """What is marked of lines between a title and an article."""
    return marked("\n".join(["谈合作安全的出路", *lines, LONG, LONGER]))


def within(*lines: str, before: int = 3) -> list[tuple[str, str]]:
    """What is marked of lines inside an article."""
    return marked("\n".join(["谈合作安全的出路", *[LONG] * before, *lines, LONGER, LONG]))


def test_a_page_of_a_journal():
    assert marked(
        f"""扫码订阅《远山评论》
邮发代号 99-999
征订热线：010-00000000
文 | 海岳政策研究中心 林知远 周以宁
{LONG}
一、现状
{LONGER}
（本文刊登于《远山评论》杂志2025年第2期）
《远山评论》杂志 倾力推荐
“群山计划”
点击下图 了解详情
还没有评论，来说两句吧..."""
    ) == [
        ("subscription", "扫码订阅《远山评论》"),
        ("subscription", "邮发代号 99-999"),
        ("subscription", "征订热线：010-00000000"),
        ("byline", "文 | 海岳政策研究中心 林知远 周以宁"),
        ("imprint", "（本文刊登于《远山评论》杂志2025年第2期）"),
        ("advert", "《远山评论》杂志 倾力推荐"),
        ("advert", "“群山计划”"),
        ("advert", "点击下图 了解详情"),
        ("comments", "还没有评论，来说两句吧..."),
    ]


def test_a_page_of_an_account():
    assert head("原创", "林知远", "远山评论", "点击上方蓝字关注我们") == [
        ("navigation", "原创"),
        ("byline", "林知远"),
        ("navigation", "远山评论"),
        ("follow", "点击上方蓝字关注我们"),
    ]
    assert tail(
        "预览时标签不可点", "微信扫一扫", "关注该公众号", "知道了", "：", "，", "视频", "赞", "留言"
    ) == [
        ("share", "预览时标签不可点"),
        ("follow", "微信扫一扫"),
        ("follow", "关注该公众号"),
        ("share", "知道了"),
        ("share", "："),
        ("share", "，"),
        ("share", "视频"),
        ("share", "赞"),
        ("comments", "留言"),
    ]


def test_the_card_of_a_reposted_article():
    about = (
        "群山之间的一份季刊，专论谈判与信任，由一群喜欢登山的编辑在海边编成，欢迎各界朋友来信批评。"
    )
    card = ["以下文章来源于远山评论", "，作者林知远等", "远山评论", ".", about]
    kinds = ["imprint", "byline", "navigation", "navigation", "navigation"]
    assert head("山下文摘", *card) == [
        ("navigation", "山下文摘"),
        *zip(kinds, card, strict=True),
    ]
    # without the account and the dot it is no card
    assert head("以下文章来源于远山评论", about) == [("imprint", "以下文章来源于远山评论")]


@pytest.mark.parametrize(
    ("lines", "kinds"),
    [
        (["分享到微信", "分享到微博"], ["share", "share"]),
        (["（来源：远山评论）"], ["byline"]),
        (["责任编辑：周以宁", "审核：林知远"], ["byline", "byline"]),
        (["未经授权，不得转载"], ["navigation"]),
        (["本文仅代表作者个人观点，不代表本刊立场。"], ["imprint"]),
        (
            ["长按识别下方二维码加入社群，内有更多资料可供下载，并持续更新。加入后可与同行交流。"],
            ["follow"],
        ),
        (["版权所有 远山网", "京ICP备00000000号", "联系我们"], ["navigation"] * 3),
        (
            ["Related", "另一篇文章的题目是这样的，而且相当地长，长得超过一行的宽度"],
            ["links", "links"],
        ),
        (
            [
                "识别下方二维码加入社群。内有更多资料，各界同行都在其中交流学习，资料也在不断地增加和更新。"
            ],
            ["follow"],
        ),
        (["往期推荐", "甲国为何退出谈判", "乙国的选择"], ["links"] * 3),
        (["The Far Hills Review", "Caravan Weekly"], ["navigation"] * 2),
        (["www.example.org/about"], ["navigation"]),
        (["发表评论", "请输入评论内容"], ["comments"] * 2),
        (["相關閱讀", "另一篇文章的題目"], ["links"] * 2),
        (["歡迎關注公眾號", "掃描二維碼"], ["follow"] * 2),
    ],
)
def test_what_follows_an_article_is_furniture(lines, kinds):
    assert tail(*lines) == list(zip(kinds, lines, strict=True))


@pytest.mark.parametrize(
    "lines",
    [
        ["发言人拒绝发表评论。谈判仍在山下的小城继续。"],
        ["乙国外交部未对此发表评论。"],
        ["附：三种方案的隐私政策比较", "| 项目 | 甲 | 乙 |", "| 期限 | 一年 | 三年 |"],
        ["各方应当行动起来。", "这是唯一的出路。"],
        ["以微信公众号：政策传播为例谈新媒体的治理与公众参与的关系研究"],
        ["参考文献：", "[1] 林知远：《论合作》，远山出版社，2020年。"],
        ["https://example.org/report.pdf"],
        ["三、结语", "对话是唯一的出路。"],
    ],
)
def test_what_belongs_to_an_article_at_its_end_is_not(lines):
    assert tail(*lines) == []


def test_references_behind_an_imprint_are_not_part_of_it():
    lines = [
        "（本文刊登于《远山评论》2025年第2期）",
        "参考文献：",
        "[1] 林知远：《论合作》，2020年。",
    ]
    assert tail(*lines) == [("imprint", lines[0])]
    more = ["（作者单位：海岳政策研究中心）", "注释", "1. 见前文。", "分享到微信"]
    assert tail(*more) == [("byline", more[0]), ("share", more[3])]


@pytest.mark.parametrize(
    "lines",
    [
        ["一、问题的提出"],
        ["摘要：本文讨论合作安全。"],
        ["从广告到舆论：平台的责任"],
        ["论平台用户免费订阅服务中的个人信息保护问题与对策"],
        ["各方如何看待分享与共享"],
        ["序言"],
    ],
)
def test_headings_before_an_article_are_not_furniture(lines):
    assert head(*lines) == []


def test_only_very_short_lines_before_a_byline_are_filled_in():
    assert head("山下文摘", "2025-02-03") == [("navigation", "山下文摘"), ("byline", "2025-02-03")]
    assert head("一个比较长的副标题放在这里说明内容", "2025-02-03") == [("byline", "2025-02-03")]
    assert head("一、背景", "2025-02-03") == [("byline", "2025-02-03")]
    text = "\n".join(["谈合作安全的出路", "问题与背景", "2025-02-03", LONG])
    heading = Heading(start=9, end=14, level=2)
    found = find_boilerplate(text, headings=[heading])
    assert [text[mark.start : mark.end] for mark in found] == ["2025-02-03"]


def test_names_in_the_line_after_an_institution_belong_to_the_byline():
    lines = ["作者 | 海岳政策研究中心", "林知远 周以宁 王秀文"]
    assert head(*lines) == [("byline", line) for line in lines]
    assert head("作者 | 林知远", "周以宁说，谈判应当恢复。") == [("byline", "作者 | 林知远")]


def test_links_in_front_of_an_article_end_where_the_article_begins():
    links = [
        "前情回顾·谈判动态",
        "甲国宣布退出谈判：各方反应不一",
        "乙国提出新的方案，丙国表示欢迎",
    ]
    assert within(*links, before=1) == [("links", line) for line in links]
    assert head(*links, "谈判的前景") == [("links", line) for line in links]


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("图1 各国的损失", "caption"),
        ("图源：远山网", "caption"),
        ("*图：林知远在谈判现场*", "caption"),
        ("来源：远山统计所", "caption"),
        ("文 | 海岳政策研究中心 林知远", "byline"),
        ("扫码关注", "follow"),
        ("2025年2月3日", None),
        ("时间：2025年2月3日", None),
        ("数据安全", None),
        ("评论", None),
        ("隐私政策", None),
        ("目录", None),
        ("推广与应用", None),
        ("记者：您怎么看？", None),
        ("（一）分享数据", None),
        ("Related", None),
    ],
)
def test_inside_an_article_only_clear_cues_count(line, kind):
    assert within(line) == ([(kind, line)] if kind else [])


def test_a_marker_that_introduces_a_list_is_not_furniture():
    assert within("原文地址：", before=1) == []
    assert within("论平台用户免费订阅服务中的个人信息保护") == []


def test_near_the_beginning_a_date_and_a_source_are_the_articles_own():
    lines = ["来源：远山评论", "2025年2月3日"]
    assert within(*lines, before=1) == [("byline", line) for line in lines]


def test_an_editors_note_does_not_begin_the_article():
    note = "编者按：本文讨论各国应当如何加强对话，共同维护网络空间的和平。文章代表作者的看法，供读者参考。"
    assert head(note, "山下文摘", "标题：谈合作安全", "作者：林知远") == [
        ("navigation", "山下文摘"),
        ("navigation", "标题：谈合作安全"),
        ("byline", "作者：林知远"),
    ]


def test_labels_of_links_that_a_scraper_left_are_marked():
    line = '主题：<a href="https://example.org/topics/1234567890/all'
    assert head(line) == [("navigation", line)]
    assert tail(line) == [("navigation", line)]


def test_about_the_author_behind_a_byline():
    lines = ["（来源：远山评论）", "【林知远，海岳政策研究中心研究员】"]
    assert tail(*lines) == [("byline", line) for line in lines]


def test_without_a_body_only_the_edges_can_be_furniture():
    lines = [
        "扫码关注",
        *[f"第{n}点" for n in "一二三四五六七八"],
        "评论",
        *["甲乙丙丁"] * 5,
        "分享",
    ]
    assert marked("\n".join(lines)) == [("follow", "扫码关注"), ("share", "分享")]


def test_outer_blanks_are_not_marked():
    text = f"谈合作安全的出路\n\u3000\u3000{LONG}\r\n\r\n\u3000 分享到微信\u3000\r\n"
    assert marked(text) == [("share", "分享到微信")]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "\n",
        "各国应当合作。",
        "甲\n乙\n丙",
        "题目\n第一句。\n第二句。",
        LONG,
        f"{LONG}\n{LONGER}",
    ],
)
def test_plain_short_texts_hold_no_furniture(text):
    assert marked(text) == []


LINES = st.sampled_from(
    [
        LONG,
        "分享",
        "相关阅读",
        "作者：林知远",
        "2025-02-03",
        ".",
        "",
        "\u3000",
        "以下文章来源于甲",
        "图1 甲",
        "Related",
        "😀",
    ]
)


@given(st.lists(st.one_of(LINES, st.text(st.characters(exclude_categories=["Cs"]), max_size=6))))
def test_marks_are_whole_lines_in_order(lines):
    text = "\n".join(lines)
    stripped = {line.strip() for line in text.replace("\r", "\n").split("\n")}
    end = -1
    for mark in find_boilerplate(text):
        assert end < mark.start < mark.end
        assert text[mark.start : mark.end] in stripped
        end = mark.end


@pytest.mark.parametrize(
    "piece",
    [
        "分享\n",
        "张三\n",
        "2025-02-03\n",
        "以下文章来源于甲\n",
        "相关阅读\n甲乙丙丁甲乙丙丁甲乙丙丁甲乙\n",
        "（“",
        "作者",
    ],
)
def test_time_is_linear(piece):
    def cpu(size: int) -> float:
        text = f"{LONG}\n" + piece * (size // len(piece)) + LONG
        begin = time.process_time()
        find_boilerplate(text)
        return time.process_time() - begin

    cpu(1000)
    # the clock of a busy machine drifts: both sizes are timed side by side, the calmest pair counts
    pairs = ((cpu(15_000), cpu(60_000)) for _ in range(5))
    assert min(four / max(once, 0.002) for once, four in pairs) < 8
