"""Score annotated articles against gold: clauses, units, relations, stance, with intervals.

Reads:   gold and predicted articles of equal text
Writes:  a :class:`Report`
Method:  both are laid over the clauses of :func:`reference_clauses`, so that scores do not depend
         on how the program segments: a clause takes the label that covers most of its characters.
         Each document gives counts; scores are functions of summed counts, and intervals come
         from resampling documents (percentile bootstrap).
Limits:  a unit that covers no clause by half counts nowhere.
Source:  the project's scoring rules (annotation guidelines, section 6); F1 of spans by half of the
         union; Efron and Tibshirani 1993, chapter 13, for the bootstrap.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from argmine.schema import STANCE_LABELS, UNIT_LABELS, AnnotatedArticle, InputError

_OPENING, _CLOSING = "“‘「『《〈（(【[", "”’」』》〉）)】]"
_STOPS, _COMMAS = "。！？!?", "，,；;：:"
NONE = "none"
DRAWS = 1000
INTERVAL = (2.5, 97.5)


def reference_clauses(text: str) -> list[tuple[int, int]]:
    """The clauses that scores are counted over: half-open code points, in text order.

    This cutting is fixed, so that figures stay comparable while the program's own improves.
    """
    found: list[tuple[int, int]] = []
    position = 0
    for line in text.split("\n"):
        _cut_line(line, position, found)
        position += len(line) + 1
    return found


def _cut_line(line: str, position: int, found: list[tuple[int, int]]) -> None:
    balanced = sum(map(line.count, _OPENING)) == sum(map(line.count, _CLOSING))
    begin = depth = at = 0
    size = len(line)

    def put(end: int) -> None:
        raw = line[begin:end]
        if raw.strip():
            lead = begin + len(raw) - len(raw.lstrip())
            found.append((position + lead, position + begin + len(raw.rstrip())))

    while at < size:
        mark = line[at]
        if balanced and mark in _OPENING:
            depth += 1
        elif balanced and mark in _CLOSING:
            depth = max(0, depth - 1)
            quote_ends = mark in "”’」』" and at and line[at - 1] in _STOPS
            goes_on = at + 1 < size and line[at + 1] in _COMMAS + _STOPS + "的、"
            if depth == 0 and quote_ends and not goes_on:
                put(at + 1)
                begin = at + 1
        elif depth == 0 and mark in _STOPS:
            while at + 1 < size and line[at + 1] in _STOPS + _CLOSING:
                at += 1
            put(at + 1)
            begin = at + 1
        elif depth == 0 and mark in _COMMAS:
            digits = 0 < at < size - 1 and line[at - 1].isdigit() and line[at + 1].isdigit()
            if not digits:
                put(at + 1)
                begin = at + 1
        at += 1
    put(size)


@dataclass(frozen=True, slots=True)
class Laid:
    """An article by clause: label, whether a unit begins, stance, and parent of each beginning."""

    labels: list[str]
    begins: list[bool]
    stances: list[str | None]
    parents: dict[int, tuple[int, str]]
    document: str

    def spans(self) -> dict[int, tuple[int, str]]:
        """Last clause and label of each unit, by its first clause."""
        found: dict[int, tuple[int, str]] = {}
        first: int | None = None
        for n, (label, begins) in enumerate(zip(self.labels, self.begins, strict=True)):
            if begins:
                first = n
            if label == NONE:
                first = None
            elif first is not None:
                found[first] = (n, label)
        return found


def lay(article: AnnotatedArticle, target: str) -> Laid:
    """Lay the units of an article over the clauses of its text; later units win."""
    clauses = reference_clauses(article.text)
    labels = [NONE] * len(clauses)
    begins = [False] * len(clauses)
    stances: list[str | None] = [None] * len(clauses)
    first: dict[str, int] = {}
    starts = np.array([start for start, _ in clauses], np.int64)
    for unit in article.units:
        at = max(0, int(np.searchsorted(starts, unit.start, side="right")) - 1)
        own = []
        while at < len(clauses) and clauses[at][0] < unit.end:
            start, end = clauses[at]
            if 2 * (min(end, unit.end) - max(start, unit.start)) > end - start:
                own.append(at)
            at += 1
        stance = unit.stance.get(target)
        for n in own:
            labels[n], stances[n] = unit.label, stance.label if stance else "neutral"
        if own:
            begins[own[0]] = True
            first[unit.id] = own[0]
    parents = {
        first[r.source]: (first[r.target], r.label)
        for r in article.relations
        if r.source in first and r.target in first
    }
    document = article.stance[target].label if target in article.stance else NONE
    return Laid(labels, begins, stances, parents, document)


def count(gold: Laid, predicted: Laid) -> Counter[tuple[str, ...]]:
    """The counts of one document that all figures are sums and quotients of."""
    counts: Counter[tuple[str, ...]] = Counter()
    for pair in zip(gold.labels, predicted.labels, strict=True):
        counts["clause", *pair] += 1
    for right, guess in zip(gold.stances, predicted.stances, strict=True):
        # over the clauses that gold calls a unit; one that the prediction left out is neutral
        if right is not None:
            counts["stance", right, guess or "neutral"] += 1
    counts["document", gold.document, predicted.document] += 1
    golds, guesses = gold.spans(), predicted.spans()
    for kind, exact in (("exact", True), ("half", False)):
        counts[kind, "gold"] += len(golds)
        counts[kind, "predicted"] += len(guesses)
        counts[kind, "both"] += _matched(golds, guesses, exact)
    counts["relation", "gold"] += len(gold.parents)
    counts["relation", "predicted"] += len(predicted.parents)
    counts["relation", "both"] += _related(gold, golds, predicted)
    return counts


def _matched(
    golds: Mapping[int, tuple[int, str]], guesses: Mapping[int, tuple[int, str]], exact: bool
) -> int:
    left = [(a, b, label) for a, (b, label) in golds.items()]
    matched = 0
    for a, (b, label) in guesses.items():
        for other in left:
            shared = min(b, other[1]) - max(a, other[0]) + 1
            union = max(b, other[1]) - min(a, other[0]) + 1
            fits = shared == union if exact else 2 * shared >= union
            if fits and label == other[2]:
                matched += 1
                left.remove(other)
                break
            if other[0] > b:
                break
    return matched


def _related(gold: Laid, golds: Mapping[int, tuple[int, str]], predicted: Laid) -> int:
    """Relations whose ends overlap the ends of one gold relation with the same label."""
    home: dict[int, int] = {}
    for first, (last, _) in golds.items():
        home.update(dict.fromkeys(range(first, last + 1), first))
    found = 0
    for source, (target, label) in predicted.parents.items():
        if source in home and target in home:
            found += gold.parents.get(home[source]) == (home[target], label)
    return found


Counts = Mapping[tuple[str, ...], float]


def figures(counts: Counts, labels: Sequence[str] = UNIT_LABELS) -> dict[str, float]:
    """All scores of summed counts; a score without any case is NaN."""
    found: dict[str, float] = {}
    clause = {label: _f1(counts, "clause", label) for label in (*labels, NONE)}
    for label, value in clause.items():
        found[f"clause F1 {label}"] = value
    found[f"clause macro-F1 ({len(labels)} labels)"] = _mean(clause[label] for label in labels)
    found[f"clause macro-F1 ({len(labels) + 1} labels)"] = _mean(clause.values())
    found["clause accuracy"] = _accuracy(counts, "clause")
    for kind, name in (("exact", "exact"), ("half", "half-overlap")):
        found[f"component F1 {name}"] = _pair_f1(counts, kind)
    stance = {label: _f1(counts, "stance", label) for label in STANCE_LABELS}
    for label, value in stance.items():
        found[f"stance F1 {label}"] = value
    found["stance F_avg (favor, against)"] = (stance["favor"] + stance["against"]) / 2
    found["stance macro-F1"] = _mean(stance.values())
    found["document stance accuracy"] = _accuracy(counts, "document")
    found["relation F1"] = _pair_f1(counts, "relation")
    return found


def _f1(counts: Counts, kind: str, label: str) -> float:
    both = counts.get((kind, label, label), 0)
    sides = sum(n for key, n in counts.items() if key[0] == kind and label == key[1])
    sides += sum(n for key, n in counts.items() if key[0] == kind and label == key[2])
    return 2 * both / sides if sides else float("nan")


def _accuracy(counts: Counts, kind: str) -> float:
    own = {key: n for key, n in counts.items() if key[0] == kind}
    total = sum(own.values())
    return sum(n for key, n in own.items() if key[1] == key[2]) / total if total else float("nan")


def _pair_f1(counts: Counts, kind: str) -> float:
    sides = counts.get((kind, "gold"), 0) + counts.get((kind, "predicted"), 0)
    return 2 * counts.get((kind, "both"), 0) / sides if sides else float("nan")


def _mean(values: object) -> float:
    return float(np.mean(list(values)))  # type: ignore[call-overload]


@dataclass(frozen=True, slots=True)
class Score:
    """A score, its 95 % interval from resampling documents, and the cases it rests on."""

    value: float
    low: float
    high: float
    cases: int | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation found.

    Attributes:
        documents: ids, in the order of ``by_document``.
        scores: by name, in a fixed order.
        confusion: counts by (gold, predicted), for clauses, unit stance and document stance.
        by_document: the counts of each document.
    """

    documents: list[str]
    scores: dict[str, Score]
    confusion: dict[str, dict[tuple[str, str], int]]
    by_document: list[Counter[tuple[str, ...]]] = field(repr=False)


