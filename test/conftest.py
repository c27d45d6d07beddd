"""What the tests share: the embedded service behind a real socket, and clients for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

import tracking_client
from tracking_client.service import running_service

# What is tested on loopback is not to go through a proxy of the machine's.
os.environ["NO_PROXY"] = os.environ["no_proxy"] = "127.0.0.1,::1,localhost"

# An example may wait for a socket: how long it takes says nothing. The same examples each time: the long run seeks new.
settings.register_profile("default", deadline=None, derandomize=True)
settings.load_profile("default")


@pytest.fixture
def host() -> Iterator[str]:
    """The url of an embedded service with an empty database."""
    with running_service() as host:
        yield host


@pytest.fixture
def api_client(host: str) -> Iterator[tracking_client.ApiClient]:
    with tracking_client.ApiClient(tracking_client.Configuration(host=host)) as api_client:
        yield api_client


@pytest.fixture
def api(api_client: tracking_client.ApiClient) -> tracking_client.FileApi:
    return tracking_client.FileApi(api_client)


@pytest.fixture
def sample_id(api_client: tracking_client.ApiClient) -> str:
    """A sample of the service's."""
    return add_sample(api_client)


def add_sample(api_client: tracking_client.ApiClient, **names: str) -> str:
    sample = api_client.call_api("/samples", "POST", body=names, response_type="object", _return_http_data_only=True)
    id_: str = sample["id"]
    return id_


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The waits before repetitions, in seconds, which are not waited."""
    kept: list[float] = []
    monkeypatch.setattr("tracking_client.retry.sleep", kept.append)
    return kept


def api_for(host: str, **settings: object) -> tracking_client.FileApi:
    """The endpoints on a host, with settings of the configuration."""
    configuration = tracking_client.Configuration(host=host)
    for name, value in settings.items():
        setattr(configuration, name, value)
    return tracking_client.FileApi(tracking_client.ApiClient(configuration))
