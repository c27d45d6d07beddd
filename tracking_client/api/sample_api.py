"""The endpoints of samples."""

from __future__ import annotations

from typing import Any

from urllib3 import HTTPHeaderDict

from .._annotations import Unpack
from ..models._model import Model
from ..models.sample import Sample
from . import _parameters
from ._operation import ApiBase, CallOptions, Operation
from ._parameters import Fields, SampleId

_validate_sample = _parameters.body(Sample)


def _new_sample(name: str, value: Any, validate: bool) -> Any:
    """Return the fields of a `Sample` with an id, which is chosen here if it has none.

    If the response is lost, the sample can be looked up by that id.
    """
    sample = _validate_sample(name, value, validate)
    if isinstance(sample, Model):
        sample = {key: getattr(sample, attribute) for attribute, key in sample.attribute_map.items()}
        sample = {key: item for key, item in sample.items() if item is not None}
    if not isinstance(sample, dict):
        return sample  # it was not validated: the service will reject it
    if sample.get("id") is None:
        # Imported for the first new sample, because it takes long.
        from uuid import uuid4

        return {**sample, "id": str(uuid4())}
    # The service returns it in lower case.
    return {**sample, "id": sample["id"].lower()} if isinstance(sample["id"], str) else sample


_SAMPLE = {"id": _parameters.sample_id}

GET_SAMPLES = Operation(
    "samples_get",
    "GET",
    "/samples",
    list[Sample],
    query_validators={"experiment_id": _parameters.text, "isolate_id": _parameters.text},
)
ADD_SAMPLE = Operation("samples_post", "POST", "/samples", Sample, body_validator=("sample", _new_sample))
GET_SAMPLE = Operation("samples_id_get", "GET", "/samples/{id}", Sample, path_validators=_SAMPLE)
HEAD_SAMPLE = Operation("samples_id_head", "HEAD", "/samples/{id}", type(None), path_validators=_SAMPLE)
UPDATE_SAMPLE = Operation(
    "samples_id_patch",
    "PATCH",
    "/samples/{id}",
    Sample,
    path_validators=_SAMPLE,
    body_validator=("sample", _validate_sample),
)
DELETE_SAMPLE = Operation("samples_id_delete", "DELETE", "/samples/{id}", type(None), path_validators=_SAMPLE)


