"""Parsing of the timeouts that a user may give."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any, NamedTuple

from urllib3 import Timeout
from urllib3.exceptions import TimeoutStateError

from ..argument_errors import ApiTypeError, ApiValueError
from ..configuration import RequestTimeout

_MAX_SECONDS = 365 * 24 * 3600.0
"""Longer timeouts are capped, because sockets reject very large values."""


class Timeouts(NamedTuple):
    """The timeouts of a call in seconds, None for no limit.

    Attributes:
        connect: to open a connection, for each attempt.
        read: between two reads of a response.
        total: for the whole call, with its retries and backoff delays.
    """

    connect: float | None
    read: float | None
    total: float | None


def parse_timeout(timeout: RequestTimeout | None) -> Timeouts:
    """Return the connect, read and total timeouts of a setting.

    Args:
        timeout: seconds for the whole call, a pair of seconds ``(connect, read)``, a `urllib3.Timeout`, or None for no
            limit. None within a pair is no limit either.

    Raises:
        ApiTypeError: the timeout is none of these.
        ApiValueError: a number is not above zero, or not finite.
    """
    if timeout is None or isinstance(timeout, (int, float)):
        seconds = _parse_seconds(timeout)
        return Timeouts(seconds, seconds, seconds)
    if isinstance(timeout, tuple) and len(timeout) == 2:
        return Timeouts(_parse_seconds(timeout[0]), _parse_seconds(timeout[1]), None)
    if isinstance(timeout, Timeout):
        total: Any = timeout.total
        return _parse_urllib3(timeout, None if total is Timeout.DEFAULT_TIMEOUT else _parse_seconds(total))
    raise ApiTypeError(f"Invalid timeout {timeout!r}: must be seconds, a pair (connect, read), or a urllib3.Timeout")


# The total is an argument of its own because it is the one attribute of a Timeout that can be assigned.
@lru_cache(maxsize=64)
def _parse_urllib3(timeout: Timeout, total: float | None) -> Timeouts:
    try:
        read: Any = timeout.read_timeout
    except TimeoutStateError:
        read = None  # only the total was given
    # Where a part was not given, urllib3 has a sentinel that is not a number.
    connect, read = (
        _parse_seconds(seconds) if isinstance(seconds, (int, float)) else None
        for seconds in (timeout.connect_timeout, read)
    )
    return Timeouts(connect, read, total)


def _parse_seconds(value: Any) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ApiTypeError(f"Invalid timeout {value!r}: must be a number of seconds")
    if not 0 < value < math.inf:
        raise ApiValueError(f"Invalid timeout {value!r}: must be finite and above 0 seconds")
    return float(min(value, _MAX_SECONDS))
