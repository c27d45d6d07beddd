"""Samples by their names: find the sample of an isolate or an experiment, or create it."""

from __future__ import annotations

from ..api.sample_api import SampleApi
from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import ConflictException, SampleConflictError
from ..models.sample import Sample

__all__ = ["find_or_create_sample", "find_sample"]


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
        ApiValueError: no name was given, or a name is blank.
        SampleConflictError: the names belong to different samples, or to one with another name.
        ApiTypeError: a name is not a str.
        ApiException: a request failed.
    """
    validate_names(isolate_id, experiment_id)
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
        _require_names(sample, isolate_id, experiment_id)
    return found[0] if found else None


def find_or_create_sample(
    api_client: ApiClient, *, isolate_id: str | None = None, experiment_id: str | None = None
) -> Sample:
    """Return the sample with these names; create it if there is none.

    If several do this at the same time, one of them creates the sample and the others find it. If a response is lost,
    the client looks up what has become of its request. A sample that was found is not changed.

    Args:
        api_client: the client.
        isolate_id: the name of the isolate; None if it is not known.
        experiment_id: the name of the experiment; None if it is not known.

    Raises:
        ApiValueError: no name was given, or a name is blank.
        SampleConflictError: the names belong to different samples, or to one with another name.
        ApiTypeError: a name is not a str.
        ApiException: a request failed.
    """
    found = find_sample(api_client, isolate_id=isolate_id, experiment_id=experiment_id)
    if found is not None:
        return found
    try:
        return SampleApi(api_client).samples_post(Sample(experiment_id, isolate_id))
    except ConflictException:
        # Another has created it in the meantime.
        found = find_sample(api_client, isolate_id=isolate_id, experiment_id=experiment_id)
        if found is None:
            raise
        return found


def validate_names(isolate_id: str | None, experiment_id: str | None) -> None:
    """Validate the names of a sample.

    Raises:
        ApiTypeError, ApiValueError: both are None, or one is not a str or is blank.
    """
    for parameter, name in (("isolate_id", isolate_id), ("experiment_id", experiment_id)):
        if name is not None and not isinstance(name, str):
            raise ApiTypeError(f"Invalid type for `{parameter}` ({name!r}), must be str", [parameter], (str,))
        if name is not None and not name.strip():
            raise ApiValueError(f"Invalid value for `{parameter}` ({name!r}), must not be blank")
    if isolate_id is None and experiment_id is None:
        raise ApiValueError("Give the name of the isolate, of the experiment, or both")


def _require_names(sample: Sample, isolate_id: str | None, experiment_id: str | None) -> None:
    """Raise an error if a sample that has one of the names has another than the other one."""
    for kind, name, given in (
        ("isolate", sample.isolate_id, isolate_id),
        ("experiment", sample.experiment_id, experiment_id),
    ):
        if given is not None and name not in (None, given):
            raise SampleConflictError(f"{_described(sample)} has another {kind} than {given!r}")


def _described(sample: Sample) -> str:
    return f"sample {sample.id} (isolate {sample.isolate_id!r}, experiment {sample.experiment_id!r})"
