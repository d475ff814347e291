"""What a model answers, checked piece by piece: a piece that breaks the rules is left out, counted.

The answer as a whole must be one JSON object with a list ``units``. Everything in it comes from
outside and is believed only where it can be checked.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from typing import Any, NamedTuple, NoReturn

from argmine.schema import RELATION_LABELS, STANCE_LABELS, UNIT_LABELS

# What a relation may point to besides a unit of the answer.
TITLE, HEADING = "title", "heading"
WRONG_UNIT = "unit not as asked for"
WRONG_STANCE = "stance not as asked for"
WRONG_RELATION = "relation not as asked for"


def answer_schema() -> dict[str, Any]:
    """The JSON Schema of an answer, in the form that strict servers want."""

    def an_object(**properties: Any) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": properties,
            "required": list(properties),
            "additionalProperties": False,
        }

    string = {"type": "string"}
    unit = an_object(
        id=string,
        quote=string,
        label={"type": "string", "enum": list(UNIT_LABELS)},
        stance={"type": "string", "enum": list(STANCE_LABELS)},
    )
    relation = an_object(
        source=string, target=string, label={"type": "string", "enum": list(RELATION_LABELS)}
    )
    return an_object(
        units={"type": "array", "items": unit}, relations={"type": "array", "items": relation}
    )


class Quoted(NamedTuple):
    """A unit as the model gives it: a quotation. Without a right ``stance`` that is ``None``."""

    id: str
    quote: str
    label: str
    stance: str | None


class Link(NamedTuple):
    """A relation as the model gives it, by the ids of its units."""

    source: str
    target: str
    label: str


@dataclass(frozen=True, slots=True)
class Answer:
    """The pieces of an answer that have the right form, and how many had not, by reason."""

    units: list[Quoted]
    relations: list[Link]
    dropped: dict[str, int] = field(default_factory=dict)

    def as_record(self) -> dict[str, Any]:
        """As plain data, which :func:`checked_answer` reads."""
        return {
            "units": [unit._asdict() for unit in self.units],
            "relations": [relation._asdict() for relation in self.relations],
            "dropped": asdict(self)["dropped"],
        }


def strict_json(data: bytes | str) -> Any:
    """Read JSON without what JSON lacks (NaN) or leaves open (a key that stands twice).

    Raises:
        ValueError: no such JSON.
    """
    try:
        text = data.decode("utf-8-sig") if isinstance(data, bytes) else data
        return json.loads(text, object_pairs_hook=_unique, parse_constant=_not_json)
    except RecursionError as error:
        raise ValueError("nested too deep") from error


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a key stands twice")
    return found


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def read_answer(content: str) -> Answer:
    """Read what a model wrote: one JSON object, also with a fence or a sentence around it.

    Raises:
        ValueError: no such object.
    """
    # a reasoning model may think aloud first, also with braces
    content = content.rpartition("</think>")[2]
    return checked_answer(strict_json(content[content.find("{") : content.rfind("}") + 1]))


def checked_answer(record: Any) -> Answer:
    """Keep the pieces of an answer that have the right form.

    Raises:
        ValueError: no object with a list ``units``.
    """
    if not isinstance(record, dict) or not isinstance(record.get("units"), list):
        raise ValueError("no object with a list of units")
    dropped: Counter[str] = Counter()
    units = []
    for item in record["units"]:
        unit = _unit(item)
        if unit is None:
            dropped[WRONG_UNIT] += 1
        else:
            units.append(unit)
            dropped[WRONG_STANCE] += unit.stance is None
    relations = []
    links = record.get("relations", [])
    for item in links if isinstance(links, list) else [links]:
        relation = _relation(item)
        if relation is None:
            dropped[WRONG_RELATION] += 1
        else:
            relations.append(relation)
    return Answer(units, relations, {key: count for key, count in dropped.items() if count})


def _unit(item: Any) -> Quoted | None:
    if not isinstance(item, dict):
        return None
    quote, label, stance = (item.get(key) for key in ("quote", "label", "stance"))
    if not isinstance(quote, str) or not _is_writable(quote) or label not in UNIT_LABELS:
        return None
    return Quoted(_key(item.get("id")), quote, label, stance if stance in STANCE_LABELS else None)


def _relation(item: Any) -> Link | None:
    if not isinstance(item, dict):
        return None
    source, target = _key(item.get("source")), _key(item.get("target"))
    label = item.get("label")
    if not source or not target or label not in RELATION_LABELS:
        return None
    return Link(source, target, label)


def _key(value: Any) -> str:
    """The id of a unit: models also number them. Empty where it is none."""
    is_number = isinstance(value, int) and not isinstance(value, bool)
    key = str(value) if isinstance(value, str) or is_number else ""
    return key if _is_writable(key) else ""


def _is_writable(text: str) -> bool:
    r"""Whether a string is free of lone surrogates, which JSON can smuggle in as \ud800."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True
