"""A server on a loopback socket that runs a scripted action for each connection, including invalid HTTP."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from urllib.parse import unquote_to_bytes

FILE = b'{"md5sum": "a", "filename": "isolate.vcf", "file-type": "vcf"}'

Action = Callable[["Connection"], None]


class Connection:
    """The server side of a connection.

    Attributes:
        body: The body of the last request.
    """

    body = b""

    def __init__(self, server: ScriptedServer, accepted: socket.socket) -> None:
        self.server = server
        self.socket = accepted

    def request(self) -> bytes:
        """Read the next request, record it with its body, and return its request line and headers.

        Return empty bytes if the client has closed the connection.
        """
        data = b""
        while b"\r\n\r\n" not in data:
            block = self.socket.recv(65536)
            if not block:
                return b""
            data += block
        headers, _, body = data.partition(b"\r\n\r\n")
        for line in headers.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                while len(body) < int(value):
                    body += self.socket.recv(65536)
        self.body = body
        self.server.requests.append(headers + b"\r\n\r\n" + body)
        return headers

    def send(self, data: bytes) -> None:
        """Send all the bytes."""
        self.socket.sendall(data)

    def reset(self) -> None:
        """Make closing the connection send RST instead of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def wait(self) -> None:
        """Send nothing until the client closes the connection."""
        with contextlib.suppress(OSError):
            while self.socket.recv(65536):
                pass


class ScriptedServer:
    """A server that runs one action per connection, in order. The last action handles all further connections.

    Attributes:
        host: The base URL to pass to a `Configuration`.
        requests: The requests received, each with its headers and body.
        connections: The number of connections accepted.
    """

    def __init__(self, actions: Iterable[Action], port: int = 0) -> None:
        self.actions = list(actions)
        self.requests: list[bytes] = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.host = f"http://127.0.0.1:{self.port}/api/v1"
        self._accepted: list[socket.socket] = []
        self._threads = [threading.Thread(target=self._accept)]
        self._threads[0].start()

    def _accept(self) -> None:
        while True:
            try:
                accepted, _ = self.listener.accept()
            except OSError:
                return
            action = self.actions[min(self.connections, len(self.actions) - 1)]
            self.connections += 1
            self._accepted.append(accepted)
            self._threads.append(threading.Thread(target=self._serve, args=(action, accepted)))
            self._threads[-1].start()

    def _serve(self, action: Action, accepted: socket.socket) -> None:
        with accepted, contextlib.suppress(OSError):
            action(Connection(self, accepted))

    def close(self) -> None:
        """Close the listener and all connections, and wait for the threads."""
        with contextlib.suppress(OSError):
            self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self._threads[0].join()
        for accepted in self._accepted:
            with contextlib.suppress(OSError):
                accepted.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:
            thread.join()

    def methods(self) -> list[str]:
        """Return the HTTP methods of the requests received."""
        return [request.split(b" ", 1)[0].decode() for request in self.requests]


@contextlib.contextmanager
def scripted_server(*actions: Action) -> Iterator[ScriptedServer]:
    """Run a `ScriptedServer` with these actions, and close it on exit."""
    server = ScriptedServer(actions)
    try:
        yield server
    finally:
        server.close()


def http_response(body: bytes = FILE, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """Return the bytes of a response.

    Args:
        body: The response body.
        status: The status code and reason phrase.
        headers: Header lines such as ``"Location: /"``. Content-Type is added if it is missing. Content-Length is
            added if neither it nor Transfer-Encoding is present.
        length: The value of the added Content-Length, if it should differ from the length of the body.
    """
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(header.lower().startswith(("transfer-encoding", "content-length")) for header in headers):
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    if not any(header.lower().startswith("content-type") for header in headers):
        lines.append("Content-Type: application/json")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def respond(data: bytes | None = None) -> Action:
    """Return an action that responds to every request with the same bytes.

    By default, it responds to a GET with a `File` that has the md5sum of the url, and to any other request with `FILE`.
    """

    def action(connection: Connection) -> None:
        while request := connection.request():
            connection.send(http_response(requested_file(request)) if data is None else data)

    return action


def requested_file(request: bytes) -> bytes:
    """Return the `File` that a GET asks for as JSON; `FILE` for any other request."""
    method, path, _ = request.split(b" ", 2)
    md5sum = unquote_to_bytes(path.partition(b"?")[0].rpartition(b"/")[2])
    return FILE.replace(b'"a"', b'"%s"' % md5sum) if method == b"GET" and b"/files/" in path else FILE


def respond_and_close(data: bytes) -> Action:
    """Return an action that responds to one request and closes the connection.

    If the response headers are complete, ``Connection: close`` is added to them.
    """
    announced = data.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) if b"\r\n\r\n" in data else data

    def action(connection: Connection) -> None:
        connection.request()
        connection.send(announced)

    return action


def stall(connection: Connection) -> None:
    """Read the request and never respond."""
    connection.request()
    connection.wait()


def close(connection: Connection) -> None:
    """Read the request and close the connection without a response."""
    connection.request()


def reset(connection: Connection) -> None:
    """Read the request and reset the connection without a response."""
    connection.request()
    connection.reset()


def drip(data: bytes, pause: float = 0.05) -> Action:
    """Return an action that sends a response byte by byte, with a pause in seconds after each byte."""

    def action(connection: Connection) -> None:
        connection.request()
        for byte in data:
            connection.send(bytes([byte]))
            time.sleep(pause)

    return action


def refused_host() -> str:
    """Return a base URL whose port refuses connections."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
