"""``argmine table`` as a user meets it: real processes, files and exit codes."""

from __future__ import annotations

import os
import subprocess

import openpyxl
import pandas as pd
import pytest

from argmine.schema import to_json
from commands import COMMAND, run_argmine


def run(*arguments: object, **options) -> str:
    done = run_argmine("table", *arguments, **options)
    return (done.stdout if "--columns" in arguments else done.stderr).decode()


def test_all_tables_in_a_workbook_and_in_a_folder(tmp_path, out):
    book, folder = tmp_path / "t.xlsx", tmp_path / "tables"
    assert run(out, "-o", book) == "2 articles. 共 2 篇文章。\n"
    run(out, "-o", folder)
    names = ["documents", "units", "unit_stances", "relations", "mentions", "stances", "matrix"]
    assert openpyxl.load_workbook(book).sheetnames == names
    assert sorted(file.name for file in folder.iterdir()) == sorted(f"{n}.csv" for n in names)
    for name in names:
        one, two = pd.read_excel(book, sheet_name=name), pd.read_csv(folder / f"{name}.csv")
        pd.testing.assert_frame_equal(one, two, check_dtype=False)


def test_one_table_with_metadata_from_standard_input(tmp_path, article):
    meta = tmp_path / "m.csv"
    meta.write_text("key,outlet\na,甲报\nz,=1\n", encoding="gb18030")
    lines = b"".join(to_json(article(key), indent=False) for key in ("a", "b"))
    options = ("--rows", "matrix", "--code", "addressee", "--binary", "--meta", meta, "--id", "key")
    said = run("-", "-o", tmp_path / "m.parquet", *options, stdin=lines)
    assert said.splitlines() == [
        f"argmine: {meta}: articles without a row: 1 (b)",
        f"argmine: {meta}: rows without an article: 1 (z)",
        "2 articles. 共 2 篇文章。",
    ]
    frame = pd.read_parquet(tmp_path / "m.parquet")
    assert list(frame.columns) == ["document", "addressee.灯塔", "outlet"]
    assert frame.fillna("").to_numpy().tolist() == [["a", 1, "甲报"], ["b", 1, ""]]


def test_columns_of_the_users_that_argmine_has_too_are_said_once(tmp_path, out):
    meta = tmp_path / "m.csv"
    meta.write_text("id,title,outlet\na,甲,x\nb,乙,y\n", encoding="utf-8")
    said = run(out, "-o", tmp_path / "t", "--meta", meta, locale="zh_CN.UTF-8")
    assert said.splitlines() == [
        f"argmine: {meta}: 与本程序的列同名，已改名的列: 1 (meta.title)",
        "2 articles. 共 2 篇文章。",
    ]
    frame = pd.read_csv(tmp_path / "t" / "units.csv")
    assert list(frame.columns)[-2:] == ["meta.title", "outlet"]


@pytest.mark.parametrize("target", ["t.xlsx", "tables"])
def test_a_dry_run_says_what_would_be_written_and_writes_nothing(tmp_path, out, target):
    meta = tmp_path / "m.csv"
    meta.write_text("id,outlet\na,x\nz,y\n", encoding="utf-8")
    before = sorted(tmp_path.rglob("*"))
    said = run(out, "-o", tmp_path / target, "--meta", meta, "--dry-run").splitlines()
    assert sorted(tmp_path.rglob("*")) == before
    assert said[0].endswith("(2)")
    assert said[1:4] == [
        f"argmine: {meta}: articles without a row: 1 (b)",
        f"argmine: {meta}: rows without an article: 1 (z)",
        "1 articles with a row of yours. 1 篇文章有对应的信息行。",
    ]
    assert said[-1] == "2 articles, nothing written. 共 2 篇文章，未写入任何文件。"
    run(out, "-o", tmp_path / target, "--meta", meta)
    written = {line.removeprefix("would write 将写入: ") for line in said[4:-1]}
    assert {str(path) for path in set(tmp_path.rglob("*")) - {*before, tmp_path / "tables"}} == (
        written
    )
    again = run(out, "-o", tmp_path / target, "--dry-run").splitlines()
    assert {line for line in again if line.startswith("would write")} == {
        f"would write 将写入: {file} (replaced 替换)" for file in written
    }


