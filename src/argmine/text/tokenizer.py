"""Cut a text into words, so that the words rebuild the text exactly.

Reads:   a text
Writes:  a ``Doc`` without spaces between tokens; doc.user_data["argmine.script"] and
         doc.user_data["argmine.matching"]
Method:  the words of ``segmenter.py``; marks and white space are tokens of their own, so that
         every border of a clause or quotation is a border of a token.
Limits:  words are those of the simplified matching form.
"""

from __future__ import annotations

import re
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from argmine.errors import InputError
from argmine.ingest.script import detect_script
from argmine.text.matching import matching_form
from argmine.text.segmenter import cut_words

_SURROGATE = re.compile("[\ud800-\udfff]")


class Tokenizer:
    """spaCy tokenizer over an own segmenter; it holds no state but the lexicons."""

    def __init__(self, vocab: Vocab) -> None:
        self.vocab = vocab

    def __call__(self, text: str) -> Doc:
        """Tokenize; the script is found in the text."""
        return self.make_doc(text, detect_script(text))

    def make_doc(self, text: str, script: str = "hans") -> Doc:
        """Tokenize a text of a known script.

        Raises:
            InputError: a lone surrogate, which is no character.
        """
        if lone := _SURROGATE.search(text):
            finding = f"lone surrogate U+{ord(lone.group()):04X}"
            raise InputError("<text>", f"character {lone.start()}", finding, "decode it again")
        form = matching_form(text, script)
        words = cut_words(form)
        if form != text:
            ends = accumulate(map(len, words), initial=0)
            words = [text[start:end] for start, end in pairwise(ends)]
        doc = Doc(self.vocab, words=words, spaces=[False] * len(words))
        doc.user_data["argmine.script"] = script
        doc.user_data["argmine.matching"] = form
        return doc

    def to_bytes(self, **_: Any) -> bytes:
        """Nothing to store: the lexicons are part of the package."""
        return b""

    def from_bytes(self, _data: bytes, **_: Any) -> Tokenizer:
        """Nothing to restore."""
        return self

    def to_disk(self, _path: str | Path, **_: Any) -> None:
        """Nothing to store."""

    def from_disk(self, _path: str | Path, **_: Any) -> Tokenizer:
        """Nothing to restore."""
        return self


@registry.tokenizers("argmine.Tokenizer.v1")  # type: ignore[untyped-decorator]
def make_tokenizer() -> Any:
    """Build the tokenizer for a spaCy configuration."""

    def make(nlp: Language) -> Tokenizer:
        return Tokenizer(nlp.vocab)

    return make
