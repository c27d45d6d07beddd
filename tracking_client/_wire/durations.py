"""Durations as text."""

from __future__ import annotations

import re


def read_seconds(text: str) -> float:
    """Return a number of seconds above zero.

    Raises:
        ValueError: the text is no such number.
    """
    try:
        seconds = float(text)
    except ValueError:
        seconds = 0.0
    if not 0 < seconds < float("inf"):
        raise ValueError(f"{text!r} is not a number of seconds above 0")
    return seconds


_UNITS = {"": 1.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
"""Seconds in the units of a duration."""


def read_duration(text: str) -> float:
    """Return a duration in seconds, zero or more. It may have a unit: ``s``, ``m``, ``h`` or ``d``.

    Raises:
        ValueError: the text is no such duration.
    """
    match = re.fullmatch(r"([0-9]+(?:\.[0-9]*)?|\.[0-9]+)\s*([smhd]?)", text.strip(), re.ASCII)
    if match is None:
        raise ValueError(f"{text!r} is not a duration, such as 90, 90s, 10m or 1h")
    return float(match[1]) * _UNITS[match[2]]
