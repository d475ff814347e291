"""The main text of a web page, one block a line, with its headings and its metadata.

Reads:
    Decoded HTML.
Writes:
    Text, headings with exact offsets, metadata that the page states, repairs.
Method:
    Known containers (WeChat's ``#js_content``, the editors of Chinese portals, a lone ``article``)
    are walked with selectolax; every other page goes through trafilatura's extraction, whose tree
    is walked alike. Scripts, styles, forms, navigation and hidden elements are dropped. White space
    in a block is folded, and a line break between two Chinese characters leaves no blank.
    Metadata: ``meta`` elements and WeChat's title, account and time.
Limits:
    A page that is written by scripts has no text here. Images and their texts are not read.
Source:
    trafilatura 2 (main text), selectolax 1 (Lexbor, the HTML standard's parser).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from argmine.errors import InputError
from argmine.ingest.markdown import iso_date
from argmine.schema import Heading, Meta

# Containers that hold the article and nothing but it, most telling first.
_CONTAINERS = (
    "#js_content",
    ".TRS_Editor",
    ".rich_media_content",
    "[itemprop=articleBody]",
    ".article-content",
    ".article_content",
    "#artibody",
    "#UCAP-CONTENT",
    "article",
)
# A container with less text than this is a teaser; the whole page is tried instead.
CONTAINER_CHARACTERS = 20
# Building the tree takes time with the square of depth and of attributes a tag, trafilatura more
# than linear time in the tags. Long pages have 30,000 tags, editors nest 100 deep at most, and no
# tag has 50 attributes; at these caps a page costs some seconds.
MAX_TAGS = 300_000
MAX_DEPTH = 5000
MAX_ATTRIBUTES = 300
# Block tags of HTML, and those of trafilatura's tree (head, row, item, quote, lb).
_BLOCKS = frozenset(
    [
        "address",
        "article",
        "blockquote",
        "br",
        "center",
        "dd",
        "details",
        "div",
        "dl",
        "dt",
        "figcaption",
        "figure",
        "footer",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "head",
        "header",
        "hr",
        "item",
        "lb",
        "li",
        "list",
        "main",
        "ol",
        "p",
        "pre",
        "quote",
        "row",
        "section",
        "table",
        "tbody",
        "tfoot",
        "thead",
        "tr",
        "ul",
    ]
)
_CELLS = frozenset(("td", "th", "cell"))
_DROPPED = frozenset(
    [
        "aside",
        "audio",
        "button",
        "canvas",
        "embed",
        "form",
        "iframe",
        "input",
        "link",
        "map",
        "math",
        "meta",
        "nav",
        "noscript",
        "object",
        "option",
        "rp",
        "rt",
        "script",
        "select",
        "style",
        "svg",
        "template",
        "textarea",
        "title",
        "video",
        "graphic",
    ]
)
_TAG = re.compile(r"<(/?)([a-z][a-z0-9]{0,20})", re.IGNORECASE)
# Tags that never hold others, or that the next of their kind closes.
_FLAT = re.compile(
    r"area|base|br|col|dd|dt|embed|hr|img|input|li|link|meta|option|p|source|td|th|tr|wbr"
)
_WHOLE_PAGE = re.compile(r"<(?:html|body)\b", re.IGNORECASE)
_LONG_TAG = re.compile(r"<[A-Za-z][^<>]{1000,}")
_QUOTED = re.compile(r"\"[^\"]*\"|'[^']*'")
_HIDDEN = re.compile(r"display\s{0,9}:\s{0,9}none|visibility\s{0,9}:\s{0,9}hidden", re.IGNORECASE)
_BLANKS = re.compile("[ \t\n\r\f\v\u00a0\u3000]+")
_CJK = re.compile("[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef\U00020000-\U0003ffff]")
_DEAD = re.compile("[\x00-\x08\x0e-\x1f\x7f\u200b\ufeff]")
_WECHAT_TIME = re.compile(r"""var ct\s{0,9}=\s{0,9}["'](\d{10})["']""")
_TITLE_KEYS = ("articletitle", "og:title", "citation_title", "twitter:title")
_AUTHOR_KEYS = ("author", "article:author", "og:article:author", "citation_author")
_PUBLICATION_KEYS = ("contentsource", "citation_journal_title")
_DATE_KEYS = ("pubdate", "article:published_time", "publishdate", "citation_date", "date")
_NAME_BREAK = re.compile("[,，、;；\\s]+")

_Block = tuple[str, int]


def read_html(html: str, path: str) -> tuple[str, list[Heading], Meta, list[str]]:
    """Extract the main text of a page.

    Raises:
        InputError: the extra ``html`` is not installed, the page is built to exhaust the parser,
            or it has no main text.
    """
    _check_shape(html, path)
    try:
        from selectolax.lexbor import LexborHTMLParser
    except ImportError as error:
        raise _missing(path) from error
    # Lexbor reads up to a NUL and no further; the HTML standard replaces it.
    page = LexborHTMLParser(html.replace("\x00", "\ufffd"))
    blocks: list[_Block] = []
    container = _container(page)
    if container is not None:
        blocks = _blocks(_walk_lexbor(container))
    if sum(len(words) for words, _ in blocks) < CONTAINER_CHARACTERS:
        if _WHOLE_PAGE.search(html) or page.body is None:
            blocks = _trafilatura(html, path) or blocks
        else:
            # a fragment, as a record of JSON Lines may hold, is nothing but main text
            blocks = _blocks(_walk_lexbor(page.body))
    if not blocks:
        raise InputError(path, "", "no main text found in the page", "save the article as text")
    text, headings = _joined(blocks)
    return text, headings, _page_meta(page, html), ["main text extracted from HTML"]


def _check_shape(html: str, path: str) -> None:
    remedy = "save the article as text"
    tags = html.count("<")
    if tags > MAX_TAGS:
        raise InputError(path, "", f"page of {tags} tags, limit {MAX_TAGS}", remedy)
    # A page with fewer tags cannot be deeper.
    if tags > MAX_DEPTH:
        depth = 0
        for closing, tag in _TAG.findall(html):
            if not _FLAT.fullmatch(tag.lower()):
                depth = max(0, depth - 1) if closing else depth + 1
                if depth > MAX_DEPTH:
                    finding = f"tags nested more than {MAX_DEPTH} deep"
                    raise InputError(path, "", finding, remedy)
    for tag in _LONG_TAG.findall(html):
        if len(_QUOTED.sub("", tag).split()) > MAX_ATTRIBUTES:
            finding = f"a tag of more than {MAX_ATTRIBUTES} attributes"
            raise InputError(path, "", finding, remedy)


def _missing(path: str) -> InputError:
    return InputError(
        path, "", "HTML needs selectolax and trafilatura", "run: pip install 'argmine[html]'"
    )


def _container(page: Any) -> Any:
    for selector in _CONTAINERS:
        found = page.css(selector)
        # Two articles on one page are a list of teasers.
        if len(found) == 1:
            return found[0]
    return None


def _walk_lexbor(top: Any) -> Iterator[tuple[str, str]]:
    """Events ``(kind, value)`` in document order: open, close, text. No recursion: pages nest."""
    stack: list[tuple[Any, bool]] = [(top, False)]
    while stack:
        node, closing = stack.pop()
        tag = node.tag or ""
        if closing:
            yield "close", tag
            continue
        if tag == "-text":
            yield "text", node.text_content or ""
            continue
        # WeChat hides the container itself until its scripts have run.
        is_hidden = node is not top and _is_hidden(node.attributes)
        if tag in _DROPPED or tag.startswith(("-", "_")) or is_hidden:
            continue
        yield "open", tag
        stack.append((node, True))
        children = []
        child = node.child
        while child is not None:
            children.append((child, False))
            child = child.next
        stack.extend(reversed(children))


def _is_hidden(attributes: Mapping[str, str | None]) -> bool:
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def _trafilatura(html: str, path: str) -> list[_Block]:
    try:
        import trafilatura
    except ImportError as error:
        raise _missing(path) from error
    tree = trafilatura.load_html(html)
    if tree is None:
        return []
    for node in tree.xpath("/html/body//*[@hidden or @style]"):
        if node.getparent() is not None and _is_hidden(node.attrib):
            node.drop_tree()
    found = trafilatura.bare_extraction(
        tree, include_comments=False, include_tables=True, favor_recall=True, with_metadata=False
    )
    body = getattr(found, "body", None)
    return _blocks(_walk_lxml(body)) if body is not None else []


def _walk_lxml(top: Any) -> Iterator[tuple[str, str]]:
    from lxml import etree

    for event, node in etree.iterwalk(top, events=("start", "end")):
        if not isinstance(node.tag, str):
            continue
        # trafilatura keeps the level of a heading in its attribute "rend".
        level = node.get("rend") or ""
        tag = level if node.tag == "head" and re.fullmatch("h[1-6]", level) else node.tag
        if event == "start":
            yield "open", tag
            yield "text", node.text or ""
        else:
            yield "close", tag
            if node is not top:
                yield "text", node.tail or ""


def _blocks(events: Iterator[tuple[str, str]]) -> list[_Block]:
    """The non-empty blocks with their heading level, 0 for plain ones."""
    found: list[_Block] = []
    pieces: list[str] = []
    level = 0

    def flush() -> None:
        if pieces:
            words = _folded("".join(pieces))
            if words:
                found.append((words, level))
            pieces.clear()

    lines_count = 0  # within pre, where the line breaks of the source are line breaks
    for kind, value in events:
        if kind == "text":
            if lines_count and "\n" in value:
                for line in value.split("\n"):
                    pieces.append(line)
                    flush()
            else:
                pieces.append(value)
            continue
        if value == "pre":
            lines_count += 1 if kind == "open" else -1
        if value in _BLOCKS:
            flush()
        elif value in _CELLS:
            pieces.append(" ")
        if len(value) == 2 and value[0] == "h" and value[1] in "123456":
            level = int(value[1]) if kind == "open" else 0
    flush()
    return found


def _folded(words: str) -> str:
    words = _DEAD.sub("", words).strip(" \t\n\r\f\v\u00a0\u3000")

    def blank(run: re.Match[str]) -> str:
        # Only a line break of the source vanishes between hanzi: a written blank may mean a gap.
        start, end = run.span()
        chinese = _CJK.match(words[start - 1]) and _CJK.match(words[end])
        return "" if chinese and "\n" in run.group() else " "

    return _BLANKS.sub(blank, words)


def _joined(blocks: list[_Block]) -> tuple[str, list[Heading]]:
    headings, start = [], 0
    for words, level in blocks:
        if level:
            headings.append(Heading(start=start, end=start + len(words), level=level))
        start += len(words) + 1
    return "\n".join(words for words, _ in blocks), headings


def _page_meta(page: Any, html: str) -> Meta:
    stated: dict[str, str] = {}
    for node in page.css("meta[content]"):
        key = (node.attributes.get("property") or node.attributes.get("name") or "").lower()
        value = _folded(node.attributes.get("content") or "")
        if key and value:
            stated.setdefault(key, value)
    meta = Meta()
    meta.title = _of(page, "#activity-name") or _first(stated, _TITLE_KEYS) or _title(page)
    meta.publication = _of(page, "#js_name") or _first(stated, _PUBLICATION_KEYS)
    author = _of(page, "#js_author_name") or _first(stated, _AUTHOR_KEYS)
    if author and not author.startswith("http"):
        meta.authors = [name for name in _NAME_BREAK.split(author) if name]
    date = _of(page, "#publish_time") or _first(stated, _DATE_KEYS)
    meta.date = iso_date(date) if date else None
    if meta.date is None and (seconds := _WECHAT_TIME.search(html)):
        # WeChat counts from the epoch and shows Beijing time.
        moment = datetime.fromtimestamp(int(seconds.group(1)), UTC) + timedelta(hours=8)
        meta.date = moment.date().isoformat()
    url = stated.get("og:url", "")
    meta.url = url if url.startswith(("http://", "https://")) else None
    return meta


def _title(page: Any) -> str | None:
    """The page's title, or the only ``h1`` where the title is this with the site's name behind."""
    title = _of(page, "title")
    headings = page.css("h1")
    words = _folded(headings[0].text() or "") if len(headings) == 1 else ""
    return words if words and title and title.startswith(words) else title


def _of(page: Any, selector: str) -> str | None:
    node = page.css_first(selector)
    return (_folded(node.text() or "") or None) if node is not None else None


def _first(stated: dict[str, str], keys: tuple[str, ...]) -> str | None:
    return next((stated[key] for key in keys if key in stated), None)
