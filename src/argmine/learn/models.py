"""Train a model from gold files and write its folder: arrays, manifest, metrics and card."""

from __future__ import annotations

import json
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language

from argmine import __version__
from argmine.errors import InputError
from argmine.learn.configuration import Configuration
from argmine.learn.document_stance import fit_document_heads
from argmine.learn.gold import check_gold, digest_of
from argmine.learn.label_scores import SIDES, document_pairs, mean_f1, unit_pairs
from argmine.learn.relations import fit_relations
from argmine.learn.report import gold_digest, report_record, score_cell
from argmine.learn.resampling import Score, plain
from argmine.learn.scores import Report, evaluate
from argmine.learn.temperature import find_temperatures
from argmine.learn.training import (
    Example,
    fit_heads,
    has_given_borders,
    make_examples,
    targets_in,
)
from argmine.pipeline import RULES, TRAINED, annotate, encoder_at, load
from argmine.schema import AnnotatedArticle
from argmine.tag.document_stance import DocumentHead
from argmine.tag.models import MANIFEST, Model, write_model
from argmine.tag.scorers import Scorer

CARD, METRICS = "README.md", "metrics.json"


@dataclass(frozen=True, slots=True)
class Found:
    """What cross-validation found.

    Attributes:
        reports: on units and their stance, by target.
        labels: further scores by name: of given units, of documents without units.
    """

    reports: dict[str, Report]
    labels: dict[str, Score]


def train(
    gold: Sequence[AnnotatedArticle],
    folder: Path,
    configuration: Configuration | None = None,
    progress: Callable[[str], None] = lambda _: None,
) -> Found | None:
    """Train a model and write its folder, whole or not at all.

    The figures in its card are cross-validated: each article is scored by a model that was trained
    without it. The model itself is trained on all articles.

    Args:
        gold: annotated articles.
        folder: the model's folder; its name is the model's name.
        configuration: settings, seed, folds; else the defaults.
        progress: told what is being done, and what cannot be learnt.

    Returns:
        What cross-validation found; ``None`` without folds, or with fewer articles than folds.

    Raises:
        InputError: gold that cannot be learnt from, or a folder with other files.
    """
    configuration = configuration or Configuration()
    check_gold(gold, configuration.labels)
    _check_folder(folder)
    of_units, of_documents = targets_in(gold)
    targets = list(configuration.targets) or [*of_units, *of_documents]
    for target in targets:
        if target not in (*of_units, *of_documents):
            known = ", ".join((*of_units, *of_documents)) or "none"
            finding = f"no stance toward {target!r} in gold"
            raise InputError("--target", "", finding, f"choose one of {known}")
    given = has_given_borders(gold, configuration.borders)
    examples = make_examples(gold, targets, given=given)
    rows = sum(len(example.table) for example in examples)
    progress(f"{len(gold)} articles, {rows} {'segments' if given else 'clauses'}")
    progress("fitting on all articles")
    # first, so that what cannot be learnt is said before the long work
    heads = fit_heads(examples, targets, configuration, progress)
    found, temperatures = None, {}
    predicted: list[AnnotatedArticle] = []
    documents: dict[str, DocumentHead] = {}
    folds = configuration.folds
    if 1 < folds <= len(gold):
        predicted = cross_annotate(
            gold, examples, targets, folds, configuration.seed, progress, configuration
        )
        if not given:
            temperatures = find_temperatures(gold, predicted, targets)
            documents, predicted = fit_document_heads(gold, examples, predicted, targets, progress)
        found = _figures(gold, predicted, targets, given)
    encoder = encoder_at(configuration.encoder_path) if configuration.encoder else None
    relations = fit_relations(
        gold, examples, predicted, encoder, seed=configuration.seed, say=progress
    )
    about = _about(folder.name, gold, examples, targets, configuration)
    about["temperatures"] = temperatures
    if configuration.encoder_path:
        about["encoder_path"] = configuration.encoder_path
    with _replacing(folder) as place:
        write_model(place, heads, about, relations, documents)
        text = json.dumps(_metrics(found), ensure_ascii=False, indent=1) + "\n"
        (place / METRICS).write_text(text, encoding="utf-8")
        card = _card({**about, "documents_by_units": list(documents)}, found, folds)
        (place / CARD).write_text(card, encoding="utf-8")
    return found


