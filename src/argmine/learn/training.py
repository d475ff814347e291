"""Train the heads of a fast model from annotated articles.

Reads:   gold articles (annotated JSON)
Writes:  heads by name: ``units`` (labels of clauses, with none) or ``segments`` (labels of given
         segments), ``stance TARGET`` (of units), ``document TARGET`` (of documents without units),
         ``subtype LABEL``
Method:  each head is a :class:`argmine.learn.estimators.ClauseClassifier`; where the encoder is
         asked for, networks over its vectors learn the heads of clauses too and are heard first.
Limits:  relations follow the rules.
Source:  the settings and how they were chosen stand in argmine.learn.configuration.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

import numpy as np
from spacy.language import Language

from argmine.errors import InputError
from argmine.ingest.reading import article_from_text
from argmine.learn.configuration import Configuration
from argmine.learn.estimators import MIN_CASES, ClauseClassifier, Row, Table, by_table
from argmine.pipeline import RULES, encoder_at, load, prepared_doc
from argmine.schema import STANCE_LABELS, UNIT_LABELS, AnnotatedArticle
from argmine.tag.clauses import Clauses, clauses_of, segments_of, whole_text
from argmine.tag.scorers import NgramScorer
from argmine.text.matching import matching_of

if TYPE_CHECKING:
    from argmine.tag.network import Blend

# Units of other labels than the default ones that cover this share of the characters are segments
# with given borders: segmented essays .98, articles whose units were found .84.
GIVEN_COVER = 0.95
# The kinds of heads that networks can share: those over the clauses, or the segments, of a text.
NETWORKED = ("units", "segments", "stance")

Column = list[str | None]


@dataclass(frozen=True, slots=True)
class Example:
    """One article made ready.

    Attributes:
        id: of the article.
        table: its clauses, or its segments where their borders are given.
        given: whether the borders are given.
        labels: of the rows of the table; ``none`` outside of units.
        by_target: the stance of the rows that lie in units, by target.
        units: the units as rows.
        kinds: label, and subtype or strength, of the units.
        documents: the stance of the article, by target.
    """

    id: str
    table: Table
    given: bool
    labels: list[str]
    by_target: Mapping[str, Column]
    units: Table
    kinds: list[tuple[str, str | None]]
    documents: Mapping[str, str]

    @property
    def form(self) -> str:
        """The matching form of the text."""
        return self.table.form

    @property
    def clauses(self) -> Clauses:
        """The rows of the table."""
        return self.table.clauses

    @property
    def stances(self) -> Column:
        """The stance toward the first target."""
        return next(iter(self.by_target.values()))


def make_examples(
    gold: Sequence[AnnotatedArticle],
    targets: str | Sequence[str],
    progress: Callable[[str], None] = lambda _: None,
    *,
    given: bool = False,
) -> list[Example]:
    """The rows of gold articles with their gold.

    Args:
        gold: annotated articles.
        targets: the targets of stance, or the only one.
        progress: told the id of each article.
        given: the units are segments with given borders.
    """
    nlp = load(RULES)
    for name in ("argmine_mentions", "argmine_units", "argmine_relations", "argmine_stance"):
        nlp.remove_pipe(name)
    wanted = [targets] if isinstance(targets, str) else list(targets)
    examples = []
    for article in gold:
        progress(article.id)
        examples.append(_example(nlp, article, wanted, given))
    return examples


def has_given_borders(gold: Sequence[AnnotatedArticle], borders: str = "auto") -> bool:
    """Whether the units of gold are segments that cover their texts, to be labelled only.

    Units of the default labels are found, whatever they cover, where nothing else is said.
    """
    if borders != "auto":
        return borders == "given"
    if {unit.label for article in gold for unit in article.units} <= set(UNIT_LABELS):
        return False
    covered = sum(unit.end - unit.start for article in gold for unit in article.units)
    size = sum(len("".join(article.text.split())) for article in gold)
    return covered >= GIVEN_COVER * size > 0


def targets_in(gold: Sequence[AnnotatedArticle]) -> tuple[list[str], list[str]]:
    """The targets of stance of units, and those that only documents have, sorted."""
    of_units = {target for a in gold for unit in a.units for target in unit.stance}
    of_documents = {target for article in gold for target in article.stance}
    return sorted(of_units), sorted(of_documents - of_units)


def _example(
    nlp: Language, article: AnnotatedArticle, targets: Sequence[str], given: bool
) -> Example:
    doc = prepared_doc(nlp, article_from_text(article.text, article.id))
    for _, component in nlp.pipeline:
        doc = component(doc)
    units = sorted(article.units, key=lambda unit: unit.start)
    starts = np.array([unit.start for unit in units], np.int64)
    ends = np.array([unit.end for unit in units], np.int64)
    segments = segments_of(clauses_of(doc), starts, ends)
    clauses = segments if given else clauses_of(doc)
    homes = np.searchsorted(starts, clauses.start, side="right") - 1
    rows = [
        units[n] if n >= 0 and start < units[n].end else None
        for start, n in zip(clauses.start.tolist(), homes.tolist(), strict=True)
    ]
    by_target: dict[str, Column] = {}
    for target in targets:
        said = [None if unit is None else unit.stance.get(target) for unit in rows]
        named = target in article.stance or any(said) or len(targets) == 1
        by_target[target] = [
            None if unit is None or not named else stance.label if stance else "neutral"
            for unit, stance in zip(rows, said, strict=True)
        ]
    form = matching_of(doc)
    return Example(
        article.id,
        Table(form, clauses),
        given,
        [unit.label if unit else "none" for unit in rows],
        by_target,
        Table(form, segments),
        [(unit.label, unit.subtype or unit.strength) for unit in units],
        {target: stance.label for target, stance in article.stance.items()},
    )


@dataclass(frozen=True, slots=True)
class Task:
    """What one head learns: rows, their labels, and the columns of the head."""

    rows: list[Row]
    answers: list[str]
    labels: tuple[str, ...]


def find_tasks(
    examples: Sequence[Example],
    targets: Sequence[str],
    say: Callable[[str], None] = lambda _: None,
    *,
    subtypes: bool = True,
) -> dict[str, Task]:
    """The heads that the examples have classes for, by name.

    Args:
        examples: the articles.
        targets: of stance; each is learnt from units where any unit has a stance toward it.
        say: told what cannot be learnt.
        subtypes: with heads of subtypes.

    Raises:
        InputError: there is nothing to learn.
    """
    tasks: dict[str, Task] = {}
    labels = sorted({label for e in examples for label in e.labels} - {"none"})
    if labels and examples[0].given:
        tasks["segments"] = _task(examples, [e.labels for e in examples], tuple(labels))
    elif labels:
        # page furniture takes no part
        columns: list[Column] = [
            [None if f else label for label, f in zip(e.labels, e.clauses.furniture, strict=True)]
            for e in examples
        ]
        known = [label for label in UNIT_LABELS if label in labels]
        own = known if len(known) == len(labels) else labels
        tasks["units"] = _task(examples, columns, (*own, "none"))
    for target in targets:
        if any(side for e in examples for side in e.by_target[target]):
            sides = _task(examples, [e.by_target[target] for e in examples], STANCE_LABELS)
            _add(tasks, f"stance {target}", sides, say)
        else:
            documents = [e for e in examples if target in e.documents and not e.kinds]
            rows = [Row(Table(e.form, whole_text(e.form)), 0) for e in documents]
            answers = [e.documents[target] for e in documents]
            seen = ("none",) if "none" in answers else ()
            _add(tasks, f"document {target}", Task(rows, answers, (*STANCE_LABELS, *seen)), say)
    for label in UNIT_LABELS if subtypes else ():
        told = [
            (Row(example.units, n), kind)
            for example in examples
            for n, (own, kind) in enumerate(example.kinds)
            if own == label and kind is not None
        ]
        kinds = tuple(sorted({kind for _, kind in told}))
        if len(kinds) > 1 and len(told) >= MIN_CASES:
            rows, answers = [row for row, _ in told], [kind for _, kind in told]
            tasks[f"subtype {label}"] = Task(rows, answers, kinds)
    if not tasks:
        finding = "holds nothing to learn (no units, no stance of two kinds)"
        raise InputError("gold", "", finding, "annotate more articles")
    return tasks


def _task(
    examples: Sequence[Example], truth: Sequence[Sequence[str | None]], labels: tuple[str, ...]
) -> Task:
    rows, answers = [], []
    for example, column in zip(examples, truth, strict=True):
        for n, label in enumerate(column):
            if label is not None:
                rows.append(Row(example.table, n))
                answers.append(label)
    return Task(rows, answers, labels)


def _add(tasks: dict[str, Task], name: str, task: Task, say: Callable[[str], None]) -> None:
    """Add a task that has two classes and enough cases; say so where it has not."""
    if len(set(task.answers)) < 2 or len(task.answers) < MIN_CASES:
        counts = dict(sorted(Counter(task.answers).items()))
        say(f"{name}: not learnt, there are too few cases of two classes: {counts or 'none'}")
    else:
        tasks[name] = task


def fit_heads(
    examples: Sequence[Example],
    targets: Sequence[str],
    configuration: Configuration | None = None,
    say: Callable[[str], None] = lambda _: None,
    *,
    subtypes: bool = True,
) -> dict[str, NgramScorer | Blend]:
    """Train all heads that the examples have classes for, n-grams first, then networks if asked.

    Args:
        examples: the articles.
        targets: the targets of stance.
        configuration: settings, seed, early stopping; else the defaults.
        say: told what cannot be learnt well, and what was chosen.
        subtypes: with heads of subtypes, which no score of an evaluation looks at.

    Raises:
        InputError: fewer than two classes of units, or nothing to learn at all.
    """
    configuration = configuration or Configuration()
    tasks = find_tasks(examples, targets, say, subtypes=subtypes)
    linear = _fit_linear(tasks, configuration, say)
    networked = {name: task for name, task in tasks.items() if name.partition(" ")[0] in NETWORKED}
    if not (configuration.encoder and networked):
        return dict(linear)
    # thinc and onnxruntime are loaded where they are asked for
    from argmine.learn.network import fit_ensemble, make_goal
    from argmine.tag.network import Blend

    settings = configuration.network
    goals = {
        name: make_goal(
            name, task.labels, by_table(task.rows, map(task.labels.index, task.answers))
        )
        for name, task in networked.items()
    }
    encoder = encoder_at(configuration.encoder_path)
    ensemble = fit_ensemble(
        goals,
        [e.table for e in examples],
        encoder,
        settings,
        configuration.seed,
        say,
        early_stopping=configuration.early_stopping,
    )
    heads: dict[str, NgramScorer | Blend] = dict(linear)
    for name in networked:
        of_stance = name.startswith("stance ")
        voice = settings.stance_ngrams if of_stance else settings.unit_ngrams
        heads[name] = Blend(ensemble, name, linear[name], voice)
    return heads


def _fit_linear(
    tasks: Mapping[str, Task], configuration: Configuration, say: Callable[[str], None]
) -> dict[str, NgramScorer]:
    heads: dict[str, NgramScorer] = {}
    for name, task in tasks.items():
        classifier = ClauseClassifier(
            task.labels,
            **asdict(configuration.heads[name.partition(" ")[0]]),
            early_stopping=configuration.early_stopping,
            random_state=configuration.seed,
        )
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            classifier.fit(task.rows, task.answers)
        for warning in caught:
            say(f"{name}: {warning.message}")
        if configuration.early_stopping:
            say(f"{name}: inverse_penalty {classifier.inverse_penalty_}")
        heads[name] = classifier.scorer_
    return heads
