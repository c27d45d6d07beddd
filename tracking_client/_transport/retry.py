"""The retry loop: decide whether a failed attempt is retried, and after what delay."""

from __future__ import annotations

import logging
import math
import random
import time
from typing import TYPE_CHECKING

from urllib3 import Retry
from urllib3.exceptions import HTTPError, InvalidHeader

from ..argument_errors import ApiTypeError, ApiValueError, OpenApiException
from .call_log import CallLog
from .deadline import Call
from .errors import TRANSPORT_ERRORS, describe, is_from_caller, is_transient, release_frames
from .exchange import PoolOf, send_once
from .prepared_request import SAFE_METHODS, PreparedRequest
from .response import RESTResponse, read

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse


DEFAULT_RETRIES = 3
"""The default number of retries."""

MAX_RETRIES = 100
"""The maximum number of retries, whatever the policy."""

BACKOFF = 0.5
"""The longest delay before the first retry, in seconds. It doubles with each retry."""

MAX_BACKOFF = 8.0
"""The longest delay before any retry, in seconds, unless the server asks for another."""

MAX_RETRY_AFTER = 30
"""The longest ``Retry-After`` that is honoured, in seconds. After a longer one, the response is raised as an error."""

IDEMPOTENT_METHODS = SAFE_METHODS | {"PUT", "DELETE"}
"""Methods that have the same effect if they are processed twice (RFC 9110, section 9.2.2)."""

RETRIED_STATUSES = frozenset([429, 502, 503, 504])
"""Statuses that mean the service, or a proxy in front of it, is temporarily unavailable."""

LOST_STATUSES = frozenset([502, 504])
"""The statuses of a proxy that did not receive a valid response: the service may have processed the request."""

_RETRY_AFTER_PARSER = Retry()


def sleep(seconds: float) -> None:
    """Wait for a backoff delay. A test may replace this."""
    time.sleep(seconds)  # gevent and eventlet replace this one


def validate_retries(retries: int | Retry | None) -> int | Retry:
    """Return the number of retries, or the user's policy, of a `Configuration`.

    Raises:
        ApiTypeError: the setting is neither an int nor a `urllib3.Retry`.
        ApiValueError: the number is negative.
    """
    if retries is None:
        return DEFAULT_RETRIES
    if isinstance(retries, Retry):
        return retries
    if isinstance(retries, bool) or not isinstance(retries, int):
        raise ApiTypeError(f"Invalid retries {retries!r}: must be an int or a urllib3.Retry")
    if retries < 0:
        raise ApiValueError(f"Invalid retries {retries!r}: must be 0 or more")
    return min(retries, MAX_RETRIES)


def send(
    request: PreparedRequest, pool_of: PoolOf, call: Call, log: CallLog, policy: RetryPolicy | None = None
) -> RESTResponse | BaseHTTPResponse:
    """Send a request, and retry it as its policy allows.

    Args:
        request: the request.
        pool_of: returns the connection pool for an origin.
        call: the call that the request belongs to.
        log: where failed attempts and delays are logged.
        policy: the policy of the call, which counts its retries; None for a new one.

    Returns:
        The response, with any status. Its body is unread if it was successful and the request says so.

    Raises:
        ApiResponseError: the content coding of a success is broken.
        ApiConnectionError: there were too many redirects.
        Exception: the last one of `errors.TRANSPORT_ERRORS`.
    """
    policy = policy or policy_of(request.retries)
    while True:
        try:
            response = send_once(request, pool_of, call)
            delay = policy.delay_after_response(request, response)
            if delay is None or within_limits(delay, policy, call) is None:
                is_success = 200 <= response.status <= 299
                return read(response) if request.read_body or not is_success else response
            failure = f"{response.status} {response.reason}"
            call.response_lost |= response.status in LOST_STATUSES
            # Close the connection rather than read the rest of the body.
            response.close()
        except OpenApiException:
            raise
        except TRANSPORT_ERRORS as error:
            if is_from_caller(error):
                raise
            failure = describe(error)
            call.connection_failed = True
            call.response_lost |= call.sent
            delay = None
            if isinstance(error, HTTPError):
                delay = within_limits(policy.delay_after_error(request, error, call.sent), policy, call)
            if delay is None:
                attempt = policy.retries_made + 1
                log(logging.DEBUG, "%s %s: attempt %d failed: %s", request.method, request.url, attempt, failure)
                raise
            release_frames(error)
        wait(delay, policy, request, failure, log)


