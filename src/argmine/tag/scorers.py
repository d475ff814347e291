"""Score clauses for labels, by cue lexicons or by trained n-grams, with the votes that explain it.

Reads:   a matching form and its clauses
Method:  a clause sums up the weights of what it holds (cues or n-grams) and of its place and shape
         (argmine.tag.clauses); the means of its sentence, its paragraph and its document lend a
         share of theirs. Both scorers are linear: every sum can be taken apart into votes.
Source:  weights are those of a multinomial logistic regression over exactly these features.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, Protocol
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from argmine.lexicons import Cue, Matcher, Places
from argmine.tag.clauses import (
    Clauses,
    Flags,
    Numbers,
    cues_in,
    opens,
    place_features,
    shape_features,
)

Scores = NDArray[np.float64]
# The note of cues that count but explain nothing to a reader, and are not shown.
FUNCTION_WORD = "function word"
# An n-gram key packs three code points of 21 bits; digits count as one character.
ORDERS = (1, 2, 3)
_BITS = 21


class Shares(NamedTuple):
    """What the means of the sentence, the paragraph and the document lend to a clause."""

    sentence: float
    paragraph: float
    document: float


class Votes(NamedTuple):
    """What voted: its place, its clause, its weight a label, and whether it tells a reader."""

    starts: Numbers
    ends: Numbers
    home: Numbers
    weights: Scores
    tells: Flags


class Scorer(Protocol):
    """Scores clauses for labels.

    Attributes:
        labels: the columns of the sums.
        least_shown: votes below it decided nothing worth showing.
        rule_voice: what the rules of stance say beside it, 0 to 1.
        lean: how strongly the lean of a whole document moves the stance of its units, 0 to 1.
    """

    labels: tuple[str, ...]
    least_shown: float
    rule_voice: float
    lean: float

    def __call__(self, form: str, clauses: Clauses) -> tuple[Scores, Votes]:
        """The sums, a row a clause and a column a label, and the votes behind them."""

    def sums(self, form: str, clauses: Clauses) -> Scores:
        """The sums alone, which cost less."""


def with_neighbours(own: Any, clauses: Clauses, shares: Shares, mean_of: Callable[..., Any]) -> Any:
    """Add to each clause the shares of its neighbours.

    Args:
        own: an array or sparse matrix, a row a clause.
        clauses: the clauses.
        shares: of the means.
        mean_of: function of ``own`` and the numbers of a grouping that gives each row the mean of
            its group.
    """
    total = own + shares.sentence * mean_of(own, clauses.sentence)
    total = total + shares.paragraph * mean_of(own, clauses.paragraph)
    if shares.document:
        total = total + shares.document * mean_of(own, np.zeros(len(clauses), np.int64))
    return total


def group_means(rows: Scores, groups: Numbers) -> Scores:
    """The mean of the rows of each group, at each of its rows; a group's rows stand together."""
    if not len(rows):
        return rows
    new = opens(groups)
    first = np.flatnonzero(new)
    size = np.diff(np.concatenate((first, [len(rows)])))
    means: Scores = (np.add.reduceat(rows, first, axis=0) / size[:, None])[np.cumsum(new) - 1]
    return means


def summed(home: Numbers, votes: Scores, size: int) -> Scores:
    """The votes of each clause, a column a label."""
    sums = np.empty((size, votes.shape[1]))
    for label in range(votes.shape[1]):
        sums[:, label] = np.bincount(home, votes[:, label], size)
    return sums


class ShapeWeights:
    """Weights of place and shape, by feature and label.

    Features are those of :func:`shape_features` and of :func:`place_features`.
    """

    def __init__(self, weights: dict[tuple[str, str], float], labels: tuple[str, ...]) -> None:
        self.features = sorted({name for name, _ in weights})
        self._with_places = any(name.startswith("place ") for name in self.features)
        self.table = np.zeros((len(self.features), len(labels)))
        for (name, label), weight in weights.items():
            self.table[self.features.index(name), labels.index(label)] = weight

    def __call__(self, form: str, clauses: Clauses) -> Scores:
        """The sums of each clause."""
        if not self.features:
            return np.zeros((len(clauses), self.table.shape[1]))
        shape = shape_features(form, clauses)
        if self._with_places:
            shape = shape | place_features(clauses)
        sums: Scores = np.stack([shape[name] for name in self.features], axis=1) @ self.table
        return sums


