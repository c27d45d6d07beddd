"""The end of a call: no attempt, wait or slow answer goes on past it.

urllib3 limits each step (a connection, one read), and each attempt anew. A peer that sends a byte now and then, or
fails again and again, could hold a call many times as long. Here a thread's current call has one end, and every step
is cut to what is left of it.
"""

from __future__ import annotations

import io
import math
import socket
import threading
import time
from collections.abc import Iterator
from functools import lru_cache
from http.client import HTTPException, HTTPResponse, IncompleteRead
from typing import TYPE_CHECKING, Any, NamedTuple, Optional, Union

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool, Timeout
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import TimeoutStateError

from .argument_errors import ApiTypeError, ApiValueError
from .plain_head import plain_head

if TYPE_CHECKING:
    from .configuration import RequestTimeout

    _Base = HTTPConnection
else:
    _Base = object  # what follows is mixed into the connections of both schemes

_A_YEAR = 365 * 24 * 3600.0
"""The longest limit, in seconds: a socket takes none that is much longer."""


class Limits(NamedTuple):
    """How long a call may take, in seconds; None for no limit.

    Attributes:
        connect: to connect, for each attempt.
        read: between two parts of an answer.
        total: for the whole call.
    """

    connect: Optional[float]
    read: Optional[float]
    total: Optional[float]


def limits_of(timeout: Optional[RequestTimeout]) -> Limits:
    """The limits that a timeout sets.

    Args:
        timeout: seconds for the whole call, a pair of seconds ``(connect, read)``, a `urllib3.Timeout`, or None for no
            limit. A None within a pair is no limit either.

    Raises:
        ApiTypeError: it is none of these.
        ApiValueError: a number is not above zero, or not finite.
    """
    if timeout is None:
        return Limits(None, None, None)
    if isinstance(timeout, (int, float)):
        seconds = _seconds(timeout)
        return Limits(seconds, seconds, seconds)
    if isinstance(timeout, tuple) and len(timeout) == 2:
        return Limits(_seconds(timeout[0]), _seconds(timeout[1]), None)
    if isinstance(timeout, Timeout):
        return _limits_of(timeout)
    raise ApiTypeError(f"Invalid timeout {timeout!r}: must be seconds, a pair (connect, read), or a urllib3.Timeout")


@lru_cache(maxsize=64)
def _limits_of(timeout: Timeout) -> Limits:
    try:
        read: Any = timeout.read_timeout
    except TimeoutStateError:
        read = None  # none of its own: only the total limits it
    # A part that was left out holds a mark that is no number.
    steps = (timeout.connect_timeout, read, timeout.total)
    return Limits(*(_seconds(step) if isinstance(step, (int, float)) else None for step in steps))


def _seconds(value: Any) -> Optional[float]:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ApiTypeError(f"Invalid timeout {value!r}: must be a number of seconds")
    if not 0 < value < math.inf:
        raise ApiValueError(f"Invalid timeout {value!r}: must be finite and above 0 seconds")
    return float(min(value, _A_YEAR))


class _CurrentCall(threading.local):
    """What is known of the call that this thread makes.

    Attributes:
        end: when it has to be over, by `time.monotonic`.
        sent: whether any of its request may have reached the server.
    """

    end = math.inf
    sent = False

    def start(self, limits: Limits) -> None:
        self.end = math.inf if limits.total is None else time.monotonic() + limits.total
        self.sent = False

    def remaining(self) -> float:
        """Seconds until the end; below zero once it is past."""
        return self.end - time.monotonic()

    def cut(self, seconds: Optional[float]) -> Optional[float]:
        """A step's limit, cut to what remains.

        Raises:
            socket.timeout: nothing does.
        """
        end = self.end
        if end == math.inf:
            return seconds
        remaining = end - time.monotonic()
        if remaining <= 0:
            raise socket.timeout("the call's time is up")
        return remaining if seconds is None else min(seconds, remaining)


current_call = _CurrentCall()


class SocketOptions(list[Any]):
    """Options for each socket that is made. A name may have many addresses: none is tried once the call is over."""

    def __iter__(self) -> Iterator[Any]:
        current_call.cut(None)
        return super().__iter__()


class CallTimeout(Timeout):
    """The limits of each attempt's steps, cut to what is left of the call when the step begins."""

    def __init__(self, limits: Limits) -> None:
        super().__init__(connect=limits.connect, read=limits.read)
        self._limits = limits

    def clone(self) -> Timeout:
        """urllib3 asks for one for each attempt: nothing in this one changes."""
        return self

    def start_connect(self) -> float:
        """Called by urllib3 at the beginning of each attempt, which here does not begin a count."""
        return time.monotonic()

    @property
    def connect_timeout(self) -> Optional[float]:
        """Seconds, cut to what is left of the call."""
        return current_call.cut(self._limits.connect)

    @property
    def read_timeout(self) -> Optional[float]:
        """Seconds, cut to what is left of the call."""
        return current_call.cut(self._limits.read)


class _Reader(io.RawIOBase):
    """The reading side of a socket, each read cut to what is left of the call.

    Attributes:
        ended: whether the other side has closed it.
    """

    ended = False

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._timeout = connected.gettimeout()
        self._raw = connected.makefile("rb", buffering=0)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> Optional[int]:
        timeout = current_call.cut(self._timeout)
        if timeout != self._timeout:
            self._socket.settimeout(timeout)
        size = self._raw.readinto(buffer)
        self.ended = size == 0
        return size

    def close(self) -> None:
        super().close()
        self._raw.close()


class _Readable:
    """What `http.client` takes for a socket when it reads an answer."""

    def __init__(self, connected: socket.socket) -> None:
        self.reader = _Reader(connected)

    def makefile(self, mode: str) -> io.BufferedReader:
        return io.BufferedReader(self.reader)


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
        self._may_be_plain = method != "HEAD" and debuglevel == 0

    def begin(self) -> None:
        # What has come so far, without taking it: all but a plain head that is there at once is for `http.client`.
        head, end, _ = self.fp.peek().partition(b"\r\n\r\n")
        plain = plain_head(head) if end and self._may_be_plain else None
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
        try:
            super().connect()
        finally:
            self._connecting = False

    def send(self, data: Any) -> None:
        if self.sock is None:
            self.connect()
        if not self._connecting:  # else it is for a proxy, which is asked for a tunnel
            current_call.sent = True
        self.sock.settimeout(current_call.cut(self.timeout))
        super().send(data)

    response_class = _Response


class CallHTTPConnectionPool(HTTPConnectionPool):
    """Connections over http."""

    class ConnectionCls(_CallConnection, HTTPConnection):
        """A connection over http."""


class CallHTTPSConnectionPool(HTTPSConnectionPool):
    """Connections over https."""

    class ConnectionCls(_CallConnection, HTTPSConnection):
        """A connection over https."""

        def connect(self) -> None:
            super().connect()
            if self.cert_reqs in ("CERT_NONE", 0):
                # Said once, when the pool was made: urllib3 would say it at each request.
                self.is_verified = True


POOL_CLASSES: dict[str, Union[type[HTTPConnectionPool], type[HTTPSConnectionPool]]] = {
    "http": CallHTTPConnectionPool,
    "https": CallHTTPSConnectionPool,
}
