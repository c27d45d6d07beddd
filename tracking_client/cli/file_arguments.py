"""The arguments of the commands for files."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from . import exit_codes
from .argument_types import (
    FILE_TYPES,
    JOBS,
    VERIFICATIONS,
    chosen_column,
    duration,
    md5sum,
    missing_values,
    name,
    number_of_jobs,
    sample_id,
    sheet,
)

if TYPE_CHECKING:
    from .arguments import Commands

RESULT_COLUMNS = ("status", "md5sum", "path", "name", "type", "sample", "isolate", "experiment", "source", "message")
"""As `bulk` has them."""

_FAILURES = (exit_codes.FAILED, exit_codes.BAD_INPUT, exit_codes.TEMPORARY, exit_codes.BAD_SETTING)

_KNOWN = ("tracked", "untracked", "failed")
_REGISTER = ("created", "would-create", "existing", "renamed", "conflict", "failed")
_CHECK = ("same", "renamed", "changed", "unregistered", "missing", "conflict", "failed")
_WHERE = ("tracked", "untracked", "conflict", "failed")


def add_file_commands(commands: Commands) -> None:
    """Add the commands for files."""
    if md5 := commands.add(
        "md5",
        "print the md5sum of each file, as md5sum -c reads it",
        "tracking-client md5 *.fastq.gz",
        "tracking-client md5 run_17/*.vcf.gz > run_17.md5",
        codes=(exit_codes.DONE, exit_codes.BAD_INPUT),
    ):
        md5.add_argument("paths", metavar="PATH", nargs="+")

    if known := commands.add(
        "known",
        "tell which files are tracked: files, folders, md5sums, or what a manifest names, such as a report of ENA",
        "tracking-client known run_17/",
        "tracking-client known --manifest ena.tsv --only untracked --columns source,path",
        columns=RESULT_COLUMNS,
        statuses=_KNOWN,
        codes=(exit_codes.DONE, exit_codes.NOT_TRACKED, *_FAILURES),
    ):
        known.add_argument("--md5", metavar="SUM", nargs="+", action="extend", type=md5sum, default=[], help="md5sums")
        add_inputs(known)
        add_results(known, _KNOWN)

    if register := commands.add(
        "register",
        "register files with a sample, or with those that a manifest names, such as a sample sheet; again, it changes "
        "nothing",
        "tracking-client register --isolate isolate_1 --create isolate_1_R?.fastq.gz",
        "tracking-client register --manifest study.xlsx --column isolate=sample_name --create --report report.tsv",
        columns=RESULT_COLUMNS,
        statuses=_REGISTER,
        codes=(exit_codes.DONE, exit_codes.NOT_TRACKED, exit_codes.CONFLICT, *_FAILURES),
    ):
        add_sample(register)
        register.add_argument("--create", action="store_true", help="create samples that do not exist")
        register.add_argument("--dry-run", action="store_true", help="send no write, and tell what would happen")
        add_inputs(register)
        add_results(register, _REGISTER)

    if check := commands.add(
        "check",
        "tell what differs between files and what their sample has",
        "tracking-client check run_17/ --isolate isolate_1",
        "tracking-client check --manifest study.tsv --only conflict,changed,missing",
        columns=RESULT_COLUMNS,
        statuses=_CHECK,
        codes=(exit_codes.DONE, exit_codes.NOT_TRACKED, exit_codes.CONFLICT, *_FAILURES),
    ):
        add_sample(check)
        add_inputs(check)
        add_results(check, _CHECK)

    if where := commands.add(
        "where",
        "tell which samples have files; the lists of all samples are read",
        "tracking-client where 9e107d9d372bb6826bd81d3542a419d6",
        "tracking-client where --manifest ena.tsv",
        columns=RESULT_COLUMNS,
        statuses=_WHERE,
        codes=(exit_codes.DONE, exit_codes.NOT_TRACKED, exit_codes.CONFLICT, *_FAILURES),
    ):
        where.add_argument("md5", metavar="MD5", nargs="*", type=md5sum, help="md5sums")
        add_inputs(where, paths=False)
        add_results(where, _WHERE)

    if list_ := commands.add(
        "list",
        "list the files of a sample",
        "tracking-client list --isolate isolate_1",
        "tracking-client list --isolate isolate_1 --columns md5sum,name --no-header",
        columns=("md5sum", "name", "type"),
        codes=(exit_codes.DONE, exit_codes.NOT_TRACKED, *_FAILURES),
    ):
        add_sample(list_)

    if delete := commands.add(
        "delete",
        "delete the records of files of a sample, never the files",
        "tracking-client delete --isolate isolate_1 9e107d9d372bb6826bd81d3542a419d6",
        "tracking-client delete --isolate isolate_1 --manifest mistaken.tsv",
        columns=("status", "md5sum", "name"),
        statuses=("deleted", "untracked"),
        codes=(exit_codes.DONE, exit_codes.NOT_TRACKED, *_FAILURES),
    ):
        add_sample(delete)
        delete.add_argument("--yes", action="store_true", help="do not ask")
        delete.add_argument("md5", metavar="MD5", nargs="*", type=md5sum, help="md5sums")
        add_inputs(delete, paths=False)


def add_inputs(command: argparse.ArgumentParser, *, paths: bool = True) -> None:
    """Add the arguments of what a command works on.

    Args:
        command: its parser.
        paths: whether it takes paths, too.
    """
    files = command.add_argument_group("files")
    if paths:
        files.add_argument("paths", metavar="PATH", nargs="*", help="files, and folders with FASTQ and VCF below them")
        files.add_argument("--files-from", metavar="F", help="a file with a path on each line, - for standard input")
        files.add_argument("--null", action="store_true", help="the paths in --files-from end with NUL")
        files.add_argument("--type", choices=FILE_TYPES, help="what the files contain; else told by their names")
        files.add_argument("--verify", choices=VERIFICATIONS, help="how files with a claimed md5sum are checked")
        files.add_argument("--cache", action="store_true", help="keep md5sums of files for the next time")
        files.add_argument("--cache-file", metavar="F", help="where; or set TRACKING_CLIENT_CACHE")
    else:
        command.set_defaults(paths=[], files_from=None, type=None)
    _add_patterns(files)
    manifests = command.add_argument_group("manifests")
    manifests.add_argument(
        "--manifest",
        metavar="M",
        nargs="+",
        action="extend",
        default=[],
        help="files that name files, - for standard input: from md5sum, tables, sample sheets, reports of ENA",
    )
    manifests.add_argument(
        "--column",
        metavar="KIND=NAME",
        type=chosen_column,
        action="append",
        default=[],
        help="a column that its name does not tell; KIND is md5sum, path, name, type, isolate, experiment or sample",
    )
    manifests.add_argument("--root", metavar="DIR", help="where relative paths start; else the folder of the manifest")
    manifests.add_argument("--sheet", metavar="S", type=sheet, help="the name or number of the sheet of a spreadsheet")
    manifests.add_argument("--encoding", metavar="E", help="of a text that is not in UTF-8 or UTF-16")
    manifests.add_argument("--missing", metavar="W,...", type=missing_values, help="what stands for a missing value")
    manifests.add_argument("--skip-bad-lines", action="store_true", help="use the other lines, and tell the bad ones")


def _add_patterns(group: argparse._ArgumentGroup) -> None:
    group.add_argument(
        "--include", metavar="PATTERN", action="append", default=[], help="use only paths that match; * stops at /"
    )
    group.add_argument("--exclude", metavar="PATTERN", action="append", default=[], help="leave out paths that match")
    group.add_argument(
        "--min-age",
        metavar="T",
        type=duration,
        default=0.0,
        help="skip files that changed less than T ago, such as 60s",
    )


def add_results(command: argparse.ArgumentParser, statuses: tuple[str, ...]) -> None:
    """Add the arguments for the results of many calls."""

    def chosen(text: str) -> list[str]:
        words = text.split(",")
        if unknown := [word for word in words if word not in statuses]:
            raise argparse.ArgumentTypeError(f"{unknown[0]!a} is none of {', '.join(statuses)}")
        return words

    results = command.add_argument_group("results")
    results.add_argument(
        "--only", metavar="STATUS,...", type=chosen, action="extend", default=[], help="write only these"
    )
    results.add_argument("--report", metavar="R.tsv", help="write all results to this file: .tsv, .csv or .jsonl")
    results.add_argument("--jobs", metavar="N", type=number_of_jobs, default=JOBS, help="calls at the same time (16)")


def add_sample(command: argparse.ArgumentParser) -> None:
    """Add the arguments that name a sample by its id or its names."""
    command.add_argument("--sample", metavar="UUID", type=sample_id, help="the id of the sample; or its names:")
    add_names(command)


def add_names(command: argparse.ArgumentParser) -> None:
    """Add the arguments that name a sample by its names."""
    command.add_argument("--isolate", metavar="I", type=name, help="the name of the isolate")
    command.add_argument("--experiment", metavar="E", type=name, help="the name of the experiment")
