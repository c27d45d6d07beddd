"""Bulk work that is repeated for what failed temporarily, with ``--retry-for``, and the rows of its results."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from ..bulk import Entry, ServiceUnavailableError
from ..exceptions import ApiException
from ..models.file import File
from . import exit_codes
from .output import tell
from .patience import Patience, first_line

Row = dict[str, Any]


def in_rounds(run: Callable[[Iterable[Any]], Iterator[Any]], items: Iterable[Any], patience: Patience) -> Iterator[Any]:
    """Yield the results of bulk work in input order, each as soon as it and those before it are final.

    Args:
        run: starts the work on items, and returns an iterator of results with an ``item`` and an ``error``.
        items: the items.
        patience: how long to repeat the work on those that failed temporarily.

    Raises:
        ServiceUnavailableError: the service is not available, and the time is up. Its ``left`` has the items without a
            result; all others have been yielded.
    """
    if patience.seconds == 0:
        yield from run(items)
        return
    items = list(items)
    results: dict[int, Any] = {}
    waiting = list(range(len(items)))
    yielded = 0
    while waiting:
        unfinished = set(waiting)
        outage: ServiceUnavailableError | None = None
        try:
            positions = iter(waiting)
            for result in run([items[index] for index in waiting]):
                # After an outage, the results of some items are missing, between those of others.
                index = next(index for index in positions if items[index] is result.item)
                results[index] = result
                if not is_temporary(result.error):
                    unfinished.remove(index)
                while yielded < len(items) and yielded not in unfinished:
                    yield results.pop(yielded)
                    yielded += 1
        except ServiceUnavailableError as error:
            outage = error
        waiting = sorted(unfinished)
        if waiting and not patience.wait(first_line(outage or results[waiting[0]].error)):
            yield from (results[index] for index in range(yielded, len(items)) if index in results)
            missing = [items[index] for index in waiting if index not in results]
            if outage is not None and missing:
                outage.left = iter(missing)
                raise outage
            return


def is_temporary(error: Exception | None) -> bool:
    """Return whether an error is one that trying again may cure."""
    return isinstance(error, ApiException) and error.temporary


def rows_of(results: Iterator[Any], row_of: Callable[[Any], tuple[int, Row]], codes: list[int]) -> Iterator[Row]:
    """Yield a row for each result, and keep its exit code. After an outage, tell what is left."""
    try:
        for result in results:
            code, row = row_of(result)
            codes.append(code)
            yield row
    except ServiceUnavailableError as error:
        codes.append(exit_codes.TEMPORARY)
        tell(first_line(error))
        for item in error.left:
            yield {"status": "failed", "item": item_text(item), "path": item_text(item), "message": "not sent"}


def item_text(item: Any) -> str:
    """Return how an item was given: its path, name or md5sum."""
    if isinstance(item, File):
        return item.filename
    if isinstance(item, Entry):
        return item.path or item.md5sum or ""
    return str(item)
