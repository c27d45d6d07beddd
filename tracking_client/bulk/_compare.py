"""Comparison of files with what their samples have in the service."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any

from .._disk.file_types import file_type_of, is_known_type
from .._disk.md5_cache import Md5Cache
from ..api._parameters import SampleId
from ..api.file_api import FileApi
from ..api_client import ApiClient
from ..exceptions import NotFoundException, SampleNotFoundError
from ..models.file import File
from ._checks import Checked, Checks, CheckTask, checked, validate_checks
from ._entries import Entry, name_of
from ._entry_samples import EntrySamples, SampleKey, files_of_sample, find_by_key, with_sample
from ._items import undecided
from ._jobs import Job
from ._look_up import tracked_file
from ._phases import FunctionTask, Phases
from ._progress import Progress
from ._register import Given, may_be_elsewhere
from ._run import MAX_WORKERS, validate
from .results import Result, Results, ResultStatus

__all__ = ["compare"]


def compare(
    api_client: ApiClient,
    items: Any,
    *,
    sample_id: SampleId | None = None,
    isolate_id: str | None = None,
    experiment_id: str | None = None,
    file_type: str | None = None,
    verify: str = "md5sum",
    cache: Md5Cache | None = None,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
    executor: Executor | None = None,
) -> Results:
    """Compare files with what is registered with their samples: with one, or each with that which its entry names.

    >>> compare(api_client, "run_17", isolate_id="isolate 17")
    <Results: 196 same, 2 changed, 9 unregistered, 1 missing>

    Nothing is written. The results are in input order, then one for each file that is missing, sample by sample. Their
    statuses are:

    - ``same``: the file is registered with the sample, with this name and type.
    - ``renamed``: its md5sum is registered with the sample, with another name or type; see `Result.changes`.
    - ``changed``: its name is registered with the sample, with another md5sum.
    - ``unregistered``: neither its md5sum nor its name is registered with the sample.
    - ``conflict``: its md5sum is registered, but not with this sample, or the names of the sample belong to different
      ones. This takes precedence over ``changed``.
    - ``missing``: the file is registered with the sample, and none of the items is, or was, this file.
    - ``failed``: it could not be compared.

    `Result.tracked` is the file that the service has.

    Args:
        api_client: the client.
        items: as for `look_up`. An entry that contradicts the arguments is an error.
        sample_id: the id of the sample, a UUID; None if the names or the entries tell it.
        isolate_id: the name of the isolate; None if it is not known.
        experiment_id: the name of the experiment; None if it is not known.
        file_type: one of `FileType`, what the files contain; None to tell it from their entries and names.
        verify: as for `register`.
        cache: as for `look_up`.
        max_workers: as for `look_up`.
        patience: as for `look_up`.
        progress: as for `look_up`. The files are counted once while they are checked; then those that are not
            registered with their samples are counted while they are looked up.
        executor: as for `look_up`.

    Raises:
        SampleNotFoundError: samples do not exist. No file was hashed.
        SampleConflictError: the names that are given as arguments belong to different samples.
        ServiceUnavailableError, WorkerLostError, RunInterrupted: as for `look_up`.
        ManifestError: a table among the items has problems.
        ApiTypeError, ApiValueError: an argument is invalid, or an entry contradicts it.
        ApiException: the sample that is given could not be looked up.
    """
    validate(max_workers, patience, executor)
    validate_checks(verify, cache)
    given = Given(sample_id, isolate_id, experiment_id, file_type)
    phases = Phases(api_client, map(given.applied, undecided(items)), max_workers, patience, progress, executor)
    phases.fail_contradictions()
    samples = _given_sample(phases, given.sample)
    EntrySamples(phases, create=False, may_lack_names=True).find()
    samples |= {row.sample_id: _sample_of(row) for row in phases.rows if row.sample_id is not None}
    checks = Checks(verify, cache, may_be_elsewhere(items, phases.rows))
    phases.run(partial(_CheckTask, checks=checks), checked)
    lists = {job.item: job for job in phases.calls(files_of_sample, [*samples])}
    registered = _Registered(samples, lists, phases.rows)
    phases.rows = [registered.compared(row) for row in phases.rows]
    phases.run(partial(FunctionTask, function=_elsewhere), registered.compared_elsewhere)
    return Results([*phases.rows, *registered.missing(phases.rows)])


def _given_sample(phases: Phases, key: SampleKey) -> dict[str, Entry]:
    """Return what entries say of the sample that the user has given, by its id. Its files may all be missing.

    Raises:
        SampleNotFoundError: it does not exist.
        SampleConflictError: its names belong to different samples.
        ApiException: it could not be looked up.
    """
    if not any(key):
        return {}
    (job,) = phases.calls(find_by_key, [key])
    if job.error is not None:
        raise job.error
    if job.value is None:
        raise SampleNotFoundError([str(key)])
    return {job.value.id: with_sample(Entry(), job.value)}


def _sample_of(row: Result) -> Entry:
    """Return what an entry says of its sample."""
    entry = row.entry
    return Entry(isolate_id=entry.isolate_id, experiment_id=entry.experiment_id, sample_id=entry.sample_id)


class _CheckTask(CheckTask):
    def prepare(self, item: Result) -> Checked:
        if item.entry.file_type is not None:
            File("", "", item.entry.file_type)  # raises an error if there is no such type
        return super().prepare(item)


class _Registered:
    """The files that are registered with samples.

    Args:
        samples: what entries say of each sample, by its id.
        lists: the jobs that have returned the files of each sample, by its id.
        rows: the results. They have the md5sums of the files.
    """

    def __init__(self, samples: Mapping[str, Entry], lists: Mapping[str, Job], rows: Iterable[Result]) -> None:
        self._samples = samples
        self._lists = lists
        files = [(sample_id, file) for sample_id, job in lists.items() for file in job.value or ()]
        self._by_md5sum = {(sample_id, file.md5sum.lower()): file for sample_id, file in files}
        self._places = {file.md5sum.lower(): samples[sample_id] for sample_id, file in files}
        # Of several files with one name, that which is none of the items has been changed. It comes last.
        given = {(row.sample_id, row.md5sum) for row in rows}
        files.sort(key=lambda each: (each[0], each[1].md5sum.lower()) not in given)
        self._by_name = {(sample_id, file.filename): file for sample_id, file in files}

    def compared(self, row: Result) -> Result:
        """Return what has become of a result whose file was checked. It has no status if the sample has no such file.

        What the service has instead of a file that could not be checked is found by its name.
        """
        job = self._lists.get(str(row.sample_id))
        if not row.status and job is not None and job.error is not None:
            return replace(row, status=ResultStatus.FAILED, error=job.error)
        tracked = self._by_md5sum.get((str(row.sample_id), str(row.md5sum)))
        if row.status:
            return replace(row, tracked=tracked or self._with_same_name(row))
        return row if tracked is None else _same_or_renamed(row, tracked)

    def compared_elsewhere(self, row: Result, job: Job) -> Result:
        """Return what has become of a result whose sample has no such file, after it was looked up."""
        same_name = self._with_same_name(row)
        if job.error is not None:
            return replace(row, status=ResultStatus.FAILED, error=job.error, tracked=same_name)
        tracked, is_own = job.value
        if is_own:
            return _same_or_renamed(row, tracked)
        if tracked is not None:
            return _decided(row, ResultStatus.CONFLICT, tracked, f"registered{self._place(row)}")
        if same_name is not None:
            return _decided(row, ResultStatus.CHANGED, same_name, f"registered with the md5sum {same_name.md5sum}")
        return replace(row, status=ResultStatus.UNREGISTERED)

    def missing(self, rows: Iterable[Result]) -> Iterator[Result]:
        """Yield a result for each file that is missing, and one for each sample whose files are not known."""
        rows = list(rows)
        found = {(row.sample_id, row.tracked.md5sum) for row in rows if row.tracked is not None}
        is_uncertain = any(row.sample_id is None for row in rows)
        message = "may be among the items that could not be compared" if is_uncertain else None
        for sample_id, job in self._lists.items():
            sample = self._samples[sample_id]
            if job.error is not None:
                yield Result(sample, sample, ResultStatus.FAILED, sample_id=sample_id, error=job.error)
            for file in job.value or ():
                if (sample_id, file.md5sum) not in found:
                    entry = replace(sample, md5sum=file.md5sum, name=file.filename, file_type=file.file_type)
                    yield Result(entry, entry, ResultStatus.MISSING, file.md5sum, sample_id, None, file, None, message)

    def _with_same_name(self, row: Result) -> File | None:
        return self._by_name.get((str(row.sample_id), name_of(row.entry)))

    def _place(self, row: Result) -> str:
        """Return with which sample a file is registered that its own does not have."""
        sample = self._places.get(str(row.md5sum))
        if sample is None:
            return ", but not with this sample"
        return f" with {SampleKey(sample.sample_id, sample.isolate_id, sample.experiment_id)}"


def _elsewhere(api_client: ApiClient, row: Result) -> tuple[File | None, bool]:
    """Return the file with an md5sum, and whether it has been registered with its sample in the meantime."""
    api, md5sum = FileApi(api_client), str(row.md5sum)
    tracked = tracked_file(api, md5sum)
    try:
        return tracked, tracked is not None and api.samples_id_files_md5sum_get(str(row.sample_id), md5sum) == tracked
    except NotFoundException:
        return tracked, False


def _same_or_renamed(row: Result, tracked: File) -> Result:
    """Return what has become of a result whose sample has a file with its md5sum.

    What is not known of a file, such as the name of an md5sum, does not differ.
    """
    name = name_of(row.entry) or tracked.filename
    file_type = row.entry.file_type or (file_type_of(name) if is_known_type(name) else tracked.file_type)
    file = File(str(row.md5sum), name, file_type)
    return replace(
        row, status=ResultStatus.SAME if file == tracked else ResultStatus.RENAMED, file=file, tracked=tracked
    )


def _decided(row: Result, status: str, tracked: File, message: str) -> Result:
    message = "; ".join(filter(None, [row.message, message]))
    return replace(row, status=status, tracked=tracked, message=message)