def test_remarks_are_in_the_language_of_the_user(tmp_path, article):
    lines = to_json(article(meta={"title": "=1+1"}), indent=False)
    options = ("-", "-o", tmp_path / "d.csv", "--rows", "documents")
    said = run(*options, stdin=lines, locale="zh_CN.UTF-8")
    assert said.splitlines()[0].endswith("documents.title：可能被当作公式的内容前加了撇号: 1")
    assert run(*options, "--raw", stdin=lines) == "1 articles. 共 1 篇文章。\n"
    assert pd.read_csv(tmp_path / "d.csv")["title"].to_list() == ["=1+1"]


def test_no_control_of_the_data_reaches_the_terminal(tmp_path, article):
    label = "=\x1b[31m\u202e"
    units = [{"id": "u", "start": 0, "end": 1, "label": label}]
    lines = to_json(article(units=units, relations=[], id="\x1b[2J"), indent=False)
    meta = tmp_path / "m.csv"
    meta.write_text("id,outlet\n\u202ez,x\n", encoding="utf-8")
    said = run("-", "-o", tmp_path / "t.xlsx", "--meta", meta, stdin=lines)
    assert len(said.splitlines()) > 2
    assert all(line.isprintable() for line in said.splitlines())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "needs OUT and --out"),
        (("OUT", "-o", "t.csv"), "-o t.csv: not one of .xlsx"),
        (("OUT", "-o", "t.xls", "--rows", "units"), "not one of .csv, .xlsx, .parquet"),
        (("OUT", "-o", "t.csv", "--rows", "words"), "--rows words: not one of documents, units"),
        (("OUT", "-o", "t.xlsx", "--code", "words"), "--code words: not one of label, subtype"),
        (("OUT", "-o", "t.xlsx", "--lang", "fr"), "not one of zh, en"),
        (("OUT", "-o", "t.xlsx", "--meta", "none.csv"), "none.csv: cannot be read"),
        (("none.json", "-o", "t.xlsx"), "none.json: cannot be read"),
    ],
)
def test_wrong_usage_is_one_line(out, arguments, message):
    said = run(*(out if word == "OUT" else word for word in arguments), code=2)
    assert message in said
    assert len(said.splitlines()) == 1


def test_mixed_signatures_are_refused(tmp_path, out, article):
    (out / "c.json").write_bytes(to_json(article("c", signature="argmine:1|model:fast")))
    target = tmp_path / "t.xlsx"
    said = run(out, "-o", target, code=2)
    assert "signatures differ: model:rules (2, a), model:fast (1, c)" in said
    assert not target.exists()
    run(out, "-o", target, "--allow-mixed")
    assert target.exists()


def test_what_cannot_be_written_has_its_own_code(tmp_path, out):
    assert "cannot be written" in run(out, "-o", tmp_path / "none" / "t.xlsx", code=3)


def test_the_columns_are_explained():
    lines = run("--columns").splitlines()
    assert lines[0].split("\t") == [
        "table",
        "column",
        "type",
        "chinese",
        "english_note",
        "chinese_note",
    ]
    assert all(all(cell for cell in line.split("\t")[2:]) for line in lines[1:])


def test_a_missing_extra_is_named(tmp_path, out):
    (tmp_path / "pandas.py").write_text(
        "raise ModuleNotFoundError(name='pandas')", encoding="utf-8"
    )
    done = subprocess.run(
        [*COMMAND, "table", str(out), "-o", str(tmp_path / "t.xlsx")],
        capture_output=True,
        timeout=60,
        env={**os.environ, "LC_ALL": "C.UTF-8", "PYTHONPATH": str(tmp_path)},
    )
    assert done.returncode == 3
    assert done.stderr.decode() == (
        "argmine: compare: needs pandas; run: pip install 'argmine[compare]'\n"
    )
