"""Model folders: arrays and a manifest, checked on reading; data only, nothing in them runs.

A folder holds ``manifest.json`` (format, kind, labels, shares, features, training data, digests of
the files), an ``.npz`` for each head, named after it, ``network.npz`` with the arrays of the
networks where these are heard too, ``relations.npz`` where relations were learnt, and
``documents.npz`` where the stance of documents was learnt from that of their units. It is refused
when altered, truncated, of another format, with arrays that do not fit its labels, or trained on
the vectors of another encoder.
"""

from __future__ import annotations

import hashlib
import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from argmine.errors import InputError
from argmine.schema import STANCE_LABELS
from argmine.tag.clauses import feature_names
from argmine.tag.document_stance import FEATURES, DocumentHead
from argmine.tag.scorers import NgramScorer, Scorer, Scores, ShapeWeights, Shares, Vocabulary

if TYPE_CHECKING:
    # thinc and the encoder are loaded with the models that need them
    from argmine.tag.encoder import Encoder
    from argmine.tag.network import Blend, Ensemble
    from argmine.tag.relation_head import RelationHead

FORMAT = 1
MANIFEST, NETWORK, RELATIONS = "manifest.json", "network.npz", "relations.npz"
DOCUMENTS = "documents.npz"
LINEAR, RECURRENT = "linear", "networks"
# A head of 8,000 n-grams is 150 kB; far larger ones are no model of ours. The second limit is that
# of a file's arrays in memory.
MAX_BYTES, MAX_UNPACKED = 50_000_000, 200_000_000
# Beyond these bounds a temperature says that there is nothing to calibrate.
TEMPERATURES = (0.2, 5.0)
# Code points of a head's name that its file's name keeps: 4 bytes each stay below the 255 of ext4.
MAX_NAME = 50


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model.

    Attributes:
        signature: name and digest.
        heads: by name.
        manifest: what the folder tells besides.
        relations: the head of relations.
        documents: the heads of the documents' stance over that of their units, by target.
    """

    signature: str
    heads: Mapping[str, Scorer]
    manifest: Mapping[str, Any]
    relations: RelationHead | None = None
    documents: Mapping[str, DocumentHead] = field(default_factory=dict)

    def temperature_of(self, head: str) -> float:
        """By what the head's scores are divided to become probabilities; 1 where not calibrated."""
        return float(self.manifest.get("temperatures", {}).get(head, 1.0))

    def usual_stances(self, target: str) -> Scores | None:
        """The shares of the stances toward the target in the training articles, where known."""
        counts = self.manifest.get("stances_by_target", {}).get(target)
        if counts is None:
            return None
        numbers = np.array([float(counts.get(label, 0)) + 1 for label in STANCE_LABELS])
        shares: Scores = numbers / numbers.sum()
        return shares


def write_model(
    folder: Path,
    heads: Mapping[str, NgramScorer | Blend],
    about: Mapping[str, Any],
    relations: RelationHead | None = None,
    documents: Mapping[str, DocumentHead] | None = None,
) -> None:
    """Write a model folder.

    Args:
        folder: made where it is missing.
        heads: scorers by name; those that hear networks hear the same ones.
        about: what the manifest says besides: name, training data, configuration.
        relations: the head of relations, where these were learnt.
        documents: the heads of the documents' stance, by target, where these were learnt.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entries = {}
    ensemble: Ensemble | None = None
    for name, head in sorted(heads.items()):
        voice = None
        if not isinstance(head, NgramScorer):
            ensemble, voice, head = head.ensemble, head.voice, head.ngrams
        file = _file_name(name)
        digest = _write_arrays(
            folder / file,
            keys=head.keys,
            weights=head.weights.astype(np.float32),
            shape=head.shape.table.astype(np.float32),
        )
        entries[name] = {
            **({"file": file} if file != f"{name}.npz" else {}),
            "sha256": digest,
            "labels": list(head.labels),
            "features": head.shape.features,
            "shares": list(head.shares),
            **({"once": True} if head.once else {}),
            **({} if voice is None else {"voice": voice}),
        }
    manifest = {"format": FORMAT, "kind": LINEAR, **about, "heads": entries}
    if ensemble is not None:
        manifest["kind"] = RECURRENT
        manifest["network"] = {
            "sha256": _write_arrays(folder / NETWORK, **_network_arrays(ensemble)),
            "encoder": ensemble.encoder.digest,
            **ensemble.encoder.origin,
            "members": len(ensemble.members),
            "outputs": {name: list(labels) for name, labels in ensemble.outputs.items()},
        }
    if relations is not None:
        digest = _write_arrays(folder / RELATIONS, **relations.arrays())
        manifest["relations"] = {"sha256": digest, **relations.settings()}
    if documents:
        # targets may hold any character, names of arrays may not
        stored = {
            f"{n} {key}": v
            for n, own in enumerate(documents.values())
            for key, v in own.arrays().items()
        }
        manifest["documents_by_units"] = {
            "sha256": _write_arrays(folder / DOCUMENTS, **stored),
            "features": list(FEATURES),
            "labels": {target: list(own.labels) for target, own in documents.items()},
        }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (folder / MANIFEST).write_text(text, encoding="utf-8")


def _write_arrays(path: Path, **arrays: Any) -> str:
    """Write arrays; the digest of the file."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    data = buffer.getvalue()
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def _network_arrays(ensemble: Ensemble) -> dict[str, Any]:
    members = {
        f"{n} {name}": values.astype(np.float16)
        for n, arrays in enumerate(ensemble.members)
        for name, values in arrays.items()
    }
    return {"mean": ensemble.mean, "scale": ensemble.scale, **members}


