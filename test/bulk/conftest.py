"""Fixtures shared by the tests of many files: a service whose requests are recorded, and a client for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from clients import client_for

from tracking_client import ApiClient
from tracking_client.testing.fixture import TrackingServiceFixture, running_fixture


@pytest.fixture
def service() -> Iterator[TrackingServiceFixture]:
    """Yield a service that records its requests."""
    with running_fixture() as service:
        yield service


@pytest.fixture
def client(service: TrackingServiceFixture) -> Iterator[ApiClient]:
    """Yield a client for that service."""
    with client_for(service.host) as client:
        yield client
