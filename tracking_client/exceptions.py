"""Every error that this library raises.

::

    OpenApiException
    ├── ApiTypeError (TypeError)            an argument of the wrong type, or an unknown keyword argument
    ├── ApiValueError (ValueError)          an argument with an invalid value
    │   ├── ManifestError                   a manifest that cannot be used
    │   ├── SampleConflictError             names that belong to different samples
    │   └── SampleNotFoundError             samples that do not exist, and are not to be created
    ├── ApiKeyError (KeyError)              a key that does not exist
    ├── ApiAttributeError (AttributeError)  a setting that does not exist
    ├── ApiFileError (OSError)              a file on disk that cannot be used
    │   ├── ApiFileNotFoundError (FileNotFoundError)
    │   └── ApiFilePermissionError (PermissionError)
    ├── ServiceUnavailableError             many calls, which ended because the service cannot be used
    ├── WorkerLostError                     many calls, which ended because their executor has lost a worker
    └── ApiException                        a request that failed
        ├── BadRequestException             400
        ├── UnauthorizedException           401
        ├── ForbiddenException              403
        ├── NotFoundException               404
        ├── ConflictException               409
        ├── UnprocessableEntityException    422
        ├── ServiceException                500 to 599
        ├── ApiResponseError                a response that does not match the API
        ├── ApiConnectionError              status 0: no response
        └── ApiTimeoutError (TimeoutError)  status 0: no response in time
    RunInterrupted (KeyboardInterrupt)      many calls, which ended because of Ctrl-C
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from . import models
from ._wire.text import decode_body
from .argument_errors import (
    ApiAttributeError,
    ApiFileError,
    ApiFileNotFoundError,
    ApiFilePermissionError,
    ApiKeyError,
    ApiTypeError,
    ApiValueError,
    OpenApiException,
    render_path,
)

__all__ = [
    "TEMPORARY_STATUSES",
    "ApiAttributeError",
    "ApiConnectionError",
    "ApiException",
    "ApiFileError",
    "ApiFileNotFoundError",
    "ApiFilePermissionError",
    "ApiKeyError",
    "ApiResponseError",
    "ApiTimeoutError",
    "ApiTypeError",
    "ApiValueError",
    "BadRequestException",
    "ConflictException",
    "ForbiddenException",
    "ManifestError",
    "NotFoundException",
    "OpenApiException",
    "RunInterrupted",
    "SampleConflictError",
    "SampleNotFoundError",
    "ServiceException",
    "ServiceUnavailableError",
    "UnauthorizedException",
    "UnprocessableEntityException",
    "WorkerLostError",
    "exception_class",
    "render_path",
]

TEMPORARY_STATUSES: Mapping[int, bool] = {
    429: False,  # Too Many Requests
    500: True,  # the service stores some of what it responds to with this, and responds so once after its restart
    502: True,  # a gateway received no valid response, but the service may still process the request
    503: False,  # Service Unavailable
    504: True,  # the same as 502, for a response that did not come in time
}
"""The statuses after which the same call may succeed later, so that it is retried where that is safe.

