"""Speed: all tables and the report of many articles, and of four times as many.

``ARGMINE_ARTICLES=1000`` takes as many as the goals are set for; by default fewer are taken, and as
much less time is allowed.
"""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import time
from pathlib import Path

import orjson
import pytest

from argmine import annotate, read_article
from argmine.compare.reading import read_articles
from argmine.compare.tables import tables
from argmine.compare.writing import write_tables
from argmine.schema import to_json
from commands import COMMAND

ARTICLES = int(os.environ.get("ARGMINE_ARTICLES", "400"))
# Seconds that are wanted for tables and report of 1,000, twice as many for a slower processor.
TABLES, REPORT = (2 * seconds * ARTICLES / 1000 for seconds in (20.0, 90.0))
# Bytes of the page, and of memory while it is made.
PAGE, MEMORY = 8e6, 2e9
# Four times the articles may cost this much more: linear, with room for noise.
GROWTH = 5.0


@pytest.fixture(scope="module")
def repeated(tmp_path_factory, nlp, real):
    files = sorted((real / "pool").glob("*.txt"))
    if not files:
        pytest.skip("the pool of real articles is not here")
    records = [orjson.loads(to_json(annotate(read_article(file), nlp))) for file in files]
    folder = tmp_path_factory.mktemp("repeated")

    def file_of(count: int) -> Path:
        path = folder / f"{count}.jsonl"
        with path.open("wb") as stream:
            for n in range(count):
                record = records[n % len(records)]
                stream.write(orjson.dumps(record | {"id": f"{record['id']}-{n}"}) + b"\n")
        return path

    return {count: file_of(count) for count in (ARTICLES // 4, ARTICLES)}


@pytest.mark.slow
def test_all_tables_of_many_articles(tmp_path, repeated):
    def seconds(count: int) -> dict[str, float]:
        """Of this process, which does all the work: other processes do not count."""
        laps = [time.process_time()]
        found = tables(read_articles([repeated[count]]))
        laps.append(time.process_time())
        write_tables(found, tmp_path / "t.xlsx")
        laps.append(time.process_time())
        for suffix in (".csv", ".parquet"):
            for name, frame in found.items():
                write_tables({name: frame}, tmp_path / f"{name}{suffix}")
            laps.append(time.process_time())
        steps = itertools.pairwise(laps)
        return dict(
            zip(("tables", "xlsx", "csv", "parquet"), (b - a for a, b in steps), strict=True)
        )

    quarter, whole = seconds(ARTICLES // 4), seconds(ARTICLES)
    print({step: round(spent, 2) for step, spent in whole.items()})
    for written in ("xlsx", "csv", "parquet"):
        assert whole["tables"] + whole[written] < TABLES
    assert sum(whole.values()) <= GROWTH * sum(quarter.values())


@pytest.mark.slow
def test_a_report_of_many_articles(tmp_path, repeated):
    if not hasattr(os, "wait4"):
        pytest.skip("this system does not tell what a process took")
    command = [*COMMAND, "compare", "-q"]

    def taken(count: int) -> tuple[float, int]:
        """Seconds of its processor and bytes of memory."""
        process = subprocess.Popen([*command, repeated[count], "-o", tmp_path / str(count)])
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        assert process.returncode == 0
        kilobytes = usage.ru_maxrss // (1024 if sys.platform == "darwin" else 1)
        return usage.ru_utime + usage.ru_stime, 1024 * kilobytes

    quarter, (whole, memory) = taken(ARTICLES // 4)[0], taken(ARTICLES)
    page = (tmp_path / str(ARTICLES) / "report.html").stat().st_size
    print(f"{quarter:.1f} s, {whole:.1f} s, {memory / 1e6:.0f} MB, page {page / 1e6:.2f} MB")
    assert whole < REPORT
    assert memory < MEMORY
    assert page < PAGE
    assert whole <= GROWTH * quarter
