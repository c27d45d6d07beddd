"""Validators of the parameters of operations.

Each takes the name of the parameter, its value, and whether `Configuration.client_side_validation` is on. It returns
what to send, or raises `ApiTypeError` or `ApiValueError`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Union

from .._wire.urls import path_segment
from ..argument_errors import ApiTypeError, ApiValueError
from ..models.file import File

if TYPE_CHECKING:
    from uuid import UUID

SampleId = Union[str, "UUID"]
FileBody = Union[File, Mapping[str, Any]]

_UUID_CHARACTERS = frozenset("0123456789abcdefABCDEF-")


def sample_id(name: str, value: Any, validate: bool) -> str:
    """Return the id of a sample, which is a UUID with hyphens, as text."""
    text = str(value)
    if validate and not (_UUID_CHARACTERS.issuperset(text) and [*map(len, text.split("-"))] == [8, 4, 4, 4, 12]):
        raise ApiValueError(f"Invalid value for `{name}` ({value!r}), must be a UUID")
    return text


def md5sum(name: str, value: Any, validate: bool) -> Any:
    """Return an md5sum that can be a segment of a path. That is always validated."""
    path_segment(name, value)
    return value


def file(name: str, value: Any, validate: bool) -> Any:
    """Return a `File`, or a dict of its fields by their Python names or their JSON keys, as the body of a request."""
    if isinstance(value, Mapping):
        fields = {File.attribute_map.get(key, key): item for key, item in value.items()}
        if len(fields) < len(value):
            raise ApiValueError(f"Invalid value for `{name}`: it has both names of one field")
        if validate:
            values = {attribute: fields.get(key) for attribute, key in File.attribute_map.items()}
            path_segment("md5sum", File(**values).md5sum)  # type: ignore[arg-type]
        return fields
    if validate:
        if not isinstance(value, File):
            raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be a File or a dict", [name], (File, dict))
        path_segment("md5sum", value.md5sum)
    return value
