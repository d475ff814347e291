"""The command line: one thin function a command; heavy imports inside.

Data goes to standard output, talk to standard error. Exit codes: 0 all fine, 1 some documents
failed, 2 usage or unreadable input, 3 the output cannot be written, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from argmine import __version__
from argmine.schema import InputError

if TYPE_CHECKING:
    from rich.table import Table

    from argmine.endpoint.annotator import Annotator
    from argmine.learn.errors import Fault

# A table is as wide as its cells; no cell needs more.
_WIDEST = 2000
# So many ids of a list are named; the number of all stands before them.
_FEW = 10

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
            print(_line(job) if isinstance(job, InputError) else job.name)
        return
    annotator = _annotator(endpoint, endpoint_model, key_env, cache, budget, model)
    from argmine.pipeline import RULES, find_model

    find_model(model)  # a model that is not there is refused before any work
    folder = None if out == "-" else _made(Path(out))
    from argmine.batch.run import annotate_all

    written = failed = skipped = 0
    faults = 0  # inputs that name no document at all: a missing pattern, an empty folder
    from rich.progress import Progress

    from argmine.show.terminal import error_console

    with Progress(
        console=error_console(), transient=True, disable=quiet or not sys.stderr.isatty()
    ) as progress:
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
                    _say(f"argmine: {outcome.name}: {_counts(outcome.remarks)}")
                if outcome.error is not None:
                    failed += not outcome.is_skipped
                    skipped += outcome.is_skipped
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
        if skipped:
            _say(f"{skipped} skipped. 跳过 {skipped} 篇。")
        if annotator is not None:
            used = annotator.usage
            _say(f"{used.requests} requests, {used.cached} from the cache, {used.tokens} tokens.")
            _say(f"请求 {used.requests} 次，取自缓存 {used.cached} 次，词元 {used.tokens} 个。")
            if used.remarks:
                _say(_counts(used.remarks))
    if failed or skipped:
        raise typer.Exit(2 if written == skipped == 0 and faults == failed else 1)


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

    _check_language(lang)
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
    model: Annotated[
        str | None, typer.Option(help="As for annotate; also names the run in the floors. 模型")
    ] = None,
    folds: Annotated[
        int, typer.Option(min=0, help="Cross-validate: train without each fold. 交叉验证折数")
    ] = 0,
    baselines: Annotated[
        bool, typer.Option("--baselines", help="Also score rules and majority. 对照基线")
    ] = False,
    second: Annotated[
        Path | None, typer.Option(help="Readings by another annotator. 另一位标注者的标注")
    ] = None,
    by: Annotated[
        list[str] | None, typer.Option(help="Group by genre, outlet or any field. 按字段分组")
    ] = None,
    meta: Annotated[
        Path | None, typer.Option(help="CSV or TSV about the articles, by id. 文章信息表")
    ] = None,
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the whole report here. 输出 JSON")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write one page here. 输出单个网页")] = None,
    lang: Annotated[str, typer.Option(help="Language of the page: zh or en. 网页语言")] = "zh",
    errors: Annotated[
        Path | None, typer.Option(help="List all errors in this .csv or .html. 导出错误")
    ] = None,
    gate: Annotated[
        Path | None, typer.Option(help="Fail below the floors pinned in this file. 质量底线")
    ] = None,
    update_floors: Annotated[
        bool, typer.Option("--update-floors", help="Pin the scores as floors. 更新底线")
    ] = False,
    allow_lower: Annotated[
        bool, typer.Option("--allow-lower", help="Let floors fall. 允许下调")
    ] = False,
    allow_trained: Annotated[
        bool, typer.Option("--allow-trained", help="Score on texts of the training. 允许训练文本")
    ] = False,
) -> None:
    """Score annotations against gold, with 95 % intervals. 对照金标准评分。

    \b
    argmine evaluate gold/                        # annotates the texts that gold holds
    argmine evaluate gold/ --against out/         # scores what was annotated before
    argmine evaluate gold/ --folds 5 --baselines  # trains without each fold
    argmine evaluate gold/ --by kind --meta articles.tsv --html report.html
    argmine evaluate gold/ --gate models/floors.json --model rules
    """
    _check_language(lang)
    if errors is not None:
        _check_suffix("--errors", errors, ".csv", ".html")
    if meta is not None and not by:
        _stop(InputError("--meta", "", "says nothing without --by", "add --by COLUMN"), 2)
    if folds and (against is not None or model is not None):
        finding = "trains models of its own, so --against and --model have no place"
        _stop(InputError("--folds", "", finding, "leave one of them out"), 2)
    from argmine.learn import report as reports
    from argmine.learn import runs
    from argmine.learn.errors import find_faults
    from argmine.learn.gold import read_gold, refuse_trained
    from argmine.learn.groups import by_group, read_metadata, values_of
    from argmine.learn.scores import evaluate as score

    articles = read_gold(gold)
    table = None if meta is None else read_metadata(meta)
    # what was annotated before does not say by which model
    run = runs.run_name(model) if model or against is None else against.resolve().name
    trained_on = {} if against is not None or folds else runs.manifest_of(model)
    if not allow_trained:
        refuse_trained(articles, trained_on)
    if against is not None:
        predicted = read_gold([against])
    elif folds:
        with _needing_training():
            predicted = runs.cross_annotated(articles, target, folds, progress=_say)
        run = f"{folds} folds"
    else:
        predicted = runs.annotated_anew(articles, model)
    result = score(articles, predicted, target=target)
    others, majority = runs.baselines(articles, target, trained_on) if baselines else ({}, None)
    if second is not None:
        others[runs.SECOND] = runs.second_reading(articles, second, target)
    about = [*predicted, *articles]  # gold's own metadata win
    groups = {
        field: by_group(result, values_of(about, field, table, str(meta))) for field in by or ()
    }
    faults = find_faults(articles, predicted, target)
    found = reports.Evaluation(run, result, others, majority, groups, faults)
    _print_table(reports.score_table(found.columns()))
    print("\n".join(reports.remarks(found)))
    for field, parts in groups.items():
        print()
        _print_table(reports.group_table(field, parts))
    if json_out is not None:
        _write(json_out, _json(reports.evaluation_record(found)))
    if html is not None:
        from argmine.learn.report_page import evaluation_page

        _write(html, evaluation_page(found, lang).encode())
    if errors is not None:
        _write_faults(errors, faults, lang)
    if gate is not None and update_floors:
        reports.update_floors(gate, run, result, articles, lower=allow_lower)
    elif gate is not None:
        try:
            reports.check_floors(gate, run, result, articles)
        except InputError as error:
            _stop(error, 1)


@app.command()
def agree(
    first: Annotated[Path, typer.Argument(metavar="A", help="One annotator's folder. 标注者甲")],
    second: Annotated[Path, typer.Argument(metavar="B", help="The other one's. 标注者乙")],
    texts: Annotated[
        Path | None, typer.Option(help="Folder of the texts of compact readings. 原文文件夹")
    ] = None,
    target: Annotated[
        str, typer.Option(help="Target of stance. 立场目标")
    ] = "cooperative-security",
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the figures here. 输出 JSON")
    ] = None,
    disagreements: Annotated[
        Path | None, typer.Option("--list", help="List them in this .csv. 列出分歧")
    ] = None,
) -> None:
    """Compare two annotators: Krippendorff's alpha and F1. 比较两位标注者的一致性。

    \b
    argmine agree anna/ ben/ --list disagreements.csv
    argmine agree corpus/readings/a corpus/readings/b --texts corpus/articles
    """
    if disagreements is not None:
        _check_suffix("--list", disagreements, ".csv")
    from argmine.learn import agreement, report
    from argmine.learn.errors import faults_csv, find_faults
    from argmine.learn.readings import read_readings, read_texts

    known = {} if texts is None else read_texts(texts)
    readings = [read_readings(folder, known, target) for folder in (first, second)]
    found = agreement.agree(readings[0], readings[1], target=target)
    _print_table(report.agreement_table(found))
    print("\n".join(report.agreement_remarks(found)))
    if json_out is not None:
        _write(json_out, _json(report.agreement_record(found)))
    if disagreements is not None:
        faults = find_faults(found.first, found.second, target)
        # neither of them is right or wrong: in the order of the texts
        faults.sort(key=lambda fault: (fault.document, fault.start or 0))
        _write(disagreements, faults_csv(faults, ("A", "B")))


@app.command()
def curve(
    gold: Annotated[list[Path], typer.Argument(metavar="GOLD...", help="Gold JSON. 金标准")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="A .html, .json or .svg. 输出文件")
    ] = None,
    sizes: Annotated[
        str, typer.Option(help="Numbers of training articles: 10,20,40. 训练文章数")
    ] = "",
    repeats: Annotated[
        int, typer.Option(min=1, max=50, help="Each holds out other articles. 重复次数")
    ] = 3,
    score: Annotated[
        str, typer.Option(help="A score of evaluate; else the clause macro-F1. 项目")
    ] = "",
    target: Annotated[
        str, typer.Option(help="Target of stance. 立场目标")
    ] = "cooperative-security",
    seed: Annotated[int, typer.Option(help="Of the splits. 随机种子")] = 0,
    lang: Annotated[str, typer.Option(help="Language of the page: zh or en. 语言")] = "zh",
) -> None:
    """Draw the learning curve: how much data is needed? 学习曲线：需要多少数据？

    \b
    argmine curve gold/ -o curve.html
    argmine curve gold/ --sizes 10,20,40,80 --score "stance macro-F1" -o curve.svg
    """
    _check_language(lang)
    if out is not None:
        _check_suffix("-o", out, ".html", ".json", ".svg")
    numbers = [part.strip() for part in sizes.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in numbers):
        _stop(InputError("--sizes", "", "not whole numbers", "write for instance 10,20,40"), 2)
    from argmine.learn.gold import read_gold

    articles = read_gold(gold)
    with _needing_training():
        from argmine.learn import curve as curves

        found = curves.learning_curve(
            articles,
            [int(part) for part in numbers],
            repeats=repeats,
            target=target,
            score=score,
            seed=seed,
            progress=_say,
        )
    _print_table(curves.curve_table(found))
    print("\n".join(curves.curve_remarks(found)))
    if out is None:
        return
    if out.suffix == ".json":
        _write(out, _json(curves.curve_record(found)))
    else:
        from argmine.learn.report_page import curve_page, curve_svg

        _write(out, (curve_page if out.suffix == ".html" else curve_svg)(found, lang).encode())


@app.command()
def train(
    gold: Annotated[
        list[Path] | None,
        typer.Argument(metavar="GOLD...", help="Gold JSON, JSON Lines or folders. 金标准"),
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="Folder of the model. 模型文件夹")
    ] = None,
    target: Annotated[
        list[str] | None,
        typer.Option(help="Target of stance, may be repeated; else all in gold. 立场目标"),
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings, a TOML file. 配置文件")] = None,
    show_config: Annotated[
        bool, typer.Option("--show-config", help="Print the settings as TOML. 输出配置")
    ] = False,
    folds: Annotated[
        int | None, typer.Option(min=0, help="Folds of the cross-validation; 0: none. 交叉验证折数")
    ] = None,
    seed: Annotated[int | None, typer.Option(min=0, help="Of the folds. 随机种子")] = None,
    encoder: Annotated[
        bool, typer.Option("--encoder", help="Train networks over the encoder too. 使用编码器")
    ] = False,
    encoder_path: Annotated[
        Path | None,
        typer.Option(help="Over this Hugging Face encoder, a local folder. 其他编码器的文件夹"),
    ] = None,
) -> None:
    """Train a model on gold articles, with a card. 用标注样本训练模型。

    Any labels, any targets of stance; units that cover their texts are taken as given borders, and
    their labels alone are learnt.

    \b
    argmine train gold/ -o models/mine
    argmine train gold/ -o models/better --encoder     # slower, reads better
    argmine train --show-config > train.toml
    argmine train gold.jsonl -o models/mine --config train.toml --target 合作安全
    argmine annotate articles/ -o out/ --model models/mine
    """
    from dataclasses import replace

    from argmine.learn.configuration import Configuration, read_configuration, to_toml

    settings = Configuration() if config is None else read_configuration(config)
    settings = replace(
        settings,
        folds=settings.folds if folds is None else folds,
        seed=settings.seed if seed is None else seed,
        targets=tuple(target) if target else settings.targets,
        encoder=encoder or settings.encoder,
        encoder_path=settings.encoder_path if encoder_path is None else str(encoder_path),
    )
    if show_config:
        print(to_toml(settings), end="")
        return
    if not gold or out is None:
        _stop(InputError("train", "", "needs GOLD and --out", "see argmine train --help"), 2)
    from argmine.learn.gold import read_gold

    articles = read_gold(gold, repeats=True)
    _made(out.parent)
    with _needing_training():
        from argmine.learn.models import train as trained
        from argmine.learn.report import score_cell, score_table

        found = trained(articles, out, settings, _say)
    if found is not None:
        for about, report in found.reports.items():
            name = f"{out.name}: {about}" if len(found.reports) > 1 else out.name
            _print_table(score_table({name: report}))
        for name, score in found.labels.items():
            print(f"{name}  {score_cell(score)}")
    _say(f"{out}: written. 已写入模型。")


@app.command()
def benchmark(
    folder: Annotated[Path, typer.Argument(help="Folder of the data sets. 数据集文件夹")],
    json_out: Annotated[
        Path | None, typer.Option("--json", help="Write the scores here. 输出 JSON")
    ] = None,
    config: Annotated[Path | None, typer.Option(help="Settings as for train. 配置文件")] = None,
) -> None:
    """Train and score on public data sets, as train and annotate do. 在公开数据集上训练并评分。

    \b
    argmine benchmark benchmarks/     # nlpcc2016-stance/, essay-roles/: train.jsonl, test.jsonl
    """
    from argmine.learn.configuration import read_configuration

    settings = None if config is None else read_configuration(config)
    with _needing_training():
        from argmine.learn import benchmark as benchmarks

        results = benchmarks.run_benchmark(folder, settings, _say)
    _print_table(benchmarks.benchmark_table(results))
    if json_out is not None:
        _write(json_out, _json(benchmarks.benchmark_record(results)))


@app.command()
def models(
    folder: Annotated[
        Path | None, typer.Argument(help="A model folder to check. 要检查的模型文件夹")
    ] = None,
) -> None:
    """List and verify the models that come with argmine, or show one folder. 列出或检查模型。

    \b
    argmine models
    argmine models models/mine
    """
    from argmine.pipeline import RULES, find_encoder, shipped_models
    from argmine.tag.models import read_model

    found = {folder.name: folder} if folder is not None else shipped_models()
    failed = 0
    for name, path in found.items():
        try:
            model = read_model(path, find_encoder)
        except InputError as error:
            _say(_line(error))
            failed += 1
            continue
        print(f"{name}\t{model.signature}\t{model.manifest.get('articles')} articles\t{path}")
        if folder is not None and (folder / "README.md").is_file():
            print((folder / "README.md").read_text(encoding="utf-8"))
    if folder is None:
        print(f"{RULES}\tcue lexicons and structure")
    if failed:
        raise typer.Exit(2)


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
def table(
    paths: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="OUT...",
            help="Annotated JSON, JSON Lines, folders, globs, or - for stdin. 标注结果",
        ),
    ] = None,
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
    meta: Annotated[
        Path | None,
        typer.Option(help="Your own columns by id: .csv, .tsv or .xlsx. 自备的文章信息表"),
    ] = None,
    id_column: Annotated[
        str, typer.Option("--id", metavar="COLUMN", help="Its column of ids. 编号所在列")
    ] = "id",
    code: Annotated[
        str,
        typer.Option(help="Of the matrix: label, subtype, stance, addressee. 矩阵的编码"),
    ] = "label",
    binary: Annotated[
        bool, typer.Option("--binary", help="0 and 1 in the matrix, no counts. 矩阵只含 0 和 1")
    ] = False,
    allow_mixed: Annotated[
        bool, typer.Option("--allow-mixed", help="Let signatures differ. 允许签名不同")
    ] = False,
    raw: Annotated[
        bool,
        typer.Option("--raw", help="CSV: no apostrophe before = + - @. 不加防公式的撇号"),
    ] = False,
    lang: Annotated[str, typer.Option(help="Language of headers: zh or en. 表头语言")] = "en",
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
    argmine table --columns
    """
    from argmine.compare.columns import columns_text

    if columns:
        print(columns_text(), end="")
        return
    _check_language(lang)
    if not paths or out is None:
        _stop(InputError("table", "", "needs OUT and --out", "see argmine table --help"), 2)
    try:
        from argmine.compare.metadata import join as joined
        from argmine.compare.metadata import read_metadata
        from argmine.compare.tables import CODES, TABLES, tables
        from argmine.compare.writing import SUFFIXES, write_tables
    except InputError as error:
        _stop(error, 3)
    from argmine.compare.reading import read_articles
    from argmine.schema import one_line

    _check_choice("--rows", rows, (*TABLES, "all"))
    _check_choice("--code", code, CODES)
    is_folder = rows == "all" and (out.is_dir() or not out.suffix)
    if not is_folder:
        _check_suffix("-o", out, *(SUFFIXES if rows != "all" else (".xlsx",)))
    about = None if meta is None else read_metadata(meta, id_column)
    wanted = TABLES if rows == "all" else (rows,)
    articles = read_articles(paths, allow_mixed=allow_mixed)
    found = tables(articles, ["documents", *wanted], code=code, counts=not binary)
    ids = found["documents"]["document"]
    chosen = {name: found[name] if about is None else joined(found[name], about) for name in wanted}
    files = {out: chosen}
    if is_folder:
        files = {_made(out) / f"{name}.csv": {name: frame} for name, frame in chosen.items()}
    for file, frames in files.items():
        try:
            remarks = write_tables(frames, file, lang=lang, raw=raw)
        except OSError as error:
            finding = f"cannot be written ({error.strerror})"
            _stop(InputError(str(file), "", finding, "check the path"), 3)
        if remarks:
            _say(one_line(f"argmine: {file}: {_counts(remarks)}"))
    for remark, unmatched in () if about is None else about.unmatched(ids):
        _say(f"argmine: {meta}: {_listed(remark, unmatched)}")
    _say(f"{len(ids)} articles. 共 {len(ids)} 篇文章。")