class LexiconScorer:
    """Scores by the cues of a lexicon, leftmost-longest.

    Args:
        cues: cue lexicon; cues of other labels are passed over.
        labels: the columns of the sums.
        shape: weights of place and shape.
        shares: of the neighbours.
    """

    least_shown = 0.2
    rule_voice = 1.0
    lean = 0.0

    def __init__(
        self,
        cues: Iterable[Cue],
        labels: tuple[str, ...],
        shape: dict[tuple[str, str], float],
        shares: Shares,
    ) -> None:
        self.labels = labels
        self._shares = shares
        self._shape = ShapeWeights(shape, labels)
        self._matcher = Matcher(cue for cue in cues if cue.label in labels)
        groups = self._matcher.groups
        self._votes = np.zeros((len(groups), len(labels)))
        self._tells = np.array([group[0].note != FUNCTION_WORD for group in groups], np.bool_)
        for number, group in enumerate(groups):
            for cue in group:
                self._votes[number, labels.index(cue.label)] += cue.weight

    def __call__(self, form: str, clauses: Clauses) -> tuple[Scores, Votes]:
        """Sums and votes; see :class:`Scorer`."""
        places, home = cues_in(clauses, self._matcher.locate(form))
        votes = self._votes[places.numbers]
        own = self._shape(form, clauses) + summed(home, votes, len(clauses))
        tells = self._tells[places.numbers]
        voted = Votes(places.starts, places.ends, home, votes, tells)
        return with_neighbours(own, clauses, self._shares, group_means), voted

    def sums(self, form: str, clauses: Clauses) -> Scores:
        """See :class:`Scorer`."""
        return self(form, clauses)[0]


def find_ngrams(form: str, clauses: Clauses) -> tuple[Numbers, Places]:
    """All n-grams that lie in one clause: the clause of each; its place, its key as number."""
    parts = list(_ngrams_in(form, clauses))
    home, starts, ends, keys = (np.concatenate(column) for column in zip(*parts, strict=True))
    return home, Places(starts, ends, keys)


# Code points that are looked at together: long texts go in pieces that the cache of a core holds.
_PIECE = 1 << 16

Ngrams = tuple[Numbers, Numbers, Numbers, Numbers]


def _ngrams_in(form: str, clauses: Clauses) -> Iterator[Ngrams]:
    """Clause, start, end and key of the n-grams of each piece and order; at least one piece."""
    borders = [0]
    if len(clauses):
        pieces = np.arange(_PIECE, int(clauses.end[-1]), _PIECE)
        borders = np.unique(np.append(0, np.searchsorted(clauses.start, pieces))).tolist()
    for first, after in zip(borders, [*borders[1:], len(clauses)], strict=True):
        yield from _ngrams_of(form, clauses.start[first:after], clauses.end[first:after], first)


def _ngrams_of(form: str, start: Numbers, end: Numbers, first: int) -> Iterator[Ngrams]:
    """The n-grams of neighbouring clauses, of which the first has the number ``first``."""
    begin = int(start[0]) if len(start) else 0
    text = form[begin : int(end[-1]) if len(end) else 0]
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32).astype(np.int64)
    codes[(codes >= ord("0")) & (codes <= ord("9"))] = ord("0")
    owner = np.full(len(text), -1, np.int64)
    sizes = end - start
    inside = np.repeat(start - begin - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
    owner[inside] = np.repeat(np.arange(len(start)), sizes)
    key = codes
    for order in ORDERS:
        if order > 1:
            key = (key[:-1] << _BITS) | codes[order - 1 :]
        at = np.flatnonzero((owner[: len(key)] >= 0) & (owner[: len(key)] == owner[order - 1 :]))
        yield owner[at] + first, at + begin, at + begin + order, key[at]


class KeyTable:
    """Finds keys among sorted ones by hashing: five times as fast as a binary search.

    Args:
        keys: distinct, int64.
    """

    def __init__(self, keys: Numbers) -> None:
        self._keys = keys
        bits = max(4, int(len(keys) * _SLOTS_A_KEY).bit_length())
        self._shift, self._mask = np.uint64(64 - bits), (1 << bits) - 1
        self._slots = np.full(1 << bits, -1, np.int64)
        self._probes = 0
        left = np.arange(len(keys))
        while len(left):
            at = (self._hash(keys[left]) + self._probes) & self._mask
            free = self._slots[at] < 0
            self._slots[at[free]] = left[free]  # of those that want one slot the last stays
            left = left[self._slots[at] != left]
            self._probes += 1

    def _hash(self, keys: Numbers) -> Numbers:
        mixed = keys.astype(np.uint64) * _MULTIPLIER
        hashed: Numbers = (mixed >> self._shift).astype(np.int64)
        return hashed

    def find(self, keys: Numbers) -> Numbers:
        """The number of each key, -1 for those that are not in the table."""
        at = self._hash(keys)
        numbers = self._slots[at]
        wrong = np.flatnonzero((numbers >= 0) & (self._keys[numbers] != keys))
        for probe in range(1, self._probes):
            numbers[wrong] = self._slots[(at[wrong] + probe) & self._mask]
            still = (numbers[wrong] >= 0) & (self._keys[numbers[wrong]] != keys[wrong])
            wrong = wrong[still]
        numbers[wrong] = -1
        return numbers


# Eight slots a key: most look-ups end at the first. The multiplier is 2**64 over the golden ratio
# (Knuth, The Art of Computer Programming 3, section 6.4).
_SLOTS_A_KEY = 8
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)


