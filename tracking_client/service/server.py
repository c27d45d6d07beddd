"""The embedded service behind a socket."""

from __future__ import annotations

import atexit
import contextlib
import os
import socket
import tempfile
from collections.abc import Callable, Iterator

from ._loopback import for_loopback_hosts, is_loopback_address
from ._operations.endpoint import BASE_PATH
from ._server import Server
from .application import TrackingService

_BACKLOG = 1024
"""How many connections can wait to be accepted. The operating system may have a lower limit."""

_SHUTDOWN_TIMEOUT = 5.0
"""How long a server that is shutting down waits for the requests in progress, in seconds."""


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
    database: str | os.PathLike[str] | None = None, host: str = "127.0.0.1", port: int = 0, any_host: bool = False
) -> Iterator[str]:
    """Run the service in a background thread of this process, as a context manager.

    >>> with running_service() as host:
    ...     configuration = tracking_client.Configuration(host=host)

    Args:
        database: The path of the SQLite file that stores the data. The file is created if it does not exist, and
            migrated if an older version has written it. With None, a temporary file is used and deleted on exit.
        host: The address to listen on.
        port: The TCP port to listen on; 0 selects a free port.
        any_host: Whether a service on a loopback address serves requests whose Host header is not localhost or a
            loopback address, too. They may come from a web page (DNS rebinding).

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
        yield stack.enter_context(serving(application, host, port, any_host))


class RunningService:
    """A service that runs in a background thread of this process until it is stopped, or until the process exits.

    As a context manager, it stops at the end of the block. `start_service` returns one.

    Attributes:
        host: The URL to pass to ``Configuration(host=...)``.
    """

    def __init__(self, host: str, stop: Callable[[], None]) -> None:
        self.host = host
        self._stop = stop
        self._is_stopped = False
        atexit.register(self.stop)

    def stop(self) -> None:
        """Stop the service after the requests in progress. A service that has been stopped stays so."""
        atexit.unregister(self.stop)
        self._stop()
        self._is_stopped = True

    def __enter__(self) -> RunningService:
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return f"<RunningService {self.host}{', stopped' if self._is_stopped else ''}>"


def start_service(
    database: str | os.PathLike[str] | None = None, host: str = "127.0.0.1", port: int = 0, any_host: bool = False
) -> RunningService:
    """Start the service in a background thread of this process. It runs until it is stopped, or the process exits.

    It is for a notebook, where a ``with`` block ends with its cell; see `running_service` for other programs, and for
    the arguments.

    >>> service = start_service()
    >>> configuration = tracking_client.Configuration(host=service.host)
    >>> service.stop()

    Raises:
        OSError: The file cannot be used as a database, or the address cannot be listened on.
    """
    stack = contextlib.ExitStack()
    return RunningService(stack.enter_context(running_service(database, host, port, any_host)), stack.close)


@contextlib.contextmanager
def serving(
    application: TrackingService, host: str = "127.0.0.1", port: int = 0, any_host: bool = False
) -> Iterator[str]:
    """Serve an application in a background thread of this process, as a context manager.

    Args:
        application: The application, which is closed on exit. It may be of a subclass, which may raise
            `ConnectionAbortedError` to close the connection without a response.
        host: The address to listen on.
        port: The TCP port to listen on; 0 selects a free port.
        any_host: Whether a service on a loopback address serves requests whose Host header is not localhost or a
            loopback address, too. They may come from a web page (DNS rebinding).

    Yields:
        The base URL of the service, which is ready for requests.

    Raises:
        OSError: The address cannot be listened on.
    """
    listener = _listen(host, port)
    address, bound_port = listener.getsockname()[:2]
    is_guarded = is_loopback_address(address) and not any_host
    server = Server(listener, for_loopback_hosts(application) if is_guarded else application)
    try:
        yield f"http://{_url_host(host)}:{bound_port}{BASE_PATH}"
    finally:
        # Each request that has stored something still gets its response.
        server.stop()
        server.wait(_SHUTDOWN_TIMEOUT)
        # A request that waits longer, for a lock on the database, fails now or is processed to its end.
        application.close()
        server.wait(_SHUTDOWN_TIMEOUT)


def _url_host(host: str) -> str:
    """Return the host as written in a URL: an IPv6 address in brackets (RFC 3986, section 3.2.2)."""
    return f"[{host}]" if ":" in host else host
