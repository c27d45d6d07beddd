"""The declaration of a field of a model."""

from __future__ import annotations

import types
from collections.abc import Callable
from operator import attrgetter
from typing import Any, Union, get_args, get_origin

from ..argument_errors import ApiTypeError, ApiValueError
from ._value_types import VALUE_TYPES, ValueType, is_uuid_text, list_of, plain_number

__tracebackhide__ = True  # from pytest

REQUIRED: Any = object()
"""The default of a required field that follows an optional one: a type checker lets only such a field follow."""

_UNIONS = (Union, types.UnionType)


class Field:
    """A field of a model, in the annotation of an attribute. It is required, unless its default is None.

    >>> class Event(Model):
    ...     id: Annotated[int | None, Field("The id of the event.")] = None

    Args:
        doc: what the field is, for `help`.
        key: its JSON key; None for the name of the attribute.
        values: a class whose constants are the values that are allowed; None for any.
        is_uuid: whether its values are UUIDs as text.
        conversion: a class whose instances can be set too, and the function that makes them values; None for none.

    Attributes:
        doc: what the field is.
        key: its JSON key.
        values: the values that are allowed, each mapped to itself, so that all models share one str; empty for any.
        is_uuid: whether its values are UUIDs as text.
        conversion: a class whose instances can be set too, and the function that makes them values; None for none.
        is_required: whether it must not be None.
        name: the name of the attribute.
        slot: the name of the attribute that holds the value.
        accepted: the type of what can be set.
        value_type: the type of its values.
        json_class: the class of a decoded JSON value that is valid as it is; None if there is none.
    """

    name: str
    slot: str
    accepted: Any
    value_type: ValueType
    json_class: type | None
    is_required: bool

    def __init__(
        self,
        doc: str,
        *,
        key: str | None = None,
        values: type | None = None,
        is_uuid: bool = False,
        conversion: tuple[type, Callable[[Any], Any]] | None = None,
    ) -> None:
        self.doc = doc
        self.key = key or ""
        self.values: dict[Any, str] = {value: value for value in constants(values)} if values is not None else {}
        self.is_uuid = is_uuid
        self.conversion = conversion

    def bind(self, name: str, annotation: Any, default: Any) -> None:
        """Give the field its name, type and default.

        Raises:
            TypeError: the annotation or the default is not one of a field.
        """
        if default is not REQUIRED and default is not None:
            raise TypeError(f"the default of a field must be None, not {default!r}")
        self.is_required = default is REQUIRED
        self.name = name
        self.slot = f"_{name}"
        self.key = self.key or name
        self.accepted = annotation if self.conversion is None else annotation | self.conversion[0]
        if not self.is_required:
            self.accepted |= None
        self.value_type = _value_type(annotation)
        self.json_class = self.value_type.json_class

    def as_property(self) -> property:
        """Return the attribute, which validates a value when it is set. Reading it runs no Python code."""

        def set_value(model: Any, value: Any) -> None:
            if type(value) not in self.value_type.classes:
                value = self.convert(value)
            configuration = model.local_vars_configuration
            if configuration is None or configuration.client_side_validation:
                self.validate(value)
            setattr(model, self.slot, value)

        return property(attrgetter(self.slot), set_value, doc=self.doc)

    def convert(self, value: Any) -> Any:
        """Return what a user sets as a value, if it can be converted; return anything else as it is.

        Raises:
            ApiValueError: it is out of range.
        """
        try:
            plain = plain_number(value) if self.value_type.is_number else value
            if self.conversion is not None and isinstance(plain, self.conversion[0]):
                return self.conversion[1](plain)
            return plain
        except (OSError, OverflowError, ValueError) as error:
            raise ApiValueError(f"Invalid value for `{self.name}` ({value!r}): {error}") from None

    def validate(self, value: Any) -> None:
        """Validate a value that a user sets.

        Raises:
            ApiValueError: it is None in a required field, or not one of the values that are allowed.
            ApiTypeError: it has another type.
        """
        if value is None:
            if self.is_required:
                raise ApiValueError(f"Invalid value for `{self.name}`, must not be `None`")
            return
        if not self.value_type.accepts(value):
            message = f"Invalid type for `{self.name}` ({value!r}), must be {self.value_type.name}"
            raise ApiTypeError(message, [self.name], self.value_type.classes)
        items = value if self.value_type.item else [value]
        if self.values and not all(item in self.values for item in items):
            raise ApiValueError(f"Invalid value for `{self.name}` ({value}), must be one of {list(self.values)}")
        if self.is_uuid and not is_uuid_text(value):
            raise ApiValueError(f"Invalid value for `{self.name}` ({value!r}), must be a UUID")

    def read(self, data: dict[str, Any]) -> Any:
        """Return the value in a decoded JSON object. A value that is not among those allowed is kept.

        Raises:
            ValueError: the field is missing, or has another type.
        """
        value = data.get(self.key)
        if value is None and not self.is_required:
            return None
        if self.key not in data:
            raise ValueError(f"{self.key!r} is missing")
        try:
            return self.value_type.read(value)
        except (OverflowError, ValueError) as error:  # a date after the year 9999 overflows
            raise ValueError(f"{self.key!r}: {error}") from None


def constants(values: type) -> tuple[str, ...]:
    """Return the constants of a class, in order."""
    return tuple(value for name, value in vars(values).items() if name.isupper())


def _value_type(annotation: Any) -> ValueType:
    arguments = get_args(annotation)
    if get_origin(annotation) in _UNIONS and len(arguments) == 2 and arguments[1] is type(None):
        return _value_type(arguments[0])
    if get_origin(annotation) is list and get_origin(arguments[0]) not in _UNIONS:
        return list_of(_value_type(arguments[0]))
    try:
        return VALUE_TYPES[annotation.__name__]
    except (AttributeError, KeyError):
        raise TypeError(f"a field cannot have the type {annotation!r}") from None