By status: whether the service may have processed a write all the same.
"""

_MAX_LISTED = 10
"""Problems of a manifest, or samples, that a message shows."""

_MAX_EXCERPT = 500
"""Characters of a body that is not an `Error` that a message shows."""


class ApiException(OpenApiException):
    """A request that failed.

    Args:
        status: the HTTP status of the response; 0 if there was none.
        reason: the reason phrase of the response, or what went wrong.
        http_resp: the response from which to take status, reason, body and headers instead: an object with
            ``status``, ``reason``, ``data`` and ``headers``, such as a `urllib3.HTTPResponse`.
        method: the method of the request.
        url: the url of the request.

    Attributes:
        status: the HTTP status (int); 0 if there was no response; None if none was given.
        reason: the reason phrase, or what went wrong (str or None).
        body: the response body as text; None if there was no response.
        headers: the response headers, case-insensitive; None if there was no response.
        method: the method of the request (str), where known.
        url: the url of the request (str), where known.
        outcome_unknown: whether the service may have processed the request although its response was lost (bool). That
            is so for a write that was sent and whose response was lost or was 500, 502 or 504, unless a look-up told
            what became of it.
        temporary: whether the same call may succeed later (bool). True for `TEMPORARY_STATUSES`, for a timeout, and
            for a connection that failed; False if the host name does not exist or the server's certificate is not
            trusted.
        hint: what to check, where the response suggests a mistake (str or None).
    """

    def __init__(
        self,
        status: int | None = None,
        reason: str | None = None,
        http_resp: Any = None,
        *,
        method: str | None = None,
        url: str | None = None,
    ) -> None:
        super().__init__(status, reason)
        self.status = status
        self.reason = reason
        self.body: str | None = None
        self.headers: Mapping[str, str] | None = None
        self.method = method
        self.url = url
        self.outcome_unknown = False
        self.hint: str | None = None
        if http_resp is not None:
            self.status = http_resp.status
            self.reason = http_resp.reason
            # The response of a generated client has a method in place of the attribute.
            self.headers = http_resp.headers if hasattr(http_resp, "headers") else http_resp.getheaders()
            data = http_resp.data or b""
            content_type = self.headers.get("content-type") if self.headers is not None else None
            self.body = data if isinstance(data, str) else decode_body(data, content_type, "replace")
            # What a task queue logs, or rebuilds the exception from.
            self.args = (self.status, self.reason)
        self.temporary = self.status == 0 or self.status in TEMPORARY_STATUSES

    @property
    def error(self) -> models.Error | None:
        """The body as an `Error`: its ``code`` and ``message``, or those of problem details (RFC 9457).

        None if the body is neither, or there was no response.
        """
        try:
            body = json.loads(self.body or "")
            if "message" in body:
                return models.Error.from_json(body)
            return models.Error.from_json(
                {"code": body.get("status", self.status), "message": body.get("detail") or body["title"]}
            )
        except (AttributeError, KeyError, RecursionError, TypeError, ValueError):
            return None

    def __str__(self) -> str:
        """Return status and reason, method and url, and what else is known, one per line."""
        lines = [f"({self.status}) {self.reason or ''}".rstrip()]
        if self.method:
            lines.append(f"{self.method} {self.url}")
        message = self.error.message if self.error else (self.body or "").strip()
        if len(message) > _MAX_EXCERPT:
            message = f"{message[:_MAX_EXCERPT]}... ({len(message)} characters)"
        if message:
            lines.append(message)
        if self.outcome_unknown:
            lines.append("outcome unknown: the request may have been processed")
        if self.hint:
            lines.append(f"hint: {self.hint}")
        return "\n".join(lines)


class ManifestError(ApiValueError):
    """A manifest that names no file, cannot be read, or has lines that cannot be used.

    Args:
        message: the message, to which the first ten problems are added.
        problems: the problems of its lines.

    Attributes:
        problems: all problems of its lines (tuple of `bulk.ManifestProblem`), in their order; empty if it is not about
            single lines.
    """

    def __init__(self, message: str, problems: Iterable[Any] = ()) -> None:
        self.problems = tuple(problems)
        self._message = message
        super().__init__("\n".join([message, *_listed(self.problems)]))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._message, self.problems)


class SampleConflictError(ApiValueError):
    """Names of a sample that belong to different samples, or to one with another name."""


class SampleNotFoundError(ApiValueError):
    """Samples that do not exist. Nothing was written.

    Args:
        samples: their names or ids, each with the word for what it is. The message shows ten.

    Attributes:
        samples: all of them (tuple of str).
    """

    def __init__(self, samples: Iterable[str]) -> None:
        self.samples = tuple(samples)
        count = "this sample does" if len(self.samples) == 1 else f"{len(self.samples)} samples do"
        message = f"{count} not exist (with create=True, `register` creates those that are given by names, not by ids):"
        super().__init__("\n".join([message, *_listed(self.samples)]))

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.samples,)


def _listed(values: Sequence[Any]) -> list[str]:
    """Return the texts of the first values, and how many there are besides."""
    more = [f"and {len(values) - _MAX_LISTED} more"] if len(values) > _MAX_LISTED else []
    return [*map(str, values[:_MAX_LISTED]), *more]


class _RunEnd(BaseException):
    """What ends a run of many calls.

    Args:
        message: the message.
        results: the definite results that the caller has not got otherwise.
        left: the items that have no definite result.

    Attributes:
        results: the definite results, in input order (a sequence). Empty if they were yielded by an iterator.
        left: the items that have no definite result, for a later run; an iterator, which can be used once, if the input
            was not read to its end. A copy and a pickle have none: an iterator cannot be copied.
    """

    def __init__(self, message: str, results: Sequence[Any] = (), left: Iterable[Any] = ()) -> None:
        super().__init__(message)
        self.results = results
        self.left: Iterable[Any] = left

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (*self.args, self.results)


class ServiceUnavailableError(_RunEnd, OpenApiException):
    """A run of many calls ended because the service cannot be used. The last `ApiException` is chained.

    Either it has not responded for as long as the run was patient, or no call can succeed: because of the host name,
    the certificate, the credentials, or the path of the host.
    """


class WorkerLostError(_RunEnd, OpenApiException):
    """A run of many calls ended because its executor has lost a worker, or cannot run the calls. The cause is chained.

    What the calls that were under way have done is not known. A second run finds out.
    """


class RunInterrupted(_RunEnd, KeyboardInterrupt):
    """A run of many calls ended because of Ctrl-C. Like every `KeyboardInterrupt`, it is no `Exception`."""


class BadRequestException(ApiException):
    """400: the request does not match the schema of the API."""


class UnauthorizedException(ApiException):
    """401: the request needs credentials."""


class ForbiddenException(ApiException):
    """403: the credentials do not permit the request."""


class NotFoundException(ApiException):
    """404 of the service itself: there is no such sample, file or other resource.

    The usual response when a file is not tracked yet. Any other 404, such as that of a gateway, is an
    `ApiResponseError`.
    """


class ConflictException(ApiException):
    """409: a file with that md5sum, or a sample with that id or name, already exists."""


class UnprocessableEntityException(ApiException):
    """422: the request is well-formed but cannot be processed."""


class ServiceException(ApiException):
    """500 to 599: the service failed, or a proxy in front of it."""


class ApiResponseError(ApiException):
    """A response that does not match the API: it is not JSON, has another type, or is about another resource.

    Also a 404 that is not the service's own: its status is 404, and its `hint` says what to check.
    """


class ApiConnectionError(ApiException):
    """Status 0: there was no response. The cause is chained."""


class ApiTimeoutError(ApiException, TimeoutError):
    """Status 0: there was no response in time. The cause is chained."""


_BY_STATUS: Mapping[int, type[ApiException]] = {
    400: BadRequestException,
    401: UnauthorizedException,
    403: ForbiddenException,
    404: NotFoundException,
    409: ConflictException,
    422: UnprocessableEntityException,
}


def exception_class(status: int) -> type[ApiException]:
    """Return the exception class for an HTTP status."""
    if 500 <= status <= 599:
        return ServiceException
    return _BY_STATUS.get(status, ApiException)


def from_response(http_resp: Any, method: str, url: str) -> ApiException:
    """Return the exception for an error response.

    Args:
        http_resp: the response; see `ApiException`.
        method: the method of the request.
        url: the url of the request.
    """
    if http_resp.status != 404 or is_not_found(http_resp, method):
        exception = exception_class(http_resp.status)(http_resp=http_resp, method=method, url=url)
        target = (exception.headers or {}).get("Location")
        if 300 <= http_resp.status <= 399 and target:
            target = re.sub(r"//[^/?#]*@", "//", target)[:_MAX_EXCERPT]  # without credentials
            exception.hint = (
                f"the redirect to {target} was not followed: is the host right (http or https, name, path)?"
            )
        return exception
    exception = ApiResponseError(http_resp=http_resp, method=method, url=url)
    exception.hint = (
        "this 404 is not from the tracking service: check the path of the host (such as /api/v1), and any gateway"
    )
    return exception


def is_not_found(http_resp: Any, method: str) -> bool:
    """Return whether a response is the service's own 404: an `Error` as JSON, whose code is 404.

    A server without the API, or a gateway in front of it, responds with another body. The response to a HEAD request
    has none, so its content type decides.

    Args:
        http_resp: the response; see `ApiException`.
        method: the method of the request.
    """
    content_type = (http_resp.headers.get("Content-Type") or "").partition(";")[0].strip().lower()
    if http_resp.status != 404 or content_type != "application/json":
        return False
    if method == "HEAD":
        return True
    try:
        return models.Error.from_json(json.loads(http_resp.data or b"")).code == 404
    except (RecursionError, ValueError):
        return False
