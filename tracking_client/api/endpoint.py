"""The machinery of an endpoint: a row of data and a typed signature become a method and its twin."""

from __future__ import annotations

from collections.abc import Mapping
from functools import wraps
from types import FunctionType
from typing import TYPE_CHECKING, Any, Callable, Optional, TypedDict, TypeVar, cast

from ..argument_errors import ApiTypeError, ApiValueError
from ..configuration import RequestTimeout
from ..headers import Headers

if TYPE_CHECKING:
    from typing_extensions import ParamSpec
    from urllib3 import HTTPHeaderDict

    from ..api_client import ApiClient

    P = ParamSpec("P")

R = TypeVar("R")


class CallOptions(TypedDict, total=False):
    """The keywords that every endpoint takes.

    Attributes:
        async_req: True to return at once, with an object whose ``get()`` waits for the result or raises the error.
        _return_http_data_only: True for the data alone, from a method that answers ``(data, status, headers)``.
        _preload_content: False for the `urllib3.HTTPResponse`, its body unread and its connection yours to release.
        _request_timeout: seconds for the whole call, a pair of seconds ``(connect, read)``, or a `urllib3.Timeout`;
            None for `Configuration.timeout`.
    """

    async_req: bool
    _return_http_data_only: bool
    _preload_content: bool
    _request_timeout: Optional[RequestTimeout]


_ACCEPT = Headers({"Accept": "application/json"})

_OPTIONS = frozenset(CallOptions.__annotations__)

Check = Callable[[str, Any, bool], Any]


class Endpoint:
    """A row of the API's table.

    Args:
        method: the HTTP method.
        path: the path below the host, ``{name}`` for each path parameter.
        response_type: the type name of a success's body; None for none.
        checks: for each parameter, in their order, what its schema asks for: a function of the parameter's name, its
            value, and whether to validate it, that returns what to send.
        body: the parameter that is the body; None for none.
        made: the path of what a POST makes, ``{name}`` for each path parameter and key of the body. See
            `ApiClient.call_api`.
    """

    def __init__(
        self,
        method: str,
        path: str,
        response_type: Optional[str],
        checks: Mapping[str, Check],
        body: Optional[str] = None,
        made: Optional[str] = None,
    ) -> None:
        self.method = method
        self.path = path
        self.response_type = response_type
        self.checks = checks
        self.body = body
        self.made = made

    def call(
        self, api_client: ApiClient, name: str, args: tuple[Any, ...], kwargs: Mapping[str, Any], **options: Any
    ) -> Any:
        """Checks the arguments of a call and makes it; see `ApiClient.call_api`.

        Args:
            api_client: what carries it.
            name: the method's name, for errors.
            args: its positional arguments.
            kwargs: its keywords: parameters and `CallOptions`.
            options: those that come before what the keywords say.
        """
        given = dict(zip(self.checks, args), **kwargs)
        if len(given) < len(args) + len(kwargs):
            raise ApiTypeError(f"{name}() takes {', '.join(self.checks)}, each once")
        if kwargs:
            options = {**{key: given.pop(key) for key in kwargs if key in _OPTIONS}, **options}
            if not given.keys() <= self.checks.keys():
                unknown = next(iter(given.keys() - self.checks.keys()))
                raise ApiTypeError(f"Got an unexpected keyword argument '{unknown}' to method {name}")
        validate = api_client.configuration.client_side_validation
        for key, check in self.checks.items():
            if given.get(key) is None:
                raise ApiValueError(f"Missing the required parameter `{key}` when calling `{name}`")
            given[key] = check(key, given[key], validate)
        return api_client.call_api(
            self.path,
            self.method,
            body=given.pop(self.body) if self.body else None,
            path_params=given,
            header_params=_ACCEPT,
            response_type=self.response_type,
            _made=self.made,
            **options,
        )


def endpoint(row: Endpoint) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Makes a method of an API class out of a signature, which needs no body: the row says all that is to be done."""

    def decorate(signature: Callable[P, R]) -> Callable[P, R]:
        @wraps(signature)
        def method(self: Any, *args: Any, **kwargs: Any) -> Any:
            return row.call(self.api_client, signature.__name__, args, kwargs, _return_http_data_only=True)

        method.endpoint = row  # type: ignore[attr-defined]
        return cast("Callable[P, R]", method)

    return decorate


def with_http_info(method: Callable[P, R]) -> Callable[P, tuple[R, int, HTTPHeaderDict]]:
    """The twin of an endpoint's method that answers ``(data, status, headers)``, header names in any case."""
    row: Endpoint = method.endpoint  # type: ignore[attr-defined]

    @wraps(method)
    def twin(self: Any, *args: Any, **kwargs: Any) -> Any:
        return row.call(self.api_client, twin.__name__, args, kwargs)

    # What `help` shows: the same parameters, and what this one returns.
    shown = FunctionType(method.__wrapped__.__code__, {}, twin.__name__)  # type: ignore[attr-defined]
    returned = method.__annotations__["return"]
    shown.__annotations__ = {**method.__annotations__, "return": f"tuple[{returned}, int, HTTPHeaderDict]"}
    twin.__wrapped__ = shown
    twin.__name__ += "_with_http_info"
    twin.__qualname__ += "_with_http_info"
    twin.__doc__ = f"As `{method.__name__}`, and answers ``(data, status, headers)``, header names in any case."
    return cast("Callable[P, tuple[R, int, HTTPHeaderDict]]", twin)
