"""Validators of the parameters of operations.

Each takes the name of the parameter, its value, and whether `Configuration.client_side_validation` is on. It returns
what to send, or raises `ApiTypeError` or `ApiValueError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Callable, Union

from .._wire.urls import path_segment
from ..argument_errors import ApiTypeError, ApiValueError
from ..models.file import File
from ..models.model import Model
from ..models.value_types import is_uuid_text

if TYPE_CHECKING:
    from uuid import UUID

SampleId = Union[str, "UUID"]
Fields = Mapping[str, Any]
"""The fields of a model in a dict, by their names in Python or in JSON."""


def sample_id(name: str, value: Any, validate: bool) -> str:
    """Return the id of a sample, which is a UUID with hyphens, as text."""
    text = str(value)
    if validate and not is_uuid_text(text):
        raise ApiValueError(f"Invalid value for `{name}` ({value!r}), must be a UUID")
    return text


def md5sum(name: str, value: Any, validate: bool) -> Any:
    """Return an md5sum that can be a segment of a path. That is always validated."""
    path_segment(name, value)
    return value


def event_id(name: str, value: Any, validate: bool) -> str:
    """Return the id of an event, an int or text, as text."""
    if validate and (isinstance(value, bool) or not isinstance(value, (int, str))):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be int or str", [name], (int, str))
    return str(value)


def text(name: str, value: Any, validate: bool) -> Any:
    """Return the value of a text filter. It may be empty."""
    if validate and not isinstance(value, str):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be str", [name], (str,))
    return value


def body(model: type[Model]) -> Callable[[str, Any, bool], Any]:
    """Return the validator of a request body that is a model, or a dict of its fields."""

    def validate_body(name: str, value: Any, validate: bool) -> Any:
        if not isinstance(value, Mapping):
            if validate and not isinstance(value, model):
                message = f"Invalid type for `{name}` ({value!r}), must be a {model.__name__} or a dict"
                raise ApiTypeError(message, [name], (model, dict))
            return value
        fields = {model.attribute_map.get(key, key): item for key, item in value.items()}
        if len(fields) < len(value):
            raise ApiValueError(f"Invalid value for `{name}`: it has both names of one field")
        if validate:
            model(**{attribute: fields.get(key) for attribute, key in model.attribute_map.items()})
            # An optional field that is None is left out, as it is of a model.
            fields = {key: item for key, item in fields.items() if item is not None}
        return fields

    return validate_body


_validate_file = body(File)


def file(name: str, value: Any, validate: bool) -> Any:
    """Return a `File`, or a dict of its fields, whose md5sum can be a segment of a path."""
    file = _validate_file(name, value, validate)
    if validate:
        path_segment("md5sum", file["md5sum"] if isinstance(file, dict) else file.md5sum)
    return file
