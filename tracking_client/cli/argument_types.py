"""The types of arguments: each function parses a text, or says why it is invalid."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from collections.abc import Callable, Sequence
from typing import TypeVar

from .._wire.durations import read_duration, read_seconds

Value = TypeVar("Value")

FILE_TYPES = ("fastq", "vcf")
STEPS = ("de-contamination", "qc", "variant-calling", "prediction", "bigsi-building", "distance-calculation")
STEP_STATUSES = ("pending", "started", "complete", "failed")
STAGES = ("accepted", "qc-failed", "live", "deprecated")
EVENTS = ("de-contamination", "QC", "variant-calling", "prediction", "bigsi-building", "distance-calculation")
DECISIONS = ("passed", "failed")
"""As the models have them. These are not imported, so that help is fast."""

STEP_VALUES = [f"{step}={status}" for step in STEPS for status in STEP_STATUSES] + [f"stage={each}" for each in STAGES]
"""Steps of a status with the statuses that they can have."""

_NUMBER = r"[0-9]+(\.[0-9]*)?"

COLUMN_KINDS = ("md5sum", "path", "name", "type", "isolate", "experiment", "sample")
"""What a column of a table can contain, as `bulk` has it."""

_YEAR_10000 = 253402300800
"""When it begins, in seconds since the epoch."""

MAX_INT = 2**31 - 1
"""The largest integer that the service stores."""


def parsed_by(read: Callable[[str], Value]) -> Callable[[str], Value]:
    """Return the type that a function parses. Its ValueError says why a text is invalid."""

    def parse(text: str) -> Value:
        try:
            return read(text)
        except ValueError as error:
            raise ArgumentTypeError(str(error)) from None

    return parse


seconds = parsed_by(read_seconds)
duration = parsed_by(read_duration)


def number(least: int, most: int) -> Callable[[str], int]:
    """Return the type of a whole number in a range."""

    def read(text: str) -> int:
        if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
            raise ArgumentTypeError(f"{text!a} is not a number from {least} to {most}")
        return int(text)

    return read


def md5sum(text: str) -> str:
    """Parse an md5sum, and return it in lower case."""
    if len(text) != 32 or not set(text) <= set("0123456789abcdefABCDEF"):
        raise ArgumentTypeError(
            f"{text!a} is not an md5sum, which has 32 hexadecimal digits; `tracking-client md5` prints that of a file"
        )
    return text.lower()


def md5sum_of_option(text: str) -> str:
    """Parse an md5sum that follows ``--md5``."""
    try:
        return md5sum(text)
    except ArgumentTypeError as error:
        raise ArgumentTypeError(f"{error}; paths stand before --md5") from None


def sample_id(text: str) -> str:
    """Parse the id of a sample."""
    from ..models._value_types import is_uuid_text

    if not is_uuid_text(text):
        raise ArgumentTypeError(f"{text!a} is not a UUID")
    return text


def name(text: str) -> str:
    """Parse a name, or a pattern of names."""
    if not text.strip():
        raise ArgumentTypeError("must not be blank")
    return text


def words(text: str) -> list[str]:
    """Parse words that are separated by commas."""
    return [word.strip() for word in text.split(",")]


def words_of(allowed: Sequence[str]) -> Callable[[str], list[str]]:
    """Return the type of words that are separated by commas, each of which is one of those allowed."""

    def read(text: str) -> list[str]:
        if unknown := [word for word in words(text) if word not in allowed]:
            raise ArgumentTypeError(f"{unknown[0]!a} is none of {', '.join(allowed)}")
        return words(text)

    return read


def chosen_column(text: str) -> tuple[str, str]:
    """Parse what a column contains and its name, such as ``isolate=sample_name``; no name if no column contains it."""
    kind, separator, name = text.partition("=")
    if kind not in COLUMN_KINDS or not separator:
        kinds = ", ".join(COLUMN_KINDS)
        raise ArgumentTypeError(f"{text!a} does not have the form KIND=COLUMN, where KIND is one of {kinds}")
    return kind, name


def sheet(text: str) -> int | str:
    """Parse the name or the number of a sheet, from 1; return an index from 0."""
    return int(text) - 1 if text.isascii() and text.isdigit() and int(text) else text


def amount(text: str) -> float:
    """Parse a number, 0 or more."""
    if not re.fullmatch(_NUMBER, text, re.ASCII):
        raise ArgumentTypeError(f"{text!a} is not a number, 0 or more")
    return float(text)


@parsed_by
def milliseconds(text: str) -> int:
    """Parse a duration, and return it in milliseconds."""
    number = round(read_duration(text) * 1000)
    if number > MAX_INT:
        raise ValueError(f"{text!a} is longer than the service can store, {MAX_INT} milliseconds")
    return number


@parsed_by
def point_in_time(text: str) -> float:
    """Parse seconds since the epoch, or a time as in ISO 8601, which is local unless it has a time zone."""
    from datetime import datetime

    try:
        is_number = re.fullmatch(_NUMBER, text, re.ASCII)
        time = float(text) if is_number else datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError, OSError):
        raise ValueError(f"{text!a} is neither seconds since the epoch nor like 2026-01-31T09:30:00Z") from None
    if not 0 <= time < _YEAR_10000:
        raise ValueError(f"{text!a} is not in the years 1970 to 9999; a number is in seconds, not in milliseconds")
    return time
