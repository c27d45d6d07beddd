"""Checks of files on disk: their md5sums, and whether they are what their entries claim."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import replace
from typing import Any, NamedTuple

from .._disk.compression import verify_complete
from .._disk.hashing import hash_file
from .._disk.md5_cache import Md5Cache
from .._disk.regular_file import RegularFile, identity
from ..api_client import ApiClient
from ..argument_errors import ApiFileError, ApiTypeError, ApiValueError
from ._entries import Entry, Hashed
from ._jobs import Job
from .results import NOT_VERIFIED, Result, ResultStatus

VERIFICATIONS = ("md5sum", "content", "nothing")


class Checked(NamedTuple):
    """An entry whose md5sum is known.

    Attributes:
        entry: the entry, with its md5sum.
        message: what is to be said about it; None if there is nothing.
    """

    entry: Entry
    message: str | None = None


class Checks(NamedTuple):
    """How files are checked.

    Attributes:
        verify: one of `VERIFICATIONS`.
        cache: where md5sums are kept; None to read each file.
        may_be_elsewhere: whether a file that is not on disk is used with the md5sum that its entry claims.
    """

    verify: str
    cache: Md5Cache | None = None
    may_be_elsewhere: bool = False

    def check(self, entry: Entry) -> Checked:
        """Return an entry with its md5sum.

        Raises:
            ApiFileError: the file cannot be used, or has another md5sum than its entry.
            ApiValueError: the entry has neither path nor md5sum.
        """
        if entry.path is None and entry.md5sum is None:
            raise ApiValueError("there is neither an md5sum nor a path")
        if entry.path is None or (entry.md5sum is not None and self.verify == "nothing"):
            return Checked(entry)
        if entry.md5sum is not None and self.may_be_elsewhere and not os.path.lexists(entry.path):
            return Checked(entry, NOT_VERIFIED)
        messages: list[str] = []
        hashed = self._unchanged(entry) or self._hash(entry.path, messages)
        if entry.md5sum not in (None, hashed.md5sum):
            source = "the entry" if entry.source is None else entry.source
            raise ApiFileError(
                f"cannot use {entry.path!r}: its md5sum is {hashed.md5sum}, and {entry.md5sum} in {source}"
            )
        return Checked(replace(entry, md5sum=hashed.md5sum, hashed=hashed), "; ".join(messages) or None)

    def _unchanged(self, entry: Entry) -> Hashed | None:
        """Return the md5sum that was computed before, if the file is the same and need not be decompressed."""
        hashed = entry.hashed
        if hashed is None or entry.path is None or self.verify == "content":
            return None
        with suppress(OSError):
            return hashed if hashed.version == identity(os.stat(entry.path)) else None
        return None

    def _hash(self, path: str, messages: list[str]) -> Hashed:
        def verify(stream: RegularFile) -> None:
            message = verify_complete(stream)
            if message is not None:
                messages.append(message)

        version: tuple[int, ...] = ()
        with suppress(OSError):  # the next line tells what is wrong with the file
            version = identity(os.stat(path))
        return Hashed(hash_file(path, None, self.cache, verify if self.verify == "content" else None), version)


class CheckTask:
    """Hashes and compares files, without a call.

    Args:
        api_client: the client.
        checks: how they are checked.
    """

    def __init__(self, api_client: ApiClient, *, checks: Checks) -> None:
        self._checks = checks

    def prepare(self, item: Result) -> Checked:
        return self._checks.check(item.entry)

    def key(self, prepared: Checked) -> str | None:
        return None

    def call(self, prepared: Checked) -> Any:
        return None


def checked(row: Result, job: Job) -> Result:
    """Return what has become of a result whose file was checked: it has an md5sum, or has failed."""
    if job.error is not None:
        return replace(row, status=ResultStatus.FAILED, md5sum=row.entry.md5sum, error=job.error)
    entry, message = job.prepared
    return replace(row, entry=entry, md5sum=entry.md5sum, message=message)


def validate_checks(verify: object, cache: object) -> None:
    """Validate the arguments ``verify`` and ``cache``.

    Raises:
        ApiTypeError, ApiValueError: one is invalid.
    """
    if verify not in VERIFICATIONS:
        raise ApiValueError(f"Invalid value for `verify` ({verify!r}), must be one of {', '.join(VERIFICATIONS)}")
    if cache is not None and not isinstance(cache, Md5Cache):
        raise ApiTypeError(f"Invalid type for `cache` ({cache!r}), must be an Md5Cache or None", None, (Md5Cache,))
