"""The client: serialises a request, has it carried, and makes of the answer what was asked for."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Optional, Union, cast

from . import rest
from .argument_errors import ApiTypeError, ApiValueError
from .asynchronous import CallThreads
from .configuration import Configuration, RequestTimeout
from .content import body_text
from .exceptions import ApiResponseError
from .headers import Headers, checked_value, is_among
from .serialization import decoder, encode, to_jsonable
from .urls import expand_path, host_of
from .version import __version__

if TYPE_CHECKING:
    from multiprocessing.pool import ThreadPool

    from typing_extensions import Self
    from urllib3 import BaseHTTPResponse

_METHODS = ("GET", "HEAD", "OPTIONS", "POST", "PATCH", "PUT", "DELETE")

_OF_THIS_PROCESS = ("last_response", "_threads")
"""What a copy of a client, which may go to another process, does not take along."""

LONGEST_KEPT = 64 * 1024
"""The longest body, in characters, that `ApiClient.last_response` holds: a long list is not kept twice."""

_SHOWN = 200
"""How much of an unexpected body an error keeps, in characters or bytes."""


class ApiClient:
    """What all endpoints share: settings, headers, connections, threads. A context manager; one serves many threads.

    Args:
        configuration: the settings; None for a copy of the default ones (see `Configuration.set_default`).
        header_name: a header to send with every request; None for none.
        header_value: that header's value.
        cookie: a ``Cookie`` header to send with every request; None for none.
        pool_threads: how many threads serve calls made with ``async_req=True``. They start with the first such call.

    Attributes:
        configuration: the settings.
        last_response: the answer to the latest request that got one with a status from 200 to 299, of any thread; None
            before. Its ``data`` is text, or None where that was longer than 65,536 characters and was deserialized.
        rest_client: the transport.
    """

    def __init__(
        self,
        configuration: Optional[Configuration] = None,
        header_name: Optional[str] = None,
        header_value: Optional[str] = None,
        cookie: Optional[str] = None,
        pool_threads: int = 1,
    ) -> None:
        self.configuration = Configuration.get_default_copy() if configuration is None else configuration
        self.pool_threads = pool_threads
        self.rest_client = rest.RESTClientObject(self.configuration)
        self.default_headers = Headers()
        if header_name is not None:
            self.default_headers[header_name] = header_value
        self.cookie = cookie
        self.user_agent = f"tracking_client/{__version__}/python"
        self.last_response: Union[rest.RESTResponse, BaseHTTPResponse, None] = None
        self._threads = CallThreads()

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name not in _OF_THIS_PROCESS}

    def __setstate__(self, state: Mapping[str, Any]) -> None:
        self.__dict__.update(state, last_response=None, _threads=CallThreads())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        exc_type: Optional[type[BaseException]],
        exc_value: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Waits for asynchronous calls, then closes threads and idle connections. A later call opens them anew."""
        self._threads.close()
        self.rest_client.close()

    @property
    def pool(self) -> ThreadPool:
        """The threads for calls made with ``async_req=True``, of this process, started when first asked for."""
        return self._threads.pool(self.pool_threads)

    @property
    def client_side_validation(self) -> bool:
        """Whether parameters are checked against the API's schema before a request is sent."""
        return self.configuration.client_side_validation

    @client_side_validation.setter
    def client_side_validation(self, value: bool) -> None:
        self.configuration.client_side_validation = value

    @property
    def cookie(self) -> Optional[str]:
        """The ``Cookie`` header of every request, or None."""
        return self._cookie

    @cookie.setter
    def cookie(self, value: Optional[str]) -> None:
        self._cookie = value if value is None else checked_value("Cookie", value)

    @property
    def default_headers(self) -> Headers:
        """The headers that every request carries, each checked when it is set."""
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
        """Has every request carry a header."""
        self.default_headers[header_name] = header_value

    def call_api(
        self,
        resource_path: str,
        method: str,
        path_params: Optional[Mapping[str, Any]] = None,
        query_params: Union[Mapping[str, Any], Iterable[tuple[str, Any]], None] = None,
        header_params: Optional[Mapping[str, Any]] = None,
        body: Any = None,
        post_params: Optional[Iterable[Any]] = None,
        files: Optional[Mapping[str, Any]] = None,
        response_type: Union[str, type, None] = None,
        auth_settings: Optional[Iterable[str]] = None,
        async_req: Optional[bool] = None,
        _return_http_data_only: Optional[bool] = None,
        collection_formats: Optional[Mapping[str, str]] = None,
        _preload_content: bool = True,
        _request_timeout: Optional[RequestTimeout] = None,
        _host: Optional[str] = None,
        _made: Optional[str] = None,
    ) -> Any:
        """Makes a request and returns what came of it.

        Args:
            resource_path: the path below the host, with ``{name}`` for each path parameter.
            method: the HTTP method.
            path_params: path parameters by name; each becomes exactly one segment of the path.
            query_params: query parameters.
            header_params: headers of this request; default headers of the same name come before them.
            body: what to send as JSON; None for nothing.
            post_params: must be empty; this API has no forms.
            files: must be empty; this API has no multipart bodies.
            response_type: the type of the answer's body (see `deserialize`); None for no body.
            auth_settings: must be empty; this API has no security schemes.
            async_req: whether to return at once, with an object whose ``get()`` waits for the result.
            _return_http_data_only: whether to return the data without status and headers.
            collection_formats: must be empty; this API has no list parameters.
            _preload_content: False for the `urllib3.HTTPResponse`, its body unread.
            _request_timeout: seconds for the whole call, or ``(connect, read)``; None for `Configuration.timeout`.
            _host: a host for this request; None for that of the configuration.
            _made: for a POST, the path of what it makes, with ``{name}`` for path parameters and keys of the body. If
                the answer is lost, a look there tells what became of the request.

        Returns:
            ``(data, status, headers)``, or as the last arguments have it.

        Raises:
            ApiTypeError, ApiValueError: an argument is wrong; nothing was sent.
            ApiException: the request did not come out.
        """
        if post_params or files or auth_settings or collection_formats:
            raise ApiTypeError(
                "`post_params`, `files`, `auth_settings` and `collection_formats` must be empty: "
                "this API has JSON bodies only, and no security schemes"
            )
        if response_type and type(self).deserialize is ApiClient.deserialize:
            decoder(response_type)  # that there is such a type; a class of one's own may know others
        safe = self.configuration.safe_chars_for_path_param or ""
        host, authorization = host_of(self.configuration.host if _host is None else _host)
        headers = self._default_headers.over(header_params)
        if self._cookie:
            headers = Headers({"Cookie": self._cookie}).over(headers)
        if authorization and not is_among(headers, "Authorization"):
            headers["Authorization"] = authorization
        content = None
        if body is not None:
            if not is_among(headers, "Content-Type"):
                headers["Content-Type"] = "application/json"
            content = encode(body)
        arguments = (
            method,
            host + expand_path(resource_path, path_params or {}, safe),
            query_params,
            headers,
            content,
            response_type,
            bool(_return_http_data_only),
            _preload_content,
            _request_timeout,
            None if _made is None else _made_url(host, _made, path_params or {}, body, safe),
        )
        if async_req:
            return self._threads.start(self.pool_threads, self._call, arguments)
        return self._call(*arguments)

    def _call(
        self,
        method: str,
        url: str,
        query_params: Union[Mapping[str, Any], Iterable[tuple[str, Any]], None],
        headers: Mapping[str, str],
        body: Optional[bytes],
        response_type: Union[str, type, None],
        data_only: bool,
        preload_content: bool,
        timeout: Optional[RequestTimeout],
        made: Optional[str],
    ) -> Any:
        response = self.request(method, url, query_params, headers, body, preload_content, timeout, made)
        self.last_response = response
        if not isinstance(response, rest.RESTResponse):
            return response
        try:
            response.data = text = body_text(cast("bytes", response.data), response.headers.get("Content-Type"))
            if method == "DELETE" and not response_type and text.strip():
                raise _unexpected(response, ValueError("a body where none is promised"))
            data = self.deserialize(response, response_type) if response_type else None
            if response_type and len(text) > LONGEST_KEPT:
                response.data = None
        except UnicodeError as error:
            raise _unexpected(response, error, method, url) from error
        except ApiResponseError as error:
            error.method, error.url = method, url
            raise
        return data if data_only else (data, response.status, response.headers)

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
    ) -> Union[rest.RESTResponse, BaseHTTPResponse]:
        """Has a request carried; see `RESTClientObject.request`.

        Raises:
            ApiValueError: the method is not one of HTTP's.
        """
        if method not in _METHODS:
            raise ApiValueError(f"http method must be one of {', '.join(_METHODS)}, not {method!r}")
        return self.rest_client.request(
            method, url, query_params, headers, body, _preload_content, _request_timeout, _made
        )

    def sanitize_for_serialization(self, obj: Any) -> Any:
        """A value in the types that JSON has: models by their JSON keys, dates in ISO 8601.

        Raises:
            ApiTypeError: the value, or one within it, has no form in JSON.
            ApiValueError: the value holds itself.
        """
        try:
            return to_jsonable(obj)
        except RecursionError:
            raise ApiValueError("the value has no form in JSON: it holds itself, or is too deep") from None

    def deserialize(self, response: Any, response_type: Union[str, type]) -> Any:
        """The body of an answer as a type.

        Args:
            response: an object with JSON text, str or bytes, as its ``data``.
            response_type: ``str``, ``int``, ``float``, ``bool``, ``date``, ``datetime``, ``object``, a model or its
                name, ``list[...]`` or ``dict(str, ...)`` of these.

        Raises:
            ApiResponseError: the body is not JSON, or not of that type.
            ApiValueError: there is no such type, or no body.
        """
        decode = decoder(response_type)
        if response.data is None:
            raise ApiValueError(f"the body was longer than {LONGEST_KEPT} characters, and was not kept")
        try:
            return decode(json.loads(response.data))
        except (ArithmeticError, RecursionError, ValueError) as error:
            raise _unexpected(response, error) from error

    def select_header_accept(self, accepts: Iterable[str]) -> Optional[str]:
        """The ``Accept`` header for content types: JSON if it is one of them, or all; None if there are none."""
        names = [name.lower() for name in accepts]
        return "application/json" if "application/json" in names else ", ".join(names) or None

    def select_header_content_type(self, content_types: Iterable[str]) -> str:
        """The ``Content-Type`` header for content types: JSON if it is one of them or there are none, or the first."""
        names = [name.lower() for name in content_types]
        if not names or "application/json" in names or "*/*" in names:
            return "application/json"
        return names[0]


def _made_url(host: str, path: str, path_params: Mapping[str, Any], body: Any, safe: str) -> Optional[str]:
    """The url of what a POST makes; None where its body does not tell."""
    path = expand_path(path, {**to_jsonable(body), **path_params}, safe)
    # A body that lacks a key of the path, sent without validation, makes nothing that could be looked at.
    return None if "{" in path else host + path


def _unexpected(
    response: Any, error: Exception, method: Optional[str] = None, url: Optional[str] = None
) -> ApiResponseError:
    """The error for a success whose body is not what the API promises: it tells a short piece of what came."""
    from six import ensure_str  # for the error only

    piece = ensure_str(response.data[:_SHOWN], errors="replace")
    status = getattr(response, "status", None)
    wrong = ApiResponseError(status, f"Unexpected answer: {error}", method=method, url=url)
    wrong.body = piece
    wrong.headers = getattr(response, "headers", None)
    return wrong
