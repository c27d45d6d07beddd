"""Calls that a client makes in threads of its own."""

from __future__ import annotations

import atexit
import os
import time
from typing import TYPE_CHECKING, Any, Callable
from weakref import WeakSet

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult, ThreadPool

EXIT_GRACE = 10.0
"""How long, in seconds, the interpreter's exit waits for asynchronous calls that are under way."""


class CallThreads:
    """The threads of a client, which start with the first asynchronous call, and in a child of a fork anew."""

    def __init__(self) -> None:
        # Of each process the threads, and the calls that were given to them and that somebody still knows.
        self._started: dict[int, tuple[ThreadPool, WeakSet[AsyncResult[Any]]]] = {}

    def pool(self, size: int) -> ThreadPool:
        """The threads of this process; so many, if they have to be started."""
        return self._of_this_process(size)[0]

    def start(self, size: int, function: Callable[..., Any], arguments: tuple[Any, ...]) -> AsyncResult[Any]:
        """Calls a function in one of the threads; so many, if they have to be started."""
        pool, calls = self._of_this_process(size)
        call = pool.apply_async(function, arguments)
        calls.add(call)
        return call

    def close(self) -> None:
        """Waits for the calls that were started, and ends the threads."""
        started = self._started.pop(os.getpid(), None)
        if started is not None:
            started[0].close()
            started[0].join()
            atexit.unregister(self._finish)

    def _of_this_process(self, size: int) -> tuple[ThreadPool, WeakSet[AsyncResult[Any]]]:
        started = self._started.get(os.getpid())
        if started is None:
            # Imported for the first asynchronous call: it takes long.
            from multiprocessing.pool import ThreadPool

            pool = ThreadPool(size)
            started = self._started.setdefault(os.getpid(), (pool, WeakSet()))
            if started[0] is pool:
                atexit.register(self._finish)
            else:
                pool.close()
        return started

    def _finish(self) -> None:
        """Gives calls that are under way when the interpreter exits some time to end."""
        started = self._started.get(os.getpid())
        if started is None:
            return  # a fork: they are the parent's
        end = time.monotonic() + EXIT_GRACE
        for call in list(started[1]):
            call.wait(max(0.0, end - time.monotonic()))