def evaluate(
    gold: Sequence[AnnotatedArticle],
    predicted: Sequence[AnnotatedArticle],
    *,
    target: str = "cooperative-security",
    draws: int = DRAWS,
    seed: int = 0,
) -> Report:
    """Score predicted articles against gold ones of the same ids and texts.

    Args:
        gold: gold articles.
        predicted: one for each gold article, in any order; others are passed over.
        target: the target of stance.
        draws: bootstrap samples of documents; 0 leaves the intervals empty (NaN).
        seed: of the bootstrap.

    Raises:
        InputError: no gold, a missing prediction, or another text under the same id.
    """
    if not gold:
        raise InputError("gold", "", "holds no articles", "give gold files")
    guesses = {article.id: article for article in predicted}
    by_document = []
    for article in gold:
        guess = guesses.get(article.id)
        if guess is None:
            raise InputError(article.id, "", "has no prediction", "annotate it first")
        if guess.text != article.text:
            raise InputError(article.id, "text", "is not the text of gold", "annotate it again")
        by_document.append(count(lay(article, target), lay(guess, target)))
    seen = {unit.label for article in gold for unit in article.units}
    labels = UNIT_LABELS if seen <= set(UNIT_LABELS) else tuple(sorted(seen))
    total = sum(by_document, Counter())
    value = figures(total, labels)
    low, high = _interval(by_document, lambda counts: figures(counts, labels), draws, seed)
    scores = {
        name: Score(value[name], low[name], high[name], _cases(total, name)) for name in value
    }
    confusion = {
        kind: {(key[1], key[2]): n for key, n in sorted(total.items()) if key[0] == kind}
        for kind in ("clause", "stance", "document")
    }
    return Report([article.id for article in gold], scores, confusion, by_document)


