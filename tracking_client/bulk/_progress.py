"""The progress of a run: a callback, or a bar."""

from __future__ import annotations

import logging
import sys
import threading
import time
import warnings
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple

from ..argument_errors import ApiTypeError

Progress = Callable[[int, int | None], object]
"""Is called with the number of results so far, and that of all items, or None if it is not known."""

_BRIEF = 1.0
"""Seconds before there is a bar for a step that usually takes less."""

_REFRESH = 0.1
"""Seconds between two changes of a bar while there is no result."""

_log = logging.getLogger("tracking_client.bulk")


class Step(NamedTuple):
    """What a run does with its items.

    Attributes:
        label: what a bar says of it.
        unit: the word for the items.
        is_brief: whether it usually takes so short that no function is told its progress, and there is a bar only after
            a second.
    """

    label: str = ""
    unit: str = "files"
    is_brief: bool = False


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
        self._returned = 0

    def add_hashed(self, count: int) -> None:
        """Tell that so many bytes more were hashed, or had a known md5sum. It is called by several threads."""

    def update(self, status: str | None, waiting: int | None) -> None:
        """Tell that there is another result.

        Args:
            status: its status; None if it has none.
            waiting: the number of items without a result; None while it is not known.
        """
        self._returned += 1
        if waiting is not None:
            self._total = self._returned + waiting
        if self._progress is not None:
            try:
                self._progress(self._returned, self._total)
            except Exception:
                self._progress = None
                _log.exception("the progress function has failed, and is not called any more")

    def wait_for(self, outage: str | None) -> None:
        """Tell what the run waits for; None if it goes on. Called many times a second while there is no result."""

    def close(self) -> None:
        """Tell the end of the run."""


class _BarReport(Report):
    """Shows a bar: a line on a terminal, a widget or a line in a notebook, nothing in a pipe or a file.

    Args:
        total: the number of items; None if it is not known.
        step: what is done with them.
    """

    def __init__(self, total: int | None, step: Step) -> None:
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # the warning of a notebook without widgets: it has a line instead
                from tqdm.auto import tqdm  # type: ignore[import-untyped,import-not-found,unused-ignore]
        except ImportError:
            raise ApiTypeError("progress=True needs tqdm: pip install tqdm ipywidgets") from None
        super().__init__(None, total)
        self._statuses: Counter[str] = Counter()
        self._text = ""
        self._hashed = 0  # bytes
        self._hashing = threading.Lock()
        self._next_refresh = 0.0
        # With None, a widget is always shown, and a line only if standard error is a terminal.
        disable = False if _is_in_notebook() else None
        self._bar: Any = tqdm(
            desc=step.label,
            total=total,
            unit=f" {step.unit}",
            delay=_BRIEF if step.is_brief else 0,
            dynamic_ncols=total is not None,  # a widget is as wide as its cell; without a total, it would look full
            disable=disable,
        )

    def add_hashed(self, count: int) -> None:
        with self._hashing:
            self._hashed += count

    def update(self, status: str | None, waiting: int | None) -> None:
        super().update(status, waiting)
        if self._total != self._bar.total and not self._bar.disable:
            began = self._bar.start_t
            self._bar.reset(total=self._total)  # a widget without a total is a small square
            self._bar.start_t = began
        if status == "failed":
            self._bar.colour = "red"
        self._statuses.update([status] if status else [])
        self._show(None, refresh=False)
        self._bar.update(self._returned - self._bar.n)

    def wait_for(self, outage: str | None) -> None:
        if outage is not None or time.monotonic() >= self._next_refresh:
            self._next_refresh = time.monotonic() + _REFRESH
            self._show(outage, refresh=True)

    def close(self) -> None:
        self._show(None, refresh=True)
        self._bar.close()

    def _show(self, outage: str | None, refresh: bool) -> None:
        """Show an outage beside the bar; if there is none, the results by status, and how much has been hashed."""
        hashed = {"hashed": self._bar.format_sizeof(self._hashed, "B")} if self._hashed else {}
        counts: dict[str, object] = {**self._statuses, **hashed}
        text = outage or ", ".join(f"{name}={count}" for name, count in counts.items())
        if text != self._text:
            self._text = text
            self._bar.set_postfix_str(text, refresh=refresh)


def _is_in_notebook() -> bool:
    kernel = sys.modules.get("ipykernel.kernelapp")
    return kernel is not None and kernel.IPKernelApp.initialized()


def report_of(progress: Progress | bool | None, total: int | None, step: Step) -> Report:
    """Return what tells the progress.

    Args:
        progress: a function; True for a bar; None or False for neither.
        total: the number of items; None if it is not known.
        step: what is done with them.

    Raises:
        ApiTypeError: it is something else, or tqdm is not installed.
    """
    if progress is True:
        return _BarReport(total, step)
    if progress and not callable(progress):
        raise ApiTypeError(f"Invalid type for `progress` ({progress!r}), must be a function, True or None")
    return Report(None if step.is_brief else progress or None, total)
