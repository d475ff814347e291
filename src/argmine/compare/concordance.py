"""Key word in context: every place of a word or phrase, with the unit that it stands in.

Reads:   annotated articles, one at a time
Writes:  one row a place (columns: ``concordance`` of ``columns.tsv``)
Method:  the keyword is looked up in the matching form, which has the length of the text, so that
         simplified and traditional, half and full width, and Latin letters of either case are
         found alike, and offsets are those of the text. Each ``*`` stands for at most ``REACH``
         characters of one sentence, up to the nearest place of what follows it; no other is tried,
         so that time is linear in the text for any keyword.
Limits:  places do not overlap; a phrase over the end of a line is not found.
"""

from __future__ import annotations

import re
import string
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from itertools import accumulate

from rich.cells import cell_len

from argmine.compare import needing_extra
from argmine.compare.tables import tables
from argmine.errors import InputError, one_line
from argmine.schema import GLOSSES, AnnotatedArticle, Unit
from argmine.text.matching import matching_form

with needing_extra():
    import pandas as pd

WITHIN = ("units", "text")
SORTS = ("text", "left", "right", "label")
# Code points on each side: a clause or two.
WIDTH = 20
# Characters that a ``*`` may stand for: a short clause.
REACH = 10
# What ends a sentence in the matching form; a ``*`` does not reach over it.
_STOPS = "。！？\n\r"
_LOWER = str.maketrans(string.ascii_uppercase, string.ascii_lowercase)
_LATIN = "[a-z0-9]"
_WHITE = re.compile(r"\s")
# document, unit, left, keyword, right, start, end
_Place = tuple[str, str | None, str, str, str, int, int]


def concordance(
    articles: Iterable[AnnotatedArticle],
    keyword: str,
    *,
    width: int = WIDTH,
    within: str = "units",
    sort: str = "text",
) -> pd.DataFrame:
    """Every place of a keyword, with what stands before and behind it.

    Args:
        articles: annotated articles; may be an iterator, which is read once.
        keyword: a word or phrase, literal but for ``*``. A Latin word is found as a whole, so that
            ``ai`` does not stand in ``said``; ``*ai*`` finds it anywhere.
        width: code points of the text on each side, also beyond the unit.
        within: ``units``, or ``text`` for places outside of units and over their borders too.
        sort: ``text`` (by document and place), ``left`` (by the characters before the keyword, the
            nearest first), ``right`` (by those behind it) or ``label``.

    Returns:
        ``left``, ``keyword`` and ``right`` are the text as it is, and the keyword is
        ``text[start:end]``; what the unit has is missing where there is none.

    Raises:
        InputError: a keyword without a character.
    """
    for name, value, known in (("within", within, WITHIN), ("sort", sort, SORTS)):
        if value not in known:
            raise ValueError(f"{name} {value!r} is not one of {', '.join(known)}")
    pattern = _pattern(keyword)
    places: list[_Place] = []

    def found_units() -> Iterator[AnnotatedArticle]:
        for article in articles:
            found = list(_places(article, pattern, width, within))
            places.extend(found)
            hit = {place[1] for place in found}
            yield article.model_copy(
                update={"units": [unit for unit in article.units if unit.id in hit]}
            )

    units = tables(found_units(), ["units"])["units"]
    text = pd.StringDtype("python")
    types = {"document": text, "unit": text, "left": text, "keyword": text, "right": text}
    types |= {"start": "Int64", "end": "Int64"}
    frame = pd.DataFrame(sorted(places, key=lambda place: (place[0], place[5])), columns=[*types])
    frame = frame.astype(types)
    stances = [name for name in units.columns if name.startswith("stance.")]
    about = units[["document", "unit", "label", "score", *stances]]
    frame = frame.merge(about, on=["document", "unit"], how="left")
    frame = frame[[*(name for name in frame if name not in ("start", "end")), "start", "end"]]
    if sort == "left":
        key = frame["left"].map(lambda left: left[::-1])
    else:
        key = frame[sort] if sort != "text" else frame["document"]
    return frame.iloc[key.argsort(kind="stable")].reset_index(drop=True)


def concordance_lines(frame: pd.DataFrame, lang: str = "en") -> Iterator[str]:
    """The rows as lines of text, the keywords under one another in a terminal.

    No control character of the text gets through.

    Args:
        frame: what :func:`concordance` gave.
        lang: of labels and stances, ``zh`` or ``en``.
    """
    told = ["label", *(name for name in frame if name.startswith("stance."))]
    heads = [
        " ".join([document, *(_name(value, lang) for value in values if not pd.isna(value))])
        for document, *values in frame[["document", "unit", *told]].astype(object).to_numpy()
    ]
    columns = [heads, *(frame[name] for name in ("left", "keyword", "right"))]
    shown = [[one_line(_WHITE.sub(" ", cell)) for cell in column] for column in columns]
    widths = [max(map(cell_len, column), default=0) for column in shown]
    for head, left, keyword, right in zip(*shown, strict=True):
        gaps = [
            " " * (w - cell_len(c)) for w, c in zip(widths, (head, left, keyword), strict=False)
        ]
        yield f"{head}{gaps[0]}  {gaps[1]}{left}  {keyword}{gaps[2]}  {right}".rstrip()


def _name(value: str, lang: str) -> str:
    return GLOSSES.get(value, value) if lang == "zh" else value


def _pattern(keyword: str) -> re.Pattern[str]:
    """The keyword in the matching form, as written and as if traditional."""
    forms = {matching_form(keyword, script).translate(_LOWER) for script in ("hans", "hant")}
    spellings = []
    for form in sorted(forms):
        if not form.replace("*", "").strip():
            raise InputError("keyword", "", "is empty", "give a word or a phrase")
        parts = [re.escape(part) for part in form.split("*") if part]
        # atomic: the nearest place of the part stays, whatever comes behind it
        gap = rf"[^{_STOPS}]{{0,{REACH}}}?"
        core = parts[0] + "".join(rf"(?>{gap}{part})" for part in parts[1:])
        before = rf"(?<!{_LATIN})" if re.match(_LATIN, form) else ""
        after = rf"(?!{_LATIN})" if re.match(_LATIN, form[::-1]) else ""
        spellings.append(before + core + after)
    return re.compile("|".join(spellings))


def _places(
    article: AnnotatedArticle, pattern: re.Pattern[str], width: int, within: str
) -> Iterator[_Place]:
    # as if traditional: a simplified article may quote a traditional one
    form, text = matching_form(article.text, "hant").translate(_LOWER), article.text
    units = sorted(article.units, key=lambda unit: unit.start)
    starts = [unit.start for unit in units]
    # units of gold may overlap: of those begun so far, the one that reaches furthest
    furthest = list(accumulate(units, _further))
    for match in pattern.finditer(form):
        start, end = match.span()
        at = bisect_right(starts, start) - 1
        unit = _holding(end, units[at], furthest[at]) if at >= 0 else None
        if unit is None and within == "units":
            continue
        sides = text[max(start - width, 0) : start], text[start:end], text[end : end + width]
        yield article.id, unit.id if unit else None, *sides, start, end


def _further(one: Unit, two: Unit) -> Unit:
    return two if two.end > one.end else one


def _holding(end: int, *units: Unit) -> Unit | None:
    return next((unit for unit in units if end <= unit.end), None)
