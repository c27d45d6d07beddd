"""The loop of a call: send a request, retry it or look up what became of it, until its outcome is known."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any, cast

from urllib3 import BaseHTTPResponse, HTTPConnectionPool
from urllib3.exceptions import ConnectTimeoutError, ProtocolError

from .._wire.resources import is_stored
from .._wire.text import json_object
from .._wire.urls import split_origin
from ..exceptions import ApiException, ConflictException, NotFoundException, is_not_found
from .call_log import CallLog
from .connections import close_idle_connections
from .deadline import Call
from .errors import TRANSPORT_ERRORS, describe, drop_tracebacks, raise_callers_error
from .exchange import send_once
from .prepared_request import PreparedRequest
from .response import Outcome, RESTResponse, read
from .retry_policy import delay_after, may_be_processed, policy_of, within_limits


def sleep(seconds: float) -> None:
    """Wait for a backoff delay. A test may replace this."""
    time.sleep(seconds)  # gevent and eventlet replace this one


class Attempts:
    """The attempts of one call, in a loop that ends when the outcome is known, or there is no further attempt:

    1. The request is sent once. The policy decides whether it is sent again, and after what delay.
    2. If it is not, and the service may have processed a POST or PUT although its response was lost, that is looked up.
       If what was sent is there, the call has succeeded. If a POST created nothing, it is sent again, which is safe
       because what it creates has a unique key. With no retries, nothing is looked up.
    3. If the response to a DELETE was lost, and the service responds to the next one that there is nothing, the call
       has succeeded.

    Args:
        request: the request.
        pool_of: returns the connection pool for an origin.
        call: the call that the request belongs to.
        log: where failed attempts and delays are logged.

    Attributes:
        response_lost: whether the service may have processed an attempt whose response was lost.
    """

    def __init__(
        self, request: PreparedRequest, pool_of: Callable[[str], HTTPConnectionPool], call: Call, log: CallLog
    ) -> None:
        self._request = request
        self._pool_of = pool_of
        self._call = call
        self._log = log
        self._policy = policy_of(request.retries)
        self._pool: HTTPConnectionPool | None = None
        self._was_sent = False
        self.response_lost = False

    def send(self) -> Outcome:
        """Send the request, and find out its outcome; return how that ended.

        The body of a response is unread if it was successful and the request says so.

        Raises:
            ApiResponseError: the content coding of a success is broken.
            ApiConnectionError: there were too many redirects.
        """
        while True:
            lost_before = self.response_lost
            outcome, delay = self._attempt()
            self.response_lost |= may_be_processed(self._request, outcome, self._call)
            if delay is None and self._needs_look_up(outcome):
                outcome, delay = self._look_up(outcome, lost_before)
            if lost_before and self._is_deleted(outcome):
                return RESTResponse(204, "No Content", cast(RESTResponse, outcome).headers, b"")
            if delay is None:
                return outcome
            self._was_sent, self._call.sent = self._was_sent or self._call.sent, False
            self._wait(delay, outcome)

    def is_outcome_unknown(self, error: ApiException) -> bool:
        """Return whether the service may have processed a failed write.

        Args:
            error: how the call ended. After a lost response, only the service's own 404 or 409 says anything about the
                attempt before, and only if that was looked up.
        """
        can_be_looked_up = self._request.read_body and self._request.look_up_url is not None
        is_definite = can_be_looked_up and isinstance(error, (NotFoundException, ConflictException))
        return self.response_lost and not is_definite

    def _attempt(self) -> tuple[Outcome, float | None]:
        """Send the request once; return how that ended, and the delay before the next attempt, or None."""
        outcome: Outcome = self._caught(self._exchange)
        try:
            delay = delay_after(self._policy, self._request, outcome, self._call)
        except BaseException:  # of the user's own policy
            if isinstance(outcome, BaseHTTPResponse):
                outcome.close()
            raise
        if isinstance(outcome, BaseHTTPResponse) and delay is not None:
            outcome.close()  # rather than read the rest of the body, which may never end
        elif isinstance(outcome, BaseHTTPResponse) and (self._request.read_body or not 200 <= outcome.status <= 299):
            outcome = self._caught(read, outcome)
            if isinstance(outcome, Exception):
                delay = delay_after(self._policy, self._request, outcome, self._call)
        if isinstance(outcome, Exception):
            drop_tracebacks(outcome)  # once more, for a policy may have raised the error again
        return outcome, delay

    def _exchange(self) -> BaseHTTPResponse:
        self._pool = self._pool_of(split_origin(self._request.url)[0])
        return send_once(self._request, self._pool, self._call)

    def _caught(self, step: Callable[..., Any], *arguments: object) -> Any:
        """Return what a step returns, or its error if that is the transport's."""
        try:
            return step(*arguments)
        except TRANSPORT_ERRORS as error:
            raise_callers_error(error)
            drop_tracebacks(error)
            if isinstance(error, ConnectTimeoutError):  # also a refused connection, or a host name that is not known
                self._call.sent = False
            # What ended this connection may have ended the idle ones too, without a sign.
            close_idle_connections(self._pool)
            return error

    def _needs_look_up(self, outcome: Outcome) -> bool:
        """Return whether a look-up has to tell what became of a POST or PUT: after a lost response, or after a 409 that
        an earlier attempt may have caused.
        """
        if not isinstance(outcome, Exception) and 200 <= outcome.status <= 299:
            return False
        is_in_doubt = self.response_lost or (self._was_sent and _is_response(outcome, 409))
        return is_in_doubt and self._policy.max_retries > 0 and self._request.look_up_url is not None

    def _look_up(self, outcome: Outcome, lost_before: bool) -> tuple[Outcome, float | None]:
        """Look up what became of a POST or PUT; return how it ended, and the delay before it is sent again, or None.

        Args:
            outcome: how the last attempt ended.
            lost_before: whether the response to an earlier one was lost.
        """
        found = self._found(outcome)
        if found is None:
            if self.response_lost and _is_response(outcome, 409):  # by which attempt is not known
                return ProtocolError("The response to an earlier attempt was lost."), None
            return outcome, None
        if found.status == 200 and is_stored(self._request.method, self._request.body, found.data):
            return self._success_of(found), None
        if self._request.method == "PUT":
            return outcome, None  # it may still be in process
        if found.status == 200:
            self.response_lost = False  # something else has the key
        elif _is_response(outcome, 500):
            self.response_lost = lost_before  # the service has ended this attempt, and stored nothing
        return outcome, within_limits(self._policy.delay_after_look_up(outcome), self._policy, self._call)

    def _found(self, outcome: Outcome) -> RESTResponse | None:
        """Return what a write has stored: a 200 with a JSON object, a 404 of the service, or None if neither came."""
        request = self._request
        url = str(request.look_up_url)
        message = "%s %s: %s; the outcome is unknown, looking up %s"
        self._log(logging.DEBUG, message, request.method, request.url, _described(outcome), url)
        look_up = request._replace(method="GET", url=url, body=None)
        try:
            found = Attempts(look_up, self._pool_of, self._call, self._log).send()
        except ApiException:
            return None
        close_idle_connections(self._pool)  # if the request is sent again, over a new one
        if not isinstance(found, RESTResponse) or (found.status == 200 and json_object(found.data) is None):
            return None
        return found if found.status == 200 or is_not_found(found, "GET") else None

    def _success_of(self, found: RESTResponse) -> RESTResponse:
        """Return the response that a write would have had."""
        found.headers["Location"] = str(self._request.look_up_url)
        if self._request.method == "POST":
            found.status, found.reason = 201, "Created"
        return found

    def _is_deleted(self, outcome: Outcome) -> bool:
        """Return whether the service says that there is nothing to delete."""
        is_delete = self._request.method == "DELETE" and self._request.read_body
        return is_delete and not isinstance(outcome, Exception) and is_not_found(outcome, "DELETE")

    def _wait(self, delay: float, outcome: Outcome) -> None:
        """Count and log a retry, and wait before it."""
        self._policy.retries_made += 1
        method, url, retries = self._request.method, self._request.url, self._policy.retries_made
        self._log(logging.INFO, "%s %s: retry %d in %.3g s: %s", method, url, retries, delay, _described(outcome))
        if delay > 0:
            sleep(delay)


def _is_response(outcome: Outcome, status: int) -> bool:
    return not isinstance(outcome, Exception) and outcome.status == status


def _described(outcome: Outcome) -> str:
    return describe(outcome) if isinstance(outcome, Exception) else f"{outcome.status} {outcome.reason}"
