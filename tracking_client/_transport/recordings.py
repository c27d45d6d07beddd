"""What vcrpy needs, which records responses and plays them back: it replaces urllib3's connections and responses."""

from __future__ import annotations

import io
from typing import Any

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPHeaderDict, HTTPResponse


class ConnectionClass:
    """The class of a pool's connections: one that respects the deadline, or that by which urllib3's is replaced.

    Args:
        pool_class: the pool of urllib3 whose class of connections may be replaced.
        mixin: what makes a connection of urllib3 respect the deadline.
    """

    def __init__(self, pool_class: type[HTTPConnectionPool], mixin: type) -> None:
        self._pool_class = pool_class
        # At the import of this module, it may be replaced already.
        classes = pool_class.ConnectionCls.__mro__
        self._genuine: Any = next(each for each in classes if each.__module__ == "urllib3.connection")
        self._own = type(self._genuine.__name__, (mixin, self._genuine), {})

    def __get__(self, *args: Any, **kwargs: Any) -> Any:
        replaced = self._pool_class.ConnectionCls
        return self._own if replaced is self._genuine else replaced


def as_response(response: Any) -> BaseHTTPResponse:
    """Return the response of a pool as urllib3's class: a recorded one has another, and is in memory already."""
    if isinstance(response, BaseHTTPResponse):
        return response
    body = io.BytesIO(response.read())
    headers = HTTPHeaderDict(response.headers.items())
    return HTTPResponse(body, headers, response.status, reason=response.reason, preload_content=False)
