"""What training may be told: a TOML file with the settings of each kind of head."""

from __future__ import annotations

import difflib
import json
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from argmine.errors import InputError
from argmine.tag.scorers import Shares

BORDERS = ("auto", "found", "given")
# Keys that are tables of their own.
_TABLES = {"heads", "network"}


_SHARES = Shares(0.5, 0.5, 0.5)


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of one kind of head; see :class:`argmine.learn.estimators.ClauseClassifier`."""

    min_documents: int = 4
    max_ngrams: int = 8000
    inverse_penalty: float = 0.1
    shares: Shares = _SHARES
    balance: float = 0.0
    place_scale: float = 0.0
    once: bool = False


@dataclass(frozen=True, slots=True)
class NetworkSettings:
    """Settings of the networks over the encoder's vectors; see :mod:`argmine.learn.network`.

    Attributes:
        members: networks that are averaged, each with its own seed.
        epochs: passes over the training texts; more where these are few, see ``min_steps``.
        min_steps: of the optimizer.
        learn_rate, weight_decay, dropout, smoothing: as the literature calls them.
        piece: clauses that are read at once in training.
        batch: pieces a step.
        unit_ngrams, stance_ngrams: the voice of the n-grams beside the networks, 0 to 1.
    """

    members: int = 4
    epochs: int = 16
    min_steps: int = 1000
    learn_rate: float = 2e-3
    weight_decay: float = 0.02
    dropout: float = 0.4
    smoothing: float = 0.05
    piece: int = 80
    batch: int = 4
    unit_ngrams: float = 0.15
    stance_ngrams: float = 0.3


# units, stance: chosen together on real/dev from models trained on the other articles.
# segments: by cross-validation over 111 essays with six roles (macro-F1), place_scale from 1, 1.5,
# 2, 3, balance from 0, 0.5, 0.6, 0.7, the paragraph's share from 0, 0.5, 0.7, inverse_penalty from
# 0.05, 0.07, 0.1, with and without once.
# document: by cross-validation over 2,986 posts on five targets (F_avg), inverse_penalty from 0.1,
# 0.3, 1, min_documents from 2, 4, with and without once.
# subtype: on real/dev from models trained on real/train (accuracy), inverse_penalty from 0.1, 0.3,
# balance and the paragraph's share from 0, 0.5.
DEFAULTS: Mapping[str, Settings] = MappingProxyType(
    {
        "units": Settings(),
        "segments": Settings(shares=Shares(0.0, 0.5, 0.0), balance=0.5, place_scale=2.0, once=True),
        "stance": Settings(shares=Shares(1.0, 0.5, 1.0), balance=0.7),
        "document": Settings(2, 20_000, 0.3, Shares(0.0, 0.0, 0.0), once=True),
        "subtype": Settings(inverse_penalty=0.3, shares=Shares(0.0, 0.5, 0.0), balance=0.5),
    }
)


_NETWORK = NetworkSettings()


@dataclass(frozen=True, slots=True)
class Configuration:
    """All that training may be told.

    Attributes:
        seed: of the folds, and of what early stopping holds out.
        folds: of the cross-validation; 0 leaves it out.
        early_stopping: choose each head's penalty, and when a network stops, on held-out documents.
        borders: whether units are ``found`` or their borders ``given``; ``auto`` looks at the gold.
        targets: of stance; none stands for all in the gold.
        labels: of units; none stands for all in the gold.
        encoder: train networks over the encoder's vectors too.
        encoder_path: folder of an encoder in the format of Hugging Face, in the place of argmine's
            own; implies ``encoder``.
        network: their settings.
        heads: the settings by kind of head.
    """

    seed: int = 0
    folds: int = 5
    early_stopping: bool = False
    borders: str = "auto"
    targets: tuple[str, ...] = ()
    labels: tuple[str, ...] = ()
    encoder: bool = False
    encoder_path: str = ""
    network: NetworkSettings = _NETWORK
    heads: Mapping[str, Settings] = field(default_factory=lambda: DEFAULTS)

    def __post_init__(self) -> None:
        """An encoder's folder asks for networks."""
        if self.encoder_path:
            object.__setattr__(self, "encoder", True)


