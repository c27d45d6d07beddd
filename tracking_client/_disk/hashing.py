"""The md5sums of files."""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

from .._tracebacks import short_traceback
from ..argument_errors import ApiTypeError, ApiValueError
from .compression import require_content
from .md5_cache import Md5Cache
from .regular_file import Path, RegularFile, changed, open_unchanged, path_text

Progress = Callable[[int], Any]
"""Called with the number of bytes that were hashed since the last call."""

_BLOCK_SIZE = 256 * 1024
"""Bytes that are read at a time."""

_MAX_DEFAULT_WORKERS = 8
"""Files that are read at a time by default at most: a disk or a file server is slower if many are."""


@short_traceback
def md5sum(path: Path, progress: Progress | None = None, *, cache: Md5Cache | None = None) -> str:
    """Return the MD5 digest of a file's bytes, as the program ``md5sum`` prints it: 32 lower-case hexadecimal digits.

    The file is read in small blocks, whatever its size.

    Args:
        path: the path of the file, which must be a regular file.
        progress: called with the number of bytes that were hashed since the last call, such as the ``update`` of a tqdm
            bar; None for no progress.
        cache: where the md5sum is looked up, and kept if it was not there; None to read the file each time.

    Raises:
        ApiFileError: the file is missing, cannot be read, is a directory, is empty, is compressed and contains nothing,
            or was changed while it was read.
        ApiTypeError, ApiValueError: the path is not one.
    """
    return hash_file(path_text(path), progress, cache)


def hash_file(
    path: str,
    progress: Progress | None = None,
    cache: Md5Cache | None = None,
    verify: Callable[[RegularFile], Any] | None = None,
) -> str:
    """Return the md5sum of a file, as `md5sum` does.

    Args:
        path: the path of the file.
        progress: as in `md5sum`.
        cache: as in `md5sum`.
        verify: called with the open file after it was hashed; it raises if the file must not be used.

    Raises:
        ApiFileError: as in `md5sum`.
    """
    with open_unchanged(path) as (stream, status):
        known = cache.get(path, status) if cache is not None else None
        if known is None:
            digest = _digest(stream, progress)
            if stream.tell() != status.st_size:
                raise changed(path)
            require_content(stream)
        else:
            digest = known
            if progress is not None:
                progress(status.st_size)
        if verify is not None:
            verify(stream)
    if cache is not None and known is None:
        cache.put(path, status, digest)
    return digest


def md5sums(
    paths: Iterable[Path],
    *,
    max_workers: int | None = None,
    progress: Progress | None = None,
    cache: Md5Cache | None = None,
) -> Iterator[str]:
    """Yield the md5sums of files, in the order of their paths. Several files are hashed at a time, in threads.

    Args:
        paths: the paths; a generator is read only a little ahead.
        max_workers: the number of threads; None for one for each processor that this process may use, at most 8.
        progress: as in `md5sum`. It is called by one thread at a time.
        cache: as in `md5sum`.

    Raises:
        ApiFileError: as in `md5sum`, when the file is reached. That ends the iteration.
        ApiTypeError, ApiValueError: the paths are not an iterable of paths, or ``max_workers`` is not positive.
    """
    if isinstance(paths, (str, bytes, os.PathLike)):
        raise ApiTypeError(f"Invalid type for `paths` ({paths!r}), must be an iterable of paths, not one path")
    if max_workers is not None and max_workers < 1:
        raise ApiValueError(f"Invalid value for `max_workers` ({max_workers}), must be at least 1")
    return _hash_in_threads(iter(paths), max_workers or default_workers(), progress, cache)


def default_workers() -> int:
    """Return the number of processors that this process may use, at most 8."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return min(usable, _MAX_DEFAULT_WORKERS)


def _hash_in_threads(
    paths: Iterator[Path], workers: int, progress: Progress | None, cache: Md5Cache | None
) -> Iterator[str]:
    is_stopped = threading.Event()
    lock = threading.Lock()

    def note(count: int) -> None:
        if is_stopped.is_set():
            raise InterruptedError("the caller no longer waits for the md5sum")
        if progress is not None:
            with lock:
                progress(count)

    threads = ThreadPoolExecutor(workers, thread_name_prefix="md5sums")
    running: deque[Future[str]] = deque()
    try:
        for path in paths:
            running.append(threads.submit(md5sum, path, note, cache=cache))
            if len(running) > 2 * workers:
                yield running.popleft().result()
        while running:
            yield running.popleft().result()
    finally:
        # After an error or Ctrl-C, files that are still read are abandoned after the current block.
        is_stopped.set()
        threads.shutdown(cancel_futures=True)


def _digest(stream: RegularFile, progress: Progress | None) -> str:
    # A host in FIPS mode permits MD5 only for such a use.
    digest = hashlib.md5(usedforsecurity=False)
    block = memoryview(bytearray(min(_BLOCK_SIZE, stream.size)))
    while count := stream.readinto(block):
        digest.update(block[:count])
        if progress is not None:
            progress(count)
    return digest.hexdigest()
