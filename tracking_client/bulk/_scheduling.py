"""Runs a step for each of many items in threads, and returns the results in input order, with a bounded look-ahead.

The threads share one iterator. So there is no queue, and for each item only a small object that holds its result.
"""

from __future__ import annotations

import contextlib
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Generic, Protocol, TypeVar

LOOK_AHEAD = 8
"""How many items for each thread are taken from the input before their results are asked for. Where one call takes
longer than the others, the other threads go on until there are that many results behind it."""

_RECENT = 1024
"""How many different keys are remembered, at least, so that a repeated one needs no call."""

_LEAST_RESULTS_PER_WAKE_UP = 8
_LONGEST_WAKE_UP_DELAY = 0.02
"""The thread that waits for results is woken once for several: for as many as there are threads, at least
`_LEAST_RESULTS_PER_WAKE_UP`, or after `_LONGEST_WAKE_UP_DELAY` seconds. To wake it for each takes a tenth to a fifth of
the processor time of a run."""

RECHECK = 0.5
"""Seconds after which a thread that waits looks again. On Windows, Ctrl-C is not noticed before."""

_PENDING: Any = object()


class HasError(Protocol):
    """A result, which says whether the call failed."""

    @property
    def error(self) -> Exception | None: ...


Item = TypeVar("Item")
_Item = TypeVar("_Item", contravariant=True)
Result = TypeVar("Result", bound=HasError)


class Step(Protocol[_Item, Result]):
    """What is done with each item. It is used by several threads."""

    def key(self, item: _Item) -> str | None:
        """Return the key of an item: of items with the same key that are near, only the first needs a call."""

    def call(self, item: _Item) -> Result:
        """Return the result for an item. If the item is invalid or its call fails, the result has an error."""

    def repeated(self, item: _Item, first: Result) -> Result:
        """Return the result for an item from that for an earlier item with the same key."""

    def original(self, item: _Item) -> Any:
        """Return the item as the user gave it."""


class Run(ABC, Generic[Result]):
    """An iterator of results that can be stopped, and then tells what is left."""

    def __iter__(self) -> Iterator[Result]:
        return self

    @abstractmethod
    def __next__(self) -> Result:
        """Return the next result; wait for it if need be."""

    @abstractmethod
    def finished(self) -> Iterator[Result]:
        """Stop, and yield the results that there are already, in input order, past those that are missing."""

    @abstractmethod
    def left(self) -> Iterator[Any]:
        """Stop, and return an iterator of the items whose results were not returned, and of the rest of the input."""

    @abstractmethod
    def stop(self) -> None:
        """Begin no further call. Those that have begun go on until they end."""


