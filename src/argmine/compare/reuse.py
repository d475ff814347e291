"""Tell reused text from agreement: who in a group speaks with a voice of its own.

Reads:   the forms (letters only) of units, what articles they are of, and their mentions
Method:  two members are one voice where a run of characters outside of names stands in both, where
         one repeats a quote of the other, or where their articles are reprints: where a fifth of
         the runs of the shorter one stand in the other. Who is one voice with a third is one with
         each other.
Limits:  a run that is a fixed formula of many authors counts as quoted, too.
Source:  runs: shingles (Broder 1997, On the Resemblance and Containment of Documents).
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Sequence

from argmine.compare import needing_extra
from argmine.compare.similarity import clauses_of, scripts_of

with needing_extra():
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from scipy import sparse
    from scipy.sparse import csgraph
    from sparse_dot_topn import sp_matmul_topn

# Letters of a run. Set by hand: shorter ones are names of concepts, which authors share that agree.
RUN = 16
# Letters of a quote, shorter ones are names.
_QUOTE = 8
# Kinds of mentions that are names: what two authors both call by its name neither quotes.
_NAMES = ("actor", "document", "date")
# Stands where a name was taken out.
_GAP = "\n"
# Of this many runs one is looked at to find reprints; two articles must share so many of those, as
# short ones share a quotation with less.
_SAMPLE = 4
_LEAST_SHARED = 25
# A reprint, reworked or not, shares this much with another article: of the pairs of 272 real
# articles one shares .49, all others up to .12. At most so many are looked at for each.
_CONTAINED = 0.2
_NEAREST = 50


class Reuse:
    """What repeats what.

    Args:
        units: the table of units, in the order of articles; their places are the numbers that
            :meth:`voices` takes.
        forms: letters of each unit.
        documents: the article of each, numbered from 0.
        mentions: the table of mentions; without it quotes are not known, nor names.
    """

    def __init__(
        self,
        units: pd.DataFrame,
        forms: Sequence[str],
        documents: NDArray[np.int64],
        mentions: pd.DataFrame | None,
    ) -> None:
        self._forms = forms
        self._documents = documents.tolist()
        self._reprints = _reprinted(forms, documents).tolist()
        self._quotes = _mentioned(units, mentions, ["quote"])
        self._names = _mentioned(units, mentions, _NAMES)

    def voices(self, members: Sequence[int]) -> list[int]:
        """The voice of each of these units, numbered from 1 as they come."""
        parent = list(range(len(members)))

        def root(n: int) -> int:
            while parent[n] != n:
                parent[n] = n = parent[parent[n]]
            return n

        seen: dict[object, int] = {}
        for n, member in enumerate(members):
            for key in self._keys(member):
                parent[root(n)] = root(seen.setdefault(key, n))
        numbers: dict[int, int] = {}
        return [numbers.setdefault(root(n), len(numbers) + 1) for n in range(len(members))]

    def _keys(self, member: int) -> Iterator[object]:
        """Whoever has one of them is one voice with whoever else has it."""
        yield self._reprints[self._documents[member]]
        form = self._forms[member]
        yield form
        for name in self._names.get(member, ()):
            form = form.replace(name, _GAP)
        for part in form.split(_GAP):
            if len(part) >= RUN:
                yield from _runs(part)
        for quote in self._quotes.get(member, ()):
            if len(quote) >= _QUOTE:
                yield "quote", quote


def _reprinted(forms: Sequence[str], documents: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each article the number of the first one that it is a reprint of, or its own."""
    size = int(documents.max(initial=-1)) + 1
    sampled: list[set[int]] = [set() for _ in range(size)]
    for form, document in zip(forms, documents.tolist(), strict=True):
        hashes = (zlib.crc32(run.encode("utf-8", "surrogatepass")) for run in _runs(form))
        sampled[document].update(value for value in hashes if value % _SAMPLE == 0)
    counts = np.array([len(own) for own in sampled], np.int64)
    flat = np.fromiter((value for own in sampled for value in sorted(own)), np.int64, counts.sum())
    columns = np.unique(flat, return_inverse=True)[1]
    held = sparse.csr_matrix(
        (np.ones(len(flat), np.float32), columns, np.concatenate([[0], np.cumsum(counts)])),
        shape=(size, max(int(columns.max(initial=0)) + 1, 1)),
    )
    if not len(flat):
        return np.arange(size)
    both = sp_matmul_topn(held, held.T.tocsr(), top_n=_NEAREST, threshold=1, n_threads=1).tocoo()
    shorter = np.minimum(counts[both.row], counts[both.col])
    same = both.data >= np.maximum(_CONTAINED * shorter, _LEAST_SHARED)
    links = sparse.coo_matrix((both.data[same], (both.row[same], both.col[same])), (size, size))
    _, component = csgraph.connected_components(links, directed=False)
    first = np.unique(component, return_index=True)[1]
    return np.asarray(first[component], np.int64)


def _mentioned(
    units: pd.DataFrame, mentions: pd.DataFrame | None, kinds: Sequence[str]
) -> dict[int, list[str]]:
    """The letters of what each unit mentions, the longest first."""
    if mentions is None:
        return {}
    places = {key: n for n, key in enumerate(zip(units["document"], units["unit"], strict=True))}
    wanted = mentions["kind"].isin(kinds) & mentions["document"].isin(units["document"])
    held = mentions[wanted & mentions["unit"].notna()]
    found: dict[int, set[str]] = {}
    forms = ("".join(own) for own in clauses_of(held, scripts_of(units)))
    for document, unit, form in zip(held["document"], held["unit"], forms, strict=True):
        place = places.get((document, unit))
        if place is not None:
            found.setdefault(place, set()).add(form)
    return {n: sorted(own - {""}, key=lambda t: (-len(t), t)) for n, own in found.items()}


def _runs(form: str) -> Iterator[str]:
    """All runs; a shorter form is one by itself."""
    return (form[at : at + RUN] for at in range(max(len(form) - RUN, 0) + 1))
