"""Weigh the cues of the rules over annotated articles, and write them as lexicons.

    python corpus/derive_cues.py GOLD...

GOLD are folders of annotated JSON; argmine's own cues come from the real training articles and
from corpus/standoff joined to its texts. Writes units.tsv, structure.tsv and
stance.tsv of the package. Needs scikit-learn (extra ``dev``).

units, structure: the words that several articles share are candidates. A multinomial logistic
regression with the very features of argmine.tag.units (cues, place and shape, and the shares of the
neighbours) weighs them; the weightiest stay and are weighed once more. stance: smoothed log-odds of
words and pairs of words in units of a side. Cues set by hand stand in corpus/hand_cues.tsv: pseudo
cues hide what they cover, others count where the articles are too few to weigh them.
"""

from __future__ import annotations

import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from argmine.learn.gold import read_gold
from argmine.learn.training import Example, make_examples
from argmine.lexicons import CUE_COLUMNS, Cue, Matcher
from argmine.tag.clauses import cues_in, opens, shape_features
from argmine.tag.scorers import FUNCTION_WORD, with_neighbours
from argmine.tag.units import LABELS, RULE_SHARES
from argmine.text.tokenizer import cut_words

TARGET = "cooperative-security"
SOURCE = "weighed on real/train and corpus/standoff"
# A candidate stands in so many articles, so that no single article's topic becomes a rule; the
# number of cues and the strength of the penalty: best unit F1 (half overlap) by cross-validation
# over the training articles from 3, 4, 6; 1200, all; 0.02 to 0.1.
MIN_DOCUMENTS = 4
MAX_CUES = 1200
PENALTY = 0.08
# Weights nearer to zero than this change no decision.
MIN_WEIGHT = 0.02
# Stance cues: so many articles, and standard errors above no association.
MIN_STANCE_DOCUMENTS = {"favor": 4, "against": 2}
MIN_Z = 2.3
MAX_STANCE_CUES = 400
MAX_STANCE_WEIGHT = 3.0
# Counted stance cues follow the topics of few articles and count less than those set by hand. Both
# shares were chosen on the training articles.
COUNTED_STANCE_SHARE, HAND_STANCE_SHARE = 0.25, 1.3


def words_of(article: Example) -> Iterator[list[str]]:
    """The words of each clause; one without a Chinese character is empty."""
    for start, end in zip(article.clauses.start, article.clauses.end, strict=True):
        words = cut_words(article.form[start:end])
        yield [w if any("\u3400" <= c <= "\u9fff" for c in w) else "" for w in words]


def weigh_units(
    articles: list[Example], hand: list[list[str]], function_words: set[str]
) -> tuple[list[list[str]], list[list[str]]]:
    """Lines of units.tsv and of structure.tsv."""
    counts: Counter[str] = Counter()
    for article in articles:
        counts.update({word for words in words_of(article) for word in words if word})
    candidates = sorted(word for word, n in counts.items() if n >= MIN_DOCUMENTS)
    weights, _ = _fitted(articles, candidates)
    strongest = np.argsort(-np.abs(weights).max(axis=1), kind="stable")[:MAX_CUES]
    candidates = sorted(candidates[n] for n in strongest)
    weights, structure = _fitted(articles, candidates)
    weighed = []
    for cue, row in zip(candidates, weights, strict=True):
        note = FUNCTION_WORD if cue in function_words else ""
        for label, weight in zip(LABELS, row, strict=True):
            if abs(weight) >= MIN_WEIGHT:
                weighed.append([cue, label, "cue", f"{weight:.2f}", SOURCE, note])
    known = set(candidates)
    weighed += [line for line in hand if line[0] not in known]
    shapes = [
        [name, label, f"{weight:.2f}", SOURCE]
        for name, row in structure.items()
        for label, weight in zip(LABELS, row, strict=True)
    ]
    return weighed, shapes


