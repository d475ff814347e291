"""``argmine annotate --endpoint`` as a user meets it: a real process and a real server."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from loopback import KEY, Answer, answer, completion, unit

from argmine.schema import read_json

TEXT = "去年湖区发生了12起渔船纠纷。各方应当把热线写进协议。"
SAID = answer(
    unit("1", "去年湖区发生了12起渔船纠纷。", "evidence"),
    unit("2", "各方应当把热线写进协议。", "recommendation", "favor"),
    unit("3", "各方已经签署了盟约。"),
)


def run(*arguments: object, locale: str = "C.UTF-8") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", "from argmine.cli import main; main()", *map(str, arguments)]
    environment = {**os.environ, "LC_ALL": locale, "LAKE_KEY": KEY}
    return subprocess.run(
        command, capture_output=True, timeout=120, env=environment, encoding="utf-8"
    )


@pytest.fixture
def texts(tmp_path):
    folder = tmp_path / "in"
    folder.mkdir()
    for name in ("a", "b", "c"):
        (folder / f"{name}.txt").write_text(TEXT + f"第{name}次会晤成功。", encoding="utf-8")
    return folder


def test_articles_are_annotated_counted_and_shown(server, texts, tmp_path):
    server.answers = [completion(SAID)]
    out, cache = tmp_path / "out", tmp_path / "cache"
    options = ("-o", out, "--endpoint", server.base + "/", "--endpoint-model", "small")
    options += ("--key-env", "LAKE_KEY", "--cache", cache, "-j", 4)
    done = run("annotate", texts, *options)
    assert done.returncode == 0
    assert done.stdout == ""
    assert done.stderr.splitlines() == [
        *[f"argmine: {texts / name}.txt: quotation not in the text: 1" for name in ("a", "b", "c")],
        "3 annotated, 0 failed. 已标注 3 篇，失败 0 篇。",
        "3 requests, 0 from the cache, 300 tokens.",
        "请求 3 次，取自缓存 0 次，词元 300 个。",
        "quotation not in the text: 3",
    ]
    assert {asked.headers["Authorization"] for asked in server.asked} == {f"Bearer {KEY}"}
    results = {file.name: file.read_bytes() for file in out.iterdir()}
    assert sorted(results) == ["a.json", "b.json", "c.json"]
    found = read_json(out / "a.json")
    assert [(unit.text, unit.label) for unit in found.units] == [
        ("去年湖区发生了12起渔船纠纷。", "evidence"),
        ("各方应当把热线写进协议。", "recommendation"),
    ]
    again = run("annotate", texts, *options, locale="zh_CN.UTF-8")
    assert len(server.asked) == 3
    assert {file.name: file.read_bytes() for file in out.iterdir()} == results
    assert again.stderr.splitlines()[-1] == "引文不在原文中: 3"
    for file in (*out.iterdir(), *cache.iterdir()):
        assert KEY not in file.read_text("utf-8")
    page = tmp_path / "a.html"
    assert run("show", out / "a.json", "--html", page).returncode == 0
    assert "各方应当把热线写进协议" in page.read_text("utf-8")
    assert "各方应当把热线写进协议" in run("show", out / "a.json").stdout.replace("\n", "")


def test_the_rest_is_skipped_when_the_budget_is_spent(server, texts, tmp_path):
    server.answers = [completion(SAID, tokens=9_000)]
    options = ("--endpoint", server.base, "--endpoint-model", "small", "--budget", 10_000)
    done = run("annotate", texts, "-o", tmp_path / "out", *options)
    lines = done.stderr.splitlines()
    assert done.returncode == 1
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["a.json"]
    skipped = "skipped: the budget of 10000 tokens leaves too little; give a larger --budget; "
    assert [line.partition(".txt: ")[2] for line in lines[1:3]] == [
        skipped + "with --cache nothing is paid twice"
    ] * 2
    assert lines[3:6] == [
        "1 annotated, 0 failed. 已标注 1 篇，失败 0 篇。",
        "2 skipped. 跳过 2 篇。",
        "1 requests, 0 from the cache, 9000 tokens.",
    ]


def test_a_refusal_is_told_without_the_key(server, texts, tmp_path):
    body = json.dumps({"error": {"message": f"unknown key {KEY}"}}).encode()
    server.answers = [Answer(body, 401)]
    options = ("--endpoint", server.base, "--endpoint-model", "small", "--key-env", "LAKE_KEY")
    done = run("annotate", texts, "-o", tmp_path / "out", *options, "--debug")
    assert done.returncode == 1
    assert KEY not in done.stderr
    assert done.stderr.splitlines()[0] == (
        f"argmine: {texts / 'a.txt'}: {server.base}: answers with status 401 (unknown key ***); "
        "check the key (--key-env)"
    )
    assert list((tmp_path / "out").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--budget", "5"], "annotate: options of an endpoint without --endpoint"),
        (["--endpoint-model", "small"], "annotate: options of an endpoint without --endpoint"),
        (["--endpoint", "http://127.0.0.1:1/v1"], "--endpoint-model: names no model"),
        (
            ["--endpoint", "http://127.0.0.1:1/v1", "--endpoint-model", "m", "--model", "rules"],
            "annotate: --model and --endpoint exclude each other",
        ),
        (
            ["--endpoint", "http://me:geheim@127.0.0.1:1/v1", "--endpoint-model", "m"],
            "--endpoint: holds a user name or a password",
        ),
        (
            ["--endpoint", "http://127.0.0.1:1/v1", "--endpoint-model", "m", "--key-env", "NO"],
            "--key-env: names no environment variable that is set",
        ),
    ],
)
def test_wrong_options_are_refused_before_any_work(texts, tmp_path, options, message):
    done = run("annotate", texts, "-o", tmp_path / "out", *options)
    assert done.returncode == 2
    assert done.stderr.startswith(f"argmine: {message}; ")
    assert "geheim" not in done.stderr
    assert not (tmp_path / "out").exists()