def _file_name(head: str) -> str:
    """The file of a head: its name, made safe where it holds what a file name may not."""
    safe = re.sub(r"[^\w .\-]", "_", head)[:MAX_NAME]
    if safe != head:
        safe += "-" + hashlib.sha256(head.encode()).hexdigest()[:8]
    return f"{safe}.npz"


def read_model(folder: Path, find_encoder: Callable[[Mapping[str, Any]], Encoder]) -> Model:
    """Read and check a model folder.

    Args:
        folder: of the model.
        find_encoder: called where the model was trained on the vectors of an encoder, with what
            the manifest says of its networks.

    Raises:
        InputError: what is wrong with it, and that it has to be fetched or trained again.
    """
    manifest = read_manifest(folder)
    try:
        return _checked(folder, manifest, find_encoder)
    except InputError:
        raise
    except KeyError as error:
        raise _refused(folder / MANIFEST, f"lacks a key ({error})") from error
    except (TypeError, AttributeError, ValueError, OverflowError) as error:
        finding = f"is no manifest of a model ({type(error).__name__})"
        raise _refused(folder / MANIFEST, finding) from error


def _checked(
    folder: Path,
    manifest: Mapping[str, Any],
    find_encoder: Callable[[Mapping[str, Any]], Encoder],
) -> Model:
    entries = manifest["heads"]
    linear = {name: _head(folder, name, entry) for name, entry in entries.items()}
    if linear:
        keys = np.unique(np.concatenate([own.keys for own in linear.values()]))
        vocabulary = Vocabulary(keys)
        for own in linear.values():
            own.look_up_in(vocabulary)
    name = str(manifest["name"])
    digests = [entry["sha256"] for _, entry in sorted(entries.items())]
    temperatures = [float(value) for value in manifest.get("temperatures", {}).values()]
    if not all(TEMPERATURES[0] <= value <= TEMPERATURES[1] for value in temperatures):
        raise _refused(folder / MANIFEST, "does not fit its arrays")
    heads: dict[str, Scorer] = dict(linear)
    voices = {head: float(own["voice"]) for head, own in entries.items() if "voice" in own}
    if voices or "network" in manifest:
        from argmine.tag.network import Blend

        ensemble = _ensemble(folder, manifest["network"], find_encoder)
        digests += [manifest["network"]["sha256"], ensemble.encoder.digest]
        fits = voices.keys() == ensemble.outputs.keys() and all(
            ensemble.outputs[head] == linear[head].labels and 0 <= voice <= 1
            for head, voice in voices.items()
        )
        if not fits:
            raise _refused(folder / NETWORK, "does not fit its manifest")
        for head, voice in voices.items():
            heads[head] = Blend(ensemble, head, linear[head], voice)
    relations = None
    if "relations" in manifest:
        encoder = find_encoder(manifest["network"]) if "network" in manifest else None
        relations = _relations(folder, manifest["relations"], encoder)
        digests.append(manifest["relations"]["sha256"])
    documents: dict[str, DocumentHead] = {}
    if "documents_by_units" in manifest:
        documents = _documents(folder, manifest["documents_by_units"])
        digests.append(manifest["documents_by_units"]["sha256"])
    digest = hashlib.sha256("".join(digests).encode()).hexdigest()
    return Model(f"{name}-{digest[:8]}", heads, manifest, relations, documents)


