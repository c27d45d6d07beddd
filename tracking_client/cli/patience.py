"""Waiting for what is temporarily unavailable, with ``--retry-for``."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from ..exceptions import ApiException
from .output import tell

_MAX_DELAY = 30.0
"""The longest delay between two attempts, in seconds."""

Result = TypeVar("Result")


class Patience:
    """How long a command keeps trying what fails temporarily.

    Args:
        seconds: for how long, from now; 0 for no further attempt.
        quiet: whether to say nothing about it.

    Attributes:
        seconds: for how long, from the beginning.
    """

    def __init__(self, seconds: float, quiet: bool = False) -> None:
        self.seconds = seconds
        self._deadline = time.monotonic() + seconds
        self._quiet = quiet
        self._attempts = 0

    def wait(self, reason: str) -> bool:
        """Wait before another attempt, and say so on standard error. Return False if the time is up."""
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            return False
        delay = min(_MAX_DELAY, 2.0**self._attempts, remaining) * random.uniform(0.5, 1)  # noqa: S311
        self._attempts += 1
        if not self._quiet:
            tell(f"{reason}; trying again in {delay:.0f} s, for {remaining:.0f} s at most")
        time.sleep(delay)
        return True

    def call(self, function: Callable[[], Result]) -> Result:
        """Call a function, and again while its error is temporary and there is time.

        Raises:
            ApiException: the last error.
        """
        while True:
            try:
                return function()
            except ApiException as error:
                if not error.temporary or not self.wait(first_line(error)):
                    raise


def one_line(error: BaseException) -> str:
    """Return an error's message on one line; its class if it has none."""
    return "; ".join(filter(None, map(str.strip, str(error).splitlines()))) or type(error).__name__


def first_line(error: BaseException) -> str:
    """Return the first line of an error's message, or its class if there is none, and its hint."""
    line = (str(error).splitlines() or [type(error).__name__])[0]
    hint = getattr(error, "hint", None)
    return f"{line}; {hint}" if hint else line
