"""Retry policies: which failed attempts are retried, and after what delay."""

from __future__ import annotations

import math
import random
from typing import Any, TypeAlias, cast

from urllib3 import BaseHTTPResponse, Retry
from urllib3.exceptions import HTTPError, InvalidHeader

from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import TEMPORARY_STATUSES
from .deadline import Call
from .errors import is_broken_connection, is_timeout, is_transient, raise_callers_error, root_cause
from .prepared_request import SAFE_METHODS, PreparedRequest
from .response import Outcome

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
"""Methods that have the same effect if they are processed twice (RFC 9110, section 9.2.2).

A PUT of this service only if the first one has ended before the second: see `delay_after`.
"""

_RETRY_AFTER_PARSER = Retry()


class _Policy:
    """What the policies have in common. Each call has a policy of its own.

    A delay is in seconds; None stands for no further attempt.

    Attributes:
        max_retries: the maximum number of retries.
        retries_made: the number of retries so far.
    """

    def __init__(self, max_retries: int) -> None:
        self.max_retries = max_retries
        self.retries_made = 0


class DefaultPolicy(_Policy):
    """Retries what is safe to retry.

    That is a request that was not sent, because the connection was refused or the host name could not be looked up for
    the moment. If its method is idempotent, also one whose connection broke, or whose response has one of
    `TEMPORARY_STATUSES`; and after such a response, a POST that can be looked up. A timeout is never retried.
    """

    def delay_after_response(self, request: PreparedRequest, response: BaseHTTPResponse) -> float | None:
        """Return the delay after a response."""
        if response.status not in TEMPORARY_STATUSES:
            return None
        # After a 500, which is the service's own, the POST is looked up first.
        is_safe_post = response.status != 500 and request.look_up_url is not None
        if request.method not in IDEMPOTENT_METHODS and not is_safe_post:
            return None
        requested = retry_after(_RETRY_AFTER_PARSER, response)
        return self.backoff(response) if requested is None else requested

    def delay_after_error(self, request: PreparedRequest, error: Exception, sent: bool) -> float | None:
        """Return the delay after an error, before which the request was sent or not."""
        if not is_transient(error) or (sent and request.method not in IDEMPOTENT_METHODS):
            return None
        return self.backoff(error)

    def delay_after_look_up(self, failure: Outcome) -> float | None:
        """Return the delay after a look-up has found that a POST, which failed like this, has created nothing."""
        if isinstance(failure, Exception):
            return None if is_timeout(root_cause(failure)) else self.backoff(failure)
        return self.backoff(failure) if failure.status == 500 else None

    def backoff(self, failure: Outcome) -> float:
        """Return a delay by exponential backoff with jitter, so that the jobs of a cluster do not retry in step.

        There is none before the first retry after a broken connection: nothing says that the service is busy.
        """
        if self.retries_made == 0 and isinstance(failure, Exception) and is_broken_connection(failure):
            return 0.0
        return random.uniform(0, min(MAX_BACKOFF, BACKOFF * 2**self.retries_made))  # noqa: S311


class Urllib3Policy(_Policy):
    """Retries what a user's own `urllib3.Retry` says.

    Args:
        retry: the user's policy. It is not changed: urllib3 makes a new one for each attempt.
    """

    def __init__(self, retry: Retry) -> None:
        super().__init__(MAX_RETRIES if retry.total is None else min(int(retry.total), MAX_RETRIES))
        self._retry = retry

    def delay_after_response(self, request: PreparedRequest, response: BaseHTTPResponse) -> float | None:
        """Return the delay after a response."""
        if not self._retry.is_retry(request.method, response.status, "Retry-After" in response.headers):
            return None
        if not self._is_allowed(request, response=response):
            return None
        requested = retry_after(self._retry, response) if self._retry.respect_retry_after_header else None
        return self._retry.get_backoff_time() if requested is None else requested

    def delay_after_error(self, request: PreparedRequest, error: Exception, sent: bool) -> float | None:
        """Return the delay after an error."""
        # About another error, urllib3 would not have consulted the policy.
        is_allowed = isinstance(error, HTTPError) and self._is_allowed(request, error=error)
        return self._retry.get_backoff_time() if is_allowed else None

    def delay_after_look_up(self, failure: Outcome) -> float | None:
        """Return None: the user's policy was consulted before the look-up, and decides alone."""
        return None

    def _is_allowed(self, request: PreparedRequest, **failure: Any) -> bool:
        """Count a failure; return whether the user's policy retries it."""
        try:
            self._retry = self._retry.increment(request.method, request.url, **failure)
        except HTTPError as error:
            raise_callers_error(error)
            return False
        return True


RetryPolicy: TypeAlias = DefaultPolicy | Urllib3Policy


def may_be_processed(request: PreparedRequest, outcome: Outcome, call: Call) -> bool:
    """Return whether the service may have processed a write although its response was lost."""
    if request.is_safe:
        return False
    return call.sent if isinstance(outcome, Exception) else TEMPORARY_STATUSES.get(outcome.status, False)


def delay_after(policy: RetryPolicy, request: PreparedRequest, outcome: Outcome, call: Call) -> float | None:
    """Return the delay before a request is sent again, or None for no further attempt.

    Whatever the policy, a PUT is not sent again if the first one may be processed: while that lasts, the service would
    store both.
    """
    if request.method == "PUT" and may_be_processed(request, outcome, call):
        return None
    if isinstance(outcome, Exception):
        delay = policy.delay_after_error(request, outcome, call.sent)
    else:
        delay = policy.delay_after_response(request, cast(BaseHTTPResponse, outcome))
    return within_limits(delay, policy, call)


def within_limits(delay: float | None, policy: RetryPolicy, call: Call) -> float | None:
    """Return the delay, or None if the retry would be one too many, or begin after the deadline."""
    if delay is None or policy.retries_made >= policy.max_retries or delay >= call.remaining():
        return None
    return delay


def policy_of(retries: int | Retry | None) -> RetryPolicy:
    """Return a new policy for `Configuration.retries`: a number of retries, or the user's own policy.

    Raises:
        ApiTypeError: the setting is neither an int nor a `urllib3.Retry`.
        ApiValueError: the number is negative.
    """
    if isinstance(retries, Retry):
        return Urllib3Policy(retries)
    if retries is None:
        retries = DEFAULT_RETRIES
    if isinstance(retries, bool) or not isinstance(retries, int):
        raise ApiTypeError(f"Invalid retries {retries!r}: must be an int or a urllib3.Retry")
    if retries < 0:
        raise ApiValueError(f"Invalid retries {retries!r}: must be 0 or more")
    return DefaultPolicy(min(retries, MAX_RETRIES))


def retry_after(policy: Retry, response: BaseHTTPResponse) -> float | None:
    """Return the seconds that ``Retry-After`` asks for (RFC 9110, section 10.2.3).

    None if it is missing or malformed; infinity if it is longer than `MAX_RETRY_AFTER`.
    """
    try:
        seconds = policy.get_retry_after(response)
    except Exception as error:
        if type(error) not in (InvalidHeader, OverflowError, ValueError):  # it is the user's own
            raise
        return None
    return math.inf if seconds is not None and seconds > MAX_RETRY_AFTER else seconds
