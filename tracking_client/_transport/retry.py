"""Whether a failed attempt is retried, and after what delay: one loop, in the order in which things happen."""

from __future__ import annotations

import logging
import math
import random
import time
from typing import TYPE_CHECKING, Optional, Union

from urllib3 import Retry
from urllib3.exceptions import HTTPError, InvalidHeader

from ..argument_errors import ApiTypeError, ApiValueError, OpenApiException
from .call_log import CallLog
from .deadline import Call
from .errors import TRANSPORT_ERRORS, describe, is_transient
from .exchange import PoolOf, send_once
from .prepared_request import SAFE_METHODS, PreparedRequest
from .response import RESTResponse, read

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse


DEFAULT_RETRIES = 3
"""How many times a request is retried unless the configuration says otherwise."""

MAX_RETRIES = 100
"""How many times a request is retried at most, whatever the policy says."""

BACKOFF = 0.5
"""The longest delay before the first retry, in seconds. It doubles with each retry."""

MAX_BACKOFF = 8.0
"""The longest delay before any retry, in seconds, unless the server asks for another."""

MAX_RETRY_AFTER = 30
"""The longest ``Retry-After`` that is obeyed, in seconds. After a longer one the response is raised as an error."""

IDEMPOTENT_METHODS = SAFE_METHODS | {"PUT", "DELETE"}
"""Methods that have the same effect if they are processed twice (RFC 9110, section 9.2.2)."""

RETRIED_STATUSES = frozenset([429, 502, 503, 504])
"""The statuses of a service, or of a proxy in front of it, that is unavailable for the moment."""

LOST_STATUSES = frozenset([502, 504])
"""The statuses of a proxy that did not receive a valid response: the service may have processed the request."""

UNAVAILABLE_STATUSES = frozenset([429, *range(500, 600)])
"""The statuses that say nothing about an earlier attempt whose response was lost."""

sleep = time.sleep
"""How to wait for a backoff delay; a test may replace it."""


def validate_retries(retries: Union[int, Retry, None]) -> Union[int, Retry]:
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
    return retries


def max_retries(retries: Union[int, Retry]) -> int:
    """Return how many times a request is retried at most."""
    total = retries.total if isinstance(retries, Retry) else retries
    return MAX_RETRIES if total is None else min(int(total), MAX_RETRIES)


def send(request: PreparedRequest, pool_of: PoolOf, call: Call, log: CallLog) -> Union[RESTResponse, BaseHTTPResponse]:
    """Send a request, and retry it as its policy allows.

    Args:
        request: the request.
        pool_of: returns the connection pool for an origin.
        call: the call that the request belongs to.
        log: where failed attempts and delays are logged.

    Returns:
        The response, with any status. Its body is unread if it was successful and the request says so.

    Raises:
        ApiResponseError: the content coding of a success is broken.
        ApiConnectionError: there were too many redirects.
        Exception: the last one of `errors.TRANSPORT_ERRORS`.
    """
    policy = _policy_of(request.retries)
    attempt = 1
    while True:
        try:
            response = send_once(request, pool_of, call)
            delay = _allowed(policy.delay_after_response(request, response, attempt), attempt, call)
            if delay is None:
                is_success = 200 <= response.status <= 299
                return read(response) if request.read_body or not is_success else response
            failure = f"{response.status} {response.reason}"
            call.response_lost |= response.status in LOST_STATUSES
            # Its connection is not worth the time that the rest of the body may take.
            response.close()
        except OpenApiException:
            raise
        except TRANSPORT_ERRORS as error:
            failure = describe(error)
            call.response_lost |= call.sent
            delay = None
            if isinstance(error, HTTPError):
                delay = _allowed(policy.delay_after_error(request, error, attempt, call.sent), attempt, call)
            if delay is None:
                log(logging.DEBUG, "%s %s: attempt %d failed: %s", request.method, request.url, attempt, failure)
                raise
        log(logging.INFO, "%s %s: retry %d in %.3g s: %s", request.method, request.url, attempt, delay, failure)
        if delay > 0:
            sleep(delay)
        attempt += 1


