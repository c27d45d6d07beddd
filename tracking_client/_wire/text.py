"""What a text is: that of a message body, JSON, an md5sum."""

from __future__ import annotations

import json
import re
from typing import Any

_HEXADECIMAL_DIGITS = frozenset("0123456789abcdef")

_CHARSET = r"""(?i)charset\s*=\s*["']?([\w.:+-]+)"""


def plain_text(value: object) -> str:
    """Return ``str(value)``; for a subclass of str, such as a member of a ``(str, Enum)``, the text that it holds."""
    return str.__str__(value) if isinstance(value, str) else str(value)


def decode_body(data: bytes, content_type: str | None, errors: str = "strict") -> str:
    """Decode a body by the charset of its content type, or UTF-8 (RFC 8259, section 8.1), and remove a BOM.

    Args:
        data: the body.
        content_type: the ``Content-Type`` header; None if there is none.
        errors: what to do with bytes that are not in the charset, as for `bytes.decode`.

    Raises:
        UnicodeError: the bytes are not in the charset.
    """
    charset = re.search(_CHARSET, content_type) if content_type and "charset" in content_type.lower() else None
    if charset:
        try:
            return data.decode(charset[1], errors).removeprefix("\ufeff")
        except LookupError:
            pass  # a charset that Python does not know
        except UnicodeError:  # some of Python's codecs support only "strict"
            if errors == "strict":
                raise
    return data.decode("utf-8", errors).removeprefix("\ufeff")


def is_json(text: str) -> bool:
    """Return whether a text is JSON."""
    try:
        json.loads(text)
    except (RecursionError, ValueError):
        return False
    return True


def json_object(data: bytes | str | None) -> dict[str, Any] | None:
    """Return a JSON object; None for anything else."""
    try:
        found = json.loads(data or b"")
    except (RecursionError, ValueError):
        return None
    return found if isinstance(found, dict) else None


def is_md5sum(text: str) -> bool:
    """Return whether a text is an md5sum as the service has it: 32 hexadecimal digits in lower case."""
    return len(text) == 32 and set(text) <= _HEXADECIMAL_DIGITS
