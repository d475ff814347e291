"""The command line as a user meets it, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys

COMMAND = [sys.executable, "-c", "from argmine.cli import main; main()"]


def run_argmine(
    *arguments: object, stdin: bytes = b"", locale: str = "C.UTF-8", code: int = 0
) -> subprocess.CompletedProcess[bytes]:
    """What a command printed, which must end with ``code`` within a minute."""
    done = subprocess.run(
        [*COMMAND, *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=60,
        env={**os.environ, "LC_ALL": locale},
    )
    assert done.returncode == code, done.stderr.decode()
    return done