@app.command()
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
        _made(cache)
    return annotator


def _counts(remarks: Mapping[str, int]) -> str:
    """What was dropped, and how often, in the user's language."""
    from argmine.messages import translated, user_language

    says = translated if user_language() == "zh" else str
    return ", ".join(f"{says(reason)}: {count}" for reason, count in sorted(remarks.items()))


def _listed(remark: str, ids: Sequence[str]) -> str:
    """A remark about ids in the user's language, with their number and the first of them."""
    from argmine.messages import translated, user_language
    from argmine.schema import one_line

    said = translated(remark) if user_language() == "zh" else remark
    more = " …" if len(ids) > _FEW else ""
    return one_line(f"{said}: {len(ids)} ({', '.join(ids[:_FEW])}{more})")


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        finding = f"cannot be made ({error.strerror})"
        _stop(InputError(str(folder), "", finding, "choose another folder"), 3)
    if not os.access(folder, os.W_OK):
        _stop(InputError(str(folder), "", "cannot be written to", "choose another folder"), 3)
    return folder


def _check_language(lang: str) -> None:
    if lang not in ("zh", "en"):
        _stop(InputError(f"--lang {lang}", "", "not one of zh, en", "choose one"), 2)


def _check_choice(option: str, value: str, known: Sequence[str]) -> None:
    if value not in known:
        finding = f"not one of {', '.join(known)}"
        _stop(InputError(f"{option} {value}", "", finding, "choose one"), 2)


