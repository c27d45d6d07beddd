"""Accepting connections: a server with a thread for each connection, up to a limit."""

from __future__ import annotations

import contextlib
import errno
import socket
import threading
import time

from ._connection import Connection
from ._logging import logger
from ._wsgi import WSGIApplication

_MAX_CONNECTIONS = 256
"""How many connections are served at the same time. Others wait to be accepted."""

_SPARE_DESCRIPTORS = 8
"""How many file descriptors are left for other uses, such as the database, once the process has run out of them."""

_POLL_INTERVAL = 0.05
"""How often a server looks whether it has to stop, in seconds, on systems where it cannot be woken."""

_PAUSE = 0.1
"""How long a server waits if it cannot accept connections, or if it has no room for another one, in seconds."""


class Server:
    """A server that closes its connections on shutdown, after the requests in progress.

    If it serves as many connections as it can and another one waits, then a connection without a request is ended, or
    else the first one that has a response. So no connection waits forever, and no request is lost.

    Args:
        listener: A listening socket, which the server closes.
        application: The WSGI application to serve.
    """

    def __init__(self, listener: socket.socket, application: WSGIApplication) -> None:
        self._listener = listener
        self._application = application
        self._limit = _MAX_CONNECTIONS
        self._connections: dict[Connection, threading.Thread] = {}
        self._changed = threading.Condition()
        self._is_full = False
        self._is_stopping = False
        self._has_complained = False
        listener.settimeout(_POLL_INTERVAL)
        self._thread = threading.Thread(target=self._accept_connections, name="tracking-service", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop accepting connections, and end all of them after the requests in progress."""
        with self._changed:
            self._is_stopping = True
            self._changed.notify_all()
        # Wakes the thread that waits for connections. Not every system can.
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._listener.close()
        for connection in list(self._connections):
            connection.end()

    def wait(self, timeout: float) -> None:
        """Wait until all connections are closed, or the timeout in seconds has passed."""
        deadline = time.monotonic() + timeout
        for thread in list(self._connections.values()):
            thread.join(max(0.0, deadline - time.monotonic()))

    def _accept_connections(self) -> None:
        while not self._is_stopping:
            try:
                accepted, client = self._listener.accept()
            except (TimeoutError, ConnectionError):
                continue
            except OSError as error:
                self._pause(error)
                continue
            self._wait_for_room()
            self._start(accepted, client[:2])

    def _start(self, accepted: socket.socket, client: tuple[str, int]) -> None:
        """Start a thread that serves a new connection."""
        connection = Connection(accepted, client, self._application, lambda: self._is_full)
        thread = threading.Thread(target=self._serve, args=(connection,), name="tracking-connection", daemon=True)
        with self._changed:
            self._connections[connection] = thread
        try:
            thread.start()
        except RuntimeError as error:  # the process has no more threads
            accepted.close()
            self._remove(connection)
            self._pause(error)

    def _serve(self, connection: Connection) -> None:
        try:
            connection.serve()
        except Exception:
            logger.exception("A connection")
        finally:
            self._remove(connection)

    def _remove(self, connection: Connection) -> None:
        with self._changed:
            del self._connections[connection]
            self._changed.notify_all()

    def _wait_for_room(self) -> None:
        """Wait until another connection can be served, and end those that are the longest without a request."""
        with self._changed:
            while len(self._connections) >= self._limit and not self._is_stopping:
                self._is_full = True
                first = min(self._connections, key=lambda connection: connection.expendable_at)
                if first.expendable_at <= time.monotonic():
                    first.end()
                self._changed.wait(_PAUSE)
            self._is_full = False

    def _pause(self, error: Exception) -> None:
        """Wait, because no connection can be accepted for the time being, and serve fewer if that is the reason."""
        if self._is_stopping:
            return
        if not self._has_complained:
            self._has_complained = True
            logger.error("Can't accept connections: %s. They wait until it is possible again.", error)
        if isinstance(error, OSError) and error.errno in (errno.EMFILE, errno.ENFILE):
            self._limit = min(self._limit, max(_SPARE_DESCRIPTORS, len(self._connections) - _SPARE_DESCRIPTORS))
            self._wait_for_room()
        with self._changed:
            self._changed.wait_for(lambda: self._is_stopping, _PAUSE)
