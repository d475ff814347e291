"""Mark page furniture: lines that a site or a journal put around the article.

Reads: the text.
Writes: a list of :class:`~argmine.schema.Boilerplate`, whole lines without outer whitespace.
Method: the body is the stretch from the first to the last long sentence line. Outside of it a line
is furniture when it is a byline, or holds a cue of ``furniture.tsv`` in the place that the cue's
weight asks for: 1 the whole line, 2 the start of the line, 3 anywhere in a line that is no
sentence, 4 also in a sentence that speaks to the reader. Within the body only short lines without
sentence marks count. What follows the first furniture line after the body is furniture as well,
if it is short, and so are very short lines between the title and the last furniture line before
the body.
Limits: precision comes first; a long advert in whole sentences and lists of references stay.
Source: own list of cues, checked against the training articles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import pairwise

from argmine.ingest.byline import comparing_form, is_byline, names_only
from argmine.lexicons import Match, Matcher, read_lexicon
from argmine.schema import Boilerplate

# A line so long with a sentence mark is body. In the training articles hardly a furniture line
# with a full stop is longer, and hardly an article begins or ends its body with shorter lines only.
BODY_LENGTH = 40
# Longer lines are never furniture; the longest subscription notice seen has about 130 characters.
FURNITURE_LENGTH = 200
# Within the body only lines so short can be furniture.
INNER_LENGTH = 40
# Lines after a tail furniture line are furniture up to this length.
CASCADE_LENGTH = 60
# Lines between the title and the last head furniture line are furniture up to this length.
FILL_LENGTH = 12
# A head line up to this length that comes again among the tail furniture is the site's name.
NAME_LENGTH = 24
# Head furniture stands within so many non-empty lines.
HEAD_LINES = 40
# Where no line is a body line, only so many lines at either end can be furniture.
BARE_EDGE = 5
# The part of a head line that cues must cover, so that a title may speak of furniture.
HEAD_COVER = 0.25

_SENTENCE_MARK = re.compile(r"[。！？；]")
_INNER_MARK = re.compile(r"[。！？；，]")
_SENTENCE_END = re.compile(r"[。！？；…][”’」』）】]{0,2}$")
_READER = re.compile(r"[您你]|请|請|欢迎|歡迎")
_NUMBERED = re.compile(
    r"[（【]?[一二三四五六七八九十0-9]{1,3}[）】]?(?:[、.．，： ]|$)"
    r"|[（][一二三四五六七八九十0-9]{1,3}[）]"
)
_PART_NAME = re.compile(
    r"(?:编者按|編者按|编者荐语|编按|編按|摘要|关键词|關鍵詞|引言|前言|导语|導語|导读|導讀|结语|結語|"
    r"参考文献|參考文獻|参考资料|參考資料)"
)
_CAPTION = re.compile(
    r"(?:图|圖|图表|圖表|表|Fig\.|Figure|Table) ?\d{1,3}(?:[-.．]\d{1,2})?(?:[：、.．]| {1,4})\S"
)
_BLURB = re.compile(r"【[^】]{2,24}】")
_ADDRESS = re.compile(r"(?:https?://|www\.)[!-~]{4,300}")
_ANCHORS = frozenset(
    ("subscription", "share", "advert", "comments", "navigation", "follow", "imprint", "byline")
)


@dataclass
class _Line:
    start: int
    end: int
    raw: str
    kind: str | None = None

    @cached_property
    def form(self) -> str:
        # Long lines are compared with nothing: only their length and their marks count.
        return comparing_form(self.raw) if len(self.raw) <= FURNITURE_LENGTH else self.raw


@cache
def _matcher() -> Matcher:
    return Matcher(read_lexicon("furniture"))


def _lines(text: str) -> list[_Line]:
    """The non-empty lines, without outer whitespace, with offsets into the text."""
    lines: list[_Line] = []
    position = 0
    for raw in text.split("\n"):
        stripped = raw.strip()
        if stripped:
            start = position + len(raw) - len(raw.lstrip())
            lines.append(_Line(start, start + len(stripped), stripped))
        position += len(raw) + 1
    return lines


def _best(hits: Sequence[Match]) -> str:
    """The kind of the heaviest, then longest, then first cue."""
    return max(hits, key=lambda m: (m.cue.weight, m.end - m.start, -m.start)).cue.label


def _kind_at_edge(form: str, *, head: bool) -> str | None:
    """The kind of a line outside of the body, or ``None``."""
    if len(form) > FURNITURE_LENGTH:
        return None
    if _CAPTION.match(form) and len(form) <= CASCADE_LENGTH and not _SENTENCE_MARK.search(form):
        return "caption"
    bare = form.strip("（）【】“”「」·-—~*→↓ .。…")
    hits = [
        match
        for match in _matcher().find_all(form)
        if match.cue.weight > 1.0 or match.cue.cue in (bare, form)
    ]
    hits = [m for m in hits if m.cue.weight != 2.0 or not form[: m.start].strip("（【“「—- ")]
    if is_byline(form):
        return "byline"
    if _SENTENCE_MARK.search(form.rstrip("。！？…）】”")) or _SENTENCE_END.search(form):
        strong = [m for m in hits if m.cue.weight >= 4.0]
        spoken = bool(strong) and (len(strong) >= 2 or _READER.search(form) is not None)
        # A short line such as （本文刊登于《…》。） ends in a full stop as well.
        plain = len(form) <= INNER_LENGTH and any(m.cue.weight >= 2.0 for m in hits)
        farm = form[-1] == "…" and any(m.cue.weight >= 3.0 for m in hits)
        return _best(hits) if spoken or plain or farm else None
    if _ADDRESS.fullmatch(form):
        return "navigation"
    if not hits:
        return None
    covered = sum(m.end - m.start for m in hits)
    opens = any(m.start == 0 and m.cue.weight >= 2.0 for m in hits)
    if head and not opens and covered < HEAD_COVER * len(form):
        return None
    return _best(hits)


def _kind_within(form: str) -> str | None:
    """The kind of a line between body lines, or ``None``: short, no sentence, a clear cue."""
    if len(form) > INNER_LENGTH or _INNER_MARK.search(form):
        return None
    if _CAPTION.match(form):
        return "caption"
    hits = [
        m
        for m in _matcher().find(form)
        if m.cue.weight >= 3.0 or (m.cue.weight == 2.0 and not form[: m.start].strip("（【"))
    ]
    covered = sum(m.end - m.start for m in hits)
    if hits and covered >= HEAD_COVER * len(form):
        return _best(hits)
    return "byline" if is_byline(form) and form[-1] not in "：" else None


def _is_body(form: str) -> bool:
    if len(form) < BODY_LENGTH:
        return False
    if "。" in form or "；" in form or _SENTENCE_END.search(form[-4:]):
        return True
    return len(form) > FURNITURE_LENGTH


def find_boilerplate(text: str) -> list[Boilerplate]:
    """Mark the lines that are page furniture.

    Args:
        text: the article, never altered.

    Returns:
        Whole lines in text order, with their kind; offsets without outer whitespace.
    """
    lines = _lines(text)
    size = len(lines)
    for before, line in pairwise(lines[-3:]):
        if _BLURB.match(line.form) and _kind_at_edge(before.form, head=False):
            line.kind = "byline"
    first = next((n for n in range(size) if _opens_body(lines[n])), None)
    if first is None:
        head, tail = min(BARE_EDGE, size), max(size - BARE_EDGE, BARE_EDGE)
    else:
        head = first
        tail = 1 + next(n for n in reversed(range(size)) if _opens_body(lines[n]))
    for line in lines[:head]:
        line.kind = line.kind or _kind_at_edge(line.form, head=True)
    for line in lines[head:tail]:
        if line.kind is None and (first is None or not _is_body(line.form)):
            line.kind = _kind_within(line.form)
    for line in lines[tail:]:
        line.kind = line.kind or _kind_at_edge(line.form, head=False)
    if first is not None:
        _fill_tail(lines, tail)
        _fill_head(lines, min(head, HEAD_LINES), tail)
    return [
        Boilerplate(start=line.start, end=line.end, kind=line.kind)
        for line in lines
        if line.kind is not None
    ]


def _opens_body(line: _Line) -> bool:
    """Whether the body can begin or end with the line: furniture at the edge is no body."""
    return line.kind is None and _is_body(line.form) and not _kind_at_edge(line.form, head=False)


def _fill_tail(lines: list[_Line], begin: int) -> None:
    """After the first furniture line that follows the body, short lines are furniture too."""
    anchors = [n for n in range(begin, len(lines)) if lines[n].kind in _ANCHORS]
    if not anchors:
        return
    first = anchors[0]
    # A slogan just before an advert belongs to it.
    before = lines[first - 1]
    if (
        first > begin
        and before.kind is None
        and lines[first].kind in ("advert", "follow", "share")
        and len(before.form) <= NAME_LENGTH
        and not _INNER_MARK.search(before.form)
        and not _NUMBERED.match(before.form)
        and not _PART_NAME.match(before.form)
    ):
        before.kind = lines[first].kind
    kind = "advert"
    for line in lines[first:]:
        if line.kind is not None:
            # Short lines after an imprint or a byline are the site's own advertisement.
            kind = "advert" if line.kind in ("imprint", "byline", "caption") else line.kind
        elif len(line.form) <= CASCADE_LENGTH:
            line.kind = kind


def _fill_head(lines: list[_Line], stop: int, tail: int) -> None:
    """Very short lines between the title and the last furniture line before the body."""
    closing = {line.form for line in lines[tail:] if line.kind is not None}
    for line in lines[1:stop]:
        if line.kind is None and len(line.form) <= NAME_LENGTH and line.form in closing:
            line.kind = "navigation"
    anchors = [n for n in range(stop) if lines[n].kind in _ANCHORS]
    if not anchors:
        return
    for line in lines[1 : anchors[-1]]:
        if (
            line.kind is None
            and len(line.form) <= FILL_LENGTH
            and line.form != lines[0].form
            and not _INNER_MARK.search(line.form)
            and not _NUMBERED.match(line.form)
            and not _PART_NAME.match(line.form)
        ):
            line.kind = "byline" if names_only(line.form) else "navigation"
