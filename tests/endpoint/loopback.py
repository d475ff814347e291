"""A real server on loopback that answers what the test says, and keeps what it was asked."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-test-4f9a7c"


@dataclass
class Answer:
    """One HTTP answer; ``drip`` sends the body byte by byte with this pause, ``delay`` waits first."""

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drip: float = 0.0
    cut_at: int | None = None


@dataclass
class Asked:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]


class Server:
    """Answers in turn, the last answer for ever; an answer may be made from the question."""

    def __init__(self) -> None:
        self.answers: list[Answer | Callable[[dict[str, Any]], Answer]] = []
        self.asked: list[Asked] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                size = int(self.headers["Content-Length"])
                question = json.loads(self.rfile.read(size))
                server.asked.append(Asked(self.path, dict(self.headers), question))
                answer = server.answers[min(len(server.asked), len(server.answers)) - 1]
                if callable(answer):
                    answer = answer(question)
                with suppress(OSError):  # the client has had enough
                    self._send(answer)

            def _send(self, answer: Answer) -> None:
                time.sleep(answer.delay)
                self.send_response(answer.status)
                headers = {"Content-Type": "application/json", **answer.headers}
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                if answer.drip:
                    for n in range(len(answer.body)):
                        self.wfile.write(answer.body[n : n + 1])
                        time.sleep(answer.drip)
                else:
                    self.wfile.write(answer.body[: answer.cut_at])

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.base = f"http://127.0.0.1:{self.http.server_address[1]}/v1"


def completion(content: Any, tokens: Any = 100, finish: str = "stop") -> Answer:
    """A chat completion with this content."""
    if not isinstance(content, str):
        content = json.dumps(content, ensure_ascii=False)
    record = {
        "choices": [
            {"message": {"role": "assistant", "content": content}, "finish_reason": finish}
        ],
        "usage": {"total_tokens": tokens},
    }
    return Answer(json.dumps(record, ensure_ascii=False).encode())


def unit(key: str, quote: str, label: str = "claim", stance: str = "neutral") -> dict[str, str]:
    return {"id": key, "quote": quote, "label": label, "stance": stance}


def link(source: str, target: str, label: str = "support") -> dict[str, str]:
    return {"source": source, "target": target, "label": label}


def answer(*units: Any, relations: Any = ()) -> dict[str, Any]:
    return {"units": list(units), "relations": list(relations)}
