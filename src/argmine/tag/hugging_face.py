"""Turn clauses into vectors by an encoder in the format of Hugging Face, from a local folder.

Reads:   a matching form and its clauses; a folder with config.json, the files of a tokenizer, and
         weights as safetensors
Method:  the text goes through the encoder in the windows of argmine.tag.encoder, as text; a
         clause's vector is the mean of the last layer over the tokens that touch it. Encoders of
         tokens and of sequences are read alike.
Limits:  nothing is fetched, no code of the folder is run, pickled weights are refused; of a clause
         longer than a window only the beginning is read. Not safe to use from several threads.
Source:  own; the layout of the folder is that of transformers' save_pretrained.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

import numpy as np

from argmine.errors import InputError
from argmine.tag.clauses import Clauses
from argmine.tag.encoder import (
    HEADING,
    MAX_PIECES,
    MAX_READ,
    TITLE,
    Vectors,
    Window,
    headings_above,
    title_of,
    windows,
)

KIND = "hugging face"
# Tokens that an encoder must be able to read at once: a window and the marks around it.
_LENGTH = 512
# What decides the vectors, as names of files: configuration, weights, the files of tokenizers.
_FILES = (
    "config.json",
    "*.safetensors",
    "*.safetensors.index.json",
    "tokenizer*",
    "special_tokens_map.json",
    "added_tokens.json",
    "vocab*",
    "merges.txt",
    "*.model",
)

Spans = list[tuple[int, int]]


class HuggingFaceEncoder:
    """An encoder from a local folder; needs transformers and torch. See :class:`Encoder`.

    Args:
        folder: as ``save_pretrained`` writes it.

    Raises:
        InputError: transformers or torch is not installed, or the folder holds no such encoder.
    """

    def __init__(self, folder: Path) -> None:
        files = _files(folder)
        try:
            import torch
            import transformers
        except ImportError as error:
            remedy = "run: pip install 'argmine[huggingface]'"
            raise InputError(str(folder), "", "needs transformers and torch", remedy) from error
        self._torch = torch
        local = {"local_files_only": True, "trust_remote_code": False}
        try:
            with _silent(transformers.logging):
                self._tokenizer = transformers.AutoTokenizer.from_pretrained(folder, **local)
                model, loading = transformers.AutoModel.from_pretrained(
                    folder, use_safetensors=True, output_loading_info=True, **local
                )
        except Exception as error:  # of many kinds, and not published
            raise _refused(folder, f"cannot be loaded ({type(error).__name__})") from error
        # the last layer does not depend on a pooler, which some checkpoints lack
        missing = sorted(n for n in loading["missing_keys"] if not n.startswith("pooler."))
        if missing:
            raise _refused(folder, f"lacks weights ({missing[0]})")
        if getattr(model.config, "is_encoder_decoder", False):
            model = model.get_encoder()
        if not getattr(self._tokenizer, "is_fast", False):
            raise _refused(folder, "has a tokenizer that tells no places of its tokens")
        length = getattr(model.config, "max_position_embeddings", None)
        if length is not None and 0 < length < _LENGTH:
            raise _refused(folder, f"reads {length} tokens at once, fewer than {_LENGTH}")
        self._model = model.float().train(False)
        self.digest = _digest(files)
        self.origin: Mapping[str, str] = {"kind": KIND, "path": str(folder.resolve())}
        self._kept: WeakKeyDictionary[Clauses, Vectors] = WeakKeyDictionary()
        self.width = self._tried(folder)

    def _tried(self, folder: Path) -> int:
        """The width of its vectors, by trying it."""
        try:
            hidden, _ = self._hidden("一。")
            fits = hidden.ndim == 2 and bool(np.isfinite(hidden).all())
        except Exception as error:  # as above
            raise _refused(folder, f"cannot be loaded ({type(error).__name__})") from error
        if not fits:
            raise _refused(folder, "gives no vectors of tokens")
        return int(hidden.shape[1])

    def vectors(self, form: str, clauses: Clauses) -> Vectors:
        """See :class:`argmine.tag.encoder.Encoder`."""
        found = self._kept.get(clauses)
        if found is None:
            found = self._kept[clauses] = self._vectors(form, clauses)
        return found

    def _vectors(self, form: str, clauses: Clauses) -> Vectors:
        vectors = np.zeros((len(clauses), self.width), np.float32)
        if not len(clauses):
            return vectors
        spans = zip(clauses.start.tolist(), clauses.end.tolist(), strict=True)
        texts, sizes = self._cut([form[start:end] for start, end in spans], MAX_PIECES)
        above = headings_above(clauses)
        (title, *_), _ = self._cut([title_of(form)], TITLE)
        for window in windows(clauses, sizes):
            number = above[window.first]
            heading = "" if number is None else texts[number]
            (heading, *_), _ = self._cut([heading], HEADING)
            text, places = _laid(window, f"{title}\n{heading}\n", texts, clauses)
            hidden, tokens = self._hidden(text)
            for row, (start, end) in enumerate(places, window.first):
                inside = (tokens[:, 1] > start) & (tokens[:, 0] < end)
                # a clause without tokens, or without room, takes the mark of the beginning
                vectors[row] = hidden[inside].mean(axis=0) if inside.any() else hidden[0]
        return vectors

    def _cut(self, texts: Sequence[str], most: int) -> tuple[list[str], list[int]]:
        """The texts up to so many tokens, and how many tokens they have."""
        found = self._tokenizer(
            [text[:MAX_READ] for text in texts],
            add_special_tokens=False,
            return_offsets_mapping=True,
            return_attention_mask=False,
            verbose=False,
        )
        places: list[Spans] = [own[:most] for own in found["offset_mapping"]]
        cut = [text[: own[-1][1]] if own else "" for text, own in zip(texts, places, strict=True)]
        return cut, [len(own) for own in places]

    def _hidden(self, text: str) -> tuple[Vectors, Any]:
        """The vectors of a text's tokens, and their places; those of marks are empty."""
        found = self._tokenizer(
            text,
            truncation=True,
            max_length=_LENGTH,
            return_offsets_mapping=True,
            return_token_type_ids=False,  # not every encoder takes them
            return_tensors="pt",
        )
        tokens = found.pop("offset_mapping")[0].numpy()
        with self._torch.inference_mode():
            hidden = self._model(**found).last_hidden_state[0]
        return hidden.numpy(), tokens