def _cases(total: Counts, name: str) -> int | None:
    """The gold cases of the one label that the score is about."""
    kind, _, label = name.partition(" F1 ")
    if not label or kind not in ("clause", "stance"):
        return None
    return int(sum(n for key, n in total.items() if key[0] == kind and key[1] == label))


def _interval(
    documents: Sequence[Counts],
    score: Callable[[Counts], dict[str, float]],
    draws: int,
    seed: int,
) -> tuple[dict[str, float], dict[str, float]]:
    keys = sorted({key for counts in documents for key in counts})
    table = np.array([[counts.get(key, 0) for key in keys] for counts in documents], np.float64)
    generator = np.random.default_rng(seed)
    weights = generator.multinomial(len(documents), [1 / len(documents)] * len(documents), draws)
    samples = [score(dict(zip(keys, row, strict=True))) for row in (weights @ table).tolist()]
    names = score({})
    if not samples:
        nothing = dict.fromkeys(names, float("nan"))
        return nothing, nothing
    columns = {name: np.array([sample[name] for sample in samples]) for name in names}
    bounds = {
        name: np.nanpercentile(column, INTERVAL) if not np.isnan(column).all() else (np.nan,) * 2
        for name, column in columns.items()
    }
    return tuple({name: float(bound[side]) for name, bound in bounds.items()} for side in (0, 1))  # type: ignore[return-value]
