"""The terminal view: golden rows, folding by cells, no control character gets through."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from argmine.schema import AnnotatedArticle
from argmine.show.terminal import _folded, print_article, visible


def shown(article: AnnotatedArticle, lang: str = "zh", **console: Any) -> str:
    out = io.StringIO()
    print_article(article, Console(file=out, highlight=False, soft_wrap=True, **console), lang)
    return out.getvalue()


TERMINAL = {"force_terminal": True, "color_system": None}

GOLDEN = """\
共同规则
林知远 · 周以宁 · 海岳政策评论 · 2025-03-01
作者立场 合作安全  + 支持 0.50 u2 u3
  甲国  − 反对 1.00 u4
主张 1  论据 2  建议 1  + 支持  − 反对  → 关
系

（附属文字 1 处，略）

一、漏洞没有国界
u1 论据   去年公开的漏洞增加了21%。
          → u2 支持
u2 建议+  因此，各国应当共享信息；
u3 主张+  封锁并不可行。 → u2 支持

          有一句话不属于任何单元。

  （一）甲国的立场
u4 论据−  甲国认为“规则属于所有人”，
          ↛ u3 反驳
          这一点值得重视。
"""
PIPED = """\
共同规则
林知远 · 周以宁 · 海岳政策评论 · 2025-03-01
Author’s stance cooperative security  + favor 0.50 u2 u3
  甲国  − against 1.00 u4
claim 1  evidence 2  recommendation 1  + favor  − against  → Relations

(page furniture, 1 left out)

一、漏洞没有国界
u1 evidence         去年公开的漏洞增加了21%。 → u2 support
u2 recommendation+  因此，各国应当共享信息；
u3 claim+           封锁并不可行。 → u2 support

                    有一句话不属于任何单元。

  （一）甲国的立场
u4 evidence−        甲国认为“规则属于所有人”， ↛ u3 attack
                    这一点值得重视。
"""


def test_the_small_article_in_a_terminal_of_44_cells(small):
    assert shown(small, width=44, **TERMINAL) == GOLDEN


def test_the_small_article_in_a_pipe_stays_one_line_a_unit_and_has_no_colour(small):
    assert shown(small, "en", width=44) == PIPED


def test_neither_order_nor_sentences_matter(small):
    before = shown(small, width=60, **TERMINAL)
    small.units.reverse()
    small.relations.reverse()
    small.sentences.clear()
    small.clauses.clear()
    assert shown(small, width=60, **TERMINAL) == before


def test_a_narrow_terminal_puts_the_text_below_its_label(small):
    rows = shown(small, width=24, **TERMINAL).split("\n")
    assert rows[rows.index("u2 建议+") : rows.index("u4 论据−")] == [
        "u2 建议+",
        "  因此，各国应当共享信",
        "  息；",
        "u3 主张+",
        "  封锁并不可行。",
        "  → u2 支持",
        "",
        "  有一句话不属于任何单",
        "  元。",
        "",
        "  （一）甲国的立场",
    ]


def test_labels_and_stances_have_colours_in_a_terminal(small):
    out = shown(small, width=60, force_terminal=True, color_system="standard")
    [line] = [line for line in out.split("\n") if "u4" in line and "甲国认为" in line]
    assert line == (
        "\x1b[2mu4 \x1b[0m\x1b[1;32m论据\x1b[0m\x1b[1;31m−\x1b[0m  甲国认为“规则属于所有人”，"
        "\x1b[2;3m ↛ u3 反驳\x1b[0m"
    )


def test_units_that_overlap_and_headings_that_are_units_are_shown_whole():
    text = "一、合作有益\n甲乙丙丁。"
    article = AnnotatedArticle.model_validate(
        {"schema_version": "1", "id": "a", "text": text, "relations": [], "stance": {}}
        | {
            "units": [
                {"id": "u3", "start": 8, "end": 12, "label": "claim"},
                {"id": "u2", "start": 7, "end": 10, "label": "Thesis"},
                {"id": "u1", "start": 2, "end": 6, "label": "claim", "heading": True},
            ],
            "sections": [
                {"id": "s", "level": 1, "number": "一", "title": "合作有益", "start": 0, "end": 12}
                | {"title_start": 2, "title_end": 6, "parent": None}
            ],
        }
    )
    assert shown(article).split("\n")[3:] == [
        "           一、",
        "u1 主张    合作有益",
        "",
        "u2 Thesis  甲乙丙",
        "u3 主张    乙丙丁。",
        "",
    ]


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("甲\x1b[31m乙\r\x07", "甲\ufffd[31m乙\ufffd\ufffd"),
        ("\u202e反\u2066\u2028\u200b\x9b", "\ufffd反\ufffd\ufffd\ufffd\ufffd"),
        ("　全角\t制表\xa0", "　全角 制表\xa0"),
        ("𠀀é。", "𠀀é。"),
    ],
)
def test_controls_and_overrides_become_visible_and_spaces_stay(text, seen):
    assert visible(text) == seen


def test_no_control_character_of_any_field_reaches_the_terminal(small_data):
    def poisoned(value: Any, key: str = "") -> Any:
        if isinstance(value, dict):
            return {k: poisoned(v, k) for k, v in value.items()}
        if isinstance(value, list):
            return [poisoned(one, key) for one in value]
        free = key not in ("schema_version", "text", "kind", "script")
        return f"{value}\x1b[2J\u202e\n" if isinstance(value, str) and free else value

    data = poisoned(small_data)
    data["text"] += "\x1b]0;title\x07\u202e\x9b31m"
    out = shown(AnnotatedArticle.model_validate(data), width=60, **TERMINAL)
    assert re.findall(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", out) == []


@given(st.text("甲乙，。（）“”A1% \u0301\n", max_size=60), st.integers(24, 50))
def test_rows_fit_the_width_and_together_give_the_text(text, width):
    article = AnnotatedArticle.model_validate(
        {"schema_version": "1", "id": "a", "text": "甲" + text, "relations": [], "stance": {}}
        | {"units": [{"id": "u1", "start": 0, "end": 1 + len(text), "label": "claim"}]}
    )
    rows = shown(article, width=width, **TERMINAL).split("\n")[3:]
    assert [row for row in rows if cell_len(row) > width] == []
    joined = "".join("".join(rows).split())
    assert joined == "u1主张" + "".join(("甲" + text).split())


@pytest.mark.parametrize(
    ("text", "width", "rows"),
    [
        ("甲乙丙丁", 4, ["甲乙", "丙丁"]),
        ("甲乙丙。丁", 6, ["甲乙", "丙。丁"]),
        ("甲（乙丙）丁", 8, ["甲（乙", "丙）丁"]),
        ("甲乙“丙”", 5, ["甲乙", "“丙”"]),
        ("增加了320亿美元", 8, ["增加了", "320亿美", "元"]),
        ("the common rules", 9, ["the ", "common ", "rules"]),
        ("abcdefgh", 3, ["abc", "def", "gh"]),
        ("", 3, [""]),
    ],
)
def test_rows_break_beside_characters_and_never_before_a_closing_mark(text, width, rows):
    assert [row.plain for row in _folded(Text(text), width)] == rows
