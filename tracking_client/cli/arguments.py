"""The arguments of the command ``tracking-client``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from ..version import __version__
from .argument_types import column_names, duration, exit_code, seconds
from .exit_codes import MEANINGS
from .file_arguments import add_file_commands
from .output import FORMATS, printable_message
from .sample_arguments import add_sample_commands

_DESCRIPTION = "Client of the sequencing tracking service: which files does it know, and with which samples?"


_DEFAULTS = {
    "host": None,
    "timeout": None,
    "retry_for": None,
    "ca_cert": None,
    "header": None,
    "format": None,
    "columns": None,
    "no_header": False,
    "print0": False,
    "exit_zero": False,
    "tempfail_code": None,
    "verbosity": 0,
    "debug": False,
}
"""The common options that are not given. Were they defaults of the parsers, that of a command would hide an option
before it."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        # The message may have arguments as they are, such as names of files.
        super().error(printable_message(message))


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse arguments."""
    return argparse.Namespace(**{**_DEFAULTS, **vars(parser(arguments).parse_args(arguments))})


def parser(arguments: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """Return the parser of the command.

    Args:
        arguments: the arguments that it will parse; None for any. Commands that they do not name stay without
            arguments of their own, because to add those of all commands takes as long as a call.
    """
    common = _common_options()
    root = _Parser(
        prog="tracking-client",
        description=_DESCRIPTION,
        epilog=exit_codes_text(MEANINGS),
        parents=[common],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    root.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    names = None if arguments is None else frozenset(arguments)
    commands = Commands(root.add_subparsers(dest="command", metavar="COMMAND", required=True), common, names)
    _add_service_commands(commands)
    add_file_commands(commands)
    add_sample_commands(commands)
    return root


class Commands:
    """Adds commands that all accept the common options, and have examples."""

    def __init__(self, subparsers: Any, common: argparse.ArgumentParser, names: frozenset[str] | None) -> None:
        self._subparsers = subparsers
        self._common = common
        self._names = names

    def below(self, subparsers: Any) -> Commands:
        """Return what adds the commands of a command."""
        return Commands(subparsers, self._common, self._names)

    def add(
        self,
        name: str,
        summary: str,
        *examples: str,
        columns: Sequence[str] = (),
        statuses: Sequence[str] = (),
        codes: Iterable[int] = (),
        is_client: bool = True,
    ) -> argparse.ArgumentParser | None:
        """Add a command. Return its parser; None if it is not needed.

        Args:
            name: its name.
            summary: what it does.
            examples: how it is used.
            columns: the columns of its output.
            statuses: the statuses of its rows.
            codes: its exit codes.
            is_client: whether it accepts the common options.
        """
        if self._names is not None and name not in self._names:
            self._subparsers.add_parser(name, help=summary, add_help=False)
            return None
        epilog = [f"columns: {', '.join(columns)}"] if columns else []
        epilog += [f"statuses: {', '.join(statuses)}"] if statuses else []
        epilog += [exit_codes_text(codes)] if codes else []
        epilog += ["\n  ".join(["examples:", *examples])]
        command: argparse.ArgumentParser = self._subparsers.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog="\n\n".join(epilog),
            parents=[self._common] if is_client else [],
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        return command


def _common_options() -> argparse.ArgumentParser:
    common = argparse.ArgumentParser(add_help=False, argument_default=argparse.SUPPRESS, allow_abbrev=False)
    group = common.add_argument_group("common options, before or after the command")
    group.add_argument("--host", metavar="URL", help="the service, such as http://tracking-api-service/api/v1")
    group.add_argument("--timeout", metavar="S", type=seconds, help="seconds for each call")
    group.add_argument(
        "--retry-for",
        metavar="T",
        type=duration,
        help="wait for a service that is not available, such as 90s or 10m; 0 not to wait (60s)",
    )
    group.add_argument("--ca-cert", metavar="PATH", help="CA certificates to trust (PEM)")
    group.add_argument(
        "--header",
        metavar="'Name: value'",
        action="append",
        help="a header of each request; for a secret, set TRACKING_CLIENT_HEADER or TRACKING_CLIENT_HEADER_FILE",
    )
    group.add_argument("--format", choices=FORMATS, help="text on a terminal, and tsv otherwise, unless given")
    group.add_argument("--columns", metavar="C,...", type=column_names, help="the columns to write, in this order")
    group.add_argument("--no-header", action="store_true", help="write no names of columns")
    group.add_argument("--print0", action="store_true", help="end each row with NUL, and write names as they are")
    group.add_argument("--exit-zero", action="store_true", help="exit with 0 in place of 3 and 4")
    group.add_argument("--tempfail-code", metavar="N", type=exit_code, help="exit with N in place of 75")
    amount = group.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", dest="verbosity", action="store_const", const=-1, help="tell errors only")
    amount.add_argument("-v", "--verbose", dest="verbosity", action="store_const", const=1, help="tell each retry")
    group.add_argument("--debug", action="store_true", help="tell each call, and the traceback of an error")
    return common


def _add_service_commands(commands: Commands) -> None:
    commands.add("ping", "tell whether the host is there, and is the tracking API", "tracking-client ping")
    commands.add(
        "config",
        "show each setting, its value and where it comes from; secrets are masked",
        "TRACKING_CLIENT_HOST=tracking:8080/api/v1 tracking-client config",
    )
    if serve := commands.add(
        "serve", "run a tracking service", "tracking-client serve --database tracking.sqlite", is_client=False
    ):
        serve.add_argument("--database", default="tracking.sqlite", help="SQLite file, created if it does not exist")
        serve.add_argument("--bind", metavar="ADDRESS", default="127.0.0.1", help="address to listen on (127.0.0.1)")
        serve.add_argument("--port", default=8080, type=int, help="TCP port, 0 for any that is free (8080)")
        serve.add_argument(
            "--any-host",
            action="store_true",
            help="on a loopback address, serve requests whose Host header names another host, too; "
            "any web page that is open in a browser could then send them (DNS rebinding)",
        )
        serve.add_argument(
            "--debug",
            action="store_true",
            default=argparse.SUPPRESS,
            help="tell each request; errors are told with their traceback in any case",
        )
    commands.add(
        "demo",
        "show step by step what the client does; with --host it writes to that service, else it starts one",
        "tracking-client demo",
    )


def exit_codes_text(codes: Iterable[int]) -> str:
    """Return a list of exit codes."""
    return "exit codes:\n" + "\n".join(f"  {code:3}  {MEANINGS[code]}" for code in codes)
