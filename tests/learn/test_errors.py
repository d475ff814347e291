"""Errors: every wrong place is one row, sorted by confidence, and a spreadsheet runs none."""

from __future__ import annotations

import csv
import io

import pytest
from building import TEXT, article

from argmine.learn.errors import Fault, faults_csv, find_faults
from argmine.schema import CueSpan


def shown(fault: Fault) -> tuple:
    return (fault.kind, fault.text, fault.gold, fault.predicted, fault.score)


def test_every_kind_of_error_is_found_once_and_the_surest_stands_first():
    gold = article(
        [
            (0, 1, "claim", "favor"),
            (2, 2, "evidence", "neutral"),
            (3, 4, "evidence", "against"),
            (7, 7, "claim", "neutral"),
        ],
        [(2, 0, "support"), (3, 0, "attack")],
        "favor",
    )
    guess = article(
        [
            (0, 1, "claim", "against", 0.9, 0.8),
            (2, 4, "evidence", "against", 0.7, 0.6),
            (5, 6, "claim", "neutral", 0.95, 0.3),
        ],
        [(2, 0, "attack"), (5, 0, "support")],
        "none",
    )
    guess.units[2].cues = [CueSpan(start=15, end=17, text="丙一", weight=0.5)]
    found = find_faults([gold], [guess])
    assert [shown(fault) for fault in found] == [
        ("invented", "丙一：“丙二。”", "none", "claim", 0.95),
        ("stance", "甲一，甲二。", "favor", "against", 0.8),
        (
            "borders",
            "乙一；乙二，乙三。",
            "evidence 6–9 乙一； | evidence 9–15 乙二，乙三。",
            "evidence",
            0.7,
        ),
        ("stance", "乙一；", "neutral", "against", 0.6),
        (
            "relation",
            "乙一；乙二，乙三。",
            "support → 0–6 甲一，甲二。",
            "attack → 0–6 甲一，甲二。",
            0.5,
        ),
        ("relation", "丙一：“丙二。”", "none", "support → 0–6 甲一，甲二。", 0.5),
        ("document stance", TEXT.split("\n")[0], "favor", "none", 0.4),
        ("relation", "乙二，乙三。", "attack → 0–6 甲一，甲二。", "none", None),
        ("missed", "丙三！", "claim", "none", None),
    ]
    assert found[0].cues == [("丙一", 0.5)]
    assert (found[0].start, found[0].end) == (16, 24)
    assert TEXT[16:24] == found[0].text
    assert (found[6].start, found[6].end) == (None, None)


def test_gold_against_itself_has_no_errors():
    gold = article([(0, 1, "claim", "favor"), (2, 2, "evidence", "neutral")], [(2, 0, "support")])
    assert find_faults([gold], [gold]) == []


def test_a_wrong_label_is_one_error_for_each_pair_of_units():
    gold = article([(0, 0, "claim", "neutral"), (1, 1, "claim", "neutral")])
    guess = article([(0, 1, "evidence", "neutral", 0.5)])
    assert [shown(fault) for fault in find_faults([gold], [guess])] == [
        ("label", "甲一，", "claim", "evidence", 0.5),
        ("label", "甲二。", "claim", "evidence", 0.5),
    ]


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("+1*2", "'+1*2"),
        ("-1*2", "'-1*2"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "'\t=1"),
        ("\r=1", "'\r=1"),
        ("＝1", "'＝1"),
        ('他说：“=1”，"对"', '他说：“=1”，"对"'),
    ],
)
def test_no_cell_is_a_formula(text, cell):
    fault = Fault("label", text, 0, 2, text, text, text, 0.5, [(text, -1.0)])
    data = faults_csv([fault])
    assert data.startswith(
        b"\xef\xbb\xbfkind,document,start,end,text,gold,predicted,score,cues\r\n"
    )
    row = list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))[1]
    assert row == ["label", cell, "0", "2", cell, cell, cell, "0.5", f"{cell} -1.00"]
