"""Fixtures for the tests of the embedded service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from service_connection import Connection

from tracking_client.service import running_service


@pytest.fixture
def host() -> Iterator[str]:
    """Yield the base URL of a service with an empty database, which accepts any Host header."""
    with running_service(any_host=True) as host:
        yield host


@pytest.fixture
def connection(host: str) -> Iterator[Connection]:
    """Yield a connection to a service with an empty database."""
    with Connection(host) as connection:
        yield connection
