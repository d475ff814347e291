"""Shared and contested points: near-equal units of several articles, grouped.

Reads:   the tables of units, relations and mentions
Writes:  ``Points``: a row a group, and a row a quotation (``points`` and ``quotations`` of
         ``columns.tsv``)
Method:  units are vectors of their pairs and triples of characters and of their words, both of the
         matching form without marks; a feature weighs the less the more articles have it. Pairs
         come from sparse products that pass over what stands in very many units. Groups form
         greedily around the unit that most articles are near to, each member near to that centre
         itself, so that they cannot chain. What tells reused text is in ``reuse.py``, what tells a
         contested point in ``polarity.py``.
Limits:  the same point in other words is not found. Headings and units of few words are left out:
         they are slogans more often than points. Units of two labels never meet. At most
         ``NEAREST`` neighbours of a unit are looked at.
Source:  cosine of weighted terms (Salton and Buckley 1988); the weight knows the number of
         articles with a feature but not of all, so that an unrelated article changes nothing.
         sparse_dot_topn (ING) for the products.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from argmine.compare import needing_extra
from argmine.compare.polarity import opposed
from argmine.compare.reuse import reprinted, voices_of
from argmine.compare.tables import BETWEEN
from argmine.ingest.script import detect_script
from argmine.schema import DECIMALS, STANCE_LABELS
from argmine.text.segmenter import cut_words

with needing_extra():
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer
    from sparse_dot_topn import sp_matmul_topn

# Chosen by reading pairs of the real articles in bands of similarity, from 0.25 to 0.7.
LEAST = 0.4
# Shorter units, and units of fewer different words, are slogans or pieces of lists.
LEAST_LETTERS = 10
LEAST_WORDS = 4
# Neighbours of a unit that are looked at, and units that a feature may stand in to bring any: they
# bound the time. The similarity itself is that of all features.
NEAREST = 50
MAX_UNITS = 500
# Without the features passed over, similarities come out lower.
_CANDIDATE = 0.5
# Pairs whose similarity is found at once.
_BLOCK = 100_000
# So far below ``least`` an encoder is asked, and the cosine of its vectors that lifts a pair.
# Neither figure is measured yet.
GREY = 0.1
LEAST_COSINE = 0.93
# Set by hand. Predicted stances below this score contest nothing: both sides of a contested
# point must be sure.
LEAST_STANCE = 0.7
LEAST_ATTACK = 0.5
MAX_NAME = 40
MAX_TERMS = 5
KINDS = ("shared", "contested", "reused")
_NO_LETTER = re.compile(r"[\W_]+")
_CLAUSE = re.compile("[，；：。！？,;:!?]")

Embed = Callable[[Sequence[str]], NDArray[np.float32]]


@dataclass(frozen=True)
class Points:
    """Groups of near-equal units.

    Attributes:
        groups: a row a group, those of most voices first.
        quotations: a row a member, the centre of each group first.
    """

    groups: pd.DataFrame
    quotations: pd.DataFrame


@dataclass(frozen=True)
class _Group:
    """Rows of one group, the centre first, and what belongs to each."""

    rows: list[int]
    similarity: list[float]
    voices: list[int]
    attacks: int
    kind: str


def align(
    units: pd.DataFrame,
    relations: pd.DataFrame | None = None,
    *,
    mentions: pd.DataFrame | None = None,
    embed: Embed | None = None,
    least: float = LEAST,
) -> Points:
    """Group near-equal claims, recommendations and evidence of different articles.

    Args:
        units: the table of units; the order of its rows does not matter.
        relations: the table of relations; without it attacks contest nothing.
        mentions: the table of mentions, whose quotes tell reused text.
        embed: gives each text a vector; asked about pairs just below ``least`` only.
        least: the least similarity of a member to the centre of its group, between 0 and 1.

    Returns:
        The groups and their quotations; no unit is in two groups, none is of one article alone.
    """
    targets = [name.removeprefix("stance.") for name in units if name.startswith("stance.")]
    ordered = units.sort_values(["document", "start", "unit"], kind="stable", ignore_index=True)
    forms = _forms(ordered)
    words = [[word for word in cut_words(form) if len(word) > 1] for form in forms]
    kept = [
        len(form) >= LEAST_LETTERS and len(set(own)) >= LEAST_WORDS
        for form, own in zip(forms, words, strict=True)
    ]
    usable = np.array(kept, np.bool_) & ~ordered["heading"].fillna(False).to_numpy(np.bool_)
    documents = pd.factorize(ordered["document"])[0]
    reprints = reprinted(forms, documents)
    quotes = _quotes(ordered, mentions)
    attacked = _attacked(ordered, relations)
    stances = _sure_stances(ordered, targets)
    vectors, weights = _vectors(forms, words, documents, usable)
    found: list[_Group] = []
    for label in sorted(ordered["label"].dropna().unique()):
        rows = np.flatnonzero(usable & (ordered["label"] == label).to_numpy(np.bool_))
        pairs = _pairs(vectors, rows, documents, least, embed, ordered["text"])
        for members, similarity in _grouped(pairs, documents, rows):
            said = [forms[n] for n in members]
            voices = voices_of(
                said,
                [documents[n] for n in members],
                reprints,
                [quotes.get(n, []) for n in members],
            )
            attacks = sum(attacked[n] for n in members)
            is_contested = (
                _differ(stances, members, voices)
                or _is_attacked(attacked, members, voices)
                or opposed(said, voices)
            )
            kind = "contested" if is_contested else "shared" if max(voices) > 1 else "reused"
            found.append(_Group(members, similarity, voices, attacks, kind))
    found.sort(key=lambda group: (-max(group.voices), -len(group.rows), group.rows[0]))
    return Points(
        _group_frame(found, ordered, targets, words, weights),
        _quotation_frame(found, ordered, targets),
    )


def _forms(units: pd.DataFrame) -> list[str]:
    """The letters and digits of each unit, simplified where its article is traditional."""
    # on call, as it loads spaCy for a type
    from argmine.text.matching import matching_form

    forms: list[str] = []
    for _, texts in units.groupby("document", sort=False)["text"]:
        script = detect_script("\n".join(texts))
        forms.extend(_NO_LETTER.sub("", matching_form(text, script)).lower() for text in texts)
    return forms


def _vectors(
    forms: Sequence[str],
    words: Sequence[Sequence[str]],
    documents: NDArray[np.int64],
    usable: NDArray[np.bool_],
) -> tuple[sparse.csr_matrix, dict[str, float]]:
    """A row of length 1 a unit, half of it characters and half words; and what each word weighs."""
    if not usable.any():
        return sparse.csr_matrix((len(forms), 0), dtype=np.float32), {}
    size = int(documents.max()) + 1
    home = sparse.csr_matrix(
        (np.ones(len(documents), np.float32), (documents, np.arange(len(documents)))),
        shape=(size, len(documents)),
    )
    parts = []
    weighed: dict[str, float] = {}
    for texts, options in (
        (forms, {"analyzer": "char", "ngram_range": (2, 3), "lowercase": False}),
        (words, {"analyzer": list}),
    ):
        vectorizer = CountVectorizer(dtype=np.float32, **options)
        counts = vectorizer.fit_transform(texts).tocsr()
        held = np.bincount((home @ counts).tocsr().indices, minlength=counts.shape[1])
        weight = (1 / (1 + np.log(np.maximum(held, 1)) / 2)).astype(np.float32)
        counts.data = (1 + np.log(counts.data)) * weight[counts.indices]
        length = np.sqrt(np.asarray(counts.multiply(counts).sum(axis=1)).ravel())
        scale = np.sqrt(0.5) / np.maximum(length, np.finfo(np.float32).tiny)
        parts.append(sparse.diags(scale.astype(np.float32)) @ counts)
        if options["analyzer"] is list:
            weighed = {w: float(weight[n]) for w, n in vectorizer.vocabulary_.items()}
    return sparse.hstack(parts, format="csr", dtype=np.float32), weighed


def _pairs(
    vectors: sparse.csr_matrix,
    rows: NDArray[np.int64],
    documents: NDArray[np.int64],
    least: float,
    embed: Embed | None,
    texts: pd.Series,
) -> list[list[tuple[int, float]]]:
    """For each of the rows its near rows of other articles, as places in ``rows``."""
    own = vectors[rows]
    spread = np.bincount(own.indices, minlength=own.shape[1])
    rare = own.multiply((spread[None, :] <= MAX_UNITS).astype(np.float32)).tocsr()
    rare.eliminate_zeros()
    near = sp_matmul_topn(
        rare, rare.T.tocsr(), top_n=NEAREST, threshold=least * _CANDIDATE, sort=True, n_threads=1
    ).tocoo()
    one, other = np.minimum(near.row, near.col), np.maximum(near.row, near.col)
    apart = documents[rows[one]] != documents[rows[other]]
    ends = np.unique(np.stack([one[apart], other[apart]], axis=1), axis=0)
    one, other = ends[:, 0], ends[:, 1]
    similarity = np.zeros(len(one), np.float32)
    for start in range(0, len(one), _BLOCK):
        part = slice(start, start + _BLOCK)
        similarity[part] = np.asarray(own[one[part]].multiply(own[other[part]]).sum(axis=1)).ravel()
    if embed is not None:
        _lift(similarity, rows[one], rows[other], least, embed, texts)
    found: list[list[tuple[int, float]]] = [[] for _ in rows]
    for n in np.flatnonzero(similarity >= least).tolist():
        found[one[n]].append((int(other[n]), float(similarity[n])))
        found[other[n]].append((int(one[n]), float(similarity[n])))
    return found


def _lift(
    similarity: NDArray[np.float32],
    one: NDArray[np.int64],
    other: NDArray[np.int64],
    least: float,
    embed: Embed,
    texts: pd.Series,
) -> None:
    """Raise to ``least`` the pairs just below it that an encoder takes for the same."""
    grey = np.flatnonzero((similarity >= least - GREY) & (similarity < least))
    if not len(grey):
        return
    asked = np.unique(np.concatenate([one[grey], other[grey]]))
    vectors = embed([str(texts[n]) for n in asked])
    vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    left, right = np.searchsorted(asked, one[grey]), np.searchsorted(asked, other[grey])
    same = np.einsum("ij,ij->i", vectors[left], vectors[right]) >= LEAST_COSINE
    similarity[grey[same]] = least


def _grouped(
    pairs: Sequence[Sequence[tuple[int, float]]],
    documents: NDArray[np.int64],
    rows: NDArray[np.int64],
) -> Iterable[tuple[list[int], list[float]]]:
    """Take the unit that most articles are near to with its neighbours, then the next one."""
    taken = [False] * len(pairs)

    def rank(n: int) -> tuple[int, float, int]:
        free = [(place, value) for place, value in pairs[n] if not taken[place]]
        spread = len({documents[rows[place]] for place, _ in free})
        return -spread, -sum(value for _, value in free), n

    heap = [rank(n) for n in range(len(pairs)) if pairs[n]]
    heapq.heapify(heap)
    while heap:
        first = heapq.heappop(heap)
        centre = first[-1]
        if taken[centre]:
            continue
        now = rank(centre)
        if now != first:
            # neighbours went elsewhere meanwhile
            if now[0]:
                heapq.heappush(heap, now)
            continue
        members = [(place, value) for place, value in pairs[centre] if not taken[place]]
        members.sort(key=lambda item: (-item[1], item[0]))
        for place in (centre, *(place for place, _ in members)):
            taken[place] = True
        yield (
            [int(rows[centre]), *(int(rows[place]) for place, _ in members)],
            [1.0, *(value for _, value in members)],
        )


def _quotes(units: pd.DataFrame, mentions: pd.DataFrame | None) -> dict[int, list[str]]:
    """The letters of the quotes in each row of the units."""
    if mentions is None:
        return {}
    held = mentions[(mentions["kind"] == "quote") & mentions["unit"].notna()]
    places = {key: n for n, key in enumerate(zip(units["document"], units["unit"], strict=True))}
    found: dict[int, list[str]] = {}
    for document, unit, text in zip(held["document"], held["unit"], held["text"], strict=True):
        place = places.get((document, unit))
        if place is not None:
            found.setdefault(place, []).append(_NO_LETTER.sub("", text))
    return found


def _attacked(units: pd.DataFrame, relations: pd.DataFrame | None) -> list[int]:
    """How many sure attacks of its own article each row of the units meets."""
    counts: dict[tuple[str, str], int] = {}
    if relations is not None:
        scores = relations["score"].fillna(1.0).to_numpy(np.float64)
        sure = relations[(relations["label"] == "attack") & (scores >= LEAST_ATTACK)]
        for key in zip(sure["document"], sure["target"], strict=True):
            counts[key] = counts.get(key, 0) + 1
    return [counts.get(key, 0) for key in zip(units["document"], units["unit"], strict=True)]


def _is_attacked(attacked: Sequence[int], rows: Sequence[int], voices: Sequence[int]) -> bool:
    """Whether one voice rebuts in its article what another lets stand."""
    rebut = {voice for n, voice in zip(rows, voices, strict=True) if attacked[n]}
    return bool(rebut) and bool(set(voices) - rebut)


def _sure_stances(units: pd.DataFrame, targets: Sequence[str]) -> list[list[str | None]]:
    """For each target the stance of each row that is sure; one without a score is from a person."""
    found = []
    for target in targets:
        scores = units[f"stance_score.{target}"].fillna(1.0).to_numpy(np.float64)
        labels = units[f"stance.{target}"].astype(object)
        found.append(
            [s if v >= LEAST_STANCE else None for s, v in zip(labels, scores, strict=True)]
        )
    return found


def _differ(
    stances: Sequence[Sequence[str | None]], rows: Sequence[int], voices: Sequence[int]
) -> bool:
    """Whether two voices are surely of two sides; one that is of both counts for neither."""
    for stance in stances:
        sides: dict[int, set[str | None]] = {}
        for n, voice in zip(rows, voices, strict=True):
            sides.setdefault(voice, set()).add(stance[n])
        if all(
            any(s & {"favor", "against"} == {side} for s in sides.values())
            for side in ("favor", "against")
        ):
            return True
    return False


def _name(text: str) -> str:
    """The text, cut behind a clause where it is long; a clause too long by itself stays whole."""
    text = " ".join(text.split()).rstrip("，；：,;:")
    borders = [match.start() for match in _CLAUSE.finditer(text)]
    if len(text) <= MAX_NAME or not borders:
        return text
    fitting = [border for border in borders if LEAST_LETTERS <= border <= MAX_NAME]
    return text[: fitting[-1] if fitting else borders[0]]


def _group_frame(
    found: Sequence[_Group],
    units: pd.DataFrame,
    targets: Sequence[str],
    words: Sequence[Sequence[str]],
    weights: dict[str, float],
) -> pd.DataFrame:
    documents, labels, texts = (units[name].tolist() for name in ("document", "label", "text"))
    stances = {target: units[f"stance.{target}"].tolist() for target in targets}
    data: dict[str, Any] = {
        "group": _text(_key(n) for n in range(len(found))),
        "label": pd.Categorical(
            [labels[group.rows[0]] for group in found], categories=units["label"].cat.categories
        ),
        "kind": pd.Categorical([group.kind for group in found], categories=KINDS),
        "name": _text(_name(texts[group.rows[0]]) for group in found),
        "terms": _text(BETWEEN.join(_terms(group.rows, words, weights)) for group in found),
        "documents": _whole(len({documents[n] for n in group.rows}) for group in found),
        "voices": _whole(max(group.voices) for group in found),
        "units": _whole(len(group.rows) for group in found),
    }
    for label in STANCE_LABELS:
        for target, held in stances.items():
            counts = (sum(held[n] == label for n in group.rows) for group in found)
            data[f"{label}.{target}"] = _whole(counts)
    data["attacks"] = _whole(group.attacks for group in found)
    return pd.DataFrame(data)


def _quotation_frame(
    found: Sequence[_Group], units: pd.DataFrame, targets: Sequence[str]
) -> pd.DataFrame:
    rows = [n for group in found for n in group.rows]
    copied = ["document", "unit", "start", "end", "text", "label", "score"]
    copied += [f"{part}.{target}" for target in targets for part in ("stance", "stance_score")]
    frame = units.iloc[rows][copied].reset_index(drop=True)
    keys = [_key(n) for n, group in enumerate(found) for _ in group.rows]
    frame.insert(0, "group", _text(keys))
    similarity = [round(value, DECIMALS) for group in found for value in group.similarity]
    frame["similarity"] = pd.array(similarity, "Float64")
    frame["voice"] = _whole(voice for group in found for voice in group.voices)
    # who shares a voice with another member repeats text
    reused = [group.voices.count(v) > 1 for group in found for v in group.voices]
    frame["reused"] = pd.array(reused, "boolean")
    return frame


def _key(number: int) -> str:
    return f"p{number + 1:03}"


def _terms(
    rows: Sequence[int], words: Sequence[Sequence[str]], weights: dict[str, float]
) -> list[str]:
    """Words of the centre that at least half of the members have, the most distinctive first."""
    sets = [set(words[n]) for n in rows]
    shared = {word: sum(word in own for own in sets) for word in sets[0]}
    terms = [word for word, count in shared.items() if 2 * count >= len(rows)]
    return sorted(terms, key=lambda word: (-weights[word] * shared[word], word))[:MAX_TERMS]


def _text(values: Iterable[str]) -> pd.Series:
    return pd.Series(list(values), dtype=pd.StringDtype("python"))


def _whole(values: Iterable[int]) -> Any:
    return pd.array(list(values), dtype="Int64")
