"""The end of a call: no attempt, wait or slow answer goes on past it.

urllib3 limits each step (a connection, one read), and each attempt anew. A peer that sends a byte now and then, or
fails again and again, could hold a call many times as long. Here a thread's current call has one end, and every step
is cut to what is left of it.
"""

from __future__ import annotations

import math
import socket
import threading
import time
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Optional

from urllib3 import Timeout
from urllib3.exceptions import TimeoutStateError

from .argument_errors import ApiTypeError, ApiValueError

if TYPE_CHECKING:
    from .configuration import RequestTimeout

_A_YEAR = 365 * 24 * 3600.0
"""The longest limit, in seconds: a socket takes none that is much longer."""


Limits = tuple[Optional[float], Optional[float], Optional[float]]
"""How long a call may take, in seconds, None for no limit: to connect, for each attempt; between two parts of an
answer; and for the whole call."""


def limits_of(timeout: Optional[RequestTimeout]) -> Limits:
    """The limits that a timeout sets.

    Args:
        timeout: seconds for the whole call, a pair of seconds ``(connect, read)``, a `urllib3.Timeout`, or None for no
            limit. A None within a pair is no limit either.

    Raises:
        ApiTypeError: it is none of these.
        ApiValueError: a number is not above zero, or not finite.
    """
    if timeout is None:
        return None, None, None
    if isinstance(timeout, (int, float)):
        seconds = _seconds(timeout)
        return seconds, seconds, seconds
    if isinstance(timeout, tuple) and len(timeout) == 2:
        return _seconds(timeout[0]), _seconds(timeout[1]), None
    if isinstance(timeout, Timeout):
        total: Any = timeout.total
        return _limits_of(timeout, None if total is Timeout.DEFAULT_TIMEOUT else _seconds(total))
    raise ApiTypeError(f"Invalid timeout {timeout!r}: must be seconds, a pair (connect, read), or a urllib3.Timeout")


@lru_cache(maxsize=64)
def _limits_of(timeout: Timeout, total: Optional[float]) -> Limits:  # its total is what can be changed in it
    try:
        read: Any = timeout.read_timeout
    except TimeoutStateError:
        read = None  # none of its own: only the total limits it
    # A part that was left out holds a mark that is no number.
    connect, read = (
        _seconds(step) if isinstance(step, (int, float)) else None for step in (timeout.connect_timeout, read)
    )
    return connect, read, total


def _seconds(value: Any) -> Optional[float]:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ApiTypeError(f"Invalid timeout {value!r}: must be a number of seconds")
    if not 0 < value < math.inf:
        raise ApiValueError(f"Invalid timeout {value!r}: must be finite and above 0 seconds")
    return float(min(value, _A_YEAR))


class _CurrentCall(threading.local):
    """What is known of the call that this thread makes.

    Attributes:
        end: when it has to be over, by `time.monotonic`.
        read_limit: how long a part of an answer may take, in seconds, whatever is left of the call; None for no limit,
            and infinite where there is no call: then the socket's own limit holds.
        sent: whether any of its request may have reached the server.
    """

    end = math.inf
    read_limit: Optional[float] = math.inf
    sent = False

    def start(self, limits: Limits) -> None:
        _, read, total = limits
        self.end = math.inf if total is None else time.monotonic() + total
        self.read_limit = total if read is None else read
        self.sent = False

    def remaining(self) -> float:
        """Seconds until the end; below zero once it is past."""
        return self.end - time.monotonic()

    def cut(self, seconds: Optional[float]) -> Optional[float]:
        """A step's limit, cut to what remains.

        Raises:
            socket.timeout: nothing does.
        """
        end = self.end
        if end == math.inf:
            return seconds
        remaining = end - time.monotonic()
        if remaining <= 0:
            raise socket.timeout("the call's time is up")
        return remaining if seconds is None else min(seconds, remaining)


current_call = _CurrentCall()


class SocketOptions(list[Any]):
    """Options for each socket that is made. A name may have many addresses: none is tried once the call is over."""

    def __iter__(self) -> Iterator[Any]:
        current_call.cut(None)
        return super().__iter__()


@lru_cache(maxsize=64)
def call_timeout(limits: Limits) -> CallTimeout:
    """What urllib3 is told of the limits: one object serves all calls."""
    return CallTimeout(limits)


class CallTimeout(Timeout):
    """The limits of each attempt's steps, cut to what is left of the call when the step begins."""

    def __init__(self, limits: Limits) -> None:
        self._connect_limit, self._read_limit, _ = limits
        super().__init__(connect=self._connect_limit, read=self._read_limit)

    def clone(self) -> Timeout:
        """urllib3 asks for one for each attempt: nothing in this one changes."""
        return self

    def start_connect(self) -> float:
        """Called by urllib3 at the beginning of each attempt, which here does not begin a count."""
        return time.monotonic()

    @property
    def connect_timeout(self) -> Optional[float]:
        """Seconds, cut to what is left of the call."""
        return current_call.cut(self._connect_limit)

    @property
    def read_timeout(self) -> Optional[float]:
        """Seconds, cut to what is left of the call."""
        return current_call.cut(self._read_limit)
