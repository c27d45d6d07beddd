"""Registration of a study: a table of isolates, experiments and their files. Samples first, then files."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import Any, NamedTuple

from ..api_client import ApiClient
from ..exceptions import ManifestError, ServiceUnavailableError
from ..models.file import File
from ._entries import Entry, Names, names_of_samples
from ._manifests import Manifest, ManifestSource, read_manifest
from ._manifests._comparisons import without_contradictions
from ._manifests._findings import Findings
from ._preparation import Prepared
from ._progress import Progress
from ._runs import MAX_WORKERS, run, validate
from .registration import Registration, RegistrationTask, file_of
from .samples import find_or_create_sample, find_sample

__all__ = ["register_study"]


def register_study(
    api_client: ApiClient,
    table: ManifestSource | Iterable[Entry],
    root: str | os.PathLike[str] | None = None,
    *,
    dry_run: bool = False,
    max_workers: int = MAX_WORKERS,
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
        progress: as for `look_up`; it counts files.
        executor: as for `look_up`; it gets the files, not the samples.

    Raises:
        ServiceUnavailableError: the service is not available. Its ``left`` has the entries without a result.
        ManifestError: the table cannot be used, or a row names no isolate and no experiment.
        ApiTypeError, ApiValueError: an argument is invalid.
        OSError: the table cannot be read.
    """
    rows = validated_entries(table, root)
    validate(rows, max_workers, executor)
    return _register_rows(api_client, rows, dry_run, max_workers, progress, executor)


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
    progress: Progress | bool | None,
    executor: Executor | None,
) -> Iterator[Registration]:
    names = names_of_samples(rows)
    samples: dict[Names, _Sample] = {}
    task_of: Any = partial(_SampleTask, dry_run=dry_run)
    try:
        # A sample without any file on disk is not created.
        usable = [name for row, name in zip(rows, names, strict=True) if row.path and os.path.lexists(row.path)]
        for sample in run(api_client, task_of, list(dict.fromkeys(usable)), max_workers=max_workers):
            samples[sample.names] = sample
    except ServiceUnavailableError as error:
        error.returned, error.left = 0, iter(rows)
        raise
    found = [samples.get(name, _Sample(name, None)) for name in names]
    files = [_StudyFile(row, sample.id, sample.error) for row, sample in zip(rows, found, strict=True)]
    task_of = partial(_StudyTask, dry_run=dry_run)
    try:
        for result in run(api_client, task_of, files, max_workers=max_workers, progress=progress, executor=executor):
            yield result._replace(item=result.item.row)
    except ServiceUnavailableError as error:
        error.left = (file.row for file in error.left)
        raise


class _Sample(NamedTuple):
    """The sample of some rows: its id, or why it has none."""

    names: Names
    id: str | None
    error: Exception | None = None


class _SampleTask:
    def __init__(self, api_client: ApiClient, *, dry_run: bool) -> None:
        self._api_client = api_client
        self._find = find_sample if dry_run else find_or_create_sample

    def is_on_disk(self, item: Names) -> bool:
        return False

    def prepare(self, item: Names) -> Prepared:
        return Prepared(item, item)

    def key(self, item: Prepared) -> None:
        return None

    def call(self, item: Prepared) -> _Sample:
        try:
            sample = self._find(self._api_client, isolate_id=item.item[0], experiment_id=item.item[1])
        except Exception as error:
            return _Sample(item.item, None, error)
        return _Sample(item.item, None if sample is None else sample.id)

    def repeated(self, item: Prepared, first: _Sample) -> _Sample:
        return first

    def original(self, item: Prepared) -> Names:
        return item.item  # type: ignore[no-any-return]


class _StudyFile(NamedTuple):
    """A row, with its sample."""

    row: Entry
    sample_id: str | None
    sample_error: Exception | None


class _StudyTask(RegistrationTask):
    def is_on_disk(self, item: _StudyFile) -> bool:
        return item.sample_error is None

    def sample_id_of(self, item: _StudyFile) -> str | None:
        return item.sample_id

    def prepare(self, item: _StudyFile) -> Prepared:
        return super().prepare(item) if item.sample_error is None else Prepared(item, None, item.sample_error)

    def file_of(self, item: _StudyFile) -> File:
        return file_of(item.row)
