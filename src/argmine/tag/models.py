"""Model folders: arrays and a manifest, checked on reading; data only, nothing in them runs.

A folder holds ``manifest.json`` (format, kind, labels, shares, features, training data, digests of
the files) and an ``.npz`` for each head, named after it. It is refused when altered, truncated, of
another format or with arrays that do not fit its labels.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from argmine.schema import InputError
from argmine.tag.clauses import feature_names
from argmine.tag.scorers import NgramScorer, ShapeWeights, Shares

FORMAT = 1
MANIFEST = "manifest.json"
# A head of 8,000 n-grams is 150 kB; far larger ones are no model of ours.
MAX_BYTES = 50_000_000
# Code points of a head's name that its file's name keeps: 4 bytes each stay below the 255 of ext4.
MAX_NAME = 50


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model: its name for signatures, its heads by name, and its manifest."""

    signature: str
    heads: Mapping[str, NgramScorer]
    manifest: Mapping[str, Any]


def write_model(folder: Path, heads: Mapping[str, NgramScorer], about: Mapping[str, Any]) -> None:
    """Write a model folder.

    Args:
        folder: made where it is missing.
        heads: scorers by name.
        about: what the manifest says besides: name, training data, configuration.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = {}
    for name, head in sorted(heads.items()):
        buffer = io.BytesIO()
        np.savez_compressed(
            buffer,
            keys=head.keys,
            weights=head.weights.astype(np.float32),
            shape=head.shape.table.astype(np.float32),
        )
        data = buffer.getvalue()
        file = _file_name(name)
        (folder / file).write_bytes(data)
        entries[name] = {
            **({"file": file} if file != f"{name}.npz" else {}),
            "sha256": hashlib.sha256(data).hexdigest(),
            "labels": list(head.labels),
            "features": head.shape.features,
            "shares": list(head.shares),
            **({"once": True} if head.once else {}),
        }
    manifest = {"format": FORMAT, "kind": "fast", **about, "heads": entries}
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _file_name(head: str) -> str:
    """The file of a head: its name, made safe where it holds what a file name may not."""
    safe = re.sub(r"[^\w .\-]", "_", head)[:MAX_NAME]
    if safe != head:
        safe += "-" + hashlib.sha256(head.encode()).hexdigest()[:8]
    return f"{safe}.npz"


def read_model(folder: Path) -> Model:
    """Read and check a model folder.

    Raises:
        InputError: what is wrong with it, and that it has to be fetched or trained again.
    """
    manifest = _manifest(folder)
    try:
        heads = {name: _head(folder, name, entry) for name, entry in manifest["heads"].items()}
        name = str(manifest["name"])
    except (KeyError, TypeError, AttributeError) as error:
        raise _refused(folder / MANIFEST, f"lacks a key ({error})") from error
    digest = hashlib.sha256(
        "".join(entry["sha256"] for _, entry in sorted(manifest["heads"].items())).encode()
    )
    return Model(f"{name}-{digest.hexdigest()[:8]}", heads, manifest)


def _refused(path: Path, finding: str) -> InputError:
    return InputError(str(path), "", finding, "fetch or train the model again")


def _manifest(folder: Path) -> dict[str, Any]:
    path = folder / MANIFEST
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    except ValueError as error:
        raise _refused(path, f"no valid JSON ({error})") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        found = manifest.get("format") if isinstance(manifest, dict) else None
        raise _refused(path, f"is of format {found!r}, this argmine reads {FORMAT}")
    return manifest


def _head(folder: Path, name: str, entry: Mapping[str, Any]) -> NgramScorer:
    file = str(entry.get("file", f"{name}.npz"))
    path = folder / file
    if Path(file).name != file or file.startswith("."):
        raise _refused(folder / MANIFEST, f"names a file outside its folder ({file})")
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _refused(path, f"more than {MAX_BYTES} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    if hashlib.sha256(data).hexdigest() != entry["sha256"]:
        raise _refused(path, "was altered or truncated")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            keys, weights, shape = (arrays[key] for key in ("keys", "weights", "shape"))
    except (ValueError, KeyError, OSError, EOFError) as error:
        raise _refused(path, f"holds no arrays of a head ({type(error).__name__})") from error
    labels, features = tuple(entry["labels"]), list(entry["features"])
    fits = (
        keys.dtype == np.int64
        and keys.ndim == 1
        and len(keys) > 0
        and bool(np.all(keys[1:] > keys[:-1]))
        and weights.shape == (len(keys), len(labels))
        and shape.shape == (len(features), len(labels))
        and bool(np.isfinite(weights).all() and np.isfinite(shape).all())
        and len(set(labels)) == len(labels) > 1
        and set(features) <= feature_names()
        and len(entry["shares"]) == 3
        and all(math.isfinite(share) for share in entry["shares"])
    )
    if not fits:
        raise _refused(path, "does not fit its manifest")
    table = {
        (feature, label): float(shape[row, column])
        for row, feature in enumerate(features)
        for column, label in enumerate(labels)
    }
    weights_of_shape = ShapeWeights(table, labels)
    shares = Shares(*map(float, entry["shares"]))
    once = entry.get("once") is True
    return NgramScorer(keys, weights.astype(np.float64), labels, weights_of_shape, shares, once)
