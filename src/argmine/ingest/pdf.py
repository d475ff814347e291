"""The text layer of a PDF file, hard-wrapped lines joined to paragraphs.

Reads:
    The bytes of a PDF file.
Writes:
    Text, repairs. No headings: PDF declares none.
Method:
    PDFium gives the lines of each page. Page numbers at the edge of a page are dropped. A line is
    joined to the next one if it does not end a sentence, is nearly as wide as the widest line of
    its page, and the next line does not open a numbered heading or item.
Limits:
    Columns come in the order that PDFium gives; running heads and footnotes stay in the text. A
    paragraph whose line ends with a full stop at the margin is cut there: no sentence is cut.
Source:
    pypdfium2 5 (PDFium).
"""

from __future__ import annotations

import re
from typing import Any

from argmine.errors import InputError
from argmine.ingest.decode import plausibility
from argmine.schema import Meta

# Share of the widest line of the page from which a line counts as full. Justified Chinese lines
# differ by one or two of about 35 characters; the last line of a paragraph is rarely as long.
FULL_LINE = 0.88
# Narrower pages (in half-width columns) have no lines to join: title pages, tables.
NARROW_PAGE = 24
# Below this share of ordinary Chinese characters the fonts lack a usable character table.
GARBLED_SHARE = 0.5
# Longer documents are refused: the longest report of a think tank has a tenth of these pages.
MAX_PAGES = 10_000
# Readers look for the end mark in the last 1024 bytes; some writers pad more.
END_BYTES = 4096

# FPDF_ERR_PASSWORD and FPDF_ERR_SECURITY of fpdfview.h.
_PASSWORD_ERROR = 4
_SECURITY_ERROR = 5
_END = re.compile("[。！？；：…!?;:][”’」』）)】》]{0,3}$")
_OPENING = re.compile(
    "(?:第[一二三四五六七八九十百零〇\\d]{1,5}[章节節部编編条條篇]|[（(]?[一二三四五六七八九十]{1,3}[、）)．.]"
    "|[（(]?\\d{1,2}(?:[、）)．]|\\.\\d|\\. )|[①-⑳•●■◆])"
)
_PAGE_NUMBER = re.compile(
    r"[-—–·\s]{0,3}(?:第\s?)?\d{1,4}(?:\s?页|\s?頁)?(?:\s?/\s?\d{1,4})?[-—–·\s]{0,3}"
)
_WIDE = re.compile(
    "[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uff60\u2018-\u201d\u2014\u2026]"
)


def read_pdf(data: bytes, path: str) -> tuple[str, Meta, list[str]]:
    """Extract the text layer of a PDF file.

    Raises:
        InputError: no PDF, cut off, damaged, encrypted, without a text layer, or the extra ``pdf``
            is not installed.
    """
    # Readers look for the mark in the first 1024 bytes: mail gateways put lines before it.
    if b"%PDF-" not in data[:1024]:
        raise InputError(path, "", "no PDF file (it does not begin with %PDF)", "check the name")
    if b"%%EOF" not in data[-END_BYTES:]:
        raise InputError(path, "", "truncated PDF (no end mark)", "copy or download it again")
    try:
        import pypdfium2
    except ImportError as error:
        raise InputError(
            path, "", "PDF needs pypdfium2", "run: pip install 'argmine[pdf]'"
        ) from error
    pages = _pages(pypdfium2, data, path)
    blank = [number for number, page in enumerate(pages, 1) if not page]
    if len(blank) == len(pages):
        raise InputError(
            path, "", "no text layer (scanned pages)", "run OCR on it first (for example ocrmypdf)"
        )
    text, dropped, joined = _paragraphs(pages)
    if not text:
        raise InputError(path, "", "the PDF holds page numbers only", "run OCR on it first")
    repairs = ["text layer extracted from PDF"]
    if joined:
        repairs.append(f"wrapped lines joined: {joined}")
    if dropped:
        repairs.append(f"page numbers dropped: {dropped}")
    if blank:
        repairs.append(f"pages without text: {', '.join(map(str, blank))}")
    if not text.isascii() and plausibility(text) < GARBLED_SHARE:
        repairs.append("text may be garbled (fonts without a character table)")
    return text, Meta(), repairs


def _pages(pdfium: Any, data: bytes, path: str) -> list[list[str]]:
    """The non-empty lines of each page."""
    try:
        document = pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        # PDFium keeps the code of an earlier file, so the file must mention encryption as well.
        refused = getattr(error, "err_code", 0) in (_PASSWORD_ERROR, _SECURITY_ERROR)
        if refused and b"/Encrypt" in data:
            remedy = "save it without a password"
            raise InputError(path, "", "encrypted PDF (needs a password)", remedy) from error
        raise InputError(path, "", "damaged PDF", "copy or download it again") from error
    pages = []
    try:
        if len(document) > MAX_PAGES:
            finding = f"{len(document)} pages, limit {MAX_PAGES}"
            raise InputError(path, "", finding, "split the document")
        for number in range(len(document)):
            try:
                page = document[number]
                layer = page.get_textpage()
                pages.append(_lines(layer.get_text_range()))
                layer.close()
                page.close()
            except pdfium.PdfiumError as error:
                place = f"page {number + 1}"
                remedy = "print it to a new PDF file"
                raise InputError(path, place, "page cannot be read", remedy) from error
    finally:
        document.close()
    if not pages:
        raise InputError(path, "", "damaged PDF (no pages)", "copy or download it again")
    return pages


def _lines(words: str) -> list[str]:
    # PDFium marks a hyphen at a line end with U+FFFE or U+0002.
    words = words.replace("\r\n", "\n").replace("\r", "\n")
    words = re.sub("[\ufffe\x02]\n?", "", words)
    words = re.sub("[\x00-\x08\x0b-\x1f\x7f]", "", words)
    return [line for piece in words.split("\n") if (line := piece.strip(" \t\u00a0\u3000"))]


def _paragraphs(pages: list[list[str]]) -> tuple[str, int, int]:
    """The text, the number of page numbers dropped and of line ends taken away."""
    dropped = joined = 0
    paragraphs: list[list[str]] = []
    is_open = False
    for page in pages:
        lines = list(page)
        for edge in (-1, 0):
            if len(lines) > 1 and _PAGE_NUMBER.fullmatch(lines[edge]):
                del lines[edge]
                dropped += 1
        widths = [_width(line) for line in lines]
        full = FULL_LINE * max(widths, default=0)
        for line, width in zip(lines, widths, strict=True):
            if is_open and not _OPENING.match(line):
                last = paragraphs[-1][-1]
                paragraphs[-1].append(_glue(last, line) + line)
                joined += 1
            else:
                paragraphs.append([line])
            is_open = width >= max(full, NARROW_PAGE) and not _END.search(line)
    return "\n".join("".join(pieces) for pieces in paragraphs), dropped, joined


def _width(line: str) -> int:
    return len(line) + len(_WIDE.findall(line))


def _glue(before: str, after: str) -> str:
    return " " if before[-1].isascii() and after[0].isascii() and before[-1].isalnum() else ""
