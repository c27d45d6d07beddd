"""Connections that respect a call's deadline, and their pools.

Only this module, `raw_responses` and `tls_sockets` rely on undocumented behaviour of `http.client` and urllib3. What
this one relies on, and what happens if that changes:

- ``http.client.HTTPConnection`` makes a response with ``response_class``, and keeps the last one in ``__response``.
  Otherwise what follows a response might be taken for the next one (`_DeadlineConnection`, `_IdleConnections`).
- urllib3's connections call ``connect()`` and ``send()`` for everything they do. Otherwise a write would no longer be
  capped, and every failed request would count as one that was not sent (`_DeadlineConnection`).
- ``http.client`` collects the lines of a request with ``_output()``. Otherwise every call would fail
  (`_DeadlineConnection`).
- urllib3's connections make a socket with ``_new_conn()``, and send with its ``sendall()``. Otherwise a call would take
  longer (`_PlainSocket`).
- ``HTTPConnectionPool`` makes its queue with ``QueueCls(maxsize)``, fills it with None, uses only ``get()`` and
  ``put()``, makes a new connection where the queue is empty, and validates one with ``_validate_conn()``. Otherwise
  urllib3's own warnings come back, and a call in progress fails when its pool is closed (`_IdleConnections`,
  `_ClosablePool`, `HTTPPool`, `HTTPSPool`).
- urllib3 iterates over ``socket_options`` for each socket that it opens. Otherwise all addresses of a host name would
  be tried even after the deadline (`SocketOptions`).
- urllib3 copies a ``Timeout`` with ``clone()``, and notes when an attempt began with ``start_connect()``, which only a
  ``total`` depends on. Otherwise every attempt but the first would raise a ``TimeoutStateError`` (`_SharedTimeout`).
- ``PoolManager.pool_classes_by_scheme`` names the pool classes. Otherwise calls through a proxy would have no deadline
  (`DeadlineProxyManager`).
- ``HTTPConnectionPool.ConnectionCls`` is the class of the connections of a pool. vcrpy and others replace it for
  urllib3's pools; otherwise they would not see the requests of this client (`_ConnectionClass`).
- ``HTTPConnectionPool.proxy``: see the function that uses it.

Every override takes arguments that it does not know, and passes them on where it calls what it overrides.
"""

from __future__ import annotations

import contextlib
import math
import os
import queue
import socket
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import urllib3
from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, ProxyManager, Timeout
from urllib3.connection import HTTPConnection
from urllib3.util import SKIP_HEADER

from .._wire.headers import header_line
from .deadline import current
from .raw_responses import RawResponse

if TYPE_CHECKING:
    _Connection = HTTPConnection
    _ConnectionPool = HTTPConnectionPool
    _Queue = queue.LifoQueue[Any]
    _Socket = socket.socket
else:
    # The mixins below go before one of several classes.
    _Connection = _ConnectionPool = object
    _Queue = queue.LifoQueue

if hasattr(urllib3, "AsyncPoolManager"):
    # It reads responses in another way, so that no deadline would hold.
    raise ImportError(
        "tracking_client does not work with urllib3-future, which is installed in place of urllib3 (by niquests). "
        "Use another environment, or: pip uninstall urllib3-future && pip install --force-reinstall urllib3"
    )


_IS_POSIX = os.name == "posix" and socket.socket.__module__ == "socket"
"""Whether a socket is a file descriptor that `os.write` can write to. On Windows it is not. gevent, eventlet and tests
may have replaced the class by their own."""

if not TYPE_CHECKING:
    _Socket = socket.socket if _IS_POSIX else object


