"""What a call with ``async_req=True`` returns."""

from __future__ import annotations

from collections.abc import Generator
from multiprocessing.pool import AsyncResult
from typing import Any, NoReturn

from ._tracebacks import short_traceback


class AsyncCall(AsyncResult):  # type: ignore[type-arg]
    """An `AsyncResult` whose errors have a short traceback, and which says that it cannot be awaited.

    Args:
        started: the result of the pool, to which everything is passed on.
    """

    def __init__(self, started: AsyncResult[Any]) -> None:
        self._started = started

    @short_traceback
    def get(self, timeout: float | None = None) -> Any:
        """Return the result of the call, or raise its error.

        Args:
            timeout: how long to wait, in seconds; None for no limit.

        Raises:
            multiprocessing.TimeoutError: the call has not ended by then.
        """
        return self._started.get(timeout)

    def wait(self, timeout: float | None = None) -> None:
        """Wait until the call has ended, or for a number of seconds."""
        self._started.wait(timeout)

    def ready(self) -> bool:
        """Return whether the call has ended."""
        return self._started.ready()

    def successful(self) -> bool:
        """Return whether the call has ended without an error.

        Raises:
            ValueError: it has not ended.
        """
        return self._started.successful()

    def __await__(self) -> Generator[Any, None, NoReturn]:
        raise TypeError(
            "the result of async_req=True cannot be awaited: call its get(), or await asyncio.to_thread(method, ...)"
        )
