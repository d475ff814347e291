"""The configuration file: what is shown is read back, and what is wrong is named."""

from __future__ import annotations

import pytest

from argmine.errors import InputError
from argmine.learn.configuration import DEFAULTS, Configuration, read_configuration, to_toml
from argmine.tag.scorers import Shares


def written(folder, text):
    (folder / "train.toml").write_text(text, encoding="utf-8")
    return folder / "train.toml"


def test_what_is_shown_is_read_back(tmp_path):
    own = Configuration(
        seed=3,
        targets=('合作"安全"\\', "b"),
        labels=("甲",),
        early_stopping=True,
        encoder_path="编码器/a",
    )
    for configuration in (Configuration(), own):
        assert read_configuration(written(tmp_path, to_toml(configuration))) == configuration


def test_what_the_file_does_not_say_stays(tmp_path):
    found = read_configuration(written(tmp_path, "folds = 0\n[units]\nshares = [1, 0, 0.5]\n"))
    assert (found.folds, found.seed) == (0, 0)
    assert found.heads["units"].shares == Shares(1.0, 0.0, 0.5)
    assert found.heads["units"].inverse_penalty == DEFAULTS["units"].inverse_penalty
    assert found.heads["stance"] == DEFAULTS["stance"]


@pytest.mark.parametrize(
    ("text", "place", "finding", "remedy"),
    [
        ("sed = 1", "sed", "is no known key", "perhaps you mean seed"),
        ("[unit]", "unit", "is no known key", "perhaps you mean units"),
        (
            "[units]\npenalty = 1",
            "units.penalty",
            "is no known key",
            "perhaps you mean units.inverse_penalty",
        ),
        ("seed = 'x'", "seed", "is 'x', not a whole number", "correct it"),
        ("seed = true", "seed", "is True, not a whole number", "correct it"),
        ("folds = -1", "folds", "is -1, not a whole number", "correct it"),
        ("units = 3", "units", "is 3, not a table", "correct it"),
        ("targets = 'x'", "targets", "is 'x', not a list of strings", "correct it"),
        ("[units]\nshares = [1]", "units.shares", "is [1], not three numbers", "correct it"),
        ("[stance]\nbalance = '1'", "stance.balance", "is '1', not a number", "correct it"),
        ("borders = 'x'", "borders", "is 'x', not one of auto, found, given", "correct it"),
        ("early_stopping = 1", "early_stopping", "is 1, not true or false", "correct it"),
    ],
)
def test_what_is_wrong_is_named(tmp_path, text, place, finding, remedy):
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        read_configuration(path)
    error = caught.value
    assert (error.path, error.place, error.finding, error.remedy) == (
        str(path),
        place,
        finding,
        remedy,
    )


@pytest.mark.parametrize("text", ["seed =", "seed = 1\nseed = 2", "\xff"])
def test_no_toml_is_refused(tmp_path, text):
    path = tmp_path / "train.toml"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InputError, match="no valid TOML"):
        read_configuration(path)
    with pytest.raises(InputError, match="cannot be read"):
        read_configuration(tmp_path / "none.toml")