class _DeadlineConnection(_Connection):
    """A connection that respects the deadline of the call, and notes whether a request was sent."""

    response_class = RawResponse

    _connecting = False

    # The class name in urllib3's messages is of no use to a reader.
    def __str__(self) -> str:
        return f"{self.host}:{self.port}"

    __repr__ = __str__

    def connect(self, *args: Any, **kwargs: Any) -> None:
        call = current.get()
        timeout = self.timeout
        if call.connect_timeout != math.inf:
            self.timeout = call.cap(call.connect_timeout)
        # The response of a proxy to CONNECT is part of connecting.
        current.set(call.while_connecting(self.timeout))
        self._connecting = True
        try:
            super().connect(*args, **kwargs)
        finally:
            current.set(call)
            self._connecting = False
        # Not if that failed: then urllib3 reports the timeout, and discards the connection.
        self.timeout = timeout

    def _new_conn(self, *args: Any, **kwargs: Any) -> socket.socket:
        connected: socket.socket = super()._new_conn(*args, **kwargs)
        if _IS_POSIX and type(connected) is _PlainSocket.__base__:
            connected.__class__ = _PlainSocket
        return connected

    def putheader(self, header: Any, *values: Any, **kwargs: Any) -> None:
        line = header_line(header, values)
        if line is None or SKIP_HEADER in values:
            super().putheader(header, *values, **kwargs)
        else:
            self._output(line)  # type: ignore[attr-defined]

    def send(self, data: Any, *args: Any, **kwargs: Any) -> None:
        if self.sock is None:
            self.connect()
        call = current.get()
        timeout = call.cap(self.timeout)
        if not self._connecting:  # while connecting, only CONNECT is sent, to a proxy
            call.sent = True
        if timeout != self.sock.gettimeout():
            self.sock.settimeout(timeout)
        super().send(data, *args, **kwargs)


class _PlainSocket(_Socket):
    """A socket without TLS that makes fewer system calls, at each of which Python may run another thread.

    It sets its timeout only if that changes: urllib3 sets it before each request and each response. It writes at once,
    while any other socket with a timeout first waits until it can write.
    """

    __slots__ = ()

    def settimeout(self, value: float | None, *args: Any, **kwargs: Any) -> None:
        if value != self.gettimeout():
            super().settimeout(value, *args, **kwargs)

    def sendall(self, data: Any, *args: Any, **kwargs: Any) -> None:
        sent = 0
        if type(data) is bytes and not args and not kwargs:
            try:
                sent = os.write(self.fileno(), data)
            except BlockingIOError as error:
                if error.__traceback__ is None or error.__traceback__.tb_next is not None:
                    raise  # by a signal handler, which may have run after all was written
            if sent == len(data):
                return
        super().sendall(memoryview(data)[sent:] if sent else data, *args, **kwargs)


class _SharedTimeout(Timeout):
    """Timeouts that many attempts share. urllib3 makes two copies for each attempt, to note when it began."""

    def clone(self, *args: Any, **kwargs: Any) -> Timeout:
        return self

    def start_connect(self, *args: Any, **kwargs: Any) -> float:
        return time.monotonic()


@lru_cache(maxsize=64)
def attempt_timeout(connect: float | None, read: float | None) -> Timeout:
    """Return the timeouts of an attempt in seconds, None for no limit."""
    return _SharedTimeout(connect=connect, read=read)


class SocketOptions(list[Any]):
    """Socket options that stop a host name's further addresses from being tried once the deadline has passed."""

    def __iter__(self) -> Iterator[Any]:
        current.get().cap(None)
        return super().__iter__()


