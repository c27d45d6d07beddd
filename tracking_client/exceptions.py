"""Every error that this library raises.

::

    OpenApiException
    ├── ApiTypeError (TypeError)            an argument of the wrong type, an unknown keyword
    ├── ApiValueError (ValueError)          an argument of an impossible value
    ├── ApiKeyError (KeyError)              a key that is not there
    ├── ApiAttributeError (AttributeError)  a setting that does not exist
    └── ApiException                        a request was made, and did not come out
        ├── BadRequestException             400
        ├── UnauthorizedException           401
        ├── ForbiddenException              403
        ├── NotFoundException               404
        ├── ConflictException               409
        ├── UnprocessableEntityException    422
        ├── ServiceException                500 to 599
        ├── ApiResponseError                an answer that is not what the API promises
        ├── ApiConnectionError              status 0: no answer came
        └── ApiTimeoutError (TimeoutError)  status 0: no answer came in time
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Optional

from .argument_errors import (
    ApiAttributeError,
    ApiKeyError,
    ApiTypeError,
    ApiValueError,
    OpenApiException,
    render_path,
)
from .content import body_text
from .models.error import Error

__all__ = [
    "ApiAttributeError",
    "ApiConnectionError",
    "ApiException",
    "ApiKeyError",
    "ApiResponseError",
    "ApiTimeoutError",
    "ApiTypeError",
    "ApiValueError",
    "BadRequestException",
    "ConflictException",
    "ForbiddenException",
    "NotFoundException",
    "OpenApiException",
    "ServiceException",
    "UnauthorizedException",
    "UnprocessableEntityException",
    "exception_class",
    "render_path",
]

_SHOWN = 500
"""How much of a body that is not an `Error` a message shows, in characters."""


class ApiException(OpenApiException):
    """A request that did not come out as it should.

    Args:
        status: the HTTP status of the answer; 0 if there was none.
        reason: the reason phrase of the answer, or what went wrong.
        http_resp: the answer to take status, reason, body and headers from instead: an object with ``status``,
            ``reason``, ``data`` and ``headers``, such as a `urllib3.HTTPResponse`.
        method: the request's method.
        url: the request's url.

    Attributes:
        status: the HTTP status (int); 0 if no answer came; None if none was given.
        reason: the reason phrase, or what went wrong (str or None).
        body: the answer's body as text; None if no answer came.
        headers: the answer's headers, names in any case; None if no answer came.
        method: the request's method (str), where known.
        url: the request's url (str), where known.
        outcome_unknown: whether the service may have carried the request out although no answer came (bool). It is so
            for a POST or DELETE that was sent, or that a proxy answered with 502 or 504.
    """

    def __init__(
        self,
        status: Optional[int] = None,
        reason: Optional[str] = None,
        http_resp: Any = None,
        *,
        method: Optional[str] = None,
        url: Optional[str] = None,
    ) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.body: Optional[str] = None
        self.headers: Optional[Mapping[str, str]] = None
        self.method = method
        self.url = url
        self.outcome_unknown = False
        if http_resp is not None:
            self.status = http_resp.status
            self.reason = http_resp.reason
            # An answer of a generated client's has a method in place of the attribute.
            self.headers = http_resp.headers if hasattr(http_resp, "headers") else http_resp.getheaders()
            data = http_resp.data or b""
            content_type = self.headers.get("content-type") if self.headers is not None else None
            self.body = data if isinstance(data, str) else body_text(data, content_type, "replace")

    @property
    def error(self) -> Optional[Error]:
        """The body as an `Error` where it is one, from ``code`` and ``message`` or from problem details (RFC 9457).

        None where the body is anything else, or no answer came.
        """
        try:
            body = json.loads(self.body or "")
            if "message" in body:
                return Error.from_json(body)
            return Error.from_json(
                {"code": body.get("status", self.status), "message": body.get("detail") or body["title"]}
            )
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            return None

    def __str__(self) -> str:
        """Status and reason, method and url, and what the service said, a line each."""
        lines = [f"({self.status}) {self.reason or ''}".rstrip()]
        if self.method:
            lines.append(f"{self.method} {self.url}")
        said = self.error.message if self.error else (self.body or "").strip()
        if len(said) > _SHOWN:
            said = f"{said[:_SHOWN]}... ({len(said)} characters)"
        if said:
            lines.append(said)
        return "\n".join(lines)


class BadRequestException(ApiException):
    """400: the request breaks the API's schema."""


class UnauthorizedException(ApiException):
    """401: the request has to say who asks, and doesn't."""


class ForbiddenException(ApiException):
    """403: who asks may not have it."""


class NotFoundException(ApiException):
    """404: no such sample, or no such file."""


class ConflictException(ApiException):
    """409: a file with that md5sum exists already, on this sample or on another."""


class UnprocessableEntityException(ApiException):
    """422: the request is well-formed and can't be followed."""


class ServiceException(ApiException):
    """500 to 599: the service, or a proxy in front of it, failed."""


class ApiResponseError(ApiException):
    """An answer that is not what the API promises: not JSON, or of another shape."""


class ApiConnectionError(ApiException):
    """Status 0: the request got no answer. The cause is chained."""


class ApiTimeoutError(ApiException, TimeoutError):
    """Status 0: the request got no answer in time. The cause is chained."""


_BY_STATUS: Mapping[int, type[ApiException]] = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    409: ConflictException,
    422: UnprocessableEntityException,
}


def exception_class(status: int) -> type[ApiException]:
    """The class for an answer with that HTTP status."""
    if 500 <= status <= 599:
        return ServiceException
    return _BY_STATUS.get(status, ApiException)
