"""Comparison of files with what their samples have in the service, and search for the samples of files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Executor
from functools import partial
from typing import Any

from .._disk.file_types import file_type_of, is_known_type
from .._disk.hashing import Progress as HashProgress
from .._disk.md5_cache import Md5Cache
from .._tracebacks import short_traceback
from ..api._parameters import SampleId
from ..api.file_api import FileApi
from ..api_client import ApiClient
from ..exceptions import NotFoundException, SampleNotFoundError
from ..models.file import File
from ..models.sample import Sample
from ._entries import Entry, name_of, sample_key
from ._entry_samples import EntrySamples, all_samples, files_of_sample, find_by_key, with_sample
from ._jobs import Job, Task
from ._look_up import tracked_file
from ._phases import Checks, Phases, checks_of, endings
from ._progress import Progress, Step
from ._register import given_entry, with_given
from ._run import MAX_WORKERS, run_options
from .results import Result, Results, ResultStatus, conflict, failed, with_message

__all__ = ["compare", "owners"]


@short_traceback
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
    options, checks = run_options(max_workers, patience, progress, executor), checks_of(verify, cache)
    given = given_entry(sample_id, isolate_id, experiment_id, file_type)
    phases = Phases(api_client, options)
    with endings(phases.results, phases.left):
        phases.read(items, partial(with_given, given))
        phases.decide_places()
        phases.fail_contradictions(are_samples_known=False)
        samples: list[Sample] = []
        key = sample_key(given)
        if any(key):  # its files may all be missing
            sample = phases.call(find_by_key, key)
            if sample is None:
                raise SampleNotFoundError([str(key)])
            samples.append(sample)
        entry_samples = EntrySamples(phases, may_lack_names=True)
        entry_samples.find()
        by_id = {each.id: each for each in (*samples, *filter(None, entry_samples.found.values()))}
        checks = checks._replace(tell_missing=True)
        phases.run(Step("checking"), lambda _: Task(partial(_checked, checks)))
        lists = [*phases.calls(Step("listing", "samples", is_brief=True), files_of_sample, [*by_id.values()])]
        phases.rows = _compared(phases.rows, lists)
        phases.run(Step("looking up"), lambda client: Task(call=partial(_compared_elsewhere, FileApi(client))))
    return Results([*phases.rows, *_missing(phases.rows, lists)])


def _checked(checks: Checks, row: Result, progress: HashProgress | None) -> Result:
    if row.entry.file_type is not None:
        File("", "", row.entry.file_type)  # raises an error if there is no such type
    return checks.check(row, progress)


def _compared(rows: Sequence[Result], lists: Iterable[Job]) -> list[Result]:
    """Return results with the files that their samples have, by md5sum or else by name.

    They have no status yet if their samples do not have their md5sums.

    Args:
        rows: the results, after their files were checked.
        lists: the jobs that have returned the files of each sample.
    """
    errors = {job.item.id: job.error for job in lists if job.error is not None}
    files = [(job.item.id, file) for job in lists for file in job.value or ()]
    by_md5sum = {(sample_id, file.md5sum.lower()): file for sample_id, file in files}
    # Of several files with one name, that which is none of the items has been changed. It comes last.
    given = {(row.sample_id, _md5sum(row)) for row in rows}
    files.sort(key=lambda each: (each[0], each[1].md5sum.lower()) not in given)
    by_name = {(sample_id, file.filename): file for sample_id, file in files}

    def compared(row: Result) -> Result:
        tracked = by_md5sum.get((row.sample_id, _md5sum(row)))
        if row.status or (tracked is None and row.sample_id not in errors):
            return row._replace(tracked=tracked or by_name.get((row.sample_id, name_of(row.entry))))
        return failed(row, errors[row.sample_id]) if tracked is None else _same_or_renamed(row, tracked)

    return [compared(row) for row in rows]


def _md5sum(row: Result) -> str | None:
    return row.md5sum or row.entry.md5sum


def _compared_elsewhere(api: FileApi, row: Result) -> Result:
    """Return what has become of a result whose sample had no such file when its list was read."""
    tracked = tracked_file(api, str(row.md5sum))
    if tracked is not None:
        is_own = tracked_file(api, tracked.md5sum, row.sample_id) is not None
        return _same_or_renamed(row, tracked) if is_own else conflict(row, tracked=tracked)
    if row.tracked is not None:
        row = with_message(row, f"registered with the md5sum {row.tracked.md5sum}")
        return row._replace(status=ResultStatus.CHANGED)
    return row._replace(status=ResultStatus.UNREGISTERED)


def _same_or_renamed(row: Result, tracked: File) -> Result:
    """Return what has become of a result whose sample has a file with its md5sum.

    What is not known of a file, such as the name of an md5sum, does not differ.
    """
    name = name_of(row.entry) or tracked.filename
    file_type = row.entry.file_type or (file_type_of(name) if is_known_type(name) else tracked.file_type)
    file = File(str(row.md5sum), name, file_type)
    status = ResultStatus.SAME if file == tracked else ResultStatus.RENAMED
    return row._replace(status=status, file=file, tracked=tracked)


def _missing(rows: Sequence[Result], lists: Iterable[Job]) -> Iterator[Result]:
    """Yield a result for each file that is missing, and one for each sample whose files are not known."""
    found = {(row.sample_id, row.tracked.md5sum) for row in rows if row.tracked is not None}
    is_uncertain = any(row.sample_id is None for row in rows)
    message = "may be among the items that could not be compared" if is_uncertain else None
    for job in lists:
        entry = with_sample(Entry(), job.item)
        if job.error is not None:
            yield failed(Result(entry, entry, sample_id=job.item.id), job.error)
        for file in job.value or ():
            if (job.item.id, file.md5sum) not in found:
                each = entry._replace(md5sum=file.md5sum, name=file.filename, file_type=file.file_type)
                row = Result(each, each, ResultStatus.MISSING, file.md5sum, job.item.id)
                yield row._replace(tracked=file, message=message)


@short_traceback
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
    phases = Phases(api_client, run_options(max_workers, patience, progress))
    with endings(phases.results, phases.left):
        phases.read(md5sums)
        checks = Checks("nothing")
        phases.run(Step("checking"), lambda _: Task(checks.check))
        left: dict[str, list[int]] = {}
        for index in phases.undecided():
            left.setdefault(str(phases.rows[index].md5sum), []).append(index)
        errors: list[Exception] = []
        samples = phases.call(all_samples, None) if left else []
        for job in phases.calls(Step("listing", "samples"), files_of_sample, samples):
            if job.error is not None and not isinstance(job.error, NotFoundException):  # else it was deleted
                errors.append(job.error)
            for file in job.value or ():
                for index in left.pop(file.md5sum.lower(), ()):
                    row, sample = phases.rows[index], job.item
                    row = row._replace(entry=with_sample(row.entry, sample), sample_id=sample.id, tracked=file)
                    phases.rows[index] = row._replace(status=ResultStatus.TRACKED)
            if not left:
                break
        phases.run(Step("looking up"), lambda client: Task(call=partial(_found_in_no_list, FileApi(client), errors)))
    return Results(phases.rows)


def _found_in_no_list(api: FileApi, errors: list[Exception], row: Result) -> Result:
    """Return what has become of a result whose md5sum is in no list."""
    row = row._replace(tracked=tracked_file(api, str(row.md5sum)))
    if row.tracked is None:
        return row._replace(status=ResultStatus.UNTRACKED)
    if errors:
        return failed(row, errors[0])
    return row._replace(status=ResultStatus.CONFLICT, message="registered, but no sample has it")
