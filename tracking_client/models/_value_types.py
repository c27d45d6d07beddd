"""The types that a value of this API may have, in Python and in JSON."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any, cast


class ValueType:
    """The type of a value.

    Attributes:
        name: its name, as in `Model.openapi_types`.
        classes: the classes whose instances are valid values. A bool is not an int, nor a
            datetime a date.
        read: a function that makes a decoded JSON value a value of this type, or raises ValueError.
        json_class: the class whose instances `read` returns as they are; None if there is none.
        item: the type of the items of a list; None for any other type.
    """

    __slots__ = ("classes", "item", "json_class", "name", "read")

    def __init__(
        self,
        name: str,
        classes: tuple[type, ...],
        read: Callable[[Any], Any],
        json_class: type | None = None,
        item: ValueType | None = None,
    ) -> None:
        self.name = name
        self.classes = classes
        self.read = read
        self.json_class = json_class
        self.item = item

    @property
    def is_number(self) -> bool:
        """Whether its values are numbers."""
        return int in self.classes

    def accepts(self, value: object) -> bool:
        """Return whether a value has this type."""
        if not isinstance(value, self.classes):
            return False
        if object not in self.classes:
            for subclass in (bool, datetime):
                if isinstance(value, subclass) and subclass not in self.classes:
                    return False
        return self.item is None or all(map(self.item.accepts, cast("list[object]", value)))


_TIMES_OF_NUMPY = {"m": "timedelta64[us]", "M": "datetime64[us]"}
"""By the kind of a dtype: the type with a unit that Python's own times have."""


def plain_number(value: Any) -> Any:
    """Return a number of another library, such as numpy's, as an int or float; return anything else as it is.

    A time or duration of numpy, which is one of its numbers, becomes a datetime or timedelta; None if it is NaT.

    Raises:
        OverflowError: it is too large for a float, or for Python's times.
    """
    if isinstance(value, bool) or type(value) in (int, float, str):
        return value
    type_of_time = _TIMES_OF_NUMPY.get(getattr(getattr(value, "dtype", None), "kind", ""))
    if type_of_time is not None:
        time = value.astype(type_of_time).item()
        if isinstance(time, int):
            raise OverflowError("the time is out of range")
        return time
    # Imported when needed, because nearly all numbers are Python's own.
    from numbers import Integral, Real

    if isinstance(value, Integral):
        return int(value)
    return float(value) if isinstance(value, Real) else value


def require_type(data: Any, *classes: type) -> Any:
    """Return a decoded JSON value if it is exactly of one of these classes.

    Raises:
        ValueError: it is not.
    """
    if type(data) not in classes:
        raise ValueError(f"expected {classes[0].__name__}, not {type(data).__name__}")
    return data


def _read_datetime(data: Any) -> datetime:
    """Read a date-time of RFC 3339, section 5.6, which is a profile of ISO 8601."""
    # Imported for the first date, because no file has one.
    from dateutil.parser import isoparse  # type: ignore[import-untyped,unused-ignore]

    moment: datetime = isoparse(require_type(data, str))
    return moment


VALUE_TYPES: Mapping[str, ValueType] = {
    type_.name: type_
    for type_ in (
        ValueType("str", (str,), lambda data: require_type(data, str), str),
        ValueType("int", (int,), lambda data: require_type(data, int), int),
        ValueType("float", (float, int), lambda data: float(require_type(data, float, int)), float),
        ValueType("bool", (bool,), lambda data: require_type(data, bool), bool),
        ValueType("date", (date,), lambda data: _read_datetime(data).date()),
        ValueType("datetime", (datetime,), _read_datetime),
        ValueType("object", (object,), lambda data: data),
    )
}
"""The scalar types, by name."""


_UUID_CHARACTERS = frozenset("0123456789abcdefABCDEF-")


def is_uuid_text(text: str) -> bool:
    """Return whether a text is a UUID with hyphens (RFC 9562, section 4)."""
    return _UUID_CHARACTERS.issuperset(text) and [*map(len, text.split("-"))] == [8, 4, 4, 4, 12]


def list_of(item: ValueType) -> ValueType:
    """Return the type of a list of items."""
    return ValueType(
        f"list[{item.name}]",
        (list,),
        lambda data: [item.read(each) for each in require_type(data, list)],
        item=item,
    )
