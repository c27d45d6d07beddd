"""The thread pool for calls with ``async_req=True``."""

from __future__ import annotations

import atexit
import os
import threading
import time
from collections.abc import Callable
from functools import cache
from typing import Any
from weakref import WeakSet

from .._annotations import AsyncResult, ThreadPool
from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import ApiConnectionError

EXIT_TIMEOUT = 10.0
"""How long the interpreter's exit waits for calls in progress, in seconds, whatever the number of clients."""


class AsyncCalls:
    """The thread pool of a client.

    It starts with the first asynchronous call. After a fork, the child starts its own.
    """

    def __init__(self) -> None:
        self._started: dict[int, _Threads] = {}  # by process id

    def pool(self, size: int) -> ThreadPool:
        """Return the threads of this process; start that many if there are none.

        Raises:
            ApiTypeError, ApiValueError: the number is invalid.
            ApiConnectionError: the system has no more threads or file descriptors.
        """
        return self._of_this_process(size).pool

    def start(self, size: int, function: Callable[..., Any], *arguments: Any) -> AsyncResult[Any]:
        """Call a function in one of the threads; see `pool` for the number of threads and what is raised."""
        while True:
            call = self._of_this_process(size).start(function, arguments)
            if call is not None:
                return call
            # Another thread has closed the pool: start a new one.

    def close(self, wait: bool = True) -> None:
        """End the threads once they have finished their calls.

        Args:
            wait: whether to wait for that. If not, the interpreter's exit waits for `EXIT_TIMEOUT`.
        """
        started = self._started.pop(os.getpid(), None)
        if started is not None:
            started.close(wait)

    def _of_this_process(self, size: int) -> _Threads:
        started = self._started.get(os.getpid())
        if started is None:
            new = _Threads(_validate_size(size))
            started = self._started.setdefault(os.getpid(), new)
            if started is not new:
                new.close()
        return started


class _Threads:
    """A pool of threads, which can be closed while other threads start calls."""

    def __init__(self, size: int) -> None:
        try:
            # Imported for the first asynchronous call, because it takes long.
            from multiprocessing.pool import ThreadPool

            self.pool = ThreadPool(size)
        except (OSError, RuntimeError) as error:
            raise ApiConnectionError(0, f"cannot start threads: {error}") from error
        # The calls in progress to which somebody still has a reference.
        self._calls: WeakSet[AsyncResult[Any]] = WeakSet()
        self._is_closed = False
        # A `ThreadPool` never runs a call that is added while it is being closed.
        self._lock = threading.Lock()
        self._process = os.getpid()
        atexit.register(self._wait_at_exit)

    def start(self, function: Callable[..., Any], arguments: tuple[Any, ...]) -> AsyncResult[Any] | None:
        """Call a function in one of the threads. Return None if they are closed."""
        with self._lock:
            if self._is_closed:
                return None
            call = self.pool.apply_async(function, arguments)
            self._calls.add(call)
            return call

    def close(self, wait: bool = True) -> None:
        """End the threads once they have finished their calls, and perhaps wait for that."""
        with self._lock:
            self._is_closed = True
            self.pool.close()
        if wait:
            self.pool.join()
            atexit.unregister(self._wait_at_exit)

    def _wait_at_exit(self) -> None:
        if self._process != os.getpid():
            return  # in the child of a fork, they belong to the parent
        for call in list(self._calls):
            call.wait(max(0.0, _exit_deadline() - time.monotonic()))


@cache
def _exit_deadline() -> float:
    """Return when the interpreter's exit stops waiting, which all clients share, by `time.monotonic`."""
    return time.monotonic() + EXIT_TIMEOUT


def _validate_size(size: int) -> int:
    if isinstance(size, bool) or not isinstance(size, int):
        raise ApiTypeError(f"Invalid pool_threads {size!r}: must be an int")
    if size < 1:
        raise ApiValueError(f"Invalid pool_threads {size!r}: must be 1 or more")
    return size
