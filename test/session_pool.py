"""A pool that carries a client's requests through `requests`, where the package `responses` can answer them."""

from __future__ import annotations

from typing import Any

import requests

import tracking_client


class SessionPool:
    """Stands in for a `urllib3.HTTPConnectionPool`.

    Args:
        origin: scheme, name and port of the server.
    """

    proxy = None

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.session = requests.Session()

    def urlopen(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> Any:
        return self.session.request(
            method, self.origin + url, data=body, headers=headers, stream=True, allow_redirects=False
        ).raw

    def close(self) -> None:
        self.session.close()


def client_over_session(host: str) -> tracking_client.ApiClient:
    """A client whose requests `responses` answers."""
    api_client = tracking_client.ApiClient(tracking_client.Configuration(host=host))
    api_client.rest_client.connect = SessionPool  # type: ignore[method-assign, assignment]
    return api_client
