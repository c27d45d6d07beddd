"""Classification of transport errors (urllib3, `http.client`, sockets), and the exception that each becomes."""

from __future__ import annotations

import http.client
import socket
import traceback
from types import TracebackType

from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as TransportTimeout

from ..exceptions import ApiConnectionError, ApiException, ApiTimeoutError

# `http.client` raises ValueError and OverflowError for some malformed responses. Arguments have been validated before.
TRANSPORT_ERRORS = (HTTPError, http.client.HTTPException, OSError, OverflowError, ValueError)
"""What sending a request and reading its response may raise."""

_TRANSPORT_PACKAGES = {
    *("tracking_client", "urllib3", "http", "socket", "ssl", "selectors", "encodings", "idna", "email", "zlib"),
    *("certifi", "importlib"),
    *("gevent", "eventlet", "requests", "responses", "vcr", "mocket", "httpretty"),
}
"""Where the errors of the transport are raised: these carry requests, or stand in for what does."""

STATUSES_OF_PROXIES = frozenset([403, 407, 502, 503, 504])
"""The statuses of a response that a proxy may have made itself."""

_MAX_REASON = 300
"""Characters of a transport error's message that are kept: it may contain what the server sent."""


def to_api_exception(error: Exception, method: str, url: str) -> ApiException:
    """Return the exception of this library for a transport error.

    Args:
        error: the error.
        method: the method of the request.
        url: its url.
    """
    kind = ApiTimeoutError if is_timeout(root_cause(error)) else ApiConnectionError
    exception = kind(0, describe(error), method=method, url=url)
    exception.temporary = kind is ApiTimeoutError or is_transient(error)
    return exception


def is_from_caller(error: BaseException) -> bool:
    """Return whether code of the user raised an error within a call: a signal handler, a hook or a retry policy.

    Such an error was raised elsewhere, but caught in the transport. One that the user was handling when the call began
    was not caught there.
    """
    original = original_error(error)
    entry = original.__traceback__
    if isinstance(original, HTTPError) or entry is None:
        return False
    is_caught_here = _package_of(entry) in _TRANSPORT_PACKAGES
    while entry.tb_next is not None:
        entry = entry.tb_next
    return is_caught_here and _package_of(entry) not in _TRANSPORT_PACKAGES


def original_error(error: BaseException) -> BaseException:
    """Return the first error of those that urllib3 raised from one another."""
    while isinstance(error, HTTPError):
        earlier = error.__cause__ or error.__context__
        if earlier is None:
            break
        error = earlier
    return error


def _package_of(entry: TracebackType) -> str:
    """Return the top-level package of the code of a traceback's first entry."""
    name: str = entry.tb_frame.f_globals.get("__name__", "")
    return name.partition(".")[0]


def release_frames(error: Exception) -> None:
    """Clear the local variables of the functions that an error has left.

    Some of urllib3's refer to the error, which refers to them: a connection would stay open until the garbage collector
    runs. An error that the user was handling when the call began keeps its frames.
    """
    each: BaseException | None = error
    while each is not None:
        traceback.clear_frames(each.__traceback__)
        each = each.__cause__ or each.__context__ if isinstance(each, HTTPError) else None


def describe(error: Exception) -> str:
    """Return the class and message of a transport error's root cause, capped in length."""
    cause = root_cause(error)
    # The first argument of some errors of urllib3 is a connection.
    message = cause.args[-1] if isinstance(cause, TransportTimeout) and cause.args else cause
    return f"{type(cause).__name__}: {message}"[:_MAX_REASON]


def root_cause(error: BaseException) -> BaseException:
    """Return the error that urllib3 wrapped."""
    if isinstance(error, ProtocolError) and isinstance(error.args[-1], TimeoutError):
        return error.args[-1]
    if isinstance(error, ProxyError) and isinstance(error.original_error, Exception):
        return root_cause(error.original_error)
    return error


def is_timeout(cause: BaseException) -> bool:
    """Return whether a root cause is a timeout."""
    # NewConnectionError inherits from ConnectTimeoutError, but says that a connection was refused.
    return isinstance(cause, (TransportTimeout, TimeoutError)) and not isinstance(cause, NewConnectionError)


def is_transient(error: Exception) -> bool:
    """Return whether another attempt may succeed where this one failed before its deadline.

    True for a connection that was refused or broken; False for a timeout, a host name that does not exist, or a
    certificate that is not trusted.
    """
    if isinstance(error, ProxyError):
        error = error.original_error
    if isinstance(error, NewConnectionError):
        unresolved = error.__cause__ or error.__context__
        return not isinstance(unresolved, socket.gaierror) or unresolved.errno == socket.EAI_AGAIN
    if isinstance(error, SSLError):
        # The connection ended; TLS itself did not fail.
        return type(error.args[0]).__name__ in ("SSLEOFError", "SSLZeroReturnError")
    return isinstance(error, ProtocolError) and not is_timeout(root_cause(error))
