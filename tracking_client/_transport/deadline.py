"""The deadline of a call, which every step of it respects.

urllib3 limits each step (opening a connection, one read) and restarts the timeout with each attempt, so a slow server
could block a call indefinitely. Here the current call has one deadline, and the timeout of every step is
capped at the remaining time.
"""

from __future__ import annotations

import math
import socket
import time
from contextvars import ContextVar

from .timeouts import Timeouts


class Call:
    """A call in progress: its deadline, and whether its request was sent.

    Attributes:
        started: when the call began, by `time.monotonic`.
        deadline: when it has to end, by `time.monotonic`; infinite for no limit.
        connect_timeout: the connect timeout in seconds, not yet capped at the remaining time; None for no limit.
            Infinite outside a call: then the connection's own timeout applies.
        read_timeout: the read timeout in seconds, not yet capped either; None for no limit. Infinite outside a call:
            then the socket's own timeout applies.
        sent: whether the request of the current attempt may have reached the server.
    """

    __slots__ = ("connect_timeout", "deadline", "read_timeout", "sent", "started")

    def __init__(self, timeouts: Timeouts) -> None:
        self.started = time.monotonic()
        self.deadline = math.inf if timeouts.total is None else self.started + timeouts.total
        self.connect_timeout = timeouts.connect
        self.read_timeout = timeouts.total if timeouts.read is None else timeouts.read
        self.sent = False

    def while_connecting(self, read_timeout: float | None) -> Call:
        """Return a call with the same deadline and another read timeout."""
        call = Call(Timeouts(None, read_timeout, None))
        call.deadline = self.deadline
        return call

    def remaining(self) -> float:
        """Return the seconds until the deadline, negative once it has passed."""
        return self.deadline - time.monotonic()

    def cap(self, seconds: float | None) -> float | None:
        """Return the timeout of a step, capped at the remaining time.

        Raises:
            socket.timeout: no time remains.
        """
        if self.deadline == math.inf:
            return seconds
        remaining = self.deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError("the call's deadline has passed")
        return remaining if seconds is None else min(seconds, remaining)

    def limit(self, connected: socket.socket, seconds: float | None) -> None:
        """Set the timeout of a socket, capped at the remaining time, before it is read or written.

        Raises:
            TimeoutError: no time remains.
        """
        timeout = self.cap(seconds)
        if timeout != connected.gettimeout():  # to set it is a system call
            connected.settimeout(timeout)


_OUTSIDE = Call(Timeouts(math.inf, math.inf, None))

current: ContextVar[Call] = ContextVar("current", default=_OUTSIDE)
"""The call that this thread is making, or one without limits: urllib3 has no way to hand it to a socket.

Each greenlet of gevent or eventlet has its own, even if they were enabled after this module was imported. A
`threading.local` would then be shared by all of them.
"""
