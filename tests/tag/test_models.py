"""Model folders with networks: given back as written, refused with one clear fault when broken."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

from argmine.errors import InputError
from argmine.tag.attachment import keys_of
from argmine.tag.document_stance import FEATURES, DocumentHead
from argmine.tag.models import (
    DOCUMENTS,
    MAX_UNPACKED,
    NETWORK,
    RELATIONS,
    Model,
    read_model,
    write_model,
)
from argmine.tag.network import Blend, Ensemble, row_width, weight_shapes
from argmine.tag.relation_head import RelationHead
from argmine.tag.scorers import NgramScorer, ShapeWeights, Shares
from planted import PlantedEncoder, lines_of

LABELS, SIDES = ("claim", "evidence", "none"), ("favor", "against")
FORM, CLAUSES = lines_of("甲乙丙甲")


def ngrams(labels: tuple[str, ...]) -> NgramScorer:
    keys = np.array(sorted(map(ord, "甲乙")), np.int64)
    weights = np.eye(2, len(labels)) * 2.0
    return NgramScorer(keys, weights, labels, ShapeWeights({}, labels), Shares(0.0, 0.0, 0.0))


@pytest.fixture(scope="module")
def heads() -> dict[str, NgramScorer | Blend]:
    """Two heads that hear networks, and one of n-grams alone."""
    encoder = PlantedEncoder()
    outputs = {"units": LABELS, "stance x": SIDES}
    shapes = weight_shapes(row_width(encoder.width), len(LABELS) + len(SIDES))
    rng = np.random.default_rng(0)
    members = [
        {
            name: rng.normal(0, 0.2, shape).astype(np.float16).astype(np.float32)
            for name, shape in shapes.items()
        }
        for _ in range(2)
    ]
    mean, scale = (np.full(encoder.width, value, np.float32) for value in (0.25, 0.5))
    ensemble = Ensemble(encoder, outputs, mean, scale, members)
    return {
        "units": Blend(ensemble, "units", ngrams(LABELS), 0.15),
        "stance x": Blend(ensemble, "stance x", ngrams(SIDES), 0.3),
        "subtype claim": ngrams(("fact", "value")),
    }


@pytest.fixture
def folder(heads, tmp_path) -> Path:
    write_model(tmp_path / "m", heads, {"name": "m"})
    return tmp_path / "m"


def read(folder: Path, encoder: PlantedEncoder | None = None) -> Model:
    return read_model(folder, lambda _: encoder or PlantedEncoder())


def test_a_model_with_networks_gives_the_same_scores_back(heads, folder):
    model = read(folder)
    assert model.manifest["kind"] == "networks"
    assert set(model.heads) == set(heads)
    assert [name for name, head in model.heads.items() if isinstance(head, Blend)] == [
        "stance x",
        "units",
    ]
    for name, head in heads.items():
        before, votes = head(FORM, CLAUSES)
        after, own_votes = model.heads[name](FORM, CLAUSES)
        np.testing.assert_allclose(after, before, rtol=1e-5, atol=1e-6)
        assert [a.tolist() for a in own_votes] == [a.tolist() for a in votes]
    assert model.heads["units"].ensemble is model.heads["stance x"].ensemble


def test_written_again_it_is_the_same_bytes(folder, tmp_path):
    model = read(folder)
    write_model(tmp_path / "again", model.heads, {"name": "m"})
    for file in folder.iterdir():
        assert (tmp_path / "again" / file.name).read_bytes() == file.read_bytes(), file.name


def test_the_encoder_is_asked_for_by_what_the_manifest_says(heads, tmp_path):
    asked = []
    encoder = PlantedEncoder(origin={"kind": "hugging face", "path": "/nowhere"})
    own = heads["units"].ensemble
    ensemble = Ensemble(encoder, {"units": LABELS}, own.mean, own.scale, [
        {name: values[:3] if name.startswith("2") else values for name, values in m.items()}
        for m in own.members
    ])  # fmt: skip
    write_model(
        tmp_path / "m", {"units": Blend(ensemble, "units", ngrams(LABELS), 0.5)}, {"name": "m"}
    )

    def find(entry):
        asked.append((entry["kind"], entry["path"], entry["encoder"]))
        return encoder

    read_model(tmp_path / "m", find)
    assert asked == [("hugging face", "/nowhere", "planted")]


def test_a_model_of_ngrams_alone_asks_for_no_encoder(tmp_path):
    write_model(tmp_path / "m", {"units": ngrams(LABELS)}, {"name": "m"})
    model = read_model(tmp_path / "m", lambda _: pytest.fail("asked for an encoder"))
    assert model.manifest["kind"] == "linear"


def altered(folder: Path, change) -> None:
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")


def of_network(folder: Path, **values: object) -> None:
    altered(folder, lambda manifest: manifest["network"].update(values))


def of_head(folder: Path, **values: object) -> None:
    altered(folder, lambda manifest: manifest["heads"]["units"].update(values))


def sealed(folder: Path, data: bytes) -> None:
    """Another file under a right digest: only what is in it betrays it."""
    (folder / NETWORK).write_bytes(data)
    of_network(folder, sha256=hashlib.sha256(data).hexdigest())


def resealed(folder: Path, drop: str = "", **arrays: np.ndarray) -> None:
    with np.load(folder / NETWORK) as old:
        kept = {name: old[name] for name in old if name != drop}
    buffer = io.BytesIO()
    np.savez(buffer, **{**kept, **arrays})
    sealed(folder, buffer.getvalue())


def archive(name: str, data: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr(name, data)
    return buffer.getvalue()


def flipped(folder: Path) -> None:
    """One bit of the weights, under a right digest: the archive's own sum betrays it."""
    data = bytearray((folder / NETWORK).read_bytes())
    data[len(data) // 2] ^= 1
    sealed(folder, bytes(data))


def npy(header: str, data: bytes = b"") -> bytes:
    """An array file of any header, as numpy writes version 1."""
    text = header.encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + data


VAST = npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000000000,), }")
NAN = np.full(4, np.nan, np.float32)


