"""Mark page furniture: lines that a site or a journal put around the article.

Reads: the text.
Writes: a list of :class:`~argmine.schema.Boilerplate`, whole lines without outer whitespace.
Method: the body is the stretch from the first to the last long sentence line. Outside of it a line
is furniture when it is a byline, or holds a cue of ``furniture.tsv`` in the place that the cue's
weight asks for: 1 the whole line, 2 the start of the line, 3 anywhere in a line that is no
sentence and not much else, 4 also in a sentence that opens with it or speaks to the reader. Within
the body only short lines without sentence marks count. What follows the first furniture line after
the body is furniture as well, if it is short; so are very short lines between the title and the
last furniture line before the body, titles after a line such as 相关阅读, and the card that WeChat
puts on a reposted article.
Limits: precision comes first; a long advert in whole sentences, captions without a label and lists
of references stay.
Source: own list of cues, checked against the training articles.
"""

from __future__ import annotations

import re
from collections.abc import Sequence, Set
from dataclasses import dataclass
from functools import cache
from itertools import pairwise

from argmine.ingest.byline import (
    comparing_form,
    find_names,
    is_byline,
    marked_line,
    names_only,
    reposted_from,
)
from argmine.lexicons import Match, Matcher, read_lexicon
from argmine.schema import Boilerplate, Heading

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
# After so many body lines the page's own byline does not follow any more.
BODY_LINES = 3
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
    r"参考文献|參考文獻|参考资料|參考資料|注释|註釋|附录|附錄|附件|附表|附：)"
)
_CAPTION = re.compile(
    r"(?:图|圖|图表|圖表|表|Fig\.|Figure|Table) ?\d{1,3}(?:[-.．]\d{1,2})?(?:[：、.．]| {1,4})\S"
)
# What may stand before the first cue of a line.
_OPENING = "（【“「—-*# "
_BLURB = re.compile(r"【[^】]{2,24}】")
# Addresses with a protocol are sources of the article as often as links of the page.
_ADDRESS = re.compile(r"[!-~]{8,300}")
# What is left of a link where a scraper kept the label before it.
_LINK_REST = re.compile(r"[^<]{0,12}：<a href=")
# Names of tags and sites; words of a Chinese article's own would end in a mark or hold a number.
_LATIN_ONLY = re.compile(r"[A-Za-z][A-Za-z &'’\-]{1,39}")
_EDITOR = re.compile(r"编者按|編者按|编按|編按|编者荐语|編者薦語|[（【]编|[（【]編")
_ANCHORS = frozenset(
    (
        "subscription",
        "share",
        "advert",
        "comments",
        "navigation",
        "links",
        "follow",
        "imprint",
        "byline",
    )
)


@dataclass(slots=True)
class _Line:
    """A non-empty line without outer whitespace, with its offsets in the text.

    Attributes:
        form: the line in the comparing form.
        is_body: long enough and built like body text.
        hits: the cues in the line; looked up on demand where the line is body.
        kind: the kind of furniture that it is.
    """

    start: int
    end: int
    form: str
    is_body: bool
    hits: list[Match] | None = None
    kind: str | None = None


@cache
def _matcher() -> Matcher:
    return Matcher(read_lexicon("furniture"))


def _lines(text: str, begin: int) -> list[_Line]:
    lines: list[_Line] = []
    position = begin
    for raw in text[begin:].replace("\r", "\n").split("\n"):
        stripped = raw.strip()
        if stripped:
            start = position + (0 if raw[0] == stripped[0] else raw.index(stripped[0]))
            # Long lines are compared with nothing: only their length and their marks count.
            size = len(stripped)
            form = comparing_form(stripped) if size <= FURNITURE_LENGTH else stripped
            is_body = size >= BODY_LENGTH and _is_body(form)
            lines.append(_Line(start, start + size, form, is_body))
        position += len(raw) + 1
    _look_up([line for line in lines if not line.is_body])
    return lines


def _look_up(lines: Sequence[_Line]) -> None:
    """Find the cues of all the lines in one pass; no cue goes past a line."""
    found = iter(_matcher().find_all("\n".join(line.form for line in lines)))
    match = next(found, None)
    begin = 0
    for line in lines:
        line.hits = []
        end = begin + len(line.form)
        while match is not None and match.start < end:
            line.hits.append(Match(match.start - begin, match.end - begin, match.cue))
            match = next(found, None)
        begin = end + 1


