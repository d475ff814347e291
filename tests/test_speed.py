"""Speed and memory as ratios within one run, so that the machine does not matter.

Run it alone for trustworthy figures: ``pytest -m slow tests/test_speed.py -s``.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import time

import pytest

from argmine.batch.inputs import Job
from argmine.batch.run import Task, annotate_all, annotate_job

pytestmark = pytest.mark.slow


def cpu(function, *arguments) -> float:
    begin = time.process_time()
    function(*arguments)
    return time.process_time() - begin


# The goal is 1.0, which the rules keep; the ceilings leave room for the noise of a shared machine
# and only ever fall.
@pytest.mark.parametrize(("model", "ceiling"), [("rules", 1.25), ("fast", 1.5)])
def test_the_whole_line_costs_about_as_much_as_bare_jieba(real, model, ceiling):
    import jieba

    jieba.setLogLevel(60)
    jieba.initialize()
    files = sorted((real / "pool").glob("*.txt"))
    texts = [file.read_text(encoding="utf-8") for file in files]
    jobs = [Job(name=str(file), id=file.stem, path=str(file)) for file in files]

    def line() -> None:
        outcomes = annotate_all(jobs, None, model=model)
        assert [outcome.error for outcome in outcomes] == [None] * len(jobs)

    def yardstick() -> None:
        for text in texts:
            for _ in jieba.cut(text):
                pass

    line()
    # side by side, as the clock of a busy machine drifts; the calmest of three pairs counts
    pairs = [(cpu(line), cpu(yardstick)) for _ in range(3)]
    ours, theirs = min(pairs, key=lambda pair: pair[0] / pair[1])
    size = sum(map(len, texts))
    print(
        f"{model}: {len(texts)} articles, {size} characters: {ours:.2f} s, jieba {theirs:.2f} s, {ours / theirs:.2f} x"
    )
    assert ours / theirs <= ceiling


@pytest.mark.parametrize(("model", "ceiling"), [("rules", 6.0), ("fast", 9.0)])
@pytest.mark.parametrize("kind", ["article", "one line without punctuation"])
def test_time_is_linear(kind, model, ceiling):
    piece = "各国应当加强对话。这表明，合作安全是可行的；2025年2月，“数据”增长40%。\n"
    size = 100_000
    if kind != "article":
        # four times this are 5 MB of UTF-8
        piece, size = "各国应当加强对话这表明合作安全是可行的", 5_000_000 // 3 // 4
    small = piece * (size // len(piece))
    annotate_job(Job(name="warm", record={"text": piece}, id="warm"), Task(model=model))

    task = Task(model=model)

    def run(text: str) -> None:
        assert annotate_job(Job(name="t", record={"text": text}, id="t"), task).error is None

    once, four = (min(cpu(run, small * n) for _ in range(3)) for n in (1, 4))
    print(f"{model}, {kind}: {four / once:.2f} x the time for 4 x the text")
    # The goal is 4.6, which the rules keep; the rest is left to the noise of a shared machine. The
    # n-grams of a clause of a million characters outgrow the caches: 5.3 to 6.4 were seen.
    # Anything quadratic would give 16.
    assert four / once <= ceiling


def test_peak_memory_of_the_pool_in_a_fresh_process(real, tmp_path):
    # VmHWM begins anew with the program; ru_maxrss would be inherited from the test process
    code = (
        "import sys, re; from pathlib import Path; from argmine.batch.inputs import find_inputs, find_jobs\n"
        "from argmine.batch.run import annotate_all\n"
        "jobs = find_jobs(find_inputs(sys.argv[1:2]))\n"
        "assert not any(o.error for o in annotate_all(jobs, Path(sys.argv[2]), model='fast'))\n"
        "print(re.search(r'VmHWM:\\s+(\\d+)', Path('/proc/self/status').read_text())[1])"
    )
    command = [sys.executable, "-c", code, str(real / "pool"), str(tmp_path)]
    megabytes = int(subprocess.run(command, capture_output=True, check=True).stdout) // 1024
    print(f"peak {megabytes} MB")
    assert len(list(tmp_path.iterdir())) == len(list((real / "pool").glob("*.txt")))
    assert megabytes < 600


def test_start_up(tmp_path):
    sample = tmp_path / "a.txt"
    sample.write_text("各国应当加强对话。\n" * 300, encoding="utf-8")

    def timed(*arguments: str) -> float:
        code = "from argmine.cli import main; main()"
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run([sys.executable, "-c", code, *arguments], capture_output=True, check=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    timed("--help")
    helped = min(timed("--help") for _ in range(5))
    whole = min(timed("annotate", str(sample), "-o", str(tmp_path)) for _ in range(2))
    print(f"--help {helped:.2f} s, one article {whole:.2f} s (CPU)")
    # .15 and 2 where they were first measured; 3.7 for the second on a slower processor
    assert helped < 0.4
    assert whole < 8
