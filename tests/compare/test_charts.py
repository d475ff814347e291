"""The charts: whole specs without data, and the numbers that Vega draws are those of pandas."""

from __future__ import annotations

import math
import re
from importlib.resources import files
from typing import Any

import altair as alt
import pandas as pd
import pytest
import vl_convert
from scipy import stats

from argmine.compare import images
from argmine.compare.chart_rows import chart_rows
from argmine.compare.chart_style import TONES, lines
from argmine.compare.charts import CHARTS, chart_specs, library, write_image
from argmine.compare.images import filled_spec
from argmine.compare.intervals import share_steps
from argmine.compare.tables import tables
from argmine.errors import InputError

TARGET = "fog"
EMPTY: dict[str, list[dict[str, Any]]] = {
    name: [] for name in ("documents", "units", "stances", "unit_stances")
}


def datasets(documents: int = 12) -> dict[str, list[dict[str, Any]]]:
    """Rows of made-up documents, each of other counts, dates, stances and scores."""
    rows: dict[str, list[dict[str, Any]]] = {name: [] for name in EMPTY}
    sides = ("favor", "against", "neutral")
    for d in range(documents):
        key = f"d{d:03}"
        date = None if d % 4 == 0 else f"202{d % 2}-0{1 + d % 9}-11"
        about = {"document": key, "group": f"g{d % 2}", "date": date}
        own = (*sides, "none")[d % 4]
        rows["documents"].append(about | {"title": f"第{d}篇", "stance": {TARGET: own}})
        for kind, holder, stance in (("author", "", own), ("actor", f"海方{d % 3}", sides[d % 3])):
            held = {"holder_kind": kind, "holder": holder, "stance": stance, "score": 0.9}
            rows["stances"].append(
                about | held | {"title": f"第{d}篇", "target": TARGET, "units": 1}
            )
        for u in range(3 + d * 5 % 11):
            label = ("claim", "evidence", "recommendation")[(u * (d + 1) + d) % 3]
            score = (u * 7 + d) % 10 / 10 if u else None
            unit = {"unit": f"u{u}", "label": label, "score": score}
            more = {"subtype": ("fact", "value", None)[u % 3], "addressee": None, "strength": None}
            if label == "recommendation" and u % 2:
                more |= {"addressee": f"灯塔{d % 2}", "strength": ("must", "should")[u % 2]}
            rows["units"].append(about | unit | more)
            stance = {"target": TARGET, "stance": sides[(u + d) % 3], "score": 0.8}
            rows["unit_stances"].append(about | {"unit": f"u{u}", "least_score": score} | stance)
    return rows


def texts(
    name: str, rows: Any, lang: str = "en", by: str | None = None, **params: Any
) -> list[str]:
    """Every text of the drawn chart."""
    spec = filled_spec(chart_specs(lang, by=by)[name], rows, {"target": TARGET} | params)
    svg = vl_convert.vegalite_to_svg(spec | {"width": 700}, allowed_base_urls=[])
    return [re.sub("<.*?>", "", t) for t in re.findall(r"(?s)<text[^>]*>(.*?)</text>", svg)]


def keys(value: Any) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for one in value.values() for key in keys(one)}
    return {key for one in value for key in keys(one)} if isinstance(value, list) else set()


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("by", [None, "刊物"])
def test_specs_are_whole_and_hold_no_data_and_no_address(lang, by):
    specs = chart_specs(lang, by=by)
    assert tuple(specs) == CHARTS
    for spec in specs.values():
        alt.Chart.from_dict(spec)
        vl_convert.vegalite_to_vega(spec)
        assert not keys(spec) & {"url", "values", "datasets"}
        assert [(one["name"], one["value"]) for one in spec["params"]] == [
            ("least", 0),
            ("target", ""),
            ("dark", False),
        ]
        assert (spec["width"], spec["title"]["text"] in spec["description"]) == ("container", True)


@pytest.mark.parametrize("name", CHARTS)
def test_without_any_document_a_chart_is_drawn_without_marks(name):
    assert [
        text for text in texts(name, EMPTY) if re.search(r"articles: \d|\d (article|more)", text)
    ] == []


