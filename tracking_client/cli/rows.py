"""The rows that commands write for the results of many calls."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..bulk import Entry
from ..exceptions import ServiceUnavailableError
from ..models.file import File
from . import exit_codes
from .output import tell

Row = dict[str, Any]


def rows_of(results: Iterable[Any], row_of: Callable[[Any], tuple[int, Row]], codes: list[int]) -> Iterator[Row]:
    """Yield a row for each result, and keep its exit code. If the run ends early, tell what is left."""
    try:
        for result in results:
            code, row = row_of(result)
            codes.append(code)
            yield row
    except ServiceUnavailableError as error:
        codes.append(exit_codes.exit_code_of(error))
        tell(str(error))
        for item in error.left:
            yield {"status": "failed", "item": item_text(item), "path": item_text(item), "message": "no result"}


def item_text(item: Any) -> str:
    """Return how an item was given: its path, name or md5sum."""
    if isinstance(item, File):
        return item.filename
    if isinstance(item, Entry):
        return item.path or item.md5sum or ""
    return str(item)


def one_line(error: BaseException) -> str:
    """Return an error's message on one line; its class if it has none."""
    return "; ".join(filter(None, map(str.strip, str(error).splitlines()))) or type(error).__name__
