"""The annotated JSON, schema version 1: models, label names, reading and writing.

The annotated JSON is the border of argmine: left of it a spaCy ``Doc`` travels, right of it plain
data. Offsets are half-open Unicode code points into ``text``, and ``text`` is the decoded input,
never altered. Same input and signature give the same bytes: fixed key order, text order, scores
rounded to four places, no timestamps, a newline at the end.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from argmine.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from argmine.show.notebook import UnitsView

SCHEMA_VERSION = "1"
# Places that scores are rounded to, where they are made.
DECIMALS = 4
UNIT_LABELS = ("claim", "evidence", "recommendation")
STANCE_LABELS = ("favor", "against", "neutral")
RELATION_LABELS = ("support", "attack")
MENTION_KINDS = ("actor", "document", "quantity", "date", "quote")
# Glosses for display, the one place where an English label meets its Chinese name.
GLOSSES = {
    "claim": "主张",
    "evidence": "论据",
    "recommendation": "建议",
    "favor": "支持",
    "against": "反对",
    "neutral": "中立",
    "none": "未涉及",
    "support": "支持",
    "attack": "反驳",
    "actor": "行为体",
    "document": "文件",
    "quantity": "数量",
    "date": "日期",
    "quote": "引语",
}

MentionKind = Literal["actor", "document", "quantity", "date", "quote"]
Script = Literal["hans", "hant"]


class _Model(BaseModel):
    # Unknown keys of a later minor version are kept on reading, not lost.
    model_config = ConfigDict(extra="allow")


class Source(_Model):
    """Where the text came from; ``sha256`` is of the bytes read."""

    path: str | None = None
    sha256: str = ""
    media_type: str = "text/plain"
    encoding: str = "utf-8"
    repairs: list[str] = Field(default_factory=list)


class Meta(_Model):
    """What the article says of itself. Nothing is guessed: absent is ``None`` or empty."""

    title: str | None = None
    authors: list[str] = Field(default_factory=list)
    affiliations: list[str] = Field(default_factory=list)
    publication: str | None = None
    issue: str | None = None
    date: str | None = None
    url: str | None = None
    language: str = "zh"
    script: Script = "hans"


class Boilerplate(_Model):
    """Page furniture: marked, never deleted, never annotated."""

    start: int
    end: int
    kind: str


class Heading(_Model):
    """A heading that the source format itself declares (HTML, Markdown, DOCX)."""

    start: int
    end: int
    level: int


class Segment(_Model):
    """Borders of a unit that the input gives, for models that only label."""

    start: int
    end: int


class Article(_Model):
    """One article as ingested: the decoded text and what is known about it, before annotation."""

    id: str
    text: str
    source: Source = Field(default_factory=Source)
    meta: Meta = Field(default_factory=Meta)
    boilerplate: list[Boilerplate] = Field(default_factory=list)
    headings: list[Heading] = Field(default_factory=list)
    segments: list[Segment] = Field(default_factory=list)


class Section(_Model):
    """A section, from its heading to its end; ``title`` is ``text[title_start:title_end]``."""

    id: str
    level: int
    number: str | None
    title: str
    start: int
    end: int
    title_start: int
    title_end: int
    parent: str | None


class Sentence(_Model):
    """A sentence; ``paragraph`` counts the non-empty lines from 0."""

    id: str
    start: int
    end: int
    section: str | None
    paragraph: int


class Clause(_Model):
    """A clause of a sentence."""

    start: int
    end: int
    sentence: str


class Mention(_Model):
    """An actor, document, quantity, date or quotation; ``norm`` is its normalised value."""

    id: str
    kind: MentionKind
    start: int
    end: int
    text: str
    norm: str | None = None
    holder: str | None = None


class CueSpan(_Model):
    """A cue that decided, with its weight (log-odds scale)."""

    start: int
    end: int
    text: str
    weight: float


class UnitStance(_Model):
    """The author's position toward a target by one unit."""

    label: str
    score: float | None = None
    scores: dict[str, float] = Field(default_factory=dict)
    by: str = "rules"


