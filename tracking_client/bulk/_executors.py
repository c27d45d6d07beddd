"""Runs the task of a run in batches on a `concurrent.futures.Executor`, such as one of processes or of Dask."""

from __future__ import annotations

import os
import pickle
from concurrent.futures import BrokenExecutor, Executor, Future, wait
from typing import Any

from ..exceptions import ApiException, WorkerLostError
from ._jobs import RECHECK, Calls, Job, Task, first_line

BATCH_SIZE = 50
"""Items in a batch, whose calls are made one after the other. With calls of 20 ms, it takes about a second: long enough
that handing it over costs nothing in comparison, short enough that the batches end at about the same time."""

Batch = tuple[list[Job], "ApiException | None"]


class CallsOnExecutor(Calls):
    """Prepares jobs, and makes their calls, in batches on an executor.

    Args:
        task: what is done with each item. If the executor has processes, it is pickled, and so are items and results.
        executor: runs the batches.
    """

    batch_size = BATCH_SIZE

    def __init__(self, task: Task, executor: Executor) -> None:
        super().__init__(task)
        self._executor = executor
        self._futures: set[Future[Batch]] = set()

    def start(self) -> None:
        """Run an empty batch. A pool of processes starts them now, because to fork a process with threads is unsafe."""
        try:
            self._run([])
        except Exception as error:
            raise _worker_lost(error) from error

    def prepare(self, job: Job) -> None:
        """Do nothing: the executor prepares a job just before its call."""

    def call(self, jobs: list[Job]) -> ApiException | None:
        try:
            done, error = self._run(jobs)
        except Exception as error:
            if not isinstance(error, BrokenExecutor) and self._has_failed_without(jobs):
                return None
            raise _worker_lost(error) from error
        for job, copy in zip(jobs, done, strict=True):
            job.take(copy)
        return error

    def stop(self) -> None:
        for future in list(self._futures):
            future.cancel()

    def _run(self, jobs: list[Job]) -> Batch:
        # Dask returns the result of an earlier call with equal arguments, so no two batches may be equal.
        future = self._executor.submit(run_batch, self._task, jobs, os.urandom(16))
        self._futures.add(future)
        try:
            while not future.done():
                wait([future], RECHECK)  # without a timeout, Ctrl-C is not noticed on Windows
            return future.result()
        finally:
            self._futures.discard(future)

    def _has_failed_without(self, jobs: list[Job]) -> bool:
        """Fail the jobs whose items cannot be pickled. Return whether there are any."""
        for job in jobs:
            job.error = _error_of_pickling(job.item)
            job.done = job.error is not None
        return any(job.done for job in jobs)


def run_batch(task: Task, jobs: list[Job], unique: bytes) -> Batch:
    """Prepare jobs and make their calls. This is what the executor runs, maybe in another process.

    Args:
        task: what is done with each item.
        jobs: the jobs.
        unique: different for each batch; not used.

    Returns:
        The jobs, and the error of the first that is not done, or None.
    """
    firsts: dict[str | None, Job] = {}
    for job in jobs:
        if job.prepared is None:
            job.prepare(task)
        first = firsts.get(job.key)
        if first is not None and not job.done:
            job.first = first
        elif not job.done:
            failure = job.call(task)
            if failure is not None:
                return jobs, failure
            if job.key is not None and job.error is None:
                firsts[job.key] = job
        if job.error is not None and _error_of_pickling(job.error) is not None:
            job.error = RuntimeError(f"{type(job.error).__name__}: {job.error}")
    return jobs, None


def _worker_lost(cause: Exception) -> WorkerLostError:
    return WorkerLostError(f"the executor has lost a worker, or cannot run the calls: {first_line(cause)}")


def _error_of_pickling(value: Any) -> Exception | None:
    """Return why a value cannot be pickled and read again, or None."""
    try:
        pickle.loads(pickle.dumps(value))  # noqa: S301
    except Exception as error:
        return error
    return None
