"""Validators of the parameters of operations.

Each takes the name of the parameter, its value, and whether `Configuration.client_side_validation` is on. It returns
what to send, or raises `ApiTypeError` or `ApiValueError`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from typing import Any

from .._annotations import UUID
from .._wire.urls import path_segment
from ..argument_errors import ApiTypeError, ApiValueError
from ..models._model import Model
from ..models._value_types import is_uuid_text
from ..models.file import File

_NOT_IN_SEGMENT = r"[/\x00-\x1f\x7f-\x9f]"
"""A slash or a control character."""

SampleId = str | UUID
Fields = Mapping[str, Any]
"""The fields of a model in a dict, by their names in Python or in JSON."""


def sample_id(name: str, value: Any, validate: bool) -> str:
    """Return the id of a sample, which is a UUID with hyphens, as text."""
    if validate and not is_uuid_text(value if isinstance(value, str) else str(value)):
        raise ApiValueError(f"Invalid value for `{name}` ({value!r}), must be a UUID")
    return _segment(name, value)


def md5sum(name: str, value: Any, validate: bool) -> str:
    """Return an md5sum as text. It may be any text that can be a segment of a path, which is always validated."""
    if not isinstance(value, str):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be str", [name], (str,))
    return _segment(name, value)


def event_id(name: str, value: Any, validate: bool) -> str:
    """Return the id of an event, an int or text, as text."""
    if validate and (isinstance(value, bool) or not isinstance(value, (int, str))):
        raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be int or str", [name], (int, str))
    return _segment(name, value)


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
        md5sum("md5sum", key, validate)
    return value


def _segment(name: str, value: Any) -> str:
    """Return a value as text that is one segment of a path.

    The service leads a request with a slash in a segment to another resource. It stores a control character, but
    responds with an error.

    Raises:
        ApiTypeError: it is bytes.
        ApiValueError: it contains a slash or a control character, or cannot be a segment; see `path_segment`.
    """
    # Of a subclass of str, such as an enumeration, the text that it holds.
    text = str.__str__(value) if isinstance(value, str) else str(value)
    if text.isascii() and text.replace("-", "").isalnum() and value is not None:
        return text
    path_segment(name, value)
    if re.search(_NOT_IN_SEGMENT, text):
        raise ApiValueError(f"Invalid value for `{name}` ({text!r}), must not contain `/` or a control character")
    return text
