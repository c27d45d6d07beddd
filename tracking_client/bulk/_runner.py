"""Runs a task for each of many items in threads, and returns the results in input order.

One kind of thread reads items and prepares them, another makes the calls, and the thread of the user waits for the
results. The jobs are handed over in input order, so of those with the same key the first is called.

If a call fails temporarily, its thread holds a lock that all others pass before a call, and probes the service until it
responds. So an outage is ridden out by one thread while the others wait.
"""

from __future__ import annotations

import copy
import logging
import operator
import os
import random
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Executor
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TypeVar, cast

from urllib3 import Retry

from .._transport.retry_policy import MAX_RETRY_AFTER, retry_after
from ..api.file_api import FileApi
from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import (
    ApiException,
    RunInterrupted,
    ServiceUnavailableError,
    WorkerLostError,
)
from ._jobs import RECHECK, Calls, Job, Task, first_line, is_no_items_fault
from ._progress import Progress, Report, report_of

MAX_WORKERS = 16
"""The default number of calls at the same time. The real service handles 15 requests that need its database at once."""

PATIENCE = 60.0
"""For how long an outage is ridden out by default, in seconds, once the service has responded in the run."""

LOOK_AHEAD = 256
"""How many items for each worker are read ahead of the results, so that one slow call does not stall the others."""

PREPARED = 256
"""How many items are prepared before a call is free for them. To prepare one may read a large file."""

READERS = (os.cpu_count() or 1) + 2
"""The most threads that prepare items: two more than there are processors, for those that wait for a disk."""

_SLOW = 0.001
"""Seconds. If it takes longer to prepare an item, there is another thread for the next ones."""

_RECENT = 1024
"""How many different keys are remembered, so that a repeated one needs no call."""

_ATTEMPTS = 5
"""An item whose call fails temporarily so often, while the service responds to others, has failed."""

_MAX_DELAY = 5.0
"""The longest delay between two probes, in seconds."""

_NAP = 0.01
"""Seconds. To look for results, or for room in the look-ahead, more often than that takes a tenth of the processor."""

_log = logging.getLogger("tracking_client.bulk")

ENDINGS = (ServiceUnavailableError, WorkerLostError, RunInterrupted)
"""What ends a run, and has the items that are left."""

Result = TypeVar("Result")


