"""Charts as SVG without a script: interval bars, reliability, learning curves.

Colours and strokes stand in ``chart.css``; a chart on its own carries that style along.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from html import escape
from importlib.resources import files

from argmine.learn.calibration import Calibration
from argmine.learn.curve import Curve, law_at
from argmine.learn.resampling import Score

# A share of fewer cases than this is an accident: its dot is hollow, and the curve passes it over.
FEW_CASES = 10
# Sizes in pixels: of a bar in a table, and of the margins of a plot.
_BAR_WIDTH, _BAR_HEIGHT = 96, 12
_LEFT, _RIGHT, _TOP, _BOTTOM = 46, 14, 14, 44


@cache
def chart_style() -> str:
    """The style of all charts."""
    return (files("argmine.learn") / "chart.css").read_text(encoding="utf-8")


def standing_alone(chart: str) -> str:
    """A chart as a file of its own."""
    head, body = chart.split(">", 1)
    space = ' xmlns="http://www.w3.org/2000/svg"'
    paper = "svg { background: var(--chart-paper); }"
    return f"{head}{space}><style>{chart_style()}{paper}</style>{body}\n"


def interval_bar(score: Score) -> str:
    """A score between 0 and 1 with its interval, for a table cell; empty without a value."""
    if math.isnan(score.value):
        return ""
    parts = [f'<rect class="track" y="5" width="{_BAR_WIDTH}" height="2"/>']
    if not math.isnan(score.low):
        left, width = score.low * _BAR_WIDTH, (score.high - score.low) * _BAR_WIDTH
        parts.append(
            f'<rect class="range" x="{left:.1f}" y="3" width="{width:.1f}" height="6" rx="2"/>'
        )
    parts.append(f'<circle class="dot" cx="{score.value * _BAR_WIDTH:.1f}" cy="6" r="3.5"/>')
    # the dot of 0 and of 1 needs room beyond the track
    return (
        f'<svg class="chart bar" viewBox="-4 0 {_BAR_WIDTH + 8} {_BAR_HEIGHT}" '
        f'width="{_BAR_WIDTH + 8}" height="{_BAR_HEIGHT}" aria-hidden="true">{"".join(parts)}</svg>'
    )


class _Plot:
    """A plot: maps values to pixels and collects what is drawn."""

    def __init__(self, width: int, height: int) -> None:
        self.width, self.height = width, height
        self.parts: list[str] = []

    def y(self, share: float) -> float:
        """The pixel of a share of the height."""
        return self.height - _BOTTOM - share * (self.height - _TOP - _BOTTOM)

    def x(self, share: float) -> float:
        """The pixel of a share of the width."""
        return _LEFT + share * (self.width - _LEFT - _RIGHT)

    def line(self, kind: str, points: Iterable[tuple[float, float]]) -> None:
        """A line through points given in shares."""
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.parts.append(f'<polyline class="{kind}" points="{path}"/>')

    def area(self, kind: str, points: Iterable[tuple[float, float]]) -> None:
        """A filled area."""
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        self.parts.append(f'<polygon class="{kind}" points="{path}"/>')

    def dot(self, kind: str, x: float, y: float, radius: float, title: str) -> None:
        """A dot that says what it is."""
        self.parts.append(
            f'<circle class="{kind}" cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{radius:.1f}">'
            f"<title>{escape(title)}</title></circle>"
        )

    def text(self, kind: str, x: float, y: float, text: str) -> None:
        """A text at a pixel."""
        self.parts.append(f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}">{escape(text)}</text>')

    def axes(
        self,
        across: Sequence[tuple[float, str]],
        up: Sequence[tuple[float, str]],
        names: tuple[str, str],
    ) -> None:
        """Grid lines with their figures, and the names of the axes."""
        for share, figure in up:
            self.line("grid", [(0, share), (1, share)])
            self.text("up", _LEFT - 6, self.y(share) + 4, figure)
        for share, figure in across:
            self.line("tick", [(share, 0), (share, -0.015)])
            self.text("across", self.x(share), self.height - _BOTTOM + 17, figure)
        self.line("axis", [(0, 0), (1, 0)])
        self.text("across name", self.x(0.5), self.height - 8, names[0])
        middle = self.y(0.5)
        self.parts.append(
            f'<text class="across name" transform="translate(12 {middle:.1f}) rotate(-90)">'
            f"{escape(names[1])}</text>"
        )

    def svg(self, label: str) -> str:
        """The chart; ``label`` says what it shows to who cannot see it."""
        return (
            f'<svg class="chart" viewBox="0 0 {self.width} {self.height}" width="{self.width}" '
            f'height="{self.height}" role="img" aria-label="{escape(label)}">'
            f"{''.join(self.parts)}</svg>"
        )


def reliability_chart(calibration: Calibration, words: Mapping[str, str], label: str) -> str:
    """Share right by score: on the dashed line, scores are probabilities."""
    plot = _Plot(380, 340)
    ticks = [(n / 5, f"{n / 5:.1f}") for n in range(6)]
    most = max((found.n for found in calibration.bins), default=0)
    for found in calibration.bins:
        if found.n:
            # a quarter of the plot for the histogram: how many cases are behind each dot
            height = 0.25 * found.n / most
            low, high = found.low + 0.008, found.high - 0.008
            plot.area("histogram", [(low, 0), (low, height), (high, height), (high, 0)])
    plot.axes(ticks, ticks, (words["mean score"], words["share right"]))
    plot.line("diagonal", [(0, 0), (1, 1)])
    dots = [found for found in calibration.bins if found.n]
    firm = [found for found in dots if found.n >= FEW_CASES]
    plot.line("curve", [(found.mean_score, found.share_right) for found in firm])
    for found in dots:
        title = f"{found.mean_score:.2f} → {found.share_right:.2f} (n = {found.n})"
        kind = "dot" if found.n >= FEW_CASES else "few"
        radius = 3 + 5 * math.sqrt(found.n / most)
        plot.dot(kind, found.mean_score, found.share_right, radius, title)
    return plot.svg(label)


def learning_chart(curve: Curve, words: Mapping[str, str], label: str) -> str:
    """The points with their intervals; beyond them the guess, dashed."""
    plot = _Plot(720, 420)
    shown = {**curve.points, **curve.guesses}
    known = [s for s in shown.values() if not math.isnan(s.value)]
    edges = [v for s in known for v in (s.value, s.low, s.high) if not math.isnan(v)] or [0, 1]
    low = max(0, math.floor(10 * min(edges)) / 10)
    high = min(1, math.ceil(10 * max(edges)) / 10)
    high = max(high, low + 0.1)
    first, last = math.log(min(shown)), math.log(max(shown))

    def across(size: float) -> float:
        return (math.log(size) - first) / (last - first) if last > first else 0.5

    def up(value: float) -> float:
        return (value - low) / (high - low)

    def band(kind: str, scores: Mapping[int, Score]) -> None:
        rows = [(n, s) for n, s in scores.items() if not math.isnan(s.low)]
        upper = [(across(n), up(s.high)) for n, s in rows]
        plot.area(kind, upper + [(across(n), up(s.low)) for n, s in reversed(rows)])

    steps = round((high - low) * 10)
    levels = [(n / steps, f"{low + n / 10:.1f}") for n in range(steps + 1)]
    names = (words["training articles"], label)
    plot.axes([(across(size), str(size)) for size in shown], levels, names)
    band("range", curve.points)
    if curve.law is not None and curve.guesses:
        most = max(curve.points)
        band("guess-range", {most: curve.points[most], **curve.guesses})
        span = [most * (max(shown) / most) ** (n / 40) for n in range(41)]
        plot.line("guess", [(across(n), up(float(law_at(curve.law, n)))) for n in span])
        middle = (across(most) + 1) / 2
        plot.text("across guess-word", plot.x(middle), plot.y(0.05), words["a guess"])
    dots = {n: s for n, s in curve.points.items() if not math.isnan(s.value)}
    plot.line("curve", [(across(n), up(s.value)) for n, s in dots.items()])
    for size, score in dots.items():
        title = f"{size}: {score.value:.3f} ({score.low:.3f}–{score.high:.3f})"
        plot.dot("dot", across(size), up(score.value), 5, title)
    for size, score in curve.guesses.items():
        title = f"{size}: {score.value:.3f} ({score.low:.3f}–{score.high:.3f}) {words['a guess']}"
        plot.dot("guess-dot", across(size), up(score.value), 5, title)
    return plot.svg(f"{label}: {words['learning curve']}")
