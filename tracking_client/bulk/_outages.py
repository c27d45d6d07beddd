"""What a run does while the service is not available, and how it tells that from an item that alone keeps failing.

If a call fails temporarily, its thread takes a lock that all threads pass before a call, and probes the service until
it responds. So an outage is ridden out by one thread while the others wait. A job that fails too often is kept until
another call tells whether it is the item or the service.
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

_LEAST_TIMEOUT = 5.0
"""For how long a probe waits for a response at least, in seconds, also if the patience ends before."""

_log = logging.getLogger("tracking_client.bulk")


class Outages:
    """The outages of a run.

    Args:
        max_workers: the number of threads that make calls.
        patience: for how long an outage is ridden out, in seconds; None for `PATIENCE` once the service has responded.
        probe: calls the service with a timeout in seconds; returns the error if it does not respond, else None.

    Attributes:
        ended: is set at the end of the run: then nothing waits any more.
        message: what the run waits for; None if it does not.
    """

    def __init__(self, max_workers: int, patience: float | None, probe: Callable[[float], ApiException | None]) -> None:
        self._max_workers = max_workers
        self._patience = patience
        self._probe = probe
        self._gate = threading.Lock()
        self._has_responded = False
        self._pauses = 0
        self._suspects: list[Job] = []  # those that have failed too often, since the last call that succeeded
        self.ended = threading.Event()
        self.message: str | None = None

    def call(self, call: Callable[[list[Job]], ApiException | None], jobs: list[Job]) -> None:
        """Make the calls of jobs, again after an outage, until each is done, or has failed too often.

        Args:
            call: makes the calls in order; returns the error of the first that is not done, or None.
            jobs: the jobs.

        Raises:
            ServiceUnavailableError: the service cannot be used, or has not responded for the patience.
        """
        while jobs and not self.ended.is_set():
            with self._gate:  # until there is no outage
                pauses = self._pauses
            error = call(jobs)
            if any(job.done and job.prepared is not None for job in jobs):
                self._end_doubt()
            jobs = [job for job in jobs if not job.done]
            if error is not None and self._has_failed(jobs[0], error, pauses):
                del jobs[0]

    def release(self) -> None:
        """Fail those that have failed too often, because no call is under way that could tell more."""
        if not self.ended.is_set():
            for job in self._suspects:
                job.done = True

    def _end_doubt(self) -> None:
        """Fail those that have failed too often, because another call has succeeded: it is not the service."""
        self._has_responded = True
        if self._suspects:
            with self._gate:
                self.release()
                self._suspects.clear()

    def _has_failed(self, job: Job, error: ApiException, pauses: int) -> bool:
        """Wait until the service responds. Return whether a job has failed too often.

        Args:
            job: the job.
            error: how its call failed.
            pauses: the number of pauses when the call began.
        """
        if is_no_items_fault(error):
            raise _unavailable(error)
        with self._gate:
            if self._pauses == pauses and not self.ended.is_set():  # else another thread has waited
                self._slow_down(error) if error.status == 429 else self._ride_out(error)
                self._pauses += 1
            if error.status == 429:
                return False
            job.attempts += 1
            if job.attempts < _ATTEMPTS:
                return False
            job.error = error
            self._suspects.append(job)
            if len(self._suspects) > self._max_workers:  # it is the service, although it responds to the probe
                raise _unavailable(error)
            return True

    def _slow_down(self, error: ApiException) -> None:
        """Wait for as long as a 429 asks for."""
        self._has_responded = True
        seconds = retry_after(Retry(), cast(Any, error))
        self.ended.wait(1.0 if seconds is None else min(seconds, MAX_RETRY_AFTER))

    def _ride_out(self, error: ApiException) -> None:
        """Wait until the service responds to the probe, for as long as the run is patient."""
        patience = self._patience
        if patience is None:
            patience = PATIENCE if self._has_responded else 0.0
        deadline = time.monotonic() + patience
        delay = 0.25
        remaining = patience
        while (failure := self._probe(max(remaining, _LEAST_TIMEOUT))) is not None and not self.ended.is_set():
            remaining = deadline - time.monotonic()
            if remaining <= 0 or is_no_items_fault(failure):
                raise _unavailable(failure)
            if self.message is None:
                self.message = f"the service is not available, waiting for it for up to {patience:g} s"
                _log.warning("%s: %s", self.message, first_line(error))
            self.ended.wait(min(delay * random.uniform(0.5, 1), remaining))  # noqa: S311
            delay = min(2 * delay, _MAX_DELAY)
        self._has_responded |= failure is None
        self.message = None


def _unavailable(cause: ApiException) -> ServiceUnavailableError:
    problem = "is not available" if cause.temporary else "cannot be used"
    error = ServiceUnavailableError(f"the service {problem}: {first_line(cause)}")
    error.__cause__ = cause
    return error
