"""What look-up and registration have in common: the settings of a run, its progress, and how it ends."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from typing import Any

from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import ServiceUnavailableError
from ._preparation import PreparedItems, Task
from ._progress import Progress, progress_of
from ._scheduling import Result, Run, ThreadedRun
from .outages import MAX_FAILURES_IN_A_ROW, OutageDetector

MAX_WORKERS = 16
"""The default number of calls at the same time. The real service handles 15 requests that need its database at once."""


def validate(items: object, max_workers: object, executor: object) -> None:
    """Validate the arguments of a run before it begins.

    Raises:
        ApiTypeError, ApiValueError: one is invalid.
    """
    if isinstance(items, (str, bytes)) or not isinstance(items, Iterable):
        raise ApiTypeError(f"Invalid items ({items!r}), must be an iterable of them: put a single one into a list")
    if isinstance(max_workers, bool) or not isinstance(max_workers, int):
        raise ApiTypeError(f"Invalid type for `max_workers` ({max_workers!r}), must be int")
    if max_workers < 1:
        raise ApiValueError(f"Invalid value for `max_workers` ({max_workers!r}), must be 1 or more")
    if executor is not None and not isinstance(executor, Executor):
        raise ApiTypeError(f"Invalid type for `executor` ({executor!r}), must be a concurrent.futures.Executor")


def run(
    api_client: ApiClient,
    task_of: Callable[[ApiClient], Task[Result]],
    items: Iterable[Any],
    *,
    max_workers: int,
    progress: Progress | bool | None = None,
    executor: Executor | None = None,
) -> Iterator[Result]:
    """Return an iterator of the results of a task, one for each item, in input order.

    Args:
        api_client: the client. If its pool is too small, a copy is used.
        task_of: makes the task for a client.
        items: the items.
        max_workers: the number of calls at the same time.
        progress: see `progress_of`.
        executor: what runs the calls; None for threads of this process.

    Raises:
        ApiTypeError, ApiValueError: an argument is invalid.
    """
    validate(items, max_workers, executor)
    on_result, on_end = progress_of(progress)
    return _results(api_client, task_of, items, max_workers, executor, on_result, on_end)


def _results(
    api_client: ApiClient,
    task_of: Callable[[ApiClient], Task[Result]],
    items: Iterable[Any],
    max_workers: int,
    executor: Executor | None,
    on_result: Progress,
    on_end: Callable[[], object],
) -> Iterator[Result]:
    total = operator.length_hint(items, -1)
    client = with_pool_of(api_client, max_workers)
    task = task_of(client)
    run: Run[Result]
    if executor is None:
        run = ThreadedRun(task, PreparedItems(task, items), max_workers)
    else:
        from ._batches import BatchedRun  # imported only where there is an executor

        run = BatchedRun(task, items, executor, max_workers)
    try:
        yield from _supervised(run, total if total >= 0 else None, on_result)
    finally:
        run.stop()
        on_end()
        if client is not api_client:
            client.close()


def _supervised(run: Run[Result], total: int | None, on_result: Progress) -> Iterator[Result]:
    """Yield the results of a run, until the service is not available or Ctrl-C is pressed.

    Raises:
        ServiceUnavailableError: the service is not available.
        KeyboardInterrupt: it was pressed; the results that there were already have been yielded.
    """
    outages = OutageDetector()
    returned = 0
    interrupt: KeyboardInterrupt | None = None
    down: Exception | None = None
    try:
        for result in run:
            returned += 1
            on_result(returned, total)
            yield result
            if outages.is_down_after(result.error):
                down = result.error
                break
        else:
            return
    except KeyboardInterrupt as error:
        interrupt = error
    for result in run.finished():
        returned += 1
        on_result(returned, total)
        yield result
    if interrupt is not None:
        raise interrupt
    left = "" if total is None else f", {total - returned:,} are left"
    message = (
        f"the service is not available: {MAX_FAILURES_IN_A_ROW} calls in a row failed. "
        f"{returned:,} items have a result{left}"
    )
    raise ServiceUnavailableError(message, returned, run.left()) from down


def with_pool_of(api_client: ApiClient, size: int) -> ApiClient:
    """Return the client if it keeps as many connections open, or else a copy that does."""
    configuration = api_client.configuration
    if (configuration.connection_pool_maxsize or 1) >= size:
        return api_client
    larger = copy.copy(configuration)
    larger.logger_file_handler = configuration.logger_file_handler
    larger.logger_stream_handler = configuration.logger_stream_handler
    larger.connection_pool_maxsize = size
    client = copy.copy(api_client)
    client.configuration = larger
    client.rest_client = copy.copy(api_client.rest_client)
    client.rest_client.configuration = larger
    return client