def _documents(folder: Path, entry: Mapping[str, Any]) -> dict[str, DocumentHead]:
    path = folder / DOCUMENTS
    arrays = _arrays(path, entry["sha256"])
    found = {}
    for n, (target, labels) in enumerate(entry["labels"].items()):
        own = {key.partition(" ")[2]: v for key, v in arrays.items() if key.startswith(f"{n} ")}
        try:
            found[target] = DocumentHead.from_arrays(own, labels, entry["features"])
        except ValueError as error:
            raise _refused(path, "does not fit its manifest") from error
    if len(arrays) != 2 * len(found):
        raise _refused(path, "does not fit its manifest")
    return found


def _relations(folder: Path, entry: Mapping[str, Any], encoder: Encoder | None) -> RelationHead:
    from argmine.tag.relation_head import RelationHead

    path = folder / RELATIONS
    arrays = _arrays(path, entry["sha256"])
    try:
        return RelationHead.from_arrays(arrays, entry, encoder)
    except ValueError as error:
        raise _refused(path, "does not fit its manifest") from error


def _ensemble(
    folder: Path, entry: Mapping[str, Any], find_encoder: Callable[[Mapping[str, Any]], Encoder]
) -> Ensemble:
    from argmine.tag.network import Ensemble, row_width, weight_shapes

    path = folder / NETWORK
    arrays = _arrays(path, entry["sha256"])
    outputs = {str(name): tuple(map(str, labels)) for name, labels in entry["outputs"].items()}
    encoder = find_encoder(entry)
    if encoder.digest != entry["encoder"]:
        raise _refused(path, "was trained on the vectors of another encoder")
    shapes = weight_shapes(row_width(encoder.width), sum(map(len, outputs.values())))
    members = entry["members"]
    # first, as a manifest may name any number
    counted = type(members) is int and members * len(shapes) + 2 == len(arrays) > 2
    numbers = range(members if counted else 0)
    wanted = {f"{n} {name}": shape for n in numbers for name, shape in shapes.items()}
    wanted |= {"mean": (encoder.width,), "scale": (encoder.width,)}
    fits = (
        counted
        and {name: values.shape for name, values in arrays.items()} == wanted
        and all(values.dtype.kind == "f" for values in arrays.values())
        and all(np.isfinite(values).all() for values in arrays.values())
        and bool((arrays["scale"] > 0).all())
    )
    if not fits:
        raise _refused(path, "does not fit its manifest")
    own = [{name: arrays[f"{n} {name}"].astype(np.float32) for name in shapes} for n in numbers]
    return Ensemble(encoder, outputs, arrays["mean"], arrays["scale"], own)


def _refused(path: Path, finding: str) -> InputError:
    return InputError(str(path), "", finding, "fetch or train the model again")


def read_manifest(folder: Path) -> dict[str, Any]:
    """The manifest of a model folder, whose heads are not looked at.

    Raises:
        InputError: there is none, or of another format.
    """
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
    arrays = _arrays(path, entry["sha256"])
    try:
        keys, weights, shape = (arrays[key] for key in ("keys", "weights", "shape"))
    except KeyError as error:
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


def _arrays(path: Path, digest: str) -> dict[str, Any]:
    """The arrays of a file that was neither altered nor truncated."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise _refused(path, f"more than {MAX_BYTES} bytes")
        data = path.read_bytes()
    except OSError as error:
        raise _refused(path, f"cannot be read ({error.strerror})") from error
    if hashlib.sha256(data).hexdigest() != digest:
        raise _refused(path, "was altered or truncated")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            unpacked = sum(member.file_size for member in archive.infolist())
        if unpacked > MAX_UNPACKED:
            raise _refused(path, f"more than {MAX_UNPACKED} bytes")
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            return dict(arrays)
    except InputError:
        raise
    except _UNREADABLE as error:
        raise _refused(path, f"holds no arrays of a head ({type(error).__name__})") from error


# What numpy and zipfile raise over files that are no archives of arrays.
_UNREADABLE = (
    ValueError,
    KeyError,
    OSError,
    EOFError,
    RuntimeError,
    SyntaxError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)