class ThreadedRun(Run[Result], Generic[Item, Result]):
    """An iterator of the results of a step, one for each item, in input order.

    Its threads start one after the other with the first items, so that few items need few threads. They are daemons: a
    call that takes long does not delay the end of the process.

    Args:
        step: what to do with each item.
        items: the items, which are taken by one of the threads at a time.
        max_workers: the number of threads.
    """

    def __init__(self, step: Step[Item, Result], items: Iterable[Item], max_workers: int) -> None:
        self._step = step
        self._items = iter(items)
        self._max_workers = max_workers
        self._look_ahead = LOOK_AHEAD * max_workers
        self._threads: list[threading.Thread] = []
        self._recent: RecentKeys[_Slot] = RecentKeys()
        self._taken = 0
        self._returned = 0
        self._taking = threading.Lock()
        self._room: threading.Lock | None = None  # held by the thread that waits until the look-ahead has room
        self._head = self._tail = _Slot()
        self._is_stopped = False

    def __next__(self) -> Result:
        slot = self._head
        if slot.result is _PENDING:
            if not self._threads and not self._is_stopped:
                self._start_thread()
            self._wait_for(slot)
        if slot.raised is not None:
            self.stop()
            raise slot.raised
        if slot.next is None:
            if not self._is_stopped:
                for thread in self._threads:
                    thread.join()
            raise StopIteration
        # A slot that is remembered must not keep those behind it in memory.
        self._head, slot.next = slot.next, None
        self._returned += 1
        if self._room is not None:
            _release(self._room)
        return self._result_of(slot)

    def finished(self) -> Iterator[Result]:
        self.stop()
        for slot in self._slots():
            first = slot.first or slot
            if first.result is not _PENDING and first.raised is None:
                slot.is_returned = True
                yield self._result_of(slot)

    def left(self) -> Iterator[Any]:
        self.stop()
        with self._taking:
            left = [self._step.original(slot.item) for slot in self._slots() if not slot.is_returned]
        return chain(left, rest_of(self._items))

    def stop(self) -> None:
        self._is_stopped = True
        for lock in (self._room, self._head.waiter):
            if lock is not None:
                _release(lock)
        if isinstance(self._items, Run):
            self._items.stop()

    def _slots(self) -> Iterator[_Slot]:
        """Yield the slots of the items that were taken and not returned."""
        slot = self._head
        while slot.next is not None:
            yield slot
            slot = slot.next

    def _result_of(self, slot: _Slot) -> Result:
        result: Result = slot.result
        return result if slot.first is None else self._step.repeated(slot.item, slot.first.result)

    def _wait_for(self, slot: _Slot) -> None:
        """Wait for the result of the first slot, and a little for those behind it."""
        later = self._pending_slot_behind(slot)
        if later is not slot:
            waiter = later.new_waiter()
            if later.result is _PENDING:
                waiter.acquire(timeout=_LONGEST_WAKE_UP_DELAY)
        if slot.result is not _PENDING:
            return
        waiter = slot.new_waiter()
        while slot.result is _PENDING:
            if self._is_stopped:
                raise StopIteration
            waiter.acquire(timeout=RECHECK)

    def _pending_slot_behind(self, slot: _Slot) -> _Slot:
        """Return the last pending slot among those that the thread is woken for at once, beginning with this one."""
        pending = slot
        for _ in range(max(_LEAST_RESULTS_PER_WAKE_UP, len(self._threads))):
            if slot.next is None:
                break
            if slot.result is _PENDING:
                pending = slot
            slot = slot.next
        return pending

    def _start_thread(self) -> None:
        thread = threading.Thread(target=self._work, name="tracking_client.bulk", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _work(self) -> None:
        call = self._step.call
        while True:
            with self._taking:
                slot = self._take()
                if slot is None:
                    return
                if len(self._threads) < self._max_workers:
                    self._start_thread()
            try:
                result = call(slot.item)
            except BaseException as error:
                slot.raised = error
                result = None
            slot.result = result
            if slot.waiter is not None:
                _release(slot.waiter)

    def _take(self) -> _Slot | None:
        """Return the slot of the next item that needs a call; None if there is none, or the run is stopped."""
        while True:
            if self._taken - self._returned >= self._look_ahead:
                self._wait_for_room()
            slot = self._tail
            if self._is_stopped or slot.result is not _PENDING:
                return None
            try:
                slot.item = item = next(self._items)
                key = self._step.key(item)
            except BaseException as error:
                if not isinstance(error, StopIteration):
                    slot.raised = error
                slot.finish(None)
                return None
            self._tail = slot.next = _Slot()
            self._taken += 1
            first = None if key is None else self._recent.get(key)
            if first is not None and (first.result is _PENDING or (first.result and first.result.error is None)):
                # The first one is in front of this one, so its result is there when that of this one is returned.
                slot.first = first
                slot.finish(None)
                continue
            if key is not None:
                self._recent.add(key, slot)
            return None if self._is_stopped else slot

    def _wait_for_room(self) -> None:
        room = threading.Lock()
        room.acquire()
        self._room = room
        while self._taken - self._returned >= self._look_ahead and not self._is_stopped:
            room.acquire(timeout=RECHECK)
        self._room = None


class _Slot:
    """The place of one item in the order of the input. The last one has no item yet, or the input has ended there."""

    __slots__ = ("first", "is_returned", "item", "next", "raised", "result", "waiter")

    def __init__(self) -> None:
        self.item: Any = None
        self.first: _Slot | None = None  # the slot of an earlier item with the same key, if there is one
        self.next: _Slot | None = None
        self.raised: BaseException | None = None  # by the input, or by a fault of the step
        self.result: Any = _PENDING
        self.is_returned = False
        self.waiter: threading.Lock | None = None  # held by the thread that waits for the result

    def new_waiter(self) -> threading.Lock:
        """Return a held lock, which is released when there is a result. The caller looks again before it waits."""
        waiter = threading.Lock()
        waiter.acquire()
        self.waiter = waiter
        return waiter

    def finish(self, result: Any) -> None:
        """Set the result, and wake the thread that waits for it."""
        self.result = result
        if self.waiter is not None:
            _release(self.waiter)


Value = TypeVar("Value")


class RecentKeys(Generic[Value]):
    """Remembers the values of the last keys: of at least `_RECENT` and at most twice as many, in two generations."""

    def __init__(self) -> None:
        self._new: dict[str, Value] = {}
        self._old: dict[str, Value] = {}

    def get(self, key: str) -> Value | None:
        """Return the value of a key, or None if it is not remembered."""
        return self._new.get(key) or self._old.get(key)

    def add(self, key: str, value: Value) -> None:
        """Remember the value of a key."""
        if len(self._new) >= _RECENT:
            self._new, self._old = {}, self._new
        self._new[key] = value


def rest_of(items: Iterator[Any]) -> Iterator[Any]:
    """Return what is left of an input, as the user gave it."""
    return items.left() if isinstance(items, Run) else items


def _release(lock: threading.Lock) -> None:
    """Release a lock that another thread may have released already."""
    with contextlib.suppress(RuntimeError):
        lock.release()