class Vocabulary:
    """The n-grams of one head or of all heads of a model, looked up once a text.

    Args:
        keys: sorted and distinct, int64.
    """

    def __init__(self, keys: Numbers) -> None:
        self.keys = keys
        self._table = KeyTable(keys)
        self._found: WeakKeyDictionary[Clauses, tuple[Numbers, Places]] = WeakKeyDictionary()

    def find(self, form: str, clauses: Clauses) -> tuple[Numbers, Places]:
        """The n-grams that it knows: the clause of each; its place and its number here."""
        found = self._found.get(clauses)
        if found is None:
            parts = [self._known(*ngrams) for ngrams in _ngrams_in(form, clauses)]
            home, starts, ends, numbers = (
                np.concatenate(column) for column in zip(*parts, strict=True)
            )
            found = self._found[clauses] = home, Places(starts, ends, numbers)
        return found

    def _known(self, home: Numbers, starts: Numbers, ends: Numbers, keys: Numbers) -> Ngrams:
        numbers = self._table.find(keys)
        known = np.flatnonzero(numbers >= 0)
        return home[known], starts[known], ends[known], numbers[known]


def ngram_weight(home: Numbers, size: int) -> Scores:
    """The weight of each n-gram of a clause: the more n-grams, the less each; a row a clause."""
    held = np.bincount(home, minlength=size)
    weight: Scores = NGRAM_SCALE / np.sqrt(np.maximum(held, 1))
    return weight


# Brings a clause of ordinary length (9 known n-grams) to a weight of 1 an n-gram.
NGRAM_SCALE = 3.0


class NgramScorer:
    """Scores by trained weights of character n-grams.

    Args:
        keys: sorted keys of the n-grams, int64, shape (N,).
        weights: float, shape (N, L).
        labels: the L labels.
        shape: weights of place and shape.
        shares: of the neighbours.
        once: an n-gram counts once a row, however often it stands there.
    """

    # the weight of a clause is spread over many n-grams
    least_shown = 0.02
    # chosen on real/dev, with BLENDED_THRESHOLD of argmine.tag.stance
    rule_voice = 0.4
    lean = 0.0

    def __init__(
        self,
        keys: Numbers,
        weights: NDArray[Any],
        labels: tuple[str, ...],
        shape: ShapeWeights,
        shares: Shares,
        once: bool = False,
    ) -> None:
        self.keys, self.weights, self.labels, self.shares = keys, weights, labels, shares
        self.shape, self.once = shape, once
        self._columns = np.ascontiguousarray(weights.T, np.float64)
        self.look_up_in(Vocabulary(keys))

    def look_up_in(self, vocabulary: Vocabulary) -> None:
        """Look up n-grams in a vocabulary that holds the head's own; several heads share one."""
        self._vocabulary = vocabulary
        self._number_of = np.full(len(vocabulary.keys), -1, np.int64)
        self._number_of[np.searchsorted(vocabulary.keys, self.keys)] = np.arange(len(self.keys))

    def known(self, form: str, clauses: Clauses) -> tuple[Numbers, Places]:
        """The n-grams of the vocabulary: the clause of each, and its place and number."""
        home, places = self._vocabulary.find(form, clauses)
        number = self._number_of[places.numbers]
        known = np.flatnonzero(number >= 0)
        if self.once:
            seen = home[known] * len(self.keys) + number[known]
            known = known[np.sort(np.unique(seen, return_index=True)[1])]
        return home[known], Places(places.starts[known], places.ends[known], number[known])

    def __call__(self, form: str, clauses: Clauses) -> tuple[Scores, Votes]:
        """Sums and votes; see :class:`Scorer`."""
        home, places = self.known(form, clauses)
        own = self.weights[places.numbers]
        weight = ngram_weight(home, len(clauses))
        # a single character tells a reader little
        tells = places.ends - places.starts > 1
        votes = Votes(places.starts, places.ends, home, own * weight[home, None], tells)
        return self._among_neighbours(form, clauses, summed(home, own, len(clauses)), weight), votes

    def sums(self, form: str, clauses: Clauses) -> Scores:
        """See :class:`Scorer`."""
        home, places = self.known(form, clauses)
        size = len(clauses)
        own = np.empty((size, len(self.labels)))
        for label, column in enumerate(self._columns):
            own[:, label] = np.bincount(home, column[places.numbers], size)
        return self._among_neighbours(form, clauses, own, ngram_weight(home, size))

    def _among_neighbours(self, form: str, clauses: Clauses, own: Scores, weight: Scores) -> Scores:
        total = self.shape(form, clauses) + own * weight[:, None]
        neighbours: Scores = with_neighbours(total, clauses, self.shares, group_means)
        return neighbours
