"""The notebooks: executed as users run them, their results held, readable as they are kept."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat
import pytest
from jupyter_client.kernelspec import KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from traitlets import default

import argmine

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
# What each notebook must have found; asked for after its last cell.
PROBES = {
    "1_annotate": {
        "label_counts.index.to_list()": lambda labels: (
            sorted(labels) == ["claim", "evidence", "recommendation"]
        ),
        "len(units) == len(article.units)": bool,
        "quotation == first.text": bool,
        "stances['holder_kind'].iloc[0]": lambda kind: kind == "author",
        "len(relations)": lambda count: count > 0,
        "[unit.label for unit in own.units]": lambda labels: "recommendation" in labels,
        "sorted(path.name for path in out.iterdir())": lambda names: (
            names == [*(f"c00{n}.json" for n in range(1, 6)), "tables.xlsx", "units.csv"]
        ),
        "argmine.read_json(out / 'c001.json') == annotated[0]": bool,
    },
    "2_compare": {
        "len(documents), documents['genre'].notna().all().item()": lambda found: (
            found == [10, True]
        ),
        "by_genre['articles'].sum().item()": lambda count: count == 10,
        "points.groups['kind'].value_counts().to_dict()": lambda kinds: (
            kinds == {"shared": 4, "contested": 4, "reused": 4}
        ),
        "points.quotations.groupby('group')['document'].nunique().ge(2).all().item()": bool,
        "len(points.groups) == points.quotations['group'].nunique()": bool,
        "keywords['term'].head(10).to_list()": lambda terms: "应当" in terms,
        "set(lines['keyword']) == {'合作'}": bool,
        "(out / 'report' / 'report.html').stat().st_size": lambda size: size > 100_000,
        "len(list((out / 'report' / 'articles').glob('*.html')))": lambda count: count == 10,
    },
    "3_train": {
        "len(gold), len(held_out), len(shared)": lambda found: found == [20, 36, 0],
        # twenty articles give .55; the majority label gives less than .2
        "scores.loc['clause macro-F1 (3 labels)', 'value'].item()": lambda score: score > 0.45,
        "compared.loc['clause macro-F1 (3 labels)', 'fast'].item()": lambda score: score > 0.5,
        "compared.columns.to_list()": lambda columns: columns == ["mine", "fast"],
        "(out / 'mine' / 'README.md').is_file()": bool,
        "'mine' in article.signature": bool,
    },
}


class OwnKernel(AsyncKernelManager):
    """The kernel of this interpreter: without folders of kernels there is no other."""

    @default("kernel_spec_manager")
    def _only_native(self) -> KernelSpecManager:
        return KernelSpecManager(kernel_dirs=[])


def read(path: Path) -> Any:
    return nbformat.read(path, as_version=4)


def sources(path: Path, kind: str) -> list[str]:
    return [cell.source for cell in read(path).cells if cell.cell_type == kind]


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder beside a corpus, as in a checkout; what Jupyter keeps goes there too."""
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name))
    (tmp_path / "corpus").symlink_to(ROOT / "corpus")
    (tmp_path / "notebooks").mkdir()
    return tmp_path / "notebooks"


def executed(path: Path, folder: Path, probes: list[str]) -> tuple[Any, list[Any]]:
    """The notebook after its run, and what the probes gave."""
    shutil.copy(path, folder)
    notebook = read(folder / path.name)
    asked = f"import json\nprint(json.dumps([{', '.join(f'({probe})' for probe in probes)}]))"
    notebook.cells.append(nbformat.v4.new_code_cell(asked))
    client = NotebookClient(notebook, kernel_manager_class=OwnKernel, timeout=120)
    client.execute(cwd=str(folder))
    return notebook, json.loads(notebook.cells[-1].outputs[0].text)


def test_there_are_three_notebooks():
    assert [path.stem for path in NOTEBOOKS] == list(PROBES)


@pytest.mark.slow
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs_and_finds_what_it_says(path, place):
    probes = PROBES[path.stem]
    notebook, found = executed(path, place, list(probes))
    wrong = {
        probe: value
        for (probe, holds), value in zip(probes.items(), found, strict=True)
        if not holds(value)
    }
    assert wrong == {}
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    told = [output.text for output in outputs if output.get("name") == "stderr"]
    assert told == []
    shown = [output.data for output in outputs if output.output_type == "execute_result"]
    assert any("argmine notebook" in data.get("text/html", "") for data in shown)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_is_kept_without_outputs(path):
    cells = [cell for cell in read(path).cells if cell.cell_type == "code"]
    assert [cell.outputs for cell in cells] == [[]] * len(cells)
    assert [cell.execution_count for cell in cells] == [None] * len(cells)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_uses_public_names_only(path):
    tree = ast.parse("\n".join(sources(path, "code")))
    modules = {alias.name for n in ast.walk(tree) if isinstance(n, ast.Import) for alias in n.names}
    modules |= {n.module for n in ast.walk(tree) if isinstance(n, ast.ImportFrom)}
    assert modules <= {"argmine", "pandas", "altair", "pathlib"}
    used = {
        n.attr
        for n in ast.walk(tree)
        if isinstance(n, ast.Attribute)
        and isinstance(n.value, ast.Name)
        and n.value.id == "argmine"
    }
    assert used
    assert used <= set(argmine.__all__)
    texts = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    assert [t for t in texts if isinstance(t, str) and re.match(r"[/~]|[A-Za-z]:[\\/]", t)] == []


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_reads_as_a_tutorial(path):
    lines = [line for text in sources(path, "markdown") for line in text.splitlines() if line]
    headings = [line for line in lines if line.startswith("#")]
    assert len(headings) >= 6
    assert all(line.isascii() for line in headings)
    prose = [line for line in lines if not line.startswith("#")]
    assert [line for line in prose if not re.search("[\u4e00-\u9fff]", line)] == []
    first = [cell.cell_type for cell in read(path).cells][:2]
    assert first == ["markdown", "markdown"]
