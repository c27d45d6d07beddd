"""A request and its answer over urllib3: repeated where that does no harm, redirected within its origin, and looked
after when an answer is lost."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Optional, Union

from urllib3.exceptions import (
    DecodeError,
    HTTPError,
    MaxRetryError,
    NewConnectionError,
    ProtocolError,
    ProxyError,
)
from urllib3.exceptions import TimeoutError as TransportTimeout

from .deadline import Limits, call_timeout, current_call
from .exceptions import ApiException
from .retry import DRAINED, RETRIES, answer_was_lost, drain
from .urls import split_origin, within_origin

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPConnectionPool, HTTPHeaderDict, Retry

MOST_REDIRECTS = 5
"""How many redirects, all within one origin, are followed."""

_BLOCK = 16 * 1024 * 1024
"""How much of a body is read at once, in bytes: a length that is a lie is not allotted."""

# ValueError and OverflowError are how `http.client` meets some malformed answers: arguments have been checked before.
TRANSPORT_ERRORS = (HTTPError, http.client.HTTPException, OSError, OverflowError, ValueError)

SAFE_METHODS = frozenset(["GET", "HEAD", "OPTIONS"])
"""Methods that ask and do not change (RFC 9110, section 9.2.1)."""


class RESTResponse:
    """An answer that was read.

    Attributes:
        status: the HTTP status (int).
        reason: the reason phrase (str, or None).
        data: the body, content codings undone (bytes, or str once a client has decoded it, or None once it has read a
            long one).
        headers: the headers, names in any case.
    """

    __slots__ = ("data", "headers", "reason", "status")

    def __init__(self, status: int, reason: Optional[str], headers: HTTPHeaderDict, data: bytes) -> None:
        self.status = status
        self.reason = reason
        self.headers = headers
        self.data: Union[bytes, str, None] = data

    def getheaders(self) -> HTTPHeaderDict:
        """The headers, names in any case."""
        return self.headers

    def getheader(self, name: str, default: Optional[str] = None) -> Optional[str]:
        """A header by its name in any case."""
        return self.headers.get(name, default)


class Request:
    """A request, and what it takes to have it answered."""

    def __init__(
        self,
        pool: Callable[[str], HTTPConnectionPool],
        policy: Retry,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: Optional[bytes],
        preload_content: bool,
        limits: Limits,
    ) -> None:
        self.pool = pool
        self.policy = policy
        self.method = method
        self.url = url
        self.headers = headers
        self.body = body
        self.preload_content = preload_content
        self.timeout = call_timeout(limits)

    def answer(self) -> Any:
        """The answer, with any status. Raises an error of the transport."""
        answer, policy = self._exchange(self.method, self.url, self.body, self.preload_content)
        if self.method == "DELETE" and answer_was_lost(policy) and _says_not_found(answer):
            return RESTResponse(204, "No Content", answer.headers, b"")
        return answer

    def answer_of_post(self, made: str) -> Any:
        """As `answer`, of a POST that makes what can be looked at.

        If the answer is lost, and what was to be made is there, it is as if the answer had come. If it is not, the
        request is sent again: what it makes is known by a key, so there can't be two.
        """
        repeats = RETRIES if self.policy.total is None else int(self.policy.total)
        lost: Optional[Exception] = None
        while True:
            answer = None
            try:
                answer, policy = self._exchange(self.method, self.url, self.body, self.preload_content)
                if lost is None and answer_was_lost(policy):
                    lost = ProtocolError("The answer to an earlier attempt was lost.")
                if lost is None or answer.status != 409:
                    return answer
            except TRANSPORT_ERRORS as error:
                if not current_call.sent or repeats <= 0:
                    raise
                lost = error
            found = self._look(made, lost)
            if found is not None:
                return found
            if answer is not None:
                return answer
            if is_timeout(root_cause(lost)):
                raise lost
            repeats -= 1

    def _look(self, made: str, lost: Exception) -> Optional[RESTResponse]:
        """What a POST made, as if it had just been answered, or None if there is none; raises what was lost."""
        try:
            found, _ = self._exchange("GET", made, None, preload_content=True)
        except TRANSPORT_ERRORS:
            raise lost from None
        if found.status == 404:
            return None
        try:
            holds = json.loads(self.body or b"{}").items() <= json.loads(found.data or b"").items()
        except (AttributeError, RecursionError, TypeError, ValueError):
            holds = False
        if found.status != 200 or not holds:
            raise lost
        found.headers["Location"] = made
        return RESTResponse(201, "Created", found.headers, found.data)

    def _exchange(self, method: str, url: str, body: Optional[bytes], preload_content: bool) -> tuple[Any, Retry]:
        """An answer, and the policy with what went before it."""
        policy = self.policy
        redirects = 0
        while True:
            origin, target = split_origin(url)
            pool = self.pool(origin)
            if pool.proxy is not None and origin.startswith("http:"):
                target = url  # RFC 9112, section 3.2.2: a proxy is sent the whole url
            response = pool.urlopen(
                method,
                target,
                body=body,
                headers=self.headers,
                retries=policy,
                redirect=False,
                assert_same_host=False,
                timeout=self.timeout,
                preload_content=False,
                enforce_content_length=True,
            )
            policy = response.retries or policy
            location = response.get_redirect_location() if method in SAFE_METHODS else None
            followed = within_origin(url, location) if location else None
            if followed:
                drain(response)
                redirects += 1
                if redirects > MOST_REDIRECTS:
                    raise HTTPError(f"more than {MOST_REDIRECTS} redirects")
                url = followed
                continue
            if response.status < 200:
                response.close()  # another protocol would follow on this connection
            if not 200 <= response.status <= 299:
                return _answer(response, _piece(response)), policy
            if not preload_content:
                return response, policy
            try:
                return _answer(response, _whole(response)), policy
            except (ProtocolError, DecodeError) as error:
                response.close()
                if isinstance(error, DecodeError):
                    raise Undecodable(response.status, error) from error
                policy = policy.increment(method, target, error=error, _pool=pool)
                policy.sleep()


class Undecodable(HTTPError):
    """A success whose content coding is broken."""

    def __init__(self, status: int, error: DecodeError) -> None:
        super().__init__(f"unexpected answer: {error}")
        self.status = status


def _answer(response: BaseHTTPResponse, data: bytes) -> RESTResponse:
    return RESTResponse(response.status, response.reason, response.headers, data)


def _says_not_found(answer: RESTResponse) -> bool:
    """Whether this is the service's own word, and not a proxy's, or that of a service without such a path."""
    if answer.status != 404 or not answer.headers.get("Content-Type", "").startswith("application/json"):
        return False
    try:
        json.loads(answer.data or b"")
    except (RecursionError, ValueError):
        return True  # cut short on its way
    return ApiException(http_resp=answer).error is not None


def _whole(response: BaseHTTPResponse) -> bytes:
    """The body of a success."""
    if response.chunked or (response.length_remaining or 0) > _BLOCK:
        return b"".join(response.stream(_BLOCK))
    return response.read()


def _piece(response: BaseHTTPResponse) -> bytes:
    """What can be had of an error's body: the status is what counts."""
    pieces: list[bytes] = []
    response.enforce_content_length = False  # type: ignore[attr-defined]
    try:
        for piece in response.stream(DRAINED):
            pieces.append(piece)
            if sum(map(len, pieces)) >= DRAINED:
                break
        else:
            if not response.length_remaining:
                response.release_conn()
                return b"".join(pieces)
    except TRANSPORT_ERRORS:
        pass
    response.close()
    return b"".join(pieces)


def root_cause(error: BaseException) -> BaseException:
    """What went wrong, out of what urllib3 wraps it in."""
    if isinstance(error, MaxRetryError) and error.reason is not None:
        return root_cause(error.reason)
    if isinstance(error, ProtocolError) and isinstance(error.args[-1], socket.timeout):
        return error.args[-1]
    if isinstance(error, ProxyError) and isinstance(error.original_error, Exception):
        return root_cause(error.original_error)
    return error


def is_timeout(error: BaseException) -> bool:
    # A NewConnectionError is a ConnectTimeoutError by inheritance, and means a refusal.
    return isinstance(error, (TransportTimeout, socket.timeout)) and not isinstance(error, NewConnectionError)
