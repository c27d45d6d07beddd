"""Headers that a user sets: refused at once where they could not be sent, or would be more than one header."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Optional

from .argument_errors import ApiTypeError, ApiValueError

# RFC 9110, sections 5.1 and 5.6.2.
_OF_A_NAME = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")

# RFC 9112, section 6: with another value than the transport's own, the rest of a request would be the next one.
_OF_THE_TRANSPORT = frozenset(["content-length", "transfer-encoding"])

# RFC 9110, section 5.5.
_NOT_OF_A_VALUE = frozenset("\x00\r\n")


def checked_value(name: str, value: Any) -> str:
    """The value of a header as text.

    Raises:
        ApiTypeError: it is neither text nor a number.
        ApiValueError: it holds CR, LF or NUL, or a character beyond Latin-1. The error does not show it.
    """
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        raise ApiTypeError(f"Invalid type for the header `{name}` ({type(value).__name__}), must be str")
    text = str(value)
    if not _NOT_OF_A_VALUE.isdisjoint(text):
        raise ApiValueError(f"Invalid value for the header `{name}`, must not hold CR, LF or NUL")
    try:
        text.encode("latin-1")
    except UnicodeEncodeError:
        raise ApiValueError(f"Invalid value for the header `{name}`, must be in Latin-1") from None
    return text


def _folded(name: Any) -> Any:
    return name.lower() if isinstance(name, str) else name


def is_among(headers: Mapping[str, str], name: str) -> bool:
    """Whether a header is one of these, whatever the case of its name (RFC 9110, section 5.1)."""
    return name in headers or name.lower() in map(str.lower, headers)


class Headers(MutableMapping[str, str]):
    """Headers by name in any case, each checked when it is set. Shown without the values, which may be secret.

    Args:
        headers: the first ones.

    Raises:
        ApiTypeError: a value is neither text nor a number.
        ApiValueError: a name is not a token, or a value holds CR, LF or NUL, or a character beyond Latin-1.
    """

    def __init__(self, headers: Optional[Mapping[str, Any]] = None) -> None:
        # By the name in lower case, each as it was named, and its value.
        self._pairs: dict[str, tuple[str, str]] = {}
        self.update(headers or {})

    def __getitem__(self, name: str) -> str:
        return self._pairs[_folded(name)][1]

    def __setitem__(self, name: str, value: Any) -> None:
        if not isinstance(name, str) or not name or not _OF_A_NAME.issuperset(name):
            raise ApiValueError(f"Invalid name of a header ({name!r}), must be a token")
        lower = name.lower()
        if lower in _OF_THE_TRANSPORT:
            raise ApiValueError(f"Invalid name of a header ({name!r}), which says where a request ends")
        self._pairs[lower] = name, checked_value(name, value)

    def __delitem__(self, name: str) -> None:
        del self._pairs[_folded(name)]

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._pairs.values())

    def __len__(self) -> int:
        return len(self._pairs)

    def over(self, headers: Optional[Mapping[str, Any]]) -> dict[str, str]:
        """Other headers with these, which come before them where names are the same, as a new dict.

        Raises:
            ApiTypeError, ApiValueError: one of the others could not be set.
        """
        if headers is None:
            return dict(self._pairs.values())
        checked = headers if isinstance(headers, Headers) else Headers(headers)
        return dict({**checked._pairs, **self._pairs}.values())

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self)})"
