"""Read one article: find the file, know its format by its content, hand back an ``Article``.

Reads:
    A path, a text, or HTML.
Writes:
    :class:`argmine.schema.Article` with text, source, metadata, page furniture and headings.
Method:
    Only regular files are opened, without waiting. The content decides the format and the name of
    the file comes second. What the format declares (headings, front matter, page metadata) is
    joined with what the text itself shows; the text comes first.
Limits:
    Files of more than ``MAX_BYTES`` are refused. Archives are not unpacked.
Source:
    own.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
from collections.abc import Sequence
from pathlib import PurePath

from argmine.errors import InputError
from argmine.ingest.byline import find_meta
from argmine.ingest.decode import declared_charset, decode
from argmine.ingest.furniture import find_boilerplate
from argmine.ingest.markdown import read_markdown
from argmine.ingest.pdf import read_pdf
from argmine.ingest.script import detect_script
from argmine.ingest.web import read_html
from argmine.ingest.word import OLE_MAGIC, read_docx
from argmine.schema import Article, Boilerplate, Heading, Meta, Source

# A long book is 2 MB of UTF-8; a PDF with many figures rarely passes 20 MB.
MAX_BYTES = 20_000_000
# With eight hexadecimal digits and ".json" this stays under the 255 bytes of a file name.
MAX_ID = 60
_DOCX_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
_WORD_NAMES = (".docx", ".doc", ".wps")
_HTML_NAMES = (".html", ".htm", ".xhtml", ".shtml")
_MARKDOWN_NAMES = (".md", ".markdown")
_HTML_START = re.compile(
    r"(?:\s++|<\?xml[^>]{0,200}>|<!--[^>]{0,500}-->){0,9}<(?:!doctype html|html)\b", re.I
)
_UNSAFE = re.compile(r"[^\w-]")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_SURROGATE = re.compile("[\ud800-\udfff]")
# Enough to see the first element of a page behind a comment or two.
_HEAD = 2048
_META_FIELDS = ("title", "authors", "affiliations", "publication", "issue", "date", "url")


def read_article(path: str | os.PathLike[str], *, encoding: str | None = None) -> Article:
    """Read one article from a text, HTML, Markdown, DOCX or PDF file.

    Args:
        path: the file.
        encoding: the encoding of a text file; found out where it is not given.

    Raises:
        InputError: the file cannot be read or holds no text; one line says why and what to do.
    """
    name = os.fspath(path)
    return article_from_bytes(
        file_bytes(name), safe_id(PurePath(name).stem), path=name, encoding=encoding
    )


def article_from_bytes(
    data: bytes,
    id: str = "article",
    *,
    path: str,
    encoding: str | None = None,
) -> Article:
    """Make an article of the bytes of a file; ``path`` names it and gives its extension.

    Raises:
        InputError: as :func:`read_article`.
    """
    name, id_ = path, id
    extension = PurePath(name).suffix.lower()
    source = Source(path=name, sha256=hashlib.sha256(data).hexdigest())
    word_like = data.startswith((OLE_MAGIC, b"PK\x03\x04"))
    named_pdf = extension == ".pdf" and data and not word_like and not _is_html_head(data)
    if data.startswith(b"%PDF-") or named_pdf:
        text, meta, source.repairs = read_pdf(data, name)
        source.media_type = "application/pdf"
        return _article(text, id_, source, meta, extension=extension, expected=(".pdf",))
    if word_like or (extension in _WORD_NAMES and data and not _is_html_head(data)):
        text, headings, meta, source.repairs = read_docx(data, name)
        source.media_type = _DOCX_TYPE
        return _article(text, id_, source, meta, headings, extension=extension, expected=(".docx",))
    page_like = extension in _HTML_NAMES or _is_html_head(data)
    declared = declared_charset(data) if page_like and encoding is None else None
    text, source.encoding, source.repairs = decode(data, name, encoding, declared)
    if _HTML_START.match(text[:_HEAD]) or (extension in _HTML_NAMES and "<" in text):
        main, headings, meta, repairs = read_html(text, name)
        source.repairs += repairs
        source.media_type = "text/html"
        return _article(
            main, id_, source, meta, headings, extension=extension, expected=_HTML_NAMES
        )
    if extension in _MARKDOWN_NAMES:
        headings, meta, boilerplate = read_markdown(text)
        source.media_type = "text/markdown"
        return _article(text, id_, source, meta, headings, boilerplate)
    return _article(text, id_, source)


def article_from_text(
    text: str,
    id: str = "article",
    *,
    path: str | None = None,
) -> Article:
    """Make an article of a text that is decoded already.

    Raises:
        InputError: the text is blank or holds lone surrogates.
    """
    if not text.strip():
        raise InputError(path or id, "", "holds no text (blank)", "give a text")
    if lone := _SURROGATE.search(text):
        line = text.count("\n", 0, lone.start()) + 1
        raise InputError(
            path or id,
            f"line {line}, character {lone.start()}",
            f"lone surrogate U+{ord(lone.group()):04X}",
            "decode the text again from its bytes",
        )
    digest = hashlib.sha256(text.encode()).hexdigest()
    return _article(text, id, Source(path=path, sha256=digest))


def article_from_html(
    html: str,
    id: str = "article",
    *,
    path: str | None = None,
) -> Article:
    """Make an article of a decoded web page.

    Raises:
        InputError: as :func:`argmine.ingest.web.read_html`.
    """
    digest = hashlib.sha256(html.encode("utf-8", "surrogatepass")).hexdigest()
    html, lone = _SURROGATE.subn("\ufffd", html)
    text, headings, meta, repairs = read_html(html, path or id)
    if lone:
        repairs.append(f"lone surrogates replaced: {lone}")
    source = Source(path=path, sha256=digest, media_type="text/html", repairs=repairs)
    return _article(text, id, source, meta, headings)


def safe_id(stem: str) -> str:
    """An id that can be a file name everywhere; a hash is added where the stem had to change."""
    safe = _UNSAFE.sub("_", stem)
    if safe.startswith("-"):
        safe = f"_{safe[1:]}"
    if safe == stem and 0 < len(safe) <= MAX_ID and not _RESERVED.fullmatch(safe):
        return safe
    digest = hashlib.sha256(stem.encode("utf-8", "surrogatepass")).hexdigest()[:8]
    return f"{safe[: MAX_ID - 9] or 'article'}-{digest}"


def file_bytes(path: str | os.PathLike[str]) -> bytes:
    """The bytes of a regular file of at most ``MAX_BYTES``; a named pipe is not waited for.

    Raises:
        InputError: why the file cannot be read, or is none.
    """
    name = os.fspath(path)
    # O_NONBLOCK: a plain open of a named pipe would wait for ever.
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
    remedy = "give the path of an article"
    try:
        handle = os.open(name, flags)
    except FileNotFoundError as error:
        raise InputError(name, "", "no such file", "check the path") from error
    except IsADirectoryError as error:
        raise InputError(name, "", "is a folder", remedy) from error
    except ValueError as error:
        raise InputError(name, "", "no valid file name", "check the path") from error
    except OSError as error:
        finding = f"cannot be read ({error.strerror})"
        raise InputError(name, "", finding, "check the permissions") from error
    status = os.fstat(handle)
    if not stat.S_ISREG(status.st_mode):
        os.close(handle)
        what = "is a folder" if stat.S_ISDIR(status.st_mode) else "is no regular file"
        raise InputError(name, "", what, remedy)
    with os.fdopen(handle, "rb") as file:
        try:
            data = file.read() if status.st_size <= MAX_BYTES else None
        except OSError as error:
            finding = f"cannot be read ({error.strerror})"
            raise InputError(name, "", finding, "check the disk") from error
    if data is None or len(data) > MAX_BYTES:
        raise InputError(name, "", f"more than {MAX_BYTES} bytes", "split it into articles")
    return data


def _is_html_head(data: bytes) -> bool:
    return bool(_HTML_START.match(data[:_HEAD].decode("latin-1")))


def _article(
    text: str,
    id_: str,
    source: Source,
    stated: Meta | None = None,
    headings: Sequence[Heading] = (),
    declared: Sequence[Boilerplate] = (),
    *,
    extension: str = "",
    expected: tuple[str, ...] = (),
) -> Article:
    """Join what the format declares with what the text shows."""
    if expected and extension not in expected:
        source.repairs = [*source.repairs, f"read as {source.media_type} by its content"]
    begin = declared[-1].end if declared else 0
    boilerplate = [*declared, *find_boilerplate(text, begin, headings)]
    meta = find_meta(text, boilerplate)
    for field in _META_FIELDS if stated is not None else ():
        if not getattr(meta, field):
            setattr(meta, field, getattr(stated, field))
    meta.script = detect_script(text)
    return Article(
        id=id_,
        text=text,
        source=source,
        meta=meta,
        boilerplate=boilerplate,
        headings=list(headings),
    )
