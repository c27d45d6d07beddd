"""Tells an outage of the service from an error of one item."""

from __future__ import annotations

from ..exceptions import ApiException

__all__ = ["MAX_FAILURES_IN_A_ROW"]

MAX_FAILURES_IN_A_ROW = 10
"""After as many calls in a row that failed with a temporary error, each with its own retries, a run ends."""


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
