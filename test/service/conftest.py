"""Fixtures for the tests of the embedded service."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from service_connection import Connection


@pytest.fixture
def connection(host: str) -> Iterator[Connection]:
    """Yield a connection to a service with an empty database."""
    with Connection(host) as connection:
        yield connection
