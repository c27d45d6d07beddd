"""What happens with an item before its call: it is validated, and if it is a file on disk, its md5sum is computed."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, NamedTuple, Protocol

from ..argument_errors import ApiTypeError, ApiValueError
from ._scheduling import Result, Run, Step, ThreadedRun

HASHING_THREADS = (os.cpu_count() or 1) + 2
"""Two more than there are processors, for those that wait for a disk."""

_MD5SUM = re.compile(r"[0-9a-fA-F]{32}")


class Prepared(NamedTuple):
    """An item that is ready for its call.

    Attributes:
        item: the item as the user gave it.
        value: what the call needs; None if there is an error.
        error: why there can be no call, or None.
    """

    item: Any
    value: Any
    error: Exception | None = None


class Task(Step[Prepared, Result], Protocol):
    """The preparation of an item and its call. It can be pickled."""

    def is_on_disk(self, item: Any) -> bool:
        """Return whether the preparation of an item reads a file."""

    def prepare(self, item: Any) -> Prepared:
        """Return an item, prepared for its call. An invalid item has an error."""


class PreparedItems(Run[Prepared]):
    """An iterator of prepared items. The md5sums of files are computed in threads of their own, ahead of the calls.

    So the calls do not wait for the md5sums, except at the beginning, nor the md5sums for the calls.

    Args:
        task: prepares the items.
        items: the items.
    """

    def __init__(self, task: Task[Any], items: Iterable[Any]) -> None:
        self._task = task
        self._items = iter(items)
        self._hashing: ThreadedRun[Any, Prepared] | None = None  # from the first file on

    def __next__(self) -> Prepared:
        if self._hashing is None:
            item = next(self._items)
            if not self._task.is_on_disk(item):
                return self._task.prepare(item)
            self._hashing = ThreadedRun(_Preparation(self._task), chain([item], self._items), HASHING_THREADS)
        return next(self._hashing)

    def finished(self) -> Iterator[Prepared]:
        return iter(()) if self._hashing is None else self._hashing.finished()

    def left(self) -> Iterator[Any]:
        return self._items if self._hashing is None else self._hashing.left()

    def stop(self) -> None:
        if self._hashing is not None:
            self._hashing.stop()


class _Preparation:
    """The preparation as a step of its own."""

    def __init__(self, task: Task[Any]) -> None:
        self.call = task.prepare

    def key(self, item: Any) -> None:
        return None

    def repeated(self, item: Any, first: Prepared) -> Prepared:
        return first

    def original(self, item: Any) -> Any:
        return item


def is_md5sum(text: str) -> bool:
    """Return whether a text is an md5sum in hex, upper or lower case."""
    return _MD5SUM.fullmatch(text) is not None


def normalized_md5sum(value: object) -> str:
    """Return an md5sum in lower case, as the service has it.

    Raises:
        ApiTypeError, ApiValueError: it is no md5sum.
    """
    if not isinstance(value, str):
        raise ApiTypeError(f"Invalid type for an md5sum ({value!r}), must be str", None, (str,))
    if not is_md5sum(value):
        raise ApiValueError(f"Invalid md5sum {value!r}, must be 32 hexadecimal digits")
    return value.lower()