def wilson(n: float, total: float) -> tuple[float, float]:
    z = stats.norm.ppf(0.975)
    share, pull = n / total, z * z / total
    reach = math.sqrt(share * (1 - share) * pull + pull * pull / 4)
    return tuple((share + pull / 2 + sign * reach) / (1 + pull) for sign in (-1, 1))  # type: ignore[return-value]


def shares(rows: list[dict[str, Any]]) -> dict[str, list[float]]:
    """What the transforms find of each label, as Vega computes it."""
    fields = ("n", "total", "documents", "share", "low", "high")
    told = " + ' ' + ".join(["datum.label", *(f"format(datum.{field}, '.9f')" for field in fields)])
    spec = {
        "data": {"values": rows},
        "transform": [*share_steps("label", ["group"]), {"calculate": told, "as": "told"}],
        "mark": "text",
        "encoding": {"text": {"field": "told"}},
    }
    found = re.findall(r"(\w+)((?: \d+\.\d{9}){6})", vl_convert.vegalite_to_svg(spec))
    return {
        label: [float(number) for number in numbers.split()]
        for label, numbers in dict(found).items()
    }


def test_intervals_are_those_of_a_ratio_over_documents():
    rows = [row | {"group": ""} for row in datasets()["units"]]
    table = pd.DataFrame(rows)
    counts = table.groupby(["document", "label"]).size().unstack(fill_value=0)
    sizes = counts.sum(axis=1)
    m, total = len(sizes), int(sizes.sum())
    found = shares(rows)
    assert set(found) == set(counts.columns)
    for label, y in counts.items():
        share = y.sum() / total
        variance = m / (m - 1) * ((y - share * sizes) ** 2).sum() / total**2
        ratio = (stats.norm.ppf(0.975) / stats.t.ppf(0.975, m - 1)) ** 2
        effective = min(total, share * (1 - share) / variance * ratio)
        low, high = wilson(share * effective, effective)
        assert found[str(label)][:4] == pytest.approx([y.sum(), total, m, share])
        assert found[str(label)][4:] == pytest.approx([low, high], abs=2e-3)


def test_the_interval_of_one_document_is_that_of_scipy():
    rows = [
        {"document": "d", "group": "", "label": label}
        for label in ["claim"] * 7 + ["evidence"] * 16
    ]
    for label, n in (("claim", 7), ("evidence", 16)):
        expected = stats.binomtest(n, 23).proportion_ci(method="wilson")
        assert shares(rows)[label][4:] == pytest.approx([expected.low, expected.high], abs=1e-6)


def kept(rows: list[dict[str, Any]], least: float) -> pd.DataFrame:
    return pd.DataFrame([r for r in rows if r["score"] is None or r["score"] >= least])


@pytest.mark.parametrize("least", [0, 0.6])
def test_counts_of_labels_follow_the_slider_and_are_those_of_pandas(least):
    rows = datasets()
    table = kept(rows["units"], least)
    drawn = [text for text in texts("labels", rows, least=least) if "(articles: " in text]
    counts = table["label"].value_counts()
    documents = table["document"].nunique()
    assert [text.split(" · ")[0] for text in drawn] == [
        f"{counts[label]}/{len(table)} (articles: {documents})"
        for label in ("claim", "evidence", "recommendation")
    ]
    assert all(re.fullmatch(r".* · \d+% \[\d+%–\d+%\]", text) for text in drawn)


@pytest.mark.parametrize(("units", "has_percent"), [(9, False), (10, True)])
def test_few_units_get_no_percentage(units, has_percent):
    rows = EMPTY | {"units": [r | {"document": "d"} for r in datasets()["units"][:units]]}
    drawn = [text for text in texts("labels", rows) if "(articles: " in text]
    assert drawn
    assert all(("[" in text) is has_percent for text in drawn)


def test_actors_stand_below_the_authors_with_their_counts():
    rows = datasets()
    table = pd.DataFrame(rows["stances"])
    table = table[table["stance"] != "none"]
    names = [
        "",
        *(table[table["holder_kind"] == "actor"]["holder"].value_counts().sort_index().index),
    ]
    counts = table.groupby(["holder", "stance"]).size().unstack(fill_value=0)
    expected = [
        f"against {counts['against'][n]} · neutral {counts['neutral'][n]} · favor {counts['favor'][n]}"
        for n in names
    ]
    found = texts("actors", rows)
    assert [text for text in found if re.match(r"against \d", text)] == expected
    assert [text for text in found if text in ("Authors", *names[1:])] == ["Authors", *names[1:]]


