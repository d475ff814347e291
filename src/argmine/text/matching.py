"""The matching form: a string of the text's own length on which cues are looked up.

Traditional characters become simplified, full-width letters and digits ASCII, and half-width
marks full-width, one code point for one, so that offsets in the matching form are offsets in the
text. The text itself is never altered.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from spacy.tokens import Doc

LINE_ENDS = "\n\r\u2028\u2029\x0b\x0c\x85"
# Full-width forms that stay are the canonical Chinese marks.
_FULL_WIDTH = {
    chr(0xFF01 + n): chr(0x21 + n) for n in range(94) if chr(0xFF01 + n) not in "，；：？！（）"
}
_CANONICAL = {**_FULL_WIDTH, **dict(zip("「」『』()", "“”‘’（）", strict=True))}
_HALF_TO_FULL = dict(zip(",;:?!", "，；：？！", strict=True))
# A half-width mark is Latin only inside a Latin run (http://a:b, 5,000, 10:30), where no space and
# no Chinese character stands on either side.
_LATIN_AFTER = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz/"
_LATIN_BEFORE = _LATIN_AFTER + "."
# Tables by code point over the basic plane, which holds all that changes; what lies beyond reads
# the entry of its last code point, which is no character.
_PLANE = 0x10000
_SAME, _CHANGED, _HALF, _QUOTE = range(4)
_ENCODING = "utf-32-le"


def _kinds() -> NDArray[np.uint8]:
    kinds = np.full(_PLANE, _SAME, np.uint8)
    for kind, characters in ((_CHANGED, _CANONICAL), (_HALF, _HALF_TO_FULL), (_QUOTE, '"＂')):
        kinds[list(map(ord, characters))] = kind
    return kinds


def _targets() -> NDArray[np.uint32]:
    targets = np.arange(_PLANE, dtype=np.uint32)
    for source, target in {**_CANONICAL, **_HALF_TO_FULL}.items():
        targets[ord(source)] = ord(target)
    return targets


def _marked(characters: str) -> NDArray[np.bool_]:
    table = np.zeros(_PLANE, np.bool_)
    table[list(map(ord, characters))] = True
    return table


_KINDS, _TARGETS = _kinds(), _targets()
_IS_BEFORE, _IS_AFTER = _marked(_LATIN_BEFORE), _marked(_LATIN_AFTER)
_IS_LINE_END = _marked(LINE_ENDS)


@cache
def converter() -> Any:
    """OpenCC from traditional to simplified characters, loaded once."""
    from opencc import OpenCC

    return OpenCC("t2s")


def _simplified(text: str) -> str:
    convert = converter().convert
    whole: str = convert(text)
    if len(whole) == len(text):
        return whole
    # A phrase of the conversion table changed the length: character by character is always safe.
    simple = {}
    for character in set(text):
        other = convert(character)
        if len(other) == 1 and other != character:
            simple[ord(character)] = other
    return text.translate(simple)


def matching_form(text: str, script: str = "hans") -> str:
    """Return the matching form of a text.

    Args:
        text: any text.
        script: ``hant`` converts traditional characters.

    Returns:
        A string of the same length.
    """
    if script == "hant":
        text = _simplified(text)
    codes = np.frombuffer(text.encode(_ENCODING, "surrogatepass"), np.uint32)
    kinds = _KINDS.take(codes, mode="clip")
    at = np.flatnonzero(kinds)
    if not len(at):
        return text
    form, kind = codes.copy(), kinds[at]
    changed, half, quotes = (at[kind == which] for which in (_CHANGED, _HALF, _QUOTE))
    form[changed] = _TARGETS.take(codes.take(changed))
    # at either end of the text the mark itself stands for its missing neighbour
    before = _IS_BEFORE.take(form.take(half - 1, mode="clip"), mode="clip")
    after = _IS_AFTER.take(form.take(half + 1, mode="clip"), mode="clip")
    chinese = half[~(before & after)]
    form[chinese] = _TARGETS.take(codes.take(chinese))
    if len(quotes):
        # they open and close by turns; a quotation does not go past its line
        line = np.searchsorted(np.flatnonzero(_IS_LINE_END.take(codes, mode="clip")), quotes)
        closes = (np.arange(len(quotes)) - np.searchsorted(line, line)) % 2
        form[quotes] = np.where(closes, ord("”"), ord("“"))
    return form.tobytes().decode(_ENCODING, "surrogatepass")


def matching_of(doc: Doc) -> str:
    """The matching form of a ``Doc``, made and kept where the tokenizer did not make it."""
    form = doc.user_data.get("argmine.matching")
    if form is None:
        form = matching_form(doc.text, doc.user_data.get("argmine.script", "hans"))
        doc.user_data["argmine.matching"] = form
    return str(form)
