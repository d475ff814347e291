"""The user's own columns: encodings, separators, joins, and what is refused."""

from __future__ import annotations

import openpyxl
import pandas as pd
import pytest

from argmine.compare import tables
from argmine.compare.metadata import join, read_metadata
from argmine.errors import InputError

TABLE = 'id,outlet,year\na,"海报, 北",2024\nb,海报,0012\n'


def cells(metadata):
    frame = metadata.frame.astype(object).where(metadata.frame.notna(), None)
    return {key: list(row) for key, row in zip(frame.index, frame.to_numpy(), strict=True)}


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("m.csv", TABLE.encode()),
        ("m.csv", TABLE.encode("utf-8-sig")),
        ("m.csv", TABLE.encode("gb18030")),
        ("m.csv", TABLE.replace("\n", "\r\n").encode("utf-16")),
        ("m.csv", (TABLE + ",,\n\n").encode()),
        ("m.csv", 'id;outlet;year\na;"海报, 北";2024\nb;海报;0012\n'.encode()),
        ("m.tsv", "id\toutlet\tyear\na\t海报, 北\t2024\nb\t海报\t0012\n".encode()),
        ("m.csv", 'id,outlet,year,,\na,"海报, 北",2024,,\nb,海报,0012,,\n'.encode()),
    ],
)
def test_text_stays_as_it_is_written(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    metadata = read_metadata(path)
    assert list(metadata.frame.columns) == ["outlet", "year"]
    assert cells(metadata) == {"a": ["海报, 北", "2024"], "b": ["海报", "0012"]}


def test_a_sheet_of_excel(tmp_path):
    book = openpyxl.Workbook()
    for row in (["编号", "year", "share", "day"], ["a", 2024, 0.5, None], ["b", "0012", None, ""]):
        book.active.append(row)
    book.save(tmp_path / "m.xlsx")
    metadata = read_metadata(tmp_path / "m.xlsx", "编号")
    assert cells(metadata) == {"a": ["2024", "0.5", None], "b": ["0012", None, None]}


def test_joined_columns_stand_behind_and_let_every_table_be_grouped(tmp_path, article, empty):
    path = tmp_path / "m.csv"
    path.write_text("year,id\n2024,a\n2023,z\n", encoding="utf-8")
    metadata = read_metadata(path)
    for name, frame in tables.tables([article(), empty(), article("c")]).items():
        joined = join(frame, metadata)
        pd.testing.assert_frame_equal(joined[frame.columns], frame)
        assert list(joined.columns) == [*frame.columns, "year"]
        assert joined["year"].dtype == pd.StringDtype("python")
        sizes = joined.groupby("year").size().to_dict()
        assert sizes == {"2024": (frame["document"] == "a").sum()}, name
    assert metadata.unmatched(["a", "b", "c"]) == [
        ("articles without a row", ["b", "c"]),
        ("rows without an article", ["z"]),
    ]
    assert metadata.unmatched(["a", "z"]) == []


def test_a_column_that_argmine_has_in_any_table_gets_a_prefix(tmp_path, article):
    path = tmp_path / "m.csv"
    path.write_text(
        "id,title,标题,kind,stance.x,立场.x,meta.title,meta.year,Title,题名\na,1,2,3,4,5,6,7,8,9\n",
        encoding="utf-8",
    )
    metadata = read_metadata(path)
    renamed = ["title", "标题", "kind", "stance.x", "立场.x", "meta.title"]
    assert metadata.renamed == [f"meta.{name}" for name in renamed]
    assert list(metadata.frame.columns) == [*metadata.renamed, "meta.year", "Title", "题名"]
    for name, frame in tables.tables([article()]).items():
        joined = join(frame, metadata)
        assert joined.columns.is_unique
        pd.testing.assert_frame_equal(joined[frame.columns], frame)
        assert set(joined["meta.title"]) == {"1"}, name
        assert set(joined["meta.meta.title"]) == {"6"}, name


def test_columns_of_names_of_their_own_keep_them(tmp_path):
    path = tmp_path / "m.csv"
    path.write_text("id,outlet,媒体,region\na,x,y,z\n", encoding="utf-8")
    assert read_metadata(path).renamed == []


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty; give a table with a header"),
        (b"id,x\na,1\na,2\n", "line 3: id 'a' stands twice"),
        (b"id,x\n,1\n", "line 2: no id"),
        (b"id,x\na,1,2\n", "line 2: 3 fields, not 2"),
        (b'id,x\n"a\nb",1\nc\n', "line 4: 1 fields, not 2"),
        (b"id,x,x\na,1,2\n", "line 1: column 'x' stands twice"),
        (b"id,,x\na,1,2\n", "line 1: a column without a name"),
        (b"key,x\na,1\n", "line 1: no column 'id'; name the column of the ids with --id: key, x"),
        (b'id,x\na,"1\n', "line 2: no valid CSV"),
        (b"id,x\na,\xff\xff\n", "is neither UTF-8 nor GB18030"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, data, message):
    path = tmp_path / "m.csv"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_metadata(path)
    assert f"{path}: {message}" in str(caught.value)


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 cut", b"no zip"])
def test_a_damaged_sheet_is_refused(tmp_path, data):
    path = tmp_path / "m.xlsx"
    path.write_bytes(data)
    with pytest.raises(InputError, match="no valid XLSX"):
        read_metadata(path)


def test_a_missing_file_is_refused(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_metadata(tmp_path / "none.csv")


@pytest.mark.parametrize("column", ["date", "日期"])
def test_dates_are_read_as_people_write_them(tmp_path, column):
    path = tmp_path / "m.csv"
    written = {
        "a": ("2024/3/1", "2024-03-01"),
        "b": ("2024年3月", "2024-03"),
        "c": ("2024", "2024"),
        "d": ("2024-11", "2024-11"),
        "e": ("", None),
        "f": ("去年三月", None),
        "g": ("2024.13", None),
    }
    rows = "".join(f"{key},{text}\n" for key, (text, _) in written.items())
    path.write_text(f"id,{column}\n{rows}", encoding="utf-8")
    expected = {key: date for key, (_, date) in written.items() if date is not None}
    assert read_metadata(path).dates() == (expected, ["f", "g"])
    path.write_text("id,day\na,2024\n", encoding="utf-8")
    assert read_metadata(path).dates() == ({}, [])