def cross_annotate(
    gold: Sequence[AnnotatedArticle],
    examples: Sequence[Example],
    targets: str | Sequence[str],
    folds: int,
    seed: int,
    progress: Callable[[str], None],
    configuration: Configuration | None = None,
) -> list[AnnotatedArticle]:
    """The articles of gold, each annotated by heads that were trained without it.

    Args:
        gold: the articles.
        examples: the same, made ready.
        targets: of stance.
        folds: how many.
        seed: of the split.
        progress: told which fold is being read.
        configuration: settings; else the defaults.
    """
    wanted = [targets] if isinstance(targets, str) else targets
    order = np.random.default_rng(seed).permutation(len(gold)).tolist()
    fold_of: dict[str, int] = {}
    for n, number in enumerate(order):
        # a text that stands twice stays in one fold
        fold_of.setdefault(digest_of(gold[number].text), n % folds)
    homes = [fold_of[digest_of(article.text)] for article in gold]
    predicted: list[AnnotatedArticle] = []
    for fold in range(folds):
        progress(f"cross-validation {fold + 1} of {folds}")
        rest = [example for home, example in zip(homes, examples, strict=True) if home != fold]
        heads = fit_heads(rest, wanted, configuration, subtypes=False)
        told = {"stances_by_target": stances_by_target(rest)}
        nlp = with_heads(heads, "cross-validated", told)
        held = (article for home, article in zip(homes, gold, strict=True) if home == fold)
        predicted += [annotate(article, nlp) for article in held]
    return predicted


def stances_by_target(examples: Sequence[Example]) -> dict[str, dict[str, int]]:
    """How many rows of units take each stance, by target."""
    counts: dict[str, Counter[str]] = {}
    for example in examples:
        for target, column in example.by_target.items():
            counts.setdefault(target, Counter()).update(side for side in column if side)
    return {target: dict(sorted(own.items())) for target, own in counts.items() if own}


def with_heads(
    heads: Mapping[str, Scorer], name: str, manifest: Mapping[str, Any] | None = None
) -> Language:
    """The rule pipeline with trained heads in the place of its scorers.

    Args:
        heads: by name.
        name: of the model.
        manifest: what it tells besides.
    """
    nlp = load(RULES)
    model = Model(name, heads, manifest or {})
    for component in TRAINED:
        nlp.get_pipe(component).use(model)  # type: ignore[attr-defined]
    return nlp


def _figures(
    gold: Sequence[AnnotatedArticle],
    predicted: Sequence[AnnotatedArticle],
    targets: Sequence[str],
    given: bool,
) -> Found:
    guesses = {article.id: article for article in predicted}
    pairs = [(article, guesses[article.id]) for article in gold]
    argued = [article for article in gold if article.units]
    reports, labels = {}, {}
    if argued and not given:
        # without a target the figures on stance are empty
        reports = {target: evaluate(argued, predicted, target=target) for target in targets or [""]}
    if given:
        names = sorted({unit.label for article in gold for unit in article.units})
        labels["unit macro-F1"] = mean_f1([unit_pairs(*pair) for pair in pairs], names)
    posts = [pair for pair in pairs if not pair[0].units and pair[0].stance]
    if posts:
        labels["document F_avg"] = mean_f1([document_pairs(*pair) for pair in posts], SIDES)
    return Found(reports, labels)


def _about(
    name: str,
    gold: Sequence[AnnotatedArticle],
    examples: Sequence[Example],
    targets: Sequence[str],
    configuration: Configuration,
) -> dict[str, Any]:
    """What the manifest says besides the heads."""
    stances = Counter(
        side for e in examples for column in e.by_target.values() for side in column if side
    )
    documents = Counter(
        article.stance[target].label
        for article in gold
        for target in targets
        if target in article.stance
    )
    return {
        "name": name,
        "argmine": __version__,
        "segments": "given" if examples[0].given else "found",
        "targets": list(targets),
        "gold": gold_digest(gold),
        "articles": len(gold),
        "clauses": sum(len(example.table) for example in examples),
        "labels": dict(sorted(Counter(v for e in examples for v in e.labels).items())),
        "stances": dict(sorted(stances.items())),
        "stances_by_target": stances_by_target(examples),
        "documents": dict(sorted(documents.items())),
        "settings": {kind: asdict(settings) for kind, settings in configuration.heads.items()},
        "network_settings": asdict(configuration.network) if configuration.encoder else None,
        "early_stopping": configuration.early_stopping,
        "seed": configuration.seed,
        "texts": sorted({digest_of(article.text) for article in gold}),
    }


