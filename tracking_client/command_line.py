"""The command ``tracking-client``."""

from __future__ import annotations

import argparse
import contextlib
import signal
import sys
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Optional

from .argument_errors import OpenApiException
from .version import __version__

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs the command.

    Args:
        arguments: what follows the command's name; None for those of the process.

    Returns:
        The exit status: 0 if all came out as it should, 1 if not, 130 after Ctrl-C. Wrong usage exits with 2.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "serve":
            return _serve(options.database, options.host, options.port)
        return _demo(options.host)
    except (OpenApiException, OSError) as error:
        print(f"tracking-client {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tracking-client", description="The sequencing tracking service's client.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)

    serve = commands.add_parser(
        "serve", help="run a tracking service", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    serve.add_argument("--database", default="tracking.sqlite", help="SQLite file, made if it is not there")
    serve.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve.add_argument("--port", default=8080, type=int, help="TCP port, 0 for one that is free")

    show = commands.add_parser("demo", help="show the client's main job, step by step")
    show.add_argument("--host", metavar="URL", help="a service of your own; without it, one is started for the demo")
    return parser


def _service(database: Optional[str] = None, host: str = "127.0.0.1", port: int = 0) -> AbstractContextManager[str]:
    try:
        from .service import running_service
    except ModuleNotFoundError as error:
        raise OSError(f"{error}: to run a service, pip install 'tracking-client[service]'") from error
    return running_service(database, host, port)


def _serve(database: str, host: str, port: int) -> int:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with _service(database, host, port) as url:
        print(url, flush=True)
        while not stop.wait(3600):
            pass
    return 0


def _demo(host: Optional[str]) -> int:
    from . import demo

    with contextlib.ExitStack() as stack:
        if host is None:
            host = stack.enter_context(_service())
            print("# A tracking service, started for this demo and gone with it. To keep one: tracking-client serve")
            print(f"    {host}")
        demo.run(host)
    print("\n# Every step came out as it should.")
    return 0
