"""Pages of evaluation, errors and learning curves: one HTML file each, without a script.

A page loads nothing; its style stands inside it, allowed by its hash. Every piece of data is
escaped. ``words.tsv`` holds what the pages say, in Chinese and English.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from importlib.resources import files

from argmine.html import content_policy, safe
from argmine.learn.calibration import Calibration
from argmine.learn.charts import (
    FEW_CASES,
    chart_style,
    interval_bar,
    learning_chart,
    reliability_chart,
    standing_alone,
)
from argmine.learn.curve import Curve
from argmine.learn.errors import BETWEEN, Fault
from argmine.learn.groups import MIN_DOCUMENTS
from argmine.learn.laying import NONE
from argmine.learn.report import Evaluation, main_scores
from argmine.learn.resampling import Score
from argmine.learn.scores import Report
from argmine.learn.words import words
from argmine.schema import GLOSSES, STANCE_LABELS

# So many errors are read on a page; all of them go into a table.
SHOWN_FAULTS = 100
# Steps of shade in report.css.
_SHADES = 10
# The scores that begin a new part of the table.
_PARTS = ("component F1 exact", "stance F1 favor", "document stance accuracy", "relation F1")


def _page(title: str, head: str, body: str, lang: str) -> str:
    sheet = (files("argmine.learn") / "report.css").read_text(encoding="utf-8")
    style = chart_style() + sheet
    policy = content_policy(style)
    return (
        f'<!doctype html>\n<html lang="{"zh-Hans" if lang == "zh" else "en"}"><head>'
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{policy}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{safe(title)}</title><style>{style}</style></head><body>"
        f"<header>{head}</header><main>{body}</main></body></html>\n"
    )


def _gloss(label: str, lang: str, what: str = "clause") -> str:
    """The name of a label; ``none`` of a clause is another one than that of a document."""
    if label == NONE and what == "clause":
        return words(lang)["none of clauses"]
    return label if lang == "en" else GLOSSES.get(label, label)


def evaluation_page(found: Evaluation, lang: str = "zh") -> str:
    """The page of an evaluation; ``lang`` is its language, zh or en."""
    say = words(lang)
    size = say["articles-of"].format(len(found.report.documents))
    head = f"<h1>{say['report-title']} <small>{safe(found.name)}</small></h1><p>{size}</p>"
    body = "".join(
        (
            _cards(found.report, lang),
            _scores(found, lang),
            _matrices(found.report, lang),
            _calibrations(found.report, lang),
            *(_groups(by, groups, lang) for by, groups in found.groups.items()),
            _errors(found.faults, lang),
            f"</main><footer><p>{say['how']}</p></footer><main>",
        )
    )
    return _page(f"{say['report-title']} {found.name}", head, body, lang)


def faults_page(faults: Sequence[Fault], lang: str = "zh") -> str:
    """All errors as a page."""
    title = words(lang)["errors"]
    head = f"<h1>{title} <small>{len(faults)}</small></h1>"
    return _page(title, head, f'<div class="alone wide">{_fault_table(faults, lang)}</div>', lang)


def curve_page(curve: Curve, lang: str = "zh") -> str:
    """The page of a learning curve."""
    say = words(lang)
    name = _score_name(curve.name, lang)
    head = (
        f"<h1>{say['curve-title']}</h1><p>{safe(name)}</p>"
        f"<p>{say['curve-note'].format(curve.held_out, curve.repeats)}</p>"
    )
    verdict = say["guess-note"]
    if curve.refusal:
        verdict = say["refused"].format(say[f"refused {curve.refusal}"])
    rows = "".join(
        f'<tr><td class="number">{size}</td><td class="own">{_cell(score)}</td>'
        f"<td>{say['a guess'] if guessed else ''}</td></tr>"
        for guessed, scores in ((False, curve.points), (True, curve.guesses))
        for size, score in scores.items()
    )
    body = (
        f'<div class="alone wide">{learning_chart(curve, say, name)}</div>'
        f'<p class="note">{verdict}</p><table class="scores"><thead><tr>'
        f'<th class="number">{say["training articles"]}</th><th>{safe(name)}</th><th></th></tr>'
        f"</thead><tbody>{rows}</tbody></table>"
    )
    return _page(say["curve-title"], head, body, lang)


def curve_svg(curve: Curve, lang: str = "zh") -> str:
    """The chart of a learning curve as a file of its own."""
    return standing_alone(learning_chart(curve, words(lang), _score_name(curve.name, lang)))


def _score_name(name: str, lang: str) -> str:
    """The name of a score in one language: ``clause F1 claim`` becomes 分句 F1 · 主张."""
    say = words(lang)
    key = next(
        (
            key.removeprefix("score ")
            for key in sorted(say, key=len, reverse=True)
            if key.startswith("score ") and name.startswith(key.removeprefix("score "))
        ),
        None,
    )
    if lang == "en" or key is None:
        return name
    rest = name.removeprefix(key).strip()
    shown = say[f"score {key}"]
    if not rest:
        return shown
    if match := re.fullmatch(r"\((\d+) labels\)", rest):
        return f"{shown} · {say['rest labels'].format(match[1])}"
    return f"{shown} · {say.get(f'rest {rest}') or _gloss(rest, lang)}"


def _cell(score: Score) -> str:
    if math.isnan(score.value):
        return "<b>–</b>"
    interval = "" if math.isnan(score.low) else f"<small>{score.low:.2f}–{score.high:.2f}</small>"
    return f"<b>{score.value:.3f}</b> {interval_bar(score)}{interval}"


def _cards(report: Report, lang: str) -> str:
    cards = "".join(
        f'<div class="card"><span>{safe(_score_name(name, lang))}</span>'
        f"<b>{'–' if math.isnan(score.value) else f'{score.value:.3f}'}</b>"
        f"<span>{'' if math.isnan(score.low) else f'{score.low:.2f}–{score.high:.2f}'}</span>"
        f"{interval_bar(score)}</div>"
        for name in main_scores(report)
        for score in (report.scores[name],)
    )
    return f'<div class="cards">{cards}</div>'


def _scores(found: Evaluation, lang: str) -> str:
    """All scores of all runs side by side."""
    say = words(lang)
    columns = found.columns()
    heads = "".join(f"<th>{safe(name)}</th>" for name in columns)
    rows = []
    for name, score in found.report.scores.items():
        cells = "".join(
            f'<td class="{"own" if n == 0 else "other"}">{_cell(report.scores[name])}</td>'
            for n, report in enumerate(columns.values())
        )
        cases = "" if score.cases is None else str(score.cases)
        first = ' class="first"' if name in _PARTS else ""
        rows.append(
            f'<tr{first}><th scope="row">{safe(_score_name(name, lang))}</th>{cells}'
            f'<td class="number">{cases}</td></tr>'
        )
    majority = ""
    if found.majority is not None:
        said, by = found.majority, found.majority.sources
        facts = (
            _gloss(said.label, lang),
            say[f"source:{by['labels']}"],
            _gloss(said.stance, lang),
            say[f"source:{by['stances']}"],
            _gloss(said.document, lang, "document"),
            say[f"source:{by['documents']}"],
        )
        majority = f'<p class="note">{say["majority"].format(*map(safe, facts))}</p>'
    return (
        f'<h2>{say["scores"]}</h2>{majority}<div class="wide"><table class="scores"><thead><tr>'
        f'<th>{say["score-column"]}</th>{heads}<th class="number">n</th></tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def _matrices(report: Report, lang: str) -> str:
    say = words(lang)
    orders = {
        "clause": (*report.labels, NONE),
        "stance": STANCE_LABELS,
        "document": (*STANCE_LABELS, NONE),
    }
    tables = "".join(
        f"<div><h3>{say[kind]}</h3>{_matrix(report.confusion[kind], order, kind, lang)}</div>"
        for kind, order in orders.items()
        if report.confusion[kind]
    )
    return (
        f'<h2>{say["matrices"]}</h2><p class="note">{say["matrices-note"]}</p>'
        f'<div class="side-by-side wide">{tables}</div>'
    )


def _matrix(
    pairs: Mapping[tuple[str, str], int], order: Sequence[str], kind: str, lang: str
) -> str:
    found = {label for pair in pairs for label in pair}
    labels = [label for label in order if label in found] + sorted(found - set(order))
    heads = "".join(f'<th scope="col">{safe(_gloss(label, lang, kind))}</th>' for label in labels)
    rows = []
    for gold in labels:
        total = sum(pairs.get((gold, label), 0) for label in labels)
        cells = []
        for label in labels:
            n = pairs.get((gold, label), 0)
            share = n / total if total else 0.0
            shade = f"{'s' if label == gold else 'w'}{round(share * _SHADES)}"
            percent = f"<small>{share:.0%}</small>" if n else ""
            cells.append(f'<td class="{shade}">{n}{percent}</td>')
        name = safe(_gloss(gold, lang, kind))
        rows.append(f'<tr><th scope="row">{name}</th>{"".join(cells)}</tr>')
    return (
        f'<table class="matrix"><thead><tr><th></th>{heads}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table>"
    )


def _calibrations(report: Report, lang: str) -> str:
    say = words(lang)
    parts = "".join(
        f"<div><h3>{say[f'chart-{kind}']}</h3>{_calibration(found, kind, lang)}</div>"
        for kind, found in report.calibration.items()
        if found.cases
    )
    if not parts:
        return ""
    note = say["calibration-note"].format(FEW_CASES)
    return (
        f'<h2>{say["calibration"]}</h2><p class="note">{note}</p>'
        f'<div class="side-by-side">{parts}</div>'
    )


def _calibration(found: Calibration, kind: str, lang: str) -> str:
    say = words(lang)

    def shown(score: Score) -> str:
        interval = "" if math.isnan(score.low) else f" ({score.low:.2f}–{score.high:.2f})"
        return f"{score.value:.3f}{interval}"

    rows = "".join(
        f"<tr><td>{one.low:.1f}–{one.high:.1f}</td>"
        f'<td class="number">{one.mean_score:.3f}</td>'
        f'<td class="number">{one.share_right:.3f}</td><td class="number">{one.n}</td></tr>'
        for one in found.bins
        if one.n
    )
    heads = "".join(
        f'<th class="number">{say[key]}</th>' for key in ("mean score", "share right", "cases")
    )
    return (
        f'<dl class="figures"><dt>{say["brier"]}</dt><dd>{shown(found.brier)}</dd>'
        f"<dt>{say['ece']}</dt><dd>{shown(found.error)}</dd></dl>"
        f"{reliability_chart(found, say, say[f'chart-{kind}'])}"
        f'<table class="bins"><thead><tr><th>{say["span"]}</th>{heads}</tr></thead>'
        f"<tbody>{rows}</tbody></table>"
    )


def _groups(by: str, groups: Mapping[str, Report], lang: str) -> str:
    say = words(lang)
    names = main_scores(next(iter(groups.values())))
    heads = "".join(f"<th>{safe(_score_name(name, lang))}</th>" for name in names)
    rows = "".join(
        f'<tr><th scope="row">{safe(value)}</th><td class="number">{len(group.documents)}</td>'
        + "".join(f'<td class="own">{_cell(group.scores[name])}</td>' for name in names)
        + "</tr>"
        for value, group in groups.items()
    )
    small = any(len(group.documents) < MIN_DOCUMENTS for group in groups.values())
    note = f'<p class="note">{say["few"].format(MIN_DOCUMENTS)}</p>' if small else ""
    return (
        f"<h2>{say['by'].format(safe(by))}</h2>{note}"
        f'<div class="wide"><table class="scores"><thead><tr><th>{safe(by)}</th>'
        f'<th class="number">n</th>{heads}</tr></thead><tbody>{rows}</tbody></table></div>'
    )


def _errors(faults: Sequence[Fault], lang: str) -> str:
    say = words(lang)
    if not faults:
        return f'<h2>{say["errors"]}</h2><p class="note">{say["no errors"]}</p>'
    shown = faults[:SHOWN_FAULTS]
    note = say["all errors"].format(len(faults), len(shown))
    return (
        f'<h2>{say["errors"]}</h2><p class="note">{note}</p>'
        f'<div class="wide">{_fault_table(shown, lang)}</div>'
    )


def _fault_table(faults: Sequence[Fault], lang: str) -> str:
    say = words(lang)
    heads = "".join(
        f"<th>{say[key]}</th>"
        for key in (
            "kind",
            "document-column",
            "text",
            "gold",
            "predicted",
            "score-of-error",
            "cues",
        )
    )
    return (
        f'<table class="errors"><thead><tr>{heads}</tr></thead><tbody>'
        f"{''.join(_fault_row(fault, lang) for fault in faults)}</tbody></table>"
    )


def _fault_row(fault: Fault, lang: str) -> str:
    kind = words(lang)[f"kind:{fault.kind}"]
    place = "" if fault.start is None else f"<br>{fault.start}–{fault.end}"
    what = "document" if fault.kind == "document stance" else "clause"
    gold, predicted = (safe(_said(text, lang, what)) for text in (fault.gold, fault.predicted))
    score = "" if fault.score is None else f"{fault.score:.2f}"
    cues = " ".join(
        f"<span><b>{safe(text)}</b> {weight:+.2f}</span>" for text, weight in fault.cues
    )
    return (
        f'<tr><td class="kind"><span class="pill">{kind}</span></td>'
        f'<td class="place"><bdi>{safe(fault.document)}</bdi>{place}</td>'
        f'<td class="text"><bdi>{safe(fault.text)}</bdi></td>'
        f'<td class="said gold"><bdi>{gold}</bdi></td>'
        f'<td class="said predicted"><bdi>{predicted}</bdi></td>'
        f'<td class="number">{score}</td><td class="cues">{cues}</td></tr>'
    )


def _said(text: str, lang: str, what: str) -> str:
    """What a side says, with its labels in the language: each part begins with one."""
    parts = (part.partition(" ") for part in text.split(BETWEEN))
    return BETWEEN.join(f"{_gloss(label, lang, what)}{gap}{rest}" for label, gap, rest in parts)
