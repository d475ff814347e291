"""Writing tables: other programs read the cells that were written, and nothing in them runs."""

from __future__ import annotations

import csv
import io
import re
import shutil
import subprocess
import zipfile

import openpyxl
import pandas as pd
import pyarrow.parquet
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from argmine.compare import tables, writing
from argmine.compare.cells import MAX_CELL, defused, fit_for_cell, fit_for_xml
from argmine.compare.writing import write_tables
from argmine.errors import InputError
from argmine.schema import AnnotatedArticle

HOSTILE = [
    '=HYPERLINK("http://example.invalid","x")',
    "=1+1",
    "+1+cmd",
    "@SUM(1)",
    "-2+3",
    "＝1＋1",
    "\t=1",
    "<script>alert(1)</script>",
    "<r>甲<b></r>",
    "{=1}",
    "http://example.invalid/",
    "mailto:a@example.invalid",
    "\u202e反\u2066向",
    '引号"，逗号,\n换行;\t制表',
    "0001",
    "1e5",
    "NA",
    "TRUE",
    "2025-03-01",
    "𠀀😀",
    " 前后空格 ",
    "'撇号",
]
QUIET = {"-2.5", "+3%", "-1,200", "普通", ""}


def frame_of(texts: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"document": pd.Series(texts, dtype=pd.StringDtype("python"))})


def sheet(path) -> list[list[object]]:
    book = openpyxl.load_workbook(path)
    return [list(row) for row in book.worksheets[0].iter_rows(values_only=True)]


def read_csv(path) -> list[list[str]]:
    text = path.read_bytes().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline=""), strict=True))


@pytest.fixture
def small(article, empty):
    return tables.tables([article(), empty()])


def test_csv_is_what_excel_and_wps_open(tmp_path, small):
    path = tmp_path / "t.csv"
    assert write_tables({"stances": small["stances"]}, path, lang="zh") == {}
    assert (
        path.read_bytes()
        == (
            "\ufeff文章,目标,持有者类别,持有者,立场,得分,单元数,单元编号\r\n"
            "a,cooperative-security,author,author,favor,0.6,2,u1 u2\r\n"
            "a,cooperative-security,actor,海国,favor,1.0,1,u1\r\n"
            "a,fog,author,author,none,,0,\r\n"
        ).encode()
    )
    units = tmp_path / "units.csv"
    write_tables({"units": small["units"]}, units)
    assert [row[8] for row in read_csv(units)] == ["heading", "FALSE", "FALSE", "FALSE"]


@pytest.mark.parametrize("name", tables.TABLES)
def test_parquet_gives_the_same_table(tmp_path, small, name):
    path = tmp_path / "t.parquet"
    write_tables({name: small[name]}, path)
    found = pd.read_parquet(path)
    pd.testing.assert_frame_equal(
        found.astype(object), small[name].astype(object), check_dtype=False
    )
    kinds = {re.split("[<,]", str(kind))[0] for kind in pyarrow.parquet.read_schema(path).types}
    assert kinds <= {"string", "large_string", "int64", "double", "bool", "dictionary"}


@pytest.mark.parametrize("name", tables.TABLES)
@pytest.mark.parametrize("suffix", [".csv", ".xlsx"])
def test_pandas_reads_the_same_cells(tmp_path, small, name, suffix):
    path = tmp_path / f"t{suffix}"
    write_tables({name: small[name]}, path)
    expected = small[name]
    reader = pd.read_csv if suffix == ".csv" else pd.read_excel
    # what has a type of its own in a sheet, or in any CSV, needs none on reading
    types = {c: t for c, t in expected.dtypes.items() if t not in ("category", "boolean")}
    found = reader(path, dtype=types)
    assert list(found.columns) == list(expected.columns)
    for column in expected.columns:
        pairs = (frame[column].astype(object) for frame in (found, expected))
        one, two = (values.where(values.notna(), None).to_list() for values in pairs)
        assert one == two, column


def test_a_workbook_of_all_tables(tmp_path, small):
    path = tmp_path / "t.xlsx"
    assert write_tables(small, path, lang="zh") == {}
    book = openpyxl.load_workbook(path)
    assert book.sheetnames == ["文章", "论辩单元", "单元立场", "关系", "提及", "立场", "编码矩阵"]
    units = book["论辩单元"]
    assert (units.freeze_panes, units.auto_filter.ref) == ("B2", "A1:U4")
    assert all(6 <= dimension.width <= 61 for dimension in units.column_dimensions.values())
    assert [all(cell.font.bold for cell in row) for row in units] == [True, False, False, False]
    assert [cell.value for cell in units[1]][:5] == ["文章", "单元", "起点", "终点", "引文"]
    assert [cell.value for cell in units[2]][7:9] == [0.8, False]


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_the_same_tables_give_the_same_bytes(tmp_path, small, suffix):
    for name in ("one", "two"):
        write_tables({"units": small["units"]}, tmp_path / f"{name}{suffix}")
    one, two = (tmp_path / f"{name}{suffix}" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert sorted(file.name for file in tmp_path.iterdir()) == [one.name, two.name]


def test_nothing_runs_in_a_workbook(tmp_path):
    path = tmp_path / "t.xlsx"
    assert write_tables({"units": frame_of(HOSTILE)}, path) == {}
    assert sheet(path) == [["document"], *([text] for text in HOSTILE)]
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode() for name in archive.namelist()}
    assert "<f>" not in "".join(parts.values())
    assert not any("<hyperlink" in text or "/hyperlink" in text for text in parts.values())


