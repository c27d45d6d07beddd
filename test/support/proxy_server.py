"""Actions that make a `ScriptedServer` an HTTP proxy."""

from __future__ import annotations

import contextlib
import socket
import threading
import time

from scripted_server import Action, Connection, ScriptedServer, http_response

_CONNECTION_ESTABLISHED = b"HTTP/1.1 200 Connection established\r\n\r\n"


class Proxy:
    """An action: responds to http requests itself, and opens a tunnel for CONNECT.

    The tunnel leads to the requested port of this machine, whatever the requested host name is.
    """

    def __init__(self, connection: Connection) -> None:
        headers = connection.request()
        while headers and not headers.startswith(b"CONNECT"):
            connection.send(http_response())
            headers = connection.request()
        if not headers:
            return
        port = int(headers.split(b" ")[1].rpartition(b":")[2])
        with socket.create_connection(("127.0.0.1", port)) as target:
            connection.send(_CONNECTION_ESTABLISHED)
            responses = threading.Thread(target=self._copy, args=(target, connection.socket))
            responses.start()
            self._copy(connection.socket, target)
            responses.join()

    @staticmethod
    def _copy(source: socket.socket, target: socket.socket) -> None:
        """Copy bytes until the source is closed, then shut down the target."""
        with contextlib.suppress(OSError):
            while block := source.recv(65536):
                target.sendall(block)
        with contextlib.suppress(OSError):
            target.shutdown(socket.SHUT_RDWR)


def tunnel_after(delay: float, *actions: Action) -> Action:
    """Return an action that accepts CONNECT after a delay, but connects to no server.

    Args:
        delay: Seconds before the response to CONNECT.
        actions: What to run afterwards. The connection is closed when they return.
    """

    def action(connection: Connection) -> None:
        connection.request()
        time.sleep(delay)
        connection.send(_CONNECTION_ESTABLISHED)
        for each in actions:
            each(connection)

    return action


def proxy_url(proxy: ScriptedServer, credentials: str = "") -> str:
    """Return the URL of a proxy.

    Args:
        proxy: The server.
        credentials: A user name and password, such as ``"user:password@"``.
    """
    return f"http://{credentials}127.0.0.1:{proxy.port}"
