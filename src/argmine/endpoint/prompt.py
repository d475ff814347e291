"""What a model is asked: the instructions, which are data (prompt.md), and one window."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.resources import files

from argmine.endpoint.client import Message

# Hex digits of the SHA-256 of the instructions, in the signature: as of the lexicons.
_DIGITS = 8
# Longer titles are none; the limit keeps a strange file from filling the context.
MAX_TITLE = 200


@cache
def _instructions() -> bytes:
    return (files("argmine.endpoint") / "prompt.md").read_bytes()


def prompt_digest() -> str:
    """The first hex digits of the SHA-256 of the instructions."""
    return hashlib.sha256(_instructions()).hexdigest()[:_DIGITS]


def messages_for(window: str, title: str | None, heading: str | None) -> list[Message]:
    """The question about one window.

    Args:
        window: the words to annotate.
        title: that of the article, where the window does not hold it.
        heading: that of the section that the window begins in, where it does not hold it.
    """
    # the text cannot know the hash of its own window, so it cannot write the mark of its end
    mark = hashlib.sha256(window.encode()).hexdigest()[:_DIGITS]
    lines = [
        f"{name}：{' '.join(words.split())[:MAX_TITLE]}"
        for name, words in (("文章标题（title）", title), ("本节标题（heading）", heading))
        if words
    ]
    lines += [f"正文 {mark} 开始", window, f"正文 {mark} 结束"]
    return [
        {"role": "system", "content": _instructions().decode()},
        {"role": "user", "content": "\n".join(lines)},
    ]
