"""Runs a task for each of many items in batches on a `concurrent.futures.Executor`."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, Future, wait
from itertools import chain, islice
from typing import Any

from ._preparation import Task
from ._scheduling import RECHECK, RecentKeys, Result, Run
from .outages import OutageDetector

BATCH_SIZE = 50
"""Items in a batch, whose calls are made one after the other. With calls of 20 ms, it takes about a second: long enough
that handing it over costs nothing in comparison, short enough that the batches end at about the same time."""


class BatchedRun(Run[Result]):
    """An iterator of the results of a task, one for each item, in input order.

    Args:
        task: what to do with each item. If the executor has processes, it is pickled.
        items: the items.
        executor: runs the batches.
        max_batches: how many batches the executor has at the same time, at most.
    """

    def __init__(self, task: Task[Result], items: Iterable[Any], executor: Executor, max_batches: int) -> None:
        self._task = task
        self._items = iter(items)
        self._executor = executor
        self._max_batches = max_batches
        self._batches: deque[tuple[list[Any], Future[list[Result]]]] = deque()
        self._results: deque[Result] = deque()
        self._without_result: list[Any] = []

    def __next__(self) -> Result:
        while not self._results:
            while len(self._batches) < self._max_batches and self._submit():
                pass
            if not self._batches:
                raise StopIteration
            future = self._batches[0][1]
            while not future.done():
                wait([future], RECHECK)  # without a timeout, Ctrl-C is not noticed on Windows
            self._read_results(*self._batches[0])
            self._batches.popleft()
        return self._results.popleft()

    def _read_results(self, batch: list[Any], future: Future[list[Result]]) -> None:
        results = future.result()
        self._results.extend(results)
        self._without_result.extend(batch[len(results) :])

    def _submit(self) -> bool:
        """Hand over the next batch. Return whether there was one."""
        batch = list(islice(self._items, BATCH_SIZE))
        if batch:
            # Dask returns the result of an earlier call with equal arguments, so no two batches may be equal.
            self._batches.append((batch, self._executor.submit(call_each, self._task, batch, os.urandom(16))))
        return bool(batch)

    def finished(self) -> Iterator[Result]:
        self.stop()
        pending: deque[tuple[list[Any], Future[list[Result]]]] = deque()
        for batch, future in self._batches:
            if future.done() and not future.cancelled() and future.exception() is None:
                self._read_results(batch, future)
            else:
                pending.append((batch, future))
        self._batches = pending
        while self._results:
            yield self._results.popleft()

    def left(self) -> Iterator[Any]:
        self.stop()
        return chain(self._without_result, *(batch for batch, _ in self._batches), self._items)

    def stop(self) -> None:
        for _, future in self._batches:
            future.cancel()


def call_each(task: Task[Result], batch: list[Any], unique: bytes) -> list[Result]:
    """Return the results for the items of a batch. This is what the executor runs, maybe in another process.

    Args:
        task: what to do with each item.
        batch: the items.
        unique: different for each batch; not used.

    Returns:
        The results, fewer than there are items if the service is not available.
    """
    first_results: RecentKeys[Result] = RecentKeys()
    outages = OutageDetector()
    results = []
    for item in batch:
        prepared = task.prepare(item)
        key = task.key(prepared)
        first = None if key is None else first_results.get(key)
        result = task.call(prepared) if first is None else task.repeated(prepared, first)
        results.append(result)
        if key is not None and result.error is None:
            first_results.add(key, result)
        if outages.is_down_after(result.error):
            break
    return results
