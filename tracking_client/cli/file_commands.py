"""The commands for files, and the arguments that name files, manifests and samples."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Sequence
from typing import Any

from . import argument_types as types
from .declarations import Command, flag, option, options
from .exit_codes import BAD_INPUT, BAD_SETTING, CONFLICT, DONE, FAILED, NOT_TRACKED, TEMPORARY

RESULT_COLUMNS = ("status", "md5sum", "path", "name", "type", "sample", "isolate", "experiment", "source", "message")
"""As `bulk` has them."""

_KNOWN = ("tracked", "untracked", "failed")
_REGISTER = ("created", "would-create", "existing", "renamed", "conflict", "failed")
_CHECK = ("same", "renamed", "changed", "unregistered", "missing", "conflict", "failed")
_WHERE = ("tracked", "untracked", "conflict", "failed")

CODES = (DONE, FAILED, NOT_TRACKED, BAD_INPUT, TEMPORARY, BAD_SETTING)
CONFLICT_CODES = (DONE, FAILED, NOT_TRACKED, CONFLICT, BAD_INPUT, TEMPORARY, BAD_SETTING)


@Command("files.run_md5", codes=(DONE, BAD_INPUT))
def md5(parser: ArgumentParser) -> None:
    """Print the md5sum of each file, as md5sum -c reads it.

    tracking-client md5 *.fastq.gz
    tracking-client md5 run_17/*.vcf.gz > run_17.md5
    """
    option(parser, "paths", "PATH", "files", nargs="+")


@Command("files.run_known", RESULT_COLUMNS, _KNOWN, CODES)
def known(parser: ArgumentParser) -> None:
    """Tell which files are tracked: files, folders, md5sums, or what a manifest names, such as a report of ENA.

    tracking-client known run_17/
    tracking-client known --manifest ena.tsv --only untracked --columns source,path
    """
    options(parser, "--md5", "SUM", "md5sums", type=types.md5sum_of_option)
    add_inputs(parser)
    add_results(parser, _KNOWN)


@Command("files.run_register", RESULT_COLUMNS, _REGISTER, CONFLICT_CODES)
def register(parser: ArgumentParser) -> None:
    """Register files with a sample, or with those that a manifest names, such as a sample sheet; again, it changes
    nothing.

    tracking-client register --isolate isolate_1 --create isolate_1_R?.fastq.gz
    tracking-client register --manifest study.xlsx --column isolate=sample_name --create --report report.tsv
    """
    add_sample(parser)
    flag(parser, "--create", help="create samples that do not exist")
    flag(parser, "--dry-run", help="send no write, and tell what would happen")
    add_inputs(parser)
    add_results(parser, _REGISTER)


@Command("files.run_check", RESULT_COLUMNS, _CHECK, CONFLICT_CODES)
def check(parser: ArgumentParser) -> None:
    """Tell what differs between files and what their sample has.

    tracking-client check run_17/ --isolate isolate_1
    tracking-client check --manifest study.tsv --only conflict,changed,missing
    """
    add_sample(parser)
    add_inputs(parser)
    add_results(parser, _CHECK)


@Command("files.run_where", RESULT_COLUMNS, _WHERE, CONFLICT_CODES)
def where(parser: ArgumentParser) -> None:
    """Tell which samples have files, or what has an md5sum; the lists of all samples are read.

    tracking-client where 9e107d9d372bb6826bd81d3542a419d6 run_17/isolate_1_R1.fastq.gz
    tracking-client where --manifest ena.tsv
    """
    add_inputs(parser, checks=False)
    add_results(parser, _WHERE)


@Command("samples.run_list", ("md5sum", "name", "type"), codes=CODES)
def list_(parser: ArgumentParser) -> None:
    """List the files of a sample.

    tracking-client list --isolate isolate_1
    tracking-client list --isolate isolate_1 --columns md5sum,name --no-header
    """
    add_sample(parser)


@Command("samples.run_delete", ("status", "md5sum", "name"), ("deleted", "untracked", "conflict"), CONFLICT_CODES)
def delete(parser: ArgumentParser) -> None:
    """Delete the records of files, never the files; of a report of this command, only what its run has created.

    tracking-client delete --isolate isolate_1 9e107d9d372bb6826bd81d3542a419d6
    tracking-client delete --manifest report.tsv
    """
    add_sample(parser)
    flag(parser, "--yes", help="do not ask")
    option(parser, "md5", "MD5", "md5sums", nargs="*", type=types.md5sum)
    add_inputs(parser, paths=False)


def add_inputs(parser: ArgumentParser, *, paths: bool = True, checks: bool = True) -> None:
    """Add the arguments of what a command works on: manifests, paths as well, and how files are checked."""
    files = parser.add_argument_group("files")
    if paths:
        named = "files, and folders with FASTQ and VCF below them" if checks else "md5sums, files and folders"
        option(files, "paths", "PATH" if checks else "ITEM", named, nargs="*")
        option(files, "--files-from", "F", "a file with a path on each line, - for standard input")
        flag(files, "--null", help="the paths in --files-from end with NUL")
        option(files, "--type", None, "what the files contain; else told by their names", choices=types.FILE_TYPES)
    if paths and checks:
        methods = ("md5sum", "content", "nothing")
        option(
            files,
            "--verify",
            None,
            "md5sum; content also decompresses files to their end; nothing trusts a claimed md5sum",
            choices=methods,
        )
        flag(files, "--cache", help="keep md5sums of files for the next time")
        option(files, "--cache-file", "F", "where; or set TRACKING_CLIENT_CACHE")
    several: dict[str, Any] = {"action": "append", "default": [], "type": types.name}
    option(files, "--include", "PATTERN", "use only paths that match; * stops at /", **several)
    option(files, "--exclude", "PATTERN", "leave out paths that match", **several)
    age = "skip files that changed less than T ago, such as 60s"
    option(files, "--min-age", "T", age, type=types.duration, default=0.0)
    group = parser.add_argument_group("manifests")
    add_manifest(group)
    add_table_options(group)


def add_manifest(target: Any) -> None:
    """Add the option that names manifests."""
    sources = "files that name files, - for standard input: from md5sum, tables, sample sheets, reports of ENA"
    options(target, "--manifest", "M", sources)


def add_table_options(target: Any) -> None:
    """Add the options that say how manifests are read."""
    kinds = "md5sum, path, name, type, isolate, experiment or sample"
    column = f"a column that its name does not tell, or several of paths; KIND is {kinds}"
    option(target, "--column", "KIND=NAME", column, type=types.chosen_column, action="append", default=[])
    option(target, "--root", "DIR", "where relative paths start; else the folder of the manifest")
    option(target, "--sheet", "S", "the name or number of the sheet of a spreadsheet", type=types.sheet)
    option(target, "--encoding", "E", "of a text that is not in UTF-8 or UTF-16")
    option(target, "--missing", "W,...", "what stands for a missing value", type=types.words)
    flag(target, "--skip-bad-lines", help="use the other lines, and tell the bad ones")


def add_results(parser: ArgumentParser, statuses: Sequence[str]) -> None:
    """Add the arguments for the results of many calls."""
    group = parser.add_argument_group("results")
    chosen = {"type": types.words_of(statuses), "action": "extend", "default": []}
    option(group, "--only", "STATUS,...", "write only these", **chosen)
    option(group, "--report", "R.tsv", "write all results to this file: .tsv, .csv, .jsonl or .html")
    add_jobs(group)


def add_jobs(target: Any) -> None:
    """Add the number of calls at the same time, by default that of `bulk`."""
    option(target, "--jobs", "N", "calls at the same time (16)", type=types.number(1, 1000), default=16)


def add_sample(parser: ArgumentParser) -> None:
    """Add the arguments that name a sample by its id or its names."""
    option(parser, "--sample", "UUID", "the id of the sample; or its names:", type=types.sample_id)
    add_names(parser)


def add_names(parser: ArgumentParser) -> None:
    """Add the arguments that name a sample by its names."""
    option(parser, "--isolate", "I", "the name of the isolate", type=types.name)
    option(parser, "--experiment", "E", "the name of the experiment", type=types.name)
