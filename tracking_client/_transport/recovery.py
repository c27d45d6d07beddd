"""Recovery from a lost response: find out whether a POST or DELETE was processed."""

from __future__ import annotations

import json
import logging
from typing import TYPE_CHECKING, cast

from urllib3.exceptions import ProtocolError

from ..exceptions import ApiException, ApiResponseError, is_not_found
from . import retry
from .call_log import CallLog
from .deadline import Call
from .errors import TRANSPORT_ERRORS, describe, is_from_caller, is_timeout, release_frames, root_cause
from .exchange import PoolOf
from .prepared_request import PreparedRequest
from .response import RESTResponse

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse


_DOUBTFUL_STATUSES = retry.LOST_STATUSES | {500}
"""Statuses of a POST that may have been processed: the service stores some of what it responds to with 500."""


def send(request: PreparedRequest, pool_of: PoolOf, call: Call, log: CallLog) -> RESTResponse | BaseHTTPResponse:
    """Send a request, and find out what became of a write whose outcome is unknown.

    What a POST creates is looked up at its ``created_url``. A DELETE whose retry finds nothing has succeeded. See
    `retry.send` for the arguments and what is raised.
    """
    if request.can_be_looked_up:
        return _create(request, pool_of, call, log)
    response = retry.send(request, pool_of, call, log)
    if request.method == "DELETE" and request.read_body and call.response_lost and is_not_found(response, "DELETE"):
        return RESTResponse(204, "No Content", response.headers, b"")
    call.response_lost |= request.method == "POST" and response.status in _DOUBTFUL_STATUSES
    return response


def is_outcome_unknown(request: PreparedRequest, call: Call, error: ApiException) -> bool:
    """Return whether the service may have processed a failed write, although its response was lost.

    Args:
        request: the request.
        call: the call that it belongs to.
        error: how the call ended.
    """
    if request.is_safe:
        return False
    status = error.status or 0
    # These say nothing about an earlier attempt. An ApiResponseError is not from the service.
    says_nothing = status in (0, 429) or status >= 500 or isinstance(error, ApiResponseError)
    return status in retry.LOST_STATUSES or (call.response_lost and says_nothing)


def _create(request: PreparedRequest, pool_of: PoolOf, call: Call, log: CallLog) -> RESTResponse | BaseHTTPResponse:
    """Send a POST. If its outcome is unknown, return what it created, or send it again if it created nothing.

    Sending it again is safe because the resource has a unique key.
    """
    policy = retry.policy_of(request.retries)
    while True:
        try:
            response = retry.send(request, pool_of, call, log, policy)
        except TRANSPORT_ERRORS as error:
            if is_from_caller(error) or not call.response_lost or policy.retries_made >= policy.max_retries:
                raise
            found = _look_up(request, pool_of, call, log)
            if found is None:
                raise
            if found.status == 201:
                return found
            delay = retry.within_limits(policy.backoff(), policy, call)
            if delay is None or is_timeout(root_cause(error)):
                raise
            failure = f"not processed: {describe(error)}"
        else:
            return _resolve(response, request, policy, pool_of, call, log)
        retry.wait(delay, policy, request, failure, log)


def _resolve(
    response: RESTResponse | BaseHTTPResponse,
    request: PreparedRequest,
    policy: retry.RetryPolicy,
    pool_of: PoolOf,
    call: Call,
    log: CallLog,
) -> RESTResponse | BaseHTTPResponse:
    """Return the response to a POST, or what the POST created although the response does not say so.

    A 409 after a retry may be about what an earlier attempt created.

    Raises:
        urllib3.exceptions.ProtocolError: the look-up after a 409 failed.
    """
    is_own_conflict = response.status == 409 and policy.retries_made > 0
    if not is_own_conflict and response.status not in _DOUBTFUL_STATUSES:
        return response
    found = _look_up(request, pool_of, call, log) if policy.max_retries else None
    if found is None:
        call.response_lost = True
        if is_own_conflict:
            raise ProtocolError("The response to an earlier attempt was lost.")
    return found if found is not None and found.status == 201 else response


def _look_up(request: PreparedRequest, pool_of: PoolOf, call: Call, log: CallLog) -> RESTResponse | None:
    """Look up what a POST creates.

    Returns:
        The response that the POST would have had, with status 201; a 404 if it created nothing; None if that is not
        known.
    """
    url = str(request.created_url)
    log(logging.DEBUG, "%s %s: the outcome is unknown, looking up %s", request.method, request.url, url)
    look_up = request._replace(method="GET", url=url, body=None, created_url=None)
    try:
        found = retry.send(look_up, pool_of, call, log)
    except TRANSPORT_ERRORS as error:
        if is_from_caller(error):
            raise
        release_frames(error)
        return None
    if is_not_found(found, "GET"):
        return cast("RESTResponse", found)
    if found.status != 200 or not _contains(found.data, request.body):
        return None
    found.headers["Location"] = url
    return RESTResponse(201, "Created", found.headers, cast("bytes", found.data))


def _contains(found: bytes | str | None, sent: bytes | None) -> bool:
    """Return whether a JSON object has all the members of the one that was sent."""
    try:
        is_contained: bool = json.loads(sent or b"{}").items() <= json.loads(found or b"").items()
    except (AttributeError, RecursionError, TypeError, ValueError):
        return False
    return is_contained
