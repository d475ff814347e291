"""The line: from an article to annotated JSON.

``load`` builds the spaCy pipeline once; ``annotate`` runs one article through it. The components
are registered by their modules, here and through the package's entry points.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

import argmine.tag.mentions
import argmine.tag.relations
import argmine.tag.stance
import argmine.tag.units
import argmine.text.sections
import argmine.text.sentences
import argmine.text.tokenizer  # noqa: F401  (imported to register, as the five above)
from argmine.errors import InputError
from argmine.export import to_record
from argmine.ingest.reading import article_from_text
from argmine.ingest.script import detect_script
from argmine.schema import AnnotatedArticle, Article, Segment
from argmine.tag.encoder import Encoder, SmallEncoder, Vectors
from argmine.tag.models import MANIFEST, read_manifest, read_model
from argmine.text.borders import borders_of
from argmine.text.matching import matching_form

COMPONENTS = (
    "argmine_sentences",
    "argmine_sections",
    "argmine_mentions",
    "argmine_units",
    "argmine_relations",
    "argmine_stance",
)
# Those that a model can change.
TRAINED = ("argmine_units", "argmine_relations", "argmine_stance")
RULES = "rules"
# Shipped models, the best first.
PREFERENCE = ("accurate", "fast")
_MODEL = "argmine_model"
# A document beyond this is refused by name rather than left to exhaust the memory of a laptop:
# 5 M code points cost about 3 GB of tokens and spans.
MAX_CHARACTERS = 5_000_000
# Words kept warm in the vocabulary: a new word costs twenty times as much as a known one. 200,000
# words are about 60 MB.
MAX_WORDS = 200_000


def load(model: str | os.PathLike[str] | None = None, *, min_score: float = 0.0) -> Language:
    """Build the pipeline: tokenizer and six components. Load once, use for every article.

    Args:
        model: ``rules``; the name of a shipped model (``fast``); or the folder of a trained one.
            ``None`` takes the best that is there.
        min_score: units of a lower score are left out, a probability; 0 leaves out none.

    Raises:
        InputError: no such model, or a model folder that is broken.
    """
    nlp = spacy.blank("zh", config={"nlp": {"tokenizer": {"@tokenizers": "argmine.Tokenizer.v1"}}})
    nlp.max_length = MAX_CHARACTERS
    for name in COMPONENTS:
        nlp.add_pipe(name)
    folder = find_model(model)
    nlp.meta[_MODEL] = RULES
    if folder is not None:
        trained = read_model(folder, find_encoder)
        for name in TRAINED:
            nlp.get_pipe(name).use(trained)  # type: ignore[attr-defined]
        nlp.meta[_MODEL] = trained.signature
    if min_score:
        nlp.get_pipe("argmine_units").min_score = min_score  # type: ignore[attr-defined]
        nlp.meta[_MODEL] += f",min-score={min_score:g}"
    return nlp


def shipped_models() -> dict[str, Path]:
    """The folders of the models that come with argmine, by name."""
    found = sorted(_models_folder().glob(f"*/{MANIFEST}"))
    return {manifest.parent.name: manifest.parent for manifest in found}


@cache
def shipped_encoder() -> SmallEncoder:
    """The encoder that comes with argmine, loaded once.

    Raises:
        InputError: it is not there, or onnxruntime is not.
    """
    return SmallEncoder(_models_folder() / "encoder")


def find_embed() -> Callable[[Sequence[str]], Vectors] | None:
    """What gives texts the vectors of the shipped encoder; ``None`` where it cannot run.

    Raises:
        InputError: the encoder is there and broken.
    """
    if find_spec("onnxruntime") is None or not (_models_folder() / "encoder").is_dir():
        return None
    encoder = shipped_encoder()

    def embed(texts: Sequence[str]) -> Vectors:
        return encoder.text_vectors([matching_form(text, detect_script(text)) for text in texts])

    return embed


@cache
def encoder_at(folder: str) -> Encoder:
    """An encoder in the format of Hugging Face, loaded once; without a folder argmine's own.

    Raises:
        InputError: it is not there, or what it needs is not installed.
    """
    if not folder:
        return shipped_encoder()
    from argmine.tag.hugging_face import HuggingFaceEncoder

    return HuggingFaceEncoder(Path(folder))


def find_encoder(network: Mapping[str, Any]) -> Encoder:
    """The encoder that the networks of a model were trained on.

    Args:
        network: what the model's manifest says of them. The environment variable
            ``ARGMINE_ENCODER`` overrides the folder of an encoder that is not argmine's own.

    Raises:
        InputError: it is not there.
    """
    if "path" not in network:
        return shipped_encoder()
    return encoder_at(os.environ.get("ARGMINE_ENCODER") or str(network["path"]))


def _models_folder() -> Path:
    # an installed package holds the models; a source checkout has them at its top
    package = Path(str(files("argmine")))
    return next((f for f in (package / "models",) if f.is_dir()), package.parents[1] / "models")


def best_model() -> str:
    """The name of the best shipped model that runs with what is installed."""
    shipped = shipped_models()
    for name in PREFERENCE:
        needs_encoder = name in shipped and "network" in read_manifest(shipped[name])
        if name in shipped and not (needs_encoder and find_spec("onnxruntime") is None):
            return name
    return RULES


def find_model(model: str | os.PathLike[str] | None) -> Path | None:
    """The folder of a model; ``None`` for the rules.

    Raises:
        InputError: no such model.
    """
    shipped = shipped_models()
    if model is None:
        name = best_model()
        return None if name == RULES else shipped[name]
    if model == RULES:
        return None
    if isinstance(model, str) and model in shipped:
        return shipped[model]
    if Path(model).is_dir():
        return Path(model)
    known = ", ".join([RULES, *shipped])
    raise InputError(str(model), "", "no such model", f"choose one of {known}, or give a folder")


@cache
def _default_pipeline() -> Language:
    return load()


def annotate(
    article: str | Article | AnnotatedArticle, nlp: Language | None = None
) -> AnnotatedArticle:
    """Annotate one article.

    Args:
        article: an :class:`Article` as ``read_article`` gives it, or the bare text. Of an annotated
            article its text is annotated anew; the borders of its units stay where the model is
            one that labels given segments.
        nlp: a pipeline from :func:`load`; without it one is built on first use and kept.

    Returns:
        The annotated article; every ``text[start:end]`` is the quoted text.

    Raises:
        InputError: the text holds a lone surrogate, is empty, or is longer than
            ``MAX_CHARACTERS``.
    """
    return AnnotatedArticle.model_validate(annotated_record(article, nlp))


def annotated_record(
    article: str | Article | AnnotatedArticle, nlp: Language | None = None
) -> dict[str, Any]:
    """As :func:`annotate`, but plain data as it stands in the JSON, which costs a third less."""
    if isinstance(article, str):
        article = article_from_text(article)
    elif isinstance(article, AnnotatedArticle):
        borders = [Segment(start=unit.start, end=unit.end) for unit in article.units]
        article = article_from_text(article.text, article.id, path=article.source.path)
        article.segments = borders
    if len(article.text) > MAX_CHARACTERS:
        raise InputError(
            article.source.path or article.id,
            "",
            f"{len(article.text)} characters, the limit is {MAX_CHARACTERS}",
            "split the document",
        )
    nlp = nlp or _default_pipeline()
    # The vocabulary grows with every new word; from a size on, a zone gives back what is new.
    zone = nlp.memory_zone() if len(nlp.vocab) > MAX_WORDS else nullcontext()
    with zone:
        doc = prepared_doc(nlp, article)
        for _, component in nlp.pipeline:
            doc = component(doc)
        return to_record(doc, article, nlp.meta.get(_MODEL, RULES))


def prepared_doc(nlp: Language, article: Article) -> Doc:
    """The ``Doc`` of an article before the first component: words, furniture, declared headings."""
    tokenizer: Any = nlp.tokenizer
    doc: Doc = tokenizer.make_doc(article.text, script=article.meta.script)
    furniture = [(mark.start, mark.end, mark.kind) for mark in article.boilerplate]
    _set_group(doc, "boilerplate", furniture)
    headings = [(mark.start, mark.end, str(mark.level)) for mark in article.headings]
    _set_group(doc, "headings", headings)
    doc.user_data["argmine.segments"] = [(mark.start, mark.end) for mark in article.segments]
    return doc


def _set_group(doc: Doc, name: str, marks: list[tuple[int, int, str]]) -> None:
    tokens = borders_of(doc).ranges([start for start, _, _ in marks], [end for _, end, _ in marks])
    rows = zip(marks, *(column.tolist() for column in tokens), strict=True)
    kept = [(mark, first, after) for mark, first, after, exact in rows if exact]
    spans = [Span(doc, first, after, label=mark[2]) for mark, first, after in kept]
    columns = {"start": [m[0] for m, _, _ in kept], "end": [m[1] for m, _, _ in kept]}
    doc.spans[name] = SpanGroup(doc, name=name, attrs=columns, spans=spans)
