"""The commands that register files: ``register`` and ``sync``."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TextIO

from .. import bulk
from ..bulk.study import validated_entries
from . import exit_codes
from .manifests import read_manifest
from .output import Output
from .rows import Row, item_text, one_line, rows_of
from .samples import sample_id_of
from .session import CommandError, Session, required_sample, session_of

_COLUMNS = ("status", "md5sum", "path", "sample", "filename", "type", "message")


def run_register(options: argparse.Namespace) -> int:
    """Register files with a sample."""
    required_sample(options.sample, options.isolate, options.experiment)
    if options.create and options.sample is not None:
        raise CommandError("--create needs the names of a sample, not its id", exit_codes.USAGE)
    with session_of(options) as session:
        settings = _settings(options, session)
        if options.create:
            results = bulk.register_study(session.api_client, _entries(options), **settings)
        else:
            sample_id = sample_id_of(session, options)
            paths = map(Path, options.paths)
            results = bulk.register(session.api_client, sample_id, paths, file_type=options.type, **settings)
        return _write_registrations(options, results)


def _settings(options: argparse.Namespace, session: Session) -> dict[str, Any]:
    return {"dry_run": options.dry_run, "max_workers": options.jobs, "patience": session.patience}


def _entries(options: argparse.Namespace) -> list[bulk.Entry]:
    names = {"isolate_id": options.isolate, "experiment_id": options.experiment}
    return [bulk.Entry(path, file_type=options.type, **names) for path in options.paths]


def run_sync(options: argparse.Namespace) -> int:
    """Register a study."""
    entries = validated_entries(read_manifest(options.table, options.root))
    with session_of(options) as session, _report(options.report) as report:
        results = bulk.register_study(session.api_client, entries, **_settings(options, session))
        return _write_registrations(options, results, report)


def _report(path: str | None) -> Any:
    """Open the file for the report, before anything is sent."""
    try:
        return nullcontext() if path is None else open(path, "w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CommandError(f"cannot write the report: {error}", exit_codes.USAGE) from error


def _write_registrations(
    options: argparse.Namespace, results: Iterator[bulk.Registration], report: TextIO | None = None
) -> int:
    codes: list[int] = []
    rows = rows_of(results, _registration_row, codes)
    if report is not None:
        rows = _copied(rows, Output("tsv", _COLUMNS, report))
    Output(options.format, _COLUMNS).write(rows)
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
        "path": item_text(result.item),
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
