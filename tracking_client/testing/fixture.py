"""What the fixture `tracking_service` gives a test: a service that records its requests and can be made to fail."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from urllib3._collections import HTTPHeaderDict
from werkzeug.http import HTTP_STATUS_CODES
from werkzeug.test import Client

from .._annotations import UUID
from .._wire.serialization import encode
from ..argument_errors import ApiTypeError, ApiValueError
from ..models.sample import Sample
from ..service import BASE_PATH, TrackingService
from ..service._operations.responses import Response, error_response, status_line
from ..service._wsgi import StartResponse, WSGIEnvironment
from ..service.server import serving
from ._faults import Fault, Faults, compiled
from ._late_requests import LateRequests, allow_several_rows


@dataclass(frozen=True)
class RecordedRequest:
    """A request that the service has received. As text, it is the method and the path: ``GET /samples``.

    Attributes:
        method: The method.
        path: The path below the base path, decoded. The whole path if it is not below the base path.
        query: The query parameters, decoded. Of a repeated one, the last.
        headers: The headers. Their names are case-insensitive.
        body: The bytes of the body.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: HTTPHeaderDict
    body: bytes

    @property
    def json(self) -> Any:
        """The value in the body; None if there is no body.

        Raises:
            ValueError: The body is not JSON.
        """
        return json.loads(self.body) if self.body else None

    def __str__(self) -> str:
        return f"{self.method} {self.path}"


