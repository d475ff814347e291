"""Headings and front matter of a Markdown text, which itself stays as it is.

Reads:
    Decoded Markdown.
Writes:
    Headings (the words after the number signs), metadata and the span of the front matter.
Method:
    One pass over the lines: ``#`` to ``######``, and lines underlined with ``=`` or ``-`` after
    an empty line; fenced code is skipped. Front matter is a block between two ``---`` lines at the
    very start; of it ``title``, ``author(s)`` and ``date`` are read as plain ``key: value`` lines.
    Without a title there, a heading of level one is the title if the text begins with it.
Limits:
    Front matter is no full YAML: nested values and block scalars are not read.
Source:
    CommonMark 0.31.2, sections 4.2, 4.3 and 4.5.
"""

from __future__ import annotations

import re
from datetime import date

from argmine.schema import Boilerplate, Heading, Meta

# Longer blocks between two rules are prose, not front matter.
FRONT_MATTER_LINES = 100

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+(?=\S)")
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_UNDERLINE = re.compile(r" {0,3}(=+|-+)[ \t]*")
_DATE = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})")
_KEYS = {
    "title": "title",
    "标题": "title",
    "標題": "title",
    "author": "authors",
    "authors": "authors",
    "作者": "authors",
    "date": "date",
    "日期": "date",
}


def read_markdown(text: str) -> tuple[list[Heading], Meta, list[Boilerplate]]:
    """Find the headings, the metadata and the front matter of a Markdown text."""
    if "\n" not in text:
        text = text.replace("\r", "\n")
    lines = _lines(text)
    meta, begin = _front_matter(text, lines)
    boilerplate = []
    if begin:
        boilerplate = [Boilerplate(start=0, end=lines[begin - 1][1], kind="navigation")]
    headings = _headings(text, lines[begin:])
    if headings and headings[0].level == 1:
        before = text[boilerplate[0].end if boilerplate else 0 : headings[0].start]
        if not before.strip("# \t\r\n"):
            meta.title = meta.title or text[headings[0].start : headings[0].end]
    return headings, meta, boilerplate


def iso_date(words: str) -> str | None:
    """The first calendar date in a text as ``YYYY-MM-DD``."""
    found = _DATE.search(words)
    if not found:
        return None
    try:
        return date(*map(int, found.groups())).isoformat()
    except ValueError:
        return None


def _lines(text: str) -> list[tuple[int, int]]:
    """Half-open spans of the lines, without their ends."""
    spans, start = [], 0
    for piece in text.split("\n"):
        end = start + len(piece)
        spans.append((start, end - 1 if piece.endswith("\r") else end))
        start = end + 1
    return spans


def _front_matter(text: str, lines: list[tuple[int, int]]) -> tuple[Meta, int]:
    """The metadata, and the number of lines that the block takes (0 without one)."""
    meta = Meta()
    if text[slice(*lines[0])].rstrip() != "---":
        return meta, 0
    for end in range(1, min(len(lines), FRONT_MATTER_LINES)):
        if text[slice(*lines[end])].rstrip() in ("---", "..."):
            break
    else:
        return meta, 0
    field = ""
    seen_key = False
    for span in lines[1:end]:
        line = text[slice(*span)].strip()
        if line.startswith("- "):
            value = line[2:]
        else:
            key, colon, value = line.partition(":")
            field = _KEYS.get(key.strip().lower(), "") if colon else ""
            seen_key = seen_key or bool(colon)
        _set(meta, field, value.strip())
    return (meta, end + 1) if seen_key else (Meta(), 0)


def _set(meta: Meta, field: str, value: str) -> None:
    if not value:
        return
    if field == "title":
        meta.title = meta.title or _unquoted(value)
    elif field == "date":
        meta.date = meta.date or iso_date(value)
    elif field == "authors":
        names = value[1:-1] if value.startswith("[") and value.endswith("]") else value
        meta.authors += [name for part in re.split("[,，、]", names) if (name := _unquoted(part))]


def _unquoted(value: str) -> str:
    value = value.strip()
    if len(value) > 1 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1].strip()
    return value


def _headings(text: str, lines: list[tuple[int, int]]) -> list[Heading]:
    found: list[Heading] = []
    fence = ""
    before = previous = ""  # the two lines above, to know a one-line paragraph
    previous_span = (0, 0)
    for start, end in lines:
        line = text[start:end]
        mark = _FENCE.match(line)
        if fence:
            if mark and mark.group(1).startswith(fence) and not line[mark.end() :].strip():
                fence = ""
            before, previous = "", ""
            continue
        if mark:
            fence = mark.group(1)
        elif opened := _HEADING.match(line):
            span = _content(text, start + opened.end(), end)
            if span:
                level = len(opened.group(1))
                found.append(Heading(start=span[0], end=span[1], level=level))
            line = ""
        elif previous.strip() and not before.strip() and _UNDERLINE.fullmatch(line):
            # Two characters at least: a lone dash is a list item that has not been written yet.
            if len(line.strip()) > 1 and not previous.lstrip().startswith(("- ", "* ", "> ", "|")):
                indent = len(previous) - len(previous.lstrip())
                span = _content(text, previous_span[0] + indent, previous_span[1])
                if span:
                    level = 1 if "=" in line else 2
                    found.append(Heading(start=span[0], end=span[1], level=level))
            line = ""
        before, previous, previous_span = previous, line, (start, end)
    return found


def _content(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The span without closing number signs and blanks; ``None`` where nothing is left."""
    words = text[start:end].rstrip()
    bare = words.rstrip("#")
    if bare != words and (not bare or bare[-1] in " \t"):
        words = bare.rstrip()
    return (start, start + len(words)) if words else None
