"""Shared fixtures: no network, one loaded pipeline, the folder of real articles."""

from __future__ import annotations

import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

settings.register_profile("argmine", deadline=None, derandomize=True, max_examples=60)
settings.load_profile("argmine")

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def no_network(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refuse every connection that leaves the machine."""
    connect = socket.socket.connect

    def guarded(self: socket.socket, address: Any) -> None:
        if self.family != socket.AF_UNIX and address[0] not in ("127.0.0.1", "::1", "localhost"):
            raise AssertionError(f"a test reached for the network: {address}")
        connect(self, address)

    monkeypatch.setattr(socket.socket, "connect", guarded)


@pytest.fixture(scope="session")
def nlp() -> Any:
    from argmine import load

    return load("rules")


@pytest.fixture(scope="session")
def real() -> Path:
    """The folder of real articles, which are not part of the project."""
    folder = ROOT.parent / "shared" / "real"
    if not folder.is_dir():
        pytest.skip("the real articles (../shared/real) are not here")
    return folder


def pytest_addoption(parser: pytest.Parser) -> None:
    """Let golden files be rewritten; the difference is then reviewed."""
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("Chromium is not installed")
    flags = "--no-sandbox --disable-gpu --no-first-run --disable-background-networking"
    with sync_api.sync_playwright() as tool:
        browser = tool.chromium.launch(executable_path=path, args=flags.split())
        yield browser
        browser.close()