class Runner:
    """One run.

    Args:
        calls: prepares the items, and makes their calls.
        items: the items.
        max_workers: the number of threads that make calls.
        patience: for how long an outage is ridden out, in seconds; None for `PATIENCE` once the service has responded.
        probe: calls the service; returns the error if it does not respond, else None.
    """

    def __init__(
        self,
        calls: Calls,
        items: Iterable[Any],
        max_workers: int,
        patience: float | None,
        probe: Callable[[], ApiException | None],
    ) -> None:
        self._calls = calls
        self._items = iter(items)
        self._max_workers = max_workers
        self._patience = patience
        self._probe = probe
        self._jobs: deque[Job] = deque()  # in input order, from the first that has not been returned
        self._preparing: deque[Job] = deque()  # in input order, those that have not been handed over
        self._queue: SimpleQueue[Job | None] = SimpleQueue()  # None for the end
        self._recent: OrderedDict[str, Job] = OrderedDict()  # the last ones, by key
        self._threads: list[threading.Thread] = []
        self._readers = self._callers = 0
        self._reading, self._handing_over, self._gate, self._lock = (threading.Lock() for _ in range(4))
        self._news = threading.Event()  # for the thread that waits for results
        self._ended = threading.Event()
        self._ending: BaseException | None = None
        self._is_exhausted = False
        self._input_error: BaseException | None = None
        self._has_responded = False
        self._pauses = 0
        self._outage: str | None = None
        self._suspects: list[Job] = []  # have failed in a row, while the service responds to the probe

    def results(self, result_of: Callable[[Job], Result], report: Report) -> Iterator[Result]:
        """Yield the results in input order, then raise what has ended the run, if anything has.

        Args:
            result_of: returns the result of a job.
            report: is told the progress.
        """
        returned = 0
        try:
            self._start()
            while not self._is_complete() and not self._ended.is_set():
                self._wait(report, is_busy=returned > 100)
                while self._has_result():
                    job = self._jobs[0]
                    result = result_of(job)
                    returned += 1
                    report.update(returned)
                    job.is_returned = True
                    yield result
                    self._jobs.popleft()
        except WorkerLostError as error:
            self._end(error)
        except KeyboardInterrupt:
            self._end(RunInterrupted("interrupted; run it again to finish what is left"))
        finally:
            self._stop()
            report.close()
        yield from self._last_results(result_of)

    def _last_results(self, result_of: Callable[[Job], Result]) -> Iterator[Result]:
        """Yield the results past those that are missing, then raise what has ended the run."""
        ending = self._ending or self._input_error
        if ending is None:
            for thread in self._threads:
                thread.join()
            return
        for job in list(self._jobs):
            if job.is_finished() and not job.is_returned:
                job.is_returned = True
                yield result_of(job)
        if isinstance(ending, ENDINGS):
            ending.left = self._left()
        raise ending

    def _is_complete(self) -> bool:
        return self._is_exhausted and not self._jobs

    def _wait(self, report: Report, is_busy: bool) -> None:
        """Wait until the first job has a result."""
        if self._readers == 0 and not self._is_exhausted and self._has_room():
            self._read_one()
            return
        if is_busy:
            time.sleep(_NAP)
        self._news.clear()
        if not self._is_complete() and not self._has_result():
            self._news.wait(RECHECK)
        report.wait_for(self._outage)

    def _has_result(self) -> bool:
        """Return whether the first job has a result."""
        try:
            return self._jobs[0].is_finished()
        except IndexError:
            return False

    def _start(self) -> None:
        """Start the first threads. If there can be only one, it makes the calls, and this thread reads the items.

        Raises:
            RuntimeError: no thread can be started.
            WorkerLostError: the executor cannot run the task.
        """
        self._calls.start()
        self._start_caller()
        if self._callers == 0:
            raise RuntimeError("no thread can be started")
        self._start_reader()

    def _start_caller(self) -> None:
        if self._callers < self._max_workers:
            self._callers += self._is_started(self._work)

    def _start_reader(self) -> None:
        if self._readers < READERS:
            self._readers += self._is_started(self._read)

    def _is_started(self, work: Callable[[], None]) -> bool:
        """Start a daemon thread. Return False if the system has none left: then there are fewer."""
        thread = threading.Thread(target=work, name="tracking_client.bulk", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            return False
        self._threads.append(thread)
        return True

    def _read(self) -> None:
        """Read and prepare items until the input ends."""
        while self._read_one():
            pass

    def _read_one(self) -> bool:
        """Read an item, prepare it and hand it over. Return False at the end of the input, or of the run."""
        job = self._next_job()
        if job is not None:
            began = time.perf_counter()
            self._calls.prepare(job)
            job.is_ready = True
            if self._readers and time.perf_counter() - began > _SLOW:
                self._start_reader()
        self._hand_over()
        return job is not None

    def _next_job(self) -> Job | None:
        with self._reading:
            while not self._has_room() and not self._ended.is_set():
                time.sleep(_NAP)
            if self._ended.is_set() or self._is_exhausted:
                return None
            try:
                job = Job(next(self._items))
            except BaseException as error:
                self._input_error = None if isinstance(error, StopIteration) else error
                self._is_exhausted = True
                self._news.set()
                return None
            self._preparing.append(job)
            self._jobs.append(job)
            return job

    def _has_room(self) -> bool:
        """Return whether the look-ahead has room for another item."""
        is_prepared = self._queue.qsize() + len(self._preparing) >= PREPARED
        return len(self._jobs) < LOOK_AHEAD * self._max_workers and not is_prepared

    def _hand_over(self) -> None:
        """Hand the jobs that are prepared to those who make the calls, in input order."""
        with self._handing_over:
            while self._preparing and self._preparing[0].is_ready:
                job = self._preparing.popleft()
                if job.done:
                    continue
                job.first = self._earlier(job)
                if job.first is None:
                    self._queue.put(job)
                    self._start_caller()
            if self._is_exhausted and not self._preparing:
                self._queue.put(None)
        self._tell()

    def _earlier(self, job: Job) -> Job | None:
        """Return an earlier job with the same key, if it has not failed; else None, and remember this one."""
        if job.key is None:
            return None
        first = self._recent.get(job.key)
        if first is not None and first.error is None:
            return first
        self._recent[job.key] = job
        if len(self._recent) > _RECENT:
            self._recent.popitem(last=False)
        return None

    def _tell(self) -> None:
        """Wake the thread that waits for results, if there is one."""
        if self._has_result():
            self._news.set()

    def _work(self) -> None:
        """Make calls until there are no more."""
        try:
            while jobs := self._take():
                while jobs and not self._ended.is_set():
                    with self._gate:  # not during an outage
                        pauses = self._pauses
                    error = self._calls.call(jobs)
                    jobs = self._not_done(jobs)
                    self._tell()
                    if error is not None:
                        self._after_failure(error, jobs, pauses)
        except BaseException as error:
            self._end(error)
        self._fail_suspects()

    def _take(self) -> list[Job]:
        """Return the next jobs: as many as fit into a batch, fewer near the end of the input, none at its end."""
        jobs: list[Job] = []
        size = 1
        while len(jobs) < size:
            try:
                job = self._queue.get(timeout=_NAP if jobs else None)
            except Empty:
                break
            if job is None:
                self._queue.put(None)  # for the other threads
                break
            jobs.append(job)
            size = self._calls.batch_size
            if self._is_exhausted:
                size = min(size, 1 + self._queue.qsize() // self._max_workers)
        return jobs

    def _not_done(self, jobs: list[Job]) -> list[Job]:
        """Return those without an outcome. If one has an outcome of the service, the suspects failed by themselves."""
        if any(job.done and job.prepared is not None for job in jobs):
            self._has_responded = True
            if self._suspects:
                self._fail_suspects()
        return [job for job in jobs if not job.done]

    def _after_failure(self, error: ApiException, jobs: list[Job], pauses: int) -> None:
        """Wait until the service responds, or end the run. An item that fails too often is taken from the jobs.

        Args:
            error: how the call of the first job failed.
            jobs: the jobs without an outcome.
            pauses: the number of pauses when the call began.
        """
        if is_no_items_fault(error):
            self._end(_unavailable(error))
            return
        with self._gate:
            if self._pauses == pauses and not self._ended.is_set():  # else another thread has waited
                self._slow_down(error) if error.status == 429 else self._ride_out(error)
                self._pauses += 1
        if error.status != 429:
            jobs[0].attempts += 1
            if jobs[0].attempts >= _ATTEMPTS:
                self._suspect(jobs.pop(0), error)

    def _slow_down(self, error: ApiException) -> None:
        """Wait for as long as a 429 asks for."""
        self._has_responded = True
        seconds = retry_after(Retry(), cast(Any, error))
        self._ended.wait(1.0 if seconds is None else min(seconds, MAX_RETRY_AFTER))

    def _ride_out(self, error: ApiException) -> None:
        """Wait until the service responds to the probe. After the patience, end the run."""
        patience = self._patience
        if patience is None:
            patience = PATIENCE if self._has_responded else 0.0
        deadline = time.monotonic() + patience
        delay = 0.25
        while (failure := self._probe()) is not None and not self._ended.is_set():
            remaining = deadline - time.monotonic()
            if remaining <= 0 or is_no_items_fault(failure):
                self._end(_unavailable(failure))
            elif self._outage is None:
                self._outage = f"the service is not available, waiting for it for up to {patience:g} s"
                _log.warning("%s: %s", self._outage, first_line(error))
            self._ended.wait(min(delay * random.uniform(0.5, 1), remaining))  # noqa: S311
            delay = min(2 * delay, _MAX_DELAY)
        self._has_responded |= failure is None
        self._outage = None

    def _suspect(self, job: Job, error: ApiException) -> None:
        """Keep a job that failed too often, until another call tells whether it is the item or the service.

        If more than there are workers fail in a row, it is the service, although it responds to the probe.
        """
        job.error = error
        with self._lock:
            self._suspects.append(job)
        if len(self._suspects) > self._max_workers:
            self._end(_unavailable(error))
        elif self._queue.empty():
            self._fail_suspects()

    def _fail_suspects(self) -> None:
        with self._lock:
            suspects, self._suspects = self._suspects, []
        for job in suspects if not self._ended.is_set() else ():
            job.done = True
        self._tell()

    def _end(self, ending: BaseException) -> None:
        """End the run by raising an error in the thread that waits for results."""
        with self._lock:
            if self._ending is None or isinstance(ending, RunInterrupted):
                self._ending = ending
        self._stop()

    def _stop(self) -> None:
        """Begin no further call. Those that have begun go on until they end."""
        self._ended.set()
        self._queue.put(None)
        self._news.set()
        self._calls.stop()

    def _left(self) -> Iterator[Any]:
        """Yield the items that have no result, then the rest of the input."""
        jobs = list(self._jobs)
        yield from (job.item for job in jobs if not job.is_returned)
        with self._reading:  # until the thread that reads, if any, has its item
            late = list(self._jobs)[len(jobs) :]
        yield from (job.item for job in late)
        yield from self._items


def _unavailable(cause: ApiException) -> ServiceUnavailableError:
    problem = "is not available" if cause.temporary else "cannot be used"
    error = ServiceUnavailableError(f"the service {problem}: {first_line(cause)}")
    error.__cause__ = cause
    return error


def validate(items: object, max_workers: object, patience: object, executor: object) -> None:
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
    validate(items, max_workers, patience, executor)
    total = operator.length_hint(items, -1)
    report = report_of(progress, total if total >= 0 else None)

    def results() -> Iterator[Result]:
        client = _client_of_run(api_client, max_workers)
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


def _client_of_run(api_client: ApiClient, size: int) -> ApiClient:
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
