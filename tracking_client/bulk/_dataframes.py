"""Tables of pandas, which is imported only when a table is asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from ..argument_errors import ApiTypeError


def dataframe(rows: Iterable[Mapping[str, Any]], columns: Sequence[str]) -> Any:
    """Return a DataFrame with these columns, and a row for each of the dicts.

    Raises:
        ApiTypeError: pandas is not installed.
    """
    try:
        import pandas  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise ApiTypeError("to_dataframe() needs pandas: pip install pandas") from None
    return pandas.DataFrame([*rows], columns=[*columns])
