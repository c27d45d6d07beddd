"""The command ``tracking-client serve``: run a tracking service."""

from __future__ import annotations

import argparse
import logging
import signal
import threading
from contextlib import AbstractContextManager

from . import exit_codes
from .errors import CommandError


def run(options: argparse.Namespace) -> int:
    """Run a tracking service until SIGINT or SIGTERM. Its url is printed once it accepts requests.

    Its errors are written to standard error, with their tracebacks.

    Raises:
        CommandError: the database or the address cannot be used, or Werkzeug is not installed.
    """
    level = logging.DEBUG if options.debug else logging.WARNING
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(message)s")
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    try:
        with start_service(options.database, options.bind, options.port, options.any_host) as url:
            print(url, flush=True)
            while not stop.wait(3600):
                pass
    except OSError as error:
        raise CommandError(str(error), exit_codes.FAILED) from error
    return exit_codes.DONE


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
        message = f"{error}: to run a service, pip install werkzeug"
        raise CommandError(message, exit_codes.FAILED) from error
    return running_service(database, host, port, any_host)
