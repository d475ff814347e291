"""One question to an OpenAI-compatible server: ``POST {base}/chat/completions``.

This uses the standard library's ``http.client`` and not httpx: it follows no redirect, reads no
proxy settings and no .netrc, and unpacks nothing. All that would have to be switched off
elsewhere, and what is needed here fits one page. Certificates are those of the system.
"""

from __future__ import annotations

import http.client
import os
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import orjson

from argmine import __version__
from argmine.endpoint.answers import strict_json
from argmine.errors import InputError

# Seconds for one answer: a model of 7 B parameters writes some 5 tokens a second on a laptop's
# processor, and reads and writes about 3000 tokens for one window.
TIMEOUT = 600.0
# Seconds until a server takes the call; across the world it takes less than one.
CONNECT_TIMEOUT = 10.0
# With waits of 1, 2 and 4 seconds a server that starts anew is met again.
MAX_TRIES = 4
FIRST_WAIT = 1.0
# A server that asks for more patience than this is asked again all the same.
MAX_WAIT = 60.0
# An answer of MAX_ANSWER_TOKENS is some 20 kB, with its thoughts a hundred.
MAX_ANSWER_BYTES = 2_000_000
# A window quoted whole in twenty units with relations is about 2000 tokens; a model that thinks
# aloud needs as much again.
MAX_ANSWER_TOKENS = 4096
# What a server says of its fault is shown this far.
MAX_SHOWN = 200
_TOO_MANY, _BAD_REQUEST, _OK = 429, (400, 422), 200

Message = dict[str, str]


def checked_base(address: str) -> str:
    """The address without its last slash.

    Raises:
        InputError: no plain http or https address. The address is not repeated: it may hold a
            password.
    """
    example = "write for instance http://127.0.0.1:8080/v1"
    try:
        parts = urlsplit(address)
        is_plain = address.isascii() and address.isprintable() and " " not in address
        is_web = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_plain = is_web = False
    if not (is_plain and is_web):
        raise InputError("--endpoint", "", "is no http or https address", example)
    if "@" in parts.netloc:
        remedy = "put the key into an environment variable and name that with --key-env"
        raise InputError("--endpoint", "", "holds a user name or a password", remedy)
    if "?" in address or "#" in address:
        raise InputError("--endpoint", "", "holds more than host and path", example)
    return address.rstrip("/")


def key_from(variable: str | None) -> str:
    """The key in an environment variable; empty where none is named.

    Raises:
        InputError: the variable is not set, or holds what no key holds. Neither is repeated.
    """
    if variable is None:
        return ""
    key = os.environ.get(variable, "").strip()
    if not key:
        remedy = "set the variable, and give its name, not the key"
        raise InputError("--key-env", "", "names no environment variable that is set", remedy)
    # what may stand in a header; without quotation mark and backslash it looks the same in JSON
    if not (key.isascii() and key.isprintable()) or any(mark in key for mark in ' "\\'):
        finding = "names a variable that holds no key"
        raise InputError("--key-env", "", finding, "set it to the key alone")
    return key


@dataclass(frozen=True, slots=True)
class Reply:
    """What the model wrote, and the tokens that question and answer cost."""

    content: str
    tokens: int


@dataclass(frozen=True, slots=True)
class _Response:
    status: int
    retry_after: str
    encoding: str
    data: bytes


