"""A connection of the embedded service: its requests, one after another."""

from __future__ import annotations

import contextlib
import math
import socket
import time
from collections.abc import Callable
from io import BufferedReader
from typing import Any

from . import _http
from ._logging import logger
from ._operations.responses import Problem, status_line
from ._wsgi import WSGIApplication
from .application import MAX_BODY

_IDLE_TIMEOUT = 75.0
"""How long a client may send nothing, in seconds."""

_LINGER_TIMEOUT = 5.0
"""How long a connection stays open after its last response for what the client still sends, in seconds."""

_IDLE_TIME_IF_OTHERS_WAIT = 0.1
"""How long a connection may be without a request while other connections wait to be served, in seconds. It should be
longer than a request travels, and than a client that sends one request after another takes between two."""

_READ_TIME_IF_OTHERS_WAIT = 10.0
"""How long a client may take to send one request while other connections wait to be served, in seconds."""


class Connection:
    """A persistent connection (RFC 9112, section 9.3).

    Args:
        socket_: The connection.
        client: The address of the client.
        application: The WSGI application that processes the requests.
        do_others_wait: Whether other connections wait to be served. This one then ends after its next response.

    Attributes:
        expendable_at: When this connection may be ended because others wait, on the clock `time.monotonic`; infinity
            while a request is being processed.
    """

    def __init__(
        self,
        socket_: socket.socket,
        client: tuple[str, int],
        application: WSGIApplication,
        do_others_wait: Callable[[], bool],
    ) -> None:
        self._socket = socket_
        self._application = application
        self._do_others_wait = do_others_wait
        self._client = client
        self.expendable_at = time.monotonic() + _IDLE_TIME_IF_OTHERS_WAIT

    def serve(self) -> None:
        """Serve requests until the connection ends, and close it."""
        # An OSError is a connection that has failed, or one that the application aborts.
        with self._socket, contextlib.suppress(OSError):
            self._socket.settimeout(_IDLE_TIMEOUT)
            self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
            base = _http.base_environ(self._socket.getsockname(), self._client)
            with self._socket.makefile("rb") as stream:
                try:
                    while self._serve_request(stream, base):
                        pass
                except _http.MalformedRequest as error:
                    logger.debug("An invalid request from %s: %s", self._client[0], error.detail)
                    response = Problem(error.status, error.detail).response()
                    status = status_line(error.status)
                    self._socket.sendall(_http.format_response(status, response.headers, response.body, close=True))
                self._linger()

    def end(self) -> None:
        """End the connection, after the response to the request that is being processed."""
        self.expendable_at = math.inf
        # Shut down reading only: a thread that waits for a request sees end of file, and one that is processing a
        # request can still send its response.
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RD)

    def _serve_request(self, stream: BufferedReader, base: dict[str, Any]) -> bool:
        """Serve the next request. Return whether the connection can be used for another one.

        Raises:
            MalformedRequest: The request is invalid, or the connection ended within it.
            OSError: The connection has failed.
        """
        self.expendable_at = time.monotonic() + _IDLE_TIME_IF_OTHERS_WAIT
        if not stream.peek(1):
            return False
        self.expendable_at = time.monotonic() + _READ_TIME_IF_OTHERS_WAIT
        request = _http.read_request(stream, base)
        if request is None:
            return False
        request.read_body(stream, MAX_BODY, self._send_continue)
        self.expendable_at = math.inf
        self._respond(request)
        return request.keep_alive

    def _send_continue(self) -> None:
        self._socket.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _respond(self, request: _http.Request) -> None:
        """Run the application and send its response."""
        started: list[Any] = []

        def start_response(*arguments: Any) -> Any:
            started[:] = arguments

        body = b"".join(self._application(request.environ, start_response))
        request.keep_alive = request.keep_alive and not self._do_others_wait()
        status, headers = started[:2]
        self._socket.sendall(_http.format_response(status, headers, body, close=not request.keep_alive))

    def _linger(self) -> None:
        """End the connection, and read what the client still sends (RFC 9112, section 9.6).

        If a connection is closed while it has unread data, the operating system resets it, and the client may lose
        a response that it has not read yet.
        """
        self._socket.shutdown(socket.SHUT_WR)
        now = time.monotonic()
        self.expendable_at = now + _IDLE_TIME_IF_OTHERS_WAIT
        deadline = now + _LINGER_TIMEOUT
        while (remaining := deadline - time.monotonic()) > 0:
            self._socket.settimeout(remaining)
            if not self._socket.recv(64 * 1024):
                return
