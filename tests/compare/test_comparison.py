"""The folder of the report: names, what is replaced and what is not, bytes, refusals."""

from __future__ import annotations

import hashlib
import re

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argmine.compare.metadata import Metadata, read_metadata
from argmine.compare.report import file_name, write_report
from argmine.errors import InputError


def plain_page(article, lang):
    return f"{lang} {article.id}"


def contents(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_the_folder_holds_these_files_and_their_sums(article, tmp_path):
    told = []
    found = write_report(
        [article("a"), article("../b")], tmp_path / "r", article_page=plain_page, say=told.append
    )
    names = "documents units unit_stances relations mentions stances matrix points quotations"
    held = contents(tmp_path / "r")
    assert sorted(held) == sorted(
        [
            "SHA256SUMS",
            "articles/a.html",
            f"articles/{file_name('../b')}",
            "report.html",
            "tables.xlsx",
            *(f"tables/{name}.csv" for name in names.split()),
        ]
    )
    assert held["articles/a.html"] == b"zh a"
    sums = held.pop("SHA256SUMS").decode().splitlines()
    assert sums == [f"{hashlib.sha256(data).hexdigest()}  {name}" for name, data in held.items()]
    assert (found.articles, found.units, found.page) == (2, 6, tmp_path / "r" / "report.html")
    assert told == ["reading the articles", "looking for shared points", "writing the tables"]
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_a_second_run_gives_the_same_bytes_and_drops_what_is_gone(article, tmp_path):
    write_report([article("a"), article("b")], tmp_path / "r", article_page=plain_page)
    write_report([article("a")], tmp_path / "r", article_page=plain_page)
    write_report([article("a")], tmp_path / "other", article_page=plain_page)
    assert contents(tmp_path / "r") == contents(tmp_path / "other")


@pytest.mark.parametrize("place", ["mine.txt", "articles/mine.html", "tables/units.csv"])
def test_a_folder_with_something_of_somebody_else_stays_as_it_is(article, tmp_path, place):
    folder = tmp_path / "r"
    write_report([article()], folder)
    (folder / place).write_text("mine")
    before = contents(folder)
    with pytest.raises(InputError, match=f"holds {place}, which argmine did not write"):
        write_report([article()], folder)
    assert contents(folder) == before
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_what_fails_on_the_way_leaves_the_old_report(article, tmp_path):
    write_report([article("a")], tmp_path / "r")
    before = contents(tmp_path / "r")

    def broken():
        yield article("b")
        raise InputError("x", "", "is empty", "check it")

    with pytest.raises(InputError, match="is empty"):
        write_report(broken(), tmp_path / "r")
    assert contents(tmp_path / "r") == before
    assert [path.name for path in tmp_path.iterdir()] == ["r"]


def test_the_users_dates_go_before_those_of_the_articles(article, tmp_path):
    one, other = article("a"), article("b")
    one.meta.date, other.meta.date = "2001-01-01", "2002-02-02"
    table = tmp_path / "m.csv"
    table.write_text("id,date\na,2024/3/5\nb,soon\n", encoding="utf-8")
    found = write_report([one, other], tmp_path / "r", metadata=read_metadata(table), lang="en")
    page = (tmp_path / "r" / "report.html").read_text("utf-8")
    assert "2002-02-02 – 2024-03-05" in page
    assert "2001-01-01" not in page
    assert found.unmatched == [("dates that cannot be read", ["b"])]
    written = pd.read_csv(tmp_path / "r" / "tables" / "documents.csv")
    assert written[["date", "meta.date"]].to_numpy().tolist() == [
        ["2001-01-01", "2024/3/5"],
        ["2002-02-02", "soon"],
    ]


def test_an_unknown_column_is_refused_before_anything_is_read(article, tmp_path):
    metadata = Metadata("m.csv", pd.DataFrame({"outlet": ["x"]}, index=["a"]))
    with pytest.raises(InputError, match=r"no column 'region'.*outlet"):
        write_report(iter(()), tmp_path / "r", metadata=metadata, by="region")
    assert list(tmp_path.iterdir()) == []


@given(st.text(min_size=1))
def test_a_file_name_is_safe_on_every_system(key):
    name = file_name(key)
    assert re.fullmatch(r"[\w~-]+\.html", name)
    assert len(name.encode("utf-8")) <= 200


def test_no_two_ids_share_a_file_name_whatever_the_case():
    keys = [
        "a",
        "A",
        "a/",
        "a\\",
        "..",
        ".",
        "a.",
        "con",
        "CON",
        "文章",
        "a b",
        "a_b",
        "\ud800",
        "=a",
    ]
    names = [file_name(key).casefold() for key in keys]
    assert len(set(names)) == len(keys)
    assert names[0] == "a.html"
