"""What the models have in common. A model knows its fields and their checks, and nothing of how it travels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, ClassVar, Optional, Protocol

from ..argument_errors import ApiTypeError, ApiValueError

if TYPE_CHECKING:
    from typing_extensions import Self

_TYPES: Mapping[str, type] = {"str": str, "int": int}


class Validation(Protocol):
    """The part of a `Configuration` that a model heeds."""

    @property
    def client_side_validation(self) -> bool: ...


class Model:
    """A schema of the API, its fields as attributes.

    Attributes:
        openapi_types: attribute name to type name, for each field.
        attribute_map: attribute name to JSON key, for each field.
        local_vars_configuration: the configuration given when the object was made, or None. Its
            ``client_side_validation`` set to False switches the checks of the setters off.
    """

    __slots__ = ("local_vars_configuration",)

    openapi_types: ClassVar[Mapping[str, str]]
    attribute_map: ClassVar[Mapping[str, str]]
    allowed_values: ClassVar[Mapping[str, tuple[str, ...]]] = {}
    discriminator: ClassVar[None] = None

    _fields: ClassVar[Sequence[tuple[str, str, type]]] = ()

    def __init_subclass__(cls) -> None:
        # Once for each model, not for each object that is read: where a field is kept, its JSON key, and its type.
        cls._fields = [(f"_{name}", key, _TYPES[cls.openapi_types[name]]) for name, key in cls.attribute_map.items()]

    def __init__(self, local_vars_configuration: Optional[Validation] = None) -> None:
        self.local_vars_configuration = local_vars_configuration

    @classmethod
    def from_json(cls, data: object) -> Self:
        """The model from a decoded JSON object, as the service writes it.

        A value that this version does not know is kept as it is, and a key that it does not know is passed over: a
        newer service may have both.

        Raises:
            ValueError: the data is not an object, or a field is missing or of another type.
        """
        if not isinstance(data, dict):
            raise ValueError(f"{cls.__name__} must be an object, not {type(data).__name__}")
        model = cls.__new__(cls)
        model.local_vars_configuration = None
        for slot, key, type_ in cls._fields:
            value = data.get(key)
            if type(value) is not type_:
                problem = f"is {type(value).__name__}, not {type_.__name__}" if key in data else "is missing"
                raise ValueError(f"{key!r} of {cls.__name__} {problem}")
            setattr(model, slot, value)
        return model

    @classmethod
    def list_from_json(cls, data: object) -> list[Self]:
        """The models from a decoded JSON array, each as `from_json` reads it.

        The list itself is what becomes the result: each entry makes room for its model at once. After an error it holds
        some of both.

        Raises:
            ValueError: the data is not a list, or an entry is not such a model.
        """
        if not isinstance(data, list):
            raise ValueError(f"expected list, not {type(data).__name__}")
        for index, entry in enumerate(data):
            data[index] = cls.from_json(entry)
        return data

    def to_dict(self) -> dict[str, Any]:
        """The fields by their Python names."""
        return {name: getattr(self, name) for name in self.openapi_types}

    def to_str(self) -> str:
        """The fields by their Python names, as text."""
        # Imported when it is asked for: it brings half of what this package takes to import.
        from pprint import pformat

        return pformat(self.to_dict())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(f'{name}={value!r}' for name, value in self.to_dict().items())})"

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, type(self)):
            return NotImplemented
        return self.to_dict() == other.to_dict()

    # The fields can be set, so a hash of them would not last.
    __hash__ = None  # type: ignore[assignment]

    def _checked(self, name: str, value: Any) -> Any:
        """The value of a field that a user sets.

        Raises:
            ApiValueError: it is None, or not one of the values that the schema allows.
            ApiTypeError: it is of another type.
        """
        configuration = self.local_vars_configuration
        if configuration is not None and not configuration.client_side_validation:
            return value
        if value is None:
            raise ApiValueError(f"Invalid value for `{name}`, must not be `None`")
        type_ = _TYPES[self.openapi_types[name]]
        if not isinstance(value, type_) or isinstance(value, bool):
            raise ApiTypeError(f"Invalid type for `{name}` ({value!r}), must be {type_.__name__}", [name], (type_,))
        allowed = self.allowed_values.get(name)
        if allowed is not None and value not in allowed:
            raise ApiValueError(f"Invalid value for `{name}` ({value}), must be one of {list(allowed)}")
        return value