def test_nothing_runs_in_a_csv(tmp_path):
    path = tmp_path / "t.csv"
    texts = [*HOSTILE, *sorted(QUIET - {""})]
    remarks = write_tables({"units": frame_of(texts)}, path)
    cells = [row[0] for row in read_csv(path)[1:]]
    active = tuple("=+-@＝\t")
    guarded = [text for text in HOSTILE if text.startswith(active)]
    assert cells == [f"'{text}" if text in guarded else text for text in texts]
    assert remarks == {f"units.document: {writing.FORMULA}": len(guarded)}
    assert write_tables({"units": frame_of(texts)}, path, raw=True) == {}
    assert [row[0] for row in read_csv(path)[1:]] == texts


@pytest.mark.parametrize("suffix", [".csv", ".xlsx", ".parquet"])
def test_headers_of_the_data_are_made_safe_too(tmp_path, article, suffix):
    target = "=cmd\x01"
    found = tables.matrix([article(stance={target: {"label": "favor"}})])
    found = found.rename(columns={"label.claim": target})
    path = tmp_path / f"t{suffix}"
    write_tables({"matrix": found}, path)
    if suffix == ".csv":
        assert read_csv(path)[0][1] == f"'{target}"
    elif suffix == ".xlsx":
        assert sheet(path)[0][1] == "=cmd␁"
    else:
        assert pyarrow.parquet.read_schema(path).names[1] == target


def test_what_a_sheet_cannot_hold_is_replaced_visibly_and_counted(tmp_path):
    texts = ["甲\x00\x0b乙", "一\r\n二\r三", "\ud800", "\ufffe", "长" * 40_000, "好"]
    path = tmp_path / "t.xlsx"
    assert write_tables({"units": frame_of(texts)}, path) == {
        f"units.document: {writing.NOT_IN_XML}": 4,
        f"units.document: {writing.TOO_LONG}": 1,
    }
    cells = [row[0] for row in sheet(path)[1:]]
    assert cells[:4] == ["甲␀␋乙", "一\n二\n三", "\ufffd", "\ufffd"]
    assert cells[4] == "长" * 32_758 + "…[+7242]"
    assert cells[5] == "好"


@pytest.mark.parametrize("suffix", [".csv", ".parquet"])
def test_a_lone_surrogate_is_replaced_and_counted(tmp_path, suffix):
    path = tmp_path / f"t{suffix}"
    remarks = write_tables({"units": frame_of(["甲\ud800", None, "乙"])}, path)
    assert remarks == {f"units.document: {writing.LONE_SURROGATE}": 1}
    if suffix == ".csv":
        assert read_csv(path) == [["document"], ["甲\ufffd"], [""], ["乙"]]
    else:
        assert pyarrow.parquet.read_table(path)["document"].to_pylist() == ["甲\ufffd", None, "乙"]


