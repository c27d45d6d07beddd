"""The arguments of the command ``tracking-client``."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from .._wire.environment import read_patience, read_seconds
from ..version import __version__
from .exit_codes import MEANINGS
from .output import FORMATS

FILE_TYPES = ("fastq", "vcf")

JOBS = 16
"""Calls at the same time, as `bulk` has it."""

_DESCRIPTION = "Client of the sequencing tracking service: which files does it know, and with which samples?"


_DEFAULTS = {
    "host": None,
    "timeout": None,
    "retry_for": None,
    "ca_cert": None,
    "header": None,
    "format": None,
    "exit_zero": False,
    "tempfail_code": None,
    "verbosity": 0,
    "debug": False,
}
"""The common options that are not given. Were they defaults of the parsers, that of a command would hide an option
before it."""


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
    root = argparse.ArgumentParser(
        prog="tracking-client",
        description=_DESCRIPTION,
        epilog=_exit_codes(),
        parents=[common],
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    root.add_argument("--version", action="version", version=f"%(prog)s {__version__}")
    names = None if arguments is None else frozenset(arguments)
    commands = _Commands(root.add_subparsers(dest="command", metavar="COMMAND", required=True), common, names)
    _add_service_commands(commands)
    _add_file_commands(commands)
    _add_sample_commands(commands)
    return root


class _Commands:
    """Adds commands that all accept the common options, and have an example."""

    def __init__(self, subparsers: Any, common: argparse.ArgumentParser, names: frozenset[str] | None) -> None:
        self._subparsers = subparsers
        self._common = common
        self._names = names

    def below(self, subparsers: Any) -> _Commands:
        """Return what adds the commands of a command."""
        return _Commands(subparsers, self._common, self._names)

    def add(self, name: str, summary: str, example: str, *, is_client: bool = True) -> argparse.ArgumentParser | None:
        """Add a command. Return its parser; None if it is not needed."""
        if self._names is not None and name not in self._names:
            self._subparsers.add_parser(name, help=summary, add_help=False)
            return None
        command: argparse.ArgumentParser = self._subparsers.add_parser(
            name,
            help=summary,
            description=f"{summary[0].upper()}{summary[1:]}.",
            epilog=f"example:\n  {example}",
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
        "--retry-for", metavar="S", type=patience, help="wait S seconds for a service that is not available (60)"
    )
    group.add_argument("--ca-cert", metavar="PATH", help="CA certificates to trust (PEM)")
    group.add_argument(
        "--header",
        metavar="'Name: value'",
        action="append",
        help="a header of each request; for a secret, set TRACKING_CLIENT_HEADER or TRACKING_CLIENT_HEADER_FILE",
    )
    group.add_argument("--format", choices=FORMATS, help="text on a terminal, and tsv otherwise, unless given")
    group.add_argument("--exit-zero", action="store_true", help="exit with 0 in place of 3 and 4")
    group.add_argument("--tempfail-code", metavar="N", type=exit_code, help="exit with N in place of 75")
    amount = group.add_mutually_exclusive_group()
    amount.add_argument("-q", "--quiet", dest="verbosity", action="store_const", const=-1, help="tell errors only")
    amount.add_argument("-v", "--verbose", dest="verbosity", action="store_const", const=1, help="tell each retry")
    group.add_argument("--debug", action="store_true", help="tell each call, and the traceback of an error")
    return common


def _add_service_commands(commands: _Commands) -> None:
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


def _add_file_commands(commands: _Commands) -> None:
    if md5 := commands.add(
        "md5", "print the md5sum of each file, as md5sum -c reads it", "tracking-client md5 *.fastq.gz"
    ):
        md5.add_argument("paths", metavar="PATH", nargs="+")

    if known := commands.add("known", "tell which files are tracked", "tracking-client known run_17/*.fastq.gz"):
        known.add_argument("paths", metavar="PATH", nargs="*", help="files, whose md5sums are computed")
        known.add_argument("--md5", metavar="SUM", nargs="+", action="extend", type=md5sum, default=[], help="md5sums")
        known.add_argument(
            "--manifest", metavar="M", help="a file that names files, - for standard input: from md5sum, a table"
        )
        _add_jobs(known)

    if register := commands.add(
        "register",
        "register files with a sample; again, it changes nothing",
        "tracking-client register --isolate isolate_1 --create isolate_1_R?.fastq.gz",
    ):
        _add_sample(register)
        register.add_argument("--create", action="store_true", help="create the sample if there is none with the names")
        register.add_argument("--type", choices=FILE_TYPES, help="what the files contain; else told by their names")
        register.add_argument("--dry-run", action="store_true", help="send no write, and tell what would happen")
        _add_jobs(register)
        register.add_argument("paths", metavar="PATH", nargs="+")

    if sync := commands.add(
        "sync",
        "register a study: a table of isolates, experiments and paths",
        "tracking-client sync study.tsv --report report.tsv",
    ):
        sync.add_argument(
            "table", metavar="TABLE", help="a table with the columns path, isolate, experiment, md5sum and type"
        )
        sync.add_argument("--root", metavar="DIR", help="where relative paths start; else the folder of the table")
        sync.add_argument("--dry-run", action="store_true", help="send no write, and tell what would happen")
        sync.add_argument("--report", metavar="R.tsv", help="write the results to this file, as TSV")
        _add_jobs(sync)

    if list_ := commands.add("list", "list the files of a sample", "tracking-client list --isolate isolate_1"):
        _add_sample(list_)

    if delete := commands.add(
        "delete",
        "delete the records of files, never the files",
        "tracking-client delete --sample 3fa85f64-5717-4562-b3fc-2c963f66afa6 9e107d9d372bb6826bd81d3542a419d6",
    ):
        delete.add_argument("--sample", metavar="UUID", type=sample_id, required=True, help="the sample of the files")
        delete.add_argument("--yes", action="store_true", help="do not ask")
        delete.add_argument("md5sums", metavar="MD5", nargs="+", type=md5sum)


def _add_sample_commands(commands: _Commands) -> None:
    sample = commands.add("sample", "find, create, show or delete a sample", "tracking-client sample find --isolate i1")
    if sample is None:
        return
    actions = commands.below(sample.add_subparsers(dest="action", metavar="ACTION", required=True))
    if find := actions.add("find", "find a sample by its names", "tracking-client sample find --isolate isolate_1"):
        _add_names(find)
    if create := actions.add(
        "create", "find a sample by its names, or create it", "tracking-client sample create --isolate isolate_1"
    ):
        _add_names(create)
    if show := actions.add("show", "show a sample", "tracking-client sample show 3fa85f64-5717-4562-b3fc-2c963f66afa6"):
        show.add_argument("sample", metavar="UUID", type=sample_id)
    if delete := actions.add(
        "delete",
        "delete the record of a sample that has no files",
        "tracking-client sample delete 3fa85f64-5717-4562-b3fc-2c963f66afa6",
    ):
        delete.add_argument("--yes", action="store_true", help="do not ask")
        delete.add_argument("sample", metavar="UUID", type=sample_id)


def _add_sample(command: argparse.ArgumentParser) -> None:
    command.add_argument("--sample", metavar="UUID", type=sample_id, help="the id of the sample; or its names:")
    _add_names(command)


def _add_names(command: argparse.ArgumentParser) -> None:
    command.add_argument("--isolate", metavar="I", type=name, help="the name of the isolate")
    command.add_argument("--experiment", metavar="E", type=name, help="the name of the experiment")


def _add_jobs(command: argparse.ArgumentParser) -> None:
    command.add_argument("--jobs", metavar="N", type=number_of_jobs, default=JOBS, help="calls at the same time (16)")


def seconds(text: str) -> float:
    """Parse a number of seconds above 0."""
    try:
        return read_seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def patience(text: str) -> float:
    """Parse a number of seconds, 0 or more."""
    try:
        return read_patience(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def md5sum(text: str) -> str:
    """Parse an md5sum, and return it in lower case."""
    if len(text) != 32 or not set(text) <= set("0123456789abcdefABCDEF"):
        raise argparse.ArgumentTypeError(f"{text!a} is not an md5sum, which has 32 hexadecimal digits")
    return text.lower()


def sample_id(text: str) -> str:
    """Parse the id of a sample."""
    from ..models._value_types import is_uuid_text

    if not is_uuid_text(text):
        raise argparse.ArgumentTypeError(f"{text!a} is not a UUID")
    return text


def name(text: str) -> str:
    """Parse the name of an isolate or experiment."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be blank")
    return text


def number_of_jobs(text: str) -> int:
    """Parse the number of calls at the same time."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!a} is not a number from 1 to 1000")
    return int(text)


def exit_code(text: str) -> int:
    """Parse an exit code."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 255:
        raise argparse.ArgumentTypeError(f"{text!a} is not a number from 1 to 255")
    return int(text)


def _exit_codes() -> str:
    return "exit codes:\n" + "\n".join(f"  {code:3}  {meaning}" for code, meaning in MEANINGS.items())
