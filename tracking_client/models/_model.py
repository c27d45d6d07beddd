"""The base class of the models: each field is declared once, and everything else is derived from the declaration."""

from __future__ import annotations

import sys
import typing
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import cache
from typing import TYPE_CHECKING, Any, ClassVar, Literal, Protocol

from ..argument_errors import ApiTypeError
from ._field import REQUIRED, Field
from ._value_types import require_type

__tracebackhide__ = True  # from pytest

if TYPE_CHECKING:
    from inspect import Signature

    from typing_extensions import Self
    from typing_extensions import dataclass_transform as _dataclass_transform
else:
    # `typing.get_type_hints` looks it up. Python 3.11 has it.
    Self = getattr(typing, "Self", Any)

    def _dataclass_transform(**_):
        return lambda class_: class_


def keyword_only(*, default: None, kw_only: Literal[True]) -> Any:
    """Declare a parameter of the constructor that is not a field, for type checkers."""


class Validation(Protocol):
    """The part of a `Configuration` that a model uses."""

    @property
    def client_side_validation(self) -> bool: ...


def _declared_fields(namespace: dict[str, Any]) -> dict[str, Field]:
    """Return the fields that are declared in the body of a class, by name."""
    declared = {}
    for name, annotation in namespace.get("__annotations__", {}).items():
        if isinstance(annotation, str):
            # Another annotation may contain names that only a type checker knows.
            if "Annotated[" not in annotation:
                continue
            annotation = eval(annotation, vars(sys.modules[namespace["__module__"]]))  # noqa: S307
        for each in getattr(annotation, "__metadata__", ()):
            if isinstance(each, Field):
                each.bind(name, annotation.__origin__, namespace.get(name, REQUIRED))
                declared[name] = each
    return declared


@cache
def _dataclass_of(model: type[Model]) -> Any:
    """Return a dataclass with the fields of a model."""
    # Imported when needed, because it would be a large part of this package's import time.
    from dataclasses import make_dataclass

    return make_dataclass(model.__name__, [(each.name, each.accepted) for each in model._fields])