@pytest.mark.parametrize("text", ["x" * MAX_CELL, "😀" * (MAX_CELL // 2), "x" + "😀" * 16_383])
def test_a_full_cell_is_not_cut(text):
    assert fit_for_cell(text) == text


@pytest.mark.parametrize("text", ["x" * 32_768, "😀" * 16_384, "x" + "😀" * 40_000, "长" * 99_999])
def test_a_cut_cell_says_how_much_is_missing(text):
    cell = fit_for_cell(text)
    head, missing = re.fullmatch(r"(.*)…\[\+(\d+)\]", cell).groups()
    assert text == head + text[len(head) :]
    assert len(text) - len(head) == int(missing)
    assert MAX_CELL - 6 <= len(cell.encode("utf-16-le")) // 2 <= MAX_CELL


@pytest.mark.parametrize("text", sorted(QUIET))
def test_numbers_with_a_sign_are_left_alone(text):
    assert defused(text) == text


# openpyxl shows the escape that Excel and LibreOffice undo
ANY_TEXT = st.text(max_size=40).filter(lambda text: not re.search("_x[0-9A-Fa-f]{4}_", text))


@given(texts=st.lists(ANY_TEXT, min_size=1, max_size=8))
def test_any_text_comes_back_from_each_format(tmp_path_factory, texts):
    folder = tmp_path_factory.getbasetemp()
    frame = {"units": frame_of(texts)}
    write_tables(frame, folder / "any.csv", raw=True)
    write_tables(frame, folder / "any.xlsx")
    write_tables(frame, folder / "any.parquet")
    assert [row[0] for row in read_csv(folder / "any.csv")[1:]] == texts
    assert pyarrow.parquet.read_table(folder / "any.parquet")["document"].to_pylist() == texts
    cells = [row[0] for row in sheet(folder / "any.xlsx")[1:]]
    assert [cell or "" for cell in cells] == [fit_for_xml(text) for text in texts][: len(cells)]


@settings(max_examples=25)
@given(text=st.text(min_size=1, max_size=60), name=st.text(min_size=1, max_size=20))
def test_any_article_gives_its_own_quotations_in_every_format(tmp_path_factory, text, name):
    folder = tmp_path_factory.getbasetemp()
    unit = {"id": name, "start": 0, "end": len(text), "label": name, "addressee": name}
    record = {"schema_version": "1", "id": name, "text": text, "meta": {"title": text}}
    record["units"] = [unit | {"stance": {name: {"label": name}}, "holder": text}]
    record["mentions"] = [{"id": name, "kind": "actor", "start": 0, "end": 1, "text": text[0]}]
    article = AnnotatedArticle.model_validate(record | {"relations": [], "stance": {}})
    found = tables.tables([article], code="addressee")
    assert [found[table]["document"].to_list() for table in found] == [
        [] if table in ("relations", "stances") else [name] for table in found
    ]
    assert found["units"]["text"].to_list() == found["documents"]["title"].to_list() == [text]
    write_tables(found, folder / "article.xlsx")
    for table, frame in found.items():
        for suffix in (".csv", ".parquet"):
            write_tables({table: frame}, folder / f"article{suffix}")


def test_libreoffice_reads_the_same_cells(tmp_path, small):
    office = shutil.which("soffice")
    if office is None:
        pytest.skip("LibreOffice (soffice) is not installed")
    texts = [text for text in HOSTILE if "\t" not in text]
    cells = {"hostile": frame_of([*texts, "_x0041_x0042_"]), "units": small["units"]}
    for name, frame in cells.items():
        write_tables({"units": frame}, tmp_path / f"{name}.xlsx")
        write_tables({"units": frame}, tmp_path / f"{name}-raw.csv", raw=True)
    # comma, quotation mark, UTF-8, from line 1; all columns of the CSV are text, none is evaluated
    text_columns = "/".join(f"{n}/2" for n in range(1, 30))
    filters = {
        "xlsx": [],
        "csv": [f"--infilter=Text - txt - csv (StarCalc):44,34,76,1,{text_columns}"],
    }
    for suffix, options in filters.items():
        command = [office, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless"]
        command += [*options, "--convert-to", "csv:Text - txt - csv (StarCalc):44,34,76,1"]
        out = tmp_path / suffix
        files = sorted(map(str, tmp_path.glob(f"*.{suffix}")))
        subprocess.run(
            [*command, "--outdir", str(out), *files], check=True, timeout=120, capture_output=True
        )
    for name in cells:
        expected = read_csv(tmp_path / f"{name}-raw.csv")
        shown = read_csv(tmp_path / "xlsx" / f"{name}.csv")
        assert [[_number(cell) for cell in row] for row in shown] == [
            [_number(cell) for cell in row] for row in expected
        ]
        assert read_csv(tmp_path / "csv" / f"{name}-raw.csv") == expected


def _number(cell: str) -> str:
    return "0" if cell == "0.0" else cell.removesuffix(".0")


def test_tables_that_a_file_cannot_hold_are_refused(tmp_path, small, monkeypatch):
    for suffix in (".csv", ".parquet"):
        with pytest.raises(InputError, match=r"cannot hold 7 tables; give an \.xlsx or a folder"):
            write_tables(small, tmp_path / f"t{suffix}")
    with pytest.raises(InputError, match=r"not one of \.csv, \.xlsx, \.parquet"):
        write_tables({"units": small["units"]}, tmp_path / "t.xls")
    monkeypatch.setattr(writing, "MAX_ROWS", 3)
    with pytest.raises(
        InputError, match=r"units: 4 rows and 21 columns, a sheet holds 3 and 16384"
    ):
        write_tables({"units": small["units"]}, tmp_path / "t.xlsx")
    clash = small["stances"].assign(**{"持有者": "x"})
    with pytest.raises(InputError, match="two columns have the header '持有者'"):
        write_tables({"stances": clash}, tmp_path / "t.csv", lang="zh")
    assert list(tmp_path.iterdir()) == []


def test_a_failed_write_leaves_the_old_file(tmp_path, small, monkeypatch):
    path = tmp_path / "t.xlsx"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(writing.os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_tables({"units": small["units"]}, path)
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("t.xlsx", b"old")]