@pytest.mark.parametrize(
    ("break_it", "file", "finding"),
    [
        (lambda f: (f / NETWORK).unlink(), NETWORK, "cannot be read (No such file or directory)"),
        (
            lambda f: (f / NETWORK).write_bytes((f / NETWORK).read_bytes()[:-9]),
            NETWORK,
            "was altered or truncated",
        ),
        (lambda f: (f / NETWORK).write_bytes(b""), NETWORK, "was altered or truncated"),
        (lambda f: of_network(f, sha256="0"), NETWORK, "was altered or truncated"),
        (
            lambda f: of_network(f, encoder="other"),
            NETWORK,
            "was trained on the vectors of another encoder",
        ),
        # not an archive of arrays, though its digest is right
        (lambda f: sealed(f, b""), NETWORK, "holds no arrays of a head (BadZipFile)"),
        (lambda f: sealed(f, b"PK\x03\x04"), NETWORK, "holds no arrays of a head (BadZipFile)"),
        (lambda f: sealed(f, VAST), NETWORK, "holds no arrays of a head (BadZipFile)"),
        (
            lambda f: sealed(f, archive("mean.npy", VAST)),
            NETWORK,
            "holds no arrays of a head (MemoryError)",
        ),
        (
            lambda f: sealed(f, archive("mean.npy", b"\0" * (MAX_UNPACKED + 1))),
            NETWORK,
            f"more than {MAX_UNPACKED} bytes",
        ),
        (flipped, NETWORK, "holds no arrays of a head"),
        (
            lambda f: resealed(f, mean=np.array([object()] * 4, object)),
            NETWORK,
            "holds no arrays of a head (ValueError)",
        ),
        # arrays that do not fit
        (lambda f: resealed(f, drop="mean"), NETWORK, "does not fit its manifest"),
        (lambda f: resealed(f, drop="1 2 linear b"), NETWORK, "does not fit its manifest"),
        (lambda f: resealed(f, more=np.zeros(1)), NETWORK, "does not fit its manifest"),
        (lambda f: resealed(f, mean=np.zeros(5)), NETWORK, "does not fit its manifest"),
        (lambda f: resealed(f, mean=NAN), NETWORK, "does not fit its manifest"),
        (lambda f: resealed(f, mean=np.full(4, "x")), NETWORK, "does not fit its manifest"),
        (lambda f: resealed(f, mean=np.zeros(4, complex)), NETWORK, "does not fit its manifest"),
        (lambda f: resealed(f, scale=np.zeros(4)), NETWORK, "does not fit its manifest"),
        (
            lambda f: resealed(f, **{"0 2 linear b": np.full(5, np.inf)}),
            NETWORK,
            "does not fit its manifest",
        ),
        (
            lambda f: resealed(f, **{"0 0 gelu W": np.zeros((192, 3))}),
            NETWORK,
            "does not fit its manifest",
        ),
        # a manifest that does not fit
        (lambda f: of_network(f, members=0), NETWORK, "does not fit its manifest"),
        (lambda f: of_network(f, members=-1), NETWORK, "does not fit its manifest"),
        (lambda f: of_network(f, members=1), NETWORK, "does not fit its manifest"),
        (lambda f: of_network(f, members=10**12), NETWORK, "does not fit its manifest"),
        (lambda f: of_network(f, members=2.0), NETWORK, "does not fit its manifest"),
        (lambda f: of_network(f, members="2"), NETWORK, "does not fit its manifest"),
        (lambda f: of_network(f, outputs={}), NETWORK, "does not fit its manifest"),
        (
            lambda f: of_network(f, outputs={"units": LABELS, "stance y": SIDES}),
            NETWORK,
            "does not fit its manifest",
        ),
        (
            lambda f: of_network(f, outputs={"units": LABELS[::-1], "stance x": SIDES}),
            NETWORK,
            "does not fit its manifest",
        ),
        (
            lambda f: of_network(f, outputs={"units": [*LABELS, "more"], "stance x": ["favor"]}),
            NETWORK,
            "does not fit its manifest",
        ),
        (lambda f: of_network(f, outputs=[]), "manifest.json", "is no manifest of a model"),
        (
            lambda f: altered(f, lambda m: m["network"].pop("encoder")),
            "manifest.json",
            "lacks a key ('encoder')",
        ),
        (
            lambda f: altered(f, lambda m: m.pop("network")),
            "manifest.json",
            "lacks a key ('network')",
        ),
        (lambda f: altered(f, lambda m: m.update(network=3)), "manifest.json", "is no manifest of"),
        (
            lambda f: altered(f, lambda m: m["heads"].pop("stance x")),
            NETWORK,
            "does not fit its manifest",
        ),
        (
            lambda f: altered(f, lambda m: m["heads"]["units"].pop("voice")),
            NETWORK,
            "does not fit its manifest",
        ),
        (lambda f: of_head(f, voice=1.1), NETWORK, "does not fit its manifest"),
        (lambda f: of_head(f, voice=-0.1), NETWORK, "does not fit its manifest"),
        (lambda f: of_head(f, voice=float("nan")), NETWORK, "does not fit its manifest"),
        (lambda f: of_head(f, voice="x"), "manifest.json", "is no manifest of a model"),
        (lambda f: of_head(f, voice=10**400), "manifest.json", "is no manifest of a model"),
        (lambda f: of_head(f, labels=LABELS[::-1]), NETWORK, "does not fit its manifest"),
        (lambda f: of_head(f, labels=3), "manifest.json", "is no manifest of a model (TypeError)"),
        (
            lambda f: altered(f, lambda m: m.update(temperatures={"units": 99})),
            "manifest.json",
            "does not fit its arrays",
        ),
        (
            lambda f: altered(f, lambda m: m.update(temperatures=[1])),
            "manifest.json",
            "is no manifest of a model",
        ),
    ],
)
def test_a_broken_folder_is_refused_with_one_clear_fault(folder, break_it, file, finding):
    break_it(folder)
    with pytest.raises(InputError) as caught:
        read(folder)
    error = caught.value
    assert error.path == str(folder / file)
    assert error.finding.startswith(finding)
    assert error.remedy == "fetch or train the model again"
    assert str(error).count("; ") == 1


