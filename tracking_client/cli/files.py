"""The commands that look files up: ``md5``, ``known`` and ``where``."""

from __future__ import annotations

import argparse
import os
import sys

from .. import bulk
from .._disk.hashing import md5sums
from .._disk.md5_cache import Md5Cache
from .._disk.regular_file import file_error
from ..argument_errors import OpenApiException
from . import exit_codes
from .inputs import Inputs
from .output import shows_progress, tell, writing
from .results import ResultWriter
from .session import session_of


def run_md5(options: argparse.Namespace) -> int:
    """Print the md5sum of each file. One that cannot be used is told, and does not end the others."""
    codes = [exit_codes.DONE]
    rest = list(options.paths)
    while rest:
        try:
            for digest in md5sums(tuple(rest)):
                _write_md5sum(digest, rest.pop(0))
        except OpenApiException as error:
            tell(str(error))
            codes.append(exit_codes.BAD_INPUT)
            del rest[0]
    return exit_codes.worst(codes)


def _write_md5sum(digest: str, path: str) -> None:
    with writing():
        sys.stdout.buffer.write(md5sum_line(digest, path))
        sys.stdout.buffer.flush()


def md5sum_line(digest: str, path: str) -> bytes:
    """Return a line as the program ``md5sum`` prints it: a name with a backslash or line break is escaped."""
    name = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    prefix = "" if name == path else "\\"
    return os.fsencode(f"{prefix}{digest}  {name}\n")


def cache_of(options: argparse.Namespace) -> Md5Cache | None:
    """Return the cache of md5sums that the options or the environment name, or None.

    Raises:
        ApiFileError: its folder cannot be created.
    """
    path = options.cache_file or os.environ.get("TRACKING_CLIENT_CACHE")
    if path is None and not options.cache:
        return None
    if path is None:
        folder = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tracking-client")
        try:
            os.makedirs(folder, exist_ok=True)
        except OSError as error:
            raise file_error(error, folder) from error
        path = os.path.join(folder, "md5sums.sqlite")
    return Md5Cache(path)


def run_known(options: argparse.Namespace) -> int:
    """Tell which files are tracked."""
    with session_of(options) as session:
        inputs = Inputs(options)
        writer = ResultWriter(options, inputs)
        results = bulk.iter_look_up(
            session.api_client,
            inputs.items,
            verify=options.verify or "nothing",
            cache=cache_of(options),
            max_workers=options.jobs,
            patience=session.patience,
            progress=shows_progress(),
        )
        return writer.write(results)


def run_where(options: argparse.Namespace) -> int:
    """Tell which samples have files."""
    with session_of(options) as session:
        inputs = Inputs(options)
        writer = ResultWriter(options, inputs)
        results = bulk.owners(
            session.api_client,
            inputs.items,
            max_workers=options.jobs,
            patience=session.patience,
            progress=shows_progress(),
        )
        return writer.write(results)
