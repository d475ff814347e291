"""Commands around gold: train models and check them, score them, compare annotators, join texts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from argmine.cli.output import json_bytes, made_folder, print_table, write
from argmine.cli.talk import check_language, check_suffix, fault_line, say, stop
from argmine.errors import InputError

if TYPE_CHECKING:
    from argmine.learn.errors import Fault


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
    check_language(lang)
    if errors is not None:
        check_suffix("--errors", errors, ".csv", ".html")
    if meta is not None and not by:
        stop(InputError("--meta", "", "says nothing without --by", "add --by COLUMN"), 2)
    if folds and (against is not None or model is not None):
        finding = "trains models of its own, so --against and --model have no place"
        stop(InputError("--folds", "", finding, "leave one of them out"), 2)
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
            predicted = runs.cross_annotated(articles, target, folds, progress=say)
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
    print_table(reports.score_table(found.columns()))
    print("\n".join(reports.remarks(found)))
    for field, parts in groups.items():
        print()
        print_table(reports.group_table(field, parts))
    if json_out is not None:
        write(json_out, json_bytes(reports.evaluation_record(found)))
    if html is not None:
        from argmine.learn.report_page import evaluation_page

        write(html, evaluation_page(found, lang).encode())
    if errors is not None:
        _write_faults(errors, faults, lang)
    if gate is not None and update_floors:
        reports.update_floors(gate, run, result, articles, lower=allow_lower)
    elif gate is not None:
        try:
            reports.check_floors(gate, run, result, articles)
        except InputError as error:
            stop(error, 1)


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
        check_suffix("--list", disagreements, ".csv")
    from argmine.learn import agreement, report
    from argmine.learn.errors import faults_csv, find_faults
    from argmine.learn.readings import read_readings, read_texts

    known = {} if texts is None else read_texts(texts)
    readings = [read_readings(folder, known, target) for folder in (first, second)]
    found = agreement.agree(readings[0], readings[1], target=target)
    print_table(report.agreement_table(found))
    print("\n".join(report.agreement_remarks(found)))
    if json_out is not None:
        write(json_out, json_bytes(report.agreement_record(found)))
    if disagreements is not None:
        faults = find_faults(found.first, found.second, target)
        # neither of them is right or wrong: in the order of the texts
        faults.sort(key=lambda fault: (fault.document, fault.start or 0))
        write(disagreements, faults_csv(faults, ("A", "B")))


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
    check_language(lang)
    if out is not None:
        check_suffix("-o", out, ".html", ".json", ".svg")
    numbers = [part.strip() for part in sizes.split(",") if part.strip()]
    if not all(part.isascii() and part.isdigit() for part in numbers):
        stop(InputError("--sizes", "", "not whole numbers", "write for instance 10,20,40"), 2)
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
            progress=say,
        )
    print_table(curves.curve_table(found))
    print("\n".join(curves.curve_remarks(found)))
    if out is None:
        return
    if out.suffix == ".json":
        write(out, json_bytes(curves.curve_record(found)))
    else:
        from argmine.learn.report_page import curve_page, curve_svg

        write(out, (curve_page if out.suffix == ".html" else curve_svg)(found, lang).encode())


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
        stop(InputError("train", "", "needs GOLD and --out", "see argmine train --help"), 2)
    from argmine.learn.gold import read_gold

    articles = read_gold(gold, repeats=True)
    made_folder(out.parent)
    with _needing_training():
        from argmine.learn.models import train as trained
        from argmine.learn.report import score_cell, score_table

        found = trained(articles, out, settings, say)
    if found is not None:
        for about, report in found.reports.items():
            name = f"{out.name}: {about}" if len(found.reports) > 1 else out.name
            print_table(score_table({name: report}))
        for name, score in found.labels.items():
            print(f"{name}  {score_cell(score)}")
    say(f"{out}: written. 已写入模型。")


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

        results = benchmarks.run_benchmark(folder, settings, say)
    print_table(benchmarks.benchmark_table(results))
    if json_out is not None:
        write(json_out, json_bytes(benchmarks.benchmark_record(results)))


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
            say(fault_line(error))
            failed += 1
            continue
        print(f"{name}\t{model.signature}\t{model.manifest.get('articles')} articles\t{path}")
        if folder is not None and (folder / "README.md").is_file():
            print((folder / "README.md").read_text(encoding="utf-8"))
    if folder is None:
        print(f"{RULES}\tcue lexicons and structure")
    if failed:
        raise typer.Exit(2)


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
    folder = made_folder(out)
    for article in articles:
        write_json(article, folder / f"{article.id}.json")
    say(f"{len(articles)} joined, {len(missing)} without a text. 已合并 {len(articles)} 篇。")
    if missing:
        say("no text for: " + ", ".join(missing))
        raise typer.Exit(1)


@contextmanager
def _needing_training() -> Iterator[None]:
    """What stands in it needs the extra ``train``."""
    try:
        yield
    except ModuleNotFoundError as error:
        fault = InputError("train", "", f"needs {error.name}", "run: pip install 'argmine[train]'")
        stop(fault, 3)


def _write_faults(path: Path, faults: list[Fault], lang: str) -> None:
    from argmine.learn.errors import faults_csv
    from argmine.learn.report_page import faults_page

    page = path.suffix == ".html"
    write(path, faults_page(faults, lang).encode() if page else faults_csv(faults))
