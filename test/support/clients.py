"""Helpers that create clients and the samples they need."""

from __future__ import annotations

import tracking_client


def add_sample(api_client: tracking_client.ApiClient, **names: str) -> str:
    """Add a sample to the service and return its id.

    Args:
        api_client: The client to send the request with.
        names: The ``experiment-id`` and ``isolate-id`` of the sample.
    """
    id_ = tracking_client.SampleApi(api_client).samples_post(names).id
    assert id_ is not None
    return id_


def client_for(host: str, **settings: object) -> tracking_client.ApiClient:
    """Return a client for a host.

    Args:
        host: The base URL of the service.
        settings: Attributes to set on the `Configuration`.
    """
    configuration = tracking_client.Configuration(host=host)
    for name, value in settings.items():
        setattr(configuration, name, value)
    return tracking_client.ApiClient(configuration)


def api_for(host: str, **settings: object) -> tracking_client.FileApi:
    """Return a `FileApi` for a host.

    Args:
        host: The base URL of the service.
        settings: Attributes to set on the `Configuration`.
    """
    return tracking_client.FileApi(client_for(host, **settings))
