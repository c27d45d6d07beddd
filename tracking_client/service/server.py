"""The embedded service behind a socket: Werkzeug's threaded server with persistent connections."""

from __future__ import annotations

import contextlib
import io
import os
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from typing import Any, Union

from werkzeug.serving import ThreadedWSGIServer, WSGIRequestHandler
from werkzeug.wrappers import Response

from .application import BASE_PATH, MAX_BODY, TrackingService

_BLOCK_SIZE = 64 * 1024  # bytes

_MAX_BYTES_READ = 16 * MAX_BODY
"""How much of a body larger than `MAX_BODY` is read before the response is sent, in bytes."""

_SHUTDOWN_TIMEOUT = 5.0
"""How long a server that is shutting down waits for the requests in progress, in seconds."""


class _RequestHandler(WSGIRequestHandler):
    """Serve the requests of one persistent connection, one after another (RFC 9112, section 9.3).

    Werkzeug's handler closes the connection after each response, because it cannot tell where an unread body ends
    and the next request begins. This handler reads the whole body first.
    """

    protocol_version = "HTTP/1.1"
    timeout = 75  # seconds that a connection may be idle
    disable_nagle_algorithm = True
    wbufsize = -1  # buffered, so that the headers and the body of a response are sent in one segment

    def run_wsgi(self) -> None:
        """Read one request and send its response; send status 400 if the request cannot be parsed."""
        try:
            environ = self.make_environ()
            body = self._read_body(environ)
        except (ValueError, OSError):
            self.send_error(400, "Bad target, or bad framing of the body")
            self.close_connection = True
            return
        environ["wsgi.input"] = io.BytesIO(body)
        environ["wsgi.input_terminated"] = True
        self._write_response(Response.from_app(self.server.app, environ))

    def _read_body(self, environ: dict[str, Any]) -> bytes:
        """Return the request body, truncated to one byte more than `MAX_BODY`.

        The rest of a larger body is read and discarded: a client that is still sending would not read the response.
        The connection is closed after the response to such a request.

        Raises:
            OSError: A chunk is malformed, or the connection ended within the body.
            ValueError: Content-Length is not a non-negative number.
        """
        stream = environ["wsgi.input"]
        chunked = environ.get("wsgi.input_terminated", False)
        length = _MAX_BYTES_READ if chunked else int(environ.get("CONTENT_LENGTH") or 0)
        if length < 0:
            raise ValueError(length)
        body: bytes = stream.read(min(length, MAX_BODY + 1))
        size = len(body)
        end = min(length, _MAX_BYTES_READ)
        while MAX_BODY < size < end and (block := stream.read(min(_BLOCK_SIZE, end - size))):
            size += len(block)
        if chunked:
            environ["CONTENT_LENGTH"] = str(size)
        elif size < length <= _MAX_BYTES_READ:
            raise ConnectionError("the connection ended within a request body")
        if size > MAX_BODY:
            self.close_connection = True
        return body

    def _write_response(self, response: Response) -> None:
        self.send_response(response.status_code, response.status.partition(" ")[2])
        for name, value in response.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.get_data())

    def log_request(self, code: Union[int, str] = "-", size: Union[int, str] = "-") -> None:
        """Log nothing: a line for each request would hide the output of the program that runs the service."""


class _Server(ThreadedWSGIServer):
    """A threaded server that closes its connections on shutdown, after the requests in progress.

    Args:
        listener: A listening socket. The server duplicates it, so the caller can close it.
        application: The application to serve.
    """

    def __init__(self, listener: socket.socket, application: TrackingService) -> None:
        self._connections: dict[socket.socket, threading.Thread] = {}
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, application, _RequestHandler, fd=listener.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        """Start a thread that serves a new connection."""
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._connections[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        """Close a connection that has been served."""
        self._connections.pop(request, None)
        super().shutdown_request(request)

    def server_close(self) -> None:
        """Close the listener and all connections; wait at most `_SHUTDOWN_TIMEOUT` for requests in progress."""
        super().server_close()
        threads = dict(self._connections)
        for connection in threads:
            # Shut down reading only: a thread that waits for a request sees end of file, and one that is processing
            # a request can still send its response.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        deadline = time.monotonic() + _SHUTDOWN_TIMEOUT
        for thread in threads.values():
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
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, UnicodeError) as error:
        raise OSError(f"can't listen on {host} port {port}: {error}") from error


@contextlib.contextmanager
def running_service(
    database: Union[str, os.PathLike[str], None] = None, host: str = "127.0.0.1", port: int = 0
) -> Iterator[str]:
    """Run the service in a background thread of this process, as a context manager.

    >>> with running_service() as host:
    ...     configuration = tracking_client.Configuration(host=host)

    Args:
        database: The path of the SQLite file that stores the samples and files. The file is created if it does not
            exist. With None, a temporary file is used and deleted on exit.
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
        with _listen(host, port) as listener:
            server = _Server(listener, application)
        thread = threading.Thread(target=server.serve_forever, args=(0.05,), name="tracking-service", daemon=True)
        thread.start()
        stack.callback(thread.join)
        stack.callback(server.shutdown)
        yield f"http://{_url_host(host)}:{server.port}{BASE_PATH}"


def _url_host(host: str) -> str:
    """Return the host as written in a URL: an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host
