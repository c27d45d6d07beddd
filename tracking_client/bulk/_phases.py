"""Results in the making: those without a status pass through one run after the other; first, files are checked."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from itertools import chain
from typing import Any, NamedTuple

from .._disk.compression import verify_complete
from .._disk.hashing import Progress as HashProgress
from .._disk.hashing import hash_file
from .._disk.md5_cache import Md5Cache
from .._disk.regular_file import identity
from ..api_client import ApiClient
from ..argument_errors import ApiFileError, ApiTypeError, ApiValueError
from ..exceptions import RunInterrupted
from ._entries import Entry, Hashed
from ._items import items_of, undecided_of
from ._jobs import Job, Task
from ._outages import PATIENCE
from ._progress import Step
from ._run import RunOptions, run
from ._runner import ENDINGS, INTERRUPTED
from .results import NOT_VERIFIED, Result, Results, entry_left, failed, repeated

VERIFICATIONS = ("md5sum", "content", "nothing")


class Checks(NamedTuple):
    """How files are checked.

    Attributes:
        verify: one of `VERIFICATIONS`.
        cache: where md5sums are kept; None to read each file.
        tell_missing: whether to tell of each file that is not on disk. With the md5sum that its entry claims it is used
            and not verified, unless its entry says that it must be there.
    """

    verify: str
    cache: Md5Cache | None = None
    tell_missing: bool = False

    def check(self, row: Result, progress: HashProgress | None = None) -> Result:
        """Return a result with its md5sum: that of the file on disk, or that of the entry if it is not to be read.

        Args:
            row: the result.
            progress: is told the bytes that are hashed; None for nothing.

        Raises:
            ApiFileError: the file cannot be used, or has another md5sum than its entry.
            ApiValueError: the entry has neither path nor md5sum.
            Exception: the error of the result, if it has one.
        """
        if row.error is not None:
            raise row.error
        entry = row.entry
        if entry.path is None:
            if entry.md5sum is None:
                raise ApiValueError("there is neither an md5sum nor a path")
            return row._replace(md5sum=entry.md5sum)
        is_missing = self.tell_missing and not os.path.lexists(entry.path)
        if entry.md5sum is not None and is_missing and not entry.must_be_on_disk:
            return row._replace(md5sum=entry.md5sum, message=NOT_VERIFIED)
        if entry.md5sum is not None and self.verify == "nothing" and not is_missing:
            return row._replace(md5sum=entry.md5sum)
        messages: list[str | None] = []
        hashed = self._unchanged(entry) or self._hash(entry.path, messages, progress)
        if entry.md5sum not in (None, hashed.md5sum):
            source = entry.source or "the entry"
            raise ApiFileError(
                f"cannot use {entry.path!r}: its md5sum is {hashed.md5sum}, and {entry.md5sum} in {source}"
            )
        message = "; ".join(filter(None, messages)) or None
        return row._replace(entry=entry._replace(hashed=hashed), md5sum=hashed.md5sum, message=message)

    def _unchanged(self, entry: Entry) -> Hashed | None:
        """Return the md5sum that was computed before, if the file is the same and need not be decompressed."""
        with suppress(OSError):
            if entry.hashed is not None and self.verify != "content":
                return entry.hashed if entry.hashed.version == identity(os.stat(str(entry.path))) else None
        return None

    def _hash(self, path: str, messages: list[str | None], progress: HashProgress | None) -> Hashed:
        version: tuple[int, ...] = ()
        with suppress(OSError):  # the next lines tell what is wrong with the file
            version = identity(os.stat(path))
        verify = None if self.verify != "content" else lambda stream: messages.append(verify_complete(stream))
        return Hashed(hash_file(path, progress, self.cache, verify), version)


def on_disk(row: Result) -> Result:
    """Return a result whose entry says that its file must be on disk, if it is known which file."""
    return row if row.entry.path is None else row._replace(entry=row.entry._replace(must_be_on_disk=True))


def checks_of(verify: str, cache: Md5Cache | None) -> Checks:
    """Return how files are checked.

    Raises:
        ApiTypeError, ApiValueError: an argument is invalid.
    """
    if verify not in VERIFICATIONS:
        raise ApiValueError(f"Invalid value for `verify` ({verify!r}), must be one of {', '.join(VERIFICATIONS)}")
    if cache is not None and not isinstance(cache, Md5Cache):
        raise ApiTypeError(f"Invalid type for `cache` ({cache!r}), must be an Md5Cache or None", None, (Md5Cache,))
    return Checks(verify, cache)


def decided(job: Job) -> Result:
    """Return what has become of a result: what its call has returned, or what was prepared if there was none."""
    row: Result = job.prepared or job.item
    if job.error is not None:
        return failed(row, job.error)
    return repeated(row, job.value) if job.first is not None else job.value or row


def _identified(rows: Sequence[Result]) -> list[Entry]:
    """Return the entries of results after the samples were found. Those that have failed have the ids of the others.

    Their names do not count if the id is known: what is wrong with them may be why they have failed.
    """
    found = [row for row in rows if row.sample_id is not None]
    by_isolate = {row.entry.isolate_id: row.sample_id for row in found} | {None: None}
    by_experiment = {row.entry.experiment_id: row.sample_id for row in found} | {None: None}

    def identified(row: Result) -> Entry:
        if not row.status:
            return row.entry
        id_ = row.entry.sample_id or by_isolate.get(row.entry.isolate_id) or by_experiment.get(row.entry.experiment_id)
        return row.entry if id_ is None else row.entry._replace(sample_id=id_, isolate_id=None, experiment_id=None)

    return [identified(row) for row in rows]


def _md5sums(rows: Sequence[Result]) -> list[str | None]:
    """Return the md5sum of each result. One that has failed has that of the same file in another one."""
    paths = [row.entry.path and os.path.normpath(row.entry.path) for row in rows]
    by_path = {path: row.md5sum for row, path in zip(rows, paths, strict=True) if path and row.md5sum}
    return [row.md5sum or by_path.get(path or "") or row.entry.md5sum for row, path in zip(rows, paths, strict=True)]


@contextmanager
def endings(results: Callable[[], Sequence[Any]], left: Callable[[], Iterable[Any]]) -> Iterator[None]:
    """Give an error that ends a run early its results and what is left. Ctrl-C becomes such an error.

    Args:
        results: returns the definite results.
        left: returns what a later run needs.

    Raises:
        RunInterrupted: Ctrl-C was pressed.
    """
    try:
        yield
    except ENDINGS as error:
        error.results, error.left = results(), left()
        raise
    except KeyboardInterrupt:
        interrupted = RunInterrupted(INTERRUPTED)
        interrupted.results, interrupted.left = results(), left()
        raise interrupted from None


def left_of(items: list[Any], unread: Iterator[Any] | None) -> Iterable[Any]:
    """Return items, and those that were not read, which may be endless; if all were read, a list to be used again."""
    return items if unread is None else chain(items, unread)


class Phases:
    """The results of several runs, one after the other.

    Args:
        api_client: the client.
        options: how the calls are made. The progress is that of each run.

    Attributes:
        rows: the results so far, in input order. Those without a status are undecided.
    """

    def __init__(self, api_client: ApiClient, options: RunOptions) -> None:
        self.rows: list[Result] = []
        self._api_client = api_client
        self._options = options
        self._current: list[Any] = []  # the item that is being read
        self._unread: Iterator[Any] | None = None  # the items after that; None if all are read

    def read(self, items: Any, row_of: Callable[[Result], Result] = lambda row: row) -> None:
        """Add the results of items.

        Args:
            items: as for `undecided`.
            row_of: returns what a result is before the first run.

        Raises:
            Exception: as for `undecided`, or of the function.
        """
        self._current = [items]
        self._unread = iter(items_of(items))
        self._current = []
        try:
            for number, item in enumerate(self._unread, 1):
                self._current = [item]
                found = [*map(row_of, undecided_of(item, number))]
                self.rows += found
                self._current = []
        except ENDINGS as error:  # of a run that the items come from
            self._unread = iter(error.left)
            raise
        self._unread = None

    def results(self) -> Results:
        """Return the definite results."""
        return Results(row for row in self.rows if row.status)

    def left(self) -> Iterable[Any]:
        """Return the entries of the other results, and the items that were not read."""
        entries = [entry_left(row) for row in self.rows if not row.status]
        return left_of([*entries, *self._current], self._unread)

    def undecided(self) -> list[int]:
        """Return the indices of the results without a status."""
        return [index for index, row in enumerate(self.rows) if not row.status]

    def fail_contradictions(self, are_samples_known: bool) -> None:
        """Fail the undecided results whose entries contradict other ones, also those of results that have failed.

        Args:
            are_samples_known: whether each sample that exists has its id. Before, a sample that one entry names by its
                id and another by its names may be the same.
        """
        from ._manifests._comparisons import contradictions  # a look-up does not import the reader

        undecided = {*self.undecided()}
        entries = _identified(self.rows) if are_samples_known else [row.entry for row in self.rows]
        by_id = [index for index, entry in enumerate(entries) if entry.sample_id is not None]
        by_names = [index for index, entry in enumerate(entries) if entry.sample_id is None]
        groups = [(entries, by_id), (entries, by_names)]
        if are_samples_known:
            hashed = [entry._replace(md5sum=md5sum) for entry, md5sum in zip(entries, _md5sums(self.rows), strict=True)]
            groups = [(group, [*range(len(entries))]) for group in (entries, hashed)]
        for group, indices in groups:
            for position, message in contradictions([group[index] for index in indices]):
                if (index := indices[position]) in undecided:
                    self.rows[index] = failed(self.rows[index], ApiValueError(message))

    def decide_places(self) -> None:
        """Say of each entry that its file must be on disk, if one of the files is, or was when it was hashed.

        It is said there, because a later run may get a part of the entries only.
        """
        entries = [row.entry for row in self.rows if row.entry.path is not None]
        if any(entry.hashed or os.path.lexists(str(entry.path)) for entry in entries):
            self.rows = [*map(on_disk, self.rows)]

    def run(self, step: Step, task_of: Callable[[ApiClient], Task], is_of_all: bool = False) -> None:
        """Run a task for each undecided result, and replace it by what has become of it.

        Args:
            step: what a bar says of the run.
            task_of: makes the task for a client. Its call, if it has one, returns the result.
            is_of_all: whether to run it for the others, too, so that the progress counts them.
        """
        options = self._options._replace(step=step)
        rows = [row for row in self.rows if is_of_all or not row.status]
        indices = {id(row): index for index, row in enumerate(self.rows)}

        def result_of(job: Job) -> Result:
            index = indices[id(job.item)]
            self.rows[index] = decided(job)
            return self.rows[index]

        for _ in run(self._api_client, task_of, rows, result_of, options):
            pass  # the result is in its place

    def calls(self, step: Step, function: Callable[[ApiClient, Any], Any], items: Sequence[Any]) -> Iterator[Job]:
        """Yield a job for each call of a function with the client and an item, such as a sample."""
        options = self._options._replace(step=step, executor=None)
        task_of = lambda client: Task(call=partial(function, client))  # noqa: E731
        yield from run(self._api_client, task_of, items, lambda job: job, options)
        if items and options.patience is None:
            self._options = self._options._replace(patience=PATIENCE)  # the service has responded

    def call(self, function: Callable[[ApiClient, Any], Any], item: Any) -> Any:
        """Return what a function returns for the client and an item.

        Raises:
            Exception: its call failed.
        """
        (job,) = self.calls(Step("waiting", "calls", is_brief=True), function, [item])
        if job.error is not None:
            raise job.error
        return job.value
