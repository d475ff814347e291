"""The command line as a user meets it: real processes, files, pipes, bad inputs, exit codes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SAMPLE = ROOT / "corpus" / "sample.txt"
GOOD = "各国应当加强对话。这表明，合作安全是可行的。\n"
# Where the model is not what is tested; the other tests take the default one.
RULES = ("--model", "rules")


def run(
    *arguments: object, stdin: bytes = b"", locale: str = "C.UTF-8"
) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-c", "from argmine.cli import main; main()", *map(str, arguments)]
    environment = {**os.environ, "LC_ALL": locale}
    return subprocess.run(command, input=stdin, capture_output=True, timeout=120, env=environment)


def test_bad_documents_are_named_and_the_others_written(tmp_path):
    inputs = tmp_path / "in"
    inputs.mkdir()
    (inputs / "good.txt").write_text(GOOD, encoding="utf-8")
    (inputs / "gbk.txt").write_bytes(GOOD.encode("gb18030"))
    (inputs / "empty.txt").write_bytes(b"")
    (inputs / "binary.txt").write_bytes(bytes(range(256)) * 4)
    (inputs / "broken.docx").write_bytes(b"PK\x03\x04 not a document")
    (inputs / "broken.pdf").write_bytes(b"%PDF-1.7 cut off")
    out = tmp_path / "out"
    done = run("annotate", inputs, tmp_path / "missing.txt", "-o", out, "--jobs", 2, *RULES)
    errors = done.stderr.decode().splitlines()
    assert done.returncode == 1
    assert sorted(file.name for file in out.iterdir()) == ["gbk.json", "good.json"]
    assert [line.split(": ")[1] for line in errors[:-1]] == [
        *[str(inputs / name) for name in ("binary.txt", "broken.docx", "broken.pdf", "empty.txt")],
        str(tmp_path / "missing.txt"),
    ]
    assert all("; " in line for line in errors[:-1])
    assert errors[-1].startswith("2 annotated, 5 failed.")
    good, gbk = (json.loads((out / f"{name}.json").read_text("utf-8")) for name in ("good", "gbk"))
    assert good["units"] == gbk["units"] != []
    assert gbk["source"]["encoding"] == "gb18030"


def test_one_process_and_two_write_the_same_bytes(tmp_path):
    lines = [json.dumps({"id": f"d{n}", "text": GOOD * (n % 5 + 1)}) for n in range(24)]
    records = tmp_path / "in.jsonl"
    records.write_text("\n".join(lines), encoding="utf-8")
    one, two = (run("annotate", records, "-o", "-", "--jobs", n) for n in (1, 2))
    assert one.returncode == two.returncode == 0
    assert one.stdout == two.stdout
    assert [json.loads(line)["id"] for line in one.stdout.splitlines()] == [
        f"d{n}" for n in range(24)
    ]


def test_standard_input_to_standard_output():
    done = run("annotate", "-", "-o", "-", stdin=GOOD.encode())
    assert done.returncode == 0
    article = json.loads(done.stdout)
    assert (article["id"], article["text"]) == ("stdin", GOOD)


def test_an_empty_folder_is_a_usage_error(tmp_path):
    done = run("annotate", tmp_path, "-o", tmp_path / "out")
    assert done.returncode == 2
    assert b"the folder holds no articles" in done.stderr


def test_messages_follow_the_locale_and_results_do_not(tmp_path):
    missing = tmp_path / "无.txt"
    chinese = run("annotate", missing, SAMPLE, "-o", tmp_path / "zh", *RULES, locale="zh_CN.UTF-8")
    english = run("annotate", missing, SAMPLE, "-o", tmp_path / "en", *RULES)
    assert chinese.stderr.decode().splitlines()[0] == f"argmine: {missing}: 找不到文件；请检查路径"
    assert (
        english.stderr.decode().splitlines()[0]
        == f"argmine: {missing}: no such file; check the path"
    )
    results = [(tmp_path / lang / "sample.json").read_bytes() for lang in ("zh", "en")]
    assert results[0] == results[1]


def test_an_output_that_is_a_file_is_refused_before_any_work(tmp_path):
    (tmp_path / "out").write_text("mine", encoding="utf-8")
    done = run("annotate", SAMPLE, "-o", tmp_path / "out")
    assert done.returncode == 3
    assert (tmp_path / "out").read_text(encoding="utf-8") == "mine"


def test_dry_run_writes_nothing(tmp_path):
    done = run("annotate", SAMPLE, "-o", tmp_path / "out", "--dry-run")
    assert (done.returncode, done.stdout.decode()) == (0, f"{SAMPLE}\n")
    assert list(tmp_path.iterdir()) == []


def test_show_writes_a_page_and_refuses_what_is_no_annotated_json(tmp_path):
    assert run("annotate", SAMPLE, "-o", tmp_path).returncode == 0
    page = tmp_path / "page.html"
    assert run("show", tmp_path / "sample.json", "--html", page).returncode == 0
    assert page.read_text(encoding="utf-8").lower().startswith("<!doctype html>")
    shown = run("show", tmp_path / "sample.json")
    assert (shown.returncode, "小院高墙" in shown.stdout.decode()) == (0, True)
    (tmp_path / "no.json").write_text("[]", encoding="utf-8")
    refused = run("show", tmp_path / "no.json")
    assert refused.returncode == 2
    assert refused.stderr.decode().count("\n") == 1


def test_a_closed_pipe_ends_quietly(tmp_path):
    records = tmp_path / "in.jsonl"
    line = json.dumps({"text": GOOD * 50})
    records.write_text("\n".join([line] * 60), encoding="utf-8")
    code = "from argmine.cli import main; main()"
    command = [sys.executable, "-c", code, "annotate", str(records), "-o", "-", *RULES]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    talk = process.stderr.read().decode()
    process.wait(60)
    process.stderr.close()
    assert "Traceback" not in talk


@pytest.mark.slow
def test_a_killed_worker_costs_nothing_but_time(tmp_path):
    records = tmp_path / "in.jsonl"
    lines = [json.dumps({"id": f"d{n}", "text": GOOD * 400}) for n in range(60)]
    records.write_text("\n".join(lines), encoding="utf-8")
    code = "from argmine.cli import main; main()"
    command = [sys.executable, "-c", code, "annotate", str(records), "-o", str(tmp_path / "out")]
    process = subprocess.Popen([*command, "--jobs", "2", "--model", "fast"], stderr=subprocess.PIPE)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(list((tmp_path / "out").glob("d*.json"))) < 3:
        time.sleep(0.05)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    workers = [
        pid for pid in children if b"spawn_main" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    os.kill(int(workers[0]), signal.SIGKILL)
    assert process.stderr is not None
    talk = process.stderr.read().decode()
    process.stderr.close()
    assert process.wait(120) == 0, talk
    assert len(list((tmp_path / "out").glob("d*.json"))) == 60