class Client:
    """Asks one model of one server.

    Args:
        base: as :func:`checked_base` gives it.
        model: the name of the model on the server.
        key: sent as ``Authorization: Bearer``; empty sends none.
        timeout: seconds for one answer.
        first_wait: seconds before the second try; doubled each time.
    """

    def __init__(
        self,
        base: str,
        model: str,
        key: str = "",
        *,
        timeout: float = TIMEOUT,
        first_wait: float = FIRST_WAIT,
    ) -> None:
        self.base, self.model = base, model
        self._key, self._timeout, self._first_wait = key, timeout, first_wait
        self._parts = urlsplit(base)
        # how many forms of a request the server has turned down
        self._form = 0

    def forms(self, messages: Sequence[Message], schema: dict[str, Any]) -> list[bytes]:
        """The forms of a request, the strictest first, the one that every server knows last."""
        plain = {"model": self.model, "messages": list(messages), "stream": False}
        options = {"temperature": 0, "max_tokens": MAX_ANSWER_TOKENS}
        to_schema = {"name": "annotation", "strict": True, "schema": schema}
        by_schema = {"type": "json_schema", "json_schema": to_schema}
        bodies: list[dict[str, Any]] = [
            {**plain, **options, "response_format": by_schema},
            {**plain, **options, "response_format": {"type": "json_object"}},
            plain,
        ]
        return [orjson.dumps(body) for body in bodies]

    def ask(self, messages: Sequence[Message], schema: dict[str, Any]) -> Reply:
        """Ask once, with all the patience that a busy server needs.

        Raises:
            InputError: the server cannot be reached, says no, or answers with something else.
        """
        forms = self.forms(messages, schema)
        for number in range(self._form, len(forms)):
            response = self._send_patiently(forms[number])
            if response.status not in _BAD_REQUEST:
                break
        self._check(response)
        self._form = number
        return self._reply(response.data, sum(len(message["content"]) for message in messages))

    def without_key(self, text: str) -> str:
        """A text in which the key, should it stand there, does not stand."""
        return text.replace(self._key, "***") if self._key else text

    def _send_patiently(self, body: bytes) -> _Response:
        wait = self._first_wait
        for _ in range(MAX_TRIES - 1):
            asked = 0.0
            with suppress(http.client.HTTPException, OSError):
                response = self._send(body)
                if response.status != _TOO_MANY and response.status < 500:
                    return response
                asked = _seconds(response.retry_after)
            time.sleep(min(MAX_WAIT, max(wait, asked)))
            wait *= 2
        try:
            return self._send(body)
        except (http.client.HTTPException, OSError) as error:
            # an HTTPException quotes the server, which may repeat what was sent to it
            why = getattr(error, "strerror", None) or type(error).__name__
            remedy = "check the address, and that the server runs"
            raise InputError(self.base, "", f"cannot be reached ({why})", remedy) from None

    def _send(self, body: bytes) -> _Response:
        """Send one request; the server has ``timeout`` seconds in all, however it drips.

        Raises:
            InputError: it took longer.
            OSError: no connection, or a broken one.
            http.client.HTTPException: no HTTP.
        """
        with closing(self._connection()) as connection:
            connection.connect()
            connection.sock.settimeout(self._timeout)
            # the socket's own limit begins anew with each byte: the timer's does not
            expired = threading.Event()
            timer = threading.Timer(self._timeout, _hang_up, (connection.sock, expired))
            timer.daemon = True
            timer.start()
            try:
                response = self._exchange(connection, body)
            except TimeoutError:
                expired.set()
            except (http.client.HTTPException, OSError):
                if not expired.is_set():
                    raise
            finally:
                timer.cancel()
        if expired.is_set():
            finding = f"no answer within {self._timeout:g} seconds"
            raise InputError(self.base, "", finding, "take a smaller model or a faster server")
        return response

    def _exchange(self, connection: http.client.HTTPConnection, body: bytes) -> _Response:
        headers = {
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            "Connection": "close",
            "Content-Type": "application/json",
            "User-Agent": f"argmine/{__version__}",
        }
        if self._key:
            headers["Authorization"] = f"Bearer {self._key}"
        connection.request("POST", f"{self._parts.path}/chat/completions", body, headers)
        with connection.getresponse() as answer:
            return _Response(
                answer.status,
                answer.getheader("Retry-After", ""),
                answer.getheader("Content-Encoding", "identity").strip().lower(),
                answer.read(MAX_ANSWER_BYTES + 1),
            )

    def _connection(self) -> http.client.HTTPConnection:
        host, patience = self._parts.hostname or "", min(CONNECT_TIMEOUT, self._timeout)
        if self._parts.scheme == "https":
            context = ssl.create_default_context()
            port = self._parts.port or http.client.HTTPS_PORT
            return http.client.HTTPSConnection(host, port, timeout=patience, context=context)
        port = self._parts.port or http.client.HTTP_PORT
        return http.client.HTTPConnection(host, port, timeout=patience)

    def _check(self, response: _Response) -> None:
        status = response.status
        if 300 <= status < 400:
            finding = f"answers with a redirect ({status}), which is not followed"
            raise InputError(self.base, "", finding, "give the address that it redirects to")
        if len(response.data) > MAX_ANSWER_BYTES:
            finding = f"answers with more than {MAX_ANSWER_BYTES} bytes"
            raise InputError(self.base, "", finding, "check the server")
        if response.encoding != "identity":
            finding = "answers in a compressed form that was not asked for"
            raise InputError(self.base, "", finding, "check the server")
        if status == _OK:
            return
        remedy = "see the log of the server"
        if status in (401, 403):
            remedy = "check the key (--key-env)"
        elif status == 404:
            remedy = "check --endpoint and --endpoint-model"
        said = self.without_key(_fault(response.data))[:MAX_SHOWN]
        raise InputError(self.base, "", f"answers with status {status} ({said})", remedy)

    def _reply(self, data: bytes, asked: int) -> Reply:
        try:
            record = strict_json(data)
            choice = record["choices"][0]
            content, finish = choice["message"]["content"], choice.get("finish_reason")
            usage = record.get("usage")
            if not isinstance(content, str):
                raise TypeError("no text")
        except (ValueError, TypeError, LookupError, AttributeError):
            remedy = "check that this is the address of an OpenAI-compatible server"
            raise InputError(self.base, "", "answers with no chat completion", remedy) from None
        if finish == "length":
            remedy = "give the server a larger context, or take a model that writes less"
            raise InputError(self.base, "", "the answer breaks off at its limit", remedy)
        tokens = usage.get("total_tokens") if isinstance(usage, dict) else None
        if not isinstance(tokens, int) or isinstance(tokens, bool) or tokens <= 0:
            # a server that does not count, or counts nonsense: about a token a character
            tokens = asked + len(content)
        return Reply(content, tokens)


def _hang_up(connected: socket.socket, expired: threading.Event) -> None:
    expired.set()
    with suppress(OSError):
        # past the layer of TLS, whose own shutdown would wait for the other side
        socket.socket.shutdown(connected, socket.SHUT_RDWR)


def _seconds(retry_after: str) -> float:
    """What a server asks for: seconds or a date; nothing where it is neither."""
    if retry_after.isascii() and retry_after.isdigit():
        return float(retry_after[:9])
    try:
        return (parsedate_to_datetime(retry_after) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError, OverflowError):
        return 0.0


def _fault(data: bytes) -> str:
    """What an OpenAI-compatible server says of its fault; nothing where it is no such server."""
    try:
        fault = strict_json(data)["error"]
        message = fault if isinstance(fault, str) else fault["message"]
    except (ValueError, TypeError, LookupError):
        message = None
    return message if isinstance(message, str) else "no reason given"
