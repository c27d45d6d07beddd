"""The commands for files that are looked up: ``md5`` and ``known``."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from .. import bulk
from .._disk.hashing import md5sums
from . import exit_codes
from .manifests import read_manifest
from .output import Output, writing
from .rows import Row, item_text, one_line, rows_of
from .session import CommandError, session_of

_COLUMNS = ("status", "md5sum", "item", "filename", "type", "message")


def run_md5(options: argparse.Namespace) -> int:
    """Print the md5sum of each file."""
    for path, digest in zip(options.paths, md5sums(options.paths), strict=False):
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
        items += read_manifest(options.manifest)
    with session_of(options) as session:
        results = bulk.iter_look_up(session.api_client, items, max_workers=options.jobs, patience=session.patience)
        Output(options.format, _COLUMNS).write(rows_of(results, _look_up_row, codes))
    return exit_codes.worst(codes)


def _look_up_row(result: bulk.Result) -> tuple[int, Row]:
    row = {"status": result.status, "md5sum": result.md5sum, "item": item_text(result.item)}
    if result.error is not None:
        return exit_codes.exit_code_of(result.error), {**row, "message": one_line(result.error)}
    if result.tracked is None:
        return exit_codes.NOT_TRACKED, row
    return exit_codes.DONE, {**row, "filename": result.tracked.filename, "type": result.tracked.file_type}
