"""Search for the samples of files, by their md5sums."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from ..api_client import ApiClient
from ..exceptions import NotFoundException
from ..models.sample import Sample
from ._checks import Checks, CheckTask, checked
from ._entry_samples import all_samples, files_of_sample, with_sample
from ._items import undecided
from ._jobs import Job
from ._look_up import LookUpTask
from ._phases import Phases
from ._progress import Progress
from ._run import MAX_WORKERS, validate
from .results import Result, Results, ResultStatus

__all__ = ["owners"]


def owners(
    api_client: ApiClient,
    md5sums: Any,
    *,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
) -> Results:
    """Return which samples have files with these md5sums: a result for each entry, in input order.

    >>> owners(api_client, "9e107d9d372bb6826bd81d3542a419d6")[0].entry.isolate_id
    'isolate 17'

    The service has no such operation. So the lists of files of all samples are read, many at the same time, until all
    md5sums are found. The statuses are:

    - ``tracked``: a sample has the file. Its id is `Result.sample_id`, and the entry has its names.
    - ``untracked``: the service does not have the file.
    - ``conflict``: the service has the file, but no sample has: its sample was deleted, or the file was registered
      while the lists were read.
    - ``failed``: it is not known.

    Args:
        api_client: the client.
        md5sums: one or many md5sums, or other items as for `look_up`. A file is read only if its entry has no md5sum.
        max_workers: as for `look_up`.
        patience: as for `look_up`.
        progress: as for `look_up`. Counted are the files while they are checked, the samples whose lists are read, and
            the files that no sample has, while they are looked up.

    Raises:
        ServiceUnavailableError, RunInterrupted, ManifestError, ApiTypeError, ApiValueError: as for `look_up`.
        ApiException: the service has not returned its samples.
    """
    validate(max_workers, patience, None)
    phases = Phases(api_client, undecided(md5sums), max_workers, patience, progress, None)
    checks = Checks("nothing")
    phases.run(partial(CheckTask, checks=checks), checked)
    errors = _find(phases, progress)
    phases.run(partial(LookUpTask, checks=checks), partial(_found_in_no_list, errors=errors))
    return Results(phases.rows)


def _find(phases: Phases, progress: Progress | bool | None) -> list[Exception]:
    """Decide the results whose md5sum a sample has. Return why lists could not be read.

    Raises:
        ApiException: the service has not returned its samples.
    """
    left: dict[str, list[int]] = {}
    for index in phases.undecided():
        left.setdefault(str(phases.rows[index].md5sum), []).append(index)
    errors = []
    for job in phases.calls(_files_of, all_samples(phases) if left else [], progress):
        if job.error is not None and not isinstance(job.error, NotFoundException):  # else it was deleted
            errors.append(job.error)
        for file in job.value or ():
            for index in left.pop(file.md5sum.lower(), ()):
                row, sample = phases.rows[index], job.item
                phases.rows[index] = replace(
                    row,
                    status=ResultStatus.TRACKED,
                    entry=with_sample(row.entry, sample),
                    sample_id=sample.id,
                    tracked=file,
                )
        if not left:
            break
    return errors


def _files_of(api_client: ApiClient, sample: Sample) -> Any:
    return files_of_sample(api_client, str(sample.id))


def _found_in_no_list(row: Result, job: Job, errors: list[Exception]) -> Result:
    """Return what has become of a result whose md5sum is in no list, after it was looked up."""
    error = job.error or (errors[0] if errors and job.value is not None else None)
    if error is not None:
        return replace(row, status=ResultStatus.FAILED, error=error, tracked=job.value)
    if job.value is None:
        return replace(row, status=ResultStatus.UNTRACKED)
    return replace(row, status=ResultStatus.CONFLICT, tracked=job.value, message="registered, but no sample has it")
