"""Errors in arguments, raised before anything is sent. See `exceptions` for the class hierarchy."""

from __future__ import annotations

from collections.abc import Sequence

PathToItem = Sequence[str | int]


class OpenApiException(Exception):
    """The base class of every error that this library raises."""


class _ArgumentError(OpenApiException):
    """An error that can say where in the data it is.

    Args:
        msg: the message.
        path_to_item: the keys and indices that lead to the item; None if the argument itself is wrong.
    """

    def __init__(self, msg: str, path_to_item: PathToItem | None = None) -> None:
        self.path_to_item = path_to_item
        super().__init__(f"{msg} at {render_path(path_to_item)}" if path_to_item else msg)

    # A KeyError would show its message as a repr, in quotes.
    __str__ = Exception.__str__


class ApiTypeError(_ArgumentError, TypeError):
    """An argument of the wrong type, or an unknown keyword argument.

    Args:
        msg: the message.
        path_to_item: the keys and indices that lead to the item; None if the argument itself is wrong.
        valid_classes: the classes that the item may have.
        key_type: whether the item is a key (True) or a value (False) of a dict.
    """

    def __init__(
        self,
        msg: str,
        path_to_item: PathToItem | None = None,
        valid_classes: tuple[type, ...] | None = None,
        key_type: bool | None = None,
    ) -> None:
        self.valid_classes = valid_classes
        self.key_type = key_type
        super().__init__(msg, path_to_item)


class ApiValueError(_ArgumentError, ValueError):
    """An argument of the right type with an invalid value."""


class ApiKeyError(_ArgumentError, KeyError):
    """A key that does not exist."""


class ApiAttributeError(_ArgumentError, AttributeError):
    """An attribute that does not exist, such as a misspelt setting."""


class ApiFileError(OpenApiException, OSError):
    """A file on disk that cannot be used: unreadable, a directory, empty, truncated, or changed while it was read.

    Its ``errno`` and ``filename`` are those of the operating system's error; they are None if it reported none.
    """


class ApiFileNotFoundError(ApiFileError, FileNotFoundError):
    """A file on disk that does not exist."""


class ApiFilePermissionError(ApiFileError, PermissionError):
    """A file on disk that this user may not read."""


def render_path(path_to_item: PathToItem) -> str:
    """Return the path to an item as subscripts, such as ``['files'][0]``."""
    return "".join(f"[{step!r}]" for step in path_to_item)
