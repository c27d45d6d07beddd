"""Patterns of paths, as a shell has them."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable


def matches(path: str, patterns: Iterable[str], folder: str | None = None) -> bool:
    """Return whether a path, or its last parts, match one of the patterns of a shell.

    ``*`` and ``?`` stand for characters but ``/``, ``**`` for any. A pattern that ends with ``/`` stands for all below
    such a folder, and so does one without any of these.

    Args:
        path: the path.
        patterns: the patterns.
        folder: the folder in which the path was found. Only folders below it are compared with a pattern without any of
            these characters; none if it is None.
    """
    parts = [] if folder is None else os.path.relpath(path, folder).split("/")
    parents = ["/".join(parts[:count]) for count in range(1, len(parts))]
    return any(
        _is_match(path.removeprefix("./"), pattern)
        or (not re.search(r"[*?[]|/$", pattern) and any(_is_match(parent, pattern) for parent in parents))
        for pattern in patterns
    )


def _is_match(path: str, pattern: str) -> bool:
    return re.fullmatch(rf"(?:.*/)?{_expression(pattern)}", path, re.DOTALL) is not None


def _expression(pattern: str) -> str:
    """Return the regular expression of a pattern."""
    pattern = pattern.removeprefix("./")
    pattern += "**" * pattern.endswith("/")
    special = {"**/": "(?:.*/)?", "**": ".*", "*": "[^/]*", "?": "[^/]"}
    parts = re.split(r"(\*\*/|\*\*|\*|\?|\[[^]/]+\])", pattern)
    # Every second part is special; the others stand for themselves.
    return "".join(
        special.get(part) or _characters(part) if index % 2 else re.escape(part) for index, part in enumerate(parts)
    )


def _characters(part: str) -> str:
    """Return the expression of a set of characters, such as ``[12]`` or ``[!0]``."""
    expression = fnmatch.translate(part.replace("[^", "[!", 1))
    return f"(?!/){expression[:-2]}"  # without the end of the text
