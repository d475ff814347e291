"""The command line: one thin function a command, one file a family; heavy imports inside.

Data goes to standard output, talk to standard error. Exit codes: 0 all fine, 1 some documents
failed, 2 usage or unreadable input, 3 the output cannot be written, 130 interrupted.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from argmine import __version__
from argmine.cli.annotating import annotate, schema, show
from argmine.cli.comparing import compare, find, keyness, table
from argmine.cli.learning import agree, benchmark, curve, evaluate, join, models, train
from argmine.cli.talk import fault_line, say
from argmine.errors import InputError

app = typer.Typer(
    rich_markup_mode=None,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Argument mining for Chinese policy texts. 中文政策文本论辩挖掘。",
)
_IN_ORDER_OF_HELP = (
    annotate,
    show,
    evaluate,
    agree,
    curve,
    train,
    benchmark,
    models,
    join,
    table,
    compare,
    keyness,
    find,
    schema,
)
for _command in _IN_ORDER_OF_HELP:
    app.command()(_command)


def _version(asked: bool) -> None:
    if asked:
        print(__version__)
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_version, is_eager=True, help="Print the version. 版本号"
        ),
    ] = False,
) -> None:
    """Options before the command."""


def main() -> None:
    """Run the command line."""
    for stream, errors in ((sys.stdout, "strict"), (sys.stderr, "backslashreplace")):
        stream.reconfigure(encoding="utf-8", errors=errors)  # type: ignore[union-attr]
    try:
        app()
    except InputError as error:
        say(fault_line(error))
        sys.exit(2)
    except BrokenPipeError:
        # the reader (head, less) has gone: end quietly, and keep the interpreter from complaining
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except KeyboardInterrupt:
        sys.exit(130)
