"""The report: a folder with one page, the annotated articles as pages, and all tables.

Reads:   annotated articles, each once, and the user's own columns about them
Writes:  ``report.html``, ``articles/``, ``tables/``, ``tables.xlsx`` and ``SHA256SUMS``, a list of
         the others: by it a later run knows what argmine wrote there, and replaces nothing else
Limits:  articles are written as they pass; memory holds the rows of the tables
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from argmine.compare import needing_extra
from argmine.compare.align import align
from argmine.compare.cells import encodable
from argmine.compare.columns import read_columns
from argmine.compare.metadata import Metadata, join
from argmine.compare.report_page import Facts, report_page
from argmine.compare.similarity import Embed
from argmine.compare.tables import TABLES, tables
from argmine.compare.writing import MAX_ROWS, Remarks, write_tables
from argmine.errors import InputError
from argmine.schema import AnnotatedArticle

with needing_extra():
    import pandas as pd

PAGE, ARTICLES, TABLES_FOLDER, BOOK, SUMS = (
    "report.html",
    "articles",
    "tables",
    "tables.xlsx",
    "SHA256SUMS",
)
# What a report is made of.
FILES = (PAGE, ARTICLES, TABLES_FOLDER, BOOK, SUMS)
# An id that is a file name on every system, and the only one of its spelling.
_PLAIN = re.compile(r"[0-9a-z][0-9a-z_-]{0,59}")
# Names that Windows keeps for devices.
_DEVICES = re.compile(r"con|prn|aux|nul|(com|lpt)\d")
_NOT_IN_NAMES = re.compile(r"[^\w-]+")
# Characters of an id that its file name shows, and of its hash that make it the only one.
_SHOWN, _HASHED = 40, 16

ArticlePage = Callable[[AnnotatedArticle, str], str]


@dataclass(frozen=True)
class ReportSummary:
    """What was written.

    Attributes:
        page: the page.
        articles: number of articles.
        units: number of units.
        groups: number of groups of near-equal units.
        remarks: what was changed in cells of the tables, and how often.
        unmatched: remark and ids: those that only the articles or only the user's table have, and
            those whose date in it cannot be read.
    """

    page: Path
    articles: int
    units: int
    groups: int
    remarks: Remarks
    unmatched: Sequence[tuple[str, Sequence[str]]]


def write_report(
    articles: Iterable[AnnotatedArticle],
    folder: str | os.PathLike[str],
    *,
    metadata: Metadata | None = None,
    by: str | None = None,
    lang: str = "zh",
    article_page: ArticlePage | None = None,
    embed: Embed | None = None,
    say: Callable[[str], object] = lambda line: None,
) -> ReportSummary:
    """Write the report over articles into a folder, whole or not at all.

    Args:
        articles: annotated articles; may be an iterator, which is read once.
        folder: is made; one that an earlier report is in is replaced.
        metadata: the user's own columns; a date among them is that of the article on the page.
        by: one of them, or a column of the table of documents, which goes before one of that name
            in the user's file, to group the articles by.
        lang: of the page at first and of the headers of the tables, ``zh`` or ``en``.
        article_page: makes the page of an annotated article; without it the report has no links.
        embed: as :func:`argmine.compare.align.align` takes it.
        say: is told what is being done.

    Raises:
        InputError: the folder holds something that argmine did not write, no such column as ``by``,
            or what the articles or the user's columns raise.
        OSError: a file cannot be written.
    """
    folder = Path(os.path.abspath(folder))
    by = check_report(folder, metadata, by)
    folder.parent.mkdir(parents=True, exist_ok=True)
    building = Path(tempfile.mkdtemp(prefix=".argmine-", dir=folder.parent))
    try:
        pages: dict[str, str] = {}
        passing = _written(articles, building, article_page, lang, pages)
        say("reading the articles")
        frames = tables(passing, TABLES)
        ids = frames["documents"]["document"]
        unmatched = [] if metadata is None else metadata.unmatched(ids)
        say("looking for shared points")
        points = align(
            frames["units"], frames["relations"], mentions=frames["mentions"], embed=embed
        )
        dates: dict[str, str] = {}
        if metadata is not None:
            frames = {name: join(frame, metadata) for name, frame in frames.items()}
            dates, unread = metadata.dates()
            if unread:
                unmatched.append(("dates that cannot be read", unread))
        say("writing the tables")
        everything = frames | {"points": points.groups, "quotations": points.quotations}
        files, remarks = _write_tables(everything, building, lang)
        facts = Facts(pages, by, unmatched, files, dates, has_encoder=embed is not None)
        page = report_page(frames, points, facts, lang)
        (building / PAGE).write_text(page, encoding="utf-8", newline="")
        _write_sums(building)
        _put_in_place(building, folder)
    finally:
        shutil.rmtree(building, ignore_errors=True)
    sizes = len(ids), len(frames["units"]), len(points.groups)
    return ReportSummary(folder / PAGE, *sizes, remarks, unmatched)


def check_report(
    folder: str | os.PathLike[str], metadata: Metadata | None = None, by: str | None = None
) -> str | None:
    """Refuse what :func:`write_report` refuses before it reads anything; nothing is written.

    Returns:
        The name in the tables of the column to group by.

    Raises:
        InputError: the folder holds something that argmine did not write, or no such column.
    """
    _check_folder(Path(folder))
    return _checked_column(by, metadata)


def _checked_column(by: str | None, metadata: Metadata | None) -> str | None:
    known = [column.name for column in read_columns()["documents"][1:] if not column.stands_for]
    if metadata is not None:
        if by is not None and by not in known:
            by = metadata.renamed_as(by)
        known += map(str, metadata.frame.columns)
    if by is not None and by not in known:
        raise InputError("--by", "", f"no column {by!r}", f"choose one of {', '.join(known)}")
    return by


def _written(
    articles: Iterable[AnnotatedArticle],
    folder: Path,
    article_page: ArticlePage | None,
    lang: str,
    pages: dict[str, str],
) -> Iterator[AnnotatedArticle]:
    """The articles, each of which is written as a page when it passes; ``pages`` gets the links."""
    (folder / ARTICLES).mkdir()
    for article in articles:
        pages[article.id] = ""
        if article_page is not None:
            name = file_name(article.id)
            page = encodable(article_page(article, lang))
            (folder / ARTICLES / name).write_text(page, encoding="utf-8", newline="")
            pages[article.id] = f"{ARTICLES}/{quote(name)}"
        yield article


def file_name(key: str) -> str:
    """The name of an article's page: safe on every system, and no other article's.

    An id that is no plain name (lower-case Latin letters, digits, ``-`` and ``_``) is shown as far
    as it can be, and told apart by its hash after a ``~``, which no plain name holds.
    """
    if _PLAIN.fullmatch(key) and not _DEVICES.fullmatch(key):
        return f"{key}.html"
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()[:_HASHED]
    return f"{_NOT_IN_NAMES.sub('_', key)[:_SHOWN]}~{digest}.html"


def _write_tables(
    frames: dict[str, pd.DataFrame], folder: Path, lang: str
) -> tuple[list[str], Remarks]:
    """Each table as CSV, and all as the sheets of a book where a sheet holds the longest."""
    (folder / TABLES_FOLDER).mkdir()
    remarks: Remarks = Counter()
    files = []
    if max(map(len, frames.values())) < MAX_ROWS:
        remarks += write_tables(frames, folder / BOOK, lang=lang)
        files.append(BOOK)
    for name, frame in frames.items():
        file = f"{TABLES_FOLDER}/{name}.csv"
        remarks += write_tables({name: frame}, folder / file, lang=lang)
        files.append(file)
    return files, remarks


def _files(folder: Path) -> list[str]:
    """Everything in the folder but the list of sums itself, as paths from it."""
    found = (path for path in sorted(folder.rglob("*")) if path.is_symlink() or not path.is_dir())
    return [path.relative_to(folder).as_posix() for path in found if path != folder / SUMS]


def _sum(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_sums(folder: Path) -> None:
    lines = [f"{_sum(folder / name)}  {name}\n" for name in _files(folder)]
    (folder / SUMS).write_text("".join(lines), encoding="utf-8", newline="")


def _check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything that argmine did not write, or that was changed since."""
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise InputError(str(folder), "", "is no folder", "name another folder")
    if not folder.exists():
        return
    found = _files(folder)
    known: dict[str, str] = {}
    if (folder / SUMS).is_file():
        text = (folder / SUMS).read_text(encoding="utf-8", errors="replace")
        pairs = (line.split("  ", 1) for line in text.splitlines() if "  " in line)
        known = {name: digest for digest, name in pairs}
    for name in found:
        path = folder / name
        if name not in known or path.is_symlink() or _sum(path) != known[name]:
            finding = f"holds {name}, which argmine did not write"
            raise InputError(str(folder), "", finding, "name another folder")


def _put_in_place(building: Path, folder: Path) -> None:
    """Let the new folder take the place of the old one, which comes back if that fails."""
    # mkdtemp gives 0700; colleagues must be able to read the report as the umask says
    umask = os.umask(0)
    os.umask(umask)
    building.chmod(0o777 & ~umask)
    if not folder.exists():
        building.rename(folder)
        return
    # it took a while to build: somebody may have put something there
    _check_folder(folder)
    before = Path(tempfile.mkdtemp(prefix=".argmine-", dir=folder.parent)) / folder.name
    folder.rename(before)
    try:
        building.rename(folder)
    except BaseException:
        before.rename(folder)
        raise
    finally:
        shutil.rmtree(before.parent, ignore_errors=True)
