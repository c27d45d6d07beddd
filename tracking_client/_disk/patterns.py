"""Patterns of paths, as a shell has them."""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterable


def matches(path: str, patterns: Iterable[str]) -> bool:
    """Return whether a path, or its last parts, match one of the patterns of a shell.

    ``*`` and ``?`` stand for characters but ``/``, ``**`` for any. A pattern that ends with ``/`` or has none of these
    also stands for all below such a folder.
    """
    path = path.removeprefix("./")
    return any(re.fullmatch(rf"(?:.*/)?{_expression(pattern)}", path, re.DOTALL) for pattern in patterns)


def _expression(pattern: str) -> str:
    """Return the regular expression of a pattern."""
    pattern = pattern.removeprefix("./")
    pattern += "**" * pattern.endswith("/")
    below = "" if re.search(r"[*?[]", pattern) else "(?:/.*)?"
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^]/]+\])", pattern)
    # Every second part is special; the others stand for themselves.
    expressions = [
        special.get(part) or _characters(part) if index % 2 else re.escape(part) for index, part in enumerate(parts)
    ]
    return "".join([*expressions, below])


def _characters(part: str) -> str:
    """Return the expression of a set of characters, such as ``[12]`` or ``[!0]``."""
    expression = fnmatch.translate(part.replace("[^", "[!", 1))
    return f"(?!/){expression[:-2]}"  # without the end of the text
