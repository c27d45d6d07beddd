"""The thread pool for calls with ``async_req=True``."""

from __future__ import annotations

import atexit
import os
import time
from typing import TYPE_CHECKING, Any, Callable
from weakref import WeakSet

if TYPE_CHECKING:
    from multiprocessing.pool import AsyncResult, ThreadPool

EXIT_TIMEOUT = 10.0
"""How long the interpreter's exit waits for calls in progress, in seconds."""


class AsyncCalls:
    """The thread pool of a client.

    It starts with the first asynchronous call. After a fork, the child starts its own.
    """

    def __init__(self) -> None:
        # By process id: the threads, and the calls in progress to which somebody still has a reference.
        self._started: dict[int, tuple[ThreadPool, WeakSet[AsyncResult[Any]]]] = {}

    def pool(self, size: int) -> ThreadPool:
        """Return the threads of this process; start that many if there are none."""
        return self._of_this_process(size)[0]

    def start(self, size: int, function: Callable[..., Any], *arguments: Any) -> AsyncResult[Any]:
        """Call a function in one of the threads; start that many if there are none."""
        while True:
            pool, calls = self._of_this_process(size)
            try:
                call = pool.apply_async(function, arguments)
            except ValueError:
                continue  # another thread has closed the pool: start a new one
            calls.add(call)
            return call

    def close(self) -> None:
        """Wait for the calls in progress, then end the threads."""
        started = self._started.pop(os.getpid(), None)
        if started is not None:
            started[0].close()
            started[0].join()
            atexit.unregister(self._wait_at_exit)

    def _of_this_process(self, size: int) -> tuple[ThreadPool, WeakSet[AsyncResult[Any]]]:
        started = self._started.get(os.getpid())
        if started is None:
            # Imported for the first asynchronous call, because it takes long.
            from multiprocessing.pool import ThreadPool

            pool = ThreadPool(size)
            started = self._started.setdefault(os.getpid(), (pool, WeakSet()))
            if started[0] is pool:
                atexit.register(self._wait_at_exit)
            else:
                pool.close()
        return started

    def _wait_at_exit(self) -> None:
        started = self._started.get(os.getpid())
        if started is None:
            return  # in the child of a fork, they belong to the parent
        deadline = time.monotonic() + EXIT_TIMEOUT
        for call in list(started[1]):
            call.wait(max(0.0, deadline - time.monotonic()))
