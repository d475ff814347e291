"""Answers kept on disk: one JSON file a question, named by the SHA-256 of all that was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

from argmine.endpoint.answers import Answer, checked_answer, strict_json
from argmine.schema import write_json

FORMAT = "argmine answer 1"


class AnswerCache:
    """A folder of answers.

    Args:
        folder: is there already.
        secret: never written, though a server repeat it; empty where there is none.
    """

    def __init__(self, folder: Path, secret: str = "") -> None:
        self._folder, self._secret = folder, secret

    def read(self, key: str) -> Answer | Literal["absent", "broken"]:
        """The answer kept under a key; a broken file is left to be written anew."""
        try:
            record = strict_json(self._file(key).read_bytes())
            if record["format"] != FORMAT or record["key"] != key:
                raise ValueError("another question")
            kept, dropped = checked_answer(record["answer"]), record["answer"]["dropped"]
            counts = [isinstance(count, int) for count in dropped.values()]
            if kept.dropped or not all(counts):
                raise ValueError("altered")
        except FileNotFoundError:
            return "absent"
        except (OSError, ValueError, TypeError, LookupError, AttributeError):
            return "broken"
        return Answer(kept.units, kept.relations, dropped)

    def write(self, key: str, model: str, answer: Answer) -> None:
        """Keep an answer, whole or not at all.

        Raises:
            OSError: the folder cannot be written.
        """
        record = {"format": FORMAT, "key": key, "model": model, "answer": answer.as_record()}
        write_json(self._without_secret(record), self._file(key))

    def _without_secret(self, value: Any) -> Any:
        if isinstance(value, str) and self._secret:
            return value.replace(self._secret, "***")
        if isinstance(value, dict):
            return {name: self._without_secret(part) for name, part in value.items()}
        if isinstance(value, list):
            return [self._without_secret(part) for part in value]
        return value

    def _file(self, key: str) -> Path:
        return self._folder / f"{key}.json"
