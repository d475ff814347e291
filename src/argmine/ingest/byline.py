"""Read what an article says of itself: title, authors, institutions, publication, issue, date.

Reads: the text, and the furniture found by :mod:`argmine.ingest.furniture`.
Writes: a :class:`~argmine.schema.Meta`; nothing is guessed, absent stays ``None`` or empty.
Method: marker words at the start of a line (``byline.tsv``), surnames for names
(``surnames.tsv``), institution endings and posts for affiliations.
Limits: names of two to four characters with a listed surname; rare surnames, and foreign names
with ``·`` or an initial, only after a marker; pen names and organisations are no authors; only the
first line can be a title; dates only from lines that are date lines.
Source: own lists; layout of news sites, journals and blogs in both scripts.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache

from argmine.lexicons import read_lexicon, read_table
from argmine.schema import Boilerplate, Meta

# Longest byline line: several authors with institutions fit, a paragraph does not. Chosen on the
# training articles, whose longest byline has about 150 characters.
BYLINE_LENGTH = 220
# Longest remainder after a marker that names a source, an editor or a reporter.
REMAINDER_LENGTH = 60
# Longest title. The longest in the training articles has 75 characters.
TITLE_LENGTH = 80
# A title stands over a body: some later line must be at least so long.
BODY_LENGTH = 40
# A line of bare names is the author's only so near to the title: pages of WeChat write title,
# 原创, author. Further down, the words of a menu (金融, 时评) are built like names.
NAMES_WITHIN = 3
# Characters that may remain in a date line beside the date, the time and the marker.
DATE_LINE_REST = 4

# Same length as the line: half-width marks and full-width letters become one form.
_FORM = str.maketrans(
    {
        **{
            ord(half): full for half, full in zip(",:;?!()|[]", "，：；？！（）｜【】", strict=True)
        },
        **{code: chr(code - 0xFEE0) for code in (*range(0xFF10, 0xFF1A), *range(0xFF21, 0xFF3B))},
        **{code: chr(code - 0xFEE0) for code in range(0xFF41, 0xFF5B)},
        ord("丨"): "｜",
        ord("│"): "｜",
        ord("／"): "/",
        ord("∶"): "：",
        ord("﹕"): "：",
        ord(">"): "＞",
        ord("•"): "·",
        ord("・"): "·",
        ord("‧"): "·",
        ord("\u3000"): " ",
        ord("\xa0"): " ",
        ord("\t"): " ",
    }
)
_OTHER_FORM = re.compile(f"[{re.escape(''.join(map(chr, _FORM)))}]")
_HAN = r"\u3400-\u9fff"
_FOREIGN_NAME = re.compile(
    rf"[{_HAN}A-Z][{_HAN}A-Za-z.]{{0,9}}(?:·[{_HAN}A-Z][{_HAN}A-Za-z]{{0,9}}){{1,3}}"
)
# Latin names only with an initial: two capital words may as well be a newspaper.
_INITIALED_NAME = r"[A-Z][a-z]{1,15}(?: [A-Z]\.){1,2} [A-Z][A-Za-z'’-]{1,20}"
_INITIALED_NAMES = re.compile(rf"{_INITIALED_NAME}(?: ?[、，&] ?{_INITIALED_NAME}){{0,7}}")
# 姓名（机构）
_WITH_PLACE = re.compile(rf"(?<![{_HAN}])([{_HAN}]{{2,4}})（([^（）]{{2,40}})）")
_HAN_NAME = re.compile(rf"[{_HAN}]{{2,4}}")
_SPACED_NAME = re.compile(rf"(?<![{_HAN}])([{_HAN}]) {{1,3}}([{_HAN}])(?![{_HAN}])")
_NAME_BREAK = re.compile(r"[ 、，；/&＆]+")
_PIECE_BREAK = re.compile(r"[、，]|兼[任职職]?")
_FULL_STOP = re.compile(r"[。！？]")
_NUMBERED = re.compile(
    r"(?:[（(【]?[一二三四五六七八九十百0-9]{1,4}[）)】]?[、.．，：: ]"
    r"|[（(][一二三四五六七八九十0-9]{1,3}[）)]|第[一二三四五六七八九十0-9]{1,3}[章节節编編部条條])"
)
# Lines that name a part of the article rather than the article.
_PART_NAME = re.compile(
    r"(?:编者按|編者按|编按|編按|编者荐语|編者的話|编者的话|摘要|内容摘要|關鍵詞|关键词|引言|前言|导语|導語|"
    r"导读|導讀|核心提示|目录|目錄|正文|参考文献|參考文獻)(?:[ ：｜]|$)"
)
_IN_BRACKETS = re.compile(r"（[^（）]*）|【[^【】]*】")
_HASHES = re.compile(r"^#{1,6} +")
_SALUTATION = re.compile(
    r"(?:们|們|先生|女士|朋友|同志|代表|来宾|來賓|嘉宾|嘉賓|各位[^ ]{0,12})[！：]$"
)
_AUTHOR_IS = re.compile(
    r"[（【]?(?:本文)?作者(?:简介|簡介)?(?:：)?(?P<names>[^，。；：）】]{0,40}?)[，：]?"
    r"(?:系|係|为|為|是|现为|現為|现任|現任)(?P<rest>[^。）】]{2,160})[。）】]{0,2}"
)
_WECHAT_AUTHOR = re.compile(r"，作者 ?(?P<names>[^，。；：]{1,40})")
_REPOSTED = re.compile(r"以下文章(?:来源于|來源於) ?(?P<name>[^，。；：]{2,30})")
_IMPRINT = re.compile(
    r"(?:刊登|刊载|刊載|原载|原載|发表|發表|原刊|首发|首發|首刊|刊发|刊發"
    r"|转载自|轉載自|载|載|刊|摘自|选自|選自|来源|來源)"
    r"(?:于|於|在)?：?《(?P<name>[^《》]{1,30})》(?P<rest>.{0,40})"
)
_BRACKETS_BEHIND = re.compile(r"（[^（）]{1,40}）$")
_ISSUE = re.compile(
    r"(?:\d{4} ?年(?: ?度)?(?:第 ?[\d一二三四五六七八九十百]{1,4} ?卷 ?)?"
    r"(?:第 ?)?[\d一二三四五六七八九十百]{1,4} ?期"
    r"|第 ?[\d一二三四五六七八九十百]{1,5} ?期|\d{4} ?年 ?\d{1,2} ?月(?:[号號上下]|(?=刊))?)"
)
_DATE = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d{2})"
    r"(?: ?年 ?(?P<month>\d{1,2}) ?月 ?(?P<day>\d{1,2}) ?(?:日|号|號)"
    r"|(?P<mark>[-./])(?P<month2>\d{1,2})(?P=mark)(?P<day2>\d{1,2}))(?!\d)"
)
_ENGLISH_DATE = re.compile(
    r"(?<![A-Za-z0-9])(?:(?P<month>[A-Z][a-z]{2})[a-z]{0,6}\.? (?P<day>\d{1,2})(?:st|nd|rd|th)?"
    r"|(?P<day2>\d{1,2})(?:st|nd|rd|th)? (?P<month2>[A-Z][a-z]{2})[a-z]{0,6}\.?)"
    r"，? (?P<year>(?:19|20)\d{2})(?!\d)"
)
_TIME = re.compile(
    r"T?\d{1,2}(?:：|:|时|時)\d{1,2}(?:(?:：|:)\d{1,2}|分)?Z?|(?:星期|周|週|礼拜)[一二三四五六日天]|上午|下午"
)
_URL = re.compile(r"https?[:：]//[^\s<>\"，。；）】]{4,300}")
_DATELINE = re.compile(
    r"[（(](?:本报|本報|新华社|新華社|本刊)?(?:记者|記者)[： ]?(?P<names>[^（）()。]{2,30})[）)]"
)
_AND_OTHERS = re.compile(r"等[著人]?$")
_ROLE_BEHIND = re.compile(r"(?:/?文|著|摄|攝)$")


@dataclass(frozen=True, slots=True)
class Marked:
    """A line that opens with a byline marker.

    Attributes:
        kind: label of the marker in ``byline.tsv``.
        rest: what follows the marker, in the comparing form.
        bracketed: the whole line stands in brackets.
    """

    kind: str
    rest: str
    bracketed: bool


def comparing_form(line: str) -> str:
    """The line in the form in which markers are compared; same length."""
    return line.translate(_FORM) if _OTHER_FORM.search(line) else line


@cache
def _byline_words(label: str) -> frozenset[str]:
    return frozenset(cue.cue for cue in read_lexicon("byline") if cue.label == label)


@cache
def _surnames(use: str) -> frozenset[str]:
    """Surnames by use: ``any``, or ``marked`` for words that are names only after an author marker.

    ``never`` gives words that begin like a name and are none.
    """
    rows = read_table("surnames", ("surname", "use", "source"))
    return frozenset(row["surname"] for row in rows if row["use"] == use)


_MARKER_LABELS = (
    "author", "affiliation", "reporter", "translator", "editor", "source", "date", "url", "note"
)  # fmt: skip


@cache
def _marker() -> tuple[re.Pattern[str], dict[str, str]]:
    labels = {cue.cue: cue.label for cue in read_lexicon("byline") if cue.label in _MARKER_LABELS}
    # Longest first, so that a short marker never hides a longer one.
    words = "|".join(re.escape(word) for word in sorted(labels, key=lambda w: (-len(w), w)))
    return re.compile(
        rf"(?P<open>[（【“]?) ?(?P<word>{words}) {{0,2}}(?P<mark>[｜：/]|(?= ))"
    ), labels


@cache
def _openings() -> frozenset[str]:
    """The characters that a byline other than a date can begin with."""
    return frozenset("（【“ ，本") | {word[0] for word in _marker()[1]}


def marked_line(form: str) -> Marked | None:
    """Read the marker at the start of a line, if there is one that makes the line a byline.

    Args:
        form: the stripped line in the comparing form.
    """
    if len(form) > BYLINE_LENGTH:
        return None
    pattern, labels = _marker()
    match = pattern.match(form)
    if match is None:
        return None
    kind = labels[match["word"]]
    rest = form[match.end() :].strip()
    bracketed = bool(match["open"]) and form[-1] in "）】”"
    if bracketed:
        rest = rest[:-1].strip()
    elif match["open"]:
        return None
    if not match["mark"]:
        # Without a mark only names can follow: 记者 张三.
        if kind not in ("author", "reporter", "editor", "translator") or not names_only(rest):
            return None
        return Marked(kind, rest, bracketed)
    if kind == "author":
        fits = not _FULL_STOP.search(rest)
    elif kind in ("reporter", "translator", "editor"):
        # An interview also opens its lines with 记者：, a name makes the difference.
        fits = len(rest) <= REMAINDER_LENGTH and (
            bool(find_names(_WITH_PLACE.sub(r"\1 ", rest), explicit=True))
            or (kind == "editor" and 0 < len(rest) <= 12)
        )
        fits = fits and not _FULL_STOP.search(rest)
    elif kind == "date":
        fits = _DATE.search(rest) is not None and len(rest) <= REMAINDER_LENGTH
    elif kind == "url":
        fits = _URL.match(rest) is not None or not rest
    else:
        fits = len(rest) <= REMAINDER_LENGTH and not _FULL_STOP.search(rest)
    return Marked(kind, rest, bracketed) if fits else None


def reposted_from(form: str) -> str | None:
    """The account that a WeChat page names as its source."""
    match = _REPOSTED.match(form)
    return match["name"].strip() if match is not None else None


def is_byline(form: str) -> bool:
    """Whether the stripped line, in the comparing form, tells who wrote it, when or for whom."""
    if len(form) > BYLINE_LENGTH:
        return False
    if form[0] in _openings():
        if marked_line(form) is not None or _WECHAT_AUTHOR.fullmatch(form):
            return True
        match = _AUTHOR_IS.fullmatch(form)
        if match is not None and (form[0] in "（【" or _ends_in_post(match["rest"])):
            return True
    return date_of_line(form) is not None


def _ends_in_post(rest: str) -> bool:
    words = _byline_words("post")
    return any(rest[-size:] in words for size in range(2, 8))


def is_name(word: str, *, explicit: bool = False) -> bool:
    """Whether the word is built like a Chinese personal name.

    Args:
        word: the word.
        explicit: an author marker stands before it, so that rare surnames and the four characters
            of a double surname such as that of a married woman are taken.
    """
    if not _HAN_NAME.fullmatch(word) or word[:2] in _surnames("never"):
        return False
    surnames = _surnames("any")
    if word[:2] in surnames and 3 <= len(word) <= 4:
        return True
    if len(word) == 4:
        return explicit and word[0] in surnames and word[1] in surnames
    return word[0] in surnames or (explicit and word[0] in _surnames("marked"))


def find_names(text: str, *, explicit: bool = False) -> list[str]:
    """The personal names in a list of names, in order, each once.

    Args:
        text: the list, in the comparing form.
        explicit: an author marker stands before the list, so that names with ``·`` are taken.
    """
    text = _SPACED_NAME.sub(r"\1\2", text)
    names: list[str] = []
    for part in _NAME_BREAK.split(text):
        for word in _split_and(_bare(part.strip("*0123456789 "))):
            taken = is_name(word, explicit=explicit) or (
                explicit and _FOREIGN_NAME.fullmatch(word) is not None
            )
            if taken and word not in names:
                names.append(word)
    return names


def _bare(part: str) -> str:
    """The name without 等 and without 文 or 摄, unless these belong to it."""
    part = _AND_OTHERS.sub("", part)
    return part if is_name(part) else _ROLE_BEHIND.sub("", part)


def _split_and(part: str) -> list[str]:
    if is_name(part):
        return [part]
    for word in sorted(_byline_words("and"), key=lambda w: (-len(w), w)):
        left, found, right = part.partition(word)
        if found and is_name(left) and is_name(right):
            return [left, right]
    return [part]


def names_only(text: str) -> bool:
    """Whether the text is nothing but personal names."""
    text = _SPACED_NAME.sub(r"\1\2", text.strip())
    parts = [part for part in _NAME_BREAK.split(text) if part]
    return bool(parts) and len(parts) <= 8 and all(is_name(_bare(part)) for part in parts)


def _institution(text: str) -> str | None:
    """The institution in ``机构 职称``, without the post; ``None`` where none is recognised."""
    posts, endings = _byline_words("post"), _byline_words("institution")
    text = _BRACKETS_BEHIND.sub("", text.strip(" ，、；"))
    while True:
        for size in range(min(10, len(text)), 0, -1):
            if text[-size:] in posts:
                break
        else:
            break
        # A post that is itself the end of an institution's name stays: 主任 goes, 中心 stays.
        text = _BRACKETS_BEHIND.sub("", text[:-size].rstrip(" ，、（"))
    for size in range(min(6, len(text) - 1), 0, -1):
        if text[-size:] in endings and len(text) >= 4:
            return text
    return None


def _people_and_places(rest: str) -> tuple[list[str], list[str]]:
    """Names and institutions of ``机构 职称 姓名 姓名；机构 职称 姓名``."""
    authors: list[str] = []
    places: list[str] = []
    if _INITIALED_NAMES.fullmatch(rest):
        return re.findall(_INITIALED_NAME, rest), []
    rest = _SPACED_NAME.sub(r"\1\2", rest)
    for name, place in _WITH_PLACE.findall(rest):
        institution = _institution(place)
        if is_name(name, explicit=True) and institution is not None:
            authors.append(name)
            places.append(institution)
    for group in re.split("；", rest):
        place_words: list[str] = []
        for word in re.split(" +", group.strip()):
            names = find_names(word, explicit=True)
            if names and names_or_foreign(word):
                authors.extend(names)
            elif word:
                place_words.append(word)
        for words in place_words:
            for piece in _PIECE_BREAK.split(words):
                name = _name_after_post(piece)
                if name:
                    authors.append(name)
                    piece = piece[: -len(name)]
                place = _institution(piece)
                if place:
                    places.append(place)
    return list(dict.fromkeys(authors)), list(dict.fromkeys(places))


def names_or_foreign(word: str) -> bool:
    """Whether every part of a list is a name, foreign names included."""
    parts = [part for part in _NAME_BREAK.split(word) if part]
    return bool(parts) and all(find_names(part, explicit=True) for part in parts)


def _name_after_post(piece: str) -> str | None:
    """The name of ``教授张三``: a post, and after it exactly a name."""
    posts = _byline_words("post")
    for size in (3, 2, 4):
        name = piece[-size:]
        if len(piece) > size + 1 and is_name(name):
            before = piece[:-size]
            if any(before[-length:] in posts for length in range(2, 8)) and not any(
                piece[-length:] in posts for length in range(2, 8)
            ):
                return name
    return None


def date_of_line(form: str) -> str | None:
    """The ISO date of a line that is a date line, else ``None``.

    A date line holds a date and next to nothing else: a time, a weekday, a marker.
    """
    if len(form) > REMAINDER_LENGTH or ("20" not in form and "19" not in form):
        return None
    match = _DATE.search(form) or _ENGLISH_DATE.search(form)
    if match is None:
        return None
    rest = _TIME.sub("", form[: match.start()] + form[match.end() :])
    for word in sorted(_byline_words("date"), key=lambda w: (-len(w), w)):
        rest = rest.replace(word, "")
    if len(rest.strip(" ：｜（）【】-—·")) > DATE_LINE_REST or "，" in rest or "。" in rest:
        return None
    return _iso(match)


def _iso(match: re.Match[str]) -> str | None:
    month, day = match["month"] or match["month2"], match["day"] or match["day2"]
    try:
        number = int(month) if month.isdigit() else _months()[month]
        return date(int(match["year"]), number, int(day)).isoformat()
    except (KeyError, ValueError):
        return None


@cache
def _months() -> dict[str, int]:
    return {cue.cue: int(cue.weight) for cue in read_lexicon("byline") if cue.label == "month"}


def find_meta(text: str, boilerplate: Sequence[Boilerplate]) -> Meta:
    """What the article says of itself.

    Args:
        text: the article.
        boilerplate: its furniture in text order, as
            :func:`argmine.ingest.furniture.find_boilerplate` gives it.

    The script is not looked for.
    """
    text = text.replace("\r", "\n")
    # Dicts keep the order, each item once, and stay quick on a page of thousands of names.
    authors: dict[str, None] = {}
    bare_names: list[str] = []
    places: dict[str, None] = {}
    publications: list[tuple[int, str]] = []
    bare_dates: list[tuple[int, str]] = []
    issue = published = url = None
    names_to_come = False
    early = _offset_of_line(text, NAMES_WITHIN)
    for span in boilerplate:
        if span.kind not in ("byline", "imprint") or span.end - span.start > BYLINE_LENGTH:
            continue
        raw = text[span.start : span.end]
        form = comparing_form(raw)
        imprint = _IMPRINT.search(form)
        if imprint is not None:
            publications.append((0, imprint["name"].strip()))
            number = _ISSUE.search(imprint["rest"])
            if number is not None and issue is None:
                issue = number[0].replace(" ", "")
        reposted = reposted_from(form)
        if reposted is not None:
            publications.append((2, reposted))
        if span.kind == "imprint":
            continue
        marked = marked_line(form)
        described = _AUTHOR_IS.fullmatch(form)
        people: list[str] = []
        if marked is not None and marked.kind in ("author", "affiliation", "reporter"):
            if described is not None and marked.kind == "author":
                people = find_names(described["names"], explicit=True)
                places |= dict.fromkeys(_people_and_places(described["rest"])[1])
            else:
                people, institutions = _people_and_places(marked.rest)
                places |= dict.fromkeys(institutions)
        elif marked is not None and marked.kind == "source":
            name = _publication(marked.rest)
            if name:
                publications.append((1, name))
        elif described is not None:
            people, institutions = _people_and_places(described["rest"])
            people = [*find_names(described["names"], explicit=True), *people]
            places |= dict.fromkeys(institutions)
        elif marked is None:
            followed = _WECHAT_AUTHOR.fullmatch(form)
            if followed is not None:
                bare_names.extend(find_names(followed["names"]))
            elif names_only(form) and (names_to_come or span.start < early):
                (people if names_to_come else bare_names).extend(find_names(form))
        authors |= dict.fromkeys(people)
        names_to_come = marked is not None and marked.kind == "author" and not people
        if marked is None:
            day = date_of_line(form)
            if day is not None:
                bare_dates.append((span.start, day))
        elif published is None:
            found = _DATE.search(form)
            published = _iso(found) if found is not None else None
        if url is None and marked is not None and marked.kind == "url":
            address = _URL.search(raw)
            url = address[0] if address else None
    authors |= dict.fromkeys(bare_names)
    # A dateline such as （记者 …） stands within the first long lines, not in a line of its own.
    if not authors:
        dateline = _DATELINE.search(text[:600])
        if dateline is not None and names_only(comparing_form(dateline["names"])):
            authors = dict.fromkeys(find_names(comparing_form(dateline["names"])))
    return Meta(
        title=_title(text, boilerplate),
        authors=list(authors),
        affiliations=list(places),
        publication=min(publications, key=lambda item: item[0])[1] if publications else None,
        issue=issue,
        date=_date(published, bare_dates, _offset_of_body(text)),
        url=url,
    )


def _offset_of_line(text: str, number: int) -> int:
    """Where the non-empty line of this number, counted from 0, begins; else the end of the text."""
    position = 0
    while position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        if text[position:end].strip():
            if number == 0:
                return position
            number -= 1
        position = end + 1
    return len(text)


def _offset_of_body(text: str) -> int:
    """Where the first long line behind the first line begins; else the end of the text."""
    position = text.find("\n") + 1
    while 0 < position < len(text):
        end = text.find("\n", position)
        end = len(text) if end < 0 else end
        if end - position >= BODY_LENGTH:
            return position
        position = end + 1
    return len(text)


def _date(published: str | None, bare: list[tuple[int, str]], head: int) -> str | None:
    """A date before the body comes first, then a marked one, then what all date lines agree on.

    Dates behind the body that differ are those of a list of links.
    """
    if bare and bare[0][0] < head:
        return bare[0][1]
    days = {day for _, day in bare}
    return published or (days.pop() if len(days) == 1 else None)


def _publication(rest: str) -> str | None:
    """The name in what follows 来源：, without a date, an author or an address."""
    rest = _DATE.sub("", _TIME.sub("", rest))
    rest = re.split(
        r"[，；（｜]| {2,}|(?:作者|记者|記者|编辑|編輯|责编|責編)[：｜]", rest.strip(), maxsplit=1
    )[0]
    quoted = re.match(r"《([^《》]{1,30})》", rest)
    name = quoted[1] if quoted else rest.strip(" ：《》")
    # A list of sources is no publication.
    if "、" in name or "<" in name or _URL.match(name):
        return None
    return name if 2 <= len(name) <= 30 else None


def _title(text: str, boilerplate: Sequence[Boilerplate]) -> str | None:
    """The first line, if it is a title; a wrong title is worse than none."""
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    if end < 0:
        return None
    line = _HASHES.sub("", text[start:end].strip())
    if not line or (boilerplate and boilerplate[0].start < end):
        return None
    form = comparing_form(line)
    if len(line) > TITLE_LENGTH or len(line) < 4:
        return None
    if line[-1] in "。，、：；:;,….．" or "。" in form or _IN_BRACKETS.fullmatch(form):
        return None
    if re.match(r"[（【](?:注|编|編|按|本文)", form) or _SALUTATION.search(form):
        return None
    if _NUMBERED.match(form) or _PART_NAME.match(form) or _URL.match(line):
        return None
    # A title stands over a body.
    longest = max(map(len, text[end + 1 :].split("\n")))
    return line if longest >= BODY_LENGTH else None
