"""Tells an outage of the service from an error of one item."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..argument_errors import OpenApiException
from ..exceptions import ApiException

__all__ = ["MAX_FAILURES_IN_A_ROW", "ServiceUnavailableError"]

MAX_FAILURES_IN_A_ROW = 10
"""After as many calls in a row that failed with a temporary error, each with its own retries, a run ends."""


class ServiceUnavailableError(OpenApiException):
    """The service is not available: many calls in a row failed with a temporary error. The last one is chained.

    Args:
        message: the message.
        returned: the number of results that were returned before.
        left: the items that have no result yet.

    Attributes:
        returned: the number of results that were returned before (int). The last of them have failed.
        left: an iterator of the items that have no result yet, those of the input that were not read included. It can
            be passed to a later run.
    """

    def __init__(self, message: str, returned: int, left: Iterator[Any]) -> None:
        super().__init__(message)
        self.returned = returned
        self.left = left


class OutageDetector:
    """Counts temporary errors in a row."""

    def __init__(self) -> None:
        self._failures = 0

    def is_down_after(self, error: Exception | None) -> bool:
        """Return whether the service is not available, after a further call with this error, or None for none."""
        if error is None or not isinstance(error, ApiException) or not error.temporary:
            self._failures = 0
            return False
        self._failures += 1
        return self._failures >= MAX_FAILURES_IN_A_ROW
