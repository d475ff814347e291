"""The page of the report: one HTML file that loads nothing and works alone.

Tables stand in it column by column, deflated, and ``report.js`` unpacks and draws them: texts of
the data enter the page as text alone, never as HTML. The policy allows two scripts and a style by
their hashes and nothing else; ``words.tsv`` holds what the page says, in Chinese and English.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

import orjson

from argmine.compare import needing_extra
from argmine.compare.align import Points
from argmine.compare.cells import ACTIVE, encodable
from argmine.compare.charts import CHARTS, chart_specs, library
from argmine.compare.columns import column_title
from argmine.compare.words import LANGUAGES, words
from argmine.html import content_policy, safe
from argmine.text.matching import converter

with needing_extra():
    import pandas as pd
    import vl_convert

# Says to the next run that argmine wrote the page.
GENERATOR = '<meta name="generator" content="argmine compare">'
# Of a quotation the page holds so many code points: every unit of real/train and real/dev, of which
# the longest has 445, but not the articles of one endless line that a broken page gives.
MAX_QUOTATION = 600
# Chinese characters that may have a simplified form; rarer ones are not searched for.
_CHARACTERS = range(0x3400, 0xA000)
# So many ids stand in a remark.
FEW_IDS = 10
# The lists of the page and the columns of their CSV, each with the table that names the column.
LISTS = {
    "points": ("points", "quotations", "documents"),
    "recommendations": ("units",),
    "stances": ("stances", "documents"),
    "units": ("units", "documents"),
    "documents": ("documents",),
}


@dataclass(frozen=True)
class Facts:
    """What the page tells of the comparison besides its tables.

    Attributes:
        pages: link to the annotated article, by the id of the article.
        by: column that articles are grouped by.
        unmatched: remark and ids: of :meth:`argmine.compare.metadata.Metadata.unmatched`, and of
            dates that :meth:`argmine.compare.metadata.Metadata.dates` cannot read.
        files: the tables beside the page, as paths from it.
        dates: as the user knows them, by the ids of articles; they go before what articles say.
        has_encoder: whether an encoder helped to find the points.
    """

    pages: Mapping[str, str]
    by: str | None
    unmatched: Sequence[tuple[str, Sequence[str]]]
    files: Sequence[str]
    dates: Mapping[str, str] = field(default_factory=dict)
    has_encoder: bool = False


def report_page(
    frames: Mapping[str, pd.DataFrame], points: Points, facts: Facts, lang: str = "zh"
) -> str:
    """The page as text.

    Args:
        frames: tables ``documents``, ``units`` and ``stances``, with the user's own columns.
        points: of the same units.
        facts: what else is told.
        lang: language at first, ``zh`` or ``en``.
    """
    documents = frames["documents"]
    dates = documents["document"].map(facts.dates).astype(documents["date"].dtype)
    frames = {**frames, "documents": documents.assign(date=dates.fillna(documents["date"]))}
    style, script = _asset("report.css"), _asset("report.js")
    # A script element ends at </script, which JavaScript reads the same with a backslash in it.
    drawing = library().replace("</script", r"<\/script")
    policy = content_policy(style, (drawing, script))
    title = words(lang)["report-title"]
    found_with = "with" if facts.has_encoder else "without"
    packed = base64.b64encode(zlib.compress(_data(frames, points, facts, lang), 9)).decode()
    return "".join(
        (
            f'<!doctype html>\n<html lang="{"zh-Hans" if lang == "zh" else "en"}"><head>',
            '<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">{GENERATOR}',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{title}</title><style>{style}</style></head><body>",
            f'<header><div class="titles"><h1 data-word="report-title">{title}</h1>',
            f'<button type="button" id="switch" data-word="switch">{words(lang)["switch"]}'
            f"</button></div>{_head(frames, facts, lang)}</header>",
            _word("browser", lang, "p", more=' id="browser" role="alert" hidden'),
            f'{_filters(facts, lang)}<main id="main">{_charts(lang)}',
            *(_list(name, lang) for name in LISTS),
            f"{_downloads(facts, lang)}</main><footer>{_word('program', lang, 'p')}",
            f"{_word('list-cut', lang, 'p', MAX_QUOTATION)}{_word('links', lang, 'p')}"
            f"{_word(f'{found_with}-encoder', lang, 'p')}</footer>",
            '<dialog id="dialog"></dialog><div id="tip" role="tooltip" hidden></div>',
            f'<script type="text/plain" id="data">{packed}</script>',
            # modules: the names of one script are not those of the other
            f'<script type="module">{drawing}</script><script type="module">{script}</script>',
            "</body></html>\n",
        )
    )


@cache
def _asset(name: str) -> str:
    return (files("argmine.compare") / name).read_text(encoding="utf-8")


@cache
def _simplified() -> str:
    """Each traditional character and its simplified form, by which one finds the other."""
    characters = [chr(code) for code in _CHARACTERS]
    # one a line: no phrase of the conversion table changes how many there are
    forms = converter().convert("\n".join(characters)).split("\n")
    pairs = zip(characters, forms, strict=True)
    return "".join(one + other for one, other in pairs if one != other)


def _word(key: str, lang: str, element: str = "span", *facts: object, more: str = "") -> str:
    """A wording that the script can say in the other language, with its facts."""
    told = [encodable(str(fact)) for fact in facts]
    data = f' data-facts="{safe(orjson.dumps(told).decode())}"' if facts else ""
    said = safe(words(lang)[key].format(*told))
    return f'<{element} data-word="{safe(key)}"{data}{more}>{said}</{element}>'


def _aria(key: str, lang: str) -> str:
    return f'aria-label="{safe(words(lang)[key])}" data-aria="{key}"'


def _head(frames: Mapping[str, pd.DataFrame], facts: Facts, lang: str) -> str:
    """What was compared, and what is to be kept in mind."""
    documents = frames["documents"]
    signatures = documents["signature"].dropna().unique()
    sizes = (len(documents), len(frames["units"]), len(signatures))
    dates = sorted(documents["date"].dropna())
    parts = [_word("size", lang, "span", *sizes)]
    if dates:
        span = dates[0] if dates[0] == dates[-1] else f"{dates[0]} – {dates[-1]}"
        parts.append(_word("dates", lang, "span", span))
    undated = len(documents) - len(dates)
    if undated:
        parts.append(_word("undated", lang, "span", undated))
    remarks = [_word("program", lang, "li")]
    if len(signatures) > 1:
        remarks.append(_word("mixed", lang, "li", len(signatures)))
    for remark, ids in facts.unmatched:
        few = ", ".join(ids[:FEW_IDS]) + (" …" if len(ids) > FEW_IDS else "")
        remarks.append(_word(f"unmatched:{remark}", lang, "li", len(ids), few))
    told = "".join(f"<li><code><bdi>{safe(one)}</bdi></code></li>" for one in sorted(signatures))
    return (
        f'<p class="facts">{" · ".join(parts)}</p><ul class="remarks">{"".join(remarks)}</ul>'
        f"<details><summary>{_word('signature', lang)}</summary><ul>{told}</ul></details>"
    )


def _filters(facts: Facts, lang: str) -> str:
    groups = ""
    if facts.by is not None:
        titles = {one: column_title("documents", facts.by, one) for one in LANGUAGES}
        groups = (
            f'<fieldset id="groups"><legend><bdi data-zh="{safe(titles["zh"])}" '
            f'data-en="{safe(titles["en"])}">{safe(titles[lang])}</bdi></legend></fieldset>'
        )
    return (
        f'<section id="filters" {_aria("filters", lang)}><div class="controls">'
        f'<label class="slider">{_word("least", lang)} <input type="range" id="least" min="0" '
        'max="1" step="0.01" value="0" aria-describedby="least-note"> '
        '<output id="least-value" for="least">0.00</output></label>'
        f'<label>{_word("target", lang)} <select id="target"></select></label>'
        f'<label>{_word("document", lang)} <select id="document"></select></label>'
        f'<label>{_word("search", lang)} <input type="search" id="search"></label>'
        f'<button type="button" id="reset" data-word="reset">{words(lang)["reset"]}</button></div>'
        f'<fieldset id="labels">{_word("labels", lang, "legend")}</fieldset>{groups}'
        '<p><span id="found" aria-live="polite"></span> <span id="chips"></span></p>'
        f"{_word('least-note', lang, 'p', more=' class=note id=least-note')}</section>"
    )


def _charts(lang: str) -> str:
    figures = "".join(
        f'<figure id="chart-{name}"><div class="chart"></div><div class="save">'
        f'<button type="button" data-picture="png" {_word_only("picture", lang, "PNG")}</button>'
        f'<button type="button" data-picture="svg" {_word_only("picture", lang, "SVG")}</button>'
        "</div></figure>"
        for name in CHARTS
    )
    return f'<section>{_word("charts", lang, "h2")}<div id="charts">{figures}</div></section>'


def _word_only(key: str, lang: str, fact: str) -> str:
    """The attributes and the text of an element that says a wording."""
    facts = safe(orjson.dumps([fact]).decode())
    return f'data-word="{key}" data-facts="{facts}">{safe(words(lang)[key].format(fact))}'


def _list(name: str, lang: str) -> str:
    inner = '<div class="list"></div>'
    printed = _word("printed", lang, "p", more=' class="note on-paper"')
    if name == "points":
        printed = ""
        inner = (
            f'<fieldset id="kinds">{_word("kinds", lang, "legend")}</fieldset>'
            '<p id="points-found" aria-live="polite"></p><div id="groups-of-points"></div>'
            '<button type="button" id="more" hidden></button>'
        )
    return (
        f'<section id="{name}">{_word(name, lang, "h2")}'
        f"{_word(f'{name}-note', lang, 'p', more=' class=note')}{printed}"
        f'<p><button type="button" class="csv" data-word="csv">{words(lang)["csv"]}</button></p>'
        f"{inner}</section>"
    )


def _downloads(facts: Facts, lang: str) -> str:
    links = "".join(f'<li><a href="{file}" download>{file}</a></li>' for file in facts.files)
    return (
        f'<section id="downloads">{_word("whole-tables", lang, "h2")}'
        f"{_word('downloads-note', lang, 'p', more=' class=note')}<ul>{links}</ul></section>"
    )


def _data(frames: Mapping[str, pd.DataFrame], points: Points, facts: Facts, lang: str) -> bytes:
    """What the script draws, as JSON: tables by column, repeated values as numbers."""
    documents, units, stances = (frames[name] for name in ("documents", "units", "stances"))
    place = {key: n for n, key in enumerate(documents["document"])}
    targets = [
        column.removeprefix("stance.") for column in units.columns if column.startswith("stance.")
    ]
    targets += sorted(set(stances["target"]) - set(targets))
    rows = {key: n for n, key in enumerate(zip(units["document"], units["unit"], strict=True))}
    quotations = points.quotations
    groups = {key: n for n, key in enumerate(points.groups["group"])}
    by = None if facts.by is None else encodable(facts.by)
    group = documents[facts.by] if facts.by else pd.Series([""] * len(documents))
    return orjson.dumps(
        {
            "lang": lang,
            "by": by,
            "active": ACTIVE,
            "simplified": _simplified(),
            "words": {one: words(one) for one in LANGUAGES},
            "titles": {one: _titles(frames, points, one) for one in LANGUAGES},
            "charts": {one: _compiled(chart_specs(one, by=by)) for one in LANGUAGES},
            "targets": list(map(encodable, targets)),
            "documents": {
                "document": _texts(documents["document"]),
                "title": _texts(documents["title"]),
                "date": _texts(documents["date"]),
                "group": _coded(group),
                "page": [facts.pages[key] for key in documents["document"]],
            },
            "units": {
                "document": [place[key] for key in units["document"]],
                "unit": _coded(units["unit"]),
                "text": [_cut(text) for text in units["text"]],
                "score": _plain(units["score"]),
                **{
                    name: _coded(units[name])
                    for name in ("label", "subtype", "addressee", "strength")
                },
            },
            "unit_stances": [
                (_coded(units[f"stance.{target}"]), _plain(units[f"stance_score.{target}"]))
                for target in targets
                if f"stance.{target}" in units.columns
            ],
            "stances": {
                "document": [place[key] for key in stances["document"]],
                "score": _plain(stances["score"]),
                "units": _plain(stances["units"]),
                **{
                    name: _coded(stances[name])
                    for name in ("target", "holder_kind", "holder", "stance")
                },
            },
            "points": {
                name: _texts(points.groups[name])
                for name in ("group", "label", "kind", "name", "terms")
            }
            | {"attacks": _plain(points.groups["attacks"])},
            "quotations": {
                "group": [groups[key] for key in quotations["group"]],
                "unit": [
                    rows[key]
                    for key in zip(quotations["document"], quotations["unit"], strict=True)
                ],
                "similarity": _plain(quotations["similarity"]),
                "voice": _plain(quotations["voice"]),
                "reused": _plain(quotations["reused"]),
            },
        }
    )


def _compiled(specs: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The charts as Vega draws them: compiled here, the page need not do it and complain of it."""
    return {name: vl_convert.vegalite_to_vega(spec) for name, spec in specs.items()}


