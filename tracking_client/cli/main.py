"""The command ``tracking-client``: its arguments, and its exit status."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from typing import Optional

from ..argument_errors import OpenApiException
from ..version import __version__
from . import serve


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Run the command.

    Args:
        arguments: the arguments after the name of the command; None for those of the process.

    Returns:
        The exit status: 0 after success, 1 after a failure, 130 after Ctrl-C. Wrong usage exits with 2.
    """
    options = _parser().parse_args(arguments)
    try:
        if options.command == "serve":
            serve.run(options.database, options.host, options.port)
        else:
            from . import demo

            demo.run(options.host)
            sys.stdout.flush()
    except BrokenPipeError:
        # Nobody reads the output any more, as in ``demo | head``. Python would report that again when it exits.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except (OpenApiException, OSError) as error:
        print(f"tracking-client {options.command}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="tracking-client", description="Client of the sequencing tracking service.")
    parser.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    commands = parser.add_subparsers(dest="command", required=True)

    serve_parser = commands.add_parser(
        "serve", help="run a tracking service", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    serve_parser.add_argument("--database", default="tracking.sqlite", help="SQLite file, created if it does not exist")
    serve_parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    serve_parser.add_argument("--port", default=8080, type=int, help="TCP port, 0 for any that is free")

    demo_parser = commands.add_parser("demo", help="show step by step what the client does")
    demo_parser.add_argument("--host", metavar="URL", help="your own service; without it, one is started for the demo")
    return parser