class Unit(_Model):
    """An argumentative unit: neighbouring clauses of one sentence under one label."""

    id: str
    start: int
    end: int
    text: str | None = None
    label: str
    subtype: str | None = None
    score: float | None = None
    scores: dict[str, float] = Field(default_factory=dict)
    sentence: str | None = None
    section: str | None = None
    heading: bool = False
    holder: str | None = None
    addressee: str | None = None
    strength: str | None = None
    by: str = "rules"
    cues: list[CueSpan] = Field(default_factory=list)
    stance: dict[str, UnitStance] = Field(default_factory=dict)

    def _repr_html_(self) -> str:
        """Show the unit in Jupyter; ``AnnotatedArticle.quote`` shows it in its sentence."""
        from argmine.show.notebook import UnitsView

        return UnitsView([self])._repr_html_()


class Relation(_Model):
    """A directed relation from the serving unit to the unit that it serves."""

    source: str
    target: str
    label: str
    score: float | None = None


class ActorStance(_Model):
    """The position that the article reports or shows of one actor."""

    actor: str
    label: str
    score: float | None = None
    units: list[str] = Field(default_factory=list)


class DocumentStance(_Model):
    """The author's position toward a target in the whole article, and the units that decided it."""

    label: str
    score: float | None = None
    scores: dict[str, float] = Field(default_factory=dict)
    units: list[str] = Field(default_factory=list)
    by_actor: list[ActorStance] = Field(default_factory=list)


class AnnotatedArticle(_Model):
    """One annotated article: what argmine writes, and what gold files hold."""

    schema_version: str
    id: str
    signature: str | None = None
    source: Source = Field(default_factory=Source)
    meta: Meta = Field(default_factory=Meta)
    text: str
    boilerplate: list[Boilerplate] = Field(default_factory=list)
    sections: list[Section] = Field(default_factory=list)
    sentences: list[Sentence] = Field(default_factory=list)
    clauses: list[Clause] = Field(default_factory=list)
    mentions: list[Mention] = Field(default_factory=list)
    units: list[Unit]
    relations: list[Relation]
    stance: dict[str, DocumentStance]
    summary: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _spans_fit_the_text(self) -> AnnotatedArticle:
        """Hold the offset contract and the relation contract."""
        text, size = self.text, len(self.text)
        for name in ("boilerplate", "sections", "sentences", "clauses", "mentions", "units"):
            for n, span in enumerate(getattr(self, name)):
                if not 0 <= span.start < span.end <= size:
                    raise ValueError(_outside(f"{name}.{n}", span, size))
        quoting: tuple[tuple[str, list[Any]], ...] = (
            ("mentions", self.mentions),
            ("units", self.units),
        )
        for name, quotes in quoting:
            for n, quote in enumerate(quotes):
                if quote.text is not None and text[quote.start : quote.end] != quote.text:
                    raise ValueError(_misquoted(f"{name}.{n}", quote))
        for n, unit in enumerate(self.units):
            for k, cue in enumerate(unit.cues):
                if not 0 <= cue.start < cue.end <= size:
                    raise ValueError(_outside(f"units.{n}.cues.{k}", cue, size))
                if text[cue.start : cue.end] != cue.text:
                    raise ValueError(_misquoted(f"units.{n}.cues.{k}", cue))
        ids = [unit.id for unit in self.units]
        if len(set(ids)) != len(ids):
            raise ValueError("units: an id stands twice")
        target_of: dict[str, str] = {}
        known = set(ids)
        for n, relation in enumerate(self.relations):
            if relation.source not in known or relation.target not in known:
                raise ValueError(f"relations.{n}: an end is no unit of this article")
            if relation.source in target_of:
                raise ValueError(f"relations.{n}: {relation.source} has two outgoing relations")
            target_of[relation.source] = relation.target
        settled: set[str] = set()
        for first in target_of:
            path: set[str] = set()
            node: str | None = first
            while node is not None and node not in settled:
                if node in path:
                    raise ValueError(f"relations: a cycle through {node}")
                path.add(node)
                node = target_of.get(node)
            settled |= path
        return self

    def _repr_html_(self) -> str:
        """Show the article in Jupyter."""
        from argmine.show.page import notebook_view

        return notebook_view(self)

    def quote(self, units: Iterable[Unit | str]) -> UnitsView:
        """Units of this article for Jupyter, each in its sentence: label, stance, cues, scores.

        Args:
            units: units or their ids.

        Raises:
            KeyError: no unit has the id.
        """
        from argmine.show.notebook import UnitsView

        by_id = {unit.id: unit for unit in self.units}
        return UnitsView([by_id[u] if isinstance(u, str) else u for u in units], self)

    def to_frame(self, table: str = "units") -> pd.DataFrame:
        """One table of this article; :mod:`argmine.compare.tables` says which, and their columns.

        Args:
            table: ``units``, ``unit_stances``, ``relations``, ``mentions``, ``stances``,
                ``documents`` or ``matrix``.

        Raises:
            InputError: the extra ``compare`` is not installed.
        """
        from argmine.compare.tables import tables

        return tables([self], [table])[table]


