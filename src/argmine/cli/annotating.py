"""Commands that annotate articles, show them, and say what the annotated JSON holds."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from argmine.cli.output import made_folder
from argmine.cli.talk import check_language, counted, fault_line, progress_bar, say, stop
from argmine.errors import InputError

if TYPE_CHECKING:
    from argmine.endpoint.annotator import Annotator


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
    min_score: Annotated[
        float,
        typer.Option(min=0.0, max=1.0, help="Leave out units of a lower score. 最低置信度"),
    ] = 0.0,
    endpoint: Annotated[
        str | None,
        typer.Option(
            metavar="URL",
            help="Send the texts to this OpenAI-compatible server, one process. 大模型服务地址",
        ),
    ] = None,
    endpoint_model: Annotated[
        str | None, typer.Option(metavar="NAME", help="Model on that server. 服务上的模型名")
    ] = None,
    key_env: Annotated[
        str | None,
        typer.Option(metavar="VAR", help="Environment variable with the key. 存放密钥的环境变量"),
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(help="Folder that keeps the answers. 保存应答的文件夹")
    ] = None,
    budget: Annotated[
        int | None, typer.Option(min=1, help="Most tokens that the run may cost. 词元上限")
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
    argmine annotate articles/ -o out/ --endpoint http://127.0.0.1:8080/v1 --endpoint-model qwen3
    """
    from argmine.batch.inputs import count_documents, find_inputs, find_jobs

    inputs = find_inputs(paths)
    found = find_jobs(inputs)
    if dry_run:
        for job in found:
            print(fault_line(job) if isinstance(job, InputError) else job.name)
        return
    annotator = _annotator(endpoint, endpoint_model, key_env, cache, budget, model)
    from argmine.pipeline import RULES, find_model

    find_model(model)  # a model that is not there is refused before any work
    folder = None if out == "-" else made_folder(Path(out))
    from argmine.batch.run import annotate_all

    written = failed = skipped = 0
    faults = 0  # inputs that name no document at all: a missing pattern, an empty folder
    with progress_bar(quiet) as progress:
        task = progress.add_task("annotate 标注", total=count_documents(inputs))
        try:
            for outcome in annotate_all(
                found,
                folder,
                processes=jobs,
                encoding=encoding,
                model=RULES if annotator else model,
                min_score=0.0 if annotator else min_score,
                annotator=annotator,
            ):
                progress.advance(task)
                if outcome.remarks:
                    say(f"argmine: {outcome.name}: {counted(outcome.remarks)}")
                if outcome.error is not None:
                    failed += not outcome.is_skipped
                    skipped += outcome.is_skipped
                    faults += outcome.is_fault
                    say(fault_line(outcome.error))
                    if debug and outcome.trace:
                        say(outcome.trace)
                else:
                    written += 1
                    if folder is None:
                        sys.stdout.buffer.write(outcome.line)
                        sys.stdout.buffer.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            finding = f"cannot be written ({error.strerror})"
            stop(InputError(out, "", finding, "check the disk"), 3)
    if not quiet:
        say(f"{written} annotated, {failed} failed. 已标注 {written} 篇，失败 {failed} 篇。")
        if skipped:
            say(f"{skipped} skipped. 跳过 {skipped} 篇。")
        if annotator is not None:
            used = annotator.usage
            say(f"{used.requests} requests, {used.cached} from the cache, {used.tokens} tokens.")
            say(f"请求 {used.requests} 次，取自缓存 {used.cached} 次，词元 {used.tokens} 个。")
            if used.remarks:
                say(counted(used.remarks))
    if failed or skipped:
        raise typer.Exit(2 if written == skipped == 0 and faults == failed else 1)


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

    check_language(lang)
    article = read_json(file)
    if html is not None:
        from argmine.show.page import article_page

        try:
            html.write_text(article_page(article, lang), encoding="utf-8", newline="")
        except OSError as error:
            finding = f"cannot be written ({error.strerror})"
            stop(InputError(str(html), "", finding, "check the path"), 3)
        return
    from argmine.show.terminal import output_console, print_article

    print_article(article, output_console(), lang)


def schema() -> None:
    """Print the JSON Schema of the annotated JSON. 输出 JSON Schema。"""
    from importlib.resources import files

    print((files("argmine") / "annotated_article.schema.json").read_text(encoding="utf-8"), end="")


def _annotator(
    endpoint: str | None,
    endpoint_model: str | None,
    key_env: str | None,
    cache: Path | None,
    budget: int | None,
    model: str | None,
) -> Annotator | None:
    """The annotator that the options of an endpoint ask for; nothing is sent yet."""
    if endpoint is None:
        if any(option is not None for option in (endpoint_model, key_env, cache, budget)):
            finding = "options of an endpoint without --endpoint"
            raise InputError("annotate", "", finding, "give its address with --endpoint")
        return None
    if model is not None:
        finding = "--model and --endpoint exclude each other"
        raise InputError("annotate", "", finding, "choose one")
    from argmine.endpoint.annotator import connect

    annotator = connect(endpoint, endpoint_model, key_env=key_env, cache=cache, budget=budget)
    if cache is not None:
        made_folder(cache)
    return annotator
