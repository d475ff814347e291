"""What every command says on standard error, and the checks of options that end in talk."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import typer

from argmine.errors import InputError

if TYPE_CHECKING:
    from rich.progress import Progress


def say(line: str) -> None:
    """Print a line of talk: standard error, for data has standard output."""
    print(line, file=sys.stderr)


def fault_line(error: InputError) -> str:
    """One line about a fault, in the user's language."""
    from argmine.messages import describe, user_language

    return f"argmine: {describe(error, user_language())}"


def stop(error: InputError, code: int) -> NoReturn:
    """Say the fault in one line and end with the exit code."""
    say(fault_line(error))
    raise typer.Exit(code)


def counted(remarks: Mapping[str, int]) -> str:
    """What was dropped, and how often, in the user's language."""
    from argmine.messages import translated, user_language

    says = translated if user_language() == "zh" else str
    return ", ".join(f"{says(reason)}: {count}" for reason, count in sorted(remarks.items()))


def progress_bar(quiet: bool) -> Progress:
    """A bar on standard error that leaves nothing behind; none where that is no terminal."""
    from rich.progress import Progress

    from argmine.show.terminal import error_console

    is_hidden = quiet or not sys.stderr.isatty()
    return Progress(console=error_console(), transient=True, disable=is_hidden)


def check_language(lang: str) -> None:
    """End with 2 unless the language is one of the interface."""
    if lang not in ("zh", "en"):
        stop(InputError(f"--lang {lang}", "", "not one of zh, en", "choose one"), 2)


def check_choice(option: str, value: str, known: Sequence[str]) -> None:
    """End with 2 unless the value of the option is a known one."""
    if value not in known:
        finding = f"not one of {', '.join(known)}"
        stop(InputError(f"{option} {value}", "", finding, "choose one"), 2)


def check_suffix(option: str, path: Path, *suffixes: str) -> None:
    """End with 2 unless the file of the option has one of the suffixes, dots included."""
    if path.suffix not in suffixes:
        finding = f"not one of {', '.join(suffixes)}"
        stop(InputError(f"{option} {path}", "", finding, "choose another file name"), 2)
