"""Python values to JSON and back, by the type names that a generated client uses."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

from .. import models
from ..argument_errors import ApiTypeError, ApiValueError
from ..models._model import Model
from ..models._value_types import VALUE_TYPES, plain_number, require_type

Decoder = Callable[[Any], Any]


def to_jsonable(value: Any) -> Any:
    """Return a value in the types that JSON has: models by their JSON keys, dates in ISO 8601.

    A number of another library, such as numpy's, becomes an int or float. A field of a model that is None is left out.

    Raises:
        ApiTypeError: the value, or one within it, cannot be represented in JSON.
        ApiValueError: a number is too large for a float.
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
    try:
        number = plain_number(value)
    except OverflowError as error:
        raise ApiValueError(f"{type(value).__name__} cannot be represented in JSON: {error}") from None
    if number is value:
        raise ApiTypeError(f"{type(value).__name__} cannot be represented in JSON")
    return number


def encode(value: Any) -> bytes:
    """Return a value as JSON text in ASCII.

    Raises:
        ApiTypeError: the value, or one within it, cannot be represented in JSON.
        ApiValueError: a number is not finite, or the value contains itself.
    """
    jsonable = None
    try:
        jsonable = to_jsonable(value)
        return json.dumps(jsonable, allow_nan=False).encode("ascii")
    except (ValueError, RecursionError) as error:
        problem = next(_not_finite(jsonable), error)
        raise ApiValueError(f"the body cannot be represented in JSON: {problem}") from error
    except TypeError as error:
        raise ApiTypeError(f"the body cannot be represented in JSON: {error}") from error


def _not_finite(jsonable: Any, place: str = "") -> Iterator[str]:
    """Yield what to tell about each number that is not finite."""
    if isinstance(jsonable, float) and not math.isfinite(jsonable):
        yield f"`{place}` is {jsonable}" if place else f"the body is {jsonable}"
    entries: Iterable[tuple[Any, Any]] = ()
    if isinstance(jsonable, dict):
        entries = jsonable.items()
    elif isinstance(jsonable, list):
        entries = enumerate(jsonable)
    for key, item in entries:
        yield from _not_finite(item, f"{place}.{key}" if place else str(key))


def decoder(response_type: str | type) -> Decoder:
    """Return the function that makes a decoded JSON value one of a type. It may change the JSON value.

    Args:
        response_type: ``str``, ``int``, ``float``, ``bool``, ``date``, ``datetime``, ``object``, the name or class of
            a model, ``list[...]`` or ``dict(str, ...)`` of these. The function raises ValueError for another value.

    Raises:
        ApiTypeError: the type is neither a str nor a class.
        ApiValueError: there is no such type.
    """
    if not isinstance(response_type, (str, type)):
        raise ApiTypeError(f"The response type must be a str or a class, not {response_type!r}")
    if isinstance(response_type, str):
        return _decoder(response_type)
    if issubclass(response_type, Model):
        return response_type.from_json  # a user's subclass too
    return _decoder(response_type.__name__)


@cache
def _decoder(name: str) -> Decoder:
    if name.startswith("list[") and name.endswith("]"):
        item_name = name[len("list[") : -1]
        if _is_model(item_name):
            list_from_json: Decoder = getattr(models, item_name).list_from_json
            return list_from_json
        item = _decoder(item_name)
        return lambda data: [item(entry) for entry in require_type(data, list)]
    if name.startswith("dict(str,") and name.endswith(")"):
        value = _decoder(name[len("dict(str,") : -1].lstrip(" "))
        return lambda data: {key: value(entry) for key, entry in require_type(data, dict).items()}
    if name in VALUE_TYPES:
        return VALUE_TYPES[name].read
    if not _is_model(name):
        raise ApiValueError(f"Unknown type {name!r}")
    from_json: Decoder = getattr(models, name).from_json
    return from_json


def _is_model(name: str) -> bool:
    return name in models.__all__ and hasattr(getattr(models, name), "from_json")