class SampleApi(ApiBase):
    """Lists, creates, looks up, changes and deletes samples.

    Every method also accepts the keyword arguments of `CallOptions`. Every method raises `ApiTypeError` for an unknown
    keyword argument, `ApiValueError` for a required parameter that is None, and the `ApiException` for its status if
    the response is not a success.

    Args:
        api_client: the client to use; None for a new one with the default configuration.
    """

    def samples_get(
        self, *, experiment_id: str | None = None, isolate_id: str | None = None, **options: Unpack[CallOptions]
    ) -> list[Sample]:
        """Return the samples with these names, or all samples.

        Args:
            experiment_id: the name of the experiment, which must match exactly; None for any.
            isolate_id: the name of the isolate, which must match exactly; None for any.

        Raises:
            ApiTypeError: a name is not a str.
        """
        __tracebackhide__ = True
        return GET_SAMPLES.call(
            self.api_client, options, query_params={"experiment_id": experiment_id, "isolate_id": isolate_id}
        )

    def samples_get_with_http_info(
        self, *, experiment_id: str | None = None, isolate_id: str | None = None, **options: Unpack[CallOptions]
    ) -> tuple[list[Sample], int, HTTPHeaderDict]:
        """Like `samples_get`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return GET_SAMPLES.response(
            self.api_client, options, query_params={"experiment_id": experiment_id, "isolate_id": isolate_id}
        )

    def samples_post(self, sample: Sample | Fields, **options: Unpack[CallOptions]) -> Sample:
        """Create a sample. The ``Location`` header of the response is its uri.

        If the sample has no id, the client chooses one. If the response is lost, the client can look the sample up by
        its id, and never creates it twice.

        Args:
            sample: the sample, or a dict of its fields by their names in Python or in JSON.

        Raises:
            ConflictException: the id or one of the names belongs to another sample.
            ApiValueError, ApiTypeError: a field is invalid.
        """
        __tracebackhide__ = True
        return ADD_SAMPLE.call(self.api_client, options, body=sample)

    def samples_post_with_http_info(
        self, sample: Sample | Fields, **options: Unpack[CallOptions]
    ) -> tuple[Sample, int, HTTPHeaderDict]:
        """Like `samples_post`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return ADD_SAMPLE.response(self.api_client, options, body=sample)

    def samples_id_get(self, id: SampleId, **options: Unpack[CallOptions]) -> Sample:
        """Return a sample.

        Args:
            id: the id of the sample, a UUID.

        Raises:
            NotFoundException: there is no such sample.
            ApiValueError: the id is not a UUID.
        """
        __tracebackhide__ = True
        return GET_SAMPLE.call(self.api_client, options, path_params={"id": id})

    def samples_id_get_with_http_info(
        self, id: SampleId, **options: Unpack[CallOptions]
    ) -> tuple[Sample, int, HTTPHeaderDict]:
        """Like `samples_id_get`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return GET_SAMPLE.response(self.api_client, options, path_params={"id": id})

    def samples_id_head(self, id: SampleId, **options: Unpack[CallOptions]) -> None:
        """Return None if there is such a sample, and raise `NotFoundException` if there is none.

        Args:
            id: the id of the sample, a UUID.

        Raises:
            NotFoundException: there is no such sample.
            ApiValueError: the id is not a UUID.
        """
        __tracebackhide__ = True
        return HEAD_SAMPLE.call(self.api_client, options, path_params={"id": id})

    def samples_id_head_with_http_info(
        self, id: SampleId, **options: Unpack[CallOptions]
    ) -> tuple[None, int, HTTPHeaderDict]:
        """Like `samples_id_head`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return HEAD_SAMPLE.response(self.api_client, options, path_params={"id": id})

    def samples_id_patch(self, id: SampleId, sample: Sample | Fields, **options: Unpack[CallOptions]) -> Sample:
        """Change the names of a sample. A name that is None or empty stays as it is, and the id cannot be changed.

        Args:
            id: the id of the sample, a UUID.
            sample: the new names, or a dict of them by their names in Python or in JSON.

        Raises:
            NotFoundException: there is no such sample.
            ConflictException: a name belongs to another sample.
            ApiValueError: the id is not a UUID.
            ApiTypeError: a name is not a str.
        """
        __tracebackhide__ = True
        return UPDATE_SAMPLE.call(self.api_client, options, path_params={"id": id}, body=sample)

    def samples_id_patch_with_http_info(
        self, id: SampleId, sample: Sample | Fields, **options: Unpack[CallOptions]
    ) -> tuple[Sample, int, HTTPHeaderDict]:
        """Like `samples_id_patch`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return UPDATE_SAMPLE.response(self.api_client, options, path_params={"id": id}, body=sample)

    def samples_id_delete(self, id: SampleId, **options: Unpack[CallOptions]) -> None:
        """Delete a sample.

        Its files are not deleted: they stay tracked without a sample, and nothing can delete them or register them
        again. So delete the files of a sample first.

        Args:
            id: the id of the sample, a UUID.

        Raises:
            NotFoundException: there is no such sample.
            ApiValueError: the id is not a UUID.
        """
        __tracebackhide__ = True
        return DELETE_SAMPLE.call(self.api_client, options, path_params={"id": id})

    def samples_id_delete_with_http_info(
        self, id: SampleId, **options: Unpack[CallOptions]
    ) -> tuple[None, int, HTTPHeaderDict]:
        """Like `samples_id_delete`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return DELETE_SAMPLE.response(self.api_client, options, path_params={"id": id})
