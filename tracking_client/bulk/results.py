"""Results: what became of each entry, as a sequence, a table, or a report."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any, NamedTuple

from .._display import html_fields
from ..argument_errors import ApiValueError
from ..exceptions import ConflictException, SampleConflictError
from ..models.file import File
from ._entries import Entry, given_name
from ._tables import Table, without_none

__all__ = ["COLUMNS", "NOT_VERIFIED", "Result", "ResultStatus", "Results"]

COLUMNS = ("status", "md5sum", "path", "name", "type", "sample", "isolate", "experiment", "source", "message")
"""The columns of every table of results."""

NOT_VERIFIED = "not verified"
"""The message of a file that was registered with the md5sum that its entry claims, because it is not on disk."""


class ResultStatus:
    """What became of an entry."""

    TRACKED = "tracked"
    UNTRACKED = "untracked"
    CREATED = "created"
    WOULD_CREATE = "would-create"
    EXISTING = "existing"
    SAME = "same"
    RENAMED = "renamed"
    CHANGED = "changed"
    UNREGISTERED = "unregistered"
    MISSING = "missing"
    CONFLICT = "conflict"
    FAILED = "failed"


STATUSES = tuple(value for name, value in vars(ResultStatus).items() if name.isupper())


class Result(NamedTuple):
    """What became of one entry.

    Attributes:
        item: the item, as it was given.
        entry: what is known of the file.
        status: one of `ResultStatus`.
        md5sum: the md5sum that was looked up or registered; None if there is none.
        sample_id: the id of the sample; None if it is not known.
        file: the file that was sent, or would be; None if nothing was to be sent, or it is not valid.
        tracked: the file that the service has; None if it has none, or that is not known.
        error: why it failed, or the error that tells a conflict; else None.
        message: what else is to be said; else None.
    """

    item: Any
    entry: Entry
    status: str = ""
    md5sum: str | None = None
    sample_id: str | None = None
    file: File | None = None
    tracked: File | None = None
    error: Exception | None = None
    message: str | None = None

    @property
    def changes(self) -> dict[str, tuple[str, str]]:
        """What differs if the file is renamed: the value in the service and the one given, by attribute name."""
        if self.status != ResultStatus.RENAMED or self.file is None or self.tracked is None:
            return {}
        tracked, given = self.tracked.to_dict(), self.file.to_dict()
        return {name: (tracked[name], given[name]) for name in tracked if tracked[name] != given[name]}

    def as_row(self) -> dict[str, str | None]:
        """Return the values of `COLUMNS`. Those that are not known are None."""
        entry, file = self.entry, self.file or self.tracked
        return {
            "status": self.status,
            "md5sum": self.md5sum or entry.md5sum,
            "path": entry.path,
            "name": file.filename if file else given_name(entry),
            "type": file.file_type if file else entry.file_type,
            "sample": self.sample_id or entry.sample_id,
            "isolate": entry.isolate_id,
            "experiment": entry.experiment_id,
            "source": None if entry.source is None else str(entry.source),
            "message": "; ".join(self._messages()) or None,
        }

    def _repr_html_(self) -> str:
        return html_fields("Result", without_none(self.as_row()))

    def _messages(self) -> list[str]:
        """Return each thing that is to be said, on one line."""
        changes = [f"{name}: {given!r} given, {tracked!r} tracked" for name, (tracked, given) in self.changes.items()]
        is_told = self.error is None or isinstance(self.error, ConflictException)  # by the message
        error = [] if is_told else str(self.error).splitlines() or [type(self.error).__name__]
        return [text.strip() for text in (self.message or "", *error, *changes) if text.strip()]


def entry_left(result: Result) -> Any:
    """Return what a later run needs in place of a result that has not been decided."""
    return result.item if result.error is not None else result.entry


def failed(result: Result, error: Exception) -> Result:
    """Return a result with the error that has ended it."""
    status = ResultStatus.CONFLICT if isinstance(error, SampleConflictError) else ResultStatus.FAILED
    return result._replace(status=status, error=error)


def conflict(result: Result, error: Exception | None = None, tracked: File | None = None) -> Result:
    """Return a result whose md5sum is registered, but not with its sample."""
    result = with_message(result, "registered, but not with this sample")
    return result._replace(status=ResultStatus.CONFLICT, error=error, tracked=tracked)


def already_registered(result: Result, tracked: File) -> Result:
    """Return a result whose sample had the md5sum before."""
    status = ResultStatus.EXISTING if tracked == result.file else ResultStatus.RENAMED
    return result._replace(status=status, tracked=tracked)


def repeated(result: Result, first: Result) -> Result:
    """Return a result that has the md5sum and the sample of an earlier one, which was looked up or registered."""
    result = result._replace(sample_id=first.sample_id)
    if first.status == ResultStatus.CONFLICT:
        return conflict(result, first.error)
    if first.file is not None:
        return already_registered(result, first.tracked or first.file)
    return result._replace(status=first.status, tracked=first.tracked)


def with_message(result: Result, message: str) -> Result:
    """Return a result whose message says this, too."""
    return result._replace(message="; ".join(filter(None, [result.message, message])))


class Results(Table[Result]):
    """The results of many entries, in the order in which they were given.

    Args:
        results: the results.
    """

    columns = COLUMNS

    def __init__(self, results: Iterable[Result] = ()) -> None:
        super().__init__(results)

    def _summary(self) -> str:
        counts = ", ".join(f"{count:,} {status}" for status, count in self.counts.items())
        unverified = sum(NOT_VERIFIED in (result.message or "") for result in self)
        return f"{counts or 'nothing'}{f'; {unverified:,} {NOT_VERIFIED}' if unverified else ''}"

    def _has_failed(self, item: Result) -> bool:
        return item.status in (ResultStatus.FAILED, ResultStatus.CONFLICT)

    @property
    def counts(self) -> dict[str, int]:
        """The number of results of each status that occurs (dict)."""
        counts = Counter(result.status for result in self)
        return {status: counts[status] for status in STATUSES if counts[status]}

    @property
    def failed(self) -> Results:
        """The results with the status ``failed``."""
        return self.only(ResultStatus.FAILED)

    def only(self, *statuses: str) -> Results:
        """Return the results with one of these statuses. They can be passed to another function, as items.

        Raises:
            ApiValueError: a status is none of `ResultStatus`.
        """
        if unknown := [status for status in statuses if status not in STATUSES]:
            raise ApiValueError(f"Invalid status {unknown[0]!r}, must be one of {', '.join(STATUSES)}")
        return self._selected(result for result in self if result.status in statuses)

    def _inputs_of_items(self) -> Iterable[str]:
        for result in self:
            if result.entry.source is not None:
                yield result.entry.source.name
            if result.entry.path is not None:
                yield result.entry.path
