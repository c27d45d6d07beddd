"""Starts a run of many calls: the arguments that all of them have, and the client that they use."""

from __future__ import annotations

import copy
import operator
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from typing import Any, NamedTuple, TypeVar, cast

from .._tracebacks import shortened
from .._wire.urls import parse_host
from ..api.file_api import FileApi
from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import ApiException
from ._jobs import Calls, Job, Task, is_no_items_fault
from ._outages import Outages
from ._progress import Progress, Step, report_of
from ._runner import ENDINGS, Runner
from .results import entry_left

MAX_WORKERS = 16
"""The default number of calls at the same time. The real service handles 15 requests that need its database at once."""

Result = TypeVar("Result")


class RunOptions(NamedTuple):
    """How the calls of a run are made. They are validated by `run_options`.

    Attributes:
        max_workers: the number of calls at the same time.
        patience: for how long an outage is ridden out, in seconds; None for `PATIENCE` once the service has responded.
        progress: see `report_of`.
        executor: what runs the calls; None for threads of this process.
        step: what a bar says of the run.
    """

    max_workers: int
    patience: float | None
    progress: Progress | bool | None
    executor: Executor | None
    step: Step = Step()


def run_options(
    max_workers: int, patience: float | None, progress: Progress | bool | None, executor: Executor | None = None
) -> RunOptions:
    """Return the options of a run before it begins.

    Raises:
        ApiTypeError, ApiValueError: one is invalid.
    """
    _validate_number("max_workers", max_workers, int, 1)
    if patience is not None:
        _validate_number("patience", patience, (int, float), 0)
    if executor is not None and not isinstance(executor, Executor):
        raise ApiTypeError(f"Invalid type for `executor` ({executor!r}), must be a concurrent.futures.Executor")
    return RunOptions(max_workers, patience, progress, executor)


def _validate_number(name: str, value: Any, types: Any, least: int) -> None:
    if isinstance(value, bool) or not isinstance(value, types):
        kind = "an int" if types is int else "a number"
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be {kind}")
    if not value >= least:
        raise ApiValueError(f"Invalid value for `{name}` ({value!r}), must be {least} or more")


def run(
    api_client: ApiClient,
    task_of: Callable[[ApiClient], Task],
    items: Iterable[Any],
    result_of: Callable[[Job], Result],
    options: RunOptions,
) -> Iterator[Result]:
    """Return an iterator of the results of a task, one for each item, in input order.

    Args:
        api_client: the client. In a run, a copy is used, whose calls are retried once if the user set no number.
        task_of: makes the task for a client.
        items: the items. If they are results, and the run ends early, its error has entries in their place.
        result_of: returns what becomes of a job.
        options: how the calls are made.

    Raises:
        ApiTypeError: the client is none, the progress is invalid, or tqdm is not installed.
        ApiValueError: the host of the client is invalid.
    """
    if not hasattr(api_client, "configuration"):
        raise ApiTypeError(f"Invalid type for `api_client` ({api_client!r}), must be an ApiClient")
    parse_host(api_client.configuration.host)  # otherwise each item would fail
    max_workers, patience, progress, executor, step = options
    total = operator.length_hint(items, -1)
    report = report_of(progress, total if total >= 0 else None, step)

    def results() -> Iterator[Result]:
        __tracebackhide__ = True
        with _client_of(api_client, max_workers) as client:
            outages = Outages(max_workers, patience, partial(probe, client))
            task = task_of(client)
            calls = Calls(task, report.add_hashed)
            if executor is not None:
                from ._executors import CallsOnExecutor  # imported only where there is an executor

                calls = CallsOnExecutor(task, executor, outages.ended)
            try:
                yield from Runner(calls, items, max_workers, outages).results(result_of, report)
            except ENDINGS as error:
                error.left = map(entry_left, error.left)
                raise shortened(error)  # noqa: B904

    return results()


def call_patiently(api_client: ApiClient, function: Callable[[], Result], patience: float | None = None) -> Result:
    """Call a function, again after an outage.

    Args:
        api_client: the client that the function uses.
        function: the function.
        patience: as for `RunOptions`.

    Raises:
        ServiceUnavailableError: the service cannot be used.
        Exception: whatever else the function has raised.
    """
    job = Job(None)
    outages = Outages(1, patience, partial(probe, api_client))
    outages.call(lambda jobs: job.call(lambda _: function()), [job])
    if job.error is not None:
        raise job.error
    return cast(Result, job.value)


def probe(api_client: ApiClient, timeout: float) -> ApiException | None:
    """Ask the service for a file that does not exist. Return the error if it does not respond, else None.

    Args:
        api_client: the client.
        timeout: for how long to wait for the response, in seconds, unless the client's own timeout is shorter.
    """
    own = api_client.configuration.timeout
    try:
        FileApi(api_client).files_md5sum_get(
            "0" * 32, _request_timeout=min(timeout, own) if isinstance(own, (int, float)) else timeout
        )
    except ApiException as error:
        if is_no_items_fault(error) or (error.temporary and error.status != 429):
            return error
    return None


def _client_of(api_client: ApiClient, size: int) -> ApiClient:
    """Return a copy of the client that keeps as many connections open, and retries once: the runner does the rest."""
    configuration = copy.copy(api_client.configuration)
    configuration.connection_pool_maxsize = max(size, configuration.connection_pool_maxsize or 1)
    configuration.retries = 1 if configuration.retries is None else configuration.retries
    client = copy.copy(api_client)
    client.rest_client = copy.copy(api_client.rest_client)
    client.configuration = client.rest_client.configuration = configuration
    return client
