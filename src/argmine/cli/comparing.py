"""Commands over many annotated articles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from argmine.cli.output import made_folder
from argmine.cli.talk import (
    check_choice,
    check_language,
    check_suffix,
    counted,
    progress_bar,
    say,
    stop,
)
from argmine.errors import InputError, one_line

if TYPE_CHECKING:
    import pandas as pd

    from argmine.compare.metadata import Metadata
    from argmine.schema import AnnotatedArticle

# So many ids of a list are named; the number of all stands before them.
_FEW = 10
# Options that several commands share.
_PATHS = typer.Argument(
    metavar="OUT...",
    help="Annotated JSON, JSON Lines, folders, globs, or - for stdin. 标注结果",
)
_Meta = Annotated[
    Path | None,
    typer.Option(help="Your own columns by id: .csv, .tsv or .xlsx. 自备的文章信息表"),
]
_IdColumn = Annotated[
    str, typer.Option("--id", metavar="COLUMN", help="Its column of ids. 编号所在列")
]
_AllowMixed = Annotated[
    bool, typer.Option("--allow-mixed", help="Let signatures differ. 允许签名不同")
]
_DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Read and check all, write nothing. 只读取检查，不写入")
]
_Quiet = Annotated[bool, typer.Option("-q", "--quiet", help="No progress. 不显示进度")]
_HeaderLanguage = Annotated[str, typer.Option(help="Language of headers: zh or en. 表头语言")]


def table(
    paths: Annotated[list[str] | None, _PATHS] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="A .csv, .xlsx or .parquet, or a folder. 输出文件"),
    ] = None,
    rows: Annotated[
        str,
        typer.Option(
            metavar="NAME",
            help="documents, units, unit_stances, relations, mentions, stances, matrix, all. 表",
        ),
    ] = "all",
    meta: _Meta = None,
    id_column: _IdColumn = "id",
    code: Annotated[
        str,
        typer.Option(help="Of the matrix: label, subtype, stance, addressee. 矩阵的编码"),
    ] = "label",
    binary: Annotated[
        bool, typer.Option("--binary", help="0 and 1 in the matrix, no counts. 矩阵只含 0 和 1")
    ] = False,
    allow_mixed: _AllowMixed = False,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="CSV: no apostrophe before = + - @. 不加防公式的撇号"),
    ] = False,
    lang: _HeaderLanguage = "en",
    dry_run: _DryRun = False,
    quiet: _Quiet = False,
    columns: Annotated[
        bool, typer.Option("--columns", help="Print what each column means. 输出各列说明")
    ] = False,
) -> None:
    """Make tables of annotated articles for Excel, R and pandas. 把标注结果做成表格。

    \b
    argmine table out/ -o tables.xlsx                      # every table is a sheet
    argmine table out/ -o tables/                          # every table is a CSV file
    argmine table out/ --rows units -o units.csv --lang zh
    argmine table out/ --rows matrix --code stance --meta outlets.csv -o matrix.csv
    argmine table out/ -o tables.xlsx --dry-run            # what would be read and written
    argmine table --columns
    """
    from argmine.compare.columns import columns_text

    if columns:
        print(columns_text(), end="")
        return
    check_language(lang)
    if not paths or out is None:
        stop(InputError("table", "", "needs OUT and --out", "see argmine table --help"), 2)
    try:
        from argmine.compare.metadata import join as joined
        from argmine.compare.tables import CODES, TABLES, tables
        from argmine.compare.writing import SUFFIXES
    except InputError as error:
        stop(error, 3)

    check_choice("--rows", rows, (*TABLES, "all"))
    check_choice("--code", code, CODES)
    is_folder = rows == "all" and (out.is_dir() or not out.suffix)
    if not is_folder:
        check_suffix("-o", out, *(SUFFIXES if rows != "all" else (".xlsx",)))
    wanted = TABLES if rows == "all" else (rows,)
    files = {out / f"{name}.csv": [name] for name in wanted} if is_folder else {out: wanted}
    about = _metadata(meta, id_column)
    if dry_run:
        _say_plan(paths, allow_mixed, quiet, about, files)
        return
    with _reading(paths, allow_mixed, quiet) as articles:
        found = tables(articles, ["documents", *wanted], code=code, counts=not binary)
    ids = found["documents"]["document"]
    if about is not None:
        found = {name: joined(found[name], about) for name in wanted}
    if is_folder:
        made_folder(out)
    for file, names in files.items():
        _written(file, {name: found[name] for name in names}, lang, raw)
    _say_unmatched(about, ids)
    say(f"{len(ids)} articles. 共 {len(ids)} 篇文章。")


def keyness(
    paths: Annotated[list[str], _PATHS],
    out: Annotated[Path, typer.Option("-o", "--out", help="A .csv, .xlsx or .parquet. 输出文件")],
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Column of units or of --meta. 分组所依据的列"),
    ] = None,
    focus: Annotated[
        list[str] | None, typer.Option(help="Its value; may be repeated. 目标组的取值")
    ] = None,
    reference: Annotated[
        list[str] | None,
        typer.Option(help="Value of the other side; else all others. 参照组的取值，默认为其余"),
    ] = None,
    label: Annotated[
        str | None, typer.Option(help="Instead: units of this label. 改按标签分组")
    ] = None,
    stance: Annotated[
        str | None,
        typer.Option(
            metavar="TARGET.STANCE",
            help="Instead: articles whose author takes this stance. 改按作者的立场分组",
        ),
    ] = None,
    pairs: Annotated[
        bool, typer.Option("--pairs", help="Count also pairs of neighbouring words. 兼计词对")
    ] = False,
    least_count: Annotated[
        int, typer.Option(min=1, help="Leave out rarer terms. 词语的最低次数")
    ] = 5,
    least_documents: Annotated[
        int, typer.Option(min=1, help="Leave out terms of fewer articles. 最少文章数")
    ] = 2,
    meta: _Meta = None,
    id_column: _IdColumn = "id",
    allow_mixed: _AllowMixed = False,
    lang: _HeaderLanguage = "en",
    quiet: _Quiet = False,
) -> None:
    """List the words that set one group apart from another. 找出一组文本的特征词。

    \b
    argmine keyness out/ --label recommendation --reference claim -o words.csv
    argmine keyness out/ --stance cooperative-security.favor -o words.xlsx --lang zh
    argmine keyness out/ --meta outlets.csv --by outlet --focus 甲报 -o words.csv
    """
    check_language(lang)
    if sum(option is not None for option in (by, label, stance)) != 1:
        finding = "needs one of --by, --label, --stance"
        stop(InputError("keyness", "", finding, "see argmine keyness --help"), 2)
    if (by is None) != (not focus):
        stop(InputError("keyness", "", "needs --focus with --by, and only there", "add one"), 2)
    target, _, side = (stance or "").rpartition(".")
    if stance is not None and not target:
        finding = "is no TARGET.STANCE"
        stop(InputError(f"--stance {stance}", "", finding, "see argmine keyness --help"), 2)
    try:
        from argmine.compare.keyness import keyness_between
        from argmine.compare.metadata import join as joined
        from argmine.compare.tables import tables
        from argmine.compare.writing import SUFFIXES
    except InputError as error:
        stop(error, 3)

    check_suffix("-o", out, *SUFFIXES)
    about = _metadata(meta, id_column)
    with _reading(paths, allow_mixed, quiet) as articles:
        found = tables(articles, ["documents", "units"])
    _say_unmatched(about, found["documents"]["document"])
    units, column, values = found["units"], by or "label", focus or [label or side]
    if about is not None:
        units = joined(units, about)
        if column not in units:
            column = about.renamed_as(column)
    if stance is not None:
        column = f"stance.{target}"
        # the author's stance in the whole article: a unit's own rests on its very words
        whole = found["documents"].set_index("document")
        known = {column: units["document"].map(whole[column])} if column in whole else {}
        others = [name for name in units.columns if name != column]
        units = units[others].assign(**known)
    terms = keyness_between(
        units,
        column,
        values,
        reference or None,
        pairs=pairs,
        least_count=least_count,
        least_documents=least_documents,
    )
    _written(out, {"keyness": terms}, lang)
    for name, chinese in (("focus", "目标组"), ("reference", "参照组")):
        words, documents = terms.attrs[f"{name}_words"], terms.attrs[f"{name}_documents"]
        say(f"{name}: {words} words, {documents} articles. {chinese}：{documents} 篇，{words} 词。")
    say(f"{len(terms)} terms of {terms.attrs['tested']}. 共 {len(terms)} 个词语。")


def find(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="OUT... KEYWORD",
            help="Annotated JSON, folders, globs, or -; then a word. 标注结果，再加关键词",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="A .csv, .xlsx or .parquet; else printed. 输出文件"),
    ] = None,
    width: Annotated[
        int, typer.Option(min=0, max=1000, help="Characters on each side. 两侧字数")
    ] = 20,
    within: Annotated[
        str, typer.Option(help="units, or text for the whole articles. 范围")
    ] = "units",
    sort: Annotated[str, typer.Option(help="text, left, right, label. 排序")] = "text",
    allow_mixed: _AllowMixed = False,
    lang: Annotated[str, typer.Option(help="Language of labels: zh or en. 标签语言")] = "zh",
    quiet: _Quiet = False,
) -> None:
    """Show a word in its context, with the unit's label and stance. 在语境中查看词语。

    \b
    argmine find out/ 合作安全
    argmine find out/ '加强*合作' --sort left
    argmine find out/ 合作安全 --within text -o places.xlsx
    """
    check_language(lang)
    if len(paths) < 2:
        stop(InputError("find", "", "needs OUT and KEYWORD", "see argmine find --help"), 2)
    try:
        from argmine.compare.concordance import SORTS, WITHIN, concordance, concordance_lines
        from argmine.compare.writing import SUFFIXES
    except InputError as error:
        stop(error, 3)

    check_choice("--within", within, WITHIN)
    check_choice("--sort", sort, SORTS)
    if out is not None:
        check_suffix("-o", out, *SUFFIXES)
    *places, keyword = paths
    with _reading(places, allow_mixed, quiet) as articles:
        found = concordance(articles, keyword, width=width, within=within, sort=sort)
    if out is not None:
        _written(out, {"concordance": found}, lang)
    else:
        for line in concordance_lines(found, lang):
            print(line)
    count, documents = len(found), found["document"].nunique()
    say(f"{count} places in {documents} articles. {documents} 篇文章，共 {count} 处。")


def compare(
    paths: Annotated[list[str], _PATHS],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of the report. 报告文件夹")],
    meta: _Meta = None,
    id_column: _IdColumn = "id",
    by: Annotated[
        str | None,
        typer.Option(metavar="COLUMN", help="Group the articles by this column. 分组所依据的列"),
    ] = None,
    allow_mixed: _AllowMixed = False,
    lang: Annotated[str, typer.Option(help="Language at first: zh or en. 初始语言")] = "zh",
    dry_run: _DryRun = False,
    quiet: _Quiet = False,
) -> None:
    """Compare annotated articles: a report that opens offline. 比较文章，生成可离线打开的报告。

    \b
    argmine compare out/ -o report/
    argmine compare out/ -o report/ --meta outlets.csv --by outlet
    argmine compare out/ -o report/ --dry-run               # what would be read and written
    """
    check_language(lang)
    try:
        from argmine.compare.report import FILES, PAGE, check_report, write_report
    except InputError as error:
        stop(error, 3)
    about = _metadata(meta, id_column)
    if dry_run:
        check_report(out, about, by)
        _say_plan(paths, allow_mixed, quiet, about, [out / name for name in FILES])
        return
    from argmine.pipeline import find_embed
    from argmine.show.page import article_page

    try:
        with _reading(paths, allow_mixed, quiet) as articles:
            found = write_report(
                articles,
                out,
                metadata=about,
                by=by,
                lang=lang,
                article_page=partial(article_page, report=f"../{PAGE}"),
                embed=find_embed(),
                say=(lambda line: None) if quiet else _say_step,
            )
    except OSError as error:
        finding = f"cannot be written ({error.strerror})"
        stop(InputError(str(out), "", finding, "check the path"), 3)
    if found.remarks:
        say(one_line(f"argmine: {out}: {counted(found.remarks)}"))
    _say_listed(meta, found.unmatched)
    say(f"{found.articles} articles, {found.groups} points: {found.page}")
    say(f"共 {found.articles} 篇文章，{found.groups} 组观点。")


@contextmanager
def _reading(
    paths: Sequence[str], allow_mixed: bool, quiet: bool
) -> Iterator[Iterator[AnnotatedArticle]]:
    """The articles one by one, under a bar until the last is read."""
    from argmine.compare.reading import find_files, read_articles

    files = find_files(paths)
    # only reading tells how many articles the others hold
    are_single = all(file.suffix.lower() == ".json" for file in files)
    with progress_bar(quiet) as progress:

        def passing() -> Iterator[AnnotatedArticle]:
            task = progress.add_task("read 读取", total=len(files) if are_single else None)
            for article in read_articles(files, allow_mixed=allow_mixed):
                yield article
                progress.advance(task)
            progress.stop()

        yield passing()


def _say_step(step: str) -> None:
    """Say what is being done, in both languages."""
    from argmine.messages import translated

    say(f"{step}. {translated(step)}。")


def _say_plan(
    paths: Sequence[str],
    allow_mixed: bool,
    quiet: bool,
    about: Metadata | None,
    files: Iterable[Path],
) -> None:
    """Read the articles and say what they are, and which files would be written."""
    ids: list[str] = []
    signatures: Counter[str] = Counter()
    with _reading(paths, allow_mixed, quiet) as articles:
        for article in articles:
            ids.append(article.id)
            signatures[article.signature or "none"] += 1
    for signature, count in signatures.most_common():
        say(one_line(f"signature 签名: {signature} ({count})"))
    _say_unmatched(about, ids)
    if about is not None:
        matched = len(about.frame.index.intersection(ids))
        say(f"{matched} articles with a row of yours. {matched} 篇文章有对应的信息行。")
    for file in files:
        replaced = " (replaced 替换)" if file.exists() else ""
        say(one_line(f"would write 将写入: {file}{replaced}"))
    say(f"{len(ids)} articles, nothing written. 共 {len(ids)} 篇文章，未写入任何文件。")


def _metadata(path: Path | None, id_column: str) -> Metadata | None:
    """The user's own columns; says which of them got another name."""
    if path is None:
        return None
    from argmine.compare.metadata import read_metadata

    found = read_metadata(path, id_column)
    if found.renamed:
        _say_listed(path, [("columns with a name of argmine's own became", found.renamed)])
    return found


