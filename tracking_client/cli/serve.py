"""The command ``tracking-client serve``: run a tracking service."""

from __future__ import annotations

import logging
import signal
import threading
from contextlib import AbstractContextManager

from . import exit_codes
from .errors import CommandError


def run(database: str, host: str, port: int, any_host: bool, debug: bool) -> None:
    """Run a tracking service until SIGINT or SIGTERM. Its url is printed once it accepts requests.

    Its errors are written to standard error, with their tracebacks.

    Args:
        database: the path of the SQLite file, which is created if it does not exist.
        host: the address to listen on.
        port: the TCP port; 0 for any that is free.
        any_host: whether to serve requests with any Host header; see `tracking_client.service.running_service`.
        debug: whether to write each request to standard error, too.

    Raises:
        OSError: the database or the address cannot be used.
        CommandError: Werkzeug is not installed.
    """
    _log_to_stderr(logging.DEBUG if debug else logging.WARNING)
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with start_service(database, host, port, any_host) as url:
        print(url, flush=True)
        while not stop.wait(3600):
            pass


def _log_to_stderr(level: int) -> None:
    handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(level=level, handlers=[handler])


def start_service(
    database: str | None = None, host: str = "127.0.0.1", port: int = 0, any_host: bool = False
) -> AbstractContextManager[str]:
    """Return a context manager that runs a tracking service; see `tracking_client.service.running_service`.

    Raises:
        CommandError: Werkzeug is not installed.
    """
    try:
        from ..service import running_service
    except ModuleNotFoundError as error:
        message = f"{error}: to run a service, pip install 'tracking-client[service]'"
        raise CommandError(message, exit_codes.FAILED) from error
    return running_service(database, host, port, any_host)
