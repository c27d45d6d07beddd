"""The samples of many entries: found, or created where the user wants that."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from ..api.file_api import FileApi
from ..api.sample_api import SampleApi
from ..api_client import ApiClient
from ..argument_errors import ApiValueError
from ..exceptions import NotFoundException, SampleConflictError, SampleNotFoundError
from ..models.file import File
from ..models.sample import Sample
from ._entries import Entry, names_of_samples
from ._jobs import Job
from ._phases import Phases
from .results import ResultStatus
from .samples import complete_sample, find_or_create_sample, find_sample, lacking_names, require_names


class SampleKey(NamedTuple):
    """How entries name a sample.

    Attributes:
        sample_id: its id; None if only names are known.
        isolate_id: the name of its isolate; None if it is not known.
        experiment_id: the name of its experiment; None if it is not known.
    """

    sample_id: str | None
    isolate_id: str | None
    experiment_id: str | None

    def __str__(self) -> str:
        words = zip(("sample", "isolate", "experiment"), self, strict=True)
        return ", ".join(f"{word} {value!r}" for word, value in words if value is not None)


def keys_of(entries: Sequence[Entry]) -> list[SampleKey]:
    """Return how each entry names its sample. An id is in lower case, as the service has it."""
    ids = [None if entry.sample_id is None else str(entry.sample_id).lower() for entry in entries]
    return [SampleKey(each, *names) for each, names in zip(ids, names_of_samples(entries), strict=True)]


def find_by_key(api_client: ApiClient, key: SampleKey) -> Sample | None:
    """Return the sample with an id, names or both, or None if there is none.

    Raises:
        SampleConflictError: the names belong to different samples, or to one with another name or id.
        ApiException: a request failed.
    """
    if key.sample_id is None:
        return find_sample(api_client, isolate_id=key.isolate_id, experiment_id=key.experiment_id)
    try:
        sample = SampleApi(api_client).samples_id_get(key.sample_id)
    except NotFoundException:
        return None
    require_names(sample, key.isolate_id, key.experiment_id)
    return sample


class EntrySamples:
    """The samples of the undecided results of a registration.

    Args:
        phases: the results. What has no sample that can be used is decided here.
        create: whether samples that do not exist are to be created, and those that lack a name to be given it.
        may_lack_names: whether a sample that lacks a name can be used, although it is not to be given it.
    """

    def __init__(self, phases: Phases, create: bool, may_lack_names: bool = False) -> None:
        self._phases = phases
        self._create = create
        self._may_lack_names = create or may_lack_names
        self._keys = keys_of([row.entry for row in phases.rows])
        self._samples: dict[SampleKey, Sample | None] = {}

    def find(self) -> None:
        """Find the samples.

        Raises:
            SampleNotFoundError: some do not exist, and are not to be created.
            ServiceUnavailableError, RunInterrupted: as for `register`.
        """
        for index in self._phases.undecided():
            if not any(self._keys[index]):
                self._decide(index, ApiValueError("the entry names no sample, and none was given"))
        self._run(find_by_key, self._used_keys())
        missing = [key for key in self._used_keys() if self._samples[key] is None]
        missing = [key for key in missing if not self._create or key.sample_id is not None]
        if missing:
            raise SampleNotFoundError(map(str, missing))

    def create(self, dry_run: bool) -> None:
        """Create the samples that do not exist, and complete the names of the others.

        Args:
            dry_run: whether to say only what would be done.
        """
        if not self._create:
            return
        used = [key for key in self._used_keys() if self._lacking(key)]
        for index in self._phases.undecided():
            row, key = self._phases.rows[index], self._keys[index]
            if self._samples[key] is not None and key in used:
                names = " and ".join(self._lacking(key))
                remark = f"the sample {'would get' if dry_run else 'has got'} the {names}"
                message = "; ".join(filter(None, [row.message, remark]))
                self._phases.rows[index] = replace(row, message=message)
        if not dry_run:
            self._run(partial(_create, samples=self._samples), used)

    def _lacking(self, key: SampleKey) -> list[str]:
        """Return the names that a sample has not got yet."""
        return lacking_names(self._samples[key] or Sample(), key.isolate_id, key.experiment_id)

    def _used_keys(self) -> list[SampleKey]:
        """Return how the undecided results name their samples, each way once."""
        return [*dict.fromkeys(self._keys[index] for index in self._phases.undecided())]

    def _run(self, function: Callable[[ApiClient, SampleKey], Sample | None], keys: list[SampleKey]) -> None:
        """Call what returns the sample of a key. Give it to the results, or fail those that cannot have it."""
        found = {job.item: job for job in self._phases.calls(function, keys)}
        for index in self._phases.undecided():
            key = self._keys[index]
            if key in found:
                self._samples[key] = found[key].value
                self._decide(index, self._problem(key, found[key]))

    def _problem(self, key: SampleKey, job: Job) -> Exception | None:
        lacking = [] if job.value is None else lacking_names(job.value, key.isolate_id, key.experiment_id)
        if lacking and not self._may_lack_names:
            return SampleConflictError(f"sample {job.value.id} lacks the {lacking[0]}, which create=True gives it")
        return job.error

    def _decide(self, index: int, error: Exception | None) -> None:
        row = self._phases.rows[index]
        sample = self._samples.get(self._keys[index])
        if error is not None:
            row = replace(row, status=status_of_error(error), error=error)
        elif sample is not None:
            row = replace(row, sample_id=sample.id, entry=with_sample(row.entry, sample))
        self._phases.rows[index] = row


def with_sample(entry: Entry, sample: Sample) -> Entry:
    """Return an entry with the id and the names of its sample."""
    return replace(entry, sample_id=sample.id, isolate_id=sample.isolate_id, experiment_id=sample.experiment_id)


def all_samples(phases: Phases) -> list[Sample]:
    """Return all samples of the service.

    Raises:
        ApiException: the call failed.
        ServiceUnavailableError, RunInterrupted: as for `register`.
    """
    (job,) = phases.calls(lambda client, _: SampleApi(client).samples_get(), [None])
    if job.error is not None:
        raise job.error
    return list(job.value)


def files_of_sample(api_client: ApiClient, sample_id: str) -> list[File]:
    """Return the files that are registered with a sample, sorted by name and md5sum."""
    files = FileApi(api_client).samples_id_files_get(sample_id)
    return sorted(files, key=lambda file: (file.filename, file.md5sum))


def status_of_error(error: Exception) -> str:
    """Return the status of an entry with an error."""
    return ResultStatus.CONFLICT if isinstance(error, SampleConflictError) else ResultStatus.FAILED


def _create(api_client: ApiClient, key: SampleKey, *, samples: Mapping[SampleKey, Sample | None]) -> Sample:
    """Return the sample of a key with all its names. It is created if there is none."""
    sample, (_, isolate_id, experiment_id) = samples[key], key
    if sample is not None:
        return complete_sample(api_client, sample, isolate_id, experiment_id)
    return find_or_create_sample(api_client, isolate_id=isolate_id, experiment_id=experiment_id)