def _check_folder(folder: Path) -> None:
    """Refuse a folder that holds anything but a model."""
    try:
        others = [
            file.name
            for file in (sorted(folder.iterdir()) if folder.exists() else [])
            if file.name not in (CARD, METRICS, MANIFEST) and file.suffix != ".npz"
        ]
    except OSError as error:
        finding = f"cannot be read ({error.strerror})"
        raise InputError(str(folder), "", finding, "choose another folder") from error
    if others:
        finding = f"holds files that are no model's ({others[0]})"
        raise InputError(str(folder), "", finding, "choose another folder")


@contextmanager
def _replacing(folder: Path) -> Iterator[Path]:
    """A sibling of the folder that takes its place at the end, whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".argmine-", dir=folder.parent) as room:
        new, old = Path(room) / "new", Path(room) / "old"
        new.mkdir()
        yield new
        if folder.exists():
            folder.rename(old)
        new.rename(folder)


def _metrics(found: Found | None) -> dict[str, Any]:
    """The scores of the first target as its report has them, and those of the others by name."""
    if found is None:
        return {}
    reports = {target: report_record(report) for target, report in found.reports.items()}
    record: dict[str, Any] = next(iter(reports.values()), {"scores": {}})
    for name, score in found.labels.items():
        record["scores"][name] = {key: plain(value) for key, value in asdict(score).items()}
    if len(reports) > 1:
        record["targets"] = dict(list(reports.items())[1:])
    return record


def _card(about: Mapping[str, Any], found: Found | None, folds: int) -> str:
    toward = ", ".join(f"`{target}`" for target in about["targets"]) or "no target"
    many = f"{about['articles']} articles, {about['clauses']}"
    if about["segments"] == "given":
        what = "labels of units whose borders are given (else of sentences)"
        many += " segments"
    else:
        what = "units and their labels"
        many += " clauses"
    how = _LINEAR
    if about["network_settings"]:
        path = about.get("encoder_path")
        how = _NETWORKS.format(
            *(("in models/encoder", "encoder") if path is None else (path, "huggingface"))
        )
    return f"""# {about["name"]}

{how}
It tells {what}, and stance toward {toward}.

- Trained with `argmine train` (argmine {about["argmine"]}) on {many}:
  {about["labels"]}; stance of units: {about["stances"]}; of documents: {about["documents"]}.
- Digest of the gold: `{about["gold"]}`. Settings, digests of texts and files: `manifest.json`.
- Intended use: a first reading of texts like those it was trained on, to be checked by a person.
- Scores: {_calibrated(about["temperatures"])}
- Stance of documents: {_documents_told(about)}
- Relations: learnt on gold units and on those found in each fold; the relation figure below is that
  of the rules' weights, which the folds used.
- Limits: texts unlike those are read worse.

{_scores(found, folds)}
"""


def _documents_told(about: Mapping[str, Any]) -> str:
    if not about["documents_by_units"]:
        return "told by rule from the stances of their units, or from their whole text."
    told = ", ".join(f"`{target}`" for target in about["documents_by_units"])
    return (
        f"toward {told} learnt from the stances that the folds gave to their units; the figure\n"
        "  below is of heads trained without the article that they answer for."
    )


def _calibrated(temperatures: Mapping[str, float]) -> str:
    if not temperatures:
        return "not calibrated, as nothing was cross-validated."
    told = ", ".join(f"{head} {value}" for head, value in temperatures.items())
    return f"calibrated on the articles left out of each fold, by temperature ({told})."


_LINEAR = """\
A linear model over character n-grams (1 to 3), place and shape of a clause, with shares of its
neighbours. It needs nothing beyond argmine itself, and every score can be taken apart into the
n-grams that voted."""
_NETWORKS = """\
Small recurrent networks over the vectors of clauses, which the frozen encoder {}
gives, averaged and blended with a linear model over character n-grams; the cues that it shows are
those of the n-grams. It needs `pip install 'argmine[{}]'`."""


def _scores(found: Found | None, folds: int) -> str:
    if found is None:
        return "Not cross-validated: nothing is known of how well it reads."
    rows = [
        (f"{name} ({target})" if len(found.reports) > 1 else name, score)
        for target, report in found.reports.items()
        for name, score in report.scores.items()
    ]
    rows += found.labels.items()
    table = "\n".join(f"| {name} | {score_cell(score)} |" for name, score in rows)
    return f"""\
Cross-validated over {folds} folds of articles (each article scored by a model trained without it),
95 % intervals from resampling articles:

| score | value |
|---|---|
{table}"""
