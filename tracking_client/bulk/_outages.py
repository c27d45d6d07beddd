"""What a run does while the service is not available, and how it tells that from an item that alone keeps failing.

If a call fails temporarily, its thread takes a lock that all threads pass before a call, and probes the service until
it responds. So an outage is ridden out by one thread while the others wait.
"""

from __future__ import annotations

import logging
import random
import threading
import time
from collections.abc import Callable
from typing import Any, cast

from urllib3 import Retry

from .._transport.retry_policy import MAX_RETRY_AFTER, retry_after
from ..exceptions import ApiException, ServiceUnavailableError
from ._jobs import Job, first_line, is_no_items_fault

PATIENCE = 60.0
"""For how long an outage is ridden out by default, in seconds, once the service has responded in the run."""

_ATTEMPTS = 5
"""An item whose call fails temporarily so often, while the service responds to others, has failed."""

_MAX_DELAY = 5.0
"""The longest delay between two probes, in seconds."""

_log = logging.getLogger("tracking_client.bulk")


class Outages:
    """The outages of a run.

    Args:
        max_workers: the number of threads that make calls.
        patience: for how long an outage is ridden out, in seconds; None for `PATIENCE` once the service has responded.
        probe: calls the service; returns the error if it does not respond, else None.
        ended: is set at the end of the run.

    Attributes:
        message: what the run waits for; None if it does not.
    """

    def __init__(
        self,
        max_workers: int,
        patience: float | None,
        probe: Callable[[], ApiException | None],
        ended: threading.Event,
    ) -> None:
        self._max_workers = max_workers
        self._patience = patience
        self._probe = probe
        self._ended = ended
        self._gate, self._lock = threading.Lock(), threading.Lock()
        self._has_responded = False
        self._pauses = 0
        self._suspects: list[Job] = []  # have failed too often, while the service responds to the probe
        self._in_a_row = 0  # how many have, since another call has succeeded
        self.message: str | None = None

    def wait(self) -> int:
        """Wait until there is no outage. Return the number of pauses so far."""
        with self._gate:
            return self._pauses

    def has_failed(self, job: Job, error: ApiException, pauses: int) -> bool:
        """Wait until the service responds. Return whether a job has failed too often by itself.

        Args:
            job: the job.
            error: how its call failed.
            pauses: the number of pauses when the call began.

        Raises:
            ServiceUnavailableError: the service cannot be used, or has not responded for the patience.
        """
        if is_no_items_fault(error):
            raise _unavailable(error)
        with self._gate:
            if self._pauses == pauses and not self._ended.is_set():  # else another thread has waited
                self._slow_down(error) if error.status == 429 else self._ride_out(error)
                self._pauses += 1
        if error.status != 429:
            job.attempts += 1
            if job.attempts >= _ATTEMPTS:
                self._suspect(job, error)
                return True
        return False

    def end_doubt(self, has_responded: bool = False) -> None:
        """Fail the suspects: the service has responded to another call, or there is none that could tell more."""
        if has_responded:
            self._has_responded = True
            self._in_a_row = 0
        if self._suspects and not self._ended.is_set():
            with self._lock:
                suspects, self._suspects = self._suspects, []
            for job in suspects:
                job.done = True

    def _suspect(self, job: Job, error: ApiException) -> None:
        """Keep a job that failed too often, until another call tells whether it is the item or the service.

        If more than there are workers fail in a row, it is the service, although it responds to the probe.
        """
        job.error = error
        with self._lock:
            self._suspects.append(job)
            self._in_a_row += 1
        if self._in_a_row > self._max_workers:
            raise _unavailable(error)

    def _slow_down(self, error: ApiException) -> None:
        """Wait for as long as a 429 asks for."""
        self._has_responded = True
        seconds = retry_after(Retry(), cast(Any, error))
        self._ended.wait(1.0 if seconds is None else min(seconds, MAX_RETRY_AFTER))

    def _ride_out(self, error: ApiException) -> None:
        """Wait until the service responds to the probe, for as long as the run is patient."""
        patience = self._patience
        if patience is None:
            patience = PATIENCE if self._has_responded else 0.0
        deadline = time.monotonic() + patience
        delay = 0.25
        while (failure := self._probe()) is not None and not self._ended.is_set():
            remaining = deadline - time.monotonic()
            if remaining <= 0 or is_no_items_fault(failure):
                raise _unavailable(failure)
            if self.message is None:
                self.message = f"the service is not available, waiting for it for up to {patience:g} s"
                _log.warning("%s: %s", self.message, first_line(error))
            self._ended.wait(min(delay * random.uniform(0.5, 1), remaining))  # noqa: S311
            delay = min(2 * delay, _MAX_DELAY)
        self._has_responded |= failure is None
        self.message = None


def _unavailable(cause: ApiException) -> ServiceUnavailableError:
    problem = "is not available" if cause.temporary else "cannot be used"
    error = ServiceUnavailableError(f"the service {problem}: {first_line(cause)}")
    error.__cause__ = cause
    return error
