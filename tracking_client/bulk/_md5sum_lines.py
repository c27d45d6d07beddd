"""A line with an md5sum and perhaps a name, as ``md5sum`` and similar programs print it."""

from __future__ import annotations

import re

_MD5SUM = re.compile(r"[0-9A-Fa-f]{32}")
_HEX = re.compile(r"[0-9A-Fa-f]+")

# After the space, a second one marks a text file and `*` a binary one. `md5 -r` of BSD has only one space.
_MD5SUM_FIRST = re.compile(
    r"[ \t]*(?P<escaped>\\?)(?P<md5sum>[0-9A-Fa-f]{32})(?:\t| [ *]| (?![ *]))(?P<name>.+)", re.DOTALL
)
# `md5sum --tag`, `md5` of BSD, and `openssl md5`.
_NAME_FIRST = re.compile(r"[ \t]*(?P<escaped>\\?)MD5 ?\((?P<name>.+)\) ?= (?P<md5sum>[0-9A-Fa-f]{32})[ \t]*", re.DOTALL)
_OTHER_ALGORITHM = re.compile(r"[ \t]*\\?(?P<name>[A-Za-z0-9/-]+) ?\(.*\) ?= [0-9A-Fa-f]+[ \t]*", re.DOTALL)

_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPED = {"\\": "\\", "n": "\n", "r": "\r"}

_OTHER_DIGESTS = {8: "a CRC-32", 40: "a SHA-1", 56: "a SHA-224", 64: "a SHA-256", 96: "a SHA-384", 128: "a SHA-512"}
"""What a text with another number of hexadecimal digits probably is."""

_MAX_SHOWN = 60
"""Characters of a text that a message shows."""


def parse_md5sum(text: str) -> str:
    """Return an md5sum in lower case.

    Raises:
        ValueError: the text is not an md5sum. The message says what it is.
    """
    if _MD5SUM.fullmatch(text):
        return text.lower()
    if not text:
        raise ValueError("the md5sum is missing")
    if _HEX.fullmatch(text):
        other = f", like {_OTHER_DIGESTS[len(text)]}" if len(text) in _OTHER_DIGESTS else ""
        raise ValueError(f"{shown(text)} has {len(text)} hexadecimal digits{other}; an md5sum has 32")
    raise ValueError(f"{shown(text)} is not an md5sum")


def parse_line(line: str, is_escaped: bool = True) -> tuple[str, str | None]:
    r"""Return the md5sum and the name in a line. The name is None if there is none, or for the standard input.

    Args:
        line: the line, without its end.
        is_escaped: whether a backslash before the line says that backslashes and ends of lines in the name are escaped,
            as ``\\``, ``\n`` and ``\r``. After ``md5sum -z`` they are not.

    Raises:
        ValueError: the line has no md5sum. The message says what it has.
    """
    match = _MD5SUM_FIRST.fullmatch(line) or _NAME_FIRST.fullmatch(line)
    if match is None:
        if other := _OTHER_ALGORITHM.fullmatch(line):
            raise ValueError(f"{shown(line)} has a digest by {other['name']}, not an md5sum")
        text = line.strip(" \t")
        first = text.split(maxsplit=1)[:1]
        return parse_md5sum(first[0] if first and _HEX.fullmatch(first[0]) else text), None
    name = match["name"]
    if match["escaped"]:
        if not is_escaped:
            raise ValueError(f"{shown(line)} is not an md5sum and a name")
        name = _ESCAPE.sub(_unescape, name)
    return match["md5sum"].lower(), None if name == "-" else name


def _unescape(match: re.Match[str]) -> str:
    if match[1] not in _ESCAPED:
        raise ValueError(f"the name has an invalid escape sequence, {match[0]!r}")
    return _ESCAPED[match[1]]


def shown(text: str) -> str:
    """Return a text as a message shows it: quoted, and only its beginning if it is long."""
    return repr(text) if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]!r}..."
