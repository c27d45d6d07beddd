"""Connections that heed the end of a call, and that keep to what HTTP says of an answer."""

from __future__ import annotations

import contextlib
import io
import math
import socket
from http.client import HTTPException, HTTPResponse, IncompleteRead
from queue import Empty, Full
from typing import TYPE_CHECKING, Any, Optional, Union

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection

from .deadline import current_call
from .plain_head import plain_head

if TYPE_CHECKING:
    _Base = HTTPConnection
else:
    _Base = object  # what follows is mixed into the connections of both schemes

_BUFFER = 8192
"""How much is read ahead of an answer, in bytes: less than the longest line that `http.client` takes."""


class _Reader(io.RawIOBase):
    """The reading side of a socket, each read cut to what is left of the call.

    Attributes:
        ended: whether the other side has closed it.
    """

    ended = False

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        limit = current_call.read_limit
        self._limit = connected.gettimeout() if limit == math.inf else limit
        # Keeps the socket open for as long as this is, even if the connection is closed by its owner.
        self._held = connected.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        timeout = current_call.cut(self._limit)
        if timeout != self._socket.gettimeout():
            self._socket.settimeout(timeout)
        size: int = self._socket.recv_into(buffer)
        self.ended = size == 0
        return size

    def close(self) -> None:
        super().close()
        self._held.close()


class _Readable:
    """What `http.client` takes for a socket when it reads an answer."""

    def __init__(self, connected: socket.socket) -> None:
        self.reader = _Reader(connected)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self.reader, _BUFFER)


class _Response(HTTPResponse):
    """An answer whose head is whole, and whose length, if it names one, is a number.

    `http.client` takes the connection's end for the head's, and a length that is none for the body's end being the
    connection's.
    """

    fp: io.BufferedReader

    def __init__(self, sock: Any, debuglevel: int = 0, method: Optional[str] = None, url: Optional[str] = None) -> None:
        readable = _Readable(sock)
        super().__init__(readable, debuglevel, method, url)  # type: ignore[arg-type]
        self._reader = readable.reader

    def begin(self) -> None:
        # What has come so far, without taking it: all but a plain head that is there at once is for `http.client`.
        head, end, _ = self.fp.peek().partition(b"\r\n\r\n")
        plain = plain_head(head) if end and not self.debuglevel else None
        if plain is None:
            self._begin()
        else:
            self.fp.read(len(head) + len(end))
            self.status, self.reason, self.headers, self.length = plain
            self.code = self.status
            self.msg = self.headers
            self.version = 11
            self.chunked = self.will_close = False

    def _begin(self) -> None:
        super().begin()
        while 100 <= self.status < 200 and self.status != 101:
            # More than 100 is not passed over by every Python; the answer itself is still to come (RFC 9110, 15.2).
            self.headers = self.msg = None  # type: ignore[assignment]
            super().begin()
        if self._reader.ended:
            self.close()
            raise IncompleteRead(b"")
        if self.length is None and not self.chunked and "Content-Length" in self.headers:
            self.close()
            raise HTTPException("malformed Content-Length")


class _CallConnection(_Base):
    """A connection whose reads and writes end with the call, and which tells whether a request went out."""

    _connecting = False

    def connect(self) -> None:
        self._connecting = True
        outer, current_call.read_limit = current_call.read_limit, self.timeout  # for a proxy's answer
        try:
            super().connect()
        finally:
            current_call.read_limit = outer
            self._connecting = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self._connecting:  # else it is for a proxy, which is asked for a tunnel
            current_call.sent = True
        timeout = current_call.cut(self.timeout)
        if timeout != self.sock.gettimeout():
            self.sock.settimeout(timeout)
        super().send(data)

    response_class = _Response


class IdleConnections:
    """The connections of a pool that wait for the next request, the latest on top.

    It stands in for `queue.LifoQueue`, which urllib3 takes by default: here nobody waits for a connection, so there is
    no lock that a fork could leave locked in the child, and a pool of many is made and closed as fast as one of few.

    Args:
        maxsize: how many are kept.
    """

    def __init__(self, maxsize: int) -> None:
        self._maxsize = maxsize
        self._connections: list[Any] = []

    def put(self, item: Any, block: bool = True, timeout: Optional[float] = None) -> None:
        """Keeps a connection; a place for one, None, needs no keeping.

        Raises:
            queue.Full: there are as many as are to be kept.
        """
        if item is None:
            return
        self._connections.append(item)
        if len(self._connections) > self._maxsize:
            # Looked at after it is there, so that threads that come at once do not each find the last place.
            with contextlib.suppress(ValueError):  # another thread has taken it
                self._connections.remove(item)
                raise Full

    def get(self, block: bool = True, timeout: Optional[float] = None) -> Any:
        """Takes the latest connection.

        Raises:
            queue.Empty: there is none.
        """
        try:
            return self._connections.pop()
        except IndexError:
            raise Empty from None

    def qsize(self) -> int:
        """How many connections there are."""
        return len(self._connections)


class CallHTTPConnectionPool(HTTPConnectionPool):
    """Connections over http."""

    QueueCls = IdleConnections  # type: ignore[assignment]

    class ConnectionCls(_CallConnection, HTTPConnection):
        """A connection over http."""


class CallHTTPSConnectionPool(HTTPSConnectionPool):
    """Connections over https."""

    QueueCls = IdleConnections  # type: ignore[assignment]

    class ConnectionCls(_CallConnection, HTTPSConnection):
        """A connection over https."""

        def connect(self) -> None:
            super().connect()
            if self.cert_reqs in ("CERT_NONE", 0):
                # Said once, when the pool was made: urllib3 would say it at each request.
                self.is_verified = True


POOL_CLASSES: dict[str, type[Union[CallHTTPConnectionPool, CallHTTPSConnectionPool]]] = {
    "http": CallHTTPConnectionPool,
    "https": CallHTTPSConnectionPool,
}
