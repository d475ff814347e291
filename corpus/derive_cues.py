"""Count the cue weights of the rules over annotated articles, and print them as a lexicon.

    python corpus/derive_cues.py units TEXTS GOLD > src/argmine/lexicons/units.tsv
    python corpus/derive_cues.py structure TEXTS GOLD > src/argmine/lexicons/structure.tsv
    python corpus/derive_cues.py stance TEXTS GOLD > src/argmine/lexicons/stance.tsv

TEXTS holds ID.txt, GOLD holds ID.json (annotated JSON). A weight is the smoothed log-odds of a
word, or of two neighbouring words, in clauses of a label against all other clauses. Only words
that several documents share are kept, so that no single article's topic becomes a rule. Cues set by
hand stand in corpus/hand_cues.tsv and win over counted ones.
"""

from __future__ import annotations

import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from argmine.ingest.furniture import find_boilerplate
from argmine.ingest.script import detect_script
from argmine.lexicons import CUE_COLUMNS
from argmine.pipeline import COMPONENTS, load
from argmine.schema import Article, Meta
from argmine.tag.units import LABELS, clause_places, shape_features

TARGET = "cooperative-security"
# A cue needs this many standard errors above no association, and this many documents that hold it.
MIN_Z = 2.3
MIN_DOCUMENTS = {
    "claim": 4,
    "evidence": 4,
    "recommendation": 4,
    "none": 4,
    "favor": 4,
    "against": 2,
}
MAX_CUES = 400
MAX_WEIGHT = 3.0
# Counted stance cues follow the topics of few articles and count less than those set by hand. Both
# shares were chosen on the training articles.
COUNTED_STANCE_SHARE, HAND_STANCE_SHARE = 0.25, 1.3


def clauses(texts: Path, gold: Path) -> Iterator[tuple[str, str, list[str], str, list[str], str]]:
    """Yield (document, clause text, words, label, shape features, stance) of each clause."""
    nlp = load()
    for name in COMPONENTS[2:]:
        nlp.remove_pipe(name)
    for file in sorted(gold.glob("*.json")):
        text = (texts / f"{file.stem}.txt").read_text(encoding="utf-8")
        script = detect_script(text)
        article = Article(id=file.stem, text=text, meta=Meta(script=script))
        article.boilerplate = find_boilerplate(text)
        doc = nlp.tokenizer.make_doc(text, script=script)
        for _, component in nlp.pipeline:
            doc = component(doc)
        form = doc.user_data["argmine.matching"]
        units = json.loads(file.read_text(encoding="utf-8"))["units"]
        places = clause_places(doc)
        shapes = shape_features(form, places)
        for span, place, shape in zip(doc.spans["clauses"], places, shapes, strict=True):
            label, stance = "none", ""
            for unit in units:
                if unit["start"] <= place.start < unit["end"]:
                    label, stance = unit["label"], unit["stance"][TARGET]["label"]
            words = [form[token.idx : token.idx + len(token)] for token in span]
            yield file.stem, form[place.start : place.end], words, label, shape, stance


def grams(words: list[str]) -> set[str]:
    """Words and pairs of neighbouring words that hold a Chinese character each."""
    good = [word if any("\u3400" <= c <= "\u9fff" for c in word) else "" for word in words]
    pairs = {a + b for a, b in pairwise(good) if a and b}
    return {word for word in good if word} | pairs


def log_odds(inside: int, size: int, outside: int, rest: int) -> tuple[float, float]:
    """Smoothed log-odds ratio and its z value."""
    a, b, c, d = inside + 0.5, size - inside + 0.5, outside + 0.5, rest - outside + 0.5
    ratio = math.log(a * d / (b * c))
    return ratio, ratio / math.sqrt(1 / a + 1 / b + 1 / c + 1 / d)


def derive_cues(rows: list[tuple[str, set[str], str]], labels: tuple[str, ...]) -> list[list[str]]:
    """Lexicon lines of the best cues; rows are (document, grams, label)."""
    sizes = Counter(label for _, _, label in rows)
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    documents: dict[tuple[str, str], set[str]] = defaultdict(set)
    for document, found, label in rows:
        for gram in found:
            counts[gram][label] += 1
            documents[gram, label].add(document)
    best: dict[str, list[tuple[float, float, str]]] = defaultdict(list)
    for gram, by_label in counts.items():
        total = sum(by_label.values())
        for label in labels:
            if len(documents[gram, label]) < MIN_DOCUMENTS[label]:
                continue
            ratio, z = log_odds(
                by_label[label], sizes[label], total - by_label[label], len(rows) - sizes[label]
            )
            if z >= MIN_Z:
                best[label].append((z, ratio, gram))
    return [
        [gram, label, "cue", f"{min(ratio, MAX_WEIGHT):.2f}", "train log-odds", ""]
        for label in labels
        for _, ratio, gram in sorted(best[label], reverse=True)[:MAX_CUES]
    ]


def main(what: str, texts: str, gold: str) -> None:
    """Print the lexicon called ``what``."""
    rows = list(clauses(Path(texts), Path(gold)))
    if what == "structure":
        print("feature\tlabel\tweight\tsource")
        sizes = Counter(label for _, _, _, label, _, _ in rows)
        counts: Counter[tuple[str, str]] = Counter()
        totals: Counter[str] = Counter()
        for _, _, _, label, shape, _ in rows:
            for name in shape:
                counts[name, label] += 1
                totals[name] += 1
        lines = []
        for name in totals:
            for label in LABELS:
                inside = counts[name, label]
                ratio, _ = log_odds(
                    inside, sizes[label], totals[name] - inside, len(rows) - sizes[label]
                )
                lines.append([name, label, f"{max(-3.0, min(3.0, ratio)):.2f}", "train log-odds"])
    else:
        print("\t".join(CUE_COLUMNS))
        if what == "units":
            data = [(document, grams(words), label) for document, _, words, label, _, _ in rows]
            lines = derive_cues(data, LABELS)
        else:
            data = [(d, grams(words), stance) for d, _, words, _, _, stance in rows if stance]
            lines = derive_cues(data, ("favor", "against"))
        hand = Path(__file__).with_name("hand_cues.tsv").read_text(encoding="utf-8").splitlines()
        chosen = [line.split("\t")[1:] for line in hand if line.startswith(what + "\t")]
        if what == "stance":
            for group, share in ((lines, COUNTED_STANCE_SHARE), (chosen, HAND_STANCE_SHARE)):
                for line in group:
                    line[3] = f"{float(line[3]) * share:.2f}"
        taken = {line[0] for line in chosen}
        lines = [line for line in lines if line[0] not in taken] + chosen
    for line in sorted(lines):
        print("\t".join(line))


if __name__ == "__main__":
    main(*sys.argv[1:])
