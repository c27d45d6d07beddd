"""The commands for files: ``md5``, ``known``, ``register`` and ``sync``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any, Optional, TextIO

from .. import bulk
from .._disk.hashing import md5sums
from ..argument_errors import OpenApiException
from ..models.file import File
from . import exit_codes
from .output import Output, tell, writing
from .patience import first_line, one_line
from .rounds import in_rounds
from .samples import sample_id_of
from .session import CommandError, required_sample, session_of

Row = dict[str, Any]

_LOOK_UP_COLUMNS = ("status", "md5sum", "item", "filename", "type", "message")
_REGISTRATION_COLUMNS = ("status", "md5sum", "path", "sample", "filename", "type", "message")


def run_md5(options: argparse.Namespace) -> int:
    """Print the md5sum of each file."""
    for path, digest in zip(options.paths, md5sums(options.paths)):
        with writing():
            sys.stdout.buffer.write(md5sum_line(digest, path))
            sys.stdout.buffer.flush()
    return exit_codes.DONE


def md5sum_line(digest: str, path: str) -> bytes:
    """Return a line as the program ``md5sum`` prints it: a name with a backslash or line break is escaped."""
    name = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    prefix = "" if name == path else "\\"
    return os.fsencode(f"{prefix}{digest}  {name}\n")


def run_known(options: argparse.Namespace) -> int:
    """Tell which files are tracked."""
    if not (options.paths or options.md5 or options.manifest):
        raise CommandError("give paths, --md5 or --manifest", exit_codes.USAGE)
    items: list[Any] = [*map(Path, options.paths), *options.md5]
    codes: list[int] = []
    if options.manifest:
        items += _manifest_items(options.manifest)
    with session_of(options) as session:
        run = partial(bulk.look_up, session.api_client, max_workers=options.jobs)
        results = in_rounds(run, items, session.patience)
        Output(options.format, _LOOK_UP_COLUMNS).write(_rows(results, _look_up_row, codes))
    return exit_codes.worst(codes)


def _manifest_items(path: str) -> list[str]:
    """Return the md5sums in a manifest; ``-`` stands for standard input. Tell what is to be said about its lines."""
    manifest = bulk.read_manifest(sys.stdin.buffer if path == "-" else path)
    for note in manifest.notes:
        tell(f"{path}: {note}")
    return [entry.md5sum for entry in manifest]


def _look_up_row(result: bulk.LookUp) -> tuple[int, Row]:
    row = {"status": result.status, "md5sum": result.md5sum, "item": _text_of(result.item)}
    if result.error is not None:
        return exit_codes.exit_code_of(result.error), {**row, "message": one_line(result.error)}
    if result.file is None:
        return exit_codes.NOT_TRACKED, row
    return exit_codes.DONE, {**row, "filename": result.file.filename, "type": result.file.file_type}


def run_register(options: argparse.Namespace) -> int:
    """Register files with a sample."""
    required_sample(options.sample, options.isolate, options.experiment)
    if options.create and options.sample is not None:
        raise CommandError("--create needs the names of a sample, not its id", exit_codes.USAGE)
    with session_of(options) as session:
        settings = {"dry_run": options.dry_run, "max_workers": options.jobs}
        run: Callable[..., Iterator[bulk.Registration]]
        items: Iterable[Any]
        if options.create:
            run = partial(bulk.register_study, session.api_client, **settings)
            items = _study_rows(options)
        else:
            run = partial(bulk.register, session.api_client, sample_id_of(session, options), **settings)
            items = (_with_type(path, options.type) for path in options.paths)
        return _write_registrations(options, in_rounds(run, items, session.patience))


def _study_rows(options: argparse.Namespace) -> list[bulk.StudyRow]:
    names = options.isolate, options.experiment
    return [bulk.StudyRow(number, *names, Path(path), options.type) for number, path in enumerate(options.paths, 1)]


def _with_type(path: str, file_type: Optional[str]) -> Any:
    """Return a file of a given type; the path if there is none, or if the file cannot be read."""
    if file_type is None:
        return Path(path)
    try:
        return File.from_path(path, file_type)
    except OpenApiException:
        return Path(path)  # the registration of the path tells why


def run_sync(options: argparse.Namespace) -> int:
    """Register a study."""
    rows = bulk.read_study(options.table, options.root)
    with session_of(options) as session, _report(options.report) as report:
        run = partial(bulk.register_study, session.api_client, dry_run=options.dry_run, max_workers=options.jobs)
        return _write_registrations(options, in_rounds(run, rows, session.patience), report)


def _report(path: Optional[str]) -> Any:
    """Open the file for the report, before anything is sent."""
    try:
        return nullcontext() if path is None else open(path, "w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CommandError(f"cannot write the report: {error}", exit_codes.USAGE) from error


def _write_registrations(
    options: argparse.Namespace, results: Iterator[bulk.Registration], report: Optional[TextIO] = None
) -> int:
    codes: list[int] = []
    rows = _rows(results, _registration_row, codes)
    if report is not None:
        rows = _copied(rows, Output("tsv", _REGISTRATION_COLUMNS, report))
    Output(options.format, _REGISTRATION_COLUMNS).write(rows)
    return exit_codes.worst(codes)


def _copied(rows: Iterator[Row], report: Output) -> Iterator[Row]:
    report.begin()
    for row in rows:
        report.write_row(row)
        yield row


def _registration_row(result: bulk.Registration) -> tuple[int, Row]:
    file = result.file
    row = {
        "status": result.outcome,
        "md5sum": file and file.md5sum,
        "path": _text_of(result.item),
        "sample": result.sample_id,
        "filename": file and file.filename,
        "type": file and file.file_type,
    }
    if result.outcome == bulk.Outcome.CONFLICT:
        return exit_codes.CONFLICT, {**row, "message": "registered, but not with this sample"}
    if result.error is not None:
        code = exit_codes.exit_code_of(result.error)
        # Without its sample, a file cannot be registered: that is a failure.
        code = exit_codes.FAILED if code == exit_codes.NOT_TRACKED else code
        return code, {**row, "message": one_line(result.error)}
    changes = (f"{name}: {given!r} given, {tracked!r} tracked" for name, (tracked, given) in result.changes.items())
    return exit_codes.DONE, {**row, "message": "; ".join(changes) or None}


def _rows(results: Iterator[Any], row_of: Callable[[Any], tuple[int, Row]], codes: list[int]) -> Iterator[Row]:
    """Yield a row for each result, and keep its exit code. After an outage, tell what is left."""
    try:
        for result in results:
            code, row = row_of(result)
            codes.append(code)
            yield row
    except bulk.ServiceUnavailableError as error:
        codes.append(exit_codes.TEMPORARY)
        tell(first_line(error))
        for item in error.left:
            yield {"status": "failed", "item": _text_of(item), "path": _text_of(item), "message": "not sent"}


def _text_of(item: Any) -> str:
    """Return how an item was given: its path, name or md5sum."""
    if isinstance(item, bulk.StudyRow):
        return str(item.path)
    return item.filename if isinstance(item, File) else str(item)