def _check_suffix(option: str, path: Path, *suffixes: str) -> None:
    if path.suffix not in suffixes:
        finding = f"not one of {', '.join(suffixes)}"
        _stop(InputError(f"{option} {path}", "", finding, "choose another file name"), 2)


@contextmanager
def _needing_training() -> Iterator[None]:
    """What stands in it needs the extra ``train``."""
    try:
        yield
    except ModuleNotFoundError as error:
        fault = InputError("train", "", f"needs {error.name}", "run: pip install 'argmine[train]'")
        _stop(fault, 3)


def _print_table(table: Table) -> None:
    """Print a table in its full width: what reads a pipe wants whole lines."""
    from rich.measure import Measurement

    from argmine.show.terminal import output_console

    console = output_console()
    wide = console.options.update(width=_WIDEST)
    console.width = Measurement.get(console, wide, table).maximum
    console.print(table)


def _json(record: object) -> bytes:
    import json

    return (json.dumps(record, ensure_ascii=False, indent=1, allow_nan=False) + "\n").encode()


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        finding = f"cannot be written ({error.strerror})"
        _stop(InputError(str(path), "", finding, "check the path"), 3)


def _write_faults(path: Path, faults: list[Fault], lang: str) -> None:
    from argmine.learn.errors import faults_csv
    from argmine.learn.report_page import faults_page

    page = path.suffix == ".html"
    _write(path, faults_page(faults, lang).encode() if page else faults_csv(faults))


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
