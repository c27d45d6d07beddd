"""The text of a message body."""

from __future__ import annotations

import re
from typing import Optional

_CHARSET = r"""(?i)charset\s*=\s*["']?([\w.:+-]+)"""


def body_text(data: bytes, content_type: Optional[str], errors: str = "strict") -> str:
    """A body as text, by the charset that its content type names, or UTF-8 (RFC 8259, section 8.1), without a BOM.

    Args:
        data: the body.
        content_type: the ``Content-Type`` header, or None.
        errors: what to do with bytes that are not of that charset, as for `bytes.decode`.

    Raises:
        UnicodeError: the bytes are not of that charset.
    """
    charset = re.search(_CHARSET, content_type) if content_type and "charset" in content_type.lower() else None
    if charset:
        try:
            return data.decode(charset[1], errors).removeprefix("\ufeff")
        except LookupError:
            pass  # a charset that Python does not know
        except UnicodeError:  # some codecs of Python's know no other way than "strict"
            if errors == "strict":
                raise
    return data.decode("utf-8", errors).removeprefix("\ufeff")
