"""Decode the bytes of a Chinese text file, or refuse them; never guess silently.

Reads:
    Bytes, and optionally the encoding that the user or the page names.
Writes:
    The text, the Python codec that reproduces it, and a list of repairs.
Method:
    A ladder: byte order mark; strict UTF-8; the declared charset (``gb2312`` and ``gbk`` widened
    to ``gb18030``, ``big5`` to ``cp950`` and ``big5hkscs``); UTF-32 and UTF-16 without a mark where
    control bytes betray it; then gb18030 against Big5. These two accept almost any bytes, so a
    reading counts only when most of its characters beyond ASCII are ordinary Chinese ones, and when
    two readings are about equally ordinary the file is refused and the user is asked. Ordinary are
    the hanzi of the first level of GB 2312 (rows B0 to D7) and of Big5 (A440 to C67E), both taken
    from the codecs, and the punctuation of both.
Limits:
    A text of two or three hanzi can be ordinary in both encodings; it is then refused. Korean
    EUC-KR bytes are read as nonsense hanzi. Mojibake that is valid UTF-8 is kept as it stands.
Source:
    GB 2312-1980 and Big5-1984 levels, by way of Python's codecs.
"""

from __future__ import annotations

import codecs
import re
from contextlib import suppress
from functools import cache

from argmine.errors import InputError

