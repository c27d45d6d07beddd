"""Fixtures shared by the tests: an embedded service behind a socket, and clients for it."""

from __future__ import annotations

import gc
import os
import shutil
import signal
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from clients import add_sample
from hypothesis import settings

import tracking_client
from tracking_client.service import running_service

# What is set here for the command, or changes what it writes, is not meant for the tests.
_FOR_THE_COMMAND = {"ATLAS_TRACKING_API", "NO_COLOR", "FORCE_COLOR", "COLUMNS", "PYTHONUNBUFFERED"}
for _name in [*os.environ]:
    if _name.startswith("TRACKING_CLIENT_") or _name in _FOR_THE_COMMAND:
        del os.environ[_name]

# Requests to loopback addresses must not be sent through a proxy configured in the environment.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,::1,localhost"

# A shell starts its background jobs with Ctrl-C ignored, which the processes of the tests would inherit.
signal.signal(signal.SIGINT, signal.default_int_handler)

# No deadline, because an example may wait for a socket. Derandomized, so that each run tests the same examples; the
# tests marked `long` search for new ones.
settings.register_profile("default", deadline=None, derandomize=True, max_examples=30)
settings.load_profile("default")


def pytest_collection_finish() -> None:
    """Exempt what was collected from garbage collection: to look at it takes 0.1 s each time."""
    gc.freeze()


@pytest.fixture
def host() -> Iterator[str]:
    """Yield the base URL of an embedded service with an empty database."""
    with running_service() as host:
        yield host


@pytest.fixture
def api_client(host: str) -> Iterator[tracking_client.ApiClient]:
    """Yield a client for the embedded service."""
    with tracking_client.ApiClient(tracking_client.Configuration(host=host)) as api_client:
        yield api_client


@pytest.fixture
def api(api_client: tracking_client.ApiClient) -> tracking_client.FileApi:
    """Return the file operations of the client."""
    return tracking_client.FileApi(api_client)


@pytest.fixture
def sample_id(api_client: tracking_client.ApiClient) -> str:
    """Return the id of a sample that exists in the embedded service."""
    return add_sample(api_client)


@pytest.fixture
def _no_names(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no host name exist, and look none up: only addresses have addresses."""

    def getaddrinfo(host, port, family=0, type=0, proto=0, flags=0):
        return original(host, port, family, type, proto, flags | socket.AI_NUMERICHOST)

    original = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Record the backoff delays, in seconds, instead of sleeping."""
    recorded: list[float] = []
    monkeypatch.setattr("tracking_client._transport.attempts.sleep", recorded.append)
    return recorded


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Yield a real browser."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = shutil.which("chromium") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("Chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield browser
        browser.close()
