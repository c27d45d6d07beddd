"""A line with an md5sum and perhaps a name, as ``md5sum`` and similar programs print it."""

from __future__ import annotations

import contextlib
import csv
import re
from collections.abc import Iterator, Sequence

from .._entries import Entry, Source
from ._findings import Findings, shown

_MD5SUM = re.compile(r"(?:md5:)?([0-9A-Fa-f]{32})", re.IGNORECASE)
_HEX = re.compile(r"[0-9A-Fa-f]+")

# After the space, a second one marks a text file and `*` a binary one. `md5 -r` of BSD has only one space.
_MD5SUM_FIRST = re.compile(
    r"[ \t]*(?P<escaped>\\?)(?:[Mm][Dd]5:)?(?P<md5sum>[0-9A-Fa-f]{32})(?:\t(?!.*\t)| [ *]| (?![ *]))(?P<name>.+)",
    re.DOTALL,
)
# `md5sum --tag`, `md5` of BSD, and `openssl md5`, which has no space before the parenthesis.
_NAME_FIRST = re.compile(r"[ \t]*(?P<escaped>\\?)MD5 ?\((?P<name>.+)\) ?= (?P<md5sum>[0-9A-Fa-f]{32})[ \t]*", re.DOTALL)
# `openssl md5`, and a single space before the hyphen. A file may be named `- `, but then there are two spaces.
_STANDARD_INPUT = re.compile(r"[ \t]*(?:MD5)?\(stdin\)= ([0-9A-Fa-f]{32})[ \t]*|[ \t]*([0-9A-Fa-f]{32}) - *")
_OTHER_ALGORITHM = re.compile(r"[ \t]*\\?(?P<name>[A-Za-z0-9/-]+) ?\(.*\) ?= [0-9A-Fa-f]+[ \t]*", re.DOTALL)

_ESCAPE = re.compile(r"\\(.?)", re.DOTALL)
_ESCAPED = {"\\": "\\", "n": "\n", "r": "\r"}

_COMMENTS = ("#", ";", "//")

_OTHER_DIGESTS = {8: "a CRC-32", 40: "a SHA-1", 56: "a SHA-224", 64: "a SHA-256", 96: "a SHA-384", 128: "a SHA-512"}
"""What a text with another number of hexadecimal digits probably is."""


def parse_md5sum(text: str) -> str:
    """Return an md5sum in lower case.

    Raises:
        ValueError: the text is not an md5sum. The message says what it is.
    """
    if match := _MD5SUM.fullmatch(text):
        return match[1].lower()
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
            as ``\\``, ``\n`` and ``\r``, and another backslash separates folders, as on Windows. After ``md5sum -z``,
            names are as they are.

    Raises:
        ValueError: the line has no md5sum. The message says what it has.
    """
    if match := _STANDARD_INPUT.fullmatch(line):
        return (match[1] or match[2]).lower(), None
    match = _MD5SUM_FIRST.fullmatch(line) or _NAME_FIRST.fullmatch(line)
    if match is None:
        return _parse_other_line(line)
    name = match["name"]
    if match["escaped"]:
        if not is_escaped:
            raise ValueError(f"{shown(line)} is not an md5sum and a name")
        name = _ESCAPE.sub(_unescape, name)
    elif is_escaped:
        name = name.replace("\\", "/")
    return match["md5sum"].lower(), None if name == "-" else name


def _parse_other_line(line: str) -> tuple[str, str | None]:
    if other := _OTHER_ALGORITHM.fullmatch(line):
        raise ValueError(f"{shown(line)} has a digest by {other['name']}, not an md5sum")
    text = line.strip(" \t")
    if pair := _pair(text):
        return pair
    first = text.split(maxsplit=1)[:1]
    md5sum = parse_md5sum(first[0] if first and _HEX.fullmatch(first[0]) else text)
    if first != [text]:
        raise ValueError(f"{shown(line)} is not an md5sum and a name")
    return md5sum, None


def _pair(text: str) -> tuple[str, str] | None:
    """Return the md5sum and the name in a row of two values without column names, in either order."""
    for delimiter in "\t,;":
        try:
            values = [value.strip() for value in next(csv.reader([text], delimiter=delimiter, strict=True), [])]
        except csv.Error:
            continue
        md5sums = [_MD5SUM.fullmatch(value) for value in values]
        if len(values) == 2 and all(values) and md5sums.count(None) == 1:
            position = 0 if md5sums[0] else 1
            return parse_md5sum(values[position]), values[1 - position].replace("\\", "/")
    return None


def _unescape(match: re.Match[str]) -> str:
    if match[1] not in _ESCAPED:
        raise ValueError(f"the name has an invalid escape sequence, {match[0]!r}")
    return _ESCAPED[match[1]]


def has_md5sum(line: str) -> bool:
    """Return whether a line has an md5sum."""
    with contextlib.suppress(ValueError):
        parse_line(line)
        return True
    return False


def read_lines(lines: Sequence[str], name: str, findings: Findings, is_escaped: bool = True) -> Iterator[Entry]:
    """Yield an entry for each line that has an md5sum.

    Args:
        lines: the lines, without their ends.
        name: the name of the manifest.
        findings: where to tell of the other lines.
        is_escaped: as for `parse_line`.
    """
    for number, line in enumerate(lines, 1):
        if line.startswith(_COMMENTS):
            findings.note(number, f"{shown(line)} is a comment")
        elif line.strip():
            try:
                md5sum, path = parse_line(line, is_escaped)
            except ValueError as error:
                findings.problem(number, str(error))
            else:
                yield Entry(path, md5sum, source=Source(name, number))