def _titles(
    frames: Mapping[str, pd.DataFrame], points: Points, lang: str
) -> dict[str, dict[str, str]]:
    """The header of each column of each table, in one language."""
    shown = {name: frames[name] for name in ("documents", "units", "stances")}
    shown |= {"points": points.groups, "quotations": points.quotations}
    return {
        name: {
            encodable(column): encodable(column_title(name, column, lang))
            for column in frame.columns
        }
        for name, frame in shown.items()
    }


def _cut(text: str) -> str:
    """As much of a quotation as the page holds, and how many characters are missing."""
    text = encodable(text)
    if len(text) <= MAX_QUOTATION:
        return text
    return f"{text[:MAX_QUOTATION]}…[+{len(text) - MAX_QUOTATION}]"


def _plain(column: pd.Series) -> list[Any]:
    held = column.astype(object)
    values: list[Any] = held.where(held.notna(), None).to_list()
    return values


def _texts(column: pd.Series) -> list[str | None]:
    return [None if text is None else encodable(str(text)) for text in _plain(column)]


def _coded(column: pd.Series) -> dict[str, list[Any]]:
    """Repeated texts once, and the number of each row's; -1 where missing."""
    numbers, values = pd.factorize(pd.Series(_texts(column), dtype=object))
    return {"of": list(values), "at": numbers.tolist()}
