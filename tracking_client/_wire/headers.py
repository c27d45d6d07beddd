"""Request headers, validated when they are set."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any

from ..argument_errors import ApiTypeError, ApiValueError
from .text import plain_text

# RFC 9110, sections 5.1 and 5.6.2.
_NAME_CHARACTERS = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

# RFC 9112, section 6: the transport sets these. With another value, the rest of a request would become the next one.
_FRAMING_HEADERS = frozenset(["content-length", "transfer-encoding"])

# RFC 9110, section 5.5.
_FORBIDDEN_IN_VALUE = frozenset("\x00\r\n")


def validate_header_value(name: str, value: Any) -> str:
    """Return the value of a header as text.

    Raises:
        ApiTypeError: the value is neither text nor a number.
        ApiValueError: it contains CR, LF, NUL or a character that is not in Latin-1. The message does not show it.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ApiTypeError(f"Invalid type for the header `{name}` ({type(value).__name__}), must be str")
    text = plain_text(value)
    if not _FORBIDDEN_IN_VALUE.isdisjoint(text):
        raise ApiValueError(f"Invalid value for the header `{name}`, must not contain CR, LF or NUL")
    if max(text, default="") > "\xff":
        raise ApiValueError(f"Invalid value for the header `{name}`, must be in Latin-1")
    return text


def _fold(name: Any) -> Any:
    return name.lower() if isinstance(name, str) else name


def _problem(name: Any) -> str:
    """Return what is wrong with a name, without showing it: in a malformed line, the value may be a part of it."""
    if not isinstance(name, str):
        return f"its type is {type(name).__name__}"
    if not name:
        return "it is empty"
    index = next(index for index, each in enumerate(name) if each not in _NAME_CHARACTERS)
    return f"its character {index + 1} is {name[index]!r}"


class Headers(MutableMapping[str, str]):
    """Case-insensitive headers, each validated when it is set. The repr shows no values, which may be secret.

    Args:
        headers: the headers to begin with.

    Raises:
        ApiTypeError: a value is neither text nor a number.
        ApiValueError: a name is not a token, or a value contains CR, LF, NUL or a character that is not in Latin-1. The
            message shows neither.
    """

    def __init__(self, headers: Mapping[str, Any] | None = None) -> None:
        # By the lower-case name: the name as it was set, and the value.
        self._items: dict[str, tuple[str, str]] = {}
        for name, value in (headers or {}).items():
            self[name] = value

    def __getitem__(self, name: str) -> str:
        return self._items[_fold(name)][1]

    def __setitem__(self, name: str, value: Any) -> None:
        if not isinstance(name, str) or not name or not _NAME_CHARACTERS.issuperset(name):
            raise ApiValueError(f"Invalid header name: {_problem(name)}; must be a token (RFC 9110, section 5.6.2)")
        lower = name.lower()
        if lower in _FRAMING_HEADERS:
            raise ApiValueError(f"Invalid header name {name!r}: the length of a request cannot be set")
        self._items[lower] = plain_text(name), validate_header_value(name, value)

    def __delitem__(self, name: str) -> None:
        del self._items[_fold(name)]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._items.values())

    def __len__(self) -> int:
        return len(self._items)

    def to_dict(self) -> dict[str, str]:
        """Return the headers as a new dict."""
        return dict(self._items.values())

    def merged_over(self, headers: Mapping[str, Any] | None) -> Headers:
        """Return other headers and these. Where names are equal, these take precedence.

        Raises:
            ApiTypeError, ApiValueError: one of the other headers is invalid.
        """
        others = headers if isinstance(headers, Headers) else Headers(headers)
        merged = Headers()
        merged._items = {**others._items, **self._items}
        return merged

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self)})"
