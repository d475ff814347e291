"""Markdown: headings and front matter, the text untouched."""

from __future__ import annotations

import pytest

from argmine.ingest.markdown import iso_date, read_markdown
from argmine.schema import Boilerplate, Meta


def headings(text: str) -> list[tuple[int, str]]:
    return [(mark.level, text[mark.start : mark.end]) for mark in read_markdown(text)[0]]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# 甲\n## 乙 ##\n###### 丙\n", [(1, "甲"), (2, "乙"), (6, "丙")]),
        ("#甲\n####### 乙\n    # 丙\n", []),
        ("#\n# \n## ##\n", []),
        ("# C# 与安全\n", [(1, "C# 与安全")]),
        ("   # 甲  \n\t# 乙\n", [(1, "甲")]),
        ("甲\n===\n\n乙\n---\n", [(1, "甲"), (2, "乙")]),
        # an underline belongs to a paragraph of one line; a lone dash is an empty list item
        ("正文一行\n正文二行\n---\n", []),
        ("甲\n-\n", []),
        ("- 甲\n---\n> 乙\n---\n| 丙 |\n---\n", []),
        ("```\n# 甲\n```\n# 乙\n", [(1, "乙")]),
        ("~~~~\n# 甲\n~~~\n# 乙\n~~~~\n# 丙\n", [(1, "丙")]),
        ("```\n# 甲\n", []),
        ("# 甲\r\n正文。\r\n\r\n乙\r\n---\r\n", [(1, "甲"), (2, "乙")]),
        ("# 甲\r正文。\r# 乙\r", [(1, "甲"), (1, "乙")]),
        ("", []),
    ],
)
def test_headings_are_those_of_commonmark(text, expected):
    assert headings(text) == expected


@pytest.mark.parametrize(
    ("text", "meta", "size"),
    [
        (
            "---\ntitle: '谈合作安全'\nauthors: [林知远, \"周以宁\"]\ndate: 2025-02-03\n---\n# 甲\n",
            Meta(title="谈合作安全", authors=["林知远", "周以宁"], date="2025-02-03"),
            61,
        ),
        (
            "---\n标题: 谈合作安全\n作者:\n  - 林知远\n  - 周以宁\n日期: 2025年2月3日\n...\n# 甲\n",
            Meta(title="谈合作安全", authors=["林知远", "周以宁"], date="2025-02-03"),
            51,
        ),
        ("---\ndate: 2025-02-31\n---\n\n# 甲\n", Meta(title="甲"), 24),
        ("# 甲\n", Meta(title="甲"), 0),
        ("序。\n# 甲\n", Meta(), 0),
        ("## 甲\n", Meta(), 0),
        # no key, no end, not at the very start
        ("---\n各国应当对话。\n---\n# 甲\n", Meta(), 0),
        ("---\ntitle: 甲\n# 甲\n", Meta(), 0),
        ("\n---\ntitle: 乙\n---\n# 甲\n", Meta(), 0),
        ("---\n" + "k: v\n" * 100 + "---\n# 甲\n", Meta(), 0),
    ],
)
def test_front_matter_is_read_and_marked(text, meta, size):
    marks, found, furniture = read_markdown(text)
    assert found == meta
    assert furniture == ([Boilerplate(start=0, end=size, kind="navigation")] if size else [])
    assert [text[mark.start : mark.end] for mark in marks] == ["甲"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("2025-02-03T08:00:00+08:00", "2025-02-03"),
        ("发布于2025年2月3日", "2025-02-03"),
        ("2025/2/3", "2025-02-03"),
        ("2025.12.31", "2025-12-31"),
        ("2025-13-01", None),
        ("2025-02-30", None),
        ("2025年2月", None),
        ("", None),
    ],
)
def test_only_days_of_the_calendar_are_dates(words, expected):
    assert iso_date(words) == expected
