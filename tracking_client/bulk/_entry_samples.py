"""The samples of many entries: found, or created where the user wants that."""

from __future__ import annotations

from collections.abc import Callable

from ..api.file_api import FileApi
from ..api.sample_api import SampleApi
from ..api_client import ApiClient
from ..exceptions import NotFoundException, SampleConflictError, SampleNotFoundError
from ..models.file import File
from ..models.sample import Sample
from ._entries import Entry, SampleKey, keys_of
from ._phases import Phases
from ._progress import Step
from .results import failed, with_message
from .samples import complete_sample, existing_or_created, lacking_names, require_names, sample_of_names


def find_by_key(api_client: ApiClient, key: SampleKey) -> Sample | None:
    """Return the sample with an id, names or both, or None if there is none.

    Raises:
        SampleConflictError: the names belong to different samples, or to one with another name or id.
        ApiException: a request failed.
    """
    if key.sample_id is None:
        return sample_of_names(api_client, key.isolate_id, key.experiment_id)
    try:
        sample = SampleApi(api_client).samples_id_get(key.sample_id)
    except NotFoundException:
        return None
    require_names(sample, key.isolate_id, key.experiment_id)
    return sample


class EntrySamples:
    """The samples of the undecided results of a registration or a comparison. Each of these results names one.

    Args:
        phases: the results. What has no sample that can be used fails here.
        create: whether samples that do not exist are to be created, and those that lack a name to be given it.
        may_lack_names: whether a sample that lacks a name can be used, although it is not to be given it.

    Attributes:
        found: the sample of each way to name one; None if it does not exist, or cannot be used.
    """

    def __init__(self, phases: Phases, create: bool = False, may_lack_names: bool = False) -> None:
        self.found: dict[SampleKey, Sample | None] = {}
        self._phases = phases
        self._create = create
        self._may_lack_names = create or may_lack_names
        self._keys = keys_of([row.entry for row in phases.rows])

    def find(self) -> None:
        """Find the samples.

        Raises:
            SampleNotFoundError: some do not exist, and are not to be created.
            ServiceUnavailableError, RunInterrupted: as for `register`.
        """
        self._call("finding", find_by_key, self._used_keys())
        missing = [key for key in self._used_keys() if self.found[key] is None]
        missing = [key for key in missing if not self._create or key.sample_id is not None]
        if missing:
            raise SampleNotFoundError(map(str, missing))

    def incomplete(self) -> set[str | None]:
        """Return the ids of the samples that exist and are to get a name."""
        lacking = (self.found[key] for key in self._used_keys() if self._create and self._lacking(key))
        return {sample.id for sample in lacking if sample is not None}

    def create(self, dry_run: bool) -> None:
        """Create the samples that do not exist, and complete the names of the others.

        Args:
            dry_run: whether to say only what would be done.
        """
        if not self._create:
            return
        lacking = {key: names for key in self._used_keys() if (names := self._lacking(key))}
        for index in self._phases.undecided():
            row, key = self._phases.rows[index], self._keys[index]
            if key in lacking and self.found[key] is not None:
                remark = f"the sample {'would get' if dry_run else 'has got'} the {' and '.join(lacking[key])}"
                self._phases.rows[index] = with_message(row, remark)
        if not dry_run:
            self._call("creating", self._created, [*lacking])

    def _created(self, api_client: ApiClient, key: SampleKey) -> Sample:
        """Return the sample of a key with all its names. It is created if there is none."""
        sample, (_, isolate_id, experiment_id) = self.found[key], key
        if sample is not None:
            return complete_sample(api_client, sample, isolate_id, experiment_id)
        return existing_or_created(api_client, isolate_id, experiment_id)

    def _lacking(self, key: SampleKey) -> list[str]:
        """Return the names that a sample has not got yet."""
        return lacking_names(self.found[key] or Sample(), key.isolate_id, key.experiment_id)

    def _used_keys(self) -> list[SampleKey]:
        """Return how the undecided results name their samples, each way once."""
        return [*dict.fromkeys(self._keys[index] for index in self._phases.undecided())]

    def _call(
        self, label: str, function: Callable[[ApiClient, SampleKey], Sample | None], keys: list[SampleKey]
    ) -> None:
        """Call what returns the sample of a key. Give it to the results, or fail those that cannot have it."""
        errors: dict[SampleKey, Exception | None] = {}
        for job in self._phases.calls(Step(label, "samples", is_brief=True), function, keys):
            sample, key = job.value, job.item
            self.found[key] = sample
            errors[key] = job.error if sample is None or self._may_lack_names else lacking_error(sample, key)
        for index in self._phases.undecided():
            row, key = self._phases.rows[index], self._keys[index]
            if error := errors.get(key):
                self._phases.rows[index] = failed(row, error)
            elif sample := self.found[key]:
                entry = with_sample(row.entry, sample)
                # A name that the sample lacks is kept, so that a later run does not drop it.
                entry = entry._replace(
                    isolate_id=entry.isolate_id or row.entry.isolate_id,
                    experiment_id=entry.experiment_id or row.entry.experiment_id,
                )
                self._phases.rows[index] = row._replace(sample_id=sample.id, entry=entry)


def lacking_error(sample: Sample, key: SampleKey) -> SampleConflictError | None:
    """Return the error for a sample that lacks a name, which would be dropped otherwise, or None."""
    lacking = lacking_names(sample, key.isolate_id, key.experiment_id)
    if not lacking:
        return None
    return SampleConflictError(f"sample {sample.id} lacks the {lacking[0]}, which register(create=True) gives it")


def with_sample(entry: Entry, sample: Sample) -> Entry:
    """Return an entry with the id and the names of its sample."""
    return entry._replace(sample_id=sample.id, isolate_id=sample.isolate_id, experiment_id=sample.experiment_id)


def all_samples(api_client: ApiClient, _: object = None) -> list[Sample]:
    """Return all samples of the service."""
    return list(SampleApi(api_client).samples_get())


def files_of_sample(api_client: ApiClient, sample: Sample) -> list[File]:
    """Return the files that are registered with a sample, sorted by name and md5sum."""
    files = FileApi(api_client).samples_id_files_get(sample.id)
    return sorted(files, key=lambda file: (file.filename, file.md5sum))
