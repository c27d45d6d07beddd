"""Look-up of many files, by their md5sums or on disk: which of them does the service know?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from operator import attrgetter
from typing import Any

from .._disk.md5_cache import Md5Cache
from .._tracebacks import short_traceback
from ..api.file_api import FileApi
from ..api_client import ApiClient
from ..exceptions import NotFoundException
from ..models.file import File
from ._items import undecided
from ._jobs import Task
from ._phases import Checks, Phases, checks_of, decided, endings
from ._progress import Progress, Step
from ._run import MAX_WORKERS, run, run_options
from .results import Result, Results, ResultStatus

__all__ = ["iter_look_up", "look_up"]


@short_traceback
def look_up(
    api_client: ApiClient,
    items: Any,
    *,
    verify: str = "nothing",
    cache: Md5Cache | None = None,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
    executor: Executor | None = None,
) -> Results:
    """Return which files the service tracks: a result for each entry, in input order.

    >>> look_up(api_client, "run_17")
    <Results: 198 tracked, 9 untracked, 2 failed>

    A look-up that fails does not end the others, and is never told as ``untracked``. Repeated md5sums are looked up
    once, if they are near.

    Args:
        api_client: the client.
        items: one or many md5sums (32 hexadecimal digits), paths, folders (each FASTQ and VCF below them that is not
            hidden), `File` objects, entries, results or dicts, in any mixture; a `Manifest`; or a DataFrame.
        verify: ``"nothing"``: the file of an entry that has an md5sum is not read. ``"md5sum"``: it is read, and
            compared. ``"content"``: a compressed file is also decompressed to its end.
        cache: where md5sums of files are kept; None to read each file.
        max_workers: the number of calls at the same time.
        patience: for how long an outage of the service is ridden out, in seconds; 0 to end the run at once. None for 60
            seconds, once the service has responded in this run. A number also counts before the first response.
        progress: True for a bar, which needs tqdm; or a function that is called with the number of results so far and
            that of all entries (None if it is not known).
        executor: where to hash and look up, in batches, instead of in threads of this process. Items and results are
            pickled if it has processes.

    Raises:
        ServiceUnavailableError: the service cannot be used. Its ``results`` are those that are definite, its ``left``
            has the other entries.
        WorkerLostError: the executor has lost a worker. It has both, too.
        RunInterrupted: Ctrl-C was pressed. It has both, too.
        ManifestError: a table among the items has problems.
        ApiTypeError, ApiValueError: an argument is invalid, such as the path of a manifest.
    """
    checks, options = checks_of(verify, cache), run_options(max_workers, patience, progress, executor)
    phases = Phases(api_client, options)
    with endings(phases.results, phases.left):
        phases.read(items)
        phases.run(Step("looking up"), partial(look_up_task, checks), is_of_all=True)
        return Results(phases.rows)


@short_traceback
def iter_look_up(
    api_client: ApiClient,
    items: Any,
    *,
    verify: str = "nothing",
    cache: Md5Cache | None = None,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
    executor: Executor | None = None,
) -> Iterator[Result]:
    """Look up many files as `look_up` does, and yield the results, in input order.

    The items may be a generator of any length, which is read a little ahead, in another thread. Memory stays the same.
    Nothing is sent before the first result is asked for.

    Args:
        api_client, items, verify, cache, max_workers, patience, progress, executor: as for `look_up`.

    Raises:
        ServiceUnavailableError, WorkerLostError, RunInterrupted: as for `look_up`. Their ``results`` are empty.
        ManifestError, ApiTypeError, ApiValueError: as for `look_up`.
    """
    checks, options = checks_of(verify, cache), run_options(max_workers, patience, progress, executor)
    options = options._replace(step=Step("looking up"))
    return run(api_client, partial(look_up_task, checks), undecided(items), decided, options)


def look_up_task(checks: Checks, api_client: ApiClient) -> Task:
    """Return the task that looks up files after they were checked."""
    return Task(checks.check, attrgetter("md5sum"), partial(_look_up, FileApi(api_client)))


def _look_up(api: FileApi, row: Result) -> Result:
    tracked = tracked_file(api, str(row.md5sum))
    return row._replace(status=ResultStatus.UNTRACKED if tracked is None else ResultStatus.TRACKED, tracked=tracked)


def tracked_file(api: FileApi, md5sum: str, sample_id: str | None = None) -> File | None:
    """Return the file that the service, or a sample, has with an md5sum, or None."""
    try:
        return api.files_md5sum_get(md5sum) if sample_id is None else api.samples_id_files_md5sum_get(sample_id, md5sum)
    except NotFoundException:
        return None