def _fitted(
    articles: list[Example], candidates: list[str]
) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Weights of the cues (a row a cue, a column a label), and of the features by name."""
    matcher = Matcher(Cue(word, "claim", "cue", 1.0, "", "") for word in candidates)
    blocks, labels = [], []
    for article in articles:
        clauses = article.clauses
        places, home = cues_in(clauses, matcher.locate(article.form))
        counted = (np.ones(len(home)), (home, places.numbers))
        cues = sparse.csr_matrix(counted, shape=(len(clauses), len(candidates)))
        shape = shape_features(article.form, clauses)
        names = sorted(shape)
        own = sparse.hstack([cues, np.stack([shape[name] for name in names], axis=1)], "csr")
        argued = ~clauses.furniture
        blocks.append(with_neighbours(own, clauses, RULE_SHARES, _means)[argued])
        labels += [label for label, keep in zip(article.labels, argued, strict=True) if keep]
    # "any" is the intercept, and is penalised as little as one would be
    model = LogisticRegression(C=PENALTY, fit_intercept=True, max_iter=500)
    model.fit(sparse.vstack(blocks), [LABELS.index(label) for label in labels])
    weights = model.coef_.T
    features = dict(zip(names, weights[len(candidates) :], strict=True))
    # each clause gets the share of its neighbours on top of its own
    features["any"] = features["any"] + model.intercept_ / (1.0 + sum(RULE_SHARES))
    return weights[: len(candidates)], features


def _means(rows: Any, groups: np.ndarray) -> Any:
    number = np.cumsum(opens(groups)) - 1
    member = sparse.csr_matrix((np.ones(len(number)), (number, np.arange(len(number)))))
    mean = sparse.diags(1 / np.asarray(member.sum(axis=1)).ravel()) @ member
    return (mean @ rows)[number]


def weigh_stance(articles: list[Example], hand: list[list[str]]) -> list[list[str]]:
    """Lines of stance.tsv."""
    rows = [
        (number, _grams(words), stance)
        for number, article in enumerate(articles)
        for words, stance in zip(words_of(article), article.stances, strict=True)
        if stance is not None
    ]
    sizes = Counter(stance for _, _, stance in rows)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    documents: dict[tuple[str, str], set[int]] = defaultdict(set)
    for number, found, stance in rows:
        for gram in found:
            counts[gram][stance] += 1
            documents[gram, stance].add(number)
    best: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for gram, by_stance in counts.items():
        total = sum(by_stance.values())
        for side, needed in MIN_STANCE_DOCUMENTS.items():
            inside, size = by_stance[side], sizes[side]
            if len(documents[gram, side]) >= needed:
                ratio, z = _log_odds(inside, size, total - inside, len(rows) - size)
                if z >= MIN_Z:
                    best[side].append((z, ratio, gram))
    lines = []
    for side in MIN_STANCE_DOCUMENTS:
        for _, ratio, gram in sorted(best[side], reverse=True)[:MAX_STANCE_CUES]:
            weight = _share(min(ratio, MAX_STANCE_WEIGHT), COUNTED_STANCE_SHARE)
            lines.append([gram, side, "cue", weight, SOURCE, ""])
    taken = {line[0] for line in hand}
    chosen = [[*line[:3], _share(float(line[3]), HAND_STANCE_SHARE), *line[4:]] for line in hand]
    return [line for line in lines if line[0] not in taken] + chosen


def _share(weight: float, share: float) -> str:
    return f"{weight * share:.2f}"


def _grams(words: list[str]) -> set[str]:
    """Words and pairs of neighbouring words."""
    return {word for word in words if word} | {a + b for a, b in pairwise(words) if a and b}


def _log_odds(inside: int, size: int, outside: int, rest: int) -> tuple[float, float]:
    """Smoothed log-odds ratio and its z value."""
    a, b, c, d = inside + 0.5, size - inside + 0.5, outside + 0.5, rest - outside + 0.5
    ratio = math.log(a * d / (b * c))
    return ratio, ratio / math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def write_table(name: str, columns: Iterable[str], lines: list[list[str]]) -> None:
    """Write a lexicon of the package, sorted."""
    path = Path(str(files("argmine.lexicons") / f"{name}.tsv"))
    rows = ["\t".join(columns), *("\t".join(line) for line in sorted(lines))]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8", newline="")


def read_hand_cues() -> dict[str, list[list[str]]]:
    """The lines of hand_cues.tsv by lexicon."""
    hand: dict[str, list[list[str]]] = defaultdict(list)
    table = Path(__file__).with_name("hand_cues.tsv").read_text(encoding="utf-8")
    for lexicon, *line in (row.split("\t") for row in table.splitlines()):
        hand[lexicon].append(line)
    return hand


def main(*gold: str) -> None:
    """Write the three lexicons."""
    articles = make_examples(read_gold(gold), TARGET)
    hand = read_hand_cues()
    function_words = {line[0] for line in hand["function"]}
    units, structure = weigh_units(articles, hand["units"], function_words)
    write_table("units", CUE_COLUMNS, units)
    write_table("structure", ("feature", "label", "weight", "source"), structure)
    write_table("stance", CUE_COLUMNS, weigh_stance(articles, hand["stance"]))


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
