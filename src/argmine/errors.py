"""The error that argmine raises for a fault in the user's data.

By itself, as every command needs it and few need the schema, which takes longer to load.
"""

from __future__ import annotations


def one_line(message: str) -> str:
    """A message without control characters, which a file name or a quotation may hold."""
    return "".join(c if c.isprintable() else "\ufffd" for c in message)


class InputError(ValueError):
    """A fault in the user's data: which file, where in it, what was found, what to do.

    Attributes:
        path: the file, or a name for the input.
        place: line, byte, key or clause; may be empty.
        finding: what is wrong.
        remedy: what the user can do.
    """

    def __init__(self, path: str, place: str, finding: str, remedy: str) -> None:
        self.path, self.place, self.finding, self.remedy = path, place, finding, remedy
        super().__init__(str(self))

    def __str__(self) -> str:
        """One line: ``file: place: finding; remedy``."""
        where = f"{self.path}: {self.place}" if self.place else self.path
        return one_line(f"{where}: {self.finding}; {self.remedy}")

    def __reduce__(self) -> tuple[type, tuple[str, str, str, str]]:
        """Cross a process border whole."""
        return (InputError, (self.path, self.place, self.finding, self.remedy))
