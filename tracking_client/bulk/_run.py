"""Starts a run of many calls: the arguments that all of them have, and the client that they use."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import Any, TypeVar, cast

from ..api.file_api import FileApi
from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import ApiException
from ._jobs import Calls, Job, Task, is_no_items_fault
from ._progress import Progress, report_of
from ._runner import Runner

MAX_WORKERS = 16
"""The default number of calls at the same time. The real service handles 15 requests that need its database at once."""

Result = TypeVar("Result")


def validate(max_workers: object, patience: object, executor: object) -> None:
    """Validate the arguments of a run before it begins.

    Raises:
        ApiTypeError, ApiValueError: one is invalid.
    """
    if isinstance(max_workers, bool) or not isinstance(max_workers, int):
        raise ApiTypeError(f"Invalid type for `max_workers` ({max_workers!r}), must be int")
    if max_workers < 1:
        raise ApiValueError(f"Invalid value for `max_workers` ({max_workers!r}), must be 1 or more")
    if patience is not None and (isinstance(patience, bool) or not isinstance(patience, (int, float))):
        raise ApiTypeError(f"Invalid type for `patience` ({patience!r}), must be a number of seconds, or None")
    if patience is not None and not patience >= 0:
        raise ApiValueError(f"Invalid value for `patience` ({patience!r}), must be 0 or more seconds")
    if executor is not None and not isinstance(executor, Executor):
        raise ApiTypeError(f"Invalid type for `executor` ({executor!r}), must be a concurrent.futures.Executor")


def run(
    api_client: ApiClient,
    task_of: Callable[[ApiClient], Task],
    items: Iterable[Any],
    result_of: Callable[[Job], Result],
    *,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
    executor: Executor | None = None,
) -> Iterator[Result]:
    """Return an iterator of the results of a task, one for each item, in input order.

    Args:
        api_client: the client. In a run, a copy is used, whose calls are retried once if the user set no number.
        task_of: makes the task for a client.
        items: the items.
        result_of: returns the result of a job.
        max_workers: the number of calls at the same time.
        patience: for how long an outage is ridden out, in seconds; None for `PATIENCE` once the service has responded.
        progress: see `report_of`.
        executor: what runs the calls; None for threads of this process.

    Raises:
        ApiTypeError, ApiValueError: an argument is invalid.
    """
    validate(max_workers, patience, executor)
    total = operator.length_hint(items, -1)
    report = report_of(progress, total if total >= 0 else None)

    def results() -> Iterator[Result]:
        client = _client_of(api_client, max_workers)
        calls = _calls_of(task_of(client), executor)
        try:
            runner = Runner(calls, items, max_workers, patience, partial(probe, api_client))
            yield from runner.results(result_of, report)
        finally:
            client.close()

    return results()


def _calls_of(task: Task, executor: Executor | None) -> Calls:
    if executor is None:
        return Calls(task)
    from ._executors import CallsOnExecutor  # imported only where there is an executor

    return CallsOnExecutor(task, executor)


class _FunctionTask:
    """Calls a function that needs no item."""

    def __init__(self, function: Callable[[], Any]) -> None:
        self._function = function

    def prepare(self, item: Any) -> Any:
        return item

    def key(self, prepared: Any) -> None:
        return None

    def call(self, prepared: Any) -> Any:
        return self._function()


def call_patiently(api_client: ApiClient, function: Callable[[], Result], patience: float | None = None) -> Result:
    """Call a function once, as a run of one item.

    Args:
        api_client: the client that the function uses.
        function: the function.
        patience: as for `run`.

    Raises:
        ServiceUnavailableError: the service cannot be used.
        Exception: whatever else the function has raised.
    """
    jobs = run(
        api_client, lambda _: _FunctionTask(function), [function], lambda job: job, max_workers=1, patience=patience
    )
    (job,) = jobs
    if job.error is not None:
        raise job.error
    return cast(Result, job.value)


def probe(api_client: ApiClient) -> ApiException | None:
    """Ask the service for a file that does not exist. Return the error if it does not respond, else None."""
    try:
        FileApi(api_client).files_md5sum_get("0" * 32)
    except ApiException as error:
        if is_no_items_fault(error) or (error.temporary and error.status != 429):
            return error
    return None


def _client_of(api_client: ApiClient, size: int) -> ApiClient:
    """Return a copy of the client that keeps as many connections open, and retries once: the runner does the rest."""
    configuration = copy.copy(api_client.configuration)
    configuration.logger_file_handler = api_client.configuration.logger_file_handler
    configuration.logger_stream_handler = api_client.configuration.logger_stream_handler
    configuration.connection_pool_maxsize = max(size, configuration.connection_pool_maxsize or 1)
    configuration.retries = 1 if configuration.retries is None else configuration.retries
    client = copy.copy(api_client)
    client.configuration = configuration
    client.rest_client = copy.copy(api_client.rest_client)
    client.rest_client.configuration = configuration
    return client
