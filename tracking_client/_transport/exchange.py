"""One attempt: a request is sent, and the headers of its response are received."""

from __future__ import annotations

from functools import lru_cache

from urllib3 import BaseHTTPResponse, HTTPConnectionPool, Retry, Timeout

from .._wire.urls import split_origin, within_origin
from ..exceptions import ApiConnectionError
from .connections import has_deadline_connections, is_forwarded
from .deadline import Call
from .prepared_request import PreparedRequest
from .raw_responses import read_chunks_by_http_client
from .recordings import as_response
from .response import discard

MAX_REDIRECTS = 5
"""How many redirects of one attempt are followed."""

_NO_RETRIES = Retry(False)

_timeout_of = lru_cache(maxsize=64)(Timeout)  # urllib3 copies it for each attempt


def send_once(request: PreparedRequest, pool: HTTPConnectionPool, call: Call) -> BaseHTTPResponse:
    """Send a request once, and return the response with its body unread.

    Redirects of a safe method are followed within the origin: headers and cookies must not go to another one.

    Args:
        request: the request.
        pool: the connection pool for the origin of the request.
        call: the call that the request belongs to.

    Raises:
        ApiConnectionError: there were too many redirects.
        Exception: one of `errors.TRANSPORT_ERRORS`.
    """
    url = request.url
    for _ in range(MAX_REDIRECTS + 1):
        response = _send_to(url, request, pool, call)
        is_redirect = request.is_safe and response.get_redirect_location()
        target = within_origin(url, response.headers.getlist("Location")) if is_redirect else None
        if target is None:
            return response
        discard(response)
        url = target
    raise ApiConnectionError(0, f"more than {MAX_REDIRECTS} redirects")


def _send_to(url: str, request: PreparedRequest, pool: HTTPConnectionPool, call: Call) -> BaseHTTPResponse:
    # A connection of this client applies the connect timeout itself; urllib3's would apply while sending too.
    connect_timeout = read_timeout = request.timeouts.read
    call.sent = not has_deadline_connections(pool)
    if call.sent:
        connect_timeout, read_timeout = call.cap(request.timeouts.connect), call.cap(read_timeout)
    response = as_response(
        pool.urlopen(
            request.method,
            url if is_forwarded(pool, url) else split_origin(url)[1],
            body=request.body,
            headers=request.headers,
            retries=_NO_RETRIES,
            redirect=False,
            assert_same_host=False,
            timeout=_timeout_of(connect=connect_timeout, read=read_timeout),
            preload_content=False,
            enforce_content_length=True,
        )
    )
    if response.chunked:
        read_chunks_by_http_client(response)
    if response.status < 200:
        response.close()  # after a 101, another protocol would follow on this connection
    return response
