"""Results in the making: those without a status pass through one run after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import replace
from typing import Any

from .._tracebacks import shortened
from ..api_client import ApiClient
from ..argument_errors import ApiValueError
from ._jobs import Job, Task
from ._manifests._comparisons import contradictions
from ._outages import PATIENCE
from ._progress import Progress
from ._run import run
from ._runner import ENDINGS
from .results import Result, Results, ResultStatus


class Phases:
    """The results of several runs, one after the other.

    If one of them ends early, its error has the results that have a status, and the entries of the others.

    Args:
        api_client: the client.
        rows: the results, in input order. Those without a status are undecided.
        max_workers, patience, progress, executor: as for `run`. The progress is that of each run over files.

    Attributes:
        rows: the results so far.
    """

    def __init__(
        self,
        api_client: ApiClient,
        rows: Iterable[Result],
        max_workers: int,
        patience: float | None,
        progress: Progress | bool | None,
        executor: Executor | None,
    ) -> None:
        self.rows = list(rows)
        self._api_client = api_client
        self._max_workers = max_workers
        self._patience = patience
        self._progress = progress
        self._executor = executor

    def undecided(self) -> list[int]:
        """Return the indices of the results without a status."""
        return [index for index, row in enumerate(self.rows) if not row.status]

    def fail_contradictions(self) -> None:
        """Fail the undecided results whose entries contradict each other, all of them."""
        rows = [self.rows[index] for index in self.undecided()]
        messages = {id(entry): message for entry, message in contradictions([row.entry for row in rows])}
        for index in self.undecided():
            message = messages.get(id(self.rows[index].entry))
            if message is not None:
                self.rows[index] = replace(self.rows[index], status=ResultStatus.FAILED, error=ApiValueError(message))

    def run(self, task_of: Callable[[ApiClient], Task], decide: Callable[[Result, Job], Result]) -> None:
        """Run a task for each undecided result, and replace it by what has become of it."""
        indices = self.undecided()
        index_of = {id(self.rows[index]): index for index in indices}
        for job in self.calls(task_of, [self.rows[index] for index in indices], self._progress, self._executor):
            index = index_of[id(job.item)]
            self.rows[index] = decide(job.item, job)

    def calls(
        self,
        task_of: Callable[[ApiClient], Task],
        items: Sequence[Any],
        progress: Progress | bool | None = None,
        executor: Executor | None = None,
    ) -> Iterator[Job]:
        """Yield the jobs of a task, such as for samples."""
        settings: dict[str, Any] = {"max_workers": self._max_workers, "patience": self._patience}
        try:
            yield from run(
                self._api_client, task_of, items, lambda job: job, progress=progress, executor=executor, **settings
            )
        except ENDINGS as error:
            error.results = Results(row for row in self.rows if row.status)
            error.left = (entry_left(row) for row in self.rows if not row.status)
            raise
        if items and self._patience is None:
            self._patience = PATIENCE  # the service has responded


def entry_left(result: Result) -> Any:
    """Return what a later run needs in place of a result that has not been decided."""
    return result.item if result.error is not None else result.entry


def with_entries_left(results: Iterator[Result]) -> Iterator[Result]:
    """Yield results. If the run ends early, its ``left`` has entries."""
    __tracebackhide__ = True
    try:
        yield from results
    except ENDINGS as error:
        error.left = map(entry_left, error.left)
        raise shortened(error)  # noqa: B904


def collected(results: Iterable[Result]) -> Results:
    """Return all results. If the run ends early, the error has those that are definite."""
    found: list[Result] = []
    try:
        for result in results:
            found.append(result)
    except ENDINGS as error:
        error.results = Results(found)
        raise
    return Results(found)
