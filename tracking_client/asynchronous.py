"""Calls that a client makes in threads of its own."""

from __future__ import annotations

import atexit
import os
import time
from typing import TYPE_CHECKING, Any, Callable, NamedTuple
from weakref import WeakSet

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult, ThreadPool

EXIT_GRACE = 10.0
"""How long, in seconds, the interpreter's exit waits for asynchronous calls that are under way."""


class _Started(NamedTuple):
    """What was started in a process: threads, and the calls that were given to them and that somebody still knows."""

    pool: ThreadPool
    calls: WeakSet[AsyncResult[Any]]


class CallThreads:
    """The threads of a client, which start with the first asynchronous call, and in a child of a fork anew."""

    def __init__(self) -> None:
        self._started: dict[int, _Started] = {}

    def pool(self, size: int) -> ThreadPool:
        """The threads of this process; so many, if they have to be started."""
        return self._of_this_process(size).pool

    def start(self, size: int, function: Callable[..., Any], arguments: tuple[Any, ...]) -> AsyncResult[Any]:
        """Calls a function in one of the threads; so many, if they have to be started."""
        started = self._of_this_process(size)
        call = started.pool.apply_async(function, arguments)
        started.calls.add(call)
        return call

    def close(self) -> None:
        """Waits for the calls that were started, and ends the threads."""
        started = self._started.pop(os.getpid(), None)
        if started is not None:
            started.pool.close()
            started.pool.join()
            atexit.unregister(self._finish)

    def _of_this_process(self, size: int) -> _Started:
        started = self._started.get(os.getpid())
        if started is None:
            # Imported for the first asynchronous call: it takes long.
            from multiprocessing.pool import ThreadPool

            new = _Started(ThreadPool(size), WeakSet())
            started = self._started.setdefault(os.getpid(), new)
            if started is new:
                atexit.register(self._finish)
            else:
                new.pool.close()
        return started

    def _finish(self) -> None:
        """Gives calls that are under way when the interpreter exits some time to end."""
        started = self._started.get(os.getpid())
        if started is None:
            return  # a fork: they are the parent's
        end = time.monotonic() + EXIT_GRACE
        for call in list(started.calls):
            call.wait(max(0.0, end - time.monotonic()))
