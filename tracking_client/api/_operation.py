"""An operation of the API, to which the methods of the API classes pass their parameters."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from typing import Any, Generic, Literal, TypedDict, TypeVar, get_args, get_origin

from urllib3 import HTTPHeaderDict

from .._annotations import Unpack
from .._tracebacks import shortened
from .._transport.call_log import CallLog
from .._wire.headers import Headers
from .._wire.urls import placeholders
from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError, OpenApiException
from ..configuration import RequestTimeout

Result = TypeVar("Result")

Validator = Callable[[str, Any, bool], Any]
"""Takes the name and the value of a parameter, and whether to validate it; returns what to send."""

_ACCEPT = Headers({"Accept": "application/json"})


class ApiBase:
    """The base of the API classes.

    Args:
        api_client: the client to use; None for a new one with the default configuration.

    Raises:
        ApiTypeError: the client is something else, such as the url of a host.
    """

    def __init__(self, api_client: ApiClient | None = None) -> None:
        self.api_client = ApiClient() if api_client is None else api_client
        if not hasattr(self.api_client, "call_api"):
            kind = type(api_client).__name__
            example = "ApiClient(Configuration(host=...))"
            raise ApiTypeError(f"Invalid api_client of type {kind}: must be an ApiClient, such as {example}")

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        # Elsewhere, the import of `inspect` would be a large part of this package's import time.
        if "IPython" in sys.modules:
            _list_options(cls)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.api_client!r})"


class CallOptions(TypedDict, total=False):
    """The keyword arguments that every method of the API classes accepts.

    At run time, the first three also accept the opposite value. It changes the return type, so a type checker rejects
    it. `ApiClient.call_api` accepts it.

    Attributes:
        async_req: True to return at once, with an object whose ``get()`` waits for the result or raises the error.
        _preload_content: False for the `urllib3.HTTPResponse` with its body unread; the caller releases its connection.
        _return_http_data_only: True for only the data, from a ``_with_http_info`` method.
        _request_timeout: the timeout in seconds: a number for the whole call, a pair ``(connect, read)``, or a
            `urllib3.Timeout`; None for `Configuration.timeout`.
    """

    async_req: Literal[False, None]
    _preload_content: Literal[True]
    _return_http_data_only: Literal[False, None]
    _request_timeout: RequestTimeout | None


def _list_options(api_class: type) -> None:
    """Let the signature of each method list the `CallOptions`, so that IPython completes them."""
    from inspect import Parameter, isfunction, signature

    options = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=name == "_preload_content" or None, annotation=annotation)
        for name, annotation in CallOptions.__annotations__.items()
    ]
    for method in filter(isfunction, vars(api_class).values()):
        shown = signature(method)
        *others, last = shown.parameters.values()
        if last.annotation == "Unpack[CallOptions]":
            method.__signature__ = shown.replace(parameters=[*others, *options])  # type: ignore[attr-defined]


class Parameters(TypedDict, total=False):
    """The parameters of a call; see `Operation.response`."""

    path_params: Mapping[str, Any] | None
    query_params: Mapping[str, Any] | None
    body: Any


_OPTIONS = frozenset(CallOptions.__annotations__)


class Operation(Generic[Result]):
    """An operation of the OpenAPI document.

    >>> GET_FILE = Operation("files_md5sum_get", "GET", "/files/{md5sum}", File, path_validators={"md5sum": md5sum})

    Args:
        name: the name of its method, for errors.
        method: the HTTP method.
        path: the path below the host, with ``{name}`` for each path parameter.
        response_type: the type of a successful response: a model, a ``list`` of one, or ``type(None)``.
        path_validators: the validators of its path parameters, by name. All of them are required.
        query_validators: the validators of its query parameters, by name. None of them is required.
        body_validator: the name and the validator of the parameter that is the request body, which is required; None
            for no body.
    """

    def __init__(
        self,
        name: str,
        method: str,
        path: str,
        response_type: type[Result],
        *,
        path_validators: Mapping[str, Validator] | None = None,
        query_validators: Mapping[str, Validator] | None = None,
        body_validator: tuple[str, Validator] | None = None,
    ) -> None:
        if placeholders(path) != (path_validators or {}).keys():
            raise ValueError(f"the path {path} needs a validator for each of its parameters, and for no other")
        self.name = name
        self.method = method
        self.path = path
        self.response_type_name = _type_name(response_type)
        self.path_validators = path_validators or {}
        self.query_validators = query_validators or {}
        self.body_validator = body_validator

    def call(self, api_client: ApiClient, options: CallOptions, **parameters: Unpack[Parameters]) -> Result:
        """Like `response`, but return only the data."""
        __tracebackhide__ = True
        data: Any = self.response(api_client, {**options, "_return_http_data_only": True}, **parameters)  # type: ignore[typeddict-item]
        return data  # type: ignore[no-any-return]

    def response(
        self,
        api_client: ApiClient,
        options: CallOptions,
        *,
        path_params: Mapping[str, Any] | None = None,
        query_params: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> tuple[Result, int, HTTPHeaderDict]:
        """Validate the parameters, call the endpoint and return ``(data, status, headers)``.

        Args:
            api_client: the client that sends the request.
            options: the options of the call.
            path_params: the path parameters by name.
            query_params: the query parameters by name; one that is None is left out.
            body: the request body.

        Raises:
            ApiTypeError, ApiValueError: a parameter or an option is invalid; nothing was sent.
            ApiException: the request failed.
        """
        __tracebackhide__ = True
        try:
            path_params, query_params = path_params or {}, query_params or {}
            for option in options:
                if option not in _OPTIONS:
                    raise ApiTypeError(f"Got an unexpected keyword argument '{option}' to method {self.name}")
            for key in (*path_params, *query_params):
                if key not in self.path_validators and key not in self.query_validators:
                    raise ApiTypeError(f"{self.name} passes a parameter that its Operation does not declare: {key}")
            validate = api_client.configuration.client_side_validation
            if self.body_validator:
                name, validator = self.body_validator
                body = validator(name, self._required(name, body), validate)
            response: tuple[Result, int, HTTPHeaderDict] = api_client.call_api(
                self.path,
                self.method,
                path_params={
                    name: validator(name, self._required(name, path_params.get(name)), validate)
                    for name, validator in self.path_validators.items()
                },
                query_params={
                    name: self.query_validators[name](name, value, validate)
                    for name, value in query_params.items()
                    if value is not None
                },
                header_params=_ACCEPT,
                body=body,
                response_type=self.response_type_name,
                **options,
            )
            return response
        except (OpenApiException, KeyboardInterrupt) as error:
            raise shortened(error, CallLog(api_client.configuration))  # noqa: B904

    def _required(self, name: str, value: Any) -> Any:
        if value is None:
            raise ApiValueError(f"Missing the required parameter `{name}` when calling `{self.name}`")
        return value


def _type_name(response_type: Any) -> str | None:
    """Return the name of a response type in `ApiClient.call_api`."""
    if get_origin(response_type) is list:
        return f"list[{get_args(response_type)[0].__name__}]"
    return None if response_type is type(None) else str(response_type.__name__)
