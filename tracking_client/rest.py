"""The REST client: sends requests over connection pools, and raises an exception if a request fails."""

from __future__ import annotations

import logging
import os
import sys
import time
from collections.abc import Iterable, Mapping
from typing import Any

from urllib3 import BaseHTTPResponse, HTTPConnectionPool

from ._transport.attempts import Attempts
from ._transport.call_log import CallLog
from ._transport.deadline import Call, current
from ._transport.errors import STATUSES_OF_PROXIES, to_api_exception
from ._transport.pools import open_pool
from ._transport.prepared_request import PreparedRequest
from ._transport.response import RESTResponse
from ._transport.timeouts import parse_timeout
from ._wire.headers import Headers
from ._wire.serialization import encode
from ._wire.text import plain_text
from ._wire.urls import QueryParams, add_query, split_origin
from .argument_errors import ApiTypeError, ApiValueError
from .configuration import Configuration, RequestTimeout
from .exceptions import ApiException, from_response

__all__ = ["ApiException", "RESTClientObject", "RESTResponse"]


class RESTClientObject:
    """Sends requests over a connection pool for each server. Thread-safe, and safe to use after a fork.

    Args:
        configuration: the settings. Those of TLS, proxy and pool size are read when the first connection to a server
            is opened, the others for each request.
    """

    def __init__(self, configuration: Configuration) -> None:
        self.configuration = configuration
        self._log = CallLog(configuration)
        # By process id and origin: after a fork, the connections of the parent are not for the child.
        self._pools: dict[tuple[int, str], HTTPConnectionPool] = {}

    def __getstate__(self) -> dict[str, Any]:
        return {"configuration": self.configuration}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__init__(state["configuration"])  # type: ignore[misc]

    def close(self) -> None:
        """Close idle connections. Those in use are closed when their call ends. A later request opens new ones."""
        process = os.getpid()
        for key in list(self._pools):
            pool = self._pools.pop(key, None) if key[0] == process else None
            if pool is not None:
                pool.close()

    def request(
        self,
        method: str,
        url: str,
        query_params: QueryParams | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        post_params: Iterable[Any] | None = None,
        _preload_content: bool = True,
        _request_timeout: RequestTimeout | None = None,
    ) -> RESTResponse | BaseHTTPResponse:
        """Send a request, and retry it as `Configuration.retries` says.

        Args:
            method: the HTTP method.
            url: an absolute http or https url.
            query_params: query parameters to add to the url.
            headers: the request headers.
            body: the request body: bytes, text, or a value to send as JSON; None for none.
            post_params: must be empty: this API has no forms.
            _preload_content: whether to read the body of a successful response. If False, the caller releases the
                connection.
            _request_timeout: seconds; see `Configuration.timeout`, which applies if this is None.

        Returns:
            The response, or a `urllib3.HTTPResponse` if its body is not to be read.

        Raises:
            ApiTypeError, ApiValueError: an argument or a setting is invalid.
            ApiException: the status is not from 200 to 299, or there was no response.
        """
        if not url.startswith(("http://", "https://")):
            raise ApiValueError(f"Invalid url {url!r}, must begin with http:// or https://")
        if post_params:
            raise ApiTypeError("`post_params` must be empty: this API has JSON bodies only")
        if body is not None and not isinstance(body, bytes):
            body = body.encode() if isinstance(body, str) else encode(body)
        configuration = self.configuration
        request = PreparedRequest(
            method=plain_text(method),
            url=add_query(plain_text(url), query_params),
            headers=(headers if isinstance(headers, Headers) else Headers(headers)).to_dict(),
            body=body,
            timeouts=parse_timeout(configuration.timeout if _request_timeout is None else _request_timeout),
            retries=configuration.retries,
            read_body=_preload_content,
        )
        return self._send(request)

    def _send(self, request: PreparedRequest) -> RESTResponse | BaseHTTPResponse:
        # A call may be made within another, by a log handler for example.
        call = Call(request.timeouts)
        attempts = Attempts(request, self.pool, call, self._log)
        outer = current.set(call)
        try:
            outcome = attempts.send()
        except ApiException as error:
            error.method, error.url = request.method, request.url
            error.outcome_unknown = attempts.is_outcome_unknown(error)
            self._log_end(request, call, error.reason)
            raise
        except KeyboardInterrupt as error:
            if not request.is_safe and (call.sent or attempts.response_lost):
                self._note_interrupted_write(request, error)
            raise
        finally:
            current.reset(outer)
        if isinstance(outcome, Exception):
            raise self._no_response(attempts, request, call, outcome) from outcome
        self._log_end(request, call, f"{outcome.status} {outcome.reason}")
        if not 200 <= outcome.status <= 299:
            raise self._failure(attempts, request, outcome)
        return outcome

    def _note_interrupted_write(self, request: PreparedRequest, error: KeyboardInterrupt) -> None:
        note = f"{request.method} {request.url} was interrupted: the request may have been processed"
        if sys.version_info >= (3, 11):
            error.add_note(note)
        else:
            self._log(logging.WARNING, "%s", note)

    # An exception is never in a local variable of a function that raises it: that would be a reference cycle.
    def _no_response(self, attempts: Attempts, request: PreparedRequest, call: Call, error: Exception) -> ApiException:
        exception = to_api_exception(error, request.method, request.url)
        exception.outcome_unknown = attempts.is_outcome_unknown(exception)
        exception.hint = self._route(request.url) or exception.hint
        self._log_end(request, call, exception.reason)
        return exception

    def _failure(
        self, attempts: Attempts, request: PreparedRequest, response: RESTResponse | BaseHTTPResponse
    ) -> ApiException:
        failure = from_response(response, request.method, request.url)
        failure.outcome_unknown = attempts.is_outcome_unknown(failure)
        if response.status in STATUSES_OF_PROXIES:
            failure.hint = self._route(request.url)
        return failure

    def _route(self, url: str) -> str | None:
        """Return a hint for errors that names the proxy; None if there is none."""
        pool = self._pools.get((os.getpid(), split_origin(url)[0]))
        return getattr(pool, "route", None)

    def _log_end(self, request: PreparedRequest, call: Call, outcome: str | None) -> None:
        elapsed = time.monotonic() - call.started
        self._log(logging.DEBUG, "%s %s: %s in %.3f s", request.method, request.url, outcome, elapsed)

    def pool(self, origin: str) -> HTTPConnectionPool:
        """Return this process's connection pool for a server.

        Args:
            origin: scheme, host name and port, such as ``https://tracking.example:8443``.

        Raises:
            ApiValueError: a setting is invalid, or a mock of urllib3 would be bypassed.
        """
        key = os.getpid(), origin
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools.setdefault(key, self.connect(origin))
        return pool

    def connect(self, origin: str) -> HTTPConnectionPool:
        """Return a new connection pool for a server. A test, or a subclass with another transport, may replace this.

        Args:
            origin: scheme, host name and port, such as ``https://tracking.example:8443``.
        """
        return open_pool(self.configuration, origin)
