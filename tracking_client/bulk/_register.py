"""Registration of many files. It is idempotent: what is registered already stays."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Set
from concurrent.futures import Executor
from functools import partial
from typing import Any, cast

from .._disk.file_types import file_type_of
from .._disk.hashing import Progress as HashProgress
from .._disk.md5_cache import Md5Cache
from .._tracebacks import short_traceback
from ..api import _parameters
from ..api._parameters import SampleId
from ..api.file_api import FileApi
from ..api_client import ApiClient
from ..argument_errors import ApiValueError, OpenApiException
from ..exceptions import ConflictException, SampleNotFoundError
from ..models.file import File
from ._entries import Entry, SampleKey, name_of, sample_key
from ._entry_samples import EntrySamples, find_by_key, lacking_error
from ._items import undecided
from ._jobs import Task
from ._look_up import tracked_file
from ._phases import Checks, Phases, checks_of, decided, endings, on_disk
from ._progress import Progress, Step
from ._run import MAX_WORKERS, run, run_options
from .results import Result, Results, ResultStatus, already_registered, conflict, failed
from .samples import validate_names

__all__ = ["iter_register", "register"]

_MD5SUM_OF_NOTHING = hashlib.md5(b"", usedforsecurity=False).hexdigest()


@short_traceback
def register(
    api_client: ApiClient,
    items: Any,
    *,
    sample_id: SampleId | None = None,
    isolate_id: str | None = None,
    experiment_id: str | None = None,
    file_type: str | None = None,
    create: bool = False,
    dry_run: bool = False,
    verify: str = "md5sum",
    cache: Md5Cache | None = None,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
    executor: Executor | None = None,
) -> Results:
    """Register files with their samples: with one, or each with that which its entry names.

    >>> register(api_client, "run_17", isolate_id="isolate 17", create=True)
    <Results: 2 created>

    Nothing is written before everything has been checked: the samples are looked up, then the files are hashed and
    compared with their entries. A file that fails does not end the others. Two entries that contradict each other, such
    as one md5sum under two samples, have both failed. Pass files that are registered already, too: only so is one under
    the wrong sample noticed. A second run changes nothing that is registered, and finishes what the first did not.

    Args:
        api_client: the client.
        items: as for `look_up`. An entry that contradicts the arguments is an error.
        sample_id: the id of the sample, a UUID; None if the names or the entries tell it.
        isolate_id: the name of the isolate; None if it is not known.
        experiment_id: the name of the experiment; None if it is not known.
        file_type: one of `FileType`, what the files contain; None to tell it from their entries and names.
        create: whether to create samples that do not exist, if at least one of their files can be registered; and to
            give a sample that has one of two names the other one.
        dry_run: whether to send no write. What would be registered has the status ``would-create``.
        verify: ``"md5sum"``: a file on disk is hashed, and compared with the md5sum of its entry. ``"content"``: a
            compressed file is also decompressed to its end. ``"nothing"``: the file of an entry that has an md5sum is
            not read.
        cache: as for `look_up`.
        max_workers: as for `look_up`.
        patience: as for `look_up`.
        progress: as for `look_up`. The files are counted once while they are checked, and once while they are
            registered.
        executor: as for `look_up`.

    Raises:
        SampleNotFoundError: samples do not exist, and ``create`` is false or they are given by their ids. Nothing was
            written.
        ServiceUnavailableError, WorkerLostError, RunInterrupted: as for `look_up`.
        ManifestError: a table among the items has problems.
        ApiTypeError, ApiValueError: an argument is invalid, or an entry contradicts it.
    """
    options, checks = run_options(max_workers, patience, progress, executor), checks_of(verify, cache)
    given = given_entry(sample_id, isolate_id, experiment_id, file_type)
    phases = Phases(api_client, options)
    with endings(phases.results, phases.left):
        phases.read(items, partial(with_given, given))
        phases.decide_places()
        phases.fail_contradictions(are_samples_known=False)
        samples = EntrySamples(phases, create)
        samples.find()
        checks = checks._replace(tell_missing=True)
        phases.run(Step("checking"), lambda _: Task(partial(_checked_file, checks)))
        phases.fail_contradictions(are_samples_known=True)
        # No sample is created, or gets a name, for files of another one. A dry run finds that out of a new one anyway.
        changing = samples.incomplete() if dry_run else {None, *samples.incomplete()}
        if any(not row.status and row.sample_id in changing for row in phases.rows):
            step = Step("looking up", is_brief=True)
            phases.run(step, lambda client: Task(call=partial(_look_elsewhere, client, changing)))
        samples.create(dry_run)
        step = Step("looking up" if dry_run else "registering")
        phases.run(step, lambda client: Task(key=_file_and_id, call=partial(_register, FileApi(client), dry_run)))
    return Results(phases.rows)


@short_traceback
def iter_register(
    api_client: ApiClient,
    items: Any,
    *,
    sample_id: SampleId | None = None,
    isolate_id: str | None = None,
    experiment_id: str | None = None,
    file_type: str | None = None,
    dry_run: bool = False,
    verify: str = "md5sum",
    cache: Md5Cache | None = None,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
    executor: Executor | None = None,
) -> Iterator[Result]:
    """Register files one by one, and yield the results, in input order.

    For an endless input, such as what a sequencer writes: memory stays the same, and nothing is sent before the first
    result is asked for. It cannot know what comes: entries are not compared with each other, a sample that does not
    exist makes its entry ``failed``, and so does a file that is not on disk. Otherwise it is as `register`, and so are
    its arguments.

    Raises:
        ServiceUnavailableError, WorkerLostError, RunInterrupted: as for `iter_look_up`.
        ManifestError, ApiTypeError, ApiValueError: as for `register`.
    """
    options, checks = run_options(max_workers, patience, progress, executor), checks_of(verify, cache)
    given = given_entry(sample_id, isolate_id, experiment_id, file_type)
    checks = checks._replace(tell_missing=True)
    rows = map(on_disk, map(partial(with_given, given), undecided(items)))

    def task_of(client: ApiClient) -> Task:
        return Task(partial(_checked_file, checks), _file_and_sample, partial(_register_alone, client, dry_run, {}))

    return run(api_client, task_of, rows, decided, options._replace(step=Step("registering")))


def given_entry(
    sample_id: SampleId | None, isolate_id: str | None, experiment_id: str | None, file_type: str | None
) -> Entry:
    """Return what the user says of all entries.

    Raises:
        ApiTypeError, ApiValueError: an argument is invalid.
    """
    if isolate_id is not None or experiment_id is not None:
        validate_names(isolate_id, experiment_id)
    if file_type is not None:
        File("", "", file_type)
    id_ = None if sample_id is None else _parameters.sample_id("sample_id", sample_id, True).lower()
    return Entry(isolate_id=isolate_id, experiment_id=experiment_id, sample_id=id_, file_type=file_type)


def with_given(given: Entry, row: Result) -> Result:
    """Return a result whose entry says what the user says, too. It has failed if its entry names no sample.

    Raises:
        ApiValueError: it says something else.
    """
    if row.status:
        return row
    entry = row.entry._replace(sample_id=sample_key(row.entry).sample_id)
    for name in ("sample_id", "isolate_id", "experiment_id", "file_type"):
        known, value = getattr(entry, name), getattr(given, name)
        if value is not None and known not in (None, value):
            place = entry.source or repr(entry.path or entry.name)
            raise ApiValueError(f"{place} has {name} {known!r}, which contradicts the argument {name}={value!r}")
        entry = entry._replace(**{name: known if value is None else value})
    error = _name_error(row.entry)
    if not any(sample_key(entry)):
        error = ApiValueError("the entry names no sample, and no isolate_id, experiment_id or sample_id was given")
    row = row._replace(entry=entry)
    return row if error is None else failed(row, error)


def _name_error(entry: Entry) -> Exception | None:
    """Return the error for an invalid name in an entry that a program has made. The reader validates the others."""
    if entry.source is None and (entry.isolate_id is not None or entry.experiment_id is not None):
        try:
            validate_names(entry.isolate_id, entry.experiment_id)
        except OpenApiException as error:
            return error
    return None


def file_of(entry: Entry, md5sum: str) -> File:
    """Return the file that an entry describes.

    Raises:
        ApiValueError: its name or its type is not known or not valid.
    """
    name = name_of(entry)
    if md5sum == _MD5SUM_OF_NOTHING:
        raise ApiValueError(f"{md5sum} is the md5sum of an empty file")
    if not name:
        raise ApiValueError(f"{md5sum} has no name: to register it, pass a File, with its name and type")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ApiValueError(f"Cannot register {name!r}: its name is not valid UTF-8") from None
    return File(md5sum, name, entry.file_type or file_type_of(name))


def _checked_file(checks: Checks, row: Result, progress: HashProgress | None) -> Result:
    """Return a result with its file, which was checked. What cannot be registered is not read."""
    if row.error is None:
        file_of(row.entry, str(row.entry.md5sum))
    row = checks.check(row, progress)
    return row._replace(file=file_of(row.entry, str(row.md5sum)))


def _file_and_id(row: Result) -> str:
    return f"{row.md5sum} {row.sample_id}"


def _file_and_sample(row: Result) -> str:
    return f"{row.md5sum} {sample_key(row.entry)}"


def _look_elsewhere(api_client: ApiClient, changing: Set[str | None], row: Result) -> Result:
    """Return a conflict for a file that is registered, but not with its sample.

    Args:
        api_client: the client.
        changing: the ids of the samples that are to get a name, and None if some are to be created.
        row: the result.
    """
    api = FileApi(api_client)
    if row.sample_id not in changing or tracked_file(api, str(row.md5sum)) is None:
        return row
    if row.sample_id is None:
        # Another client may have created the sample, and registered the file with it, in the meantime.
        is_own = find_by_key(api_client, sample_key(row.entry)) is not None
    else:
        is_own = tracked_file(api, str(row.md5sum), row.sample_id) is not None
    return row if is_own else conflict(row)


def _register(api: FileApi, dry_run: bool, row: Result) -> Result:
    """Register a file, or say what would become of it. In a dry run, the sample may not exist yet."""
    file, error = cast(File, row.file), None
    try:
        if not dry_run:
            tracked = api.samples_id_files_post(str(row.sample_id), file)
            return row._replace(status=ResultStatus.CREATED, tracked=tracked)
        if tracked_file(api, file.md5sum) is None:
            return row._replace(status=ResultStatus.WOULD_CREATE)
    except ConflictException as caught:
        error = caught
    there = None if row.sample_id is None else tracked_file(api, file.md5sum, row.sample_id)
    return conflict(row, error) if there is None else already_registered(row, there)


def _register_alone(api_client: ApiClient, dry_run: bool, ids: dict[SampleKey, str], row: Result) -> Result:
    """Register a file with a sample that is still to be found.

    Args:
        api_client: the client.
        dry_run: whether to send no write.
        ids: those of the samples that were found, which are looked up once as long as there are not too many.
        row: the result.

    Raises:
        SampleNotFoundError: there is no such sample.
        SampleConflictError: it lacks a name.
    """
    key = sample_key(row.entry)
    sample_id = ids.get(key)
    if sample_id is None:
        sample = find_by_key(api_client, key)
        if sample is None or sample.id is None:
            raise SampleNotFoundError([str(key)])
        if error := lacking_error(sample, key):
            raise error
        if len(ids) >= _MAX_SAMPLES:
            ids.clear()
        sample_id = ids[key] = sample.id
    return _register(FileApi(api_client), dry_run, row._replace(sample_id=sample_id))


_MAX_SAMPLES = 10_000
"""Samples whose ids are kept, so that memory stays the same."""
