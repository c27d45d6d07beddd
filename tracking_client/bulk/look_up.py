"""Look-up of many files, by their md5sums or on disk: which of them does the service know?"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from typing import Any, NamedTuple, Union

from .._disk.hashing import md5sum
from ..api.file_api import FileApi
from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import NotFoundException
from ..models.file import File
from ._entries import Entry
from ._jobs import Job
from ._md5sums import is_md5sum, normalized_md5sum
from ._progress import Progress
from ._run import MAX_WORKERS, run

__all__ = ["LookUp", "LookUpStatus", "look_up"]

Md5sumOrPath = Union[str, "os.PathLike[str]", File, Entry]
"""An md5sum, the path of a file, a `File`, or an entry of a manifest.

A str of 32 hexadecimal digits is an md5sum, any other is a path."""


class LookUpStatus:
    """The outcome of a look-up."""

    TRACKED = "tracked"
    NOT_TRACKED = "not tracked"
    FAILED = "failed"


class LookUp(NamedTuple):
    """The result of the look-up of one item.

    Attributes:
        item: the item as it was given.
        status: one of `LookUpStatus`.
        md5sum: the md5sum that was looked up; None if there was none.
        file: the file that the service has, if it is tracked; else None.
        error: why the look-up failed: an `ApiException`, an `OSError` of the file on disk, or an `ApiValueError` for an
            invalid item; else None.
    """

    item: Any
    status: str
    md5sum: str | None
    file: File | None = None
    error: Exception | None = None


def look_up(
    api_client: ApiClient,
    md5sums_or_paths: Iterable[Md5sumOrPath],
    *,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
    executor: Executor | None = None,
) -> Iterator[LookUp]:
    """Look up many files. Yield a result for each item, in input order.

    >>> for result in look_up(api_client, Path("run_17").glob("*.fastq.gz")):
    ...     print(result.item, result.status)

    A look-up that fails does not end the others, and never counts as "not tracked". The items may be a generator of any
    length: they are read a little ahead, in another thread. Repeated md5sums are looked up once, if they are near.

    Args:
        api_client: the client.
        md5sums_or_paths: md5sums, paths, `File` objects or entries, in any mixture; a `Manifest` is an iterable of
            entries. The file of an entry is read only if the entry has no md5sum.
        max_workers: the number of calls at the same time.
        patience: for how long an outage of the service is ridden out, in seconds; 0 to end the run at once. None for 60
            seconds, once the service has responded in this run. A number also counts before the first response.
        progress: a function that is called with the number of results so far and that of all items (None if it is not
            known); or True for a bar, which needs the extra ``progress``.
        executor: where to hash and look up, in batches, instead of in threads of this process. Items and results are
            pickled if it has processes.

    Raises:
        ServiceUnavailableError: the service cannot be used. Its ``left`` has the items without a result.
        WorkerLostError: the executor has lost a worker. It has ``left``, too.
        RunInterrupted: Ctrl-C was pressed while this waited for a result. It has ``left``, too.
        ApiTypeError, ApiValueError: an argument is invalid.
    """
    return run(
        api_client,
        _LookUpTask,
        md5sums_or_paths,
        _look_up_of,
        max_workers=max_workers,
        patience=patience,
        progress=progress,
        executor=executor,
    )


class _LookUpTask:
    def __init__(self, api_client: ApiClient) -> None:
        self._api = FileApi(api_client)

    def prepare(self, item: Any) -> str:
        return _md5sum_of(item)

    def key(self, prepared: str) -> str:
        return prepared

    def call(self, prepared: str) -> File | None:
        try:
            return self._api.files_md5sum_get(prepared)
        except NotFoundException:
            return None


def _look_up_of(job: Job) -> LookUp:
    if job.error is not None:
        return LookUp(job.item, LookUpStatus.FAILED, job.prepared, None, job.error)
    status = LookUpStatus.NOT_TRACKED if job.value is None else LookUpStatus.TRACKED
    return LookUp(job.item, status, job.prepared, job.value)


def _known(item: Any) -> Any:
    """Return the md5sum of an entry, or its path if it has none; any other item as it is."""
    return (item.md5sum or item.path) if isinstance(item, Entry) else item


def _md5sum_of(item: Any) -> str:
    item = _known(item)
    if isinstance(item, File):
        return normalized_md5sum(item.md5sum)
    if isinstance(item, str):
        if is_md5sum(item):
            return item.lower()
        if not os.path.lexists(item):
            raise ApiValueError(f"{item!r} is neither an md5sum, of 32 hexadecimal digits, nor the path of a file")
    elif not isinstance(item, os.PathLike):
        raise ApiTypeError(f"Invalid type of {item!r}, must be an md5sum, a path or a File", None, (str, File))
    return md5sum(item)
