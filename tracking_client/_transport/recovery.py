"""Recovery from a lost response: find out whether a POST or DELETE was processed."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Optional, Union, cast

from urllib3.exceptions import ProtocolError

from .._wire.serialization import to_jsonable
from .._wire.urls import expand_path, placeholders
from ..exceptions import ApiException
from . import retry
from .call_log import CallLog
from .deadline import Call
from .errors import TRANSPORT_ERRORS, describe, is_timeout, root_cause
from .exchange import PoolOf
from .prepared_request import PreparedRequest
from .response import RESTResponse

if TYPE_CHECKING:
    from urllib3 import BaseHTTPResponse


CREATED_PATHS: Mapping[str, str] = {
    "/samples": "/samples/{id}",
    "/samples/{id}/files": "/samples/{id}/files/{md5sum}",
}
"""By the path of a POST: the path of what it creates, with path parameters of the POST and keys of its body.

Only a POST that creates something with a unique key may be here: it is sent again if the look-up finds nothing.
"""


def created_url(
    method: str, base_url: str, resource_path: str, path_params: Mapping[str, Any], body: Any, safe: str
) -> Optional[str]:
    """Return the url of what a request creates; None if it creates nothing that can be looked up.

    Args:
        method: the HTTP method.
        base_url: the url that paths are appended to.
        resource_path: the path of the request, with ``{name}`` for each path parameter.
        path_params: the path parameters by name.
        body: the request body.
        safe: see `path_segment`.
    """
    path = CREATED_PATHS.get(resource_path) if method == "POST" else None
    if path is None:
        return None
    keys = to_jsonable(body)
    params = {**(keys if isinstance(keys, dict) else {}), **path_params}
    if not params.keys() >= placeholders(path):
        return None
    return base_url + expand_path(path, params, safe)


def send(request: PreparedRequest, pool_of: PoolOf, call: Call, log: CallLog) -> Union[RESTResponse, BaseHTTPResponse]:
    """Send a request, and find out what became of a write whose response was lost.

    A POST whose response was lost is looked up at its ``created_url``. A DELETE whose retry finds nothing has
    succeeded. See `retry.send` for the arguments and what is raised.
    """
    if request.created_url and request.read_body:
        return _create(request, request.created_url, pool_of, call, log)
    response = retry.send(request, pool_of, call, log)
    if request.method == "DELETE" and request.read_body and call.response_lost and _is_not_found(response):
        return RESTResponse(204, "No Content", response.headers, b"")
    return response


def is_outcome_unknown(request: PreparedRequest, call: Call, status: int = 0) -> bool:
    """Return whether the service may have processed a failed write, although its response was lost.

    Args:
        request: the request.
        call: the call that it belongs to.
        status: the status of the last response; 0 if there was none.
    """
    if request.is_safe:
        return False
    # A 429 or 5xx says nothing about an earlier attempt.
    says_nothing = status in (0, 429) or status >= 500
    return status in retry.LOST_STATUSES or (call.response_lost and says_nothing)


def _create(
    request: PreparedRequest, created_url: str, pool_of: PoolOf, call: Call, log: CallLog
) -> Union[RESTResponse, BaseHTTPResponse]:
    """Send a POST. If its response is lost, return what it created, or send it again if it created nothing.

    Sending it again is safe because the resource has a unique key.
    """
    policy = retry.policy_of(request.retries)
    lost: Optional[Exception] = None
    while True:
        response = None
        try:
            response = retry.send(request, pool_of, call, log, policy)
            if call.response_lost and lost is None:
                lost = ProtocolError("The response to an earlier attempt was lost.")
            if response.status != 409 or lost is None:
                return response
        except TRANSPORT_ERRORS as error:
            if not call.response_lost or policy.retries_made >= policy.max_retries:
                raise
            lost = error
        created = _look_up(request, created_url, lost, pool_of, call, log)
        if created is not None:
            return created
        if response is not None:
            return response  # the 409 is about a resource elsewhere
        delay = retry.within_limits(policy.backoff(), policy, call)
        if delay is None or is_timeout(root_cause(lost)):
            raise lost
        retry.wait(delay, policy, request, f"not processed: {describe(lost)}", log)


def _look_up(
    request: PreparedRequest, created_url: str, lost: Exception, pool_of: PoolOf, call: Call, log: CallLog
) -> Optional[RESTResponse]:
    """Return the response that a POST would have had, or None if it created nothing.

    Raises:
        Exception: ``lost``, if the outcome remains unknown.
    """
    log(logging.DEBUG, "%s %s: the response was lost, looking up %s", request.method, request.url, created_url)
    look_up = request._replace(method="GET", url=created_url, body=None, created_url=None)
    try:
        found = retry.send(look_up, pool_of, call, log)
    except TRANSPORT_ERRORS:
        raise lost from None
    if found.status == 404:
        return None
    if found.status != 200 or not _contains(found.data, request.body):
        raise lost
    found.headers["Location"] = created_url
    return RESTResponse(201, "Created", found.headers, cast("bytes", found.data))


def _contains(found: Union[bytes, str, None], sent: Optional[bytes]) -> bool:
    """Return whether a JSON object has all the members of the one that was sent."""
    try:
        is_contained: bool = json.loads(sent or b"{}").items() <= json.loads(found or b"").items()
    except (AttributeError, RecursionError, TypeError, ValueError):
        return False
    return is_contained


def _is_not_found(response: Union[RESTResponse, BaseHTTPResponse]) -> bool:
    """Return whether the service itself says that there is nothing, and not a proxy or another service."""
    if response.status != 404 or not response.headers.get("Content-Type", "").lower().startswith("application/json"):
        return False
    try:
        json.loads(response.data or b"")
    except (RecursionError, ValueError):
        return bool(response.data)  # truncated on its way
    return ApiException(http_resp=response).error is not None
