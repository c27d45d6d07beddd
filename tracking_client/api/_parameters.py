"""Validators of the parameters of operations.

Each takes the name of the parameter, its value, and whether `Configuration.client_side_validation` is on. It returns
what to send, or raises `ApiTypeError` or `ApiValueError`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from .._annotations import UUID
from .._wire.text import plain_text
from .._wire.urls import path_segment
from ..argument_errors import ApiTypeError, ApiValueError
from ..models._model import Model
from ..models._value_types import is_uuid_text, plain_number
from ..models.file import File
from ..models.sample import Sample

SampleId = str | UUID
Fields = Mapping[str, Any]
"""The fields of a model in a dict, by their names in Python or in JSON."""


def sample_id(name: str, value: Any, validate: bool) -> str:
    """Return the id of a sample, which is a UUID with hyphens, as text."""
    text = plain_text(value)
    if validate and not is_uuid_text(text):
        hint = (
            ": `bulk.find_sample(api_client, isolate_id=...)` finds a sample by name" if isinstance(value, str) else ""
        )
        raise ApiValueError(f"Invalid value for `{name}` ({value!r}), must be a UUID{hint}")
    return text


def md5sum(name: str, value: Any, validate: bool) -> str:
    """Return an md5sum as text, which is always validated. Only a `path_segment` can be looked up."""
    if not isinstance(value, str):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be str", [name], (str,))
    return plain_text(value)


def event_id(name: str, value: Any, validate: bool) -> str:
    """Return the id of an event, an int or text, as text."""
    value = plain_number(value)
    if validate and (isinstance(value, bool) or not isinstance(value, (int, str))):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be int or str", [name], (int, str))
    return plain_text(value)


def text(name: str, value: Any, validate: bool) -> Any:
    """Return the value of a text filter. It may be empty."""
    if validate and not isinstance(value, str):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be str", [name], (str,))
    return value


def body(model: type[Model], or_path: bool = False) -> Callable[[str, Any, bool], Any]:
    """Return the validator of a request body that is a model, or a dict of its fields.

    Args:
        model: the class of the model.
        or_path: whether an error says that the body may also be the path of a file.
    """

    def validate_body(name: str, value: Any, validate: bool) -> Any:
        if isinstance(value, model):
            return value
        if not isinstance(value, Mapping):
            others = ", a dict or a path" if or_path else " or a dict"
            message = f"Invalid type for `{name}` ({value!r}), must be a {model.__name__}{others}"
            raise ApiTypeError(message, [name], (model, dict))
        fields = {model.attribute_map.get(key, key): item for key, item in value.items()}
        if len(fields) < len(value):
            raise ApiValueError(f"Invalid value for `{name}`: it has both names of one field")
        if validate:
            # A newer service may have other fields. But a sample, of which no field is required, would have no name.
            unknown = [key for key in fields if model is Sample and key not in model.attribute_map.values()]
            if unknown:
                raise ApiTypeError(f"{model.__name__} has no field `{unknown[0]}`")
            validated = model(**{attribute: fields.get(key) for attribute, key in model.attribute_map.items()})
            # As the model has them, for it converts numbers and times. An optional field that is None is left out.
            values = {key: getattr(validated, attribute) for attribute, key in model.attribute_map.items()}
            fields = {key: values.get(key, item) for key, item in fields.items() if item is not None}
        return fields

    return validate_body


_validate_file = body(File, or_path=True)


def file(name: str, value: Any, validate: bool) -> Any:
    """Return a `File`, or a dict of its fields, whose md5sum can be a segment of a path. A path becomes a `File`."""
    if type(value) is not File:  # a call with a `File` is the usual one, and this costs it nothing
        value = (
            File.from_path(value) if isinstance(value, (str, os.PathLike)) else _validate_file(name, value, validate)
        )
    key = value.get("md5sum") if isinstance(value, dict) else value.md5sum
    if key is not None:  # validation has rejected None, unless it is off
        path_segment("md5sum", md5sum("md5sum", key, validate))
    return value
