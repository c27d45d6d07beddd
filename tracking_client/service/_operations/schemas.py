"""The schemas of request bodies, and their validation.

There are two steps. `validate` compares a body with its schema. `storable` then rejects what PostgreSQL cannot store:
the real service responds to that with status 500, this one with status 400.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from .responses import bad_request

SAMPLE_ID_PATTERN = r"^[0-9a-fA-F]{8}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{4}\-[0-9a-fA-F]{12}$"
_SAMPLE_ID = re.compile(SAMPLE_ID_PATTERN[1:-1])

INT32 = range(-(2**31), 2**31)

MAX_INDEXED_BYTES = 2700
"""The size of the longest text that PostgreSQL can index, in bytes, unless the text is compressible."""


class Property(NamedTuple):
    """A property of a JSON object.

    Attributes:
        type: ``string``, ``integer`` or ``number``.
        required: Whether the property must be present.
        values: The allowed values; empty for any.
        is_id: Whether it is the id of a sample, a UUID.
        indexed: Whether PostgreSQL indexes it, which limits its length.
        in_header: Whether it becomes part of a response header, which cannot contain a line break.
    """

    type: str = "string"
    required: bool = True
    values: tuple[str, ...] = ()
    is_id: bool = False
    indexed: bool = False
    in_header: bool = False


Schema = Mapping[str, Property]

SAMPLE: Schema = {
    "experiment-id": Property(required=False, indexed=True),
    "isolate-id": Property(required=False, indexed=True),
    "id": Property(required=False, is_id=True),
}

FILE: Schema = {
    "md5sum": Property(indexed=True, in_header=True),
    "filename": Property(),
    "file-type": Property(values=("fastq", "vcf")),
}

_EVENT_NAMES = ("de-contamination", "QC", "variant-calling", "prediction", "bigsi-building", "distance-calculation")

EVENT: Schema = {
    "id": Property("integer", required=False),
    "name": Property(values=_EVENT_NAMES),
    "software": Property(),
    "software-version": Property(),
    "start-time": Property("number"),
    "duration": Property("integer"),
    "command": Property(),
}

QC_RESULT: Schema = {
    "coverage": Property("number"),
    "number_of_het_snps": Property("integer"),
    "decision": Property(values=("passed", "failed")),
}

_PROGRESS = Property(values=("pending", "started", "complete", "failed"))

STATUS: Schema = {
    "de-contamination": _PROGRESS,
    "qc": _PROGRESS,
    "variant-calling": _PROGRESS,
    "prediction": _PROGRESS,
    "bigsi-building": _PROGRESS,
    "distance-calculation": _PROGRESS,
    "stage": Property(required=False, values=("accepted", "qc-failed", "live", "deprecated")),
}

_TYPES: Mapping[str, tuple[type, ...]] = {"string": (str,), "integer": (int,), "number": (int, float)}


def validate(schema: Schema, body: object) -> dict[str, Any]:
    """Return the properties of a request body that its schema has. Others are ignored.

    Raises:
        Problem: The body does not match the schema.
    """
    if not isinstance(body, dict):
        raise bad_request(f"{_excerpt(body)} is not of type 'object'")
    for name, rule in schema.items():
        if rule.required and name not in body:
            raise bad_request(f"{name!r} is a required property")
    given = {name: body[name] for name in schema if name in body}
    for name, value in given.items():
        _validate_property(name, schema[name], value)
    return given


def _validate_property(name: str, rule: Property, value: object) -> None:
    if rule.values:
        # The same type too: an unhashable or equal value of another type is not allowed.
        if not isinstance(value, str) or value not in rule.values:
            raise bad_request(f"{_excerpt(value)} is not one of {list(rule.values)} - {name!r}")
    elif isinstance(value, bool) or not isinstance(value, _TYPES[rule.type]):
        raise bad_request(f"{_excerpt(value)} is not of type {rule.type!r} - {name!r}")
    elif rule.is_id:
        sample_id(str(value))


def sample_id(value: str) -> str:
    """Return a sample id in lower case, as it is stored.

    Raises:
        Problem: The value is not a UUID.
    """
    if not _SAMPLE_ID.fullmatch(value):
        raise bad_request(f"{_excerpt(value)} does not match {SAMPLE_ID_PATTERN!r} - 'id'")
    return value.lower()


def storable(schema: Schema, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values to store: each property of the schema, None for one that is not given.

    Raises:
        Problem: PostgreSQL cannot store a value.
    """
    values: dict[str, Any] = dict.fromkeys(schema)
    for name, value in given.items():
        rule = schema[name]
        if rule.type == "integer":
            values[name] = int32(value, name)
        elif rule.type == "number":
            values[name] = _double(value, name)
        else:
            values[name] = text(value, name, rule.indexed, rule.in_header)
            if rule.is_id:
                values[name] = value.lower()
    return values


def int32(value: int, name: str) -> int:
    """Return an integer that PostgreSQL can store.

    Raises:
        Problem: The integer has more than 32 bits.
    """
    if value not in INT32:
        raise bad_request(f"{_excerpt(value)} is not between {INT32.start} and {INT32.stop - 1} - {name!r}")
    return value


def _double(value: float, name: str) -> float:
    try:
        return float(value)
    except OverflowError:
        raise bad_request(f"{_excerpt(value)} is too large for a number of double precision - {name!r}") from None


def text(value: str, name: str, indexed: bool = False, in_header: bool = False) -> str:
    """Return a text that PostgreSQL can store.

    Raises:
        Problem: The text contains NUL or a lone surrogate, it is too long for an index, or it contains a line break
            although it becomes part of a header.
    """
    if "\0" in value:
        raise bad_request(f"{_excerpt(value)} contains a NUL character - {name!r}")
    if in_header and ("\n" in value or "\r" in value):
        raise bad_request(f"{_excerpt(value)} contains a line break - {name!r}")
    try:
        size = len(value.encode())
    except UnicodeEncodeError:
        raise bad_request(f"{_excerpt(value)} contains a lone surrogate - {name!r}") from None
    if indexed and size > MAX_INDEXED_BYTES:
        raise bad_request(f"{_excerpt(value)} is longer than {MAX_INDEXED_BYTES} bytes - {name!r}")
    return value


def event_id(value: str) -> int:
    """Return the id of an event in a path, read as PostgreSQL reads an integer.

    Raises:
        Problem: It is not an integer, or it has more than 32 bits.
    """
    digits: re.Match[str] | None = re.fullmatch(r"[ \t\n\r\v\f]*([+-]?[0-9]{1,1000})[ \t\n\r\v\f]*", value)
    if not digits:
        raise bad_request(f"{_excerpt(value)} is not an integer - 'eventId'")
    return int32(int(digits[1]), "eventId")


def _excerpt(value: object) -> str:
    """Return the value as Python writes it, for an error message, truncated to 200 characters."""
    try:
        written = repr(value)
    except (RecursionError, ValueError):  # nested deeply; an integer of thousands of digits
        return f"A value of the type {type(value).__name__!r}"
    return written if len(written) <= 200 else f"{written[:197]}..."