def test_a_fault_of_the_encoder_is_told_as_it_is(folder):
    def find(_):
        raise InputError("encoder", "", "needs onnxruntime", "run: pip install 'argmine[encoder]'")

    with pytest.raises(InputError) as caught:
        read_model(folder, find)
    assert str(caught.value) == "encoder: needs onnxruntime; run: pip install 'argmine[encoder]'"


def test_the_encoder_must_be_the_one_of_the_training(folder):
    with pytest.raises(InputError, match="was trained on the vectors of another encoder"):
        read(folder, PlantedEncoder("other"))


def test_signatures_tell_networks_and_encoders_apart(folder, heads, tmp_path):
    signature = read(folder).signature
    linear = {
        name: head.ngrams if isinstance(head, Blend) else head for name, head in heads.items()
    }
    write_model(tmp_path / "linear", linear, {"name": "m"})
    assert read(tmp_path / "linear").signature != signature
    of_network(folder, encoder="other")
    assert read(folder, PlantedEncoder("other")).signature != signature


@pytest.fixture
def with_relations(heads, tmp_path) -> Path:
    labels = ("claim", "evidence")
    weights = np.linspace(-1, 1, len(keys_of(labels)))
    relations = RelationHead(labels, weights, 0.25)
    write_model(tmp_path / "r", heads, {"name": "r"}, relations)
    return tmp_path / "r"


