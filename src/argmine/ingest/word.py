"""The text of a DOCX file, one paragraph or table row a line, with its headings.

Reads:
    The bytes of a DOCX file.
Writes:
    Text, headings by style, the title by style, repairs.
Method:
    The zip directory is checked before anything is unpacked. The body is walked in order:
    paragraphs, tables (cells joined by a tab), content controls. Inserted text counts, deleted
    text does not.
Limits:
    Not read, but counted in the repairs: footnotes, comments, text boxes, hidden text, tables of
    contents. Headers, footers and automatic numbers of headings and lists are not read. Author
    properties are left alone: they mostly name the owner of the computer.
Source:
    python-docx 1.2; ECMA-376 part 1, section 17.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

from argmine.errors import InputError
from argmine.schema import Heading, Meta

# Real articles have about 20 members, unpack to less than 5 MB, and shrink about tenfold; these
# caps stop archives that were built to fill the memory.
MAX_MEMBERS = 1000
MAX_UNPACKED = 200_000_000
MAX_RATIO = 100
# Parsed XML takes 30 times its size of memory where it is nothing but tags.
MAX_XML = 40_000_000
# Under this sum the ratio says nothing: small empty documents shrink well.
RATIO_FROM = 1_000_000

OLE_MAGIC = b"\xd0\xcf\x11\xe0"
_RESAVE = "open it in Word or WPS and save it as .docx (另存为)"
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_HEADING_STYLE = re.compile(r"(?:heading|标题|標題)\s?([1-9])", re.IGNORECASE)
_BREAKS = {f"{_W}tab": " ", f"{_W}br": "\n", f"{_W}cr": "\n", f"{_W}noBreakHyphen": "-"}
# Removed text, ruby readings, and paragraph properties hold no words of the article.
_SKIPPED = frozenset(f"{_W}{name}" for name in ("del", "moveFrom", "rt", "pPr", "rPr"))
_WRAPPERS = frozenset(f"{_W}{name}" for name in ("ins", "moveTo", "customXml", "sdtContent"))


def read_docx(data: bytes, path: str) -> tuple[str, list[Heading], Meta, list[str]]:
    """Extract the text of a DOCX file.

    Raises:
        InputError: an old or protected or damaged file, an oversized archive, no text, or the
            extra ``docx`` is not installed.
    """
    check_docx(data, path)
    try:
        import docx
    except ImportError as error:
        raise InputError(
            path, "", "DOCX needs python-docx", "run: pip install 'argmine[docx]'"
        ) from error
    try:
        document = docx.Document(io.BytesIO(data))
        body = document.element.body
        styles = {style.style_id: style.name or "" for style in document.styles}
    except Exception as error:
        # python-docx lets zip, XML, key and attribute errors of a broken package through.
        finding = f"damaged Word document ({type(error).__name__})"
        raise InputError(path, "word/document.xml", finding, _RESAVE) from error
    # Word writes no document type; the text of its entities would be missing without a trace.
    if body.getroottree().docinfo.internalDTD is not None:
        finding = "holds a document type definition"
        raise InputError(path, "word/document.xml", finding, _RESAVE)
    counts: dict[str, int] = {}
    lines, headings, meta, start = [], [], Meta(), 0
    for block in _body_blocks(body, counts):
        style = ""
        if block.tag == f"{_W}tbl":
            pieces = [_row(row, counts) for row in block.iter(f"{_W}tr")]
        else:
            style = _style_of(block, styles)
            pieces = _paragraph(block, counts).split("\n")
        level = _HEADING_STYLE.fullmatch(style)
        words = [piece for piece in map(_trimmed, pieces) if piece]
        if style in ("Title", "title", "标题") and words and meta.title is None:
            meta.title = "".join(words)
        for line in words:
            if level:
                end = start + len(line)
                headings.append(Heading(start=start, end=end, level=min(int(level.group(1)), 6)))
            lines.append(line)
            start += len(line) + 1
    if not lines:
        raise InputError(path, "", "the Word document holds no text", "give one that holds text")
    left_out = [f"{name} not read: {counts[name]}" for name in sorted(counts)]
    return "\n".join(lines), headings, meta, ["text extracted from DOCX", *left_out]


def check_docx(data: bytes, path: str) -> None:
    """Refuse what is no sound DOCX archive before anything of it is unpacked.

    Raises:
        InputError: names which of the faults it is.
    """
    if data.startswith(OLE_MAGIC):
        if "EncryptedPackage".encode("utf-16-le") in data:
            raise InputError(path, "", "Word document with a password", "save it without one")
        raise InputError(path, "", "old Office file (OLE, .doc)", _RESAVE)
    if not data.startswith(b"PK"):
        raise InputError(path, "", "no Word document (not a zip archive)", _RESAVE)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if "word/document.xml" not in archive.namelist():
                raise InputError(path, "", "zip archive without a Word document", "unpack it first")
            _check_members(members, path)
    except (zipfile.BadZipFile, EOFError, NotImplementedError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]
        raise InputError(
            path, "", "truncated or damaged Word document", "copy or download it again"
        ) from error


def _check_members(members: list[zipfile.ZipInfo], path: str) -> None:
    remedy = "check where it comes from, and save its text as .txt"
    if len(members) > MAX_MEMBERS:
        found = f"{len(members)} members in the archive, limit {MAX_MEMBERS}"
        raise InputError(path, "", found, remedy)
    if any(member.flag_bits & 1 for member in members):
        raise InputError(path, "", "zip archive with a password", "save it without one")
    unpacked = sum(member.file_size for member in members)
    xml = sum(m.file_size for m in members if m.filename.endswith((".xml", ".rels")))
    packed = sum(member.compress_size for member in members)
    if unpacked > MAX_UNPACKED:
        found = f"unpacks to {unpacked} bytes, limit {MAX_UNPACKED}"
        raise InputError(path, "", found, remedy)
    if xml > MAX_XML:
        raise InputError(path, "", f"holds {xml} bytes of XML, limit {MAX_XML}", remedy)
    if unpacked > RATIO_FROM and unpacked > MAX_RATIO * packed:
        found = f"unpacks to more than {MAX_RATIO} times its size"
        raise InputError(path, "", found, remedy)


def _body_blocks(body: Any, counts: dict[str, int]) -> Iterator[Any]:
    """Paragraphs and tables in order, through content controls."""
    stack = list(reversed(body))
    while stack:
        node = stack.pop()
        if node.tag in (f"{_W}p", f"{_W}tbl"):
            yield node
        elif node.tag == f"{_W}sdt":
            gallery = next(node.iter(f"{_W}docPartGallery"), None)
            if gallery is not None and gallery.get(f"{_W}val") == "Table of Contents":
                counts["tables of contents"] = counts.get("tables of contents", 0) + 1
            else:
                stack.extend(reversed(node))
        elif node.tag in _WRAPPERS:
            stack.extend(reversed(node))


def _row(row: Any, counts: dict[str, int]) -> str:
    cells = []
    for cell in row.iterchildren(f"{_W}tc"):
        words = (_paragraph(block, counts) for block in cell.iterchildren(f"{_W}p"))
        cells.append(" ".join(word for word in words if word).replace("\n", " "))
    return "\t".join(cells) if any(cells) else ""


def _paragraph(paragraph: Any, counts: dict[str, int]) -> str:
    pieces: list[str] = []
    stack = list(reversed(paragraph))
    while stack:
        node = stack.pop()
        tag = node.tag
        if tag == f"{_W}t":
            pieces.append(node.text or "")
        elif tag in _BREAKS:
            pieces.append(_BREAKS[tag])
        elif tag in _SKIPPED or tag == _FALLBACK or not isinstance(tag, str):
            continue
        elif tag == f"{_W}r" and node.find(f"{_W}rPr/{_W}vanish") is not None:
            counts["hidden text"] = counts.get("hidden text", 0) + 1
        elif tag == f"{_W}txbxContent":
            counts["text boxes"] = counts.get("text boxes", 0) + 1
        elif tag in (f"{_W}footnoteReference", f"{_W}endnoteReference"):
            counts["notes"] = counts.get("notes", 0) + 1
        elif tag == f"{_W}commentReference":
            counts["comments"] = counts.get("comments", 0) + 1
        else:
            stack.extend(reversed(node))
    return "".join(pieces)


def _style_of(paragraph: Any, styles: dict[str, str]) -> str:
    properties = paragraph.find(f"{_W}pPr")
    style = properties.find(f"{_W}pStyle") if properties is not None else None
    return styles.get(style.get(f"{_W}val"), "") if style is not None else ""


def _trimmed(line: str) -> str:
    return line.strip(" \t\r\n\u00a0\u3000")
