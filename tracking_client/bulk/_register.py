"""Registration of many files. It is idempotent: what is registered already stays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple, cast

from .._disk.file_types import file_type_of
from .._disk.md5_cache import Md5Cache
from .._tracebacks import short_traceback
from ..api import _parameters
from ..api._parameters import SampleId
from ..api.file_api import FileApi
from ..api_client import ApiClient
from ..argument_errors import ApiValueError
from ..exceptions import ConflictException, NotFoundException, SampleNotFoundError
from ..models.file import File
from ._checks import Checked, Checks, validate_checks
from ._entries import Entry
from ._entry_samples import EntrySamples, SampleKey, find_by_key, status_of_error
from ._items import undecided
from ._jobs import Job
from ._look_up import tracked_file
from ._manifests import Manifest
from ._phases import Phases, with_entries_left
from ._progress import Progress
from ._run import MAX_WORKERS, run, validate
from .results import Result, Results, ResultStatus
from .samples import validate_names

__all__ = ["iter_register", "register"]


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
    validate(max_workers, patience, executor)
    validate_checks(verify, cache)
    given = Given(sample_id, isolate_id, experiment_id, file_type)
    phases = Phases(api_client, map(given.applied, undecided(items)), max_workers, patience, progress, executor)
    phases.fail_contradictions()
    samples = EntrySamples(phases, create)
    samples.find()
    checks = Checks(verify, cache, may_be_elsewhere(items, phases.rows))
    phases.run(partial(CheckTask, checks=checks), checked_file)
    phases.fail_contradictions()
    samples.create(dry_run)
    phases.run(partial(_RegistrationTask, dry_run=dry_run), _registered)
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
    exist makes its entry ``failed``, and so does a file that is not on disk. Otherwise it is as `register`.

    Args:
        api_client, items, sample_id, isolate_id, experiment_id, file_type, dry_run, verify, cache, max_workers,
            patience, progress, executor: as for `register`.

    Raises:
        ServiceUnavailableError, WorkerLostError, RunInterrupted: as for `iter_look_up`.
        ManifestError, ApiTypeError, ApiValueError: as for `register`.
    """
    validate_checks(verify, cache)
    given = Given(sample_id, isolate_id, experiment_id, file_type)
    results = run(
        api_client,
        partial(_OneByOneTask, checks=Checks(verify, cache), dry_run=dry_run),
        map(given.applied, undecided(items)),
        lambda job: _registered(job.prepared or job.item, job),
        max_workers=max_workers,
        patience=patience,
        progress=progress,
        executor=executor,
    )
    return with_entries_left(results)


class Given:
    """What the user says of all entries.

    Args:
        sample_id: the id of their sample, or None.
        isolate_id: the name of their isolate, or None.
        experiment_id: the name of their experiment, or None.
        file_type: what the files contain, or None.

    Raises:
        ApiTypeError, ApiValueError: one is invalid.
    """

    def __init__(
        self,
        sample_id: SampleId | None = None,
        isolate_id: str | None = None,
        experiment_id: str | None = None,
        file_type: str | None = None,
    ) -> None:
        if isolate_id is not None or experiment_id is not None:
            validate_names(isolate_id, experiment_id)
        if file_type is not None:
            File("", "", file_type)
        id_ = None if sample_id is None else _parameters.sample_id("sample_id", sample_id, True).lower()
        given: dict[str, Any] = {
            "sample_id": id_,
            "isolate_id": isolate_id,
            "experiment_id": experiment_id,
            "file_type": file_type,
        }
        self._given = {name: value for name, value in given.items() if value is not None}

    def applied(self, row: Result) -> Result:
        """Return a result whose entry says so, too.

        Raises:
            ApiValueError: it says something else.
        """
        entry = row.entry
        if entry.sample_id is not None:
            entry = replace(entry, sample_id=entry.sample_id.lower())
        for name, value in self._given.items():
            known = getattr(entry, name)
            if known not in (None, value):
                place = entry.source or repr(entry.path or entry.name)
                raise ApiValueError(f"{place} has {name} {known!r}, which contradicts the argument {name}={value!r}")
        return row if row.status else replace(row, entry=replace(entry, **self._given))


def may_be_elsewhere(items: Any, rows: Iterable[Result]) -> bool:
    """Return whether files that are not on disk are elsewhere: there is no root, and none of them is on disk."""
    given = items if isinstance(items, list) else [items]
    has_root = any(isinstance(each, Manifest) and each.root is not None for each in given)
    return not has_root and not any(row.entry.path and os.path.lexists(row.entry.path) for row in rows)


def file_of(entry: Entry, md5sum: str) -> File:
    """Return the file that an entry describes.

    Raises:
        ApiValueError: its name or its type is not known or not valid.
    """
    name = entry.name or os.path.basename(entry.path or "")
    if not name:
        raise ApiValueError(f"{md5sum} has no name: to register it, pass a File, with its name and type")
    try:
        name.encode()
    except UnicodeEncodeError:
        raise ApiValueError(f"Cannot register {name!r}: its name is not valid UTF-8") from None
    return File(md5sum, name, entry.file_type or file_type_of(name))