def _allowed(delay: Optional[float], attempt: int, call: Call) -> Optional[float]:
    """Return the delay, or None if the retry would be one too many, or begin after the deadline."""
    return None if delay is None or attempt > MAX_RETRIES or delay >= call.remaining() else delay


class DefaultPolicy:
    """Retries what is safe to retry.

    That is a request that was not sent because the server could not be reached; and if its method is idempotent, also
    one whose connection broke, or whose response was 429, 502, 503 or 504. A timeout is never retried.

    Attempts are counted from 1.

    Args:
        retries: the number of retries.
    """

    def __init__(self, retries: int) -> None:
        self.retries = retries

    def delay_after_response(
        self, request: PreparedRequest, response: BaseHTTPResponse, attempt: int
    ) -> Optional[float]:
        """Return the delay before the next attempt in seconds, or None if there is none."""
        if (
            response.status not in RETRIED_STATUSES
            or request.method not in IDEMPOTENT_METHODS
            or attempt > self.retries
        ):
            return None
        asked = retry_after(_RETRY_AFTER_PARSER, response)
        return self._backoff(attempt) if asked is None else asked

    def delay_after_error(
        self, request: PreparedRequest, error: HTTPError, attempt: int, sent: bool
    ) -> Optional[float]:
        """Return the delay before the next attempt in seconds, or None if there is none."""
        if attempt > self.retries or not is_transient(error) or (sent and request.method not in IDEMPOTENT_METHODS):
            return None
        return self._backoff(attempt)

    def _backoff(self, attempt: int) -> float:
        """Return a delay by exponential backoff with jitter, so that the jobs of a cluster do not retry in step."""
        return random.uniform(0, min(MAX_BACKOFF, BACKOFF * 2 ** (attempt - 1)))  # noqa: S311


class Urllib3Policy:
    """Retries what a user's own `urllib3.Retry` says.

    Args:
        retry: the policy. It is not changed: urllib3 makes a new one for each attempt.
    """

    def __init__(self, retry: Retry) -> None:
        self._retry = retry

    def delay_after_response(
        self, request: PreparedRequest, response: BaseHTTPResponse, attempt: int
    ) -> Optional[float]:
        """Return the delay before the next attempt in seconds, or None if there is none."""
        if not self._retry.is_retry(request.method, response.status, "Retry-After" in response.headers):
            return None
        return self._delay(request, response=response)

    def delay_after_error(
        self, request: PreparedRequest, error: HTTPError, attempt: int, sent: bool
    ) -> Optional[float]:
        """Return the delay before the next attempt in seconds, or None if there is none."""
        return self._delay(request, error=error)

    def _delay(
        self,
        request: PreparedRequest,
        response: Optional[BaseHTTPResponse] = None,
        error: Optional[HTTPError] = None,
    ) -> Optional[float]:
        try:
            self._retry = self._retry.increment(request.method, request.url, response=response, error=error)
        except HTTPError:
            return None  # the policy is exhausted, or does not retry this
        asked = None
        if response is not None and self._retry.respect_retry_after_header:
            asked = retry_after(self._retry, response)
        return self._retry.get_backoff_time() if asked is None else asked


def _policy_of(retries: Union[int, Retry]) -> Union[DefaultPolicy, Urllib3Policy]:
    return DefaultPolicy(retries) if isinstance(retries, int) else Urllib3Policy(retries)


_RETRY_AFTER_PARSER = Retry()


def retry_after(policy: Retry, response: BaseHTTPResponse) -> Optional[float]:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110, section 10.2.3).

    None if it is missing or malformed; infinity if it is longer than `MAX_RETRY_AFTER`.
    """
    try:
        seconds = policy.get_retry_after(response)
    except (InvalidHeader, OverflowError, ValueError):
        return None
    return math.inf if seconds is not None and seconds > MAX_RETRY_AFTER else seconds
