"""The command line: one thin function a command; heavy imports inside.

Data goes to standard output, talk to standard error. Exit codes: 0 all fine, 1 some documents
failed, 2 usage or unreadable input, 3 the output cannot be written, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from argmine import __version__
from argmine.schema import InputError

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Argument mining for Chinese policy texts. 中文政策文本论辩挖掘。",
)


def _version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version. 版本号"
        ),
    ] = False,
) -> None:
    """Options before the command."""


@app.command()
def annotate(
    paths: Annotated[
        list[str],
        typer.Argument(
            metavar="PATH...",
            help="Files, folders, globs, JSON Lines, or - for stdin. 文件或文件夹",
        ),
    ],
    out: Annotated[
        str, typer.Option("-o", "--out", help="Folder for the results, or - for stdout. 输出文件夹")
    ],
    jobs: Annotated[
        int, typer.Option("-j", "--jobs", min=1, max=64, help="Worker processes. 进程数")
    ] = 1,
    encoding: Annotated[
        str | None, typer.Option(help="Force the encoding of text files, e.g. big5. 指定编码")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Only list the documents. 只列出文件，不处理")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("-q", "--quiet", help="No progress bar. 不显示进度")
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(help="rules, a shipped model, or a model folder; else the best. 模型"),
    ] = None,
    debug: Annotated[
        bool, typer.Option("--debug", help="Print the trace of internal errors. 输出错误详情")
    ] = False,
) -> None:
    """Annotate articles: one JSON a document. 标注文章，每篇输出一个 JSON。

    \b
    argmine annotate article.txt -o out/
    argmine annotate articles/ 'more/*.html' -o out/ --jobs 2
    argmine annotate articles.jsonl -o - > annotated.jsonl
    """
    from argmine.batch.inputs import count_documents, find_inputs, find_jobs

    inputs = find_inputs(paths)
    found = find_jobs(inputs)
    if dry_run:
        for job in found:
            print(_line(job) if isinstance(job, InputError) else job.name)
        return
    from argmine.pipeline import find_model

    find_model(model)  # a model that is not there is refused before any work
    folder = None if out == "-" else _made(Path(out))
    from argmine.batch.run import annotate_all

    written = failed = 0
    faults = 0  # inputs that name no document at all: a missing pattern, an empty folder
    from rich.progress import Progress

    from argmine.show.terminal import error_console

    with Progress(
        console=error_console(), transient=True, disable=quiet or not sys.stderr.isatty()
    ) as progress:
        task = progress.add_task("annotate 标注", total=count_documents(inputs))
        try:
            for outcome in annotate_all(
                found, folder, processes=jobs, encoding=encoding, model=model
            ):
                progress.advance(task)
                if outcome.error is not None:
                    failed += 1
                    faults += outcome.is_fault
                    _say(_line(outcome.error))
                    if debug and outcome.trace:
                        _say(outcome.trace)
                else:
                    written += 1
                    if folder is None:
                        sys.stdout.buffer.write(outcome.line)
                        sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            finding = f"cannot be written ({error.strerror})"
            _stop(InputError(out, "", finding, "check the disk"), 3)
    if not quiet:
        _say(f"{written} annotated, {failed} failed. 已标注 {written} 篇，失败 {failed} 篇。")
    if failed:
        raise typer.Exit(2 if written == 0 and faults == failed else 1)


@app.command()
def show(
    file: Annotated[Path, typer.Argument(metavar="FILE.json", help="An annotated JSON. 标注结果")],
    html: Annotated[
        Path | None, typer.Option(help="Write one self-contained page here. 输出单个网页")
    ] = None,
    lang: Annotated[str, typer.Option(help="Interface language: zh or en. 界面语言")] = "zh",
) -> None:
    """Show an annotated article in the terminal, or as one HTML page. 查看标注结果。

    \b
    argmine show out/article.json
    argmine show out/article.json --html article.html --lang en
    """
    from argmine.schema import read_json

    if lang not in ("zh", "en"):
        _stop(InputError(f"--lang {lang}", "", "not one of zh, en", "choose one"), 2)
    article = read_json(file)
    if html is not None:
        from argmine.show.page import article_page

        try:
            html.write_text(article_page(article, lang), encoding="utf-8", newline="")
        except OSError as error:
            finding = f"cannot be written ({error.strerror})"
            _stop(InputError(str(html), "", finding, "check the path"), 3)
        return
    from argmine.show.terminal import output_console, print_article

    print_article(article, output_console(), lang)


@app.command()
def evaluate(
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD...", help="Gold JSON. 金标准")],
    against: Annotated[
        Path | None,
        typer.Option(
            "--against", help="Folder of annotated JSON; else gold's texts are annotated."
        ),
    ] = None,
    target: Annotated[
        str, typer.Option(help="Target of stance. 立场目标")
    ] = "cooperative-security",
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write scores and confusions here. 输出 JSON")
    ] = None,
    gate: Annotated[
        Path | None, typer.Option(help="Fail below the floors pinned in this file. 质量底线")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="As for annotate; also names the run in the floors. 模型")
    ] = None,
    update_floors: Annotated[
        bool, typer.Option("--update-floors", help="Pin the scores as floors. 更新底线")
    ] = False,
    allow_lower: Annotated[
        bool, typer.Option("--allow-lower", help="Let floors fall. 允许下调")
    ] = False,
) -> None:
    """Score annotations against gold, with 95 % intervals. 对照金标准评分。

    \b
    argmine evaluate gold/                        # annotates the texts that gold holds
    argmine evaluate gold/ --against out/         # scores what was annotated before
    argmine evaluate gold/ --gate models/floors.json --model rules
    """
    import json

    from argmine.learn import report as reports
    from argmine.learn.gold import read_gold
    from argmine.learn.scores import evaluate as score
    from argmine.pipeline import PREFERENCE, RULES, load, shipped_models
    from argmine.pipeline import annotate as annotated
    from argmine.show.terminal import output_console

    articles = read_gold(gold)
    if against is not None:
        predicted = read_gold([against])
    else:
        from argmine.ingest.reading import article_from_text

        texts = [article_from_text(article.text, article.id) for article in articles]
        nlp = load(model)
        predicted = [annotated(text, nlp) for text in texts]
    best = next((name for name in PREFERENCE if name in shipped_models()), RULES)
    run = Path(model).name if model else best
    result = score(articles, predicted, target=target)
    output_console().print(reports.score_table({run: result}))
    print(f"{len(articles)} documents; intervals: 95 %, documents resampled")
    if json_out is not None:
        record = reports.report_record(result)
        json_out.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", "utf-8")
    if gate is not None and update_floors:
        reports.update_floors(gate, run, result, articles, lower=allow_lower)
    elif gate is not None:
        try:
            reports.check_floors(gate, run, result, articles)
        except InputError as error:
            _stop(error, 1)


@app.command()
def train(
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD...", help="Gold JSON. 金标准")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder of the model. 模型文件夹")],
    target: Annotated[
        str, typer.Option(help="Target of stance. 立场目标")
    ] = "cooperative-security",
    folds: Annotated[
        int, typer.Option(min=0, help="Folds of the cross-validation; 0: none. 交叉验证折数")
    ] = 5,
    seed: Annotated[int, typer.Option(help="Of the folds. 随机种子")] = 0,
) -> None:
    """Train a model on gold articles: units and stance, with a card. 用标注样本训练模型。

    \b
    argmine train gold/ -o models/mine
    argmine annotate articles/ -o out/ --model models/mine
    """
    from argmine.learn.gold import read_gold

    articles = read_gold(gold)
    try:
        from argmine.learn.models import train as trained
        from argmine.learn.report import score_table

        report = trained(articles, _made(out), target=target, folds=folds, seed=seed, progress=_say)
    except ImportError as error:
        fault = InputError("train", "", f"needs {error.name}", "run: pip install 'argmine[train]'")
        _stop(fault, 3)
    if report is not None:
        from argmine.show.terminal import output_console

        output_console().print(score_table({out.name: report}))
    _say(f"{out}: written. 已写入模型。")


@app.command()
def models(
    folder: Annotated[
        Path | None, typer.Argument(help="A model folder to check. 要检查的模型文件夹")
    ] = None,
) -> None:
    """List the models that come with argmine, or check a model folder. 列出或检查模型。

    \b
    argmine models
    argmine models models/mine
    """
    from argmine.pipeline import RULES, shipped_models
    from argmine.tag.models import read_model

    found = {folder.name: folder} if folder is not None else shipped_models()
    for name, path in found.items():
        model = read_model(path)
        about = model.manifest
        print(f"{name}\t{model.signature}\t{about.get('articles')} articles\t{path}")
    if folder is None:
        print(f"{RULES}\tcue lexicons and structure")


@app.command()
def join(
    standoff: Annotated[Path, typer.Argument(help="Folder of standoff annotations. 无文本标注")],
    texts: Annotated[Path, typer.Argument(help="Folder of the texts (.txt). 文本文件夹")],
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for gold JSON. 输出文件夹")],
) -> None:
    """Join standoff annotations to texts that you have, by their hash. 把标注与原文合并。

    \b
    argmine join corpus/standoff my-texts/ -o gold/
    """
    from argmine.learn.gold import join as joined
    from argmine.schema import write_json

    articles, missing = joined(standoff, texts.rglob("*.txt"))
    folder = _made(out)
    for article in articles:
        write_json(article, folder / f"{article.id}.json")
    _say(f"{len(articles)} joined, {len(missing)} without a text. 已合并 {len(articles)} 篇。")
    if missing:
        _say("no text for: " + ", ".join(missing))
        raise typer.Exit(1)


@app.command()
def schema() -> None:
    """Print the JSON Schema of the annotated JSON. 输出 JSON Schema。"""
    from importlib.resources import files

    print((files("argmine") / "annotated_article.schema.json").read_text(encoding="utf-8"), end="")


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        finding = f"cannot be made ({error.strerror})"
        _stop(InputError(str(folder), "", finding, "choose another folder"), 3)
    if not os.access(folder, os.W_OK):
        _stop(InputError(str(folder), "", "cannot be written to", "choose another folder"), 3)
    return folder


def _say(line: str) -> None:
    print(line, file=sys.stderr)


def _line(error: InputError) -> str:
    """One line about a fault, in the user's language."""
    from argmine.messages import describe, user_language

    return f"argmine: {describe(error, user_language())}"


def _stop(error: InputError, code: int) -> NoReturn:
    _say(_line(error))
    raise typer.Exit(code)


def main() -> None:
    """Run the command line."""
    for stream, errors in ((sys.stdout, "strict"), (sys.stderr, "backslashreplace")):
        stream.reconfigure(encoding="utf-8", errors=errors)  # type: ignore[union-attr]
    try:
        app()
    except InputError as error:
        _say(_line(error))
        sys.exit(2)
    except BrokenPipeError:
        # the reader (head, less) has gone: end quietly, and keep the interpreter from complaining
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
