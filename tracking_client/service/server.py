"""The embedded service behind a socket: Werkzeug's threaded server, with connections that are kept alive."""

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

_BLOCK = 64 * 1024  # bytes

_PASSED_OVER = 16 * MAX_BODY
"""How much of a body that is too large is read all the same, in bytes."""

_GRACE = 5.0
"""How long a server that is being closed waits for answers under way, in seconds."""


class _Handler(WSGIRequestHandler):
    """Serves one connection, request after request (RFC 9112, section 9.3).

    Werkzeug's own handler closes after each answer, since it can't tell where an unread body ends and the next
    request begins. This one reads the whole body first.
    """

    protocol_version = "HTTP/1.1"
    timeout = 75  # seconds that a connection may idle
    disable_nagle_algorithm = True
    wbufsize = -1  # an answer leaves in one segment, head and body together

    def run_wsgi(self) -> None:
        try:
            environ = self.make_environ()
            body = self._read_body(environ)
        except (ValueError, OSError):
            self.send_error(400, "Bad target, or bad framing of the body")
            self.close_connection = True
            return
        environ["wsgi.input"] = io.BytesIO(body)
        environ["wsgi.input_terminated"] = True
        self._send(Response.from_app(self.server.app, environ))

    def _read_body(self, environ: dict[str, Any]) -> bytes:
        """The request's body. Of one that is too large the rest is passed over, so that the client hears of it.

        Raises:
            OSError: a chunk is malformed, or the connection ended within the body.
            ValueError: the length is not a number of bytes.
        """
        stream = environ["wsgi.input"]
        chunked = environ.get("wsgi.input_terminated", False)
        length = _PASSED_OVER if chunked else int(environ.get("CONTENT_LENGTH") or 0)
        if length < 0:
            raise ValueError(length)
        body: bytes = stream.read(min(length, MAX_BODY + 1))
        size = len(body)
        end = min(length, _PASSED_OVER)
        while MAX_BODY < size < end and (block := stream.read(min(_BLOCK, end - size))):
            size += len(block)
        if chunked:
            environ["CONTENT_LENGTH"] = str(size)
        elif size < length <= _PASSED_OVER:
            raise ConnectionError("the connection ended within a request's body")
        if size > MAX_BODY:
            self.close_connection = True
        return body

    def _send(self, response: Response) -> None:
        self.send_response(response.status_code, response.status.partition(" ")[2])
        for name, value in response.headers.items():
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(response.get_data())

    def log_request(self, code: Union[int, str] = "-", size: Union[int, str] = "-") -> None:
        """Says nothing: a line for each request would bury what the program itself prints."""


class _Server(ThreadedWSGIServer):
    """A threaded server that, when closed, ends its connections too, after the answers that are under way."""

    def __init__(self, listener: socket.socket, application: TrackingService) -> None:
        self._open: dict[socket.socket, threading.Thread] = {}
        host, port = listener.getsockname()[:2]
        super().__init__(host, port, application, _Handler, fd=listener.fileno())

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(target=self.process_request_thread, args=(request, client_address), daemon=True)
        self._open[request] = thread
        thread.start()

    def shutdown_request(self, request: Any) -> None:
        self._open.pop(request, None)
        super().shutdown_request(request)

    def server_close(self) -> None:
        super().server_close()
        threads = dict(self._open)
        for connection in threads:
            # Only the reading half: a thread that waits for a request sees the end, one that answers can finish.
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RD)
        deadline = time.monotonic() + _GRACE
        for thread in threads.values():
            thread.join(max(0.0, deadline - time.monotonic()))


def _listen(host: str, port: int) -> socket.socket:
    if not 0 <= port <= 65535:
        raise OSError(f"can't listen on {host} port {port}: a port is from 0 to 65535")
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family, backlog=128)
    except (OSError, UnicodeError) as error:
        raise OSError(f"can't listen on {host} port {port}: {error}") from error


@contextlib.contextmanager
def running_service(
    database: Union[str, os.PathLike[str], None] = None, host: str = "127.0.0.1", port: int = 0
) -> Iterator[str]:
    """Runs the service in a thread of this process for as long as the block lasts.

    >>> with running_service() as host:
    ...     configuration = tracking_client.Configuration(host=host)

    Args:
        database: the SQLite file that keeps the samples and files, made if it is not there; None for one that is
            deleted with the block.
        host: the address to listen on.
        port: the TCP port; 0 for one that is free.

    Yields:
        The url to hand to ``Configuration(host=...)``. The service answers from then on.

    Raises:
        OSError: the file can't be used as a database, or the address can't be listened on.
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
        yield f"http://{_authority(host)}:{server.port}{BASE_PATH}"


def _authority(host: str) -> str:
    """The host as a url writes it: an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host
