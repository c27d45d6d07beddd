"""The client: prepares a request, sends it, and deserializes the response."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Any, cast

from urllib3 import BaseHTTPResponse

from . import rest
from ._annotations import Self, ThreadPool
from ._transport.async_calls import AsyncCalls
from ._wire.headers import Headers, validate_header_value
from ._wire.resources import Requested, requested
from ._wire.serialization import decoder, encode, to_jsonable
from ._wire.text import decode_body, is_json, is_md5sum
from ._wire.urls import QueryParams, add_query, expand_path, parse_host, without_credentials
from .argument_errors import ApiTypeError, ApiValueError
from .configuration import Configuration, RequestTimeout
from .exceptions import ApiResponseError, NotFoundException
from .version import __version__

Response = rest.RESTResponse | BaseHTTPResponse

_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PATCH", "PUT", "DELETE")

_NOT_COPIED = ("last_response", "_async_calls")
"""The attributes that a copy or a pickle of a client does not have."""

MAX_KEPT_BODY = 64 * 1024
"""Characters of the longest body that `ApiClient.last_response` keeps, so that no long list is in memory twice."""

_MAX_EXCERPT = 200
"""Characters or bytes of an unexpected body that an error keeps."""


class ApiClient:
    """The client that the API classes share: settings, headers, connection pools and threads.

    Thread-safe, and a context manager.

    Args:
        configuration: the settings; None for a copy of the default ones (see `Configuration.set_default`).
        header_name: the name of a header to send with every request; None for none.
        header_value: the value of that header.
        cookie: a ``Cookie`` header to send with every request; None for none.
        pool_threads: the number of threads for calls with ``async_req=True``. They start with the first such call.

    Attributes:
        configuration: the settings.
        last_response: the latest response with a status from 200 to 299, to a call of any thread; None before the
            first. Its ``data`` is text, or None if it was longer than 65,536 characters and was deserialized.
        rest_client: the REST client.
    """

    def __init__(
        self,
        configuration: Configuration | None = None,
        header_name: str | None = None,
        header_value: str | None = None,
        cookie: str | None = None,
        pool_threads: int = 1,
    ) -> None:
        self.configuration = Configuration.get_default_copy() if configuration is None else configuration
        self.pool_threads = pool_threads
        self.rest_client = rest.RESTClientObject(self.configuration)
        self.default_headers = Headers(self.configuration.headers)
        if header_name is not None:
            self.default_headers[header_name] = header_value
        self.cookie = cookie
        self.user_agent = f"tracking_client/{__version__}/python"
        self.last_response: Response | None = None
        self._async_calls = AsyncCalls()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in _NOT_COPIED}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state, last_response=None, _async_calls=AsyncCalls())

    def __repr__(self) -> str:
        return f"{type(self).__name__}(host={without_credentials(str(self.configuration.host))!r})"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: type[BaseException] | None,
        exc_value: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Close the client as `close` does. After an exception, do not wait for asynchronous calls."""
        if exc_type is not None:
            self._async_calls.close(wait=False)
        self.close()

    def close(self) -> None:
        """Wait for asynchronous calls, then end their threads and close idle connections. Later calls open new ones.

        It is safe to call while other threads use the client: their calls finish.
        """
        try:
            self._async_calls.close()
        finally:
            self.rest_client.close()

    @property
    def pool(self) -> ThreadPool:
        """The threads for calls with ``async_req=True`` in this process. They start when this is first read."""
        return self._async_calls.pool(self.pool_threads)

    @property
    def client_side_validation(self) -> bool:
        """Whether parameters are validated against the schema of the API before a request is sent."""
        return self.configuration.client_side_validation

    @client_side_validation.setter
    def client_side_validation(self, value: bool) -> None:
        self.configuration.client_side_validation = value

    @property
    def cookie(self) -> str | None:
        """The ``Cookie`` header of every request, or None."""
        return self._cookie

    @cookie.setter
    def cookie(self, value: str | None) -> None:
        self._cookie = value if value is None else validate_header_value("Cookie", value)

    @property
    def default_headers(self) -> Headers:
        """The headers of every request, each validated when it is set."""
        return self._default_headers

    @default_headers.setter
    def default_headers(self, value: Mapping[str, str]) -> None:
        self._default_headers = Headers(value)

    @property
    def user_agent(self) -> str:
        """The ``User-Agent`` header of every request."""
        return self.default_headers["User-Agent"]

    @user_agent.setter
    def user_agent(self, value: str) -> None:
        self.default_headers["User-Agent"] = value

    def set_default_header(self, header_name: str, header_value: str) -> None:
        """Set a header of every request."""
        self.default_headers[header_name] = header_value

    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Mapping[str, Any] | None = None,
        query_params: QueryParams | None = None,
        header_params: Mapping[str, Any] | None = None,
        body: Any = None,
        post_params: Iterable[Any] | None = None,
        files: Mapping[str, Any] | None = None,
        response_type: str | type | None = None,
        auth_settings: Iterable[str] | None = None,
        async_req: bool | None = None,
        _return_http_data_only: bool | None = None,
        collection_formats: Mapping[str, str] | None = None,
        _preload_content: bool = True,
        _request_timeout: RequestTimeout | None = None,
        _host: str | None = None,
    ) -> Any:
        """Call an endpoint, and return its response.

        Args:
            resource_path: the path below the host, with ``{name}`` for each path parameter.
            method: the HTTP method.
            path_params: path parameters by name; each becomes exactly one segment of the path.
            query_params: query parameters.
            header_params: headers of this request; default headers of the same name take precedence.
            body: what to send as JSON; None for no body.
            post_params: must be empty: this API has no forms.
            files: must be empty: this API has no multipart bodies.
            response_type: the type of the response body (see `deserialize`); None for no body.
            auth_settings: must be empty: this API has no security schemes.
            async_req: whether to return at once, with an object whose ``get()`` waits for the result.
            _return_http_data_only: whether to return the data without status and headers.
            collection_formats: must be empty: this API has no list parameters.
            _preload_content: False for the `urllib3.HTTPResponse` with its body unread.
            _request_timeout: seconds for the whole call, or ``(connect, read)``; None for `Configuration.timeout`.
            _host: the host for this request; None for that of the configuration.

        Returns:
            ``(data, status, headers)``, or what ``async_req``, ``_return_http_data_only`` or ``_preload_content`` say.

        Raises:
            ApiTypeError, ApiValueError: an argument is invalid; nothing was sent.
            ApiException: the request failed.
        """
        if post_params or files or auth_settings or collection_formats:
            raise ApiTypeError(
                "`post_params`, `files`, `auth_settings` and `collection_formats` must be empty: "
                "this API has JSON bodies only, and no security schemes"
            )
        if response_type and type(self).deserialize is ApiClient.deserialize:
            decoder(response_type)  # raises if there is no such type; a subclass may know others
        host = parse_host(self.configuration.host if _host is None else _host)
        path_params = path_params or {}
        path = expand_path(resource_path, path_params, self.configuration.safe_chars_for_path_param or "")
        call = partial(
            self._call,
            method=method,
            url=add_query(host.base_url + path, query_params),
            headers=self._request_headers(header_params, body, host.authorization),
            body=None if body is None else encode(body),
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
            resource=requested(method, resource_path, path_params, body),
            response_type=response_type,
            data_only=bool(_return_http_data_only),
        )
        if not async_req:
            return call()
        started = self._async_calls.start(self.pool_threads, call)
        # Imported for the first asynchronous call, because it takes long.
        from ._async_call import AsyncCall

        return AsyncCall(started)

    def _request_headers(
        self, header_params: Mapping[str, Any] | None, body: Any, authorization: str | None
    ) -> Headers:
        headers = self._default_headers.merged_over(header_params)
        if self._cookie:
            headers["Cookie"] = self._cookie
        if authorization and "Authorization" not in headers:
            headers["Authorization"] = authorization
        if body is not None and "Content-Type" not in headers:
            headers["Content-Type"] = "application/json"
        return headers

    def _call(
        self,
        *,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | None,
        _preload_content: bool,
        _request_timeout: RequestTimeout | None,
        resource: Requested | None,
        response_type: str | type | None,
        data_only: bool,
    ) -> Any:
        try:
            # A subclass may override `request` to see or change every request, and a test may replace it.
            response = self.request(
                method,
                url,
                headers=headers,
                body=body,
                _preload_content=_preload_content,
                _request_timeout=_request_timeout,
            )
        except NotFoundException as error:
            if resource and resource.key == "md5sum" and not is_md5sum(resource.value):
                error.hint = f"{resource.value!a} is not an md5sum, which has 32 hexadecimal digits in lower case"
            raise
        self.last_response = response
        if not isinstance(response, rest.RESTResponse):
            return response
        try:
            data = self._data(response, method, resource, response_type)
        except UnicodeError as error:
            raise _response_error(response, error, method, url) from error
        except ApiResponseError as error:
            error.method, error.url = method, url
            raise
        return data if data_only else (data, response.status, response.headers)

    def _data(
        self, response: rest.RESTResponse, method: str, resource: Requested | None, response_type: str | type | None
    ) -> Any:
        """Return the deserialized body of a success, which must be about the resource that was asked for."""
        content_type = response.headers.get("Content-Type")
        response.data = text = decode_body(cast("bytes", response.data), content_type)
        if method == "DELETE" and not response_type and text.strip() and not is_json(text):
            raise _response_error(response, ValueError("a body where there should be none"))
        data = self.deserialize(response, response_type) if response_type else None
        if resource and not resource.is_described_by(data):
            other = ValueError(f"{resource.key} is {resource.key_of(data)!r}, not {resource.value!r}")
            raise _response_error(response, other)
        if response_type and len(text) > MAX_KEPT_BODY:
            response.data = None
        return data

    def request(
        self,
        method: str,
        url: str,
        query_params: QueryParams | None = None,
        headers: Mapping[str, str] | None = None,
        post_params: Iterable[Any] | None = None,
        body: Any = None,
        _preload_content: bool = True,
        _request_timeout: RequestTimeout | None = None,
    ) -> Response:
        """Send a request; see `RESTClientObject.request`.

        Raises:
            ApiTypeError: `post_params` is not empty.
            ApiValueError: the method is not an HTTP method.
        """
        return self.rest_client.request(
            _valid_method(method),
            url,
            query_params,
            headers,
            body,
            post_params,
            _preload_content=_preload_content,
            _request_timeout=_request_timeout,
        )

    def sanitize_for_serialization(self, obj: Any) -> Any:
        """Return a value in the types that JSON has: models by their JSON keys, dates in ISO 8601.

        Raises:
            ApiTypeError: the value, or one within it, cannot be represented in JSON.
            ApiValueError: the value contains itself.
        """
        try:
            return to_jsonable(obj)
        except RecursionError:
            raise ApiValueError("the value cannot be represented in JSON: it contains itself, or is too deep") from None

    def deserialize(self, response: Any, response_type: str | type) -> Any:
        """Return the body of a response as a type.

        Args:
            response: an object with JSON text, str or bytes, as its ``data``.
            response_type: ``str``, ``int``, ``float``, ``bool``, ``date``, ``datetime``, ``object``, a model or its
                name, ``list[...]`` or ``dict(str, ...)`` of these.

        Raises:
            ApiResponseError: the body is not JSON, or has another type.
            ApiValueError: there is no such type, or no body.
        """
        decode = decoder(response_type)
        if response.data is None:
            raise ApiValueError(f"the body was longer than {MAX_KEPT_BODY} characters, and was not kept")
        try:
            return decode(json.loads(response.data))
        except (ArithmeticError, RecursionError, ValueError) as error:
            raise _response_error(response, error) from error

    def select_header_accept(self, accepts: Iterable[str]) -> str | None:
        """Return the ``Accept`` header for content types: JSON if it is among them, or all; None if there are none."""
        names = [name.lower() for name in accepts]
        return "application/json" if "application/json" in names else ", ".join(names) or None

    def select_header_content_type(self, content_types: Iterable[str]) -> str:
        """Return the ``Content-Type`` header for content types: JSON if it is among them or there are none."""
        names = [name.lower() for name in content_types]
        if not names or "application/json" in names or "*/*" in names:
            return "application/json"
        return names[0]


def _valid_method(method: str) -> str:
    if method not in _METHODS:
        raise ApiValueError(f"http method must be one of {', '.join(_METHODS)}, not {method!r}")
    return method if type(method) is str else str.__str__(method)


def _response_error(
    response: Any, error: Exception, method: str | None = None, url: str | None = None
) -> ApiResponseError:
    """Return the error for a success whose body does not match the API. It keeps an excerpt of the body."""
    # Imported for the first error.
    from six import ensure_str  # type: ignore[import-untyped,unused-ignore]

    excerpt = ensure_str(response.data[:_MAX_EXCERPT], errors="replace")
    status = getattr(response, "status", None)
    exception = ApiResponseError(status, f"Unexpected response: {error}", method=method, url=url)
    exception.body = excerpt
    exception.headers = getattr(response, "headers", None)
    return exception
