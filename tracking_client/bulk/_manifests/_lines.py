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

_FORMS = (
    # An md5sum, and a name or `-` for the standard input. After the space, a second one marks a text file and `*` a
    # binary one. `md5 -r` of BSD has only one space; a hyphen may follow it, and then blanks.
    re.compile(
        r"[ \t]*(?P<escaped>\\?)(?:[Mm][Dd]5:)?(?P<md5sum>[0-9A-Fa-f]{32})"
        r"(?:[ \t]{,2}| - *| [ *]-|(?:\t(?!.*\t)| [ *]| (?![ *]))(?P<name>.+))",
        re.DOTALL,
    ),
    # `md5sum --tag`, `md5` of BSD, and `openssl md5`, which has no space before the parenthesis.
    re.compile(
        r"[ \t]*(?P<escaped>\\?)(?:(?:MD5)?\(stdin\)=|MD5 ?\((?:-|(?P<name>.+))\) ?=) "
        r"(?P<md5sum>[0-9A-Fa-f]{32})[ \t]*",
        re.DOTALL,
    ),
)
"""How programs write an md5sum and a name, or an md5sum alone."""

_ESCAPE = re.compile(r"\\.?", re.DOTALL)
_ESCAPED = {r"\\": "\\", r"\n": "\n", r"\r": "\r"}

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
    if _HEX.fullmatch(text):
        other = f", like {_OTHER_DIGESTS[len(text)]}" if len(text) in _OTHER_DIGESTS else ""
        raise ValueError(f"{shown(text)} has {len(text)} hexadecimal digits{other}; an md5sum has 32")
    raise ValueError(f"{shown(text)} is not an md5sum")


def split_line(line: str, delimiter: str) -> list[str]:
    """Return the values in a line; none if its quotes do not match."""
    with contextlib.suppress(csv.Error):
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    return []


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
    match = _FORMS[0].fullmatch(line) or _FORMS[1].fullmatch(line)
    if match is None:
        if pair := _pair(line):
            return pair
        first = line.strip().partition(" ")[0]
        parse_md5sum(first if _HEX.fullmatch(first) else line.strip())
    if match is None or (match["escaped"] and not is_escaped):
        raise ValueError(f"{shown(line)} is not an md5sum and a name")
    name = match["name"]
    if name and is_escaped:
        try:
            name = (
                _ESCAPE.sub(lambda escape: _ESCAPED[escape[0]], name) if match["escaped"] else name.replace("\\", "/")
            )
        except KeyError as error:
            raise ValueError(f"the name has an invalid escape sequence, {error}") from None
    return match["md5sum"].lower(), name


def _pair(line: str) -> tuple[str, str] | None:
    """Return the md5sum and the name in a row of two values without column names, in either order."""
    for delimiter in "\t,;":
        values = [value.strip() for value in split_line(line.strip(" \t"), delimiter)]
        md5sums = [_MD5SUM.fullmatch(value) for value in values]
        if len(values) == 2 and all(values) and md5sums.count(None) == 1:
            position = md5sums.index(None)
            return parse_md5sum(values[1 - position]), values[position].replace("\\", "/")
    return None


def has_md5sum(line: str) -> bool:
    """Return whether a line has an md5sum."""
    with contextlib.suppress(ValueError):
        return bool(parse_line(line))
    return False


def read_lines(lines: Sequence[str], findings: Findings, is_escaped: bool) -> Iterator[Entry]:
    """Yield an entry for each line that has an md5sum.

    Args:
        lines: the lines, without their ends.
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
                yield Entry(path, md5sum, source=Source(findings.name, number))
