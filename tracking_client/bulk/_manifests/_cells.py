"""Values of a table: what is around them, and what stands for none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

DEFAULT_MISSING = (
    "NA", "N/A", "#N/A", "<NA>", "NaN", "NULL", "None", "n.a.", "n.d.", "k.A.", ".", "-",
    "missing", "not applicable", "not collected", "not provided", "restricted access",
    "missing: control sample", "missing: sample group", "missing: synthetic construct", "missing: lab stock",
    "missing: third party data", "missing: data agreement established pre-2023", "missing: endangered species",
    "missing: human-identifiable",
)  # fmt: skip
"""What stands for a missing value, as R, pandas, spreadsheets, people and the archives of INSDC, such as ENA, write it,
in upper or lower case.

An empty value does so always.
"""

_INVISIBLE = "\ufeff\u200b"
"""A byte order mark, which stays where files are joined, and a blank without width, from a page."""

# After a blank, quotes are part of a value for `csv`. An equals sign before them keeps the zeros of 017 in Excel.
_QUOTED = re.compile(r'=?"([^"]*)"')
# What Excel shows in a cell that is too narrow, or of which it could not compute the value, in any language.
SPREADSHEET_ERROR = re.compile(r"##+|#(NV|\w/\w|[^a-z\s]+[!?])")


def is_one_value(values: Sequence[Any]) -> bool:
    """Return whether an apostrophe before a value and one behind a later value are probably the quotes of one value."""
    texts = [value.strip() for value in values if isinstance(value, str)]
    ends = [n for n, text in enumerate(texts) if text.endswith("'") and not text.startswith("'")]
    starts = (n for n, text in enumerate(texts) if text.startswith("'") and not text.endswith("'"))
    return bool(ends) and next(starts, len(texts)) < ends[-1]


def bare(text: str) -> str:
    """Return a text without what is around it, but is no part of it: blanks, quotes, and what cannot be seen."""
    text = text.strip().strip(_INVISIBLE)
    quoted = _QUOTED.fullmatch(text)
    return quoted[1].strip() if quoted else text


def used_width(values: Sequence[Any]) -> int:
    """Return the number of values up to the last one that is not blank."""
    return next((n for n in range(len(values), 0, -1) if values[n - 1] is not None and str(values[n - 1]).strip()), 0)
