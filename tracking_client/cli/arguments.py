"""The parser of the command ``tracking-client``, made from the declarations of its commands."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import Any, NoReturn

from ..version import __version__
from . import file_commands, sample_commands, service_commands  # noqa: F401 (they declare the commands, in this order)
from .argument_types import duration, number, seconds, words
from .declarations import COMMANDS, Command, flag, option
from .exit_codes import MEANINGS
from .output import FORMATS, printable

_DESCRIPTION = "Client of the sequencing tracking service: which files does it know, and with which samples?"

_DEFAULTS = {
    **dict.fromkeys(("host", "timeout", "retry_for", "ca_cert", "header", "format", "columns", "tempfail_code")),
    **dict.fromkeys(("no_header", "print0", "exit_zero", "debug"), False),
    "verbosity": 0,
}
"""The common options that are not given. Were they defaults of the parsers, that of a command would hide an option
before it."""

_NO_FILES = {
    **dict.fromkeys(("md5", "paths", "include", "exclude"), ()), "files_from": None, "null": False, "min_age": 0.0,
}  # fmt: skip
"""The arguments for files that a command with manifests may not have."""


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are two lines, and do not control a terminal, whatever the arguments are."""

    def __init__(self, **settings: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **settings)

    def error(self, message: str) -> NoReturn:
        # The values that a message shows as a repr have no such characters any more.
        shown = printable(message).replace("\\\\", "\\")
        # The usage that argparse would print has up to twenty lines.
        command = "" if " " in self.prog else " COMMAND"
        usage = f"usage: {self.prog}{command} [OPTION...] ARGUMENT...\n"
        self.exit(2, f"{usage}{self.prog}: error: {shown}; see {self.prog} --help\n")


def parse(arguments: Sequence[str]) -> argparse.Namespace:
    """Parse arguments."""
    options, unknown = parser(arguments).parse_known_args(arguments)
    if unknown:
        hyphens = [each for each in unknown if each.startswith("-")]
        hint = "; what begins with a hyphen and is no option stands after --" if hyphens else ""
        options.fail(f"unrecognized arguments: {' '.join(hyphens or unknown)}{hint}")
    return argparse.Namespace(**{**_DEFAULTS, **_NO_FILES, **vars(options)})


def parser(arguments: Sequence[str] | None = None) -> argparse.ArgumentParser:
    """Return the parser of the command.

    Args:
        arguments: the arguments that it will parse; None for any. Commands that they do not name have no parser of
            their own, because to make those of all commands takes as long as a call.
    """
    common = _Parser(add_help=False, argument_default=argparse.SUPPRESS)
    _add_common_options(common.add_argument_group("common options, before or after the command"))
    root = _Parser(prog="tracking-client", description=_DESCRIPTION, epilog=_exit_codes(MEANINGS), parents=[common])
    root.add_argument("--version", action="version", version=f"%(prog)s {__version__}")

    def parser_of(is_named: bool = True, **settings: Any) -> _Parser:
        return _Parser(**settings) if is_named else common

    made: dict[str, Any] = {"parser_class": parser_of}
    below: dict[str, Any] = {"": root.add_subparsers(dest="command", metavar="COMMAND", required=True, **made)}
    for name, command in COMMANDS.items():
        first, _, last = name.rpartition(" ")
        if first not in below:
            continue  # the command above is not needed
        if arguments is None or last in arguments:
            added = _add(below[first], last, command, common)
            if any(each.startswith(f"{name} ") for each in COMMANDS):
                below[name] = added.add_subparsers(dest="action", metavar="ACTION", required=not command.run, **made)
        else:
            below[first].add_parser(last, help=command.summary, is_named=False)
    return root


def _add(subparsers: Any, name: str, command: Command, common: argparse.ArgumentParser) -> argparse.ArgumentParser:
    """Add a command with its arguments, and return its parser."""
    added: argparse.ArgumentParser = subparsers.add_parser(
        name,
        help=command.summary,
        description=command.description,
        epilog=_epilog(command),
        parents=[common] if command.is_client else [],
    )
    added.set_defaults(run=command.run, all_columns=command.columns, fail=added.error)
    command.add_arguments(added)
    return added


def _epilog(command: Command) -> str:
    """Return what the help of a command ends with."""
    parts = [f"columns: {', '.join(command.columns)}"] if command.columns else []
    parts += [f"statuses: {', '.join(command.statuses)}"] if command.statuses else []
    parts += [_exit_codes(command.codes)] if command.codes else []
    return "\n\n".join([*parts, "\n  ".join(["examples:", *command.examples])])


def _exit_codes(codes: Iterable[int]) -> str:
    return "exit codes:\n" + "\n".join(f"  {code:3}  {MEANINGS[code]}" for code in codes)


def _add_common_options(group: Any) -> None:
    option(group, "--host", "URL", "the service, such as http://tracking-api-service/api/v1")
    option(group, "--timeout", "S", "seconds for each call", type=seconds)
    patience = "wait for a service that is not available, such as 90s; 0 not to; else 60s once it has responded"
    option(group, "--retry-for", "T", patience, type=duration)
    option(group, "--ca-cert", "PATH", "CA certificates to trust (PEM)")
    header = "a header of each request; for a secret, set TRACKING_CLIENT_HEADER or TRACKING_CLIENT_HEADER_FILE"
    option(group, "--header", "'Name: value'", header, action="append")
    option(group, "--format", None, "text on a terminal, and tsv otherwise, unless given", choices=FORMATS)
    option(group, "--columns", "C,...", "the columns to write, in this order", type=words)
    flag(group, "--no-header", help="write no names of columns")
    flag(group, "--print0", help="end each row with NUL, and write names as they are")
    flag(group, "--exit-zero", help="exit with 0 in place of 3 and 4")
    option(group, "--tempfail-code", "N", "exit with N in place of 75", type=number(1, 255))
    amount = group.add_mutually_exclusive_group()
    flag(amount, "-q", "--quiet", help="no messages but failures", dest="verbosity", action="store_const", const=-1)
    flag(amount, "-v", "--verbose", help="tell each retry", dest="verbosity", action="store_const", const=1)
    flag(group, "--debug", help="tell each call, and the traceback of an error")
