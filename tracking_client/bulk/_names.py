"""What cannot be the name of an isolate or an experiment."""

from __future__ import annotations

import re
import unicodedata

_CHANGED_NUMBER = re.compile(r"-?[0-9]+[.,]0+|-?[0-9](\.[0-9]+[eE][+-]?|(,[0-9]+)?[eE]\+)[0-9]+")
_MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_CHANGED_DATE = re.compile(rf"[0-9-]{{10}}[ T]00:00:00(\.0+)?|[0-9]{{1,2}}-{_MONTH}")

NO_VALUE = frozenset({"None", "nan", "NaT", "<NA>"})
"""How the missing values of Python, numpy and pandas are written."""


def problem_of_name(name: str) -> str | None:
    """Return why a name is probably not that of an isolate or an experiment, or None.

    A control character or a line end cannot be seen, nor a blank at an end. A spreadsheet writes a long number as
    ``1.23E+10`` and 3-1 as ``1-Mar``; a program that reads numbers as floats writes 17 as ``17.0``, and one that reads
    dates writes them with their time, midnight. A ``#`` begins a comment, and what a spreadsheet writes where it has no
    value, such as ``#N/A`` or ``#REF!``.
    """
    if not name.strip():
        return "is blank"
    if name.startswith("#"):
        return "begins with '#', as a comment does, or an error of a spreadsheet"
    categories = {unicodedata.category(character) for character in name}
    if "Cs" in categories:
        return 'has bytes that are not UTF-8: read its table with its encoding, such as encoding="cp1252"'
    if categories & {"Cc", "Zl", "Zp"}:
        return "has a control character or a line end"
    if name != name.strip():
        return "begins or ends with a blank"
    if _CHANGED_NUMBER.fullmatch(name):
        return "is a number as a spreadsheet or a program has changed it"
    if _CHANGED_DATE.fullmatch(name):
        return "is a date as a spreadsheet or a program has changed it"
    return None
