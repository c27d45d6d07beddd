"""Overview of samples: how many files each has, its QC result, its status and its last event."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timezone
from itertools import chain
from numbers import Integral
from typing import Any, NamedTuple
from uuid import UUID

from .._display import html_fields
from .._tracebacks import short_traceback
from ..api.event_api import EventApi
from ..api.file_api import FileApi
from ..api.qc_result_api import QcResultApi
from ..api.sample_status_api import SampleStatusApi
from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import ManifestError, NotFoundException
from ..models._value_types import is_uuid_text
from ..models.event import Event
from ..models.qc_result import QcResult
from ..models.sample import Sample
from ..models.status import SampleStage, Status
from ._entries import Entry, ManifestProblem, SampleKey, sample_key
from ._entry_samples import all_samples, find_by_key
from ._items import is_frame, reject_manifest
from ._names import NO_VALUE
from ._phases import Phases, endings, left_of
from ._progress import Progress, Step
from ._run import MAX_WORKERS, run_options
from ._runner import ENDINGS
from ._tables import Table, without_none
from .results import Result

__all__ = ["Overview", "OverviewRow", "overview"]

_STEPS = {name: key for name, key in Status.attribute_map.items() if name != "stage"}
_STAGES = [value for name, value in vars(SampleStage).items() if name.isupper()]


class OverviewRow(NamedTuple):
    """What the service has of one sample. What it does not have, or what is not known, is None.

    Attributes:
        item: the item, as it was given; the `Sample` if none was given.
        sample_id: the id of the sample.
        isolate_id: the name of the isolate.
        experiment_id: the name of the experiment.
        files: the number of files.
        qc_result: the result of the quality control.
        status: how far each processing step is, and the stage of the sample.
        last_event: the event with the latest start.
        message: why the sample, or a part of this, is not known; else None.
    """

    item: Any
    sample_id: str | None = None
    isolate_id: str | None = None
    experiment_id: str | None = None
    files: int | None = None
    qc_result: QcResult | None = None
    status: Status | None = None
    last_event: Event | None = None
    message: str | None = None

    @property
    def stage(self) -> str | None:
        """The stage of the sample, one of `SampleStage`; None if it has none."""
        return self.status.stage if self.status else None

    def as_row(self) -> dict[str, str | int | float | None]:
        """Return the values of the columns of an `Overview`. The time of the event is that of its start, in UTC."""
        qc_result, status, event = self.qc_result, self.status, self.last_event
        return {
            "sample": self.sample_id,
            "isolate": self.isolate_id,
            "experiment": self.experiment_id,
            "files": self.files,
            "qc-decision": qc_result.decision if qc_result else None,
            "coverage": qc_result.coverage if qc_result else None,
            **{key: getattr(status, name) if status else None for name, key in _STEPS.items()},
            "stage": self.stage,
            "last-event": event.name if event else None,
            "time": _time_text(event.start_time) if event else None,
            "message": self.message,
        }

    def _repr_html_(self) -> str:
        return html_fields("OverviewRow", without_none(self.as_row()))


class Overview(Table[OverviewRow]):
    """A row for each sample.

    Args:
        items: the rows.
    """

    columns = (
        *("sample", "isolate", "experiment", "files", "qc-decision", "coverage"),
        *(*_STEPS.values(), "stage", "last-event", "time", "message"),
    )

    def _summary(self) -> str:
        counts = ", ".join(f"{count:,} {stage}" for stage, count in self.counts.items())
        failed = f", {len(self.failed):,} failed" if self.failed else ""
        return f"{len(self):,} sample{'s' * (len(self) != 1)}{failed}{f'; {counts}' if counts else ''}"

    def _has_failed(self, item: OverviewRow) -> bool:
        return item.message is not None

    @property
    def counts(self) -> dict[str, int]:
        """The number of samples at each stage that occurs (dict)."""
        counts = Counter(row.stage for row in self)
        return {stage: counts[stage] for stage in _STAGES if counts[stage]}

    @property
    def failed(self) -> Overview:
        """The rows with a message: the samples that do not exist, or of which not all is known."""
        return self._selected(row for row in self if row.message is not None)

    def _inputs_of_items(self) -> Iterable[str]:
        return (row.item.source.name for row in self if isinstance(row.item, Entry) and row.item.source is not None)


@short_traceback
def overview(
    api_client: ApiClient,
    samples: Any = None,
    *,
    max_workers: int = MAX_WORKERS,
    patience: float | None = None,
    progress: Progress | bool | None = None,
) -> Overview:
    """Return a row for each sample: its files, its QC result, its status and its last event.

    >>> overview(api_client, ["isolate 1", "isolate 2"])
    <Overview: 2 samples; 1 accepted, 1 live>

    The calls for a sample are made at the same time, too. A sample that does not exist, or whose calls fail, has a row
    with a message, and does not end the others.

    Args:
        api_client: the client.
        samples: one or many samples: an id (str or UUID), the name of an isolate (any other str), the names of an
            isolate and an experiment (a tuple in a list; either may be None), a `Sample`, or an entry or a result that
            names its sample; a `Manifest`, `Results`, or the column of the isolates of a DataFrame. A sample that is
            named twice has one row. None for all samples of the service.
        max_workers: as for `look_up`.
        patience: as for `look_up`.
        progress: as for `look_up`, but calls are counted: four or five for each sample.

    Raises:
        ServiceUnavailableError, RunInterrupted: as for `look_up`. The ``results`` are an `Overview`, and ``left`` has
            the items without a row; nothing if the samples of the service are not known yet.
        ApiTypeError, ApiValueError: an argument is invalid.
        ApiException: the service has not returned its samples.
    """
    phases = Phases(api_client, run_options(max_workers, patience, progress))
    parts: list[_Parts] = []
    unread: Iterator[Any] | None = None
    with endings(
        lambda: Overview(each.row() for each in parts if not each.calls()),
        lambda: left_of([each.item for each in parts if each.calls()], unread),
    ):
        unread = iter(phases.call(all_samples, None) if samples is None else _items_of(samples))
        try:
            for item in unread:
                parts.append(_parts_of(item))
        except ENDINGS as error:  # of a run that the items come from
            unread = iter(error.left)
            raise
        unread = None
        for each in parts if samples is None else ():
            each.values["sample"] = each.item
        parts = _distinct(parts)
        finding = Step("finding", "samples", is_brief=True)
        _make_calls(phases, finding, [each for each in parts if each.key.sample_id is None])
        parts = _distinct(parts)
        _make_calls(phases, Step(f"reading {len(parts):,} sample{'s' * (len(parts) != 1)}", "calls"), parts)
    return Overview(each.row() for each in parts)


class _Parts:
    """What is known of a sample so far.

    Args:
        item: the item.
        key: how it names the sample.

    Attributes:
        values: what calls have returned, by their names in `_CALLS`. None for a call that failed.
        errors: how calls failed.
    """

    def __init__(self, item: Any, key: SampleKey) -> None:
        self.item, self.key = item, key
        self.values: dict[str, Any] = {}
        self.errors: dict[str, Exception] = {}

    def calls(self) -> list[str]:
        """Return the names of the calls that are to be made. If the id is not known, that is the one that finds it."""
        return [name for name in (_CALLS if self.key.sample_id else ["sample"]) if name not in self.values]

    def row(self) -> OverviewRow:
        """Return the row of the sample. One that does not exist has no files."""
        values = dict(self.values)
        sample = values.pop("sample") or self.key
        message = "; ".join(dict.fromkeys(" ".join(str(error).split()) for error in self.errors.values())) or None
        is_missing = self.values["sample"] is None and "sample" not in self.errors
        if is_missing or isinstance(self.errors.get("files"), NotFoundException):
            message = "the sample does not exist"
        isolate_id, experiment_id = sample.isolate_id, sample.experiment_id
        return OverviewRow(self.item, self.key.sample_id, isolate_id, experiment_id, message=message, **values)


_CALLS: Mapping[str, Callable[[ApiClient, SampleKey], Any]] = {
    "sample": find_by_key,
    "files": lambda client, key: len(FileApi(client).samples_id_files_get(str(key.sample_id))),
    "qc_result": lambda client, key: QcResultApi(client).samples_id_qc_result_get(str(key.sample_id)),
    "status": lambda client, key: SampleStatusApi(client).samples_id_status_get(str(key.sample_id)),
    "last_event": lambda client, key: _last(EventApi(client).samples_id_events_get(str(key.sample_id))),
}
"""The calls for a sample, by the part that they return."""


def _make_calls(phases: Phases, step: Step, parts: list[_Parts]) -> None:
    """Make all calls that are to be made for samples."""
    calls = [(name, each) for each in parts for name in each.calls()]
    for job in phases.calls(step, lambda client, call: _CALLS[call[0]](client, call[1].key), calls):
        name, each = job.item
        each.values[name] = job.value
        is_optional = name in ("qc_result", "status") and isinstance(job.error, NotFoundException)
        if job.error is not None and not is_optional:
            each.errors[name] = job.error
        if name == "sample" and job.value is not None:
            each.key = each.key._replace(sample_id=job.value.id)


def _items_of(samples: Any) -> Iterable[Any]:
    """Return an iterable of what names samples, with the problems of a manifest behind its entries.

    Raises:
        ApiTypeError: it is a table, or nothing of this kind.
        ApiValueError: it is the path of a manifest.
    """
    if isinstance(samples, str):
        reject_manifest(samples)
    if isinstance(samples, (str, UUID, Sample, Entry, Result)):
        return [samples]
    if not isinstance(samples, Iterable) or isinstance(samples, Mapping) or is_frame(samples):
        text = "must be ids, names or entries, or one of them; of a table, pass the column of its isolates"
        raise ApiTypeError(f"Invalid type of samples ({type(samples).__name__}), {text}")
    return chain(samples, getattr(samples, "problems", ()))


def _parts_of(item: Any) -> _Parts:
    """Return what is known of an item. A missing value of a table has no sample.

    Raises:
        ApiTypeError: it is nothing that names a sample.
    """
    if not isinstance(item, str) and str(item) in NO_VALUE:
        return _failed_parts(item, ApiValueError("the name is missing"))
    if isinstance(item, ManifestProblem):
        return _failed_parts(item, ManifestError(str(item)))
    if isinstance(item, Result):
        if item.error is not None and not any(sample_key(item.entry)):
            return _failed_parts(item.entry, item.error)
        item = item.entry
    if isinstance(item, Entry) and not any(sample_key(item)):
        return _failed_parts(item, ApiValueError("the entry names no sample"))
    return _Parts(item, _key_of(item))


def _failed_parts(item: Any, error: Exception) -> _Parts:
    """Return what is known of an item that names no sample: the error that says why."""
    parts = _Parts(item, SampleKey(None, None, None))
    parts.values["sample"], parts.errors["sample"] = None, error
    return parts


def _distinct(parts: Iterable[_Parts]) -> list[_Parts]:
    """Return the first of those with the same id, or the same names if their ids are not known.

    Those that name no sample all differ.
    """
    found: dict[str | SampleKey | int, _Parts] = {}
    for each in parts:
        found.setdefault(each.key.sample_id or each.key if any(each.key) else id(each), each)
    return [*found.values()]


def _key_of(item: Any) -> SampleKey:
    if isinstance(item, Entry):
        return sample_key(item)
    if isinstance(item, UUID) or (isinstance(item, str) and is_uuid_text(item)):
        return SampleKey(str(item).lower(), None, None)
    if isinstance(item, str) or (isinstance(item, Integral) and not isinstance(item, bool)):
        return SampleKey(None, str(item), None)
    if isinstance(item, tuple) and len(item) == 2:
        return SampleKey(None, *item)
    if isinstance(item, Sample):
        return SampleKey(None, item.isolate_id, item.experiment_id) if item.id is None else _key_of(item.id)
    text = "must be an id, a name, a tuple of names, a Sample or an entry"
    advice = "; read a table of names with its columns as text, in pandas with dtype=str"
    raise ApiTypeError(f"Invalid sample ({item!r}), {text}{advice if isinstance(item, float) else ''}")


def _last(events: list[Event]) -> Event | None:
    """Return the event with the latest start."""
    return max(events, key=lambda event: event.start_time, default=None)


def _time_text(seconds: float) -> str:
    """Return a time in UTC, as in ISO 8601; the number of seconds since the epoch if there is no such date."""
    try:
        return datetime.fromtimestamp(seconds, timezone.utc).isoformat(timespec="seconds")
    except (ValueError, OverflowError, OSError):
        return str(seconds)
