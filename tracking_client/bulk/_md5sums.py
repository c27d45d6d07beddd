"""Md5sums as text."""

from __future__ import annotations

import re

from ..argument_errors import ApiTypeError, ApiValueError

_MD5SUM = re.compile(r"[0-9a-fA-F]{32}")


def is_md5sum(text: str) -> bool:
    """Return whether a text is an md5sum in hex, upper or lower case."""
    return _MD5SUM.fullmatch(text) is not None


def normalized_md5sum(value: object) -> str:
    """Return an md5sum in lower case, as the service has it.

    Raises:
        ApiTypeError, ApiValueError: it is no md5sum.
    """
    if not isinstance(value, str):
        raise ApiTypeError(f"Invalid type for an md5sum ({value!r}), must be str", None, (str,))
    if not is_md5sum(value):
        raise ApiValueError(f"Invalid md5sum {value!r}, must be 32 hexadecimal digits")
    return value.lower()
