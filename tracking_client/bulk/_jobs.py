"""The jobs of a run: what is done with each item, and how it is done in a thread of this process."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from .._disk.hashing import Progress as HashProgress
from ..argument_errors import OpenApiException
from ..exceptions import ApiException, ApiResponseError


def _unchanged(item: Any, progress: HashProgress | None) -> Any:
    return item


def _nothing(prepared: Any) -> None:
    return None


class Task(NamedTuple):
    """What is done with each item. It is used by several threads, and pickled for an executor with processes.

    Attributes:
        prepare: returns what the call needs, never None, for an item and what is told the bytes that are hashed. Raises
            an error if the item is invalid.
        key: returns the key of what was prepared: of items with the same key that are near, only the first needs a
            call. None for no key.
        call: returns what came of the call with what was prepared. Raises an error if it failed.
    """

    prepare: Callable[[Any, HashProgress | None], Any] = _unchanged
    key: Callable[[Any], str | None] = _nothing
    call: Callable[[Any], Any] = _nothing


class Job:
    """An item, and what has become of it.

    Attributes:
        item: the item, as it was given.
        prepared: what its call needs; None if it is not prepared yet, or invalid.
        key: see `Task.key`.
        value: what its call has returned.
        error: why it failed; else None.
        first: the job of an earlier item with the same key, whose value and error it has; else None.
        attempts: how many of its calls have failed temporarily.
        is_ready: whether it can be handed over to those who make the calls.
        done: whether value or error are final. See also `is_finished`.
    """

    __slots__ = ("attempts", "done", "error", "first", "is_ready", "item", "key", "prepared", "value")

    def __init__(self, item: Any) -> None:
        self.item = item
        self.prepared: Any = None
        self.key: str | None = None
        self.value: Any = None
        self.error: Exception | None = None
        self.first: Job | None = None
        self.attempts = 0
        self.is_ready = self.done = False

    def prepare(self, task: Task, progress: HashProgress | None = None) -> None:
        """Prepare the item. An invalid one is done."""
        self.prepared, self.error = _outcome_of(task.prepare, self.item, progress)
        self.done = self.error is not None
        if not self.done:
            self.key = task.key(self.prepared)

    def call(self, call: Callable[[Any], Any]) -> ApiException | None:
        """Make the call. Return its error if the item may not be what it is about: then the job is not done."""
        self.value, error = _outcome_of(call, self.prepared)
        if isinstance(error, ApiException) and (error.temporary or is_no_items_fault(error)):
            return error
        self.error, self.done = error, True
        return None

    def is_finished(self) -> bool:
        """Return whether there is a result. For a job with an earlier one, it is taken from there."""
        if self.first is not None and self.first.done:
            self.value, self.error, self.done = self.first.value, self.first.error, True
        return self.done


class Calls:
    """Prepares jobs, and makes their calls, in the threads of the run.

    Args:
        task: what is done with each item.
        progress: is told the bytes that are hashed; None for nothing.
    """

    batch_size = 1

    def __init__(self, task: Task, progress: HashProgress | None = None) -> None:
        self._task = task
        self._progress = progress

    def prepare(self, job: Job) -> None:
        """Prepare a job."""
        job.prepare(self._task, self._progress)

    def call(self, jobs: list[Job]) -> ApiException | None:
        """Make the calls of jobs in order. Return the error of the first that is not done, or None."""
        return run_batch(self._task, jobs)


def run_batch(task: Task, jobs: list[Job]) -> ApiException | None:
    """Prepare the jobs that are not prepared yet, and make their calls in order.

    Args:
        task: what is done with each item.
        jobs: the jobs.

    Returns:
        The error of the first job that is not done, or None.
    """
    firsts: dict[str | None, Job] = {}
    for job in jobs:
        if job.prepared is None:
            job.prepare(task)
        job.first = firsts.get(job.key)
        if job.is_finished():
            continue
        failure = job.call(task.call)
        if failure is not None:
            return failure
        if job.key is not None and job.error is None:
            firsts[job.key] = job
    return None


def _outcome_of(function: Callable[..., Any], *arguments: Any) -> tuple[Any, Exception | None]:
    """Return what a function returns, or the error that it raises.

    An error of the library has no traceback: that would keep the run in memory for as long as the result.
    """
    try:
        return function(*arguments), None
    except Exception as error:
        return None, error.with_traceback(None) if isinstance(error, OpenApiException) else error


def is_no_items_fault(error: ApiException) -> bool:
    """Return whether every call would fail: host name, certificate, credentials, or the path of the host."""
    if error.status == 0:
        return not error.temporary
    return error.status in (401, 403, 407) or (isinstance(error, ApiResponseError) and error.status == 404)


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its class if there is none, and its hint."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    hint = getattr(error, "hint", None)
    return f"{line}; {hint}" if hint else line
