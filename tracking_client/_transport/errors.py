"""Classification of transport errors (urllib3, `http.client`, sockets), and the exception that each becomes."""

from __future__ import annotations

import http.client
import socket

from urllib3.exceptions import HTTPError, NewConnectionError, ProtocolError, ProxyError, SSLError
from urllib3.exceptions import TimeoutError as TransportTimeout

from ..exceptions import ApiConnectionError, ApiException, ApiTimeoutError

# `http.client` raises ValueError and OverflowError for some malformed responses. Arguments have been validated before.
TRANSPORT_ERRORS = (HTTPError, http.client.HTTPException, OSError, OverflowError, ValueError)
"""What sending a request and reading its response may raise."""

_SOCKET_TIMEOUTS = (socket.timeout, TimeoutError)  # two classes until Python 3.10

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
    return kind(0, describe(error), method=method, url=url)


def describe(error: Exception) -> str:
    """Return the class and message of a transport error's root cause, capped in length."""
    cause = root_cause(error)
    return f"{type(cause).__name__}: {cause}"[:_MAX_REASON]


def root_cause(error: BaseException) -> BaseException:
    """Return the error that urllib3 wrapped."""
    if isinstance(error, ProtocolError) and isinstance(error.args[-1], _SOCKET_TIMEOUTS):
        return error.args[-1]
    if isinstance(error, ProxyError) and isinstance(error.original_error, Exception):
        return root_cause(error.original_error)
    return error


def is_timeout(cause: BaseException) -> bool:
    """Return whether a root cause is a timeout."""
    # NewConnectionError inherits from ConnectTimeoutError, but says that a connection was refused.
    return isinstance(cause, (TransportTimeout, *_SOCKET_TIMEOUTS)) and not isinstance(cause, NewConnectionError)


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