def test_captions_count_what_is_not_drawn():
    rows = datasets()
    asked = [row for row in rows["units"] if row["label"] == "recommendation"]
    unnamed = sum(row["addressee"] is None for row in asked)
    assert f"{unnamed} more recommendations name no addressee" in texts("addressees", rows)
    undated = sum(row["date"] is None for row in rows["documents"])
    assert f"{undated} more articles have no date and are not shown" in texts("timeline", rows)
    assert "12 articles chosen in all" in texts("documents", rows)


def test_totals_of_addressees_are_those_of_pandas():
    rows = datasets()
    table = pd.DataFrame(rows["units"])
    table = table[(table["label"] == "recommendation") & table["addressee"].notna()]
    found = [t for t in texts("addressees", rows) if re.fullmatch(r"\d+ \(articles: \d+\)", t)]
    by = table.groupby("addressee")
    expected = {f"{len(part)} (articles: {part['document'].nunique()})" for _, part in by}
    assert set(found) == expected


def test_rows_come_from_the_tables(article):
    rows = chart_rows(tables([article("a")]), by="title")
    assert rows["documents"] == [
        {"document": "a", "title": "海岸", "date": "2025-03-01", "group": "海岸", "units": 3}
        | {"stance": {"cooperative-security": "favor", "fog": "none"}}
    ]
    assert [(row["holder_kind"], row["holder"]) for row in rows["stances"]] == [
        ("author", ""),
        ("actor", "海国"),
        ("author", ""),
    ]
    assert [row["least_score"] for row in rows["unit_stances"]] == [0.8, 0.7, 0.7]
    assert [row["score"] for row in rows["units"]] == [0.8, 0.7, None]
    with pytest.raises(InputError, match="no column 'outlet'"):
        chart_rows(tables([article("a")]), by="outlet")


def test_colours_are_those_of_the_annotated_articles():
    css = (files("argmine.show") / "text.css").read_text(encoding="utf-8")
    light, dark = css.split("@media", 1)
    names = {"paper": "paper", "ink": "ink", "soft": "soft", "line": "line", "favor": "favor"}
    names |= {"against": "against", "claim": "l0", "evidence": "l1", "recommendation": "l2"}
    for name, variable in names.items():
        found = [re.search(rf"--{variable}: (#\w+)", part)[1] for part in (light, dark)]  # type: ignore[index]
        assert list(TONES[name]) == found


def test_lines_lose_nothing_and_do_not_begin_with_a_stop():
    text = "每点一篇文章。" * 9 + "words of a Latin text, " * 8
    found = lines(text)
    assert "".join(found).replace(" ", "") == text.replace(" ", "")
    assert not any(line.startswith(("。", "，", "）")) for line in found)


def test_a_picture_holds_the_chinese_text(tmp_path):
    spec = chart_specs("zh")["actors"]
    write_image(spec, datasets(), tmp_path / "a.svg", params={"target": TARGET})
    svg = (tmp_path / "a.svg").read_text(encoding="utf-8")
    assert all(text in svg for text in ("行为体的立场", "海方1", "反对"))
    write_image(spec, datasets(), tmp_path / "a.png", params={"target": TARGET})
    assert (tmp_path / "a.png").read_bytes().startswith(b"\x89PNG\r\n\x1a\n")


def test_faults_of_pictures_are_told(tmp_path, monkeypatch):
    spec = chart_specs("zh")["actors"]
    with pytest.raises(InputError, match=r"cannot write '\.gif'; name it \.png or \.svg"):
        write_image(spec, EMPTY, tmp_path / "a.gif")
    with pytest.raises(InputError, match="cannot be written"):
        write_image(spec, EMPTY, tmp_path / "none" / "a.svg")
    # characters that no font has are drawn alike, as Chinese is without a font
    monkeypatch.setattr(images, "_PROBES", ("\U0010fffd", "\U0010fffc"))
    with pytest.raises(InputError, match="no Chinese font on this machine; install one"):
        write_image(spec, EMPTY, tmp_path / "a.svg")


def test_the_library_stands_in_a_script_element():
    assert "vegaEmbed" in library()
    assert "</script" not in library().lower()