def wait(delay: float, policy: RetryPolicy, request: PreparedRequest, failure: str, log: CallLog) -> None:
    """Count and log a retry, and wait before it.

    Args:
        delay: the delay in seconds.
        policy: the policy of the call.
        request: the request that is sent again.
        failure: why.
        log: where the retry is logged.
    """
    policy.retries_made += 1
    message = "%s %s: retry %d in %.3g s: %s"
    log(logging.INFO, message, request.method, request.url, policy.retries_made, delay, failure)
    if delay > 0:
        sleep(delay)


def within_limits(delay: float | None, policy: RetryPolicy, call: Call) -> float | None:
    """Return the delay, or None if the retry would be one too many, or begin after the deadline."""
    if delay is None or policy.retries_made >= policy.max_retries or delay >= call.remaining():
        return None
    return delay


class RetryPolicy:
    """Decides whether a request is sent again, and after what delay. Each call has a policy of its own.

    A delay is in seconds; None stands for no further attempt.

    Attributes:
        max_retries: the maximum number of retries.
        retries_made: the number of retries so far.
    """

    def __init__(self, max_retries: int) -> None:
        self.max_retries = max_retries
        self.retries_made = 0

    def delay_after_response(self, request: PreparedRequest, response: BaseHTTPResponse) -> float | None:
        """Return the delay after a response."""
        raise NotImplementedError

    def delay_after_error(self, request: PreparedRequest, error: HTTPError, sent: bool) -> float | None:
        """Return the delay after an error, before which the request was sent or not."""
        raise NotImplementedError

    def backoff(self) -> float:
        """Return the backoff delay before the next retry."""
        raise NotImplementedError


class DefaultPolicy(RetryPolicy):
    """Retries what is safe to retry.

    That is a request that was not sent because the server could not be reached. If its method is idempotent, also one
    whose connection broke, or whose response was 429, 502, 503 or 504; and after such a response, a POST whose outcome
    can be looked up. A timeout is never retried.
    """

    def delay_after_response(self, request: PreparedRequest, response: BaseHTTPResponse) -> float | None:
        is_safe_to_retry = request.method in IDEMPOTENT_METHODS or request.can_be_looked_up
        if response.status not in RETRIED_STATUSES or not is_safe_to_retry:
            return None
        requested = retry_after(_RETRY_AFTER_PARSER, response)
        return self.backoff() if requested is None else requested

    def delay_after_error(self, request: PreparedRequest, error: HTTPError, sent: bool) -> float | None:
        if not is_transient(error) or (sent and request.method not in IDEMPOTENT_METHODS):
            return None
        return self.backoff()

    def backoff(self) -> float:
        """Return a delay by exponential backoff with jitter, so that the jobs of a cluster do not retry in step."""
        return random.uniform(0, min(MAX_BACKOFF, BACKOFF * 2**self.retries_made))  # noqa: S311


class Urllib3Policy(RetryPolicy):
    """Retries what a user's own `urllib3.Retry` says.

    Args:
        retry: the user's policy. It is not changed: urllib3 makes a new one for each attempt.
    """

    def __init__(self, retry: Retry) -> None:
        super().__init__(MAX_RETRIES if retry.total is None else min(int(retry.total), MAX_RETRIES))
        self._retry = retry

    def delay_after_response(self, request: PreparedRequest, response: BaseHTTPResponse) -> float | None:
        if not self._retry.is_retry(request.method, response.status, "Retry-After" in response.headers):
            return None
        try:
            self._retry = self._retry.increment(request.method, request.url, response=response)
        except HTTPError:
            return None  # the user's policy is exhausted
        requested = retry_after(self._retry, response) if self._retry.respect_retry_after_header else None
        return self.backoff() if requested is None else requested

    def delay_after_error(self, request: PreparedRequest, error: HTTPError, sent: bool) -> float | None:
        try:
            self._retry = self._retry.increment(request.method, request.url, error=error)
        except HTTPError:
            return None  # the user's policy is exhausted, or does not retry this
        return self.backoff()

    def backoff(self) -> float:
        return self._retry.get_backoff_time()


def policy_of(retries: int | Retry) -> RetryPolicy:
    """Return a new policy for a number of retries, or for a user's own policy."""
    return DefaultPolicy(retries) if isinstance(retries, int) else Urllib3Policy(retries)


def retry_after(policy: Retry, response: BaseHTTPResponse) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110, section 10.2.3).

    None if it is missing or malformed; infinity if it is longer than `MAX_RETRY_AFTER`.
    """
    try:
        seconds = policy.get_retry_after(response)
    except (InvalidHeader, OverflowError, ValueError):
        return None
    return math.inf if seconds is not None and seconds > MAX_RETRY_AFTER else seconds
