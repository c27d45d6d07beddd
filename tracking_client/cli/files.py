"""The commands for files: ``md5``, ``known``, ``where``, ``register`` and ``check``."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from .. import bulk
from .._disk.hashing import md5sums
from .._disk.md5_cache import Md5Cache
from ..argument_errors import OpenApiException
from ..exceptions import SampleNotFoundError
from . import exit_codes
from .errors import CommandError
from .output import tell, writing
from .results import write_results


def run_md5(options: argparse.Namespace) -> int:
    """Print the md5sum of each file. One that cannot be used is told, and does not end the others."""
    codes = [exit_codes.DONE]
    rest = list(options.paths)
    while rest:
        try:
            for digest in md5sums(tuple(rest)):
                with writing():
                    sys.stdout.buffer.write(_md5sum_line(digest, rest.pop(0)))
                    sys.stdout.buffer.flush()
        except OpenApiException as error:
            tell(str(error))
            codes.append(exit_codes.BAD_INPUT)
            del rest[0]
    return exit_codes.worst(codes)


def _md5sum_line(digest: str, path: str) -> bytes:
    """Return a line as the program ``md5sum`` prints it: a name with a backslash or line break is escaped."""
    name = path.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
    prefix = "" if name == path else "\\"
    return os.fsencode(f"{prefix}{digest}  {name}\n")


def cache_of(options: argparse.Namespace) -> Md5Cache | None:
    """Return the cache of md5sums that the options or the environment name, or None.

    Raises:
        CommandError: it cannot be used.
    """
    path = options.cache_file or os.environ.get("TRACKING_CLIENT_CACHE")
    if path is None and not options.cache:
        return None
    if path is None:
        folder = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "tracking-client")
        with suppress(OSError):  # the cache tells that it cannot be opened
            os.makedirs(folder, exist_ok=True)
        path = os.path.join(folder, "md5sums.sqlite")
    cache = Md5Cache(path)
    try:
        cache.get(os.curdir, os.stat(os.curdir))  # creates it
        open(path, "ab").close()  # which fails where it can only be read
    except (OpenApiException, OSError) as error:
        raise CommandError(str(error), exit_codes.BAD_SETTING) from error
    return cache


def run_known(options: argparse.Namespace) -> int:
    """Tell which files are tracked."""
    return write_results(options, bulk.iter_look_up, verify=options.verify or "nothing", cache=cache_of(options))


def run_where(options: argparse.Namespace) -> int:
    """Tell which samples have files."""
    return write_results(options, bulk.owners)


def run_register(options: argparse.Namespace) -> int:
    """Register files with a sample, or each with that which its manifest names."""
    if options.create and options.sample is not None:
        raise CommandError("--create needs the names of a sample, not its id", exit_codes.USAGE)
    return _with_samples(options, bulk.register, {}, create=options.create, dry_run=options.dry_run)


def run_check(options: argparse.Namespace) -> int:
    """Tell what differs between files and what their samples have."""
    return _with_samples(options, bulk.compare, {bulk.ResultStatus.RENAMED: exit_codes.NOT_TRACKED})


def _with_samples(
    options: argparse.Namespace, function: Callable[..., bulk.Results], codes: dict[str, int], **settings: Any
) -> int:
    """Call a function of `bulk` for files and their samples, and return the exit code.

    Raises:
        CommandError: no sample is named, or samples do not exist.
    """
    names = {"sample_id": options.sample, "isolate_id": options.isolate, "experiment_id": options.experiment}
    if not any(names.values()) and not options.manifest:
        raise CommandError("give --sample, --isolate or --experiment, or --manifest", exit_codes.USAGE)
    settings |= {"file_type": options.type, "verify": options.verify or "md5sum", "cache": cache_of(options)}
    try:
        return write_results(options, function, codes, **names, **settings)
    except SampleNotFoundError as error:
        message = f"there is no {', '.join(error.samples)}"
        if function is bulk.register:
            message = f"nothing was written, for {message}; --create creates samples that are given by names"
        raise CommandError(message, exit_codes.FAILED) from error
