"""``argmine compare`` as a user meets it: real processes, what it says, writes and refuses."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import time

import pytest

from argmine.schema import to_json
from commands import COMMAND, run_argmine


def run(*arguments: object, **options) -> list[str]:
    done = run_argmine("compare", *arguments, **options)
    assert done.stdout == b""
    return done.stderr.decode().splitlines()


@pytest.fixture
def meta(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("id,title,outlet\na,甲,x\nz,乙,y\n", encoding="utf-8")
    return path


def test_it_says_in_both_languages_what_it_does(tmp_path, out, meta):
    report = tmp_path / "report"
    said = run(out, "-o", report, "--meta", meta, "--by", "meta.title")
    assert re.fullmatch(rf"2 articles, \d+ points: {re.escape(str(report))}/report.html", said[-2])
    assert re.fullmatch(r"共 2 篇文章，\d+ 组观点。", said[-1])
    assert said[:-2] == [
        f"argmine: {meta}: columns with a name of argmine's own became: 1 (meta.title)",
        "reading the articles. 正在读取文章。",
        "looking for shared points. 正在查找共同观点。",
        "writing the tables. 正在写入表格。",
        f"argmine: {meta}: articles without a row: 1 (b)",
        f"argmine: {meta}: rows without an article: 1 (z)",
    ]
    chinese = run(out, "-o", report, "--meta", meta, "--quiet", locale="zh_CN.UTF-8")
    assert chinese[:2] == [
        f"argmine: {meta}: 与本程序的列同名，已改名的列: 1 (meta.title)",
        f"argmine: {meta}: 没有对应行的文章: 1 (b)",
    ]
    assert not any("正在" in line for line in chinese)


def test_a_dry_run_names_what_would_be_written_and_writes_nothing(tmp_path, out, meta):
    report = tmp_path / "report"
    before = sorted(tmp_path.rglob("*"))
    said = run(out, "-o", report, "--meta", meta, "--by", "outlet", "--dry-run")
    assert sorted(tmp_path.rglob("*")) == before
    assert "signature 签名: argmine:1|model:rules (2)" in said
    assert "1 articles with a row of yours. 1 篇文章有对应的信息行。" in said
    assert said[-1] == "2 articles, nothing written. 共 2 篇文章，未写入任何文件。"
    files = [line.removeprefix("would write 将写入: ") for line in said if "would" in line]
    run(out, "-o", report)
    assert sorted(files) == sorted(map(str, report.iterdir()))
    again = run(out, "-o", report, "--dry-run")
    assert [line for line in again if line.endswith("(replaced 替换)")] == [
        f"would write 将写入: {file} (replaced 替换)" for file in files
    ]


def test_by_takes_the_name_that_the_users_file_has(tmp_path, out):
    meta = tmp_path / "m.csv"
    meta.write_text("id,side\na,east\nb,west\n", encoding="utf-8")
    run(out, "-o", tmp_path / "report", "--meta", meta, "--by", "side", "-q")
    options = ("--focus", "east", "-o", tmp_path / "k.csv", "-q")
    run_argmine("keyness", out, "--meta", meta, "--by", "side", *options)


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("OUT", "--by", "region"), "--by: no column 'region'; choose one of document"),
        (("OUT", "--meta", "none.csv"), "none.csv: cannot be read"),
        (("OUT", "--lang", "fr"), "not one of zh, en"),
        (("none.json",), "none.json: cannot be read"),
        (("OUT", "OTHER"), "signatures differ: model:rules (2, a), model:fast (1, c)"),
    ],
)
def test_what_a_run_refuses_a_dry_run_refuses(tmp_path, out, article, arguments, message, dry):
    other = tmp_path / "c.json"
    other.write_bytes(to_json(article("c", signature="argmine:1|model:fast")))
    given = [{"OUT": out, "OTHER": other}.get(word, word) for word in arguments]
    said = run(*given, "-o", tmp_path / "report", "-q", *dry, code=2)
    assert len(said) == 1
    assert message in said[0]
    assert not (tmp_path / "report").exists()


def test_a_folder_with_something_else_is_refused_before_anything_is_read(tmp_path, out):
    report = tmp_path / "report"
    report.mkdir()
    (report / "mine.txt").write_text("mine")
    for dry in ((), ("--dry-run",)):
        said = run("none.json", "-o", report, *dry, code=2)
        assert "holds mine.txt, which argmine did not write" in said[0]


@pytest.mark.parametrize(("option", "shown"), [((), True), (("-q",), False)])
def test_a_terminal_shows_how_many_articles_are_read(tmp_path, article, option, shown):
    folder = tmp_path / "many"
    folder.mkdir()
    for n in range(40):
        (folder / f"{n}.json").write_bytes(to_json(article(str(n))))
    master, slave = pty.openpty()
    with subprocess.Popen(
        [*COMMAND, "compare", str(folder), "-o", str(tmp_path / "r"), "--dry-run", *option],
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**os.environ, "LC_ALL": "C.UTF-8", "TERM": "xterm"},
    ) as process:
        os.close(slave)
        told = read_all(master)
        assert process.wait(timeout=60) == 0
    assert bool(re.search("read 读取.*%", told)) == shown
    assert "40 articles, nothing written." in told
    # the cursor that the bar hid is back
    assert told.count("\x1b[?25l") == told.count("\x1b[?25h") == shown


def read_all(terminal: int) -> str:
    """Everything that a process writes to the terminal; ends with the process."""
    data, started = b"", time.monotonic()
    while time.monotonic() - started < 60:
        try:
            data += os.read(terminal, 65536)
        except OSError:  # what Linux answers once nobody holds the other side
            break
    os.close(terminal)
    return data.decode()
