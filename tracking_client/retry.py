"""When a request is repeated, and after what wait: policies for urllib3 to follow."""

from __future__ import annotations

import random
import socket
import time
from functools import lru_cache
from http.client import HTTPException
from typing import Any, Optional, Union

from urllib3 import Retry
from urllib3.exceptions import (
    HTTPError,
    InvalidHeader,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
    ReadTimeoutError,
    ResponseError,
    SSLError,
)

from .argument_errors import ApiTypeError, ApiValueError
from .deadline import current_call

RETRIES = 3
"""How often a request is repeated by default."""

MOST_RETRIES = 100
"""How often a request is repeated at most, whatever a policy says: urllib3 calls itself for each."""

BACKOFF = 0.5
"""The longest wait before the first repetition, in seconds. It doubles from one to the next."""

LONGEST_BACKOFF = 8.0
"""The longest wait before a repetition, in seconds, where the server asks for none."""

LONGEST_RETRY_AFTER = 30
"""The longest ``Retry-After`` that is waited for, in seconds. Past it the answer is raised as an error at once."""

DRAINED = 64 * 1024
"""How much of the body of an answer that is not wanted is read, in bytes, so as to use its connection again."""

UNSENT = "HEAD"
"""The method that an attempt is noted with whose request never went out: one that may be repeated, and that no
endpoint has."""

sleep = time.sleep
"""How to wait: a test may put another function here."""


class BoundedRetry(Retry):
    """A policy of urllib3's that waits neither past the call's end nor longer than a cap.

    Where it would have to, the last answer or error is given up to the caller at once.
    """

    wait = 0.0

    def increment(
        self,
        method: Optional[str] = None,
        url: Optional[str] = None,
        response: Any = None,
        error: Optional[Exception] = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """The policy for the next attempt.

        Raises:
            MaxRetryError, or the error: there is to be none.
        """
        following: Any = super().increment(method, url, response, error, *args, **kwargs)
        asked = self.get_retry_after(response) if response is not None and self.respect_retry_after_header else None
        wait = following.get_backoff_time() if asked is None else asked
        if (asked or 0) > LONGEST_RETRY_AFTER or wait >= current_call.remaining():
            reason = error or ResponseError(f"the next attempt would begin in {wait:.3g} s, too late")
            raise MaxRetryError(kwargs.get("_pool"), url or "", reason)  # type: ignore[arg-type]
        following.wait = wait
        if response is not None:
            # Not read to its end, which may be slow in coming: the connection is worth less than the call's time.
            response.close()
        return following

    def sleep(self, response: Any = None) -> None:
        """Waits as long as `increment` found."""
        if self.wait > 0:
            sleep(self.wait)

    def get_retry_after(self, response: Any) -> Optional[float]:
        """The seconds that ``Retry-After`` asks for (RFC 9110, section 10.2.3); None where it says nothing."""
        try:
            seconds = super().get_retry_after(response)
        except (InvalidHeader, OverflowError, ValueError):
            return None
        # Digits without end are a number all the same.
        return None if seconds is None else min(seconds, 2 * LONGEST_RETRY_AFTER)


class DefaultRetry(BoundedRetry):
    """What is repeated unless the caller has a policy of their own.

    A request that was not sent, for the server could not be reached; and of those that do no harm twice (GET, HEAD,
    OPTIONS, PUT, DELETE) also one whose connection broke, or that was answered with 429, 502, 503 or 504. Never one
    that ran out of time.
    """

    def increment(
        self,
        method: Optional[str] = None,
        url: Optional[str] = None,
        response: Any = None,
        error: Optional[Exception] = None,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        if error is not None:
            if isinstance(error, SSLError) and _is_end(error):
                error = ProtocolError("Connection aborted.", error)
            if not _may_pass(error):
                raise error
            if not current_call.sent:
                method = UNSENT  # what the server has not seen may be sent anew, whatever it is
        return super().increment(method, url, response, error, *args, **kwargs)

    def get_backoff_time(self) -> float:
        """A random part of a wait that doubles, so that a cluster's jobs do not come back in the same second."""
        longest = min(LONGEST_BACKOFF, BACKOFF * 2 ** (len(self.history) - 1))
        return random.uniform(0, longest)  # noqa: S311


def _is_end(error: SSLError) -> bool:
    """Whether TLS met the connection's end, and not a fault of its own."""
    return type(error.args[0]).__name__ in ("SSLEOFError", "SSLZeroReturnError")


def _may_pass(error: Exception) -> bool:
    """Whether a failure is of the kind that another attempt may not meet: no answer in time is not, nor is a name that
    does not exist, or a certificate that is not trusted."""
    if isinstance(error, ProxyError):
        error = error.original_error
    if isinstance(error, NewConnectionError):
        unresolved = error.__cause__ or error.__context__
        return not isinstance(unresolved, socket.gaierror) or unresolved.errno == socket.EAI_AGAIN
    return isinstance(error, ProtocolError) and not isinstance(error.args[-1], socket.timeout)


def retry_policy(retries: Union[int, Retry, None]) -> Retry:
    """The policy that a setting means; see `Configuration.retries`.

    Raises:
        ApiTypeError: it is neither a number nor a `urllib3.Retry`.
        ApiValueError: the number is below zero.
    """
    if isinstance(retries, Retry):
        return _bounded(retries)
    if isinstance(retries, bool) or not isinstance(retries, (int, type(None))):
        raise ApiTypeError(f"Invalid retries {retries!r}: must be an int or a urllib3.Retry")
    if retries is not None and retries < 0:
        raise ApiValueError(f"Invalid retries {retries!r}: must be 0 or more")
    return _default_policy(RETRIES if retries is None else min(retries, MOST_RETRIES))


@lru_cache(maxsize=8)
def _default_policy(total: int) -> Retry:
    return DefaultRetry(
        total,
        allowed_methods=("GET", "HEAD", "OPTIONS", "PUT", "DELETE"),
        status_forcelist=(429, 502, 503, 504),
        raise_on_status=False,
    )


def _bounded(policy: Retry) -> Retry:
    """A caller's policy within the call's end."""
    # An answer that is not repeated any more is told by its own status.
    total = MOST_RETRIES if policy.total is None else policy.total and min(policy.total, MOST_RETRIES)
    policy = policy.new(total=total, raise_on_status=False)
    class_ = type(policy)
    bounded_class: Any = BoundedRetry if class_ is Retry else type(class_.__name__, (BoundedRetry, class_), {})
    bounded: Retry = bounded_class.__new__(bounded_class)
    bounded.__dict__.update(policy.__dict__)
    return bounded


def drain(response: Any) -> None:
    """Makes the connection of an unwanted answer ready for the next request, or closes it."""
    try:
        response.read(DRAINED, decode_content=False)
        exhausted = response.closed
    except (HTTPError, HTTPException, OSError, OverflowError, ValueError):
        exhausted = False
    if exhausted:
        response.release_conn()
    else:
        response.close()


def answer_was_lost(policy: Optional[Retry]) -> bool:
    """Whether an earlier attempt may have been carried out although its answer never came."""
    history = policy.history if policy is not None else ()
    return any(
        attempt.method != UNSENT
        and (isinstance(attempt.error, (ProtocolError, ReadTimeoutError)) or attempt.status in (502, 504))
        for attempt in history
    )