def _best(hits: Sequence[Match]) -> str:
    """The kind of the heaviest, then longest, then first cue."""
    return max(hits, key=lambda m: (m.cue.weight, m.end - m.start, -m.start)).cue.label


def _kind_at_edge(line: _Line, *, head: bool) -> str | None:
    """The kind of a line outside of the body, or ``None``."""
    form = line.form
    if len(form) > FURNITURE_LENGTH:
        return None
    # Most lines of a share bar are a cue and nothing else.
    if line.hits and len(line.hits) == 1 and line.hits[0].end - line.hits[0].start == len(form):
        return line.hits[0].cue.label
    if _CAPTION.match(form) and len(form) <= CASCADE_LENGTH and not _SENTENCE_MARK.search(form):
        return "caption"
    if is_byline(form):
        return "byline"
    if line.hits is None:
        _look_up([line])
    if form.startswith("www.") and _ADDRESS.fullmatch(form):
        return "navigation"
    if "<a" in form and _LINK_REST.match(form):
        return "navigation"
    hits = _edge_hits(form, line.hits or [])
    if not hits:
        return None
    heaviest = max(m.cue.weight for m in hits)
    opens = any(m.cue.weight >= 2.0 and not form[: m.start].strip(_OPENING) for m in hits)
    if _SENTENCE_MARK.search(form.rstrip("。！？…）】”")) or _SENTENCE_END.search(form):
        reader = _READER.search(form) is not None
        strong = [m for m in hits if m.cue.weight >= 4.0]
        spoken = len(strong) >= 2 or (bool(strong) and (reader or opens))
        # A short line such as （本文刊登于《…》。） ends in a full stop as well.
        plain = len(form) <= INNER_LENGTH and (opens or bool(strong) or (reader and heaviest > 2.0))
        farm = form[-1] == "…" and heaviest >= 3.0
        return _best(hits) if spoken or plain or farm else None
    covered = sum(m.end - m.start for m in hits)
    enough = covered >= HEAD_COVER * len(form) or (not head and (heaviest >= 4.0 or len(hits) > 1))
    return _best(hits) if opens or enough else None


def _edge_hits(form: str, hits: list[Match]) -> list[Match]:
    """The cues that stand where their weight asks for: 1 the whole line, 2 at its start."""
    if not hits:
        return hits
    bare = form.strip("（）【】“”「」·-—~*#→↓ ：.。…")
    return [
        m
        for m in hits
        if m.cue.weight > 2.0
        or (m.cue.weight == 2.0 and not form[: m.start].strip(_OPENING))
        or (m.cue.weight < 2.0 and m.cue.cue in (bare, form))
    ]


def _kind_within(line: _Line, *, deep: bool) -> str | None:
    """The kind of a line between body lines, or ``None``: short, no sentence, a clear cue.

    Args:
        line: the line.
        deep: some body lines stand before it: a source is then that of a figure, and a date that
            of an event.
    """
    form = line.form
    if len(form) > INNER_LENGTH or _INNER_MARK.search(form):
        return None
    if _CAPTION.match(form):
        return "caption"
    hits = [
        m
        for m in (_matcher().find(form) if line.hits else ())
        if m.cue.weight >= 3.0 or (m.cue.weight == 2.0 and not form[: m.start].strip(_OPENING))
    ]
    covered = sum(m.end - m.start for m in hits)
    if hits and (covered >= HEAD_COVER * len(form) or hits[0].cue.label == "caption"):
        return _best(hits)
    if form[-1] == "：" or not is_byline(form):
        return None
    if not deep:
        return "byline"
    marked = marked_line(form)
    if marked is None or marked.kind in ("date", "url"):
        return None
    return "caption" if marked.kind == "source" else "byline"


def _is_body(form: str) -> bool:
    """Whether a long line is built like body text."""
    if "。" in form or "；" in form or _SENTENCE_END.search(form[-4:]):
        return True
    return len(form) > FURNITURE_LENGTH


