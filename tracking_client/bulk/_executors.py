"""Runs the task of a run in batches on a `concurrent.futures.Executor`, such as one of processes or of Dask."""

from __future__ import annotations

import os
import pickle
import threading
from concurrent.futures import BrokenExecutor, Executor, wait
from typing import Any

from ..exceptions import ApiException, WorkerLostError
from ._jobs import Calls, Job, Task, first_line, run_batch

BATCH_SIZE = 50
"""Items in a batch, whose calls are made one after the other. With calls of 20 ms, it takes about a second: long enough
that handing it over costs nothing in comparison, short enough that the batches end at about the same time."""

_RECHECK = 0.1
"""Seconds after which the end of the run is noticed while a batch waits for a worker."""


class CallsOnExecutor(Calls):
    """Prepares jobs, and makes their calls, in batches on an executor.

    Args:
        task: what is done with each item. If the executor has processes, it is pickled, and so are items and results.
        executor: runs the batches.
        ended: is set at the end of the run. Then no further batch begins.
    """

    batch_size = BATCH_SIZE

    def __init__(self, task: Task, executor: Executor, ended: threading.Event) -> None:
        super().__init__(task)
        self._executor = executor
        self._ended = ended

    def prepare(self, job: Job) -> None:
        """Do nothing: the executor prepares a job just before its call."""

    def call(self, jobs: list[Job]) -> ApiException | None:
        try:
            copies, failure = self._run(jobs)
        except Exception as error:
            if not isinstance(error, BrokenExecutor) and _fail_those_that_cannot_be_pickled(jobs):
                return None
            message = f"the executor has lost a worker, or cannot run the calls: {first_line(error)}"
            raise WorkerLostError(message) from error
        for job, copy in zip(jobs, copies, strict=True):
            job.prepared, job.value, job.error = copy.prepared, copy.value, copy.error
            job.first, job.done = copy.first, copy.done
        return failure

    def _run(self, jobs: list[Job]) -> tuple[list[Job], ApiException | None]:
        # Dask returns the result of an earlier call with equal arguments, so no two batches may be equal.
        future = self._executor.submit(_run_there, self._task, jobs, os.urandom(16))
        while not future.done():
            wait([future], _RECHECK)
            if self._ended.is_set():
                future.cancel()
        return future.result()


def _run_there(task: Task, jobs: list[Job], unique: bytes) -> tuple[list[Job], ApiException | None]:
    """Run a batch, maybe in another process. Return the jobs, and the error of the first that is not done, or None."""
    failure = run_batch(task, jobs)
    for job in jobs:
        if job.error is not None and _error_of_pickling(job.error) is not None:
            job.error = RuntimeError(f"{type(job.error).__name__}: {job.error}")
    return jobs, failure


def _fail_those_that_cannot_be_pickled(jobs: list[Job]) -> bool:
    """Fail the jobs whose items cannot be pickled. Return whether there are any."""
    for job in jobs:
        job.error = _error_of_pickling(job.item)
        job.done = job.error is not None
    return any(job.done for job in jobs)


def _error_of_pickling(value: Any) -> Exception | None:
    """Return why a value cannot be pickled and read again, or None."""
    try:
        pickle.loads(pickle.dumps(value))  # noqa: S301
    except Exception as error:
        return error
    return None