def _say_unmatched(about: Metadata | None, ids: Iterable[str]) -> None:
    """Say which ids only the articles or only the user's table have."""
    if about is not None:
        _say_listed(about.path, about.unmatched(ids))


def _say_listed(file: object, remarks: Iterable[tuple[str, Sequence[str]]]) -> None:
    for remark, names in remarks:
        say(one_line(f"argmine: {file}: {_listed(remark, names)}"))


def _listed(remark: str, ids: Sequence[str]) -> str:
    """A remark about ids in the user's language, with their number and the first of them."""
    from argmine.messages import translated, user_language

    said = translated(remark) if user_language() == "zh" else remark
    more = " …" if len(ids) > _FEW else ""
    return one_line(f"{said}: {len(ids)} ({', '.join(ids[:_FEW])}{more})")


def _written(file: Path, frames: Mapping[str, pd.DataFrame], lang: str, raw: bool = False) -> None:
    """Write tables and say what was changed in them; ends with 3 where that cannot be done."""
    from argmine.compare.writing import write_tables

    try:
        remarks = write_tables(frames, file, lang=lang, raw=raw)
    except OSError as error:
        finding = f"cannot be written ({error.strerror})"
        stop(InputError(str(file), "", finding, "check the path"), 3)
    if remarks:
        say(one_line(f"argmine: {file}: {counted(remarks)}"))
