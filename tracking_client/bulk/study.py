"""Registration of a study: a table of isolates, experiments and their files. Samples first, then files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import Any, NamedTuple

from ..api_client import ApiClient
from ..exceptions import ManifestError
from ._entries import Entry, Names, names_of_samples
from ._jobs import Job
from ._manifests import Manifest, ManifestSource, read_manifest
from ._manifests._comparisons import without_contradictions
from ._manifests._findings import Findings
from ._progress import Progress
from ._run import MAX_WORKERS, run, validate
from ._runner import ENDINGS
from .registration import Prepared, Registration, RegistrationTask, file_of, registration_of
from .samples import find_or_create_sample, find_sample

__all__ = ["register_study"]


def register_study(
    api_client: ApiClient,
    table: ManifestSource | Iterable[Entry],
    root: str | os.PathLike[str] | None = None,
    *,
    dry_run: bool = False,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
    executor: Executor | None = None,
) -> Iterator[Registration]:
    """Register the files of a study with their samples. Yield a result for each row, in the order of the table.

    >>> for result in register_study(api_client, "study.tsv"):
    ...     print(result.item.source, result.item.path, result.outcome)

    The table is read and validated before anything is sent. Then the samples are found or created, as by
    `find_or_create_sample`, and the files registered, as by `register`. If there is an error for a sample, its files
    fail with that error. Run again, it changes nothing that is registered already.

    Args:
        api_client: the client.
        table: the table, read as by `read_manifest`; or entries, such as a `Manifest`. Each names an isolate or an
            experiment, and a file on disk.
        root: the folder that relative paths start from; None for that of the table.
        dry_run: whether to send no write, and return what would be the outcome.
        max_workers: the number of calls at the same time.
        patience: as for `look_up`.
        progress: as for `look_up`; it counts files.
        executor: as for `look_up`; it gets the files, not the samples.

    Raises:
        ServiceUnavailableError: the service cannot be used. Its ``left`` has the entries without a result.
        WorkerLostError, RunInterrupted: as for `look_up`.
        ManifestError: the table cannot be used, or a row names no isolate and no experiment.
        ApiTypeError, ApiValueError: an argument is invalid.
        OSError: the table cannot be read.
    """
    rows = validated_entries(table, root)
    validate(rows, max_workers, patience, executor)
    return _register_rows(api_client, rows, dry_run, max_workers, patience, progress, executor)


def validated_entries(table: Any, root: str | os.PathLike[str] | None = None) -> list[Entry]:
    """Return the entries of a table, each of which has the name of a sample, and which do not contradict each other.

    Raises:
        ManifestError: the table cannot be used.
        ApiTypeError, OSError: it is no table, or cannot be read.
    """
    if isinstance(table, Iterator) and not hasattr(table, "read"):
        table = list(table)
    if not isinstance(table, (list, tuple, Manifest)) or not all(isinstance(each, Entry) for each in table):
        table = read_manifest(table, root=root)
    findings = Findings()
    without_contradictions(table, findings)
    for number, entry in enumerate(table, 1):
        if entry.isolate_id is None and entry.experiment_id is None:
            line = number if entry.source is None else entry.source.line
            findings.problem(line, "there is neither an isolate nor an experiment")
    if findings.problems:
        raise ManifestError("Each file of a study needs the names of one sample", sorted(findings.problems))
    return list(table)


def _register_rows(
    api_client: ApiClient,
    rows: list[Entry],
    dry_run: bool,
    max_workers: int,
    patience: float | None,
    progress: Progress | bool | None,
    executor: Executor | None,
) -> Iterator[Registration]:
    names = names_of_samples(rows)
    samples: dict[Names, Job] = {}
    settings: dict[str, Any] = {"max_workers": max_workers, "patience": patience}
    task_of: Any = partial(_SampleTask, dry_run=dry_run)
    try:
        # A sample without any file on disk is not created.
        usable = [name for row, name in zip(rows, names, strict=True) if row.path and os.path.lexists(row.path)]
        for job in run(api_client, task_of, list(dict.fromkeys(usable)), lambda job: job, **settings):
            samples[job.item] = job
    except ENDINGS as error:
        error.left = iter(rows)
        raise
    found = [samples.get(name) for name in names]
    files = [
        _StudyFile(row, None, None) if job is None else _StudyFile(row, job.value, job.error)
        for row, job in zip(rows, found, strict=True)
    ]
    task_of = partial(_StudyTask, dry_run=dry_run)
    try:
        yield from run(api_client, task_of, files, _registration_of, progress=progress, executor=executor, **settings)
    except ENDINGS as error:
        left = error.left
        error.left = (file.row for file in left)
        raise


class _SampleTask:
    """Finds or creates the sample with some names, and returns its id; in a dry run, None if there is none."""

    def __init__(self, api_client: ApiClient, *, dry_run: bool) -> None:
        self._api_client = api_client
        self._find = find_sample if dry_run else find_or_create_sample

    def prepare(self, item: Names) -> Names:
        return item

    def key(self, prepared: Names) -> None:
        return None

    def call(self, prepared: Names) -> str | None:
        sample = self._find(self._api_client, isolate_id=prepared[0], experiment_id=prepared[1])
        return None if sample is None else sample.id


class _StudyFile(NamedTuple):
    """A row, with its sample."""

    row: Entry
    sample_id: str | None
    sample_error: Exception | None


class _StudyTask(RegistrationTask):
    def prepare(self, item: _StudyFile) -> Prepared:
        if item.sample_error is not None:
            raise item.sample_error
        return Prepared(file_of(item.row), item.sample_id)


def _registration_of(job: Job) -> Registration:
    return registration_of(job, job.item.row, job.item.sample_id)
