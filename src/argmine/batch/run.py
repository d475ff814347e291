"""Annotate many documents: one bad document never touches another's result.

Each document ends as written or as failed, and the counts add up. Workers are processes with a
warm pipeline each; a worker that dies (killed, out of memory) costs only the document that killed
it: the documents in flight are tried again one by one, each in a process of its own.
"""

from __future__ import annotations

import gc
import multiprocessing
import traceback
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from spacy.language import Language

from argmine.batch.inputs import Job, file_name
from argmine.endpoint.annotator import Annotator, SkippedError
from argmine.errors import InputError
from argmine.ingest.reading import (
    article_from_bytes,
    article_from_html,
    article_from_text,
    read_article,
)
from argmine.pipeline import annotated_record, load
from argmine.schema import Article, to_json, write_json

# Documents handed out ahead of the slowest one, per worker: enough to keep workers busy, few
# enough that a stream of JSON Lines is never held in memory.
IN_FLIGHT = 4
# Containers before the youngest, and passes before the older generations are collected: those of
# some twenty documents of ordinary size; what cycles leave behind stays under 50 MB.
COLLECT_AFTER = (500_000, 10, 10)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one document.

    ``line`` holds its JSON where that goes to standard output; ``is_fault`` says that the input
    named no document (an empty folder, a pattern without a match); ``is_skipped`` that it was not
    tried to its end; ``trace`` is that of a fault of argmine itself; ``remarks`` counts what an
    endpoint's answers held and the result does not, by reason.
    """

    name: str
    error: InputError | None = None
    line: bytes = b""
    is_fault: bool = False
    is_skipped: bool = False
    trace: str = ""
    remarks: Mapping[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Task:
    """What is the same for all documents of a run; see :func:`annotate_all`."""

    out: Path | None = None
    encoding: str | None = None
    model: str | None = None
    annotator: Annotator | None = None
    min_score: float = 0.0


def annotate_all(
    jobs: Iterable[Job | InputError],
    out: Path | None,
    *,
    processes: int = 1,
    encoding: str | None = None,
    model: str | None = None,
    annotator: Annotator | None = None,
    min_score: float = 0.0,
) -> Iterator[Outcome]:
    """Annotate the jobs in order.

    Args:
        jobs: from ``find_jobs``; an ``InputError`` among them becomes a failed outcome.
        out: folder of the results; ``None`` puts each JSON into ``Outcome.line``.
        processes: worker processes; 1 works in this one.
        encoding: forces the encoding of text files.
        model: as for ``load``.
        annotator: asks an endpoint for units, relations and stances, in this process alone.
        min_score: as for ``load``.

    Yields:
        One outcome a job, in the order of the jobs.

    Raises:
        InputError: the model cannot be loaded.
    """
    task = Task(out, encoding, model, annotator, min_score)
    # a model that cannot be loaded is told once, before any work
    _pipeline(model, min_score)
    if processes > 1 and annotator is None:
        yield from _in_processes(jobs, task, processes)
        return
    for job in jobs:
        if isinstance(job, InputError):
            yield Outcome(job.path, job, is_fault=True)
        else:
            yield annotate_job(job, task)


def _pool(processes: int) -> ProcessPoolExecutor:
    # spawn: a forked copy of a process with threads may hang
    return ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn"))


def _in_processes(
    jobs: Iterable[Job | InputError], task: Task, processes: int
) -> Iterator[Outcome]:
    pool = _pool(processes)
    queue: list[tuple[Job, Future[Outcome]] | Outcome] = []
    source = iter(jobs)
    exhausted = False
    try:
        while queue or not exhausted:
            while not exhausted and len(queue) < IN_FLIGHT * processes:
                job = next(source, None)
                if job is None:
                    exhausted = True
                elif isinstance(job, InputError):
                    queue.append(Outcome(job.path, job, is_fault=True))
                else:
                    queue.append((job, _submitted(pool, job, task)))
            if not queue:
                break
            head = queue[0]
            if isinstance(head, Outcome):
                queue.pop(0)
                yield head
                continue
            wait([head[1]], return_when=FIRST_COMPLETED)
            if isinstance(head[1].exception(), BrokenProcessPool):
                pool.shutdown(cancel_futures=True)
                queue = [
                    item if isinstance(item, Outcome) else _settle(*item, task) for item in queue
                ]
                pool = _pool(processes)
            else:
                queue.pop(0)
                yield head[1].result()
    finally:
        pool.shutdown(cancel_futures=True)


def _submitted(pool: ProcessPoolExecutor, job: Job, task: Task) -> Future[Outcome]:
    """Hand a document to the pool; a pool that broke meanwhile gives a future that says so."""
    try:
        return pool.submit(annotate_job, job, task)
    except BrokenProcessPool as error:
        failed: Future[Outcome] = Future()
        failed.set_exception(error)
        return failed


def _settle(job: Job, future: Future[Outcome], task: Task) -> Outcome:
    """The outcome of a document that was in flight when a worker died."""
    if future.done() and not future.cancelled() and future.exception() is None:
        return future.result()
    with _pool(1) as alone:
        try:
            return alone.submit(annotate_job, job, task).result()
        except BrokenProcessPool:
            finding = "the worker process died on this document"
            remedy = "it may need more memory; annotate it alone"
            return Outcome(job.name, InputError(job.name, "", finding, remedy))


@cache
def _pipeline(model: str | None, min_score: float = 0.0) -> Language:
    """The pipeline of this process, whose garbage collector is set for the work at hand.

    A document makes some ten thousand containers that die by reference count: collecting among
    them finds nothing and costs a fifth of the time.
    """
    nlp = load(model, min_score=min_score)
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    return nlp


def annotate_job(job: Job, task: Task) -> Outcome:
    """Read, annotate and write one document; what is wrong with it is returned, not raised.

    A fault of argmine itself costs this document only, too.
    """
    try:
        article, nlp = _article(job, task.encoding), _pipeline(task.model, task.min_score)
        remarks: Mapping[str, int] = {}
        if task.annotator is None:
            record = annotated_record(article, nlp)
        else:
            record, remarks = task.annotator.annotate(article, nlp)
        if task.out is None:
            return Outcome(job.name, line=to_json(record, indent=False), remarks=remarks)
        write_json(record, task.out / file_name(record["id"]))
    except InputError as error:
        return Outcome(job.name, error, is_skipped=isinstance(error, SkippedError))
    except (OSError, MemoryError):
        raise  # the disk or the machine, not the document
    except Exception as error:
        finding = f"internal error ({type(error).__name__}: {error})"
        fault = InputError(job.name, "", finding, "run with --debug and report it")
        return Outcome(job.name, fault, trace=traceback.format_exc())
    return Outcome(job.name, remarks=remarks)


def _article(job: Job, encoding: str | None) -> Article:
    if job.record is not None:
        html = job.record.get("html")
        if isinstance(html, str):
            return article_from_html(html, job.id, path=job.name)
        return article_from_text(job.record["text"], job.id, path=job.name)
    if job.data is not None:
        return article_from_bytes(job.data, job.id, path=job.name, encoding=encoding)
    article = read_article(job.path or "", encoding=encoding)
    article.id = job.id
    return article
