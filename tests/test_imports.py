"""The rooms: imports run one way, the annotated JSON is the border, public names are few."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

import argmine

ROOT = Path(argmine.__file__).parent
# A room may import from itself and from those to its left; the components of tag never meet.
ORDER = [
    "errors",
    "html",
    "schema",
    "lexicons",
    "messages",
    "ingest",
    "text",
    "compare",
    "tag",
    "export",
    "pipeline",
    "endpoint",
    "learn",
    "show",
    "batch",
    "cli",
]
FREE_OF_SPACY = ("errors", "html", "schema", "lexicons", "compare", "ingest", "show")
COMPONENTS = ("mentions", "units", "relations", "stance")


def imported(file: Path) -> set[str]:
    """Every module that the file imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            names |= {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def room(file: Path) -> str:
    return file.relative_to(ROOT).parts[0].removesuffix(".py")


FILES = sorted(file for file in ROOT.rglob("*.py") if file != ROOT / "__init__.py")


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_imports_run_one_way(file):
    own = room(file)
    others = {
        name.split(".")[1]
        for name in imported(file)
        if name.startswith("argmine.") and name.split(".")[1] in ORDER
    }
    # the article shows itself in Jupyter and gives its own tables: the only arrows that run back,
    # on call only
    backward = {"show", "compare"} if own == "schema" else set()
    allowed = set(ORDER[: ORDER.index(own) + 1]) | backward
    assert others <= allowed
    if own in FREE_OF_SPACY:
        assert not any(name.split(".")[0] == "spacy" for name in imported(file))
    if own == "tag" and file.stem in COMPONENTS:
        siblings = {f"argmine.tag.{name}" for name in COMPONENTS if name != file.stem}
        assert not siblings & imported(file)


def test_public_names_are_these():
    assert argmine.__all__ == [
        "AnnotatedArticle",
        "Article",
        "InputError",
        "align",
        "annotate",
        "article_page",
        "concordance",
        "evaluate",
        "json_schema",
        "keyness_between",
        "load",
        "read_article",
        "read_articles",
        "read_json",
        "read_metadata",
        "show_table",
        "tables",
        "train",
        "write_json",
        "write_report",
        "write_tables",
    ]
    for name in argmine.__all__:
        assert getattr(argmine, name).__module__.startswith("argmine.")
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = argmine.nothing


def test_no_module_bears_a_public_name():
    modules = {file.stem for file in ROOT.glob("*")} | {file.stem for file in ROOT.glob("*/")}
    assert not modules & set(argmine.__all__)


@pytest.mark.parametrize(
    "word",
    [
        "import pickle",
        "pickle.load",
        "joblib",
        "eval(",
        "exec(",
        "shell=True",
        "allow_pickle=True",
        'errors="ignore"',
    ],
)
def test_nothing_runs_code_from_data(word):
    found = [file.name for file in FILES if word in file.read_text(encoding="utf-8")]
    assert found == []