class _FromDataclass:
    """What the functions of `dataclasses`, and pandas and others by them, read from a class with fields."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: object, owner: type[Model]) -> Any:
        return getattr(_dataclass_of(owner), self.name)


@_dataclass_transform(eq_default=False, field_specifiers=(keyword_only,))
class _ModelType(type):
    """Turns the fields that a class declares into slots, properties and a constructor.

    Args:
        init: False lets type checkers take the inherited constructor (see `typing.dataclass_transform`). Not used at
            run time.
    """

    def __new__(
        mcls, name: str, bases: tuple[type, ...], namespace: dict[str, Any], *, init: bool = True
    ) -> _ModelType:
        declared = _declared_fields(namespace)
        if not declared:
            return super().__new__(mcls, name, bases, namespace)
        own = {key: value for key, value in namespace.items() if key not in declared}
        slots = own.get("__slots__", ())
        own["__slots__"] = (*((slots,) if isinstance(slots, str) else slots), *(f"_{key}" for key in declared))
        model: Any = super().__new__(mcls, name, bases, own)
        for key, each in declared.items():
            setattr(model, key, each.as_property())
        # A field that is declared again keeps its place among the parameters of the constructor.
        model._fields = fields = tuple({**{each.name: each for each in model._fields}, **declared}.values())
        model.openapi_types = {each.name: each.value_type.name for each in fields}
        model.attribute_map = {each.name: each.key for each in fields}
        model.allowed_values = {each.name: tuple(each.values) for each in fields if each.values}
        if "__init__" not in own:
            model.__init__ = _constructor(model)
            model.__signature__ = _Signature(model.__init__, fields)
        return model  # type: ignore[no-any-return]

    def __dir__(cls) -> list[str]:
        return [name for name in super().__dir__() if name not in _UNLISTED]


_UNLISTED = frozenset(
    [
        *("allowed_values", "attribute_map", "discriminator", "local_vars_configuration", "openapi_types"),
        *("from_json", "list_from_json"),
    ]
)
"""What completion does not offer: what a generated model has too, and what only this library calls."""


class Model(metaclass=_ModelType):
    """A schema of the API, with its fields as attributes. Equal to another model with the same fields.

    A model has slots, so that a long list takes little memory: `to_dict` returns what `vars` cannot.

    Attributes:
        openapi_types: attribute name to type name, for each field.
        attribute_map: attribute name to JSON key, for each field.
        allowed_values: attribute name to the values that are allowed, for each field that limits them.
        local_vars_configuration: the configuration that the model was made with, or None. If its
            ``client_side_validation`` is False, values are not validated when they are set.
    """

    __slots__ = ("__weakref__", "local_vars_configuration")

    openapi_types: ClassVar[Mapping[str, str]] = {}
    attribute_map: ClassVar[Mapping[str, str]] = {}
    allowed_values: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    discriminator: ClassVar[None] = None

    _fields: ClassVar[tuple[Field, ...]] = ()

    __dataclass_fields__ = _FromDataclass()
    __dataclass_params__ = _FromDataclass()

    if TYPE_CHECKING:
        local_vars_configuration: Validation | None = keyword_only(default=None, kw_only=True)

    @classmethod
    def from_json(cls, data: object) -> Self:
        """Return the model for a decoded JSON object, as the service sends it.

        A newer service may send a value or a key that this version does not know: the value is kept, the key ignored.

        Raises:
            ValueError: the data is not an object, or a field is missing or has another type.
        """
        if not isinstance(data, dict):
            raise ValueError(f"{cls.__name__} must be an object, not {type(data).__name__}")
        model = cls.__new__(cls)
        model.local_vars_configuration = None
        # A list may be long, so no function of this package is called for a value that is as it has to be.
        try:
            for each in cls._fields:
                value = data.get(each.key)
                if type(value) is not each.json_class:
                    value = each.read(data)
                elif each.values:
                    value = each.values.get(value, value)
                setattr(model, each.slot, value)
        except ValueError as error:
            raise ValueError(f"{cls.__name__}: {error}") from None
        return model

    @classmethod
    def list_from_json(cls, data: object) -> list[Self]:
        """Return the models for a decoded JSON array, each as `from_json` reads it.

        The list is changed in place, so that no entry is in memory twice. After an error, it contains both models and
        dicts.

        Raises:
            ValueError: the data is not a list, or an entry is not such a model.
        """
        entries: list[Any] = require_type(data, list)
        for index, entry in enumerate(entries):
            entries[index] = cls.from_json(entry)
        return entries

    def __replace__(self, **changes: Any) -> Self:
        """Return a copy with other values of some fields, for `copy.replace`.

        Raises:
            ApiTypeError, ApiValueError: a value is invalid, see the constructor.
        """
        fields = {name: getattr(self, name) for name in self.openapi_types}
        settings = self.local_vars_configuration
        return type(self)(**{"local_vars_configuration": settings, **fields, **changes})

    def to_dict(self) -> dict[str, Any]:
        """Return the fields by their Python names."""
        return {name: getattr(self, name) for name in self.openapi_types}

    def to_str(self) -> str:
        """Return the fields by their Python names, as text."""
        # Imported when needed, because it would be a large part of this package's import time.
        from pprint import pformat

        return pformat(self.to_dict())

    def __dir__(self) -> list[str]:
        return [name for name in super().__dir__() if name not in _UNLISTED]

    def _repr_html_(self) -> str:
        # Imported when needed, by a notebook.
        from .._display import html_fields

        return html_fields(type(self).__name__, self.to_dict())

    def __rich_repr__(self) -> Iterable[tuple[str, Any]]:
        return self.to_dict().items()

    def __setstate__(self, state: Any) -> None:
        # The state may be that of another version, which has more fields or fewer, or of a generated client.
        attributes, slots = state if isinstance(state, tuple) else (state, None)
        self.local_vars_configuration = None
        for each in self._fields:
            setattr(self, each.slot, None)
        for name, value in {**(attributes or {}), **(slots or {})}.items():
            with suppress(AttributeError):
                setattr(self, name, value)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.to_dict().items())})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    # Models are mutable, so they are not hashable.
    __hash__ = None  # type: ignore[assignment]


def _constructor(model: type[Model]) -> Callable[..., None]:
    """Return ``__init__``, which sets each field by its property, so that a subclass can override how it is set."""
    fields = model._fields
    names = (*(each.name for each in fields), "local_vars_configuration")

    def __init__(self: Model, *args: Any, **kwargs: Any) -> None:  # noqa: N807
        if len(args) > len(names):
            raise ApiTypeError(f"{model.__name__} takes {len(names)} arguments at most, but {len(args)} were given")
        values = dict(zip(names, args, strict=False))
        for name, value in kwargs.items():
            if name not in names:
                raise ApiTypeError(f"{model.__name__} has no field `{name}`")
            if name in values:
                raise ApiTypeError(f"{model.__name__} got two values for `{name}`")
            values[name] = value
        self.local_vars_configuration = values.get("local_vars_configuration")
        for each in fields:
            value = values.get(each.name)
            if value is None and not each.is_required:
                setattr(self, each.slot, None)
            else:
                setattr(self, each.name, value)

    __init__.__qualname__ = f"{model.__qualname__}.__init__"
    __init__.__module__ = model.__module__
    __init__.__doc__ = "Args:\n" + "\n".join(f"    {each.name}: {each.doc}" for each in fields)
    __init__.__annotations__ = {each.name: each.accepted for each in fields}
    __init__.__annotations__.update(local_vars_configuration=Validation | None, **{"return": None})
    return __init__


class _Signature:
    """The signature of a model's constructor, for `inspect.signature`, in which a required parameter has no default.

    Without a required parameter, the constructor raises an error of this library, so Python must not require it. Those
    after an optional one are shown as keyword-only, because Python has no other way to write such a signature.
    """

    def __init__(self, constructor: Callable[..., None], fields: tuple[Field, ...]) -> None:
        self.constructor = constructor
        self.fields = fields

    def __get__(self, instance: object, owner: type[Model]) -> Signature | None:
        if owner.__init__ is not self.constructor:  # a subclass has its own
            return None
        # Imported when needed, because it would be a large part of this package's import time.
        from inspect import Parameter, Signature

        parameters: list[Parameter] = []
        kind: Any = Parameter.POSITIONAL_OR_KEYWORD
        for each in self.fields:
            if each.is_required and parameters and parameters[-1].default is None:
                kind = Parameter.KEYWORD_ONLY
            default = Parameter.empty if each.is_required else None
            parameters.append(Parameter(each.name, kind, default=default, annotation=each.accepted))
        settings = Parameter("local_vars_configuration", kind, default=None, annotation=Validation | None)
        return Signature([*parameters, settings], return_annotation=None)