@contextmanager
def _silent(talk: Any) -> Iterator[None]:
    """No progress bar and no notices of transformers: what matters is raised or checked here."""
    verbosity, bar = talk.get_verbosity(), talk.is_progress_bar_enabled()
    talk.set_verbosity(talk.CRITICAL)
    talk.disable_progress_bar()
    try:
        yield
    finally:
        talk.set_verbosity(verbosity)
        if bar:
            talk.enable_progress_bar()


def _laid(
    window: Window, opening: str, texts: Sequence[str], clauses: Clauses
) -> tuple[str, Spans]:
    """The text of a window, and the places in it of the clauses that are to be read."""
    parts, size = [opening], len(opening)
    places = []
    for n in range(window.context_first, window.context_after):
        if n > window.context_first and clauses.paragraph[n] != clauses.paragraph[n - 1]:
            parts.append("\n")
            size += 1
        if window.first <= n < window.after:
            places.append((size, size + len(texts[n])))
        parts.append(texts[n])
        size += len(texts[n])
    return "".join(parts), places


def _files(folder: Path) -> list[Path]:
    """The files that decide the vectors.

    Raises:
        InputError: they are no encoder's, or none that may be loaded.
    """
    path = folder / "config.json"
    try:
        json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise _refused(path, f"no valid JSON ({error})") from error
    if (folder / "adapter_config.json").exists():
        raise _refused(folder, "is an adapter, no whole encoder")
    files = sorted({file for pattern in _FILES for file in folder.glob(pattern) if file.is_file()})
    if not any(file.suffix == ".safetensors" for file in files):
        finding = "holds no weights as safetensors (pickled ones are not loaded)"
        raise InputError(str(folder), "", finding, "save it with transformers' save_pretrained")
    return files


def _digest(files: Sequence[Path]) -> str:
    """One digest of files and their names."""
    digest = hashlib.sha256()
    for path in files:
        with path.open("rb") as file:
            digest.update(
                f"{path.name}\n{hashlib.file_digest(file, 'sha256').hexdigest()}\n".encode()
            )
    return digest.hexdigest()


def _refused(path: Path, finding: str) -> InputError:
    return InputError(str(path), "", finding, "choose another encoder")
