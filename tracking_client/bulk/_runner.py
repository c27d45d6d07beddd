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
from itertools import chain
from queue import Empty, SimpleQueue
from typing import Any, TypeVar

from ..exceptions import RunInterrupted, ServiceUnavailableError, WorkerLostError
from ._jobs import Calls, Job
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

_GRACE = 0.5
"""Seconds for which a run that ends early waits for the calls that have begun. Some are writes."""

INTERRUPTED = "interrupted; run it again to finish what is left (.left; what is done is in .results)"

ENDINGS = (ServiceUnavailableError, WorkerLostError, RunInterrupted)
"""What ends a run, and has the items that are left."""

Result = TypeVar("Result")


class Runner:
    """One run.

    Args:
        calls: prepares the items, and makes their calls.
        items: the items.
        max_workers: the number of threads that make calls.
        outages: waits while the service is not available.
    """

    def __init__(self, calls: Calls, items: Iterable[Any], max_workers: int, outages: Outages) -> None:
        self._calls = calls
        self._items = iter(items)
        self._max_workers = max_workers
        self._outages = outages
        self._ended = outages.ended
        self._jobs: deque[Job] = deque()  # in input order, from the first that has not been returned
        self._preparing: deque[Job] = deque()  # in input order, those that have not been handed over
        self._queue: SimpleQueue[Job | None] = SimpleQueue()  # None for the end
        self._recent: OrderedDict[str | None, Job] = OrderedDict()  # the last ones, by key
        self._readers: list[threading.Thread] = []
        self._callers: list[threading.Thread] = []
        self._reading, self._handing_over = threading.Lock(), threading.Lock()
        self._is_exhausted = False
        self._input_error: BaseException | None = None
        self._ending: BaseException | None = None

    def results(self, result_of: Callable[[Job], Result], report: Report) -> Iterator[Result]:
        """Yield the results in input order, then raise what has ended the run, if anything has.

        Args:
            result_of: returns the result of a job.
            report: is told the progress.
        """
        began = time.monotonic()
        try:
            self._calls.call([])  # a pool of processes starts them now: to fork a process with threads is unsafe
            self._start_threads()
            while self._has_result(began, report):
                result = result_of(self._jobs[0])
                self._jobs.popleft()
                report.update(getattr(result, "status", None), len(self._jobs) if self._is_exhausted else None)
                yield result
        except WorkerLostError as error:
            self._end(error)
        except KeyboardInterrupt:
            self._end(RunInterrupted(INTERRUPTED))
        finally:
            self._end(None)
            report.close()
        self._await_calls()
        left = []
        for _ in range(len(self._jobs)):
            job = self._jobs.popleft()
            if job.is_finished():
                yield result_of(job)
            else:
                left.append(job.item)
        ending = self._ending or self._input_error
        if ending is None:
            for thread in self._readers + self._callers:
                thread.join()
            return
        if isinstance(ending, ENDINGS):
            ending.left = chain(self._left(left), ending.left if ending is self._input_error else ())
        try:
            raise ending
        finally:  # no reference cycle
            self._ending = self._input_error = ending = None

    def _has_result(self, began: float, report: Report) -> bool:
        """Wait until the first job has a result. Return False at the end of the input, or of the run."""
        while not (self._jobs and self._jobs[0].is_finished()):
            if self._ended.is_set() or (self._is_exhausted and not self._jobs):
                return False
            report.wait_for(self._outages.message)
            if not self._readers and not self._is_exhausted and self._has_room():
                self._read_one()
            else:
                time.sleep(min(_NAP, (time.monotonic() - began) / 20))
        return True

    def _start_threads(self) -> None:
        """Start the first threads. If there can be only one, it makes the calls, and that of the user reads the items.

        Raises:
            RuntimeError: no thread can be started.
        """
        self._start(self._work, self._callers, self._max_workers)
        if not self._callers:
            raise RuntimeError("no thread can be started")
        self._start(self._read, self._readers, READERS)

    def _start(self, work: Callable[[], None], threads: list[threading.Thread], most: int) -> None:
        """Start a daemon thread, unless there are enough, or the system has none left: then there are fewer."""

        def guarded() -> None:
            try:
                work()
            except BaseException as error:
                self._end(error)

        if len(threads) < most:
            thread = threading.Thread(target=guarded, name="tracking_client.bulk", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return
            threads.append(thread)

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
            if time.perf_counter() - began > _SLOW:
                self._start(self._read, self._readers, READERS)
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
                if not job.done and not self._is_repeated(job):
                    self._queue.put(job)
                    self._start(self._work, self._callers, self._max_workers)
            if self._is_exhausted and not self._preparing:
                self._queue.put(None)

    def _is_repeated(self, job: Job) -> bool:
        """Return whether there is an earlier job with the same key that has not failed. Else remember this one."""
        first = self._recent.get(job.key)
        if first is not None and first.error is None:
            job.first = first
        elif job.key is not None:
            self._recent[job.key] = job
            if len(self._recent) > _RECENT:
                self._recent.popitem(last=False)
        return job.first is not None

    def _work(self) -> None:
        """Make calls until there are no more."""
        while jobs := self._take():
            self._outages.call(self._calls.call, jobs)
            if self._queue.empty():
                self._outages.release()
        self._outages.release()

    def _take(self) -> list[Job]:
        """Return the next jobs: as many as fit into a batch, fewer near the end of the input, none at its end."""
        jobs: list[Job] = []
        job = self._queue.get()
        while job is not None:
            jobs.append(job)
            share = 1 + self._queue.qsize() // self._max_workers if self._is_exhausted else self._calls.batch_size
            if len(jobs) >= min(share, self._calls.batch_size):
                return jobs
            try:
                job = self._queue.get(timeout=_NAP)
            except Empty:
                return jobs
        self._queue.put(None)  # for the other threads
        return jobs

    def _end(self, ending: BaseException | None) -> None:
        """Begin no further call, and raise an error after the results. Calls that have begun go on until they end."""
        if not self._ended.is_set() or isinstance(ending, RunInterrupted):
            self._ending = ending
        self._ended.set()
        self._queue.put(None)

    def _await_calls(self) -> None:
        """Wait a moment for the calls that have begun, so that their results are told."""
        end = time.monotonic() + _GRACE
        for thread in [*self._callers]:
            thread.join(max(0.0, end - time.monotonic()))

    def _left(self, items: list[Any]) -> Iterator[Any]:
        """Yield the items of jobs that had no result, those read later, then the rest of the input."""
        yield from items
        with self._reading:  # until the thread that reads, if any, has its item
            late = [job.item for job in self._jobs]
        yield from late
        yield from self._items