def read_configuration(path: Path) -> Configuration:
    """Read a TOML file; what it does not say stays at its default.

    Raises:
        InputError: no TOML, an unknown key (names the nearest known one), or a value of a wrong
            kind.
    """
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        finding = f"cannot be read ({error.strerror})"
        raise InputError(str(path), "", finding, "check the path") from error
    except ValueError as error:
        raise InputError(str(path), "", f"no valid TOML ({error})", "repair the file") from error
    own = Configuration()
    heads = dict(DEFAULTS)
    for kind in heads.keys() & table.keys():
        section = table.pop(kind)
        if not isinstance(section, dict):
            raise _wrong_kind(path, kind, section, "a table")
        heads[kind] = _replaced(path, heads[kind], section, f"{kind}.")
    network = table.pop("network", {})
    if not isinstance(network, dict):
        raise _wrong_kind(path, "network", network, "a table")
    own = replace(own, network=_replaced(path, own.network, network, "network."))
    found = _replaced(path, own, table, "", (*heads, "network"))
    if found.borders not in BORDERS:
        raise _wrong_kind(path, "borders", found.borders, f"one of {', '.join(BORDERS)}")
    _check_network(path, found.network)
    configuration: Configuration = replace(found, heads=MappingProxyType(heads))
    return configuration


def _check_network(path: Path, network: NetworkSettings) -> None:
    """Refuse numbers that nothing can be trained with."""
    for key in ("members", "piece", "batch"):
        if getattr(network, key) < 1:
            raise _wrong_kind(path, f"network.{key}", getattr(network, key), "at least 1")
    for key in ("dropout", "smoothing"):
        if getattr(network, key) >= 1:
            raise _wrong_kind(path, f"network.{key}", getattr(network, key), "below 1")
    for key in ("unit_ngrams", "stance_ngrams"):
        if getattr(network, key) > 1:
            raise _wrong_kind(path, f"network.{key}", getattr(network, key), "at most 1")


def _replaced(
    path: Path, old: Any, table: dict[str, Any], prefix: str, sections: tuple[str, ...] = ()
) -> Any:
    """The dataclass with the table's values, each of the kind of its default."""
    names = {item.name for item in fields(old)} - _TABLES
    values = {}
    for key, value in table.items():
        if key not in names:
            near = difflib.get_close_matches(key, sorted({*names, *sections}), 1, 0.0)
            remedy = f"perhaps you mean {prefix}{near[0]}"
            raise InputError(str(path), prefix + key, "is no known key", remedy)
        values[key] = _of_kind(path, prefix + key, getattr(old, key), value)
    return replace(old, **values)


def _of_kind(path: Path, key: str, default: Any, value: Any) -> Any:
    if isinstance(default, Shares):
        numbers = isinstance(value, list) and len(value) == len(default)
        if numbers and all(isinstance(v, int | float) and v >= 0 for v in value):
            return Shares(*map(float, value))
        raise _wrong_kind(path, key, value, "three numbers")
    if isinstance(default, tuple):
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        raise _wrong_kind(path, key, value, "a list of strings")
    if isinstance(default, float) and type(value) in (int, float) and value >= 0:
        return float(value)
    if type(value) is not type(default) or (type(value) is int and value < 0):
        kinds = {bool: "true or false", int: "a whole number", float: "a number", str: "a string"}
        raise _wrong_kind(path, key, value, kinds[type(default)])
    return value


def _wrong_kind(path: Path, key: str, value: Any, wanted: str) -> InputError:
    return InputError(str(path), key, f"is {value!r}, not {wanted}", "correct it")


def to_toml(configuration: Configuration) -> str:
    """The configuration as TOML, which :func:`read_configuration` reads back."""
    lines = [
        f"{item.name} = {_toml(getattr(configuration, item.name))}"
        for item in fields(configuration)
        if item.name not in _TABLES
    ]
    tables: dict[str, Settings | NetworkSettings] = {
        **configuration.heads,
        "network": configuration.network,
    }
    for kind, settings in tables.items():
        lines += ["", f"[{kind}]"]
        lines += [
            f"{item.name} = {_toml(getattr(settings, item.name))}" for item in fields(settings)
        ]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, tuple):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, str):
        # JSON's escapes of a string are TOML's, but for DEL
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    return str(value)