# Share of ordinary characters among those beyond ASCII that makes a reading believable, and the
# lead it needs over its rival. Chosen on cuttings of 2 to 400 characters of Chinese prose written
# in both encodings: true readings lie above 0.9, crossed ones of ten characters below 0.7.
PLAUSIBLE_SHARE = 0.75
PLAUSIBLE_LEAD = 0.15
# More control characters than this share is no text; stray ones (form feed, DOS end of file) occur.
CONTROL_SHARE = 0.01
# Texts up to this length without a hanzi in UTF-8 may be Chinese in another encoding; longer ones
# show it by their bytes.
SHORT_TEXT = 40
# Bytes searched for a charset declaration (HTML asks for it within the first 1024).
DECLARATION_BYTES = 4096

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_MAGIC = (
    (b"\x7fELF", "a program (ELF)"),
    (b"MZ\x90\x00", "a program (EXE)"),
    (b"\x89PNG", "an image (PNG)"),
    (b"\xff\xd8\xff", "an image (JPEG)"),
    (b"GIF8", "an image (GIF)"),
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"%PDF-", "a PDF file"),
    (b"\xd0\xcf\x11\xe0", "an old Office file (OLE)"),
    (b"{\\rtf", "an RTF file"),
)
_NAMED_REMEDY = "name the encoding with --encoding"
_TEXT_REMEDY = "give a text, HTML, Markdown, DOCX or PDF file"
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f]")
_CONTROL_BYTES = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_XML_CHARSET = re.compile(rb"""<\?xml[^>]{0,200}encoding\s{0,9}=\s{0,9}["']([\w.:-]{1,40})""")
_META_CHARSET = re.compile(rb"""charset\s{0,9}=\s{0,9}["']?\s{0,9}([\w.:-]{1,40})""", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_ASCII = re.compile("[^\x00-\x7f]")
_TWO_BYTE_ONLY = re.compile("[\x00-\u07ff]*")
_ASCII_LETTER = re.compile("[A-Za-z]")


def decode(
    data: bytes, path: str, encoding: str | None = None, declared: str | None = None
) -> tuple[str, str, list[str]]:
    """Decode the bytes of one file; only a byte order mark is taken away.

    Args:
        data: the bytes of the file.
        path: its name, for messages.
        encoding: the encoding that the user asks for; nothing else is tried then.
        declared: the charset that the file itself declares; tried, not trusted.

    Returns:
        The text, the codec that read it, and what was repaired or is suspicious.

    Raises:
        InputError: no text, binary data, bad bytes, or no encoding that can be relied on.
    """
    if not data:
        raise InputError(path, "", "is empty (0 bytes)", "give a file that holds text")
    if encoding is not None:
        text, name = _decode_as(data, path, encoding, f"is no {encoding}", "check --encoding")
        if lone := _SURROGATE.search(text):
            place = f"line {text.count(chr(10), 0, lone.start()) + 1}"
            raise InputError(path, place, f"lone surrogates as {encoding}", "check --encoding")
        return _checked(text, name, [], path)
    for bom, name in _BOMS:
        if data.startswith(bom):
            text, name = _decode_as(data, path, name, f"is no {name} as the mark says", "repair it")
            return _checked(text, name, [], path)
    for magic, what in _MAGIC:
        if data.startswith(magic):
            raise InputError(path, "", f"is {what}, not text", _TEXT_REMEDY)
    text, name, repairs = _ladder(data, path, declared)
    return _checked(text, name, repairs, path)


def declared_charset(data: bytes) -> str | None:
    """The charset that an XML declaration or an HTML ``meta`` element names, if any."""
    head = data[:DECLARATION_BYTES]
    found = _XML_CHARSET.search(head) or _META_CHARSET.search(head)
    return found.group(1).decode("ascii", "ignore").lower() or None if found else None


def plausibility(text: str) -> float:
    """The share of ordinary Chinese characters among those beyond ASCII; 0.0 without any."""
    beyond = _NOT_ASCII.findall(text)
    if not beyond:
        return 0.0
    ordinary = _ordinary()
    return sum(map(ordinary.__contains__, beyond)) / len(beyond)


def _ladder(data: bytes, path: str, declared: str | None) -> tuple[str, str, list[str]]:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        bad_utf8 = error
    else:
        return _valid_utf8(data, text, path)
    if declared is not None:
        for name in _codecs_for(declared):
            text_or_none = _strict(data, name)
            if text_or_none is not None and (name.startswith("utf") or _believable(text_or_none)):
                return text_or_none, name, []
    if _CONTROL_BYTES.search(data) and (wide := _wide(data)) is not None:
        return wide[0], wide[1], []
    if b"\x00" in data:
        raise _binary(path, *_place_of(data, data.index(b"\x00")))
    readings = []
    for names in (("gb18030",), ("cp950", "big5hkscs")):
        for name in names:
            candidate = _strict(data, name)
            if candidate is not None:
                readings.append((plausibility(candidate), candidate, name))
                break
    readings.sort(key=lambda reading: -reading[0])
    if readings and readings[0][0] >= PLAUSIBLE_SHARE:
        rival = readings[1][0] if len(readings) > 1 else 0.0
        if readings[0][0] - rival >= PLAUSIBLE_LEAD:
            _, text, name = readings[0]
            repairs = [f"declared {declared}, read as {name}"] if declared is not None else []
            return text, name, repairs
        names_found = " or ".join(sorted(name for _, _, name in readings))
        raise InputError(path, "", f"could be {names_found}", _NAMED_REMEDY)
    line, offset = _place_of(data, bad_utf8.start)
    cut = bad_utf8.reason == "unexpected end of data"
    finding = (
        "the file ends within a UTF-8 character"
        if cut
        else f"byte 0x{data[bad_utf8.start]:02x} is no UTF-8, and no other encoding fits"
    )
    remedy = f"repair the byte or {_NAMED_REMEDY}"
    raise InputError(path, f"line {line}, byte {offset}", finding, remedy)


def _valid_utf8(data: bytes, text: str, path: str) -> tuple[str, str, list[str]]:
    if _CONTROL_BYTES.search(data) and (wide := _wide(data)) is not None:
        return wide[0], wide[1], []
    # A few words in GBK and Big5 (全, 礎) happen to be valid UTF-8 and would turn into letters.
    if not text.isascii() and _TWO_BYTE_ONLY.fullmatch(text):
        has_letters = bool(_ASCII_LETTER.search(text))
        readings = [
            (reading, name)
            for name in ("gb18030", "cp950")
            if (reading := _strict(data, name)) is not None and plausibility(reading) == 1.0
        ]
        if len(readings) == 1 and not has_letters:
            return *readings[0], []
        if readings and len(text) <= SHORT_TEXT:
            names = " or ".join(["utf-8", *(name for _, name in readings)])
            raise InputError(path, "", f"could be {names}", _NAMED_REMEDY)
    return text, "utf-8", []


def _wide(data: bytes) -> tuple[str, str] | None:
    """Read UTF-32 or UTF-16 without a mark, if exactly one byte order gives ordinary Chinese."""
    for unit, names in ((4, ("utf-32-le", "utf-32-be")), (2, ("utf-16-le", "utf-16-be"))):
        found = []
        for name in names:
            text = _strict(data, name) if len(data) % unit == 0 else None
            if text is not None and not _CONTROL.search(text) and _believable(text):
                found.append((text, name))
        if len(found) == 1:
            return found[0]
    return None


def _decode_as(data: bytes, path: str, encoding: str, finding: str, remedy: str) -> tuple[str, str]:
    names = _codecs_for(encoding)
    if not names:
        raise InputError(path, "", f"unknown encoding {encoding!r}", "write for instance gb18030")
    failure: UnicodeDecodeError | None = None
    for name in names:
        try:
            return data.decode(name), name
        except UnicodeDecodeError as error:
            failure = failure or error
        except UnicodeError as error:  # utf-16 and others without a position
            raise InputError(path, "", finding, remedy) from error
    assert failure is not None
    line, offset = _place_of(data, failure.start)
    raise InputError(path, f"line {line}, byte {offset}", finding, remedy) from failure


def _checked(text: str, name: str, repairs: list[str], path: str) -> tuple[str, str, list[str]]:
    if text.startswith("\ufeff"):
        text, repairs = text[1:], [*repairs, "bom removed"]
    if not text.strip():
        raise InputError(path, "", "holds no text (blank)", "give a file that holds text")
    controls = _CONTROL.findall(text)
    if controls and ("\x00" in controls or len(controls) > CONTROL_SHARE * len(text)):
        first = _CONTROL.search(text) if "\x00" not in controls else re.search("\x00", text)
        assert first is not None
        head = text[: first.start()]
        raise _binary(path, head.count("\n") + 1, len(head.encode(name)))
    if lost := text.count("\ufffd"):
        repairs = [*repairs, f"replacement characters found in the input: {lost}"]
    if _doubly_encoded(text):
        repairs = [*repairs, "text may be garbled (UTF-8 read as Latin and encoded again)"]
    return text, name, repairs


def _doubly_encoded(text: str) -> bool:
    for name in () if text.isascii() else ("latin-1", "cp1252"):
        # A Chinese text fails at its first hanzi.
        with suppress(UnicodeError):
            return _believable(text.encode(name).decode("utf-8"))
    return False


def _binary(path: str, line: int, offset: int) -> InputError:
    return InputError(
        path,
        f"line {line}, byte {offset}",
        "control characters, so this is binary data or an unknown encoding",
        f"{_TEXT_REMEDY}, or {_NAMED_REMEDY}",
    )


def _codecs_for(label: str) -> tuple[str, ...]:
    """The codecs to try for a charset label, in order; none if it is unknown."""
    try:
        info = codecs.lookup(label.strip().strip("\"'"))
        with suppress(UnicodeError):
            b"-".decode(info.name)  # LookupError for codecs that are no text encodings (hex)
    except (LookupError, ValueError):
        return ()
    if info.name in ("gb2312", "gbk", "hz", "gb18030"):
        return ("gb18030",) if info.name != "hz" else ("hz",)
    if info.name in ("big5", "cp950", "big5hkscs"):
        # Windows wrote most such files; Hong Kong's extension is tried for what it lacks.
        return ("cp950", "big5hkscs")
    return ("utf-8",) if info.name == "utf-8-sig" else (info.name,)


def _strict(data: bytes, name: str) -> str | None:
    try:
        return data.decode(name)
    except UnicodeError:
        return None


def _believable(text: str) -> bool:
    return text.isascii() or plausibility(text) >= PLAUSIBLE_SHARE


def _place_of(data: bytes, offset: int) -> tuple[int, int]:
    return data.count(b"\n", 0, offset) + 1, offset


@cache
def _ordinary() -> frozenset[str]:
    """First-level hanzi and punctuation of GB 2312 and Big5, from the codecs."""
    trails = [*range(0x40, 0x7F), *range(0xA1, 0xFF)]
    found: set[str] = set()
    # GB 2312: punctuation in A1, full-width letters in A3, first-level hanzi in B0 to D7.
    for lead in (0xA1, 0xA3, *range(0xB0, 0xD8)):
        for trail in range(0xA1, 0xFF):
            found.update(bytes((lead, trail)).decode("gb2312", "ignore"))
    # Big5: punctuation from A140, first-level hanzi from A440 to C67E.
    for lead in (0xA1, *range(0xA4, 0xC7)):
        for trail in trails:
            if (lead, trail) <= (0xC6, 0x7E):
                found.update(bytes((lead, trail)).decode("cp950", "ignore"))
    return frozenset(character for character in found if character > "\x7f")
