"""The response to a request, and how its body is read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from urllib3 import BaseHTTPResponse, HTTPHeaderDict
from urllib3.exceptions import DecodeError, ProtocolError

from ..exceptions import ApiResponseError
from .errors import TRANSPORT_ERRORS, raise_callers_error
from .raw_responses import allow_truncated_body, decoded_length

MAX_ERROR_BODY = 64 * 1024
"""Bytes of the body of an error response that are read."""

MAX_BODY = 256 * 1024 * 1024
"""Bytes of the longest body of a success, without its content coding."""

_BLOCK_SIZE = 16 * 1024 * 1024
"""Bytes of a body that are read at a time, so that a false Content-Length allocates nothing up front."""

_CODED_BLOCK_SIZE = 64 * 1024
"""The same for a body with a content coding, of which each byte may become a thousand."""


class RESTResponse:
    """A response whose body has been read.

    Attributes:
        status: the HTTP status (int).
        reason: the reason phrase (str or None).
        data: the body, with content codings removed: bytes; str once an `ApiClient` has decoded it; None once it has
            deserialized a long one.
        headers: the response headers, case-insensitive.
    """

    __slots__ = ("data", "headers", "reason", "status")

    def __init__(self, status: int, reason: str | None, headers: HTTPHeaderDict, data: bytes) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.data: bytes | str | None = data

    def getheaders(self) -> HTTPHeaderDict:
        """Return the response headers, case-insensitive."""
        return self.headers

    def getheader(self, name: str, default: str | None = None) -> str | None:
        """Return a header by its case-insensitive name."""
        return self.headers.get(name, default)


Outcome: TypeAlias = RESTResponse | BaseHTTPResponse | Exception
"""How an attempt ended: a response with any status, its body read or not, or an error of the transport."""


def read(response: BaseHTTPResponse) -> RESTResponse:
    """Read the body of a response: all of it after a success, else an excerpt.

    Raises:
        ApiResponseError: the content coding of a success is broken.
        Exception: one of `errors.TRANSPORT_ERRORS`: the body of a success or of a 404 could not be received.
    """
    body = read_body(response) if 200 <= response.status <= 299 else read_error_body(response)
    return RESTResponse(response.status, response.reason, response.headers, body)


def read_body(response: BaseHTTPResponse) -> bytes:
    """Read the body of a response.

    Raises:
        ApiResponseError: the content coding is broken, or the body is longer than `MAX_BODY`.
        urllib3.exceptions.HTTPError: the body could not be received.
    """
    try:
        length = decoded_length(response)
        if length is None or length > _BLOCK_SIZE:
            return b"".join(_blocks(response, _CODED_BLOCK_SIZE if length is None else _BLOCK_SIZE))
        return response.read()
    except (DecodeError, ProtocolError) as error:
        response.close()
        if isinstance(error, ProtocolError):
            raise
        raise ApiResponseError(response.status, f"Unexpected response: {error}") from error


def _blocks(response: BaseHTTPResponse, block_size: int) -> Iterator[bytes]:
    size = 0
    for block in response.stream(block_size):
        size += len(block)
        if size > MAX_BODY:
            response.close()
            raise ApiResponseError(response.status, f"Unexpected response: the body is longer than {MAX_BODY:,} bytes")
        yield block


def read_error_body(response: BaseHTTPResponse) -> bytes:
    """Read up to `MAX_ERROR_BODY` bytes of the body of an error response.

    Errors are ignored, because the status matters more. But the body of a 404 tells the service from a gateway.

    Raises:
        Exception: one of `errors.TRANSPORT_ERRORS`: the body of a 404 could not be received.
    """
    received: list[bytes] = []
    if response.status != 404:
        allow_truncated_body(response)
    try:
        for block in response.stream(MAX_ERROR_BODY):
            received.append(block)
            if sum(map(len, received)) >= MAX_ERROR_BODY:
                break
        else:
            if not response.length_remaining:
                response.release_conn()
                return b"".join(received)
    except TRANSPORT_ERRORS as error:
        raise_callers_error(error)
        if response.status == 404:
            response.close()
            raise
    response.close()
    return b"".join(received)


def discard(response: BaseHTTPResponse) -> None:
    """End a response whose body is not wanted. If it has one, which may never come, its connection is closed."""
    if response.length_remaining == 0:
        response.read(decode_content=False)
        response.release_conn()
    else:
        response.close()
