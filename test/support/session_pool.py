"""A connection pool that sends requests through `requests`, so that the package `responses` can mock the responses."""

from __future__ import annotations

from typing import Any

import requests

import tracking_client


class SessionPool:
    """Replacement for a `urllib3.HTTPConnectionPool`.

    Args:
        origin: The scheme, host and port of the server, for example ``http://localhost:8080``.
    """

    proxy = None

    def __init__(self, origin: str) -> None:
        self.origin = origin
        self.session = requests.Session()

    def urlopen(self, method: str, url: str, body: Any = None, headers: Any = None, **options: Any) -> Any:
        """Send a request to the origin and return the urllib3 response. The options are ignored."""
        return self.session.request(
            method, self.origin + url, data=body, headers=headers, stream=True, allow_redirects=False
        ).raw

    def close(self) -> None:
        """Close the session."""
        self.session.close()


def client_over_session(host: str) -> tracking_client.ApiClient:
    """Return a client whose responses the package `responses` mocks."""
    api_client = tracking_client.ApiClient(tracking_client.Configuration(host=host))
    api_client.rest_client.connect = SessionPool  # type: ignore[method-assign, assignment]
    return api_client