def find_boilerplate(
    text: str, begin: int = 0, headings: Sequence[Heading] = ()
) -> list[Boilerplate]:
    """Mark the lines that are page furniture.

    Args:
        text: the article, never altered.
        begin: where the article begins, behind front matter.
        headings: those that the format declares; no line is furniture only because it is short and
            stands before a byline if it is one of them.

    Returns:
        Whole lines in text order, with their kind; offsets without outer whitespace.
    """
    lines = _lines(text, begin)
    declared = {heading.end for heading in headings}
    size = len(lines)
    _mark_repost(lines[:HEAD_LINES])
    for before, line in pairwise(lines[-3:]):
        if _BLURB.match(line.form) and _kind_at_edge(before, head=False):
            line.kind = "byline"
    first = next((n for n in range(size) if _opens_body(lines[n])), None)
    if first is None:
        head, tail = min(BARE_EDGE, size), max(size - BARE_EDGE, BARE_EDGE)
    else:
        head = first
        tail = 1 + next(n for n in reversed(range(size)) if _opens_body(lines[n]))
    for line in lines[:head]:
        line.kind = line.kind or _kind_at_edge(line, head=True)
    body = 0
    for line in lines[head:tail]:
        if line.kind is None and (first is None or not line.is_body):
            line.kind = _kind_within(line, deep=body >= BODY_LINES)
        body += line.is_body
    for line in lines[tail:]:
        line.kind = line.kind or _kind_at_edge(line, head=False)
    for before, line in pairwise(lines[:HEAD_LINES]):
        if before.kind == "byline" and line.kind is None and _names_follow(before, line):
            line.kind = "byline"
    if first is not None:
        _fill_links(lines[:tail])
        _fill_tail(lines, tail)
        for line in lines[tail:]:
            if line.kind is None and _LATIN_ONLY.fullmatch(line.form):
                line.kind = "navigation"
        _fill_head(lines, min(head, HEAD_LINES), tail, declared)
    return [
        Boilerplate(start=line.start, end=line.end, kind=line.kind)
        for line in lines
        if line.kind is not None
    ]


def _opens_body(line: _Line) -> bool:
    """Whether the body can begin or end with the line: furniture at the edge is no body."""
    if line.kind is not None or not line.is_body or _EDITOR.match(line.form):
        return False
    return not _kind_at_edge(line, head=False)


def _mark_repost(lines: list[_Line]) -> None:
    """The card of a reposted WeChat article: source, author, account, a dot, what it is about."""
    for n, line in enumerate(lines):
        account = reposted_from(line.form) if line.hits else None
        if account is None:
            continue
        card = lines[n + 1 : n + 5]
        dot = next((k for k, after in enumerate(card) if after.form == "."), None)
        if dot is None or dot + 1 >= len(card) or card[dot - 1].form != account:
            return
        for after in card[: dot + 2]:
            after.kind = "byline" if is_byline(after.form) else "navigation"
        return


def _names_follow(before: _Line, line: _Line) -> bool:
    """Whether the line holds the names that the author line before it, an institution, lacks."""
    if not names_only(line.form):
        return False
    marked = marked_line(before.form)
    return marked is not None and marked.kind == "author" and not find_names(marked.rest)


def _fill_links(lines: list[_Line]) -> None:
    """Titles of other articles, which follow a line such as 相关阅读 before or in the body."""
    in_list = False
    for line in lines:
        if line.kind is not None:
            in_list = line.kind == "links"
        elif in_list:
            # A shorter line may be the first heading of the article.
            in_list = (
                FILL_LENGTH < len(line.form) <= CASCADE_LENGTH
                and not line.is_body
                and not _SENTENCE_END.search(line.form)
                and not _NUMBERED.match(line.form)
            )
            line.kind = "links" if in_list else None


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
        and len(lines[first].form) <= INNER_LENGTH
        and len(before.form) <= NAME_LENGTH
        and "：" not in before.form
        and not _INNER_MARK.search(before.form)
        and not _NUMBERED.match(before.form)
        and not _PART_NAME.match(before.form)
    ):
        before.kind = lines[first].kind
    kind: str | None = "advert"
    for line in lines[first:]:
        if line.kind is not None:
            # Short lines after an imprint or a byline are the site's own advertisement.
            kind = "advert" if line.kind in ("imprint", "byline", "caption") else line.kind
        elif _PART_NAME.match(line.form):
            kind = None
        elif len(line.form) <= CASCADE_LENGTH:
            line.kind = kind


def _fill_head(lines: list[_Line], stop: int, tail: int, headings: Set[int]) -> None:
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
            and line.end not in headings
            and not _INNER_MARK.search(line.form)
            and not _NUMBERED.match(line.form)
            and not _PART_NAME.match(line.form)
        ):
            line.kind = "byline" if names_only(line.form) else "navigation"
