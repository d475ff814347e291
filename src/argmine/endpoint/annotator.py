"""Annotate articles by a language model: units, relations and stance; the rest by the rules.

The article goes to the server in windows; answers that are kept on disk cost nothing. An article
is annotated whole or not at all.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spacy.language import Language

from argmine.endpoint.answer_cache import AnswerCache
from argmine.endpoint.answers import Answer, answer_schema, read_answer
from argmine.endpoint.client import (
    MAX_ANSWER_TOKENS,
    Client,
    Message,
    checked_base,
    key_from,
)
from argmine.endpoint.prompt import messages_for, prompt_digest
from argmine.endpoint.reading import ArticleReading
from argmine.errors import InputError
from argmine.export import to_record
from argmine.pipeline import MAX_CHARACTERS, prepared_doc
from argmine.schema import Article

# After so many faults of the server without an answer between, it is not asked again.
MAX_FAULTS = 3
BROKEN_CACHE_FILE = "broken cache file"
_BEFORE_UNITS = ("argmine_sentences", "argmine_sections", "argmine_mentions")


class SkippedError(InputError):
    """An article that was not sent to its end: the budget or the server's faults stood before."""


@dataclass(slots=True)
class Usage:
    """What a run has asked for so far; ``remarks`` are those of all articles together."""

    requests: int = 0
    cached: int = 0
    tokens: int = 0
    remarks: Counter[str] = field(default_factory=Counter)


class Annotator:
    """Annotates articles by the model behind a client.

    Args:
        client: asks the model.
        answers: keeps answers; ``None`` keeps none.
        budget: tokens that the run may cost; ``None`` sets no limit.
    """

    def __init__(
        self, client: Client, answers: AnswerCache | None = None, budget: int | None = None
    ) -> None:
        self._client, self._answers, self._budget = client, answers, budget
        self._schema = answer_schema()
        self._faults = 0
        self.usage = Usage()
        self.by = f"endpoint/{client.model}/prompt-{prompt_digest()}"

    def annotate(self, article: Article, nlp: Language) -> tuple[dict[str, Any], Counter[str]]:
        """Annotate one article.

        Args:
            article: what to annotate.
            nlp: a pipeline from ``argmine.load``, for all but units, relations and stance.

        Returns:
            The annotated article as plain data; how many pieces of the answers were dropped, by
            reason, and how many cache files were broken.

        Raises:
            SkippedError: the budget is spent, or the server has failed too often.
            InputError: no usable answer, or a text that is too long.
            OSError: an answer cannot be kept.
        """
        if len(article.text) > MAX_CHARACTERS:
            finding = f"{len(article.text)} characters, the limit is {MAX_CHARACTERS}"
            raise InputError(_name(article), "", finding, "split the document")
        doc = prepared_doc(nlp, article)
        for name in _BEFORE_UNITS:
            doc = nlp.get_pipe(name)(doc)
        reading = ArticleReading(doc, article)
        windows = reading.windows()
        remarks: Counter[str] = Counter()
        for window in windows:
            place = window.heading
            heading = article.text[place[0] : place[1]] if place else None
            messages = messages_for(reading.words(window), window.title, heading)
            reading.add(window, self._answer(article, messages, remarks))
        reading.write(nlp, self.by)
        record = to_record(doc, article, self.by)
        dropped = dict(sorted(reading.dropped.items()))
        record["summary"]["endpoint"] = {"windows": len(windows), "dropped": dropped}
        remarks.update(dropped)
        self.usage.remarks.update(remarks)
        return record, remarks

    def _answer(self, article: Article, messages: list[Message], remarks: Counter[str]) -> Answer:
        # the strictest form of the question holds model, instructions, text and options
        question = self._client.forms(messages, self._schema)[0]
        key = hashlib.sha256(question).hexdigest()
        if self._answers is not None:
            kept = self._answers.read(key)
            if isinstance(kept, Answer):
                self.usage.cached += 1
                return kept
            if kept == "broken":
                remarks[BROKEN_CACHE_FILE] += 1
        answer = self._ask(article, messages)
        if self._answers is not None:
            self._answers.write(key, self._client.model, answer)
        return answer

    def _ask(self, article: Article, messages: list[Message]) -> Answer:
        characters = sum(len(message["content"]) for message in messages)
        most = characters + MAX_ANSWER_TOKENS
        if self._budget is not None and self.usage.tokens + most > self._budget:
            finding = f"skipped: the budget of {self._budget} tokens leaves too little"
            remedy = "give a larger --budget; with --cache nothing is paid twice"
            raise SkippedError(_name(article), "", finding, remedy)
        if self._faults >= MAX_FAULTS:
            finding = f"skipped: the server failed {MAX_FAULTS} times in a row"
            raise SkippedError(_name(article), "", finding, "check the server and run again")
        self.usage.requests += 1
        try:
            reply = self._client.ask(messages, self._schema)
        except InputError as error:
            self._faults += 1
            # whether a question without an answer cost something, only the server knows
            self.usage.tokens += characters
            raise InputError(_name(article), error.path, error.finding, error.remedy) from error
        self._faults = 0
        self.usage.tokens += reply.tokens
        try:
            return read_answer(reply.content)
        except ValueError as error:
            finding = f"the model's answer is not what was asked for ({error})"
            remedy = "take a larger model, or a server that holds answers to a JSON schema"
            raise InputError(_name(article), "", finding, remedy) from error


def _name(article: Article) -> str:
    return article.source.path or article.id


def connect(
    endpoint: str,
    model: str | None,
    *,
    key_env: str | None = None,
    cache: Path | None = None,
    budget: int | None = None,
) -> Annotator:
    """Set up an annotator; nothing is sent yet.

    Args:
        endpoint: address of an OpenAI-compatible server, with its ``/v1``.
        model: the name of the model on the server.
        key_env: name of the environment variable that holds the key.
        cache: folder for the answers, which is there already.
        budget: tokens that the run may cost.

    Raises:
        InputError: an address, model or key that cannot be used.
    """
    base = checked_base(endpoint)
    if not model or not model.isprintable() or "|" in model or " " in model:
        finding = "names no model" if not model else "is no name of a model"
        raise InputError("--endpoint-model", "", finding, "give the name that the server knows")
    key = key_from(key_env)
    answers = None if cache is None else AnswerCache(cache, key)
    return Annotator(Client(base, model, key), answers, budget)
