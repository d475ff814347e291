"""The lexicons: every shipped table is sound, faults are named by line, matching is exact."""

from __future__ import annotations

from importlib.resources import files

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine import lexicons
from argmine.errors import InputError
from argmine.lexicons import CUE_COLUMNS, Cue, Match, Matcher, alternation, read_lexicon, read_table

FOLDER = files("argmine.lexicons")
TABLES = sorted(path.name[:-4] for path in FOLDER.iterdir() if path.name.endswith(".tsv"))


@pytest.mark.parametrize("name", TABLES)
def test_every_shipped_table_is_sound(name):
    header = (FOLDER / f"{name}.tsv").read_text(encoding="utf-8").split("\n", 1)[0].split("\t")
    assert "source" in header
    assert len(read_table(name, header)) > 0
    if tuple(header) == CUE_COLUMNS:
        assert len(read_lexicon(name)) > 0


HEADER = "\t".join(CUE_COLUMNS)


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["cue\tlabel"], "x.tsv: line 1: header is not cue label role weight source note"),
        ([HEADER, "应\tclaim\tcue\t1"], "x.tsv: line 2: 4 fields, not 6; check the tabs"),
        ([HEADER, "应\tclaim\tcu\t1\town\t"], "line 2: role 'cu' is not one of cue, pseudo, term"),
        ([HEADER, "应\tclaim\tcue\tmuch\town\t"], "line 2: weight 'much' is no number"),
        ([HEADER, "应\tclaim\tcue\tnan\town\t"], "line 2: weight 'nan' is no number"),
        ([HEADER, "应\t\tcue\t1\town\t"], "line 2: empty label"),
        ([HEADER, "应\tclaim\tcue\t1\t\t"], "line 2: empty first field or source"),
        (
            [HEADER, "要\tclaim\tcue\t1\town\t", "应\tclaim\tcue\t1\town\t"],
            "line 3: repeated or out",
        ),
        (
            [HEADER, "应\tclaim\tcue\t1\town\t", "应\tclaim\tcue\t2\town\t"],
            "line 3: '应' stands twice; delete one line",
        ),
    ],
)
def test_faults_are_named_by_line(monkeypatch, tmp_path, lines, message):
    (tmp_path / "x.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    monkeypatch.setattr(lexicons, "files", lambda package: tmp_path)
    read_lexicon.cache_clear()
    with pytest.raises(InputError, match=message.replace(".", r"\.")):
        read_lexicon("x")


def cue(string: str, role: str = "cue", label: str = "claim") -> Cue:
    return Cue(string, label, role, 1.0, "own", "")  # type: ignore[arg-type]


def test_the_longest_cue_wins_and_a_pseudo_cue_hides_what_it_covers():
    cues = [cue("应"), cue("应当"), cue("供应", "pseudo"), cue("当")]
    matcher = Matcher(cues)
    text = "各国应当稳定供应，应有当"
    assert matcher.find(text) == [
        Match(2, 4, cues[1]),
        Match(9, 10, cues[0]),
        Match(11, 12, cues[3]),
    ]
    assert matcher.find_all(text) == [
        Match(2, 4, cues[1]),
        Match(2, 3, cues[0]),
        Match(3, 4, cues[3]),
        Match(9, 10, cues[0]),
        Match(11, 12, cues[3]),
    ]


def test_offsets_are_code_points_behind_any_plane():
    assert Matcher([cue("应")]).find("😀𠮷e\u0301应") == [Match(4, 5, cue("应"))]


@given(
    st.lists(st.text("甲乙丙", min_size=1, max_size=3), unique=True, max_size=6),
    st.text("甲乙丙丁😀", max_size=40),
)
def test_find_is_the_leftmost_longest_scan(strings, text):
    expected, at = [], 0
    while at < len(text):
        longest = max((s for s in strings if text.startswith(s, at)), key=len, default="")
        if longest:
            expected.append((at, at + len(longest)))
        at += len(longest) or 1
    found = Matcher(map(cue, strings)).find(text)
    assert [(match.start, match.end) for match in found] == expected
    # a long text is scanned piece by piece, with the same result
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lexicons, "PIECE", 4)
        assert Matcher(map(cue, strings)).find(text) == found


def test_no_cue_matches_nothing():
    assert Matcher([]).find("任何文字") == []
    import re

    assert re.search(alternation([], "claim"), "任何文字") is None
