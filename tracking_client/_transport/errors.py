"""Classification of transport errors (urllib3, `http.client`, sockets), and the exception that each becomes.

Whose error it is follows from its class. Those of urllib3 and `http.client` are the transport's, and so are the kinds
of OSError that Python itself has: the built-in ones and those of `socket` and `ssl`. What has a class of its own was
raised by code of the user within a call (a signal handler, a hook, a retry policy), and reaches the caller as it is.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.client import HTTPException
from typing import Any

from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as TransportTimeout

from ..exceptions import ApiConnectionError, ApiException, ApiTimeoutError

TRANSPORT_ERRORS = (HTTPError, HTTPException, OSError)
"""What sending a request and reading its response may raise; see `raise_callers_error` for a user's own OSError."""

STATUSES_OF_PROXIES = frozenset([403, 407, 502, 503, 504])
"""The statuses of a response that a proxy may have made itself."""

_PACKAGES_OF_THE_TRANSPORT = frozenset(["builtins", "http", "socket", "ssl", "urllib3"])

_MAX_REASON = 300
"""Characters of a transport error's message that are kept: it may contain what the server sent."""

_NOT_TLS = frozenset(["HTTP_REQUEST", "WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE"])
"""OpenSSL's reasons for an error where the server does not speak TLS."""


def raise_callers_error(error: Exception) -> None:
    """Raise the error of the user's own code that urllib3 wrapped, if it is one."""
    *_, original = _wrapped_errors(error)
    package = type(original).__module__.partition(".")[0]
    if isinstance(original, TRANSPORT_ERRORS) and package not in _PACKAGES_OF_THE_TRANSPORT:
        if original is not error:  # otherwise both would refer to each other
            error.args, error.__cause__, error.__context__, error.__traceback__ = (), None, None, None
        try:
            raise original
        finally:
            del error, original


def drop_tracebacks(error: Exception) -> None:
    """Drop the tracebacks of an error and of those that urllib3 wrapped.

    Some frames of urllib3 refer to the error, which refers to them: a connection would stay open until the garbage
    collector runs.
    """
    for each in _wrapped_errors(error):
        each.__traceback__ = None


def _wrapped_errors(error: BaseException) -> Iterator[BaseException]:
    """Yield an error, and those that urllib3 wrapped one in the other: each has the next as cause or last argument."""
    each: Any = error
    while isinstance(each, BaseException):
        yield each
        each = (each.__cause__ or (each.args or (None,))[-1]) if isinstance(each, HTTPError) else None


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
    if isinstance(error, SSLError) and getattr(error.args[0], "reason", None) in _NOT_TLS:
        exception.hint = "the server does not speak TLS on this port: is it http:// in place of https://?"
    return exception


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
        unresolved = error.__cause__
        return not isinstance(unresolved, socket.gaierror) or unresolved.errno == socket.EAI_AGAIN
    return is_broken_connection(error)


def is_broken_connection(error: Exception) -> bool:
    """Return whether a connection ended before the response was complete."""
    if isinstance(error, SSLError):
        # The connection ended; TLS itself did not fail.
        return type(error.args[0]).__name__ in ("SSLEOFError", "SSLZeroReturnError")
    return isinstance(error, ProtocolError) and not is_timeout(root_cause(error))
