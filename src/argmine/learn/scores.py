"""Score annotated articles against gold: clauses, units, relations, stance, with intervals.

Reads:   gold and predicted articles of equal text
Writes:  a :class:`Report`
Method:  both are laid over the same clauses (argmine.learn.laying), so that scores do not depend
         on how the program segments. Each document gives counts; scores are functions of summed
         counts, and intervals come from resampling documents.
Limits:  a unit that covers no clause by half counts nowhere.
Source:  the project's scoring rules (annotation guidelines, section 6); F1 of spans by half of the
         union.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from argmine.compare import needing_extra
from argmine.errors import InputError
from argmine.learn.calibration import Calibration, calibrate, reliability
from argmine.learn.laying import NONE, Laid, lay
from argmine.learn.resampling import DRAWS, Floats, Score, document_weights, ratio, with_interval
from argmine.schema import STANCE_LABELS, UNIT_LABELS, AnnotatedArticle

if TYPE_CHECKING:
    import pandas as pd


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


# Counts by key: numbers, or columns of numbers of one length.
Counts = Mapping[tuple[str, ...], Any]


def figures(counts: Counts, labels: Sequence[str] = UNIT_LABELS) -> dict[str, Floats]:
    """All scores of summed counts; a score without any case is NaN."""
    found: dict[str, Floats] = {}
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
    found["stance F_avg (favor, against)"] = _mean((stance["favor"], stance["against"]))
    found["stance macro-F1"] = _mean(stance.values())
    found["document stance accuracy"] = _accuracy(counts, "document")
    found["relation F1"] = _pair_f1(counts, "relation")
    return found


def _f1(counts: Counts, kind: str, label: str) -> Floats:
    both = counts.get((kind, label, label), 0)
    sides = sum(n for key, n in counts.items() if key[0] == kind and label == key[1])
    sides += sum(n for key, n in counts.items() if key[0] == kind and label == key[2])
    return ratio(2 * both, sides)


def _accuracy(counts: Counts, kind: str) -> Floats:
    own = {key: n for key, n in counts.items() if key[0] == kind}
    return ratio(sum(n for key, n in own.items() if key[1] == key[2]), sum(own.values()))


def _pair_f1(counts: Counts, kind: str) -> Floats:
    sides = counts.get((kind, "gold"), 0) + counts.get((kind, "predicted"), 0)
    return ratio(2 * counts.get((kind, "both"), 0), sides)


def _mean(values: Iterable[Floats]) -> Floats:
    mean: Floats = np.mean(np.broadcast_arrays(*values), axis=0)
    return mean


@dataclass(frozen=True, slots=True)
class Counted:
    """What one document adds to a report: its counts and its part of the calibration."""

    id: str
    counts: Counter[tuple[str, ...]]
    reliability: dict[str, Floats]


@dataclass(frozen=True, slots=True)
class Report:
    """What an evaluation found.

    Attributes:
        documents: ids, in the order of ``by_document``.
        scores: by name, in a fixed order.
        confusion: counts by (gold, predicted), for clauses, unit stance and document stance.
        calibration: of the scores of unit labels and of unit stance.
        labels: the labels of units.
        by_document: what each document adds.
    """

    documents: list[str]
    scores: dict[str, Score]
    confusion: dict[str, dict[tuple[str, str], int]]
    calibration: dict[str, Calibration]
    labels: tuple[str, ...]
    by_document: list[Counted] = field(repr=False)

    def to_frame(self) -> pd.DataFrame:
        """One row a score: ``score value low high cases``, the ends those of the 95 % interval.

        Raises:
            InputError: the extra ``compare`` is not installed.
        """
        with needing_extra():
            import pandas as pd
        rows = [{"score": name, **asdict(score)} for name, score in self.scores.items()]
        return pd.DataFrame(rows).astype({"cases": "Int64"})


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
    counted = []
    told = tells_stance(gold, target)
    for article, guess in paired(gold, predicted):
        truth, laid = lay(article, target), lay(guess, target)
        counts, scored = count(truth, laid), reliability(truth, laid, guess, target)
        if not told:
            kept = {key: n for key, n in counts.items() if key[0] not in ("stance", "document")}
            counts, scored["stance"] = Counter(kept), np.zeros_like(scored["stance"])
        counted.append(Counted(article.id, counts, scored))
    return summed_up(counted, labels_of(gold), draws=draws, seed=seed)


def tells_stance(gold: Sequence[AnnotatedArticle], target: str) -> bool:
    """Whether gold says anything of the target; where it does not, nothing is right or wrong."""
    return any(target in a.stance or any(target in u.stance for u in a.units) for a in gold)


def labels_of(gold: Sequence[AnnotatedArticle]) -> tuple[str, ...]:
    """The labels of units that are scored: the usual ones, or those that gold has instead."""
    seen = {unit.label for article in gold for unit in article.units}
    return UNIT_LABELS if seen <= set(UNIT_LABELS) else tuple(sorted(seen))


def paired(
    gold: Sequence[AnnotatedArticle], predicted: Sequence[AnnotatedArticle]
) -> list[tuple[AnnotatedArticle, AnnotatedArticle]]:
    """Each gold article with its prediction.

    Raises:
        InputError: as :func:`evaluate`.
    """
    if not gold:
        raise InputError("gold", "", "holds no articles", "give gold files")
    guesses = {article.id: article for article in predicted}
    pairs = []
    for article in gold:
        guess = guesses.get(article.id)
        if guess is None:
            raise InputError(article.id, "", "has no prediction", "annotate it first")
        if guess.text != article.text:
            raise InputError(article.id, "text", "is not the text of gold", "annotate it again")
        pairs.append((article, guess))
    return pairs


def summed_up(
    counted: Sequence[Counted], labels: tuple[str, ...], *, draws: int = DRAWS, seed: int = 0
) -> Report:
    """The report of the documents counted, for all of them or for a group.

    Args:
        counted: one or more documents.
        labels: the labels of units.
        draws: bootstrap samples of documents; 0 leaves the intervals empty (NaN).
        seed: of the bootstrap.
    """
    total = sum((document.counts for document in counted), Counter())
    keys = sorted(total)
    table = np.array([[document.counts[key] for key in keys] for document in counted], np.float64)
    weights = document_weights(len(counted), draws, seed).astype(np.float64)
    samples = figures(dict(zip(keys, (weights @ table).T, strict=True)), labels)
    scores = {
        name: with_interval(value, samples[name] if draws else (), _cases(total, name))
        for name, value in figures(total, labels).items()
    }
    confusion = {
        kind: {(key[1], key[2]): n for key, n in sorted(total.items()) if key[0] == kind}
        for kind in ("clause", "stance", "document")
    }
    calibration = {
        kind: calibrate([document.reliability[kind] for document in counted], weights)
        for kind in ("label", "stance")
    }
    ids = [document.id for document in counted]
    return Report(ids, scores, confusion, calibration, labels, list(counted))


def _cases(total: Counts, name: str) -> int | None:
    """The gold cases of the one label that the score is about."""
    kind, _, label = name.partition(" F1 ")
    if not label or kind not in ("clause", "stance"):
        return None
    return int(sum(n for key, n in total.items() if key[0] == kind and key[1] == label))
