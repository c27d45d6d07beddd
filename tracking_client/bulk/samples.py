"""Samples by their names: find the sample of an isolate or an experiment, or create it."""

from __future__ import annotations

from collections.abc import Iterable

from .._tracebacks import short_traceback
from ..api.sample_api import SampleApi
from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import ConflictException, SampleConflictError
from ..models.sample import Sample
from ._names import problem_of_name

__all__ = ["find_or_create_sample", "find_sample"]


@short_traceback
def find_sample(
    api_client: ApiClient, *, isolate_id: str | None = None, experiment_id: str | None = None
) -> Sample | None:
    """Return the sample with these names, or None if there is none.

    If both names are given, a sample that has one of them and lacks the other is found too.

    Args:
        api_client: the client.
        isolate_id: the name of the isolate; None if it is not known.
        experiment_id: the name of the experiment; None if it is not known.

    Raises:
        ApiValueError: no name was given, or a name is invalid, see `problem_of_name`, or stands for a missing value.
        SampleConflictError: the names belong to different samples, or to one with another name.
        ApiTypeError: a name is not a str.
        ApiException: a request failed.
    """
    validate_names(isolate_id, experiment_id)
    return sample_of_names(api_client, isolate_id, experiment_id)


def sample_of_names(api_client: ApiClient, isolate_id: str | None, experiment_id: str | None) -> Sample | None:
    """Return the sample with the names of an entry, as `find_sample` does. They may be words for a missing value."""
    validate_names(isolate_id, experiment_id, missing=())
    api = SampleApi(api_client)
    found = []
    if isolate_id is not None:
        found += api.samples_get(isolate_id=isolate_id)
    # One request is enough if the sample that was found has both names.
    if experiment_id is not None and not any(sample.experiment_id == experiment_id for sample in found):
        found += api.samples_get(experiment_id=experiment_id)
    if len({sample.id for sample in found}) > 1:
        raise SampleConflictError(f"the names belong to different samples: {' and '.join(map(_described, found))}")
    for sample in found:
        require_names(sample, isolate_id, experiment_id)
    return found[0] if found else None


@short_traceback
def find_or_create_sample(
    api_client: ApiClient, *, isolate_id: str | None = None, experiment_id: str | None = None
) -> Sample:
    """Return the sample with these names; create it if there is none.

    If several do this at the same time, one of them creates the sample and the others find it. If a response is lost,
    the client looks up what has become of its request. A sample that has one of the names and lacks the other gets it.

    Args:
        api_client: the client.
        isolate_id: the name of the isolate; None if it is not known.
        experiment_id: the name of the experiment; None if it is not known.

    Raises:
        ApiValueError: no name was given, or a name is invalid, see `problem_of_name`, or stands for a missing value.
        SampleConflictError: the names belong to different samples, or to one with another name.
        ApiTypeError: a name is not a str.
        ApiException: a request failed.
    """
    validate_names(isolate_id, experiment_id)
    return existing_or_created(api_client, isolate_id, experiment_id)


def existing_or_created(api_client: ApiClient, isolate_id: str | None, experiment_id: str | None) -> Sample:
    """Return the sample with the names of an entry, as `find_or_create_sample` does."""
    found = sample_of_names(api_client, isolate_id, experiment_id)
    if found is None:
        try:
            return SampleApi(api_client).samples_post(Sample(experiment_id, isolate_id))
        except ConflictException:
            # Another has created it in the meantime.
            found = sample_of_names(api_client, isolate_id, experiment_id)
            if found is None:
                raise
    return complete_sample(api_client, found, isolate_id, experiment_id)


def lacking_names(sample: Sample, isolate_id: str | None, experiment_id: str | None) -> list[str]:
    """Return the names that a sample has not got, each with its kind."""
    names = (("isolate", sample.isolate_id, isolate_id), ("experiment", sample.experiment_id, experiment_id))
    return [f"{kind} {given!r}" for kind, name, given in names if name is None and given is not None]


def complete_sample(api_client: ApiClient, sample: Sample, isolate_id: str | None, experiment_id: str | None) -> Sample:
    """Return a sample with both names, after it has got the one that it lacks.

    Raises:
        SampleConflictError: another has given it another name in the meantime.
        ApiException: a request failed.
    """
    if not lacking_names(sample, isolate_id, experiment_id):
        return sample
    names = Sample(
        experiment_id if sample.experiment_id is None else None, isolate_id if sample.isolate_id is None else None
    )
    changed = SampleApi(api_client).samples_id_patch(sample.id, names)
    require_names(changed, isolate_id, experiment_id)
    return changed


def validate_names(isolate_id: str | None, experiment_id: str | None, missing: Iterable[str] | None = None) -> None:
    """Validate the names of a sample.

    Args:
        isolate_id: the name of the isolate, or None.
        experiment_id: the name of the experiment, or None.
        missing: what stands for a missing value, in upper or lower case; None for `DEFAULT_MISSING`. For the names in a
            manifest, the reader has decided that.

    Raises:
        ApiTypeError, ApiValueError: both are None, or one is not a str or is invalid.
    """
    if missing is None:
        from ._manifests import DEFAULT_MISSING  # a look-up does not import the reader

        missing = DEFAULT_MISSING
    words = {word.casefold() for word in missing}
    for parameter, name in (("isolate_id", isolate_id), ("experiment_id", experiment_id)):
        if name is not None and not isinstance(name, str):
            raise ApiTypeError(f"Invalid type for `{parameter}` ({name!r}), must be str", [parameter], (str,))
        if name is not None and (problem := problem_of_name(name)):
            raise ApiValueError(f"Invalid value for `{parameter}` ({name!r}), it {problem}")
        if name is not None and name.casefold() in words:
            raise ApiValueError(f"Invalid value for `{parameter}` ({name!r}), it stands for a missing value")
    if isolate_id is None and experiment_id is None:
        raise ApiValueError("Give the name of the isolate, of the experiment, or both")


def require_names(sample: Sample, isolate_id: str | None, experiment_id: str | None) -> None:
    """Raise an error if a sample has another name than one of these.

    Raises:
        SampleConflictError: it has.
    """
    for kind, name, given in (
        ("isolate", sample.isolate_id, isolate_id),
        ("experiment", sample.experiment_id, experiment_id),
    ):
        if given is not None and name not in (None, given):
            raise SampleConflictError(f"{_described(sample)} has another {kind} than {given!r}")


def _described(sample: Sample) -> str:
    return f"sample {sample.id} (isolate {sample.isolate_id!r}, experiment {sample.experiment_id!r})"