def test_the_head_of_relations_comes_back(with_relations, folder):
    head = read(with_relations).relations
    assert head is not None
    assert (head.labels, head.least, head.networks) == (("claim", "evidence"), 0.25, None)
    assert read(folder).relations is None
    # relations are part of what a model says: another head, another signature
    assert read(with_relations).signature.partition("-")[2] != read(folder).signature[2:]


@pytest.mark.parametrize("fault", ["altered", "missing", "labels", "least", "members"])
def test_a_broken_head_of_relations_is_refused(with_relations, fault):
    manifest = json.loads((with_relations / "manifest.json").read_text("utf-8"))
    file = with_relations / RELATIONS
    if fault == "altered":
        file.write_bytes(file.read_bytes()[:-1])
    elif fault == "missing":
        file.unlink()
    else:
        manifest["relations"][fault] = {"labels": ["claim"], "least": 1.5, "members": 2}[fault]
        (with_relations / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(InputError) as caught:
        read(with_relations)
    assert RELATIONS in caught.value.path


@pytest.mark.parametrize("temperature", [0.0, 9.0, "warm", None])
def test_a_temperature_out_of_bounds_is_refused(folder, temperature):
    manifest = json.loads((folder / "manifest.json").read_text("utf-8"))
    manifest["temperatures"] = {"units": temperature}
    (folder / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(InputError):
        read(folder)


@pytest.fixture
def with_documents(heads, tmp_path) -> Path:
    labels = ("favor", "neutral")
    own = DocumentHead(labels, np.ones((len(FEATURES), 2)), np.array([0.5, -0.5]))
    write_model(tmp_path / "d", heads, {"name": "d"}, documents={"a/b 限电": own, "手机": own})
    return tmp_path / "d"


def test_the_heads_of_documents_come_back_by_target(with_documents, folder):
    found = read(with_documents).documents
    assert {key: own.labels for key, own in found.items()} == {
        "a/b 限电": ("favor", "neutral"),
        "手机": ("favor", "neutral"),
    }
    assert found["手机"].biases.tolist() == [0.5, -0.5]
    assert read(folder).documents == {}
    assert read(with_documents).signature[2:] != read(folder).signature[2:]


@pytest.mark.parametrize("fault", ["altered", "missing", "labels", "features", "fewer"])
def test_broken_heads_of_documents_are_refused(with_documents, fault):
    manifest = json.loads((with_documents / "manifest.json").read_text("utf-8"))
    file, entry = with_documents / DOCUMENTS, manifest["documents_by_units"]
    if fault == "altered":
        file.write_bytes(file.read_bytes()[:-1])
    elif fault == "missing":
        file.unlink()
    elif fault == "labels":
        entry["labels"]["手机"] = ["favor", "none", "neutral"]
    elif fault == "features":
        entry["features"] = entry["features"][:-1]
    else:
        del entry["labels"]["手机"]
    (with_documents / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(InputError) as caught:
        read(with_documents)
    assert DOCUMENTS in caught.value.path
