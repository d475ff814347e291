"""Messages about faults in the user's data, in Chinese where the user reads Chinese.

The English wording stands where a fault is raised. ``messages.tsv`` holds the Chinese of each
wording; ``{}`` in both stands for the part that changes.
"""

from __future__ import annotations

import locale
import os
import re
from functools import cache

from argmine.errors import InputError, one_line
from argmine.lexicons import read_table

COLUMNS = ("english", "chinese", "source")


def user_language() -> str:
    """``zh`` where the user's locale is Chinese, else ``en``."""
    stated = next(
        (os.environ[n] for n in ("LC_ALL", "LC_MESSAGES", "LANG") if os.environ.get(n)), ""
    )
    name = stated or locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


def describe(error: InputError, lang: str) -> str:
    """One line that says file, place, finding and remedy in the language, ``zh`` or ``en``."""
    if lang != "zh":
        return str(error)
    finding, remedy = translated(error.finding), translated(error.remedy)
    where = [part for part in (error.path, translated(error.place)) if part]
    return one_line(": ".join([*where, f"{finding}；{remedy}"]))


def translated(wording: str) -> str:
    """The Chinese of a wording; the wording itself where the table has none."""
    for pattern, chinese in _table():
        match = pattern.fullmatch(wording)
        if match is not None:
            # a part may be a wording itself: "{}, or {}"
            return chinese.format(*map(translated, match.groups()))
    return wording


@cache
def _table() -> tuple[tuple[re.Pattern[str], str], ...]:
    rows = read_table("messages", COLUMNS, package="argmine")
    # the wording with the most fixed characters is the most exact
    rows = tuple(sorted(rows, key=lambda row: -len(row["english"].replace("{}", ""))))
    return tuple((_pattern(row["english"]), row["chinese"]) for row in rows)


def _pattern(english: str) -> re.Pattern[str]:
    return re.compile("(.*)".join(map(re.escape, english.split("{}"))), re.DOTALL)
