"""The loopback server as a fixture, and a client of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from loopback import KEY, Server

from argmine.endpoint.client import Client


@pytest.fixture
def server() -> Iterator[Server]:
    made = Server()
    thread = threading.Thread(target=made.http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield made
    made.http.shutdown()
    made.http.server_close()
    thread.join()


@pytest.fixture
def client(server: Server) -> Client:
    """Of the server, with a key and little patience."""
    return Client(server.base, "small", KEY, timeout=2.0, first_wait=0.01)
