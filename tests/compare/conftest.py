"""Small annotated articles whose tables can be written down whole."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from argmine.schema import AnnotatedArticle, to_json

TARGET = "cooperative-security"
TEXT = "一、海岸\n海方说：“雾散了。”\n灯塔应当加高。船期变好。"


def annotated(key: str = "a", **changes: Any) -> AnnotatedArticle:
    """An article of three units, two relations, two mentions and two targets."""
    favor = {"label": "favor", "score": 0.9, "by": "rules"}
    record: dict[str, Any] = {
        "schema_version": "1",
        "id": key,
        "signature": "argmine:1|model:rules",
        "source": {"path": f"{key}.txt", "sha256": "00ff"},
        "meta": {"title": "海岸", "authors": ["林甲", "周乙"], "date": "2025-03-01"},
        "text": TEXT,
        "sections": [
            {"id": "s1", "level": 1, "number": "一", "title": "海岸", "start": 0, "end": 28}
            | {"title_start": 2, "title_end": 4, "parent": None}
        ],
        "sentences": [
            {"id": "t1", "start": 0, "end": 4, "section": "s1", "paragraph": 0},
            {"id": "t2", "start": 5, "end": 15, "section": "s1", "paragraph": 1},
            {"id": "t3", "start": 16, "end": 23, "section": "s1", "paragraph": 2},
            {"id": "t4", "start": 23, "end": 28, "section": "s1", "paragraph": 2},
        ],
        "mentions": [
            {"id": "m1", "kind": "actor", "start": 5, "end": 7, "text": "海方", "norm": "海国"},
            {"id": "m2", "kind": "quote", "start": 9, "end": 15, "text": "“雾散了。”"}
            | {"holder": "m1"},
        ],
        "units": [
            {"id": "u1", "start": 5, "end": 15, "label": "evidence", "subtype": "authority"}
            | {"score": 0.8, "sentence": "t2", "section": "s1", "holder": "海国"}
            | {"cues": [{"start": 7, "end": 8, "text": "说", "weight": 0.9}]}
            | {"stance": {TARGET: favor}},
            {"id": "u2", "start": 16, "end": 23, "label": "recommendation", "score": 0.7}
            | {"sentence": "t3", "section": "s1", "holder": "author", "addressee": "灯塔"}
            | {"strength": "should", "stance": {TARGET: favor, "fog": {"label": "against"}}},
            {"id": "u3", "start": 23, "end": 28, "label": "claim", "sentence": "t4"},
        ],
        "relations": [
            {"source": "u1", "target": "u3", "label": "support", "score": 0.5},
            {"source": "u3", "target": "u2", "label": "attack"},
        ],
        "stance": {
            TARGET: {"label": "favor", "score": 0.6, "units": ["u1", "u2"]}
            | {"by_actor": [{"actor": "海国", "label": "favor", "score": 1.0, "units": ["u1"]}]},
            "fog": {"label": "none"},
        },
    }
    return AnnotatedArticle.model_validate(record | changes)


def bare(key: str = "b", text: str = "空") -> AnnotatedArticle:
    """An article in which nothing was found, with no more than every file must carry."""
    record = {"schema_version": "1", "id": key, "text": text}
    return AnnotatedArticle.model_validate(record | {"units": [], "relations": [], "stance": {}})


@pytest.fixture(scope="session")
def article() -> Callable[..., AnnotatedArticle]:
    return annotated


@pytest.fixture(scope="session")
def empty() -> Callable[..., AnnotatedArticle]:
    return bare


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """A folder with two annotated articles, a and b."""
    folder = tmp_path / "out"
    folder.mkdir()
    for key in ("a", "b"):
        (folder / f"{key}.json").write_bytes(to_json(annotated(key)))
    return folder