class _Service(TrackingService):
    """A service that records its requests, and to which faults happen."""

    def __init__(self, database: str | os.PathLike[str]) -> None:
        super().__init__(database)
        self.requests: list[RecordedRequest] = []
        self.faults = Faults()
        self._is_ending = threading.Event()
        self._late_requests = LateRequests(super().__call__)

    def allow_several_rows(self) -> None:
        """Let PUTs that overlap store several rows."""
        with self._database.transaction() as connection:
            allow_several_rows(connection)

    def end(self) -> None:
        """End the requests that are being delayed: they are not processed, and their connections are closed."""
        self._is_ending.set()
        self._late_requests.end()

    def respond(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Handle a request that is not recorded, and to which no fault happens."""
        return self._late_requests.process(environ, start_response)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Record a request, and handle it, unless a fault happens to it."""
        request = _recorded(environ)
        self.requests.append(request)
        is_below_base = environ.get("PATH_INFO", "").startswith(f"{BASE_PATH}/")
        delay, fault = self.faults.take(str(request)) if is_below_base else (0.0, None)
        if delay and self._is_ending.wait(delay):
            raise ConnectionAbortedError
        if fault is not None and fault.late is not None:
            self._late_requests.process_later(environ, fault.late)
            if fault.response is None:
                raise ConnectionAbortedError
        if fault is not None and fault.response is not None:
            start_response(status_line(fault.response.status), fault.response.headers)
            return [] if request.method == "HEAD" else [fault.response.body]
        response = self.respond(environ, start_response)
        if fault is not None:
            raise ConnectionAbortedError
        return response


class TrackingServiceFixture:
    """A tracking service for one test: the embedded service, on a port of its own, at first without data.

    The argument ``request`` of a fault says which requests it happens to: a method and a path below the base path, such
    as ``"POST /samples/*/files"``. ``*`` stands for any characters, also for slashes; a name in braces, such as
    ``{id}``, for one segment of the path. Several faults of one request: it waits for the sum of the delays, and of the
    other faults the first one happens that has any ``times`` left.

    Attributes:
        host: The URL to pass to ``Configuration(host=...)``.
        requests: What the service has been asked, in the order of arrival. The list can be cleared.
    """

    def __init__(self, host: str, service: _Service) -> None:
        self.host = host
        self.requests = service.requests
        self._service = service

    def sample(
        self,
        isolate_id: str | None = None,
        experiment_id: str | None = None,
        id: str | UUID | None = None,
    ) -> str:
        """Create a sample and return its id. This is not recorded, and no fault happens to it.

        Args:
            isolate_id: The name of the isolate; None for none.
            experiment_id: The name of the experiment; None for none.
            id: The id of the sample, a UUID; None for a random one.

        Raises:
            ApiTypeError: A name is not a str.
            ApiValueError: The id is not a UUID, or the service has rejected the sample: a name or the id is taken.
        """
        sample = Sample(experiment_id, isolate_id)
        if id is not None:
            sample.id = str(id)
        response = Client(self._service.respond).post(
            f"{BASE_PATH}/samples", data=encode(sample), content_type="application/json"
        )
        result = json.loads(response.data)
        if response.status_code != 201:
            raise ApiValueError(f"Invalid sample {sample!r}: {result.get('detail') or result.get('message')}")
        created: str = result["id"]
        return created

    def fail(self, request: str, status: int = 503, times: int | None = 1, retry_after: int | None = None) -> None:
        """Respond to requests with an error. They are not processed.

        Args:
            request: Which requests, such as ``"POST /samples/*"``; see the class.
            status: The HTTP status, of 400 or more.
            times: How many requests; None for all.
            retry_after: The header Retry-After, in seconds; None for none.

        Raises:
            ApiTypeError: An argument has the wrong type.
            ApiValueError: An argument has an invalid value, or no operation matches `request`.
        """
        response = _error(status)
        if retry_after is not None:
            response.headers.append(("Retry-After", str(_integer("retry_after", retry_after, 0))))
        self._add(request, times, response=response)

    def drop_response(self, request: str, times: int | None = 1) -> None:
        """Process requests, but close their connections without a response.

        Args:
            request: Which requests, such as ``"POST /samples/*/files"``; see the class.
            times: How many requests; None for all.

        Raises:
            ApiTypeError: An argument has the wrong type.
            ApiValueError: An argument has an invalid value, or no operation matches `request`.
        """
        self._add(request, times)

    def delay(self, request: str, seconds: float, times: int | None = None) -> None:
        """Wait before requests are processed. Requests on several connections wait at the same time.

        A request is processed even if the client has given up in the meantime, but not after the end of the test.

        Args:
            request: Which requests, such as ``"GET /files/*"``; see the class.
            seconds: How long to wait, more than 0.
            times: How many requests; None for all.

        Raises:
            ApiTypeError: An argument has the wrong type.
            ApiValueError: An argument has an invalid value, or no operation matches `request`.
        """
        self._add(request, times, delay=_seconds(seconds))

    def process_late(self, request: str, seconds: float, status: int | None = 504, times: int | None = 1) -> None:
        """Respond to requests with an error at once, and process them later, as behind a proxy that does not wait.

        What the request changes is visible after the given time, if its test has not ended by then.

        PUTs of a QC result or a status that overlap store two rows, as on the real service: if another PUT of the same
        resource is processed in the meantime, the late one adds a second row. From then on a PUT responds with the new
        value but a GET returns the old one, and a DELETE deletes one row but the GET after it returns the other.

        Args:
            request: Which requests, such as ``"PUT /samples/*/status"``; see the class.
            seconds: How long after the response the requests are processed, more than 0.
            status: The HTTP status of the response, of 400 or more; None to close the connection without a response.
            times: How many requests; None for all.

        Raises:
            ApiTypeError: An argument has the wrong type.
            ApiValueError: An argument has an invalid value, or no operation matches `request`.
        """
        response = None if status is None else _error(status)
        self._add(request, times, late=_seconds(seconds), response=response)
        self._service.allow_several_rows()

    def recover(self) -> None:
        """Remove all faults. A request that is being delayed stays so."""
        self._service.faults.clear()

    def _add(self, request: str, times: int | None, **effect: Any) -> None:
        times = None if times is None else _integer("times", times, 1)
        self._service.faults.add(Fault(compiled(request), times, **effect))


@contextlib.contextmanager
def running_fixture() -> Iterator[TrackingServiceFixture]:
    """Run a service without data, as a context manager."""
    with contextlib.ExitStack() as stack:
        directory = stack.enter_context(tempfile.TemporaryDirectory(prefix="tracking-"))
        service = _Service(os.path.join(directory, "tracking.sqlite"))
        stack.callback(service.close)
        host = stack.enter_context(serving(service, any_host=True))
        stack.callback(service.end)
        yield TrackingServiceFixture(host, service)


def _recorded(environ: WSGIEnvironment) -> RecordedRequest:
    """Return a request as it is recorded. The environment can still be used to process it."""
    body = environ["wsgi.input"].read()
    environ["wsgi.input"] = io.BytesIO(body)
    path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8", "replace")
    headers = HTTPHeaderDict()
    for key, value in environ.items():
        if key.startswith("HTTP_") or key in ("CONTENT_TYPE", "CONTENT_LENGTH"):
            headers[key.removeprefix("HTTP_").replace("_", "-").title()] = value
    return RecordedRequest(
        method=environ["REQUEST_METHOD"],
        path=path[len(BASE_PATH) :] if path.startswith(f"{BASE_PATH}/") else path,
        query=dict(parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)),
        headers=headers,
        body=body,
    )


def _error(status: object) -> Response:
    """Return the response with an HTTP status, which has to be an int of 400 or more."""
    code = _integer("status", status, 400)
    if code not in HTTP_STATUS_CODES:
        raise ApiValueError(f"Invalid value for `status` ({status!r}), must be an HTTP status")
    return error_response(code, HTTP_STATUS_CODES[code])


def _seconds(seconds: object) -> float:
    """Return the argument `seconds`, which has to be a number that is more than 0, and that a thread can wait for."""
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise ApiTypeError(f"Invalid type for `seconds` ({seconds!r}), must be a number", valid_classes=(float,))
    if not 0 < seconds <= threading.TIMEOUT_MAX:
        raise ApiValueError(f"Invalid value for `seconds` ({seconds!r}), must be more than 0, and finite")
    return float(seconds)


def _integer(name: str, value: object, minimum: int) -> int:
    """Return an argument that has to be an int of at least the minimum."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be int", valid_classes=(int,))
    if value < minimum:
        raise ApiValueError(f"Invalid value for `{name}` ({value!r}), must be at least {minimum}")
    return value
