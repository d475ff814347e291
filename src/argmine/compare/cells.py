"""Text that goes into a cell of a spreadsheet: never a formula, never more than a cell holds.

Free of pandas, so that whatever writes a table may use it.
"""

from __future__ import annotations

import re

# What a cell of Excel and WPS holds, in UTF-16 units.
MAX_CELL = 32_767
# What a spreadsheet takes for the start of a formula (OWASP, CSV injection), also in full width.
ACTIVE = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# A number with a sign is what it looks like.
_SIGNED = re.compile(r"[+-]\d[\d,.]*[%％]?")
# XML 1.0 holds no C0 control but tab, line feed and CR, and reads a CR as a line feed.
_NOT_IN_XML = re.compile("\r\n?|[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# The picture of a C0 control stands this far above it in Unicode.
_PICTURES = 0x2400


def defused(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it."""
    is_active = text.startswith(ACTIVE) and not _SIGNED.fullmatch(text)
    return f"'{text}" if is_active else text


def encodable(text: str) -> str:
    """The text with U+FFFD for each lone surrogate, which no encoding holds."""
    return text if text.isascii() else _SURROGATE.sub("\ufffd", text)


def fit_for_xml(text: str) -> str:
    """The text with pictures in the place of what XML cannot hold, and line feeds as line ends."""
    return _NOT_IN_XML.sub(_picture, text)


def _picture(match: re.Match[str]) -> str:
    found = match[0]
    if found[0] == "\r":
        return "\n"
    return chr(_PICTURES + ord(found)) if found < " " else "\ufffd"


def fit_for_cell(text: str) -> str:
    """The text, or as much of it as a cell holds and how many characters are missing."""
    if 2 * len(text) <= MAX_CELL:
        return text
    units = text.encode("utf-16-le")
    if len(units) <= 2 * MAX_CELL:
        return text
    # the number of missing characters has at most as many digits as that of all
    room = MAX_CELL - len(f"…[+{len(text)}]")
    kept = units[: 2 * room]
    # a character of two units is kept whole or not at all
    kept = kept[:-2] if 0xD8 <= kept[-1] <= 0xDB else kept
    head = kept.decode("utf-16-le")
    return f"{head}…[+{len(text) - len(head)}]"
