"""Distinctive terms: what one group of units says more often, or less often, than another.

Reads:   rows of the table of units, on two sides: the focus and the reference
Writes:  one row a term (columns: ``keyness`` of ``columns.tsv``), what marks the focus first, what
         marks the reference last, each by its log-likelihood
Method:  G2, the log-likelihood ratio of the table of four cells (term or another word, focus or
         reference), as CQPweb and quanteda have it; on words that are rare, as most are, it equals
         that of two cells of Rayson's calculator to two or three digits. The size of the difference
         is Log Ratio: how many times the rate doubles, with an exact interval. BIC weighs the
         evidence against the number of words, and p is adjusted for the many terms.
Limits:  words in one article are no independent trials, so that G2 and p are too sure of what few
         articles repeat: read them beside the numbers of documents and ``largest_share``.
Source:  Dunning (1993), Accurate Methods for the Statistics of Surprise and Coincidence,
         Computational Linguistics 19(1). Rayson and Garside (2000), Comparing Corpora using
         Frequency Profiling. Hardie (2014), Log Ratio: an informal introduction, CASS Lancaster.
         Wilson (2013), Embracing Bayes Factors for Key Item Analysis in Corpus Linguistics.
         Evert (2022), Measuring Keyness, Digital Humanities 2022, for the interval. Benjamini and
         Hochberg (1995), Controlling the False Discovery Rate, JRSS B 57(1).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from argmine.compare import needing_extra
from argmine.errors import InputError
from argmine.schema import DECIMALS
from argmine.text.segmenter import words

with needing_extra():
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from scipy import special, stats

# Rates are per so many words.
PER = 10_000
# Rarer terms are left out. Rayson, Berridge and Francis (2004) ask for an expected count of 5 where
# G2 is read at p < 0.05.
LEAST_COUNT = 5
# A term of one article alone tells of that article, not of its group.
LEAST_DOCUMENTS = 2
# Stands for a count of none where a ratio needs one (Hardie 2014).
_FOR_NONE = 0.5
_CONFIDENCE = 0.95
# Digits of p, which may be far below the last place of other figures.
_DIGITS = 3
# So many values of a column are named in a fault.
_FEW = 10


@dataclass
class _Side:
    """What was counted on one side.

    Attributes:
        words: all words.
        documents: documents with any word.
        counts: occurrences of each term.
        found_in: documents that have the term.
        most: the most occurrences that one document has.
    """

    words: int = 0
    documents: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    found_in: Counter[str] = field(default_factory=Counter)
    most: dict[str, int] = field(default_factory=dict)


def keyness_between(
    units: pd.DataFrame,
    column: str,
    focus: str | Sequence[str],
    reference: str | Sequence[str] | None = None,
    *,
    pairs: bool = False,
    least_count: int = LEAST_COUNT,
    least_documents: int = LEAST_DOCUMENTS,
) -> pd.DataFrame:
    """Distinctive terms of the units whose value in a column is that of the focus.

    Args:
        units: the table of units, with the user's own columns where they were joined.
        column: ``document``, ``label``, ``stance.TARGET``, or any other of the table.
        focus: its value, or several.
        reference: the value or values of the other side; ``None`` for all others. A unit without a
            value stands on neither side.
        pairs: as :func:`keyness`.
        least_count: as :func:`keyness`.
        least_documents: as :func:`keyness`.

    Raises:
        InputError: no such column, a value on both sides, or a side without a word.
    """
    if column not in units.columns:
        known = ", ".join(map(str, units.columns))
        raise InputError("keyness", "", f"no column {column!r}", f"choose one of {known}")
    # numbers and flags are chosen by what a table shows of them
    held = units[column].astype(pd.StringDtype("python"))
    first = _values(focus)
    others = _values(reference) if reference is not None else ()
    for value in first:
        if value in others:
            raise InputError("keyness", column, f"{value!r} is on both sides", "keep it on one")
    for value in (*first, *others):
        if not (held == value).any():
            known = ", ".join(sorted(held.dropna().unique())[:_FEW])
            raise InputError("keyness", column, f"no unit has {value!r}", f"choose one of {known}")
    in_focus = held.isin(first)
    in_reference = held.isin(others) if others else held.notna() & ~in_focus
    return keyness(
        units[in_focus],
        units[in_reference],
        pairs=pairs,
        least_count=least_count,
        least_documents=least_documents,
    )


def keyness(
    focus: pd.DataFrame,
    reference: pd.DataFrame,
    *,
    cut: Callable[[str], Iterable[str]] = words,
    pairs: bool = False,
    least_count: int = LEAST_COUNT,
    least_documents: int = LEAST_DOCUMENTS,
) -> pd.DataFrame:
    """Distinctive terms of a focus against a reference.

    Words without a letter (marks, digits) count neither as terms nor as words. Function words stay:
    where both sides use them alike, G2 passes them over, and 必须 or 我们 may be what differs.

    Args:
        focus: rows with ``document`` and ``text``.
        reference: the same; a document may have rows on both sides.
        cut: gives the words of the joined texts of one document; the default counts traditional and
            simplified spellings together.
        pairs: count also two words of at least two characters that stand side by side.
        least_count: leave out terms with fewer occurrences on both sides together.
        least_documents: leave out terms in fewer documents of the side that has more of them; at
            most as many as that side has are asked for.

    Returns:
        The terms, and in ``attrs`` what they were counted in: ``focus_words``,
        ``reference_words``, ``focus_documents``, ``reference_documents`` and ``tested`` (terms that
        p was adjusted for).

    Raises:
        InputError: a side without a word.
    """
    sides = []
    for name, rows in (("focus", focus), ("reference", reference)):
        side = _counted(rows, cut, pairs)
        if not side.words:
            raise InputError("keyness", name, "no words on this side", "choose another group")
        sides.append(side)
    one, other = sides
    totals = one.counts + other.counts
    terms = sorted(term for term, count in totals.items() if count >= least_count)
    a, b = (np.array([side.counts[term] for term in terms], np.int64) for side in sides)
    found = [np.array([side.found_in[term] for term in terms], np.int64) for side in sides]
    most = [np.array([side.most.get(term, 0) for term in terms], np.int64) for side in sides]
    g2 = log_likelihood(a, b, one.words, other.words)
    p = stats.chi2.sf(g2, 1)
    ratio, low, high = log_ratio(a, b, one.words, other.words)
    is_more = a * other.words >= b * one.words
    frame = pd.DataFrame(
        {
            "term": pd.Series(terms, dtype=pd.StringDtype("python")),
            "side": pd.Categorical(
                np.where(is_more, "focus", "reference"), categories=["focus", "reference"]
            ),
            "focus_count": pd.array(a, "Int64"),
            "reference_count": pd.array(b, "Int64"),
            "focus_rate": _numbers(a / one.words * PER),
            "reference_rate": _numbers(b / other.words * PER),
            "log_likelihood": _numbers(g2),
            "p": _small(p),
            "p_adjusted": _small(stats.false_discovery_control(p, method="bh") if terms else p),
            "log_ratio": _numbers(ratio),
            "log_ratio_low": _numbers(low),
            "log_ratio_high": _numbers(high),
            "bic": _numbers(g2 - np.log(one.words + other.words)),
            "focus_documents": pd.array(found[0], "Int64"),
            "reference_documents": pd.array(found[1], "Int64"),
            "largest_share": _numbers(np.where(is_more, most[0], most[1]) / np.maximum(a, b)),
        }
    )
    asked = np.where(is_more, *(min(least_documents, side.documents) for side in sides))
    signed = np.where(is_more, g2, -g2)
    frame = frame.iloc[np.argsort(-signed, kind="stable")]
    frame = frame[(np.where(is_more, *found) >= asked)[frame.index]].reset_index(drop=True)
    frame.attrs = {
        "focus_words": one.words,
        "reference_words": other.words,
        "focus_documents": one.documents,
        "reference_documents": other.documents,
        "tested": len(terms),
    }
    return frame


def log_likelihood(
    a: NDArray[np.int64], b: NDArray[np.int64], c: int, d: int
) -> NDArray[np.float64]:
    """G2 of terms that occur ``a`` times in ``c`` words and ``b`` times in ``d`` (Dunning 1993)."""
    observed = np.array([a, b, c - a, d - b], np.float64)
    share = (a + b) / (c + d)
    expected = np.array([share * c, share * d, (1 - share) * c, (1 - share) * d])
    # rounding may leave a trace below nothing
    g2: NDArray[np.float64] = np.maximum(2 * special.rel_entr(observed, expected).sum(axis=0), 0)
    return g2


def log_ratio(
    a: NDArray[np.int64], b: NDArray[np.int64], c: int, d: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.float64]]:
    """How often the rate of terms doubles from the reference to the focus, and its interval.

    Args:
        a: occurrences in the focus.
        b: occurrences in the reference.
        c: words of the focus.
        d: words of the reference.

    Returns:
        Log Ratio (Hardie 2014; 0.5 stands for a count of none), the lower and the upper end of its
        95 % interval: that of Clopper and Pearson for the share of the focus in all occurrences
        (Evert 2022); infinite toward a side that has none.
    """
    size = np.log2(d / c)
    ratio = np.log2(np.maximum(a, _FOR_NONE) / np.maximum(b, _FOR_NONE)) + size
    tail = (1 - _CONFIDENCE) / 2
    # the distribution has no parameter of 0; there the end is open
    low = np.where(a > 0, stats.beta.ppf(tail, np.maximum(a, 1), b + 1), 0.0)
    high = np.where(b > 0, stats.beta.isf(tail, a + 1, np.maximum(b, 1)), 1.0)
    with np.errstate(divide="ignore"):
        ends = [np.log2(share) - np.log2(1 - share) + size for share in (low, high)]
    return ratio, ends[0], ends[1]


def _values(given: str | Sequence[str]) -> tuple[str, ...]:
    return (given,) if isinstance(given, str) else tuple(given)


def _counted(rows: pd.DataFrame, cut: Callable[[str], Iterable[str]], pairs: bool) -> _Side:
    """Count the terms of one side, document by document."""
    side = _Side()
    # a document as a whole shows its script better than a unit does
    for _, texts in rows.groupby("document", sort=True)["text"]:
        found = [word if _is_word(word) else "" for word in cut("\n".join(texts))]
        counts = Counter(found)
        size = counts.total() - counts.pop("", 0)
        if pairs:
            counts.update(_pairs(found))
        side.words += size
        side.documents += size > 0
        side.counts.update(counts)
        side.found_in.update(counts.keys())
        for term, count in counts.items():
            side.most[term] = max(count, side.most.get(term, 0))
    return side


def _is_word(word: str) -> bool:
    return any(map(str.isalpha, word))


def _pairs(found: Sequence[str]) -> Iterator[str]:
    # most words of one character are function words; what is no word is empty
    return (one + two for one, two in pairwise(found) if len(one) > 1 and len(two) > 1)


def _numbers(values: NDArray[np.float64]) -> pd.arrays.FloatingArray:
    """Rounded figures; an open end is missing, as no cell of a spreadsheet holds infinity."""
    return pd.array(np.where(np.isfinite(values), np.round(values, DECIMALS), np.nan), "Float64")


def _small(values: NDArray[np.float64]) -> pd.arrays.FloatingArray:
    return pd.array([float(f"{value:.{_DIGITS}g}") for value in values], "Float64")
