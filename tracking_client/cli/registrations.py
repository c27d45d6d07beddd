"""The commands that register files: ``register`` and ``sync``."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import Any, TextIO

from .. import bulk
from . import exit_codes
from .manifests import read_manifest
from .output import Output
from .rows import Row, item_text, one_line, rows_of
from .session import CommandError, Session, required_sample, session_of

_COLUMNS = ("status", "md5sum", "path", "sample", "filename", "type", "message")


def run_register(options: argparse.Namespace) -> int:
    """Register files with a sample."""
    required_sample(options.sample, options.isolate, options.experiment)
    if options.create and options.sample is not None:
        raise CommandError("--create needs the names of a sample, not its id", exit_codes.USAGE)
    names = {"sample_id": options.sample, "isolate_id": options.isolate, "experiment_id": options.experiment}
    with session_of(options) as session:
        settings = _settings(options, session)
        results = bulk.register(
            session.api_client,
            map(Path, options.paths),
            file_type=options.type,
            create=options.create,
            **names,
            **settings,
        )
        return _write_registrations(options, results)


def _settings(options: argparse.Namespace, session: Session) -> dict[str, Any]:
    return {"dry_run": options.dry_run, "max_workers": options.jobs, "patience": session.patience}


def run_sync(options: argparse.Namespace) -> int:
    """Register a study."""
    manifest = read_manifest(options.table, options.root)
    with session_of(options) as session, _report(options.report) as report:
        results = bulk.register(session.api_client, manifest, create=True, **_settings(options, session))
        return _write_registrations(options, results, report)


def _report(path: str | None) -> Any:
    """Open the file for the report, before anything is sent."""
    try:
        return nullcontext() if path is None else open(path, "w", encoding="utf-8", errors="backslashreplace")
    except OSError as error:
        raise CommandError(f"cannot write the report: {error}", exit_codes.USAGE) from error


def _write_registrations(
    options: argparse.Namespace, results: Iterable[bulk.Result], report: TextIO | None = None
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


def _registration_row(result: bulk.Result) -> tuple[int, Row]:
    values = result.as_row()
    row = {**values, "path": item_text(result.item), "filename": values["name"]}
    if result.status == bulk.ResultStatus.CONFLICT:
        return exit_codes.CONFLICT, row
    if result.error is not None:
        code = exit_codes.exit_code_of(result.error)
        # Without its sample, a file cannot be registered: that is a failure.
        code = exit_codes.FAILED if code == exit_codes.NOT_TRACKED else code
        return code, {**row, "message": one_line(result.error)}
    return exit_codes.DONE, row