class _IdleConnections(_Queue):
    """The idle connections of a pool, last in, first out. Closes a surplus connection without logging a warning, and
    one on which something is unread. ``get()`` and ``put()`` take no lock, which a fork could leave held: they never
    wait, and a list is appended to and popped from atomically.

    Once it is closed it keeps none: a call in progress can still open a connection, which is closed at its end.
    """

    _is_closed = False

    def get(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return self.queue.pop()
        except IndexError:
            raise queue.Empty from None

    def put(self, item: Any, *args: Any, **kwargs: Any) -> None:
        if item is None:
            return  # a free slot: the pool opens a new connection where there is no idle one
        try:
            response = item._HTTPConnection__response
        except AttributeError:  # not a connection of this module, but of a tool that records requests
            response = None
        if type(response) is RawResponse and (response.fp is not None or response.has_surplus):
            item.close()  # what is unread would be the next response
            return
        self.queue.append(item)
        with contextlib.suppress(queue.Empty):  # other threads may have taken them meanwhile
            while len(self.queue) > self.maxsize:
                self.get().close()
        if self._is_closed:
            self.close()

    def close(self) -> None:
        """Close the idle connections, and from now on each that is put back."""
        self._is_closed = True
        self.close_all()

    def close_all(self) -> None:
        """Close the idle connections."""
        with contextlib.suppress(queue.Empty):
            while True:
                self.get().close()


def close_idle_connections(pool: HTTPConnectionPool) -> None:
    """Close the idle connections of a pool. Those in use are not affected."""
    idle = getattr(pool, "pool", None)
    if isinstance(idle, _IdleConnections):  # the pool is open, and one of this module
        idle.close_all()


class _ClosablePool(_ConnectionPool):
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


def _genuine(connection_class: Any) -> Any:
    """Return urllib3's own class of connections: at the import of this module, vcrpy may have replaced it."""
    return next(each for each in connection_class.__mro__ if each.__module__ == "urllib3.connection")


_MOCKS_OF_SOCKETS = frozenset(["httpretty.core", "mocket.mocket", "mocket.socket"])
"""The modules that replace `socket.socket` with a class that has only what urllib3's own connections need."""


class _ConnectionClass:
    """The class of a pool's connections: one of this module, or that by which urllib3's is replaced.

    If sockets are mocks, it is urllib3's.

    Args:
        pool_class: the pool of urllib3 whose class of connections may be replaced.
    """

    def __init__(self, pool_class: type[HTTPConnectionPool]) -> None:
        self._pool_class = pool_class
        self._genuine = _genuine(pool_class.ConnectionCls)
        self._own = type(self._genuine.__name__, (_DeadlineConnection, self._genuine), {})

    def __get__(self, *args: Any, **kwargs: Any) -> Any:
        replaced = self._pool_class.ConnectionCls
        if replaced is not self._genuine or socket.socket.__module__ in _MOCKS_OF_SOCKETS:
            return replaced
        return self._own


def has_deadline_connections(pool: HTTPConnectionPool) -> bool:
    """Return whether the connections of a pool respect the deadline, and note whether a request was sent.

    Not those of a tool for tests, such as vcrpy, or of a pool that replaces the one of this module.
    """
    connection_class: Any = getattr(pool, "ConnectionCls", None)
    return isinstance(connection_class, type) and issubclass(connection_class, _DeadlineConnection)


class HTTPPool(_ClosablePool, HTTPConnectionPool):
    """A pool of connections over http."""

    ConnectionCls = _ConnectionClass(HTTPConnectionPool)


class HTTPSPool(_ClosablePool, HTTPSConnectionPool):
    """A pool of connections over https."""

    ConnectionCls = _ConnectionClass(HTTPSConnectionPool)

    def _validate_conn(self, conn: Any, *args: Any, **kwargs: Any) -> None:
        if self.cert_reqs == "CERT_REQUIRED":
            super()._validate_conn(conn, *args, **kwargs)
        elif conn.sock is None:
            # urllib3 would warn at every request; `pools.open_pool` has warned once.
            conn.connect()


POOL_CLASSES: dict[str, type[HTTPPool | HTTPSPool]] = {"http": HTTPPool, "https": HTTPSPool}


class DeadlineProxyManager(ProxyManager):
    """Makes pools of this module that connect through a proxy."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pool_classes_by_scheme = POOL_CLASSES


def is_forwarded(pool: HTTPConnectionPool, origin: str) -> bool:
    """Return whether a pool sends requests for an origin to a proxy that needs the whole url.

    See RFC 9112, section 3.2.2. For an origin over https, the proxy opens a tunnel instead.
    """
    return pool.proxy is not None and origin.startswith("http:")