def _outside(name: str, span: Any, size: int) -> str:
    return f"{name}: span {span.start}..{span.end} outside 0..{size}"


def _misquoted(name: str, span: Any) -> str:
    return f"{name}: text[{span.start}:{span.end}] is not the quoted text"


def to_json(article: AnnotatedArticle | dict[str, Any], *, indent: bool = True) -> bytes:
    """The article as UTF-8 JSON with a newline at the end; one line where ``indent`` is false.

    Args:
        article: the model, or the same as plain data in the order of the schema.
        indent: two blanks a level, for people.

    Raises:
        InputError: a string holds a lone surrogate, which JSON cannot carry.
    """
    record = article if isinstance(article, dict) else article.model_dump()
    options = orjson.OPT_APPEND_NEWLINE | (orjson.OPT_INDENT_2 if indent else 0)
    try:
        return orjson.dumps(record, option=options)
    except orjson.JSONEncodeError as error:
        finding = f"cannot be written as JSON ({error})"
        raise InputError(str(record.get("id")), "", finding, "decode the text again") from error


def parse_json(data: bytes | str, name: str = "<json>") -> AnnotatedArticle:
    """Read one annotated article from JSON text.

    Raises:
        InputError: no JSON, another schema version, or a broken contract; names the key.
    """
    try:
        raw = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}"
        raise InputError(name, place, f"no valid JSON ({error.msg})", "repair the file") from error
    if not isinstance(raw, dict) or "schema_version" not in raw:
        raise InputError(name, "", "no annotated JSON (schema_version is missing)", "run annotate")
    if raw["schema_version"] != SCHEMA_VERSION:
        raise InputError(
            name,
            "schema_version",
            f"version {raw['schema_version']!r}, this argmine reads {SCHEMA_VERSION!r}",
            "annotate the article again, or update argmine",
        )
    try:
        return AnnotatedArticle.model_validate(raw)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"])
        raise InputError(name, place, first["msg"], "repair the file") from error


def read_json(path: str | os.PathLike[str]) -> AnnotatedArticle:
    """Read one annotated JSON file.

    Raises:
        InputError: the file cannot be read, or as :func:`parse_json`.
    """
    try:
        data = Path(path).read_bytes()
    except OSError as error:
        raise InputError(str(path), "", f"cannot be read ({error.strerror})", "check it") from error
    return parse_json(data, str(path))


def write_json(article: AnnotatedArticle | dict[str, Any], path: str | os.PathLike[str]) -> None:
    """Write one annotated JSON file, whole or not at all; the bytes are made first."""
    data = to_json(article)
    write_whole(Path(path), lambda file: file.write_bytes(data))


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let ``write`` write beside the path, flush to the disk and rename.

    So no reader ever sees half a file; what fails leaves nothing behind.
    """
    handle, temporary = tempfile.mkstemp(prefix=".argmine-", dir=path.parent)
    os.close(handle)
    try:
        write(Path(temporary))
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        # mkstemp gives 0600; colleagues must be able to read results as the umask says.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def json_schema() -> dict[str, Any]:
    """The JSON Schema of the annotated JSON, generated from the models.

    It is shipped as ``annotated_article.schema.json``.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **AnnotatedArticle.model_json_schema(),
    }
