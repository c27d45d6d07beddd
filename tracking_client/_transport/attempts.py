"""The loop of a call: send a request, retry it or look up what became of it, until its outcome is known."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable
from typing import cast

from urllib3 import BaseHTTPResponse, HTTPConnectionPool
from urllib3.exceptions import ProtocolError

from .._wire.urls import split_origin
from ..exceptions import TEMPORARY_STATUSES, ApiException, ApiResponseError, is_not_found
from .call_log import CallLog
from .connections import close_idle_connections
from .deadline import Call
from .errors import TRANSPORT_ERRORS, describe, drop_tracebacks, is_timeout, raise_callers_error, root_cause
from .exchange import send_once
from .prepared_request import PreparedRequest
from .response import Outcome, RESTResponse, read
from .retry_policy import policy_of, within_limits


def sleep(seconds: float) -> None:
    """Wait for a backoff delay. A test may replace this."""
    time.sleep(seconds)  # gevent and eventlet replace this one


class Attempts:
    """The attempts of one call.

    After each attempt, in this order:

    1. If the response to a write was lost, and the write is not simply sent again, it is looked up. A PUT is never sent
       again: the service would store it twice, if it still processes the first one.
    2. If what was sent is there, the call has succeeded. If a POST created nothing, it is sent again, which is safe
       because what it creates has a unique key.
    3. Otherwise the policy decides whether the request is sent again, and after what delay.

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
        self._was_received = False
        self.response_lost = False

    def send(self) -> Outcome:
        """Send the request until its outcome is known, or there is no further attempt; return how that ended.

        The body of a response is unread if it was successful and the request says so.

        Raises:
            ApiResponseError: the content coding of a success is broken.
            ApiConnectionError: there were too many redirects.
        """
        while True:
            outcome, delay = self._attempt()
            is_lost = self._may_be_processed(outcome)
            if delay is None and self._is_in_doubt(outcome, is_lost):
                found = self._look_up(outcome)
                if found is not None and _has_what_was_sent(self._request, found):
                    return self._success_of(found)
                if found is None and _is_response(outcome, 409):
                    outcome, is_lost = ProtocolError("The response to an earlier attempt was lost."), True
                elif found is not None and self._request.method == "POST":
                    is_lost = is_lost and found.status == 404 and not _is_response(outcome, 500)
                    delay = self._delay_before_sending_again(outcome)
            if self.response_lost and self._is_done(outcome):
                return RESTResponse(204, "No Content", cast(RESTResponse, outcome).headers, b"")
            self.response_lost |= is_lost
            self._was_received |= self._call.sent
            if delay is None:
                return outcome
            self._wait(delay, outcome)

    def is_outcome_unknown(self, error: ApiException) -> bool:
        """Return whether the service may have processed a failed write.

        Args:
            error: how the call ended. Some errors say nothing about an earlier attempt.
        """
        status = error.status or 0
        says_nothing = status in (0, 429) or status >= 500 or isinstance(error, ApiResponseError)
        return self.response_lost and says_nothing

    def _attempt(self) -> tuple[Outcome, float | None]:
        """Send the request once; return how that ended, and the delay before the next attempt, or None."""
        outcome = self._exchange()
        delay = self._delay_after(outcome)
        if not isinstance(outcome, BaseHTTPResponse):
            return outcome, delay
        if delay is not None:
            outcome.close()  # rather than read the rest of the body, which may never end
        elif self._request.read_body or not 200 <= outcome.status <= 299:
            return self._read(outcome)
        return outcome, delay

    def _exchange(self) -> BaseHTTPResponse | Exception:
        try:
            self._pool = self._pool_of(split_origin(self._request.url)[0])
            return send_once(self._request, self._pool, self._call)
        except TRANSPORT_ERRORS as error:
            return self._failed(error)

    def _read(self, response: BaseHTTPResponse) -> tuple[Outcome, float | None]:
        """Read the body of a response. If it is truncated, the response is lost."""
        try:
            complete, is_truncated = read(response)
        except TRANSPORT_ERRORS as error:
            failure = self._failed(error)
            return failure, self._delay_after(failure)
        # The body of a 404 tells the service from a gateway.
        is_lost = is_truncated and complete.status == 404
        return complete, self._delay_after(ProtocolError("truncated 404")) if is_lost else None

    def _failed(self, error: Exception) -> Exception:
        """Return an error of the transport as a value, or raise it if it is that of the user's own code."""
        raise_callers_error(error)
        drop_tracebacks(error)
        # What ended this connection may have ended the idle ones too, without a sign.
        close_idle_connections(self._pool)
        return error

    def _delay_after(self, outcome: Outcome) -> float | None:
        """Return the delay before the request is sent again, or None for no further attempt."""
        if self._request.method == "PUT" and self._may_be_processed(outcome):
            return None
        if isinstance(outcome, Exception):
            delay = self._policy.delay_after_error(self._request, outcome, self._call.sent)
        else:
            delay = self._policy.delay_after_response(self._request, cast(BaseHTTPResponse, outcome))
        return within_limits(delay, self._policy, self._call)

    def _delay_before_sending_again(self, outcome: Outcome) -> float | None:
        """Return the delay before a POST that was looked up, and has created nothing, is sent again, or None."""
        is_sent_again = not is_timeout(root_cause(outcome)) if isinstance(outcome, Exception) else outcome.status == 500
        return within_limits(self._policy.backoff(outcome) if is_sent_again else None, self._policy, self._call)

    def _may_be_processed(self, outcome: Outcome) -> bool:
        """Return whether the service may have processed a write although its response was lost."""
        if self._request.is_safe:
            return False
        if isinstance(outcome, Exception):
            return self._call.sent
        return TEMPORARY_STATUSES.get(outcome.status, False)

    def _is_in_doubt(self, outcome: Outcome, is_lost: bool) -> bool:
        """Return whether a look-up can tell what became of a write. A 409 may be about its own earlier attempt."""
        is_own_conflict = _is_response(outcome, 409) and self._was_received and self._request.method == "POST"
        return (is_lost or is_own_conflict) and self._policy.max_retries > 0 and self._request.look_up_url is not None

    def _look_up(self, outcome: Outcome) -> RESTResponse | None:
        """Look up what a write stores; return a 200 with a JSON object, a 404 of the service, or None for neither."""
        request = self._request
        url = str(request.look_up_url)
        message = "%s %s: %s; the outcome is unknown, looking up %s"
        self._log(logging.DEBUG, message, request.method, request.url, _described(outcome), url)
        look_up = request._replace(method="GET", url=url, body=None)
        found = Attempts(look_up, self._pool_of, self._call, self._log).send()
        close_idle_connections(self._pool)  # if the request is sent again, over a new one
        if not isinstance(found, RESTResponse):
            return None
        return (
            found if is_not_found(found, "GET") or (found.status == 200 and _object(found.data) is not None) else None
        )

    def _success_of(self, found: RESTResponse) -> RESTResponse:
        """Return the response that a write would have had."""
        found.headers["Location"] = str(self._request.look_up_url)
        status, reason = (201, "Created") if self._request.method == "POST" else (200, "OK")
        return RESTResponse(status, reason, found.headers, cast(bytes, found.data))

    def _is_done(self, outcome: Outcome) -> bool:
        """Return whether a DELETE has been done by an earlier attempt: the service says that there is nothing."""
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


def _object(data: bytes | str | None) -> dict[str, object] | None:
    """Return a JSON object; None for anything else."""
    try:
        found = json.loads(data or b"")
    except (RecursionError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def _has_what_was_sent(request: PreparedRequest, found: RESTResponse) -> bool:
    """Return whether what was found is what a write stores: its members are those that were sent.

    What a POST creates may have others too. A PUT replaces the whole, so there what was not sent must be missing.
    """
    sent, stored = _object(request.body), _object(found.data)
    if found.status != 200 or sent is None or stored is None:
        return False
    if request.method == "PUT":
        stored = {key: value for key, value in stored.items() if value is not None}
        return stored == sent
    return sent.items() <= stored.items()
