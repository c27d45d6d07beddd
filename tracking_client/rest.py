"""The transport: a request over urllib3, and the one place where its errors become this library's."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Optional, Union
from urllib.parse import urlencode

from . import process
from .argument_errors import ApiValueError, OpenApiException
from .call_log import log_call
from .configuration import Configuration, RequestTimeout
from .deadline import current_call, limits_of
from .exceptions import ApiConnectionError, ApiException, ApiResponseError, ApiTimeoutError, exception_class
from .exchange import SAFE_METHODS, TRANSPORT_ERRORS, Request, RESTResponse, Undecodable, is_timeout, root_cause
from .pools import pool_for
from .retry import retry_policy

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse, HTTPConnectionPool

__all__ = ["ApiException", "RESTClientObject", "RESTResponse"]


_SHOWN = 300
"""How much of an error of the transport's is told, in characters: it may hold what came over the wire."""


class RESTClientObject:
    """Sends requests, over connections that it keeps for the next one. One serves many threads, and forked processes.

    Args:
        configuration: the settings. Those of TLS, proxy and pool size are read when the first connection to a server
            is made, the others at each request.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._pools: dict[str, HTTPConnectionPool] = {}
        self._process = process.this_process
        self._abandoned: list[dict[str, HTTPConnectionPool]] = []

    def __getstate__(self) -> dict[str, Any]:
        return {"configuration": self.configuration}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__(state["configuration"])  # type: ignore[misc]

    def close(self) -> None:
        """Closes the connections that are idle; those in use close when they are done. A later request opens new."""
        self._leave_to_parent()
        pools, self._pools = self._pools, {}
        while pools:
            # Another thread may be about to add one to them.
            pools.popitem()[1].close()

    def request(
        self,
        method: str,
        url: str,
        query_params: Union[Mapping[str, Any], Iterable[tuple[str, Any]], None] = None,
        headers: Optional[Mapping[str, str]] = None,
        body: Optional[bytes] = None,
        _preload_content: bool = True,
        _request_timeout: Optional[RequestTimeout] = None,
        _made: Optional[str] = None,
    ) -> Union[RESTResponse, BaseHTTPResponse]:
        """Makes a request, and repeats it as far as `Configuration.retries` has it.

        Args:
            method: the HTTP method.
            url: an absolute http or https url.
            query_params: parameters to add to the url.
            headers: the request's headers.
            body: the request's body.
            _preload_content: whether the body of a success is read; if not, its connection is the caller's to release.
            _request_timeout: seconds; see `Configuration.timeout`, which holds where this is None.
            _made: the url of what a POST makes. If the answer is lost, a look there tells what became of it.

        Returns:
            The answer, or where its body is not to be read, the `urllib3.HTTPResponse`.

        Raises:
            ApiTypeError, ApiValueError: the timeout, or a setting, is not one.
            ApiException: the status is not from 200 to 299, or no answer came.
        """
        if not url.startswith(("http://", "https://")):
            raise ApiValueError(f"Invalid url {url!r}, must begin with http:// or https://")
        if query_params:
            url = f"{url}?{_query(query_params)}"
        limits = limits_of(self.configuration.timeout if _request_timeout is None else _request_timeout)
        request = Request(
            self.pool,
            retry_policy(self.configuration.retries),
            method,
            url,
            dict(headers or {}),
            body,
            _preload_content,
            limits,
        )
        # A log handler, say, may make a call within a call.
        outer = current_call.end, current_call.read_limit, current_call.sent
        current_call.start(limits)
        try:
            answer: Union[RESTResponse, BaseHTTPResponse] = (
                request.answer_of_post(_made) if _made and _preload_content else request.answer()
            )
        except OpenApiException:
            raise
        except TRANSPORT_ERRORS as error:
            wire_error = _wire_error(error, method, url)
            log_call(self.configuration, "%s %s: %s", method, wire_error.url, wire_error.reason)
            raise wire_error from error
        finally:
            current_call.end, current_call.read_limit, current_call.sent = outer
        log_call(self.configuration, "%s %s: %s %s", method, url, answer.status, answer.reason)
        if not 200 <= answer.status <= 299:
            refusal = exception_class(answer.status)(http_resp=answer, method=method, url=url)
            refusal.outcome_unknown = answer.status in (502, 504) and method not in SAFE_METHODS
            raise refusal
        return answer

    def pool(self, origin: str) -> HTTPConnectionPool:
        """The connections of this process to a server."""
        self._leave_to_parent()
        pool = self._pools.get(origin)
        if pool is None:
            made = self.connect(origin)  # meanwhile another thread may close, which begins anew
            pool = self._pools.setdefault(origin, made)
        return pool

    def _leave_to_parent(self) -> None:
        """After a fork, leaves the sockets that are the parent's alone.

        They are kept: to drop or close the pools of a transport of one's own may take locks that a thread of the
        parent's held.
        """
        if self._process is not process.this_process:
            self._abandoned.append(self._pools)
            self._pools = {}
            self._process = process.this_process

    def connect(self, origin: str) -> HTTPConnectionPool:
        """New connections to a server. A test, or a transport of one's own, may replace this method.

        Args:
            origin: scheme, name and port, such as ``https://tracking.example:8443``.
        """
        return pool_for(self.configuration, origin)


def _query(params: Union[Mapping[str, Any], Iterable[tuple[str, Any]]]) -> str:
    try:
        return urlencode(list(params.items() if isinstance(params, Mapping) else params), doseq=True)
    except (TypeError, ValueError) as error:
        raise ApiValueError(f"Invalid query parameters: {error}") from None


def _wire_error(error: Exception, method: str, url: str) -> ApiException:
    """The error of this library for one of the transport's."""
    cause = root_cause(error)
    if isinstance(cause, Undecodable):
        return ApiResponseError(cause.status, str(cause), method=method, url=url)
    kind = ApiTimeoutError if is_timeout(cause) else ApiConnectionError
    reason = f"{type(cause).__name__}: {cause}"[:_SHOWN]
    unknown = current_call.sent and method not in SAFE_METHODS
    if unknown:
        reason += "; whether the request was carried out is not known"
    wire_error = kind(0, reason, method=method, url=url)
    wire_error.outcome_unknown = unknown
    return wire_error
