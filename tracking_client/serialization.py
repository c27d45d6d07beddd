"""Python values to JSON and back, by the type names that the API's document gives."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Callable, Union

from . import models
from .argument_errors import ApiTypeError, ApiValueError

Decoder = Callable[[Any], Any]


def to_jsonable(value: Any) -> Any:
    """A value in the types that JSON has: models by their JSON keys, dates in ISO 8601.

    A field of a model that is None is left out.

    Raises:
        ApiTypeError: the value, or one within it, has no form in JSON.
    """
    if value is None or isinstance(value, (str, int, float)):
        return value
    if isinstance(value, (list, tuple)):
        return [to_jsonable(item) for item in value]
    if isinstance(value, Mapping):
        return {key: to_jsonable(item) for key, item in value.items()}
    if isinstance(value, date):
        return value.isoformat()
    if hasattr(value, "openapi_types") and hasattr(value, "attribute_map"):
        fields = ((key, getattr(value, name)) for name, key in value.attribute_map.items())
        return {key: to_jsonable(item) for key, item in fields if item is not None}
    raise ApiTypeError(f"{type(value).__name__} has no form in JSON")


def encode(value: Any) -> bytes:
    """A value as JSON text in ASCII.

    Raises:
        ApiTypeError: the value, or one within it, has no form in JSON.
        ApiValueError: a number is not finite, or the value holds itself.
    """
    try:
        return json.dumps(to_jsonable(value), allow_nan=False).encode("ascii")
    except (ValueError, RecursionError) as error:
        raise ApiValueError(f"the body has no form in JSON: {error}") from error
    except TypeError as error:
        raise ApiTypeError(f"the body has no form in JSON: {error}") from error


def decoder(response_type: Union[str, type]) -> Decoder:
    """The function that makes a decoded JSON value the type that was asked for. It may use the value up.

    Args:
        response_type: ``str``, ``int``, ``float``, ``bool``, ``date``, ``datetime``, ``object``, the name or class of
            a model, ``list[...]`` or ``dict(str, ...)`` of these. What is of another type is a `ValueError`.

    Raises:
        ApiTypeError: it is neither a str nor a class.
        ApiValueError: there is no such type.
    """
    if not isinstance(response_type, (str, type)):
        raise ApiTypeError(f"The response type must be a str or a class, not {response_type!r}")
    return _decoder(response_type if isinstance(response_type, str) else response_type.__name__)


@cache
def _decoder(name: str) -> Decoder:
    if name.startswith("list[") and name.endswith("]"):
        item_name = name[len("list[") : -1]
        if item_name in models.__all__:
            list_from_json: Decoder = getattr(models, item_name).list_from_json
            return list_from_json
        item = _decoder(item_name)
        return lambda data: [item(entry) for entry in _checked(data, list)]
    if name.startswith("dict(str,") and name.endswith(")"):
        value = _decoder(name[len("dict(str,") : -1].lstrip(" "))
        return lambda data: {key: value(entry) for key, entry in _checked(data, dict).items()}
    if name in _NATIVE:
        return _NATIVE[name]
    if name not in models.__all__:
        raise ApiValueError(f"Unknown type {name!r}")
    from_json: Decoder = getattr(models, name).from_json
    return from_json


def _checked(data: Any, *types: type) -> Any:
    if type(data) not in types:
        raise ValueError(f"expected {types[0].__name__}, not {type(data).__name__}")
    return data


def _datetime(data: Any) -> datetime:
    """RFC 3339, section 5.6, as the ISO 8601 that it is a profile of."""
    # Imported when a date comes: the file endpoints have none.
    from dateutil.parser import isoparse

    return isoparse(_checked(data, str))


_NATIVE: Mapping[str, Decoder] = {
    "str": lambda data: _checked(data, str),
    "int": lambda data: _checked(data, int),
    "float": lambda data: float(_checked(data, float, int)),
    "bool": lambda data: _checked(data, bool),
    "date": lambda data: _datetime(data).date(),
    "datetime": _datetime,
    "object": lambda data: data,
}
