"""Connections that respect a call's deadline, and their pools.

Only this module, `raw_responses` and `tls` rely on undocumented behaviour of `http.client` and urllib3. What
this one relies on, and what happens if that changes:

- ``http.client.HTTPConnection`` makes a response with ``response_class``, and keeps the last one in ``__response``.
  Otherwise what follows a response might be taken for the next one (`_DeadlineConnection`, `_IdleConnections`).
- urllib3's connections call ``connect()`` and ``send()`` for everything they do. Otherwise a write would no longer be
  capped, and every failed request would count as one that was not sent (`_DeadlineConnection`).
- ``HTTPConnectionPool`` makes its queue with ``QueueCls(maxsize)``, fills it with None, uses only ``get()`` and
  ``put()``, makes a new connection where the queue is empty, and validates one with ``_validate_conn()``. Otherwise
  urllib3's own warnings come back, and a call in progress fails when its pool is closed (`_IdleConnections`,
  `_ClosablePool`, `HTTPPool`, `HTTPSPool`).
- urllib3 iterates over ``socket_options`` for each socket that it opens. Otherwise all addresses of a host name would
  be tried even after the deadline (`SocketOptions`).
- ``PoolManager.pool_classes_by_scheme`` names the pool classes. Otherwise calls through a proxy would have no deadline
  (`HTTPPool`, `HTTPSPool`).
- ``HTTPConnectionPool.ConnectionCls`` is the class of the connections of a pool, which vcrpy replaces. Otherwise calls
  would have no deadline (`HTTPPool`, `HTTPSPool`).
- ``HTTPConnectionPool.proxy``: see the function that uses it.

Every override takes arguments that it does not know, and passes them on where it calls what it overrides.
"""

from __future__ import annotations

import contextlib
import math
import queue
from collections.abc import Iterator
from typing import Any

import urllib3
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection

from .deadline import current
from .raw_responses import RawResponse
from .recordings import ConnectionClass

if hasattr(urllib3, "AsyncPoolManager"):
    # It reads responses in another way, so that no deadline would hold.
    raise ImportError(
        "tracking_client does not work with urllib3-future, which is installed in place of urllib3 (by niquests). "
        "Use another environment, or: pip uninstall urllib3-future && pip install --force-reinstall urllib3"
    )


class _DeadlineConnection(HTTPConnection):
    """A connection that respects the deadline of the call, and notes whether a request was sent."""

    response_class = RawResponse

    def connect(self, *args: Any, **kwargs: Any) -> None:
        call = current.get()
        timeout = self.timeout
        if call.connect_timeout != math.inf:
            self.timeout = call.cap(call.connect_timeout)
        # What is sent to a proxy to open its tunnel, and its response, are part of connecting.
        current.set(call.while_connecting(self.timeout))
        try:
            super().connect(*args, **kwargs)
        finally:
            current.set(call)
        # Not if that failed: then urllib3 reports the timeout, and discards the connection.
        self.timeout = timeout

    def send(self, data: Any, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()
        call = current.get()
        call.limit(self.sock, self.timeout)
        call.sent = True
        super().send(data, *args, **kwargs)


class SocketOptions(list[Any]):
    """Socket options that stop a host name's further addresses from being tried once the deadline has passed."""

    def __iter__(self) -> Iterator[Any]:
        current.get().cap(None)
        return super().__iter__()


class _IdleConnections(queue.LifoQueue[Any]):
    """The idle connections of a pool, last in, first out. Closes a surplus connection without logging a warning, and
    one on which something is unread. ``get()`` and ``put()`` take no lock, which a fork could leave held: they never
    wait, and a list is appended to and popped from atomically.

    Once it is closed it keeps none: a call in progress can still open a connection, which is closed at its end.
    """

    def get(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.queue.pop()
        except IndexError:
            raise queue.Empty from None

    def put(self, item: Any, *args: Any, **kwargs: Any) -> None:
        if item is None:
            return  # a free slot: the pool opens a new connection where there is no idle one
        response = getattr(item, "_HTTPConnection__response", None)
        if type(response) is RawResponse and (response.fp is not None or response.has_surplus):
            item.close()  # what is unread would be the next response
            return
        self.queue.append(item)
        self.close_all_but(self.maxsize)

    def close(self) -> None:
        """Close the idle connections, and from now on each that is put back."""
        self.maxsize = 0
        self.close_all_but(0)

    def close_all_but(self, count: int) -> None:
        """Close idle connections until only so many are left."""
        with contextlib.suppress(queue.Empty):  # other threads may have taken them meanwhile
            while len(self.queue) > count:
                self.get().close()


def close_idle_connections(pool: HTTPConnectionPool | None) -> None:
    """Close the idle connections of a pool, if there is one. Those in use are not affected."""
    idle = getattr(pool, "pool", None)
    if isinstance(idle, _IdleConnections):  # the pool is open, and one of this module
        idle.close_all_but(0)


class _ClosablePool(HTTPConnectionPool):
    """A pool that can be closed while other threads use it.

    Attributes:
        route: a hint for errors, which names the proxy; None if there is none.
    """

    QueueCls = _IdleConnections
    route: str | None = None

    def close(self, *args: Any, **kwargs: Any) -> None:
        # urllib3 would have calls in progress raise a ClosedPoolError.
        idle: Any = self.pool
        idle.close()


def has_deadline_connections(pool: HTTPConnectionPool) -> bool:
    """Return whether the connections of a pool respect the deadline, and note whether a request was sent.

    Not those that replace the ones of this module, or those of a pool that does.
    """
    connection_class: Any = getattr(pool, "ConnectionCls", None)
    return isinstance(connection_class, type) and issubclass(connection_class, _DeadlineConnection)


class HTTPPool(_ClosablePool):
    """A pool of connections over http."""

    ConnectionCls = ConnectionClass(HTTPConnectionPool, _DeadlineConnection)


class HTTPSPool(_ClosablePool, HTTPSConnectionPool):
    """A pool of connections over https."""

    ConnectionCls = ConnectionClass(HTTPSConnectionPool, _DeadlineConnection)

    def _validate_conn(self, conn: Any, *args: Any, **kwargs: Any) -> None:
        if self.cert_reqs == "CERT_REQUIRED":
            super()._validate_conn(conn, *args, **kwargs)
        elif conn.sock is None:
            # urllib3 would warn at every request; `pools.open_pool` has warned once.
            conn.connect()


POOL_CLASSES: dict[str, type[HTTPPool | HTTPSPool]] = {"http": HTTPPool, "https": HTTPSPool}


def is_forwarded(pool: HTTPConnectionPool, url: str) -> bool:
    """Return whether a pool sends requests for a url to a proxy that needs the whole url.

    See RFC 9112, section 3.2.2. For a url over https, the proxy opens a tunnel instead.
    """
    return pool.proxy is not None and url.startswith("http:")
