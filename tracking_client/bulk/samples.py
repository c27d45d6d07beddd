"""Samples by their names: find the sample of an isolate or an experiment, or create it."""

from __future__ import annotations

import re
import unicodedata

from .._tracebacks import short_traceback
from ..api.sample_api import SampleApi
from ..api_client import ApiClient
from ..argument_errors import ApiTypeError, ApiValueError
from ..exceptions import ConflictException, SampleConflictError
from ..models.sample import Sample

__all__ = ["find_or_create_sample", "find_sample"]

_CHANGED_NUMBER = re.compile(r"-?[0-9]+[.,]0+|-?[0-9](\.[0-9]+[eE][+-]?|(,[0-9]+)?[eE]\+)[0-9]+")


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
        ApiValueError: no name was given, or a name is invalid, see `problem_of_name`.
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
        ApiValueError: no name was given, or a name is invalid, see `problem_of_name`.
        SampleConflictError: the names belong to different samples, or to one with another name.
        ApiTypeError: a name is not a str.
        ApiException: a request failed.
    """
    found = find_sample(api_client, isolate_id=isolate_id, experiment_id=experiment_id)
    if found is None:
        try:
            return SampleApi(api_client).samples_post(Sample(experiment_id, isolate_id))
        except ConflictException:
            # Another has created it in the meantime.
            found = find_sample(api_client, isolate_id=isolate_id, experiment_id=experiment_id)
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


def problem_of_name(name: str) -> str | None:
    """Return why a name is probably not that of an isolate or an experiment, or None.

    A control character or a line end cannot be seen, nor a blank at an end. A spreadsheet writes a long number as
    ``1.23E+10``, and a program that reads numbers as floats writes 17 as ``17.0``. A ``#`` begins a comment, and what a
    spreadsheet writes where it has no value, such as ``#N/A`` or ``#REF!``.
    """
    if not name.strip():
        return "is blank"
    if name.startswith("#"):
        return "begins with '#', as a comment does, or an error of a spreadsheet"
    categories = {unicodedata.category(character) for character in name}
    if "Cs" in categories:
        return 'has bytes that are not UTF-8: read its table with its encoding, such as encoding="cp1252"'
    if categories & {"Cc", "Zl", "Zp"}:
        return "has a control character or a line end"
    if name != name.strip():
        return "begins or ends with a blank"
    if _CHANGED_NUMBER.fullmatch(name):
        return "is a number as a spreadsheet or a program has changed it"
    return None


def validate_names(isolate_id: str | None, experiment_id: str | None) -> None:
    """Validate the names of a sample.

    Raises:
        ApiTypeError, ApiValueError: both are None, or one is not a str or is invalid.
    """
    for parameter, name in (("isolate_id", isolate_id), ("experiment_id", experiment_id)):
        if name is not None and not isinstance(name, str):
            raise ApiTypeError(f"Invalid type for `{parameter}` ({name!r}), must be str", [parameter], (str,))
        if name is not None and (problem := problem_of_name(name)):
            raise ApiValueError(f"Invalid value for `{parameter}` ({name!r}), it {problem}")
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
