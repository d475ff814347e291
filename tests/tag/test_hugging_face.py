"""Encoders of Hugging Face: from local folders alone, never pickled; trained and read through."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import spacy

import argmine
from argmine.errors import InputError
from argmine.learn.configuration import Configuration, NetworkSettings
from argmine.pipeline import find_encoder
from argmine.schema import read_json
from argmine.tag.clauses import Clauses, clauses_of
from argmine.tag.encoder import MAX_PIECES
from argmine.tag.hugging_face import HuggingFaceEncoder
from argmine.text.matching import matching_of

GOLD = Path(__file__).resolve().parents[2] / "corpus" / "gold" / "train"
ARTICLES = 10
NLP = spacy.blank("zh")
for component in ("argmine_sentences", "argmine_sections"):
    NLP.add_pipe(component)


def read(text: str) -> tuple[str, Clauses]:
    doc = NLP(text)
    return matching_of(doc), clauses_of(doc)


def characters() -> list[str]:
    """Those of the articles that are trained on."""
    texts = [read_json(file).text for file in sorted(GOLD.glob("*.json"))[:ARTICLES]]
    return sorted({character for character in "".join(texts) if not character.isspace()})


def save_tokenizer(folder: Path, vocabulary: list[str]) -> None:
    """A WordPiece tokenizer of single characters."""
    from tokenizers import Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import WordPiece
    from transformers import PreTrainedTokenizerFast

    marks = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    numbers = {piece: n for n, piece in enumerate([*marks, *vocabulary])}
    made = Tokenizer(WordPiece(numbers, unk_token="[UNK]"))
    made.normalizer = normalizers.BertNormalizer()
    made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)]
    )
    PreTrainedTokenizerFast(
        tokenizer_object=made,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        mask_token="[MASK]",
        model_max_length=512,
    ).save_pretrained(folder)


def save_bert(folder: Path, seed: int = 0, **settings: int) -> Path:
    """A tiny BERT of random weights, as save_pretrained writes one."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(seed)
    vocabulary = characters()
    save_tokenizer(folder, vocabulary)
    sizes = {
        "hidden_size": 32,
        "num_hidden_layers": 2,
        "num_attention_heads": 4,
        "intermediate_size": 64,
        "max_position_embeddings": 512,
        # wide enough that characters differ
        "initializer_range": 0.3,
    }
    config = BertConfig(vocab_size=len(vocabulary) + 5, **{**sizes, **settings})
    BertModel(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def bert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    for name in ("torch", "transformers"):
        pytest.importorskip(name, reason=f"{name} is not installed (extra huggingface)")
    return save_bert(tmp_path_factory.mktemp("encoder") / "bert")


@pytest.fixture(scope="module")
def encoder(bert: Path) -> HuggingFaceEncoder:
    return HuggingFaceEncoder(bert)


@pytest.fixture
def copy(bert: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(bert, tmp_path / "copy"))


def test_a_vector_is_the_mean_of_the_last_layer_over_the_tokens_of_a_clause(bert, encoder):
    import torch
    from transformers import AutoModel, AutoTokenizer

    form, clauses = read("合作安全。\n各国加强对话，完善机制。")
    # a window is title, heading and clauses, line by line; every character is a token
    text = f"合作安全。\n\n{form}"
    numbers = AutoTokenizer.from_pretrained(bert)(text, return_tensors="pt")
    with torch.inference_mode():
        hidden = AutoModel.from_pretrained(bert).eval()(**numbers).last_hidden_state[0].numpy()
    assert len(hidden) == 1 + 5 + 5 + 12 + 1
    expected = [hidden[a:b].mean(axis=0) for a, b in ((6, 11), (11, 18), (18, 23))]
    np.testing.assert_allclose(encoder.vectors(form, clauses), expected, atol=1e-5)


def test_same_text_same_bytes_and_a_digest_of_what_decides_them(bert, encoder, copy):
    form, clauses = read("合作安全是可行的。\n各国应当加强对话，完善机制。" * 30)
    first = encoder.vectors(form, clauses)
    assert (first.shape, first.dtype) == ((len(clauses), 32), np.float32)
    assert encoder.vectors(form, clauses) is first
    (copy / "notes.md").write_text("说明", encoding="utf-8")
    again = HuggingFaceEncoder(copy)
    form, clauses = read(form)
    assert again.vectors(form, clauses).tobytes() == first.tobytes()
    assert (again.digest, again.width) == (encoder.digest, 32)
    assert encoder.origin == {"kind": "hugging face", "path": str(bert.resolve())}
    config = json.loads((copy / "config.json").read_text("utf-8"))
    (copy / "config.json").write_text(json.dumps({**config, "layer_norm_eps": 1e-6}), "utf-8")
    assert HuggingFaceEncoder(copy).digest != encoder.digest


@pytest.mark.parametrize(
    "text",
    [
        "安",
        "😀" * 300,
        "安全" * 5000,
        "\n".join("一二三四五六七八九十" * 60),
        "安全，" * 2000,
        "a" * 3000,
        "\x00\n\u200b\n。",
        "𠀀𠀁，𠀂。",
        ("国" * 700 + "。\n") * 3,
    ],
    ids=["one", "emoji", "unpunctuated", "list", "one line", "latin", "marks", "rare", "long"],
)
def test_any_text_has_finite_vectors_a_row_a_clause(encoder, text):
    form, clauses = read(text)
    found = encoder.vectors(form, clauses)
    assert found.shape == (len(clauses), encoder.width)
    assert np.isfinite(found).all()
    assert np.abs(found).sum(axis=1).all()


def test_no_clauses_and_empty_ones_are_taken(encoder):
    none, flags = np.array([], np.int64), np.array([], np.bool_)
    assert encoder.vectors("安", Clauses(none, none, none, none, flags, flags)).shape == (0, 32)
    start, end = np.array([0, 4, 4]), np.array([4, 4, 9])
    place, flags = np.zeros(3, np.int64), np.zeros(3, np.bool_)
    found = encoder.vectors("各国应当加强对话。", Clauses(start, end, place, place, flags, flags))
    assert np.isfinite(found).all()


def test_long_clauses_are_cut_by_tokens(encoder):
    cut, sizes = encoder._cut(["国" * 3000, "", "国家"], MAX_PIECES)
    assert ([len(text) for text in cut], sizes) == ([MAX_PIECES, 0, 2], [MAX_PIECES, 0, 2])


# The whole way

QUICK = NetworkSettings(members=1, epochs=1, min_steps=150)


@pytest.fixture(scope="module")
def model(bert: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    pytest.importorskip("sklearn", reason="scikit-learn is not installed (extra train)")
    from argmine.learn.models import train

    gold = [read_json(file) for file in sorted(GOLD.glob("*.json"))[:ARTICLES]]
    folder = tmp_path_factory.mktemp("models") / "mine"
    train(gold, folder, Configuration(folds=0, encoder_path=str(bert), network=QUICK))
    return folder


def test_a_model_trained_through_it_annotates(bert, encoder, model):
    manifest = json.loads((model / "manifest.json").read_text("utf-8"))
    network = {key: manifest["network"][key] for key in ("encoder", "kind", "path")}
    assert network == {"encoder": encoder.digest, **encoder.origin}
    article = read_json(sorted(GOLD.glob("*.json"))[ARTICLES])
    nlp = argmine.load(model)
    found = argmine.annotate(article.text, nlp)
    assert found.units
    assert {unit.by for unit in found.units} == {nlp.meta["argmine_model"]}
    assert argmine.annotate(article.text, argmine.load(model)) == found


def test_the_encoder_may_have_moved_but_not_changed(bert, copy, model, tmp_path, monkeypatch):
    own = Path(shutil.copytree(model, tmp_path / "model"))
    manifest = json.loads((own / "manifest.json").read_text("utf-8"))
    manifest["network"]["path"] = str(tmp_path / "gone")
    (own / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(InputError, match=r"gone/config.json: cannot be read"):
        argmine.load(own)
    monkeypatch.setenv("ARGMINE_ENCODER", str(copy))
    assert argmine.load(own).meta["argmine_model"] == argmine.load(model).meta["argmine_model"]
    other = save_bert(tmp_path / "other", seed=1)
    monkeypatch.setenv("ARGMINE_ENCODER", str(other))
    with pytest.raises(InputError, match="was trained on the vectors of another encoder"):
        argmine.load(own)


# What is refused


def refused(folder: Path) -> str:
    with pytest.raises(InputError) as caught:
        HuggingFaceEncoder(folder)
    assert "\n" not in str(caught.value)
    assert caught.value.remedy in (
        "choose another encoder",
        "save it with transformers' save_pretrained",
    )
    return caught.value.finding


def changed(folder: Path, file: str, **values: object) -> None:
    old = json.loads((folder / file).read_text("utf-8"))
    (folder / file).write_text(json.dumps({**old, **values}), "utf-8")


def test_pickled_weights_are_never_loaded(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "bert"}', encoding="utf-8")
    (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04N.")
    assert refused(tmp_path) == "holds no weights as safetensors (pickled ones are not loaded)"


def test_folders_without_an_encoder_are_refused(tmp_path):
    assert refused(tmp_path / "none").startswith("cannot be read")
    (tmp_path / "config.json").write_text("{", encoding="utf-8")
    assert refused(tmp_path).startswith("no valid JSON")
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "adapter_config.json").write_text("{}", encoding="utf-8")
    assert refused(tmp_path) == "is an adapter, no whole encoder"


@pytest.mark.parametrize("missing", ["torch", "transformers"])
def test_without_transformers_the_extra_is_named(tmp_path, missing):
    (tmp_path / "config.json").write_text("{}", encoding="utf-8")
    (tmp_path / "model.safetensors").write_bytes(b"")
    code = (
        f"import sys; sys.modules['{missing}'] = None\n"
        "from pathlib import Path\n"
        "from argmine.schema import InputError\n"
        "from argmine.tag.hugging_face import HuggingFaceEncoder\n"
        "try:\n    HuggingFaceEncoder(Path(sys.argv[1]))\nexcept InputError as error:\n    print(error)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.stdout == (
        f"{tmp_path}: needs transformers and torch; run: pip install 'argmine[huggingface]'\n"
    ), done.stderr


@pytest.mark.parametrize(
    ("break_it", "finding"),
    [
        (lambda f: (f / "model.safetensors").write_bytes(b""), "cannot be loaded ("),
        (
            lambda f: (f / "model.safetensors").write_bytes(
                (f / "model.safetensors").read_bytes()[:-100]
            ),
            "cannot be loaded (",
        ),
        (lambda f: (f / "tokenizer.json").write_text("{}"), "cannot be loaded ("),
        (lambda f: changed(f, "config.json", model_type="none"), "cannot be loaded ("),
        (lambda f: changed(f, "config.json", hidden_size=48), "cannot be loaded ("),
        (
            lambda f: changed(f, "config.json", num_hidden_layers=3),
            "lacks weights (encoder.layer.2",
        ),
        (lambda f: changed(f, "config.json", vocab_size=9), "cannot be loaded ("),
    ],
)
def test_a_broken_encoder_is_refused_in_one_line(copy, break_it, finding, capfd):
    break_it(copy)
    assert refused(copy).startswith(finding)
    assert capfd.readouterr() == ("", "")


def test_loading_says_nothing_and_leaves_the_settings_of_transformers(bert, capfd):
    from transformers import logging

    before = logging.get_verbosity(), logging.is_progress_bar_enabled()
    HuggingFaceEncoder(bert)
    assert capfd.readouterr() == ("", "")
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == before


def test_an_encoder_of_short_texts_is_refused(bert, tmp_path):
    short = save_bert(tmp_path / "short", max_position_embeddings=128)
    assert refused(short) == "reads 128 tokens at once, fewer than 512"


def test_code_in_the_folder_is_not_run(copy, tmp_path):
    trace = tmp_path / "trace"
    (copy / "own.py").write_text(f"open({str(trace)!r}, 'w')\n", encoding="utf-8")
    changed(
        copy,
        "config.json",
        model_type="own",
        auto_map={"AutoConfig": "own.A", "AutoModel": "own.B"},
    )
    assert refused(copy).startswith("cannot be loaded (")
    assert not trace.exists()


def test_the_encoder_of_a_manifest_is_loaded_once(bert):
    entry = {"kind": "hugging face", "path": str(bert)}
    assert find_encoder(entry) is find_encoder(entry)
