"""Runs a task for each of many items in threads, and returns the results in input order.

One kind of thread reads items and prepares them, another makes the calls, and the thread of the user waits for the
results. The jobs are handed over in input order, so of those with the same key the first is called.
"""

from __future__ import annotations

import os
import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable, Iterable, Iterator
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from ..exceptions import (
    ApiException,
    RunInterrupted,
    ServiceUnavailableError,
    WorkerLostError,
)
from ._jobs import RECHECK, Calls, Job
from ._outages import Outages
from ._progress import Report

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

_NAP = 0.01
"""Seconds. To look for results, or for room in the look-ahead, more often than that takes a tenth of the processor."""

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
        self._jobs: deque[Job] = deque()  # in input order, from the first that has not been returned
        self._preparing: deque[Job] = deque()  # in input order, those that have not been handed over
        self._queue: SimpleQueue[Job | None] = SimpleQueue()  # None for the end
        self._recent: OrderedDict[str, Job] = OrderedDict()  # the last ones, by key
        self._threads: list[threading.Thread] = []
        self._readers = self._callers = 0
        self._reading, self._handing_over, self._lock = (threading.Lock() for _ in range(3))
        self._news = threading.Event()  # for the thread that waits for results
        self._ended = threading.Event()
        self._ending: BaseException | None = None
        self._is_exhausted = False
        self._input_error: BaseException | None = None
        self._outages = Outages(max_workers, patience, probe, self._ended)

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
        try:
            raise ending
        finally:  # no reference cycle
            self._ending = self._input_error = ending = None

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
        report.wait_for(self._outages.message)

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
                    pauses = self._outages.wait()
                    error = self._calls.call(jobs)
                    if any(job.done and job.prepared is not None for job in jobs):
                        self._outages.end_doubt(has_responded=True)
                    jobs = [job for job in jobs if not job.done]
                    if error is not None and self._outages.has_failed(jobs[0], error, pauses):
                        del jobs[0]
                    if self._queue.empty():
                        self._outages.end_doubt()
                    self._tell()
            self._outages.end_doubt()
            self._tell()
        except BaseException as error:
            self._end(error)

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
