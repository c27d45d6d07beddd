"""Registration of many files with a sample. It can be run again without harm: what is registered already stays."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Executor
from functools import partial
from typing import Any, NamedTuple, Union

from .._disk.file_types import file_type_of
from .._disk.hashing import md5sum
from ..api import _parameters
from ..api._parameters import Fields, SampleId
from ..api.file_api import FileApi
from ..api.sample_api import SampleApi
from ..api_client import ApiClient
from ..argument_errors import ApiFileError, ApiTypeError, ApiValueError
from ..exceptions import ConflictException, NotFoundException
from ..models.file import File
from ._entries import Entry
from ._jobs import Job
from ._md5sums import is_md5sum, normalized_md5sum
from ._progress import Progress
from ._run import MAX_WORKERS, run

__all__ = ["Outcome", "Registration", "register"]

FileOrPath = Union[str, "os.PathLike[str]", File, Fields, Entry]
"""The path of a file, a `File` or the fields of one, whose md5sum is known already, or an entry of a manifest."""


class Outcome:
    """The outcome of a registration. The first three mean that the file is registered with the sample."""

    CREATED = "created"
    EXISTING = "existing"
    RENAMED = "renamed"
    CONFLICT = "conflict"
    FAILED = "failed"


class Registration(NamedTuple):
    """The result of the registration of one item.

    Attributes:
        item: the item as it was given.
        outcome: one of `Outcome`. ``created``: it was registered, or would be, in a dry run. ``existing``: the sample
            has had it already, with this name and type. ``renamed``: the sample has had it already, with another name
            or type, which stays (see `tracked`). ``conflict``: it is registered, but not with this sample. ``failed``:
            see `error`.
        sample_id: the id of the sample; None if there is no such sample, because that failed or in a dry run.
        file: the file, as it was to be registered; None if it is invalid or cannot be read.
        tracked: the file that the service has now, if it is registered with the sample; else None. In a dry run, None
            for one that would be created.
        error: why it failed, or the `ConflictException` of a conflict (in a dry run, None); else None.
    """

    item: Any
    outcome: str
    sample_id: str | None
    file: File | None
    tracked: File | None = None
    error: Exception | None = None

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        """What differs if the outcome is ``renamed``: the value in the service and the one given, by attribute name."""
        if self.outcome != Outcome.RENAMED or self.file is None or self.tracked is None:
            return {}
        tracked, given = self.tracked.to_dict(), self.file.to_dict()
        return {name: (tracked[name], given[name]) for name in tracked if tracked[name] != given[name]}


def register(
    api_client: ApiClient,
    sample_id: SampleId,
    files: Iterable[FileOrPath],
    *,
    file_type: str | None = None,
    dry_run: bool = False,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
    executor: Executor | None = None,
) -> Iterator[Registration]:
    """Register many files with a sample. Yield a result for each item, in input order.

    >>> for result in register(api_client, sample.id, Path("run_17").glob("*.fastq.gz")):
    ...     print(result.item, result.outcome)

    Nothing is sent before the first result is asked for. A file that fails does not end the others. Run again, it
    changes nothing that is registered already, and finishes what an earlier run did not.

    Args:
        api_client: the client.
        sample_id: the id of the sample, a UUID.
        files: paths, `File` objects, dicts of the fields of one, or entries, in any mixture. The file of an entry must
            be on disk, and have the md5sum of the entry.
        file_type: one of `FileType`, what the files of paths contain; None to tell it from their names.
        dry_run: whether to send no write, and return what would be the outcome.
        max_workers: the number of calls at the same time.
        patience: as for `look_up`.
        progress: as for `look_up`.
        executor: as for `look_up`.

    Raises:
        NotFoundException: in a dry run, there is no such sample. Otherwise, each file has failed with this error.
        ServiceUnavailableError: the service cannot be used. Its ``left`` has the items without a result.
        WorkerLostError, RunInterrupted: as for `look_up`.
        ApiTypeError, ApiValueError: an argument is invalid.
    """
    id_ = _parameters.sample_id("sample_id", sample_id, api_client.client_side_validation).lower()
    task_of = partial(RegistrationTask, sample_id=id_, file_type=file_type, dry_run=dry_run)
    results = run(
        api_client,
        task_of,
        files,
        lambda job: registration_of(job, job.item, id_),
        max_workers=max_workers,
        patience=patience,
        progress=progress,
        executor=executor,
    )
    return _after_check(api_client, id_, results) if dry_run else results


def _after_check(api_client: ApiClient, sample_id: str, results: Iterator[Registration]) -> Iterator[Registration]:
    SampleApi(api_client).samples_id_head(sample_id)
    yield from results


class Prepared(NamedTuple):
    """A file that is ready to be registered.

    Attributes:
        file: the file.
        sample_id: the id of its sample; None in a dry run, if the sample does not exist yet.
    """

    file: File
    sample_id: str | None


class _Outcome(NamedTuple):
    """What the service has told about a file; see `Registration`."""

    name: str
    tracked: File | None = None
    error: ConflictException | None = None


class RegistrationTask:
    """Registers a file with a sample.

    Args:
        api_client: the client.
        sample_id: the id of the sample.
        file_type: what the files of paths contain; None to tell it from their names.
        dry_run: whether to send no write.
    """

    def __init__(
        self,
        api_client: ApiClient,
        *,
        sample_id: str | None = None,
        file_type: str | None = None,
        dry_run: bool,
    ) -> None:
        self._api = FileApi(api_client)
        self._sample_id = sample_id
        self._file_type = file_type
        self._dry_run = dry_run

    def prepare(self, item: Any) -> Prepared:
        return Prepared(file_of(item, self._file_type), self._sample_id)

    def key(self, prepared: Prepared) -> str:
        return f"{prepared.file.md5sum} {prepared.sample_id}"

    def call(self, prepared: Prepared) -> _Outcome:
        return self._preview(*prepared) if self._dry_run else self._register(prepared.file, prepared.sample_id or "")

    def _register(self, file: File, sample_id: str) -> _Outcome:
        try:
            tracked = self._api.samples_id_files_post(sample_id, file)
        except ConflictException as error:
            try:
                tracked = self._api.samples_id_files_md5sum_get(sample_id, file.md5sum)
            except NotFoundException:
                return _Outcome(Outcome.CONFLICT, None, error)
            return _already_tracked(file, tracked)
        return _Outcome(Outcome.CREATED, tracked)

    def _preview(self, file: File, sample_id: str | None) -> _Outcome:
        try:
            self._api.files_md5sum_get(file.md5sum)
        except NotFoundException:
            return _Outcome(Outcome.CREATED)
        try:
            if sample_id is not None:
                return _already_tracked(file, self._api.samples_id_files_md5sum_get(sample_id, file.md5sum))
        except NotFoundException:
            pass
        return _Outcome(Outcome.CONFLICT)


def _already_tracked(file: File, tracked: File) -> _Outcome:
    return _Outcome(Outcome.EXISTING if tracked == file else Outcome.RENAMED, tracked)


def registration_of(job: Job, item: Any, sample_id: str | None) -> Registration:
    """Return the result of a job.

    Args:
        job: the job.
        item: the item as the user gave it.
        sample_id: the id of its sample; None if it has none.
    """
    if job.error is not None:
        file = None if job.prepared is None else job.prepared.file
        return Registration(item, Outcome.FAILED, sample_id, file, None, job.error)
    file = job.prepared.file
    outcome = job.value
    if job.first is not None and outcome.name != Outcome.CONFLICT:
        outcome = _already_tracked(file, outcome.tracked or job.first.prepared.file)
    return Registration(item, outcome.name, sample_id, file, outcome.tracked, outcome.error)


def file_of(item: Any, file_type: str | None = None) -> File:
    """Return the `File` of an item.

    Args:
        item: a path, a `File`, the fields of one, or an entry.
        file_type: the type, if it is not to be told from the name of the path.

    Raises:
        ApiTypeError, ApiValueError: the item is invalid.
        OSError: the file cannot be read, or has another md5sum than its entry.
    """
    if isinstance(item, Entry):
        return _file_of_entry(item, file_type)
    if isinstance(item, Mapping):
        fields = _parameters.file("file", item, True)
        item = File(fields["md5sum"], fields["filename"], fields["file-type"])
    if isinstance(item, File):
        return File(normalized_md5sum(item.md5sum), item.filename, item.file_type)
    if not isinstance(item, (str, os.PathLike)):
        raise ApiTypeError(f"Invalid type of {item!r}, must be a path, a File or a dict", None, (str, File, dict))
    if isinstance(item, str) and is_md5sum(item) and not os.path.lexists(item):
        raise ApiValueError(f"{item!r} is an md5sum: to register it, pass a File, with its name and type")
    name = os.path.basename(os.fspath(item))
    kind = file_type_of(name) if file_type is None else file_type
    File("0", name, kind)  # an invalid type is rejected before the file is read
    return File(md5sum(item), name, kind)


def _file_of_entry(entry: Entry, file_type: str | None) -> File:
    if entry.path is None:
        raise ApiValueError(f"{entry.md5sum} has no path: to register it, pass a File, with its name and type")
    name = entry.name or os.path.basename(entry.path)
    kind = entry.file_type or file_type or file_type_of(name)
    File("0", name, kind)  # an invalid type is rejected before the file is read
    computed = md5sum(entry.path)
    if entry.md5sum not in (None, computed):
        source = "the entry" if entry.source is None else entry.source
        raise ApiFileError(f"cannot use {entry.path!r}: its md5sum is {computed}, and {entry.md5sum} in {source}")
    return File(computed, name, kind)
