"""Simplified or traditional."""

from __future__ import annotations

import pytest

from argmine.ingest.script import detect_script
from argmine.lexicons import read_table


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("各国应当加强对话", "hans"),
        ("各國應當加強對話", "hant"),
        # a quotation of the other script does not turn the text
        ("各国应当对话，对方称之为“國際關係”，这是双方都认可的说法，应当发扬。", "hans"),
        ("各國應當對話，對方稱之為「国际」，這是雙方都認可的說法。", "hant"),
        # characters of both scripts only, as many of one as of the other, or none
        ("安全合作", "hans"),
        ("国國", "hans"),
        ("", "hans"),
        ("plain words", "hans"),
        ("😀𠀀㐀", "hans"),
        # traditional text whose characters are often simplified ones as well
        ("臺灣後裔發願雲遊", "hant"),
    ],
)
def test_the_script_is_that_of_the_telling_characters(text, expected):
    assert detect_script(text) == expected


def test_every_telling_character_tells_its_script():
    rows = read_table("script_characters", ("character", "script", "source"))
    wrong = [row["character"] for row in rows if detect_script(row["character"]) != row["script"]]
    assert wrong == []
    assert all(len(row["character"]) == 1 for row in rows)
