"""The embedded service behind a socket: a server with a thread for each connection."""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any

from . import _http
from ._logging import logger
from ._operations.endpoint import BASE_PATH
from ._operations.responses import Problem, status_line
from .application import MAX_BODY, TrackingService

_BACKLOG = 1024
"""How many connections can wait to be accepted. The operating system may have a lower limit."""

_IDLE_TIMEOUT = 75.0
"""How long a client may send nothing, in seconds."""

_LINGER_TIMEOUT = 5.0
"""How long a connection stays open after its last response for what the client still sends, in seconds."""

_POLL_INTERVAL = 0.05
"""How often a server looks whether it has to stop, in seconds, on systems where it cannot be woken."""

_SHUTDOWN_TIMEOUT = 5.0
"""How long a server that is shutting down waits for the requests in progress, in seconds."""


class _Handler:
    """Serve the requests of one persistent connection, one after another (RFC 9112, section 9.3).

    Args:
        connection: The connection.
        client: The address of the client.
        application: The application that processes the requests.
    """

    def __init__(self, connection: socket.socket, client: tuple[str, int], application: TrackingService) -> None:
        self._connection = connection
        self._application = application
        self._base = _http.base_environ(connection.getsockname(), client)

    def serve(self) -> None:
        """Serve requests until the connection ends."""
        self._connection.settimeout(_IDLE_TIMEOUT)
        self._connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, True)
        # An OSError is a connection that has failed, or one that the application aborts.
        with self._connection.makefile("rb") as stream, contextlib.suppress(OSError):
            try:
                while True:
                    request = _http.read_request(stream, self._base)
                    if request is None:
                        return
                    request.read_body(stream, MAX_BODY, self._send_continue)
                    self._respond(request)
                    if not request.keep_alive:
                        break
            except _http.MalformedRequest as error:
                logger.debug("An invalid request from %s: %s", self._base["REMOTE_ADDR"], error.detail)
                response = Problem(error.status, error.detail).response()
                status = status_line(error.status)
                self._connection.sendall(_http.format_response(status, response.headers, response.body, close=True))
            self._linger()

    def _send_continue(self) -> None:
        self._connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _respond(self, request: _http.Request) -> None:
        """Run the application and send its response."""
        started: list[Any] = []

        def start_response(*arguments: Any) -> Any:
            started[:] = arguments

        body = b"".join(self._application(request.environ, start_response))
        status, headers = started[:2]
        self._connection.sendall(_http.format_response(status, headers, body, close=not request.keep_alive))

    def _linger(self) -> None:
        """End the connection, and read what the client still sends (RFC 9112, section 9.6).

        If a connection is closed while it has unread data, the operating system resets it, and the client may lose
        a response that it has not read yet.
        """
        self._connection.shutdown(socket.SHUT_WR)
        deadline = time.monotonic() + _LINGER_TIMEOUT
        while (remaining := deadline - time.monotonic()) > 0:
            self._connection.settimeout(remaining)
            if not self._connection.recv(64 * 1024):
                return


class _Server(socketserver.TCPServer):
    """A server that closes its connections on shutdown, after the requests in progress.

    Args:
        listener: A listening socket, which the server closes.
        application: The application to serve.
    """

    def __init__(self, listener: socket.socket, application: TrackingService) -> None:
        self._connections: dict[socket.socket, threading.Thread] = {}
        self._application = application
        super().__init__(listener.getsockname(), socketserver.BaseRequestHandler, bind_and_activate=False)
        self.socket.close()  # the one that the constructor has created
        self.socket = listener

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread that serves a new connection."""
        arguments = (request, client_address[:2])
        thread = threading.Thread(target=self._serve, args=arguments, name="tracking-connection", daemon=True)
        self._connections[request] = thread
        thread.start()

    def _serve(self, connection: socket.socket, client: tuple[str, int]) -> None:
        try:
            _Handler(connection, client, self._application).serve()
        except Exception:
            logger.exception("A connection from %s", client)
        finally:
            self.shutdown_request(connection)

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that has been served."""
        self._connections.pop(request, None)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the listener, and all connections after the requests in progress."""
        super().server_close()
        for connection in list(self._connections):
            # Shut down reading only: a thread that waits for a request sees end of file, and one that is processing
            # a request can still send its response.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)

    def wait(self, timeout: float) -> None:
        """Wait until all connections are closed, or the timeout in seconds has passed."""
        deadline = time.monotonic() + timeout
        for thread in list(self._connections.values()):
            thread.join(max(0.0, deadline - time.monotonic()))


def _listen(host: str, port: int) -> socket.socket:
    """Return a socket that listens on the address.

    Raises:
        OSError: The address cannot be listened on, or the port is out of range.
    """
    if not 0 <= port <= 65535:
        raise OSError(f"can't listen on {host} port {port}: the port must be between 0 and 65535")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except (OSError, UnicodeError) as error:
        raise OSError(f"can't listen on {host} port {port}: {error}") from error


@contextlib.contextmanager
def running_service(
    database: str | os.PathLike[str] | None = None, host: str = "127.0.0.1", port: int = 0
) -> Iterator[str]:
    """Run the service in a background thread of this process, as a context manager.

    >>> with running_service() as host:
    ...     configuration = tracking_client.Configuration(host=host)

    Args:
        database: The path of the SQLite file that stores the data. The file is created if it does not exist, and
            migrated if an older version has written it. With None, a temporary file is used and deleted on exit.
        host: The address to listen on.
        port: The TCP port to listen on; 0 selects a free port.

    Yields:
        The URL to pass to ``Configuration(host=...)``. The service is ready for requests.

    Raises:
        OSError: The file cannot be used as a database, or the address cannot be listened on.
    """
    with contextlib.ExitStack() as stack:
        if database is None:
            directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="tracking-"))
            database = os.path.join(directory, "tracking.sqlite")
        application = stack.enter_context(contextlib.closing(TrackingService(database)))
        yield stack.enter_context(serving(application, host, port))


@contextlib.contextmanager
def serving(application: TrackingService, host: str = "127.0.0.1", port: int = 0) -> Iterator[str]:
    """Serve an application in a background thread of this process, as a context manager.

    Args:
        application: The application, which is closed on exit. It may be of a subclass, which may raise
            `ConnectionAbortedError` to close the connection without a response.
        host: The address to listen on.
        port: The TCP port to listen on; 0 selects a free port.

    Yields:
        The base URL of the service, which is ready for requests.

    Raises:
        OSError: The address cannot be listened on.
    """
    server = _Server(_listen(host, port), application)
    bound_port = server.socket.getsockname()[1]
    thread = threading.Thread(target=server.serve_forever, args=(_POLL_INTERVAL,), name="tracking-service", daemon=True)
    thread.start()
    try:
        yield f"http://{_url_host(host)}:{bound_port}{BASE_PATH}"
    finally:
        _stop(server, thread, application)


def _stop(server: _Server, thread: threading.Thread, application: TrackingService) -> None:
    """Stop a server, so that each request that has stored something still gets its response."""
    # Wakes the thread that waits for connections. Not every system can.
    with contextlib.suppress(OSError):
        server.socket.shutdown(socket.SHUT_RDWR)
    server.shutdown()
    thread.join()
    server.server_close()
    server.wait(_SHUTDOWN_TIMEOUT)
    # A request that waits longer, for a lock on the database, fails now or is processed to its end.
    application.close()
    server.wait(_SHUTDOWN_TIMEOUT)


def _url_host(host: str) -> str:
    """Return the host as written in a URL: an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host
