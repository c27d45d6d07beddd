"""The progress of a run: a callback, or a bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..argument_errors import ApiTypeError

Progress = Callable[[int, int | None], object]
"""Is called with the number of results so far, and that of all items, or None if it is not known."""


def progress_of(progress: Progress | bool | None) -> tuple[Progress, Callable[[], object]]:
    """Return what to call after each result, and what to call at the end.

    Args:
        progress: a function; True for a bar; None or False for neither.

    Raises:
        ApiTypeError: it is something else, or tqdm is not installed.
    """
    if progress is True:
        return _bar()
    if not progress:
        return (lambda returned, total: None), (lambda: None)
    if not callable(progress):
        raise ApiTypeError(f"Invalid type for `progress` ({progress!r}), must be a function, True or None")
    return progress, lambda: None


def _bar() -> tuple[Progress, Callable[[], object]]:
    """Return the functions of a bar: a line on a terminal, a widget in a notebook, nothing in a pipe or a file."""
    try:
        from tqdm.auto import tqdm  # type: ignore[import-untyped,import-not-found,unused-ignore]
    except ImportError:
        raise ApiTypeError("progress=True needs tqdm: pip install 'tracking-client[progress]'") from None
    # With None, a line is shown only if standard error is a terminal, and a widget always.
    bar: Any = tqdm(disable=None, unit=" files")

    def update(returned: int, total: int | None) -> None:
        if bar.total != total:
            bar.total = total
        bar.update(returned - bar.n)

    return update, bar.close
