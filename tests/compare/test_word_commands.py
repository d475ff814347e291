"""``argmine keyness`` and ``argmine find`` as a user meets them: real processes and exit codes."""

from __future__ import annotations

import pandas as pd
import pytest

from argmine.schema import to_json
from commands import run_argmine


def run(*arguments: object, code: int = 0) -> tuple[str, str]:
    done = run_argmine(*arguments, code=code)
    return done.stdout.decode(), done.stderr.decode()


@pytest.fixture
def out(out, article):
    (out / "c.json").write_bytes(
        to_json(article("c", stance={"cooperative-security": {"label": "against"}}))
    )
    return out


@pytest.mark.parametrize(
    ("options", "counts"),
    [
        (("--label", "claim"), [("focus", 3), ("reference", 3)]),
        (("--by", "document", "--focus", "a"), [("focus", 1), ("reference", 2)]),
        (
            ("--by", "document", "--focus", "a", "--reference", "c"),
            [("focus", 1), ("reference", 1)],
        ),
        (("--stance", "cooperative-security.favor"), [("focus", 2), ("reference", 1)]),
    ],
)
def test_keyness_by_groups(tmp_path, out, options, counts):
    file = tmp_path / "k.csv"
    _, said = run("keyness", out, *options, "-o", file, "--least-count", "1")
    lines = said.splitlines()
    for line, (name, articles) in zip(lines, counts, strict=False):
        assert line.startswith(f"{name}: ")
        assert f" words, {articles} articles. " in line
    assert lines[2].startswith(f"{len(pd.read_csv(file))} terms of ")


def test_keyness_by_the_users_own_column(tmp_path, out):
    meta = tmp_path / "m.csv"
    meta.write_text("id,outlet\na,甲报\nb,乙报\nc,乙报\n", encoding="utf-8")
    file = tmp_path / "k.xlsx"
    options = ("--meta", meta, "--by", "outlet", "--focus", "甲报", "--least-count", "1")
    run("keyness", out, *options, "-o", file, "--lang", "zh")
    frame = pd.read_excel(file)
    assert list(frame.columns)[:4] == ["词语", "偏向", "目标组次数", "参照组次数"]
    # every article has the same text
    assert (frame["参照组次数"] == 2 * frame["目标组次数"]).all()
    assert set(frame["对数似然值"]) == {0}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "needs one of --by, --label, --stance"),
        (("--label", "claim", "--by", "document"), "needs one of"),
        (("--by", "document"), "needs --focus with --by, and only there"),
        (("--stance", "favor"), "is no TARGET.STANCE"),
        (("--stance", "moon.favor"), "no column 'stance.moon'"),
        (("--label", "poem"), "no unit has 'poem'"),
    ],
)
def test_keyness_refuses(tmp_path, out, arguments, said):
    _, told = run("keyness", out, *arguments, "-o", tmp_path / "k.csv", code=2)
    assert said in told
    assert not (tmp_path / "k.csv").exists()


def test_find_prints_and_writes(tmp_path, out):
    lines, said = run("find", out, "應當", "--width", "3")
    assert lines.splitlines() == [f"{key} u2 建议 支持 反对   灯塔  应当  加高。" for key in "abc"]
    assert said == "3 places in 3 articles. 3 篇文章，共 3 处。\n"
    file = tmp_path / "p.csv"
    run("find", out / "a.json", "灯*高", "-o", file, "--lang", "en")
    assert pd.read_csv(file)[["keyword", "start", "end"]].to_numpy().tolist() == [
        ["灯塔应当加高", 16, 22]
    ]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("应当",), "needs OUT and KEYWORD"),
        (("OUT", "*"), "keyword: is empty"),
        (("OUT", "应当", "--sort", "size"), "not one of text, left, right, label"),
    ],
)
def test_find_refuses(out, arguments, said):
    given = [out if argument == "OUT" else argument for argument in arguments]
    _, told = run("find", *given, code=2)
    assert said in told
