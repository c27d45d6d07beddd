"""A server on a loopback socket that does to each connection what a script says, however unlike HTTP that is."""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Iterable, Iterator
from typing import Callable

FILE = b'{"md5sum": "a", "filename": "isolate.vcf", "file-type": "vcf"}'

Action = Callable[["Connection"], None]


class Connection:
    """The server's end of a connection."""

    def __init__(self, server: Scripted, accepted: socket.socket) -> None:
        self.server = server
        self.socket = accepted

    def request(self) -> bytes:
        """The next request, head and body; empty at the connection's end."""
        data = b""
        while b"\r\n\r\n" not in data:
            block = self.socket.recv(65536)
            if not block:
                return b""
            data += block
        head, _, body = data.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                while len(body) < int(value):
                    body += self.socket.recv(65536)
        self.server.requests.append(head + b"\r\n\r\n" + body)
        return head

    def send(self, data: bytes) -> None:
        self.socket.sendall(data)

    def reset(self) -> None:
        """Ends the connection with RST in place of FIN."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def wait(self) -> None:
        """Says nothing for as long as the client holds the connection."""
        with contextlib.suppress(OSError):
            while self.socket.recv(65536):
                pass


class Scripted:
    """Listens, and hands the first connection to the first action, and so on; the last action serves all that follow.

    Attributes:
        host: the url to hand to a configuration.
        requests: what was asked, head and body.
        connections: how many connections there were.
    """

    def __init__(self, actions: Iterable[Action]) -> None:
        self.actions = list(actions)
        self.requests: list[bytes] = []
        self.connections = 0
        self.listener = socket.create_server(("127.0.0.1", 0))
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
        return [request.split(b" ", 1)[0].decode() for request in self.requests]


@contextlib.contextmanager
def scripted(*actions: Action) -> Iterator[Scripted]:
    server = Scripted(actions)
    try:
        yield server
    finally:
        server.close()


def http(body: bytes = FILE, status: str = "200 OK", *headers: str, length: int | None = None) -> bytes:
    """An answer as it goes over the wire, with a length unless one of the headers says how the body is framed."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if not any(header.lower().startswith(("transfer-encoding", "content-length")) for header in headers):
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    if not any(header.lower().startswith("content-type") for header in headers):
        lines.append("Content-Type: application/json")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def answer(data: bytes | None = None) -> Action:
    """Answers each request of a connection with the same bytes."""

    def action(connection: Connection) -> None:
        while connection.request():
            connection.send(http() if data is None else data)

    return action


def answer_and_close(data: bytes) -> Action:
    """Answers one request, and ends the connection, which a whole head says."""
    announced = data.replace(b"\r\n", b"\r\nConnection: close\r\n", 1) if b"\r\n\r\n" in data else data

    def action(connection: Connection) -> None:
        connection.request()
        connection.send(announced)

    return action


def stall(connection: Connection) -> None:
    """Takes the request, and never answers."""
    connection.request()
    connection.wait()


def close(connection: Connection) -> None:
    """Takes the request, and ends the connection in place of an answer."""
    connection.request()


def reset(connection: Connection) -> None:
    """Takes the request, and resets the connection in place of an answer."""
    connection.request()
    connection.reset()


def drip(data: bytes, pause: float = 0.05) -> Action:
    """Answers byte by byte."""

    def action(connection: Connection) -> None:
        connection.request()
        for byte in data:
            connection.send(bytes([byte]))
            time.sleep(pause)

    return action


def refused_host() -> str:
    """A url whose port nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return f"http://127.0.0.1:{listener.getsockname()[1]}/api/v1"