class CheckTask:
    """Hashes and compares files, without a call.

    Args:
        api_client: the client.
        checks: how they are checked.
    """

    def __init__(self, api_client: ApiClient, *, checks: Checks) -> None:
        self._checks = checks

    def prepare(self, item: Result) -> Checked:
        file_of(item.entry, str(item.entry.md5sum))  # what cannot be registered is not read
        return self._checks.check(item.entry)

    def key(self, prepared: Checked) -> None:
        return None

    def call(self, prepared: Checked) -> None:
        return None


def checked_file(row: Result, job: Job) -> Result:
    """Return what has become of a result whose file was checked: it has a file, or has failed."""
    if job.error is not None:
        return replace(row, status=ResultStatus.FAILED, md5sum=row.entry.md5sum, error=job.error)
    entry, message = job.prepared
    return replace(row, entry=entry, md5sum=entry.md5sum, file=file_of(entry, entry.md5sum), message=message)


class _Outcome(NamedTuple):
    """What the service has told about a file; see `Result`."""

    status: str
    tracked: File | None = None
    error: Exception | None = None
    sample_id: str | None = None


class _RegistrationTask:
    """Registers files that were checked, with samples that were found.

    Args:
        api_client: the client.
        dry_run: whether to send no write.
    """

    def __init__(self, api_client: ApiClient, *, dry_run: bool) -> None:
        self._api_client = api_client
        self._api = FileApi(api_client)
        self._dry_run = dry_run

    def prepare(self, item: Result) -> Result:
        return item

    def key(self, prepared: Result) -> str:
        return f"{prepared.md5sum} {prepared.sample_id}"

    def call(self, prepared: Result) -> _Outcome:
        return self._outcome_of(cast(File, prepared.file), prepared.sample_id)

    def _outcome_of(self, file: File, sample_id: str | None) -> _Outcome:
        """Register a file, or say what would become of it. In a dry run, the sample may not exist yet."""
        error: ConflictException | None = None
        if not self._dry_run:
            try:
                return _Outcome(ResultStatus.CREATED, self._api.samples_id_files_post(str(sample_id), file))
            except ConflictException as conflict:
                error = conflict
        elif tracked_file(self._api, file.md5sum) is None:
            return _Outcome(ResultStatus.WOULD_CREATE)
        try:
            if sample_id is not None:
                return _already_tracked(file, self._api.samples_id_files_md5sum_get(sample_id, file.md5sum))
        except NotFoundException:
            pass
        return _Outcome(ResultStatus.CONFLICT, None, error)


class _OneByOneTask(_RegistrationTask):
    """Registers files that were not checked, with samples that are still to be found.

    Args:
        api_client: the client.
        checks: how the files are checked.
        dry_run: whether to send no write.
    """

    def __init__(self, api_client: ApiClient, *, checks: Checks, dry_run: bool) -> None:
        super().__init__(api_client, dry_run=dry_run)
        self._checks = CheckTask(api_client, checks=checks)
        self._ids: dict[SampleKey, str] = {}

    def prepare(self, item: Result) -> Result:
        if item.error is not None:
            raise item.error
        job = Job(item)
        job.prepare(self._checks)
        if job.error is not None:
            raise job.error
        return checked_file(item, job)

    def key(self, prepared: Result) -> str:
        return f"{prepared.md5sum} {_key_of(prepared.entry)}"

    def call(self, prepared: Result) -> _Outcome:
        sample_id = self._sample_id(_key_of(prepared.entry))
        return self._outcome_of(cast(File, prepared.file), sample_id)._replace(sample_id=sample_id)

    def _sample_id(self, key: SampleKey) -> str:
        """Return the id of a sample. It is looked up once, as long as there are not too many.

        Raises:
            SampleNotFoundError: there is no such sample.
        """
        if key in self._ids:
            return self._ids[key]
        sample = find_by_key(self._api_client, key) if any(key) else None
        if sample is None or sample.id is None:
            raise SampleNotFoundError([str(key) or "none was given"])
        if len(self._ids) >= _MAX_SAMPLES:
            self._ids.clear()
        return self._ids.setdefault(key, sample.id)


_MAX_SAMPLES = 10_000
"""Samples whose ids are kept, so that memory stays the same."""


def _key_of(entry: Entry) -> SampleKey:
    return SampleKey(entry.sample_id, entry.isolate_id, entry.experiment_id)


def _already_tracked(file: File, tracked: File) -> _Outcome:
    return _Outcome(ResultStatus.EXISTING if tracked == file else ResultStatus.RENAMED, tracked)


def _registered(row: Result, job: Job) -> Result:
    """Return what has become of a result that was to be registered."""
    if job.error is not None:
        return replace(row, status=status_of_error(job.error), error=job.error)
    outcome: _Outcome = job.value
    if job.first is not None and outcome.status != ResultStatus.CONFLICT and row.file is not None:
        outcome = _already_tracked(row.file, outcome.tracked or job.first.prepared.file)
    sample_id = row.sample_id or job.value.sample_id
    return replace(row, status=outcome.status, sample_id=sample_id, tracked=outcome.tracked, error=outcome.error)
