"""Find mentions: actors, documents, quantities, dates and attributed quotations.

Reads:   doc.user_data["argmine.matching"], and where present doc.spans["boilerplate"]
Writes:  doc.spans["mentions"]: id_ m1, m2, ... by start, the longer first; label_ is the kind;
         attrs maps each id to start and end (code points), kind, norm (normalised value or None)
         and holder (of a quotation: id of a mention, "author", or None where it is not known)
Method:  actors by the gazetteer actors.tsv and persons by their office, documents by 《…》,
         quantities and dates by patterns, quotations by their marks and a saying verb beside them.
         A mention must begin and end at a word border, else it is left out; so is one in page
         furniture, an actor in the title of a document, and a capital that is a place.
Limits:  bodies outside the gazetteer are missed; a pronoun is no mention.
Source:  own gazetteer; dates after ISO 8601.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from argmine.lexicons import Cue, Matcher, alternation, read_lexicon, read_table
from argmine.tag.persons import PersonRules
from argmine.text.borders import borders_of, furniture_of
from argmine.text.matching import matching_of

_DOCUMENT = re.compile(r"《[^《》\n]{1,60}》")
# What a date or quantity begins with; digits inside a run begin none.
_NUMBER_START = re.compile(r"\d+|民国|百分之")
_DATE = re.compile(
    r"(?P<from>\d{4})(?:年)?[-—–至到](?P<to>\d{4})年"
    r"|(?P<y>\d{4})年(?:(?P<m>\d{1,2})月(?:(?P<d>\d{1,2})日)?)?"
    r"|(?P<iy>\d{4})-(?P<im>\d{2})-(?P<id>\d{2})(?!\d)"
    r"|民国(?P<roc>\d{1,3})年"
    r"|(?<!年)(?P<om>\d{1,2})月(?P<od>\d{1,2})日"
)
_SCALES = {"": 1, "百": 100, "千": 1000, "万": 10_000, "亿": 100_000_000, "万亿": 10**12}
_CURRENCIES = {
    "美元": "USD",
    "欧元": "EUR",
    "人民币": "CNY",
    "元": "CNY",
    "英镑": "GBP",
    "日元": "JPY",
}
_QUANTITY = re.compile(
    r"(?<![.A-Za-z第-])(?P<n>\d{1,3}(?:[,，]\d{3})+|\d+(?:\.\d+)?) ?"
    r"(?:(?P<pct>[%％])|(?P<scale>万亿|亿|万|千|百)?[多余]?(?P<unit>美元|欧元|人民币|英镑|日元|元|个百分点"
    r"|个|名|人|家|项|次|倍|国|份|座|件|起|条|吨|公里|小时|天))"
    r"|百分之(?P<han>[一二三四五六七八九十]{1,3})"
)
_QUOTE = re.compile(r"“[^“”\n]{1,400}”")
_BREAK = re.compile(r"[。！？\n]")
# A quotation without a saying verb beside it is taken for one from this length on; shorter ones are
# terms in scare quotes. Read off the training articles.
MIN_QUOTE = 20
# Between an actor and its saying verb: an office or a date fits in.
MAX_TO_VERB = 25
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")}


@dataclass(frozen=True, slots=True)
class MentionFound:
    """A mention by code points; ``said_by`` is the start of the actor that holds a quotation."""

    start: int
    end: int
    kind: str
    norm: str | None = None
    holder: str | None = None
    said_by: int | None = None


class MentionRules:
    """The finding of mentions, without spaCy."""

    def __init__(
        self,
        actors: Iterable[dict[str, str]],
        documents: Iterable[Cue],
        saying: Iterable[Cue],
        contexts: Iterable[Cue] = (),
        offices: Iterable[Cue] = (),
    ) -> None:
        self._actors = Matcher(
            Cue(row["alias"], row["norm"], "cue", 1.0, row["source"], row["type"]) for row in actors
        )
        contexts, saying = list(contexts), list(saying)
        self._before_place = re.compile(alternation(contexts, "before place") + r"\Z")
        self._after_place = re.compile(alternation(contexts, "after place"))
        self._persons = PersonRules(offices, contexts, saying)
        self._kinds = sorted(documents, key=lambda cue: -len(cue.cue))
        self._saying = re.compile(alternation(saying, "saying"))
        self._other = re.compile(alternation(saying, "other"))

    def find(self, form: str, script: str = "hans") -> list[MentionFound]:
        """All mentions, by start, the longer first."""
        documents = [
            MentionFound(match.start(), match.end(), "document", self._kind(match))
            for match in _DOCUMENT.finditer(form)
        ]
        actors = _outside(self._find_actors(form, script), documents)
        found = [*actors, *documents]
        dates = find_dates(form)
        found += [*dates, *_outside(find_quantities(form), dates)]
        found.extend(self._quotes(form, actors))
        return sorted(found, key=lambda mention: (mention.start, -mention.end, mention.kind))

    def _find_actors(self, form: str, script: str) -> list[MentionFound]:
        """Actors of the gazetteer and persons by their office, of overlapping ones the longer."""
        known = [
            MentionFound(match.start, match.end, "actor", self._norm(match.cue, script))
            for match in self._actors.find(form)
            if match.cue.note != "capital" or not self._is_place(form, match.start, match.end)
        ]
        persons = [
            MentionFound(person.start, person.end, "actor", person.name)
            for person in self._persons.find(form)
        ]
        found: list[MentionFound] = []
        for actor in sorted([*known, *persons], key=lambda a: (a.start, -a.end)):
            if not found or actor.start >= found[-1].end:
                found.append(actor)
            elif actor.end > found[-1].end:
                found[-1] = actor
        return found

    def _is_place(self, form: str, start: int, end: int) -> bool:
        before = self._before_place.search(form, max(0, start - 2), start)
        return before is not None or self._after_place.match(form, end) is not None

    def _norm(self, cue: Cue, script: str) -> str | None:
        # In texts in traditional script 我国 is not China for certain: no guess.
        return None if script == "hant" and cue.cue in ("我国", "我方") else cue.label

    def _kind(self, match: re.Match[str]) -> str:
        title = match.group()[1:-1].rstrip("）")
        return next((cue.label for cue in self._kinds if title.endswith(cue.cue)), "other")

    def _quotes(self, form: str, actors: list[MentionFound]) -> list[MentionFound]:
        starts = [actor.start for actor in actors]
        found = []
        for match in _QUOTE.finditer(form):
            holder = self._speaker(form, match, actors, starts) or self._speaker_behind(
                form, match.end(), actors, starts
            )
            if holder is not None or match.end() - match.start() >= MIN_QUOTE:
                said_by = holder.start if holder is not None else None
                found.append(MentionFound(match.start(), match.end(), "quote", said_by=said_by))
        return found

    def _speaker(
        self, form: str, quote: re.Match[str], actors: list[MentionFound], starts: list[int]
    ) -> MentionFound | None:
        """The nearest actor before a saying verb that stands right before the quotation."""
        left = max(0, quote.start() - 2 * MAX_TO_VERB)
        before = form[left : quote.start()]
        if form[quote.start() - 1 : quote.start()] not in (
            "，",
            "：",
            "说",
            "称",
            "出",
            "示",
            "调",
        ):
            return None
        cut = [match.end() for match in _BREAK.finditer(before)]
        left += cut[-1] if cut else 0
        verbs = list(self._saying.finditer(form, left, quote.start()))
        if not verbs or quote.start() - verbs[-1].end() > 2:
            return None
        n = bisect_left(starts, verbs[-1].start()) - 1
        if n < 0 or actors[n].start < left or verbs[-1].start() - actors[n].end > MAX_TO_VERB:
            return None
        if self._other.search(form, actors[n].end, verbs[-1].start()):
            return None
        return actors[n]

    def _speaker_behind(
        self, form: str, end: int, actors: list[MentionFound], starts: list[int]
    ) -> MentionFound | None:
        """The actor that stands right behind the quotation, with a saying verb behind it."""
        n = bisect_left(starts, end)
        if n == len(actors) or actors[n].start - end > 1 or "\n" in form[end : actors[n].start]:
            return None
        after = actors[n].end
        verb = self._saying.search(form, after, after + MAX_TO_VERB)
        if verb is None or self._other.search(form, after, verb.start()):
            return None
        return actors[n]


def _outside(mentions: list[MentionFound], others: list[MentionFound]) -> list[MentionFound]:
    """The mentions that lie in none of the others, which are in text order and do not overlap."""
    starts = [other.start for other in others]
    kept = []
    for mention in mentions:
        n = bisect_right(starts, mention.start) - 1
        if n < 0 or others[n].end <= mention.start:
            kept.append(mention)
    return kept


def _at_numbers(pattern: re.Pattern[str], form: str) -> Iterator[re.Match[str]]:
    """Matches of a pattern that begins with a number, not overlapping; looks nowhere else."""
    end = 0
    for start in _NUMBER_START.finditer(form):
        if start.start() >= end and (match := pattern.match(form, start.start())):
            end = match.end()
            yield match


def find_dates(form: str) -> list[MentionFound]:
    """Dates with their ISO 8601 value; a month and day without a year is ``--MM-DD``."""
    found = []
    for match in _at_numbers(_DATE, form):
        part = match.groupdict()
        if part["from"]:
            norm = f"{part['from']}/{part['to']}"
        elif part["y"] or part["iy"]:
            month, day = part["m"] or part["im"], part["d"] or part["id"]
            norm = part["y"] or part["iy"]
            norm += f"-{int(month):02}" if month else ""
            norm += f"-{int(day):02}" if day else ""
        elif part["roc"]:
            norm = str(int(part["roc"]) + 1911)
        else:
            norm = f"--{int(part['om']):02}-{int(part['od']):02}"
        found.append(MentionFound(match.start(), match.end(), "date", norm))
    return found


def find_quantities(form: str) -> list[MentionFound]:
    """Percentages, sums of money and counts with their plain value and unit."""
    found = []
    for match in _at_numbers(_QUANTITY, form):
        part = match.groupdict()
        if part["han"]:
            norm = f"{_han_number(part['han'])}%"
        else:
            number = Decimal(part["n"].replace(",", "").replace("，", ""))
            if part["pct"]:
                norm = f"{number}%"
            else:
                value = number * _SCALES[part["scale"] or ""]
                plain = format(value.normalize(), "f")
                norm = f"{plain} {_CURRENCIES.get(part['unit'], part['unit'])}"
        found.append(MentionFound(match.start(), match.end(), "quantity", norm))
    return found


def _han_number(text: str) -> int:
    """The value of a Chinese numeral below one hundred."""
    if "十" not in text:
        return int("".join(str(_DIGITS[c]) for c in text))
    tens, _, ones = text.partition("十")
    return (_DIGITS[tens] if tens else 1) * 10 + (_DIGITS[ones] if ones else 0)


@Language.factory("argmine_mentions")
def make_mentions(nlp: Language, name: str) -> Mentions:
    """Build the component."""
    actors = read_table("actors", ("alias", "norm", "type", "source"))
    names = ("documents", "saying", "mention_contexts", "offices")
    return Mentions(MentionRules(actors, *map(read_lexicon, names)))


class Mentions:
    """Component that writes the group ``mentions``."""

    def __init__(self, rules: MentionRules) -> None:
        self._rules = rules

    def __call__(self, doc: Doc) -> Doc:
        """Predict and write."""
        self.set_annotations(doc, self.predict(doc))
        return doc

    def predict(self, doc: Doc) -> list[MentionFound]:
        """Mentions of the doc outside page furniture; reads only."""
        found = self._rules.find(matching_of(doc), doc.user_data.get("argmine.script", "hans"))
        furniture = [MentionFound(start, end, "furniture") for start, end in furniture_of(doc)]
        return _outside(found, furniture)

    def set_annotations(self, doc: Doc, found: list[MentionFound]) -> None:
        """Write the group."""
        starts, ends = [m.start for m in found], [m.end for m in found]
        tokens = borders_of(doc).ranges(starts, ends)
        kept = [
            (m, first, after)
            for m, first, after, exact in zip(
                found, *(column.tolist() for column in tokens), strict=True
            )
            if exact
        ]
        key_of = {m.start: f"m{n}" for n, (m, _, _) in enumerate(kept, 1) if m.kind == "actor"}
        spans: list[Span] = []
        attrs: dict[str, Any] = {}
        for n, (mention, first, after) in enumerate(kept, 1):
            key = f"m{n}"
            spans.append(Span(doc, first, after, label=mention.kind, span_id=key))
            said_by = key_of.get(mention.said_by) if mention.said_by is not None else None
            attrs[key] = {
                "start": mention.start,
                "end": mention.end,
                "kind": mention.kind,
                "norm": mention.norm,
                "holder": said_by or mention.holder,
            }
        doc.spans["mentions"] = SpanGroup(doc, name="mentions", attrs=attrs, spans=spans)
