"""Messages: every wording of a fault has its Chinese, and the parts that change stay in place."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

import argmine
from argmine.errors import InputError
from argmine.lexicons import read_table
from argmine.messages import COLUMNS, describe, translated, user_language

ROOT = Path(argmine.__file__).parent
PARTS = {"place", "finding", "remedy"}


def wording(node: ast.expr) -> str | None:
    """The template of a string or f-string: ``{}`` for each part that changes."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(
            str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values
        )
    return None


def wordings(file: Path) -> set[str]:
    """All wordings that go into an InputError of the file, also by way of a name."""
    found: set[str] = set()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    scopes = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)] or [tree]
    named: dict[str, set[str]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            values = [node.value]
            if isinstance(node.value, ast.IfExp):
                values = [node.value.body, node.value.orelse]
            texts = {text for value in values if (text := wording(value))}
            named.setdefault(node.targets[0].id, set()).update(texts)
    for scope in scopes:
        for call in ast.walk(scope):
            if isinstance(call, ast.Call) and getattr(call.func, "id", "") in {
                "InputError",
                "_decode_as",
                "_refused",
            }:
                for argument in call.args[1:]:
                    text = wording(argument)
                    if text is not None:
                        found.add(text)
                    elif isinstance(argument, ast.Name):
                        found |= named.get(argument.id, set())
                    elif isinstance(argument, ast.IfExp):
                        found |= {t for p in (argument.body, argument.orelse) if (t := wording(p))}
    return {text for text in found if re.search("[a-z]{2}", text.replace("{}", ""))}


# Places that are names of files inside an archive, or of keys, have no translation.
UNTRANSLATED = {"word/document.xml", "schema_version", "utf-8", "text", "id", "labels"}


def test_every_wording_has_its_chinese():
    english = {row["english"] for row in read_table("messages", COLUMNS, package="argmine")}
    used = set().union(*(wordings(file) for file in ROOT.rglob("*.py"))) - UNTRANSLATED
    assert sorted(used - english) == []


def test_both_languages_have_the_same_gaps():
    for row in read_table("messages", COLUMNS, package="argmine"):
        assert row["english"].count("{}") == row["chinese"].count("{}"), row["english"]


@pytest.mark.parametrize(
    ("error", "chinese"),
    [
        (
            InputError("a.txt", "", "no such file", "check the path"),
            "a.txt: 找不到文件；请检查路径",
        ),
        (
            InputError("a.txt", "line 3, byte 118", "is no utf-8", "check --encoding"),
            "a.txt: 第 3 行，第 118 字节: 不是 utf-8 编码；请检查 --encoding",
        ),
        (InputError("a; b", "", "said what nobody wrote", "x"), "a; b: said what nobody wrote；x"),
    ],
)
def test_a_fault_in_chinese(error, chinese):
    assert describe(error, "zh") == chinese
    assert describe(error, "en") == str(error)


def test_what_is_not_in_the_table_stays_as_it_is():
    assert translated("said what nobody wrote") == "said what nobody wrote"


@pytest.mark.parametrize(
    ("value", "lang"), [("zh_CN.UTF-8", "zh"), ("zh_TW", "zh"), ("en_US.UTF-8", "en"), ("C", "en")]
)
def test_the_locale_decides_the_language(monkeypatch, value, lang):
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", value)
    assert user_language() == lang
