"""The matching form: a string of the text's own length on which cues are looked up.

Traditional characters become simplified, full-width letters and digits ASCII, and half-width
marks full-width, one code point for one, so that offsets in the matching form are offsets in the
text. The text itself is never altered.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any

from spacy.tokens import Doc

# Full-width forms that stay are the canonical Chinese marks.
_FULL_WIDTH = {
    chr(0xFF01 + n): chr(0x21 + n) for n in range(94) if chr(0xFF01 + n) not in "，；：？！（）"
}
_TO_CANONICAL = {**_FULL_WIDTH, **dict(zip("「」『』", "“”‘’", strict=True))}
_WIDE = re.compile(f"[{''.join(_TO_CANONICAL)}]")
_HALF_TO_FULL = dict(zip(",;:?!()", "，；：？！（）", strict=True))
# A half-width mark is Latin only inside a Latin run (http://a:b, 5,000, 10:30), where no space and
# no Chinese character stands on either side.
_HALF = re.compile(r"(?<![0-9A-Za-z/.])[,;:?!]|[,;:?!](?![0-9A-Za-z/])|[()]")
_STRAIGHT_QUOTE = re.compile(r'"')


@cache
def _converter() -> Any:
    from opencc import OpenCC

    return OpenCC("t2s")


def _simplified(text: str) -> str:
    converter = _converter()
    whole: str = converter.convert(text)
    if len(whole) == len(text):
        return whole
    # A phrase of the conversion table changed the length: character by character is always safe.
    simple = {}
    for character in set(text):
        other = converter.convert(character)
        if len(other) == 1 and other != character:
            simple[ord(character)] = other
    return text.translate(simple)


def matching_form(text: str, script: str = "hans") -> str:
    """Return the matching form of a text.

    Args:
        text: any text without lone surrogates.
        script: ``hant`` converts traditional characters.

    Returns:
        A string of the same length.
    """
    if script == "hant":
        text = _simplified(text)
    form = _WIDE.sub(lambda match: _TO_CANONICAL[match.group()], text)
    form = _HALF.sub(lambda match: _HALF_TO_FULL[match.group()], form)
    if '"' in form:
        opened = [False]

        def pair(match: re.Match[str]) -> str:
            opened[0] = not opened[0]
            return "“" if opened[0] else "”"

        # a quotation does not go past its line: pairing begins anew on each
        lines = []
        for line in form.split("\n"):
            opened[0] = False
            lines.append(_STRAIGHT_QUOTE.sub(pair, line))
        form = "\n".join(lines)
    return form


def matching_of(doc: Doc) -> str:
    """The matching form of a ``Doc``, made and kept where the tokenizer did not make it."""
    form = doc.user_data.get("argmine.matching")
    if form is None:
        form = matching_form(doc.text, doc.user_data.get("argmine.script", "hans"))
        doc.user_data["argmine.matching"] = form
    return str(form)
