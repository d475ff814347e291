"""The learning curve: how a score grows with the articles it was learnt from.

Reads:   gold articles
Writes:  a :class:`Curve`
Method:  each repeat holds some articles out and trains on growing parts of the others, each part
         within the next. The interval of a point resamples the repeats and their held-out
         articles. Beyond the last point an inverse power law a - b * n^-c is fitted, again for
         each resample.
Limits:  what lies beyond the points is a guess: it holds for more articles of the same kind, and
         for this kind of model. It is refused for few points and for a bad fit.
Source:  Mukherjee et al. 2003 and Figueroa et al. 2012, inverse power laws of learning curves.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from rich.table import Table
from rich.text import Text

from argmine.errors import InputError
from argmine.learn.laying import lay
from argmine.learn.report import score_cell
from argmine.learn.resampling import DRAWS, Floats, Score, plain, with_interval
from argmine.learn.scores import count, figures, labels_of
from argmine.learn.words import words
from argmine.pipeline import annotate
from argmine.schema import AnnotatedArticle

# The share of the articles that each repeat holds out: the usual fifth.
HELD_OUT = 0.2
# The smallest part to train on, and the step to the next one: five sizes for fifty articles.
LEAST, STEP = 5, 1.6
# A curve of three parameters says nothing about three points.
MIN_SIZES = 4
# The law must explain this share of the variance of the points; a convention, not tuned.
MIN_FIT = 0.9
# How far beyond the last point a guess may go; further out even the guess is idle.
BEYOND = (2, 4)
# Resamples that the law is fitted to: enough for an interval, a second of work.
FITS = 200
_BOUNDS = ((0.0, 0.0, 0.05), (1.0, 5.0, 2.0))


@dataclass(frozen=True, slots=True)
class Curve:
    """Scores by the number of training articles, and a guess at what more would bring.

    Attributes:
        name: of the score.
        points: mean over the repeats, with interval, by number of training articles.
        guesses: the same beyond the last point; empty where a guess is refused.
        law: a, b, c of a - b * n^-c.
        refusal: a key of ``words`` that says why there is no guess; empty where there is one.
        held_out: articles held out in each repeat.
        repeats: how many.
    """

    name: str
    points: dict[int, Score]
    guesses: dict[int, Score]
    law: tuple[float, float, float] | None
    refusal: str
    held_out: int
    repeats: int


def default_sizes(most: int) -> list[int]:
    """Growing sizes up to ``most``, each ``STEP`` times the one before."""
    sizes: list[int] = []
    size = float(most)
    while size >= LEAST or not sizes:
        sizes.append(round(size))
        size /= STEP
    return sizes[::-1]


def learning_curve(
    gold: Sequence[AnnotatedArticle],
    sizes: Sequence[int] = (),
    *,
    repeats: int = 3,
    target: str = "cooperative-security",
    score: str = "",
    seed: int = 0,
    progress: Callable[[str], None] = lambda _: None,
) -> Curve:
    """Train on growing parts of the articles and score what was held out.

    Args:
        gold: annotated articles.
        sizes: numbers of training articles; else :func:`default_sizes`.
        repeats: each holds out other articles.
        target: the target of stance.
        score: one of the figures; else the macro-F1 of clause labels.
        seed: of the splits and of the resampling.
        progress: told what is being done.

    Raises:
        InputError: too few articles, a size that they do not allow, or an unknown score.
    """
    held_out = max(1, round(HELD_OUT * len(gold)))
    most = len(gold) - held_out
    if most < 2:
        raise InputError("gold", "", f"{len(gold)} articles are too few", "annotate more articles")
    wanted = sorted(set(sizes)) or default_sizes(most)
    if not 1 <= wanted[0] <= wanted[-1] <= most:
        finding = f"{most} articles are left to train on, so a size may be 1 to {most}"
        raise InputError("--sizes", "", finding, "choose other sizes")
    labels = labels_of(gold)
    name = score or f"clause macro-F1 ({len(labels)} labels)"
    known = figures({}, labels)
    if name not in known:
        finding, remedy = f"no score {name!r}", f"choose one of {'; '.join(known)}"
        raise InputError("--score", "", finding, remedy)
    counted = _counted(gold, wanted, held_out, repeats, target, seed, progress)
    samples = {}
    points = {}
    for size, by_repeat in counted.items():
        mean, samples[size] = _resampled(by_repeat, lambda c: figures(c, labels)[name], seed)
        points[size] = with_interval(mean, samples[size])
    law, guesses, refusal = extrapolate(points, samples)
    return Curve(name, points, guesses, law, refusal, held_out, repeats)


Counts = Counter[tuple[str, ...]]


def _counted(
    gold: Sequence[AnnotatedArticle],
    sizes: Sequence[int],
    held_out: int,
    repeats: int,
    target: str,
    seed: int,
    progress: Callable[[str], None],
) -> dict[int, list[list[Counts]]]:
    """The counts of the held-out articles, by size and repeat."""
    # only training needs scikit-learn; a curve is shown without it
    from argmine.learn.models import with_heads
    from argmine.learn.training import fit_heads, has_given_borders, make_examples

    examples = make_examples(gold, target, given=has_given_borders(gold))
    found: dict[int, list[list[Counts]]] = {size: [] for size in sizes}
    generator = np.random.default_rng(seed)
    for repeat in range(repeats):
        order = generator.permutation(len(gold)).tolist()
        held, rest = order[:held_out], order[held_out:]
        truth = [lay(gold[n], target) for n in held]
        for size in sizes:
            progress(f"repeat {repeat + 1} of {repeats}: {size} articles")
            # that small parts lack classes is what the curve shows, not news
            with warnings.catch_warnings(record=True):
                heads = fit_heads([examples[n] for n in rest[:size]], [target])
            nlp = with_heads(heads, "curve")
            laid = [lay(annotate(gold[n], nlp), target) for n in held]
            found[size].append([count(a, b) for a, b in zip(truth, laid, strict=True)])
    return found


def _resampled(
    by_repeat: Sequence[Sequence[Counts]], score: Callable[[dict[Any, Any]], Floats], seed: int
) -> tuple[float, Floats]:
    """The mean of a score over the repeats, and that of each bootstrap sample.

    A sample draws as many repeats as there are, and of each its articles anew.
    """
    keys = sorted({key for documents in by_repeat for counts in documents for key in counts})
    table = np.array([[[c[key] for key in keys] for c in documents] for documents in by_repeat])
    repeats, size, _ = table.shape
    own = [score(dict(zip(keys, documents.sum(axis=0), strict=True))) for documents in table]
    generator = np.random.default_rng(seed)
    drawn = []
    for _ in range(repeats):
        chosen = generator.integers(repeats, size=DRAWS)
        weights = generator.multinomial(size, [1 / size] * size, DRAWS)
        sums = np.empty((DRAWS, len(keys)))
        for repeat in range(repeats):
            sums[chosen == repeat] = weights[chosen == repeat] @ table[repeat]
        drawn.append(score(dict(zip(keys, sums.T, strict=True))))
    return float(np.mean(own)), np.mean(drawn, axis=0)


def law_at(law: Sequence[float], size: Any) -> Any:
    """The inverse power law at a size."""
    a, b, c = law
    return a - b * np.power(size, -c, dtype=np.float64)


def extrapolate(
    points: dict[int, Score], samples: dict[int, Floats]
) -> tuple[tuple[float, float, float] | None, dict[int, Score], str]:
    """Fit the law to the points and say where it leads.

    Args:
        points: by size.
        samples: bootstrap samples of each point, drawn together.

    Returns:
        The law, its guesses by size, and why there are none.
    """
    sizes = np.array(sorted(points), np.float64)
    values = np.array([points[int(size)].value for size in sizes])
    if len(sizes) < MIN_SIZES:
        return None, {}, "few sizes"
    if np.isnan(values).any():
        return None, {}, "no value"
    law = _fitted(sizes, values)
    spread = ((values - values.mean()) ** 2).sum()
    if law is None or values[-1] <= values[0] or not spread:
        return None, {}, "no growth"
    explained = 1 - ((values - law_at(law, sizes)) ** 2).sum() / spread
    if explained < MIN_FIT:
        return None, {}, "bad fit"
    ahead = sizes[-1] * np.array(BEYOND)
    rows = np.array([samples[int(size)][:FITS] for size in sizes]).T
    fitted = [_fitted(sizes, row) for row in rows if not np.isnan(row).any()]
    drawn = np.array([law_at(one, ahead) for one in fitted if one is not None])
    if 2 * len(drawn) < len(rows):
        return None, {}, "unstable"
    guesses = {
        int(size): with_interval(law_at(law, size), drawn[:, n]) for n, size in enumerate(ahead)
    }
    return law, guesses, ""


def _fitted(sizes: Floats, values: Floats) -> tuple[float, float, float] | None:
    """The law of least squares; ``None`` where none is found."""
    from scipy.optimize import curve_fit

    start = (min(1.0, float(values.max()) + 0.02), 0.5, 0.5)
    try:
        found, _ = curve_fit(
            lambda n, a, b, c: law_at((a, b, c), n),
            sizes,
            np.clip(values, 0.0, 1.0),
            p0=start,
            bounds=_BOUNDS,
            max_nfev=2000,
        )
    except RuntimeError:  # it did not converge
        return None
    a, b, c = found.tolist()
    return a, b, c


def curve_record(curve: Curve) -> dict[str, Any]:
    """The curve as plain data."""

    def rows(scores: dict[int, Score]) -> list[dict[str, float | int | None]]:
        return [
            {"articles": size}
            | {key: plain(getattr(score, key)) for key in ("value", "low", "high")}
            for size, score in scores.items()
        ]

    return {
        "score": curve.name,
        "held_out": curve.held_out,
        "repeats": curve.repeats,
        "points": rows(curve.points),
        "law": None if curve.law is None else dict(zip("abc", curve.law, strict=True)),
        "guesses": rows(curve.guesses),
        "refusal": curve.refusal,
    }


def curve_table(curve: Curve) -> Table:
    """One row a size."""
    table = Table(box=None, pad_edge=False)
    table.add_column("articles", justify="right")
    table.add_column(Text(curve.name), justify="right")
    table.add_column("")
    for size, score in curve.points.items():
        table.add_row(str(size), score_cell(score), "")
    for size, score in curve.guesses.items():
        table.add_row(str(size), score_cell(score), "a guess")
    return table


def curve_remarks(curve: Curve) -> list[str]:
    """What has to be said beside the table."""
    lines = [
        f"{curve.repeats} repeats, {curve.held_out} articles held out in each; intervals: 95 %, "
        "repeats and articles resampled"
    ]
    if curve.law is None:
        return [*lines, "no extrapolation: " + words("en")[f"refused {curve.refusal}"]]
    a, b, c = curve.law
    return [
        *lines,
        f"a guess, not a measurement: {a:.3f} - {b:.3f} * n^-{c:.3f}, for more articles of the "
        "same kind",
    ]
