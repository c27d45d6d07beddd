"""The progress of a run: a callback, or a bar."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

from ..argument_errors import ApiTypeError

Progress = Callable[[int, int | None], object]
"""Is called with the number of results so far, and that of all items, or None if it is not known."""

_log = logging.getLogger("tracking_client.bulk")


class Report:
    """Tells the progress of a run to a function.

    Args:
        progress: the function; None for none. If it raises an error, that is logged, and it is not called any more: no
            result is lost.
        total: the number of items; None if it is not known.
    """

    def __init__(self, progress: Progress | None, total: int | None) -> None:
        self._progress = progress
        self._total = total

    def update(self, returned: int) -> None:
        """Tell the number of results so far."""
        if self._progress is not None:
            try:
                self._progress(returned, self._total)
            except Exception:
                self._progress = None
                _log.exception("the progress function has failed, and is not called any more")

    def wait_for(self, outage: str | None) -> None:
        """Tell what the run waits for; None if it goes on."""

    def close(self) -> None:
        """Tell the end of the run."""


class _BarReport(Report):
    """Shows a bar: a line on a terminal, a widget in a notebook, nothing in a pipe or a file."""

    def __init__(self, total: int | None) -> None:
        try:
            from tqdm.auto import tqdm  # type: ignore[import-untyped,import-not-found,unused-ignore]
        except ImportError:
            raise ApiTypeError("progress=True needs tqdm: pip install 'tracking-client[progress]'") from None
        # With None, a line is shown only if standard error is a terminal, and a widget always.
        bar: Any = tqdm(disable=None, total=total, unit=" files")
        super().__init__(lambda returned, total: bar.update(returned - bar.n), total)
        self._bar = bar
        self._outage: str | None = None

    def wait_for(self, outage: str | None) -> None:
        if outage != self._outage:
            self._outage = outage
            self._bar.set_postfix_str(outage or "")

    def close(self) -> None:
        self._bar.close()


def report_of(progress: Progress | bool | None, total: int | None) -> Report:
    """Return what tells the progress.

    Args:
        progress: a function; True for a bar; None or False for neither.
        total: the number of items; None if it is not known.

    Raises:
        ApiTypeError: it is something else, or tqdm is not installed.
    """
    if progress is True:
        return _BarReport(total)
    if progress and not callable(progress):
        raise ApiTypeError(f"Invalid type for `progress` ({progress!r}), must be a function, True or None")
    return Report(progress or None, total)
