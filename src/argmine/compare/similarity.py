"""Near-equal units: how much the wording of two units of different articles is alike.

Reads:   the texts of units
Writes:  for each unit the units of other articles that are near to it
Method:  units are vectors of their pairs and triples of characters and of their words, both of the
         matching form without marks; a feature weighs the less the more articles have it. Pairs
         come from sparse products that pass over what stands in very many units.
Limits:  the same point in other words is not found; an encoder lifts only pairs that are nearly
         alike. At most ``NEAREST`` neighbours of a unit are looked at.
Source:  cosine of weighted terms (Salton and Buckley 1988); the weight knows the number of
         articles with a feature but not of all, so that an unrelated article changes nothing.
         sparse_dot_topn (ING) for the products.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from argmine.compare import needing_extra
from argmine.ingest.script import detect_script
from argmine.text.matching import matching_form
from argmine.text.segmenter import cut_words

with needing_extra():
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer, HashingVectorizer
    from sparse_dot_topn import sp_matmul_topn

# Neighbours of a unit that are looked at, and units that a feature may stand in to bring any: they
# bound the time. The similarity itself is that of all features.
NEAREST = 50
MAX_UNITS = 500
# Without the features passed over, similarities come out lower.
_CANDIDATE = 0.5
# Two clauses say less than two units: so much of their similarity counts for their units.
CLAUSE_SHARE = 0.7
# Places of pairs and triples of characters: a hundred times what an article has.
_HASHES = 2**21
# Pairs whose similarity is found at once.
_BLOCK = 100_000
# So far below ``least`` an encoder is asked, and the cosine of its vectors that lifts a pair: read
# on the pairs of 272 real articles, of which 5 of 6 above the cosine make the same point, and 8 of
# 12 above 0.966.
GREY = 0.06
LEAST_COSINE = 0.972
# Texts that an encoder is asked about, at 15 ms each: 1,000 articles stay far below two minutes.
MAX_ASKED = 1000
_NO_LETTER = re.compile(r"[\W_]+")
_CLAUSE_END = re.compile(r"[，；：。！？,;:!?]+|\.(?!\d)")

Embed = Callable[[Sequence[str]], NDArray[np.float32]]
Neighbours = list[list[tuple[int, float]]]


def scripts_of(units: pd.DataFrame) -> dict[str, str]:
    """The script of each article, told by its units: ``hans`` or ``hant``."""
    grouped = units.groupby("document", sort=False)["text"]
    return {str(document): detect_script("\n".join(texts)) for document, texts in grouped}


def clauses_of(rows: pd.DataFrame, scripts: Mapping[str, str]) -> list[list[str]]:
    """The letters of each clause of each row's text, simplified where its article is traditional.

    Args:
        rows: with columns ``document`` and ``text``.
        scripts: as :func:`scripts_of` gives them.
    """
    found = []
    for document, text in zip(rows["document"], rows["text"], strict=True):
        form = matching_form(text, scripts[document]).lower()
        letters = (_NO_LETTER.sub("", part) for part in _CLAUSE_END.split(form))
        found.append([clause for clause in letters if clause])
    return found


def words_of(form: str) -> list[str]:
    """Its words of two characters and more."""
    return [word for word in cut_words(form) if len(word) > 1]


def term_vectors(
    texts: Sequence[str],
    words: Sequence[Sequence[str]],
    clauses: NDArray[np.int64],
    units: NDArray[np.int64],
    documents: NDArray[np.int64],
) -> tuple[sparse.csr_matrix, sparse.csr_matrix, dict[str, float]]:
    """Vectors of units and clauses, each a row of length 1, half characters and half words.

    Args:
        texts: letters of each different clause.
        words: of each of them.
        clauses: the text of each clause, numbered from 0.
        units: the unit of each clause, numbered from 0.
        documents: the article of each unit, numbered from 0.

    Returns:
        A row a unit, a row a clause, and what each word weighs.
    """
    if not any(words):
        return sparse.csr_matrix((len(documents), 0)), sparse.csr_matrix((len(clauses), 0)), {}
    in_unit = _sum_over(units, len(documents))
    in_document = _sum_over(documents, int(documents.max()) + 1)
    parts: tuple[list[sparse.csr_matrix], list[sparse.csr_matrix]] = ([], [])
    weighed: dict[str, float] = {}
    # hashed: a vocabulary of all pairs and triples takes longer than their counts
    characters = HashingVectorizer(
        n_features=_HASHES,
        analyzer="char",
        ngram_range=(2, 3),
        lowercase=False,
        norm=None,
        alternate_sign=False,
        dtype=np.float32,
    )
    terms = CountVectorizer(analyzer=list, dtype=np.float32)
    for vectorizer, read in ((characters, texts), (terms, words)):
        counts = vectorizer.fit_transform(read).tocsr()[clauses]
        of_units = (in_unit @ counts).tocsr()
        held = np.bincount((in_document @ of_units).tocsr().indices, minlength=counts.shape[1])
        weight = (1 / (1 + np.log(np.maximum(held, 1)) / 2)).astype(np.float32)
        for part, own in zip(parts, (of_units, counts), strict=True):
            part.append(_scaled(own, weight))
        if vectorizer is terms:
            weighed = {w: float(weight[n]) for w, n in terms.vocabulary_.items()}
    whole, single = (sparse.hstack(part, format="csr", dtype=np.float32) for part in parts)
    return whole, single, weighed


def _sum_over(groups: NDArray[np.int64], size: int) -> sparse.csr_matrix:
    """A matrix that adds up the rows of each group."""
    places = (groups, np.arange(len(groups)))
    return sparse.csr_matrix((np.ones(len(groups), np.float32), places), (size, len(groups)))


def _scaled(counts: sparse.csr_matrix, weight: NDArray[np.float32]) -> sparse.csr_matrix:
    """The counts with their weights, each row as long as the square root of one half."""
    found = counts.copy()
    found.data = (1 + np.log(found.data)) * weight[found.indices]
    length = np.sqrt(np.asarray(found.multiply(found).sum(axis=1)).ravel())
    scale = np.sqrt(0.5) / np.maximum(length, np.finfo(np.float32).tiny)
    return sparse.diags(scale.astype(np.float32)) @ found


def near_pairs(
    vectors: sparse.csr_matrix,
    owners: NDArray[np.int64],
    documents: NDArray[np.int64],
    least: float,
    *,
    texts: Sequence[str] = (),
    embed: Embed | None = None,
) -> Neighbours:
    """For each unit the units of other articles that are near to it, with their similarity.

    Args:
        vectors: of the units, then of clauses of them, as :func:`term_vectors` gives them.
        owners: the unit of each vector, numbered from 0.
        documents: the article of each unit, numbered from 0.
        least: the least similarity, between 0 and 1.
        texts: of the units, for ``embed``.
        embed: gives each text a vector; asked about pairs just below ``least`` only.
    """
    spread = np.bincount(vectors.indices, minlength=vectors.shape[1])
    rare = vectors.multiply((spread[None, :] <= MAX_UNITS).astype(np.float32)).tocsr()
    rare.eliminate_zeros()
    near = sp_matmul_topn(
        rare, rare.T.tocsr(), top_n=NEAREST, threshold=least * _CANDIDATE, sort=True, n_threads=1
    ).tocoo()
    size = len(documents)
    alike = (near.row < size) == (near.col < size)
    kept = alike & (documents[owners[near.row]] != documents[owners[near.col]])
    ends = np.sort(np.stack([near.row[kept], near.col[kept]], axis=1), axis=1)
    one, other = np.unique(ends, axis=0).T
    similarity = np.zeros(len(one), np.float32)
    for start in range(0, len(one), _BLOCK):
        part = slice(start, start + _BLOCK)
        products = vectors[one[part]].multiply(vectors[other[part]])
        similarity[part] = np.asarray(products.sum(axis=1)).ravel()
    similarity[one >= size] *= CLAUSE_SHARE
    # of the pairs of parts of the same two units the nearest counts
    ends = np.sort(np.stack([owners[one], owners[other]], axis=1), axis=1)
    pairs, inverse = np.unique(ends, axis=0, return_inverse=True)
    nearest = np.zeros(len(pairs), np.float32)
    np.maximum.at(nearest, inverse.ravel(), similarity)
    one, other = pairs.T
    if embed is not None:
        _lift(nearest, one, other, least, texts, embed)
    found: Neighbours = [[] for _ in range(size)]
    for n in np.flatnonzero(nearest >= least).tolist():
        found[one[n]].append((int(other[n]), float(nearest[n])))
        found[other[n]].append((int(one[n]), float(nearest[n])))
    return found


def _lift(
    similarity: NDArray[np.float32],
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    least: float,
    texts: Sequence[str],
    embed: Embed,
) -> None:
    """Raise to ``least`` the pairs just below it that an encoder takes for the same.

    As it takes most of the time, it is asked only for units that have no other neighbour, about
    the pairs first that are most alike.
    """
    alone = np.ones(len(texts), np.bool_)
    for end in (one, other):
        alone[end[similarity >= least]] = False
    is_grey = (similarity >= least - GREY) & (similarity < least)
    grey = np.flatnonzero(is_grey & (alone[one] | alone[other]))
    grey = grey[np.argsort(-similarity[grey], kind="stable")]
    if not len(grey):
        return
    ends = np.stack([one[grey], other[grey]], axis=1).ravel()
    numbers, asked = pd.factorize(np.array([texts[n] for n in ends.tolist()], dtype=object))
    pairs = numbers.reshape(-1, 2)
    pairs = pairs[np.maximum.accumulate(pairs.max(axis=1)) < MAX_ASKED]
    vectors = embed(asked[: pairs.max() + 1].tolist())
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    left, right = pairs.T
    same = np.einsum("ij,ij->i", vectors[left], vectors[right]) >= LEAST_COSINE
    similarity[grey[: len(pairs)][same]] = least
