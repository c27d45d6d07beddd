"""The types of arguments: each function parses a text, or says why it is invalid."""

from __future__ import annotations

import argparse

from .._wire.environment import read_duration, read_seconds

FILE_TYPES = ("fastq", "vcf")

JOBS = 16
"""Calls at the same time, as `bulk` has it."""

VERIFICATIONS = ("md5sum", "content", "nothing")

COLUMN_KINDS = ("md5sum", "path", "name", "type", "isolate", "experiment", "sample")
"""What a column of a table can contain, as `bulk` has it."""


def seconds(text: str) -> float:
    """Parse a number of seconds above 0."""
    try:
        return read_seconds(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def md5sum(text: str) -> str:
    """Parse an md5sum, and return it in lower case."""
    if len(text) != 32 or not set(text) <= set("0123456789abcdefABCDEF"):
        raise argparse.ArgumentTypeError(f"{text!a} is not an md5sum, which has 32 hexadecimal digits")
    return text.lower()


def sample_id(text: str) -> str:
    """Parse the id of a sample."""
    from ..models._value_types import is_uuid_text

    if not is_uuid_text(text):
        raise argparse.ArgumentTypeError(f"{text!a} is not a UUID")
    return text


def name(text: str) -> str:
    """Parse the name of an isolate or experiment."""
    if not text.strip():
        raise argparse.ArgumentTypeError("must not be blank")
    return text


def number_of_jobs(text: str) -> int:
    """Parse the number of calls at the same time."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 1000:
        raise argparse.ArgumentTypeError(f"{text!a} is not a number from 1 to 1000")
    return int(text)


def exit_code(text: str) -> int:
    """Parse an exit code."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 255:
        raise argparse.ArgumentTypeError(f"{text!a} is not a number from 1 to 255")
    return int(text)


def duration(text: str) -> float:
    """Parse a duration, such as 90, 90s, 10m or 1h, and return it in seconds."""
    try:
        return read_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def column_names(text: str) -> list[str]:
    """Parse names of columns, separated by commas."""
    return [name.strip() for name in text.split(",")]


def chosen_column(text: str) -> tuple[str, str]:
    """Parse what a column contains and its name, such as ``isolate=sample_name``."""
    kind, _, name = text.partition("=")
    if kind not in COLUMN_KINDS or not name:
        kinds = ", ".join(COLUMN_KINDS)
        raise argparse.ArgumentTypeError(f"{text!a} does not have the form KIND=COLUMN, where KIND is one of {kinds}")
    return kind, name


def sheet(text: str) -> int | str:
    """Parse the name or the number of a sheet, from 1; return an index from 0."""
    return int(text) - 1 if text.isascii() and text.isdigit() and int(text) else text


def missing_values(text: str) -> list[str]:
    """Parse what stands for a missing value, separated by commas."""
    return text.split(",")
