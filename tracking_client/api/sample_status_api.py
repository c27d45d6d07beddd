"""The endpoints of the status of samples."""

from __future__ import annotations

from urllib3 import HTTPHeaderDict

from .._annotations import Unpack
from ..models.status import Status
from . import _parameters
from ._operation import ApiBase, CallOptions, Operation
from ._parameters import Fields, SampleId

_SAMPLE = {"id": _parameters.sample_id}

GET_STATUS = Operation("samples_id_status_get", "GET", "/samples/{id}/status", Status, path_validators=_SAMPLE)
PUT_STATUS = Operation(
    "samples_id_status_put",
    "PUT",
    "/samples/{id}/status",
    Status,
    path_validators=_SAMPLE,
    body_validator=("status", _parameters.body(Status)),
)
UPDATE_STATUS = Operation(
    "samples_id_status_patch",
    "PATCH",
    "/samples/{id}/status",
    Status,
    path_validators=_SAMPLE,
    body_validator=("status", _parameters.body(Status)),
)
DELETE_STATUS = Operation(
    "samples_id_status_delete", "DELETE", "/samples/{id}/status", type(None), path_validators=_SAMPLE
)


class SampleStatusApi(ApiBase):
    """Looks up, replaces, updates and deletes the status of a sample.

    Every method also accepts the keyword arguments of `CallOptions`. Every method raises `ApiTypeError` for an unknown
    keyword argument, `ApiValueError` for a required parameter that is None, and the `ApiException` for its status if
    the response is not a success.

    Args:
        api_client: the client to use; None for a new one with the default configuration.
    """

    def samples_id_status_get(self, id: SampleId, **options: Unpack[CallOptions]) -> Status:
        """Return the status of a sample.

        Args:
            id: the id of the sample, a UUID.

        Raises:
            NotFoundException: there is no such sample, or it has no status.
            ApiValueError: the id is not a UUID.
        """
        __tracebackhide__ = True
        return GET_STATUS.call(self.api_client, options, path_params={"id": id})

    def samples_id_status_get_with_http_info(
        self, id: SampleId, **options: Unpack[CallOptions]
    ) -> tuple[Status, int, HTTPHeaderDict]:
        """Like `samples_id_status_get`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return GET_STATUS.response(self.api_client, options, path_params={"id": id})

    def samples_id_status_put(self, id: SampleId, status: Status | Fields, **options: Unpack[CallOptions]) -> Status:
        """Set the status of a sample, or replace all of it. Without a stage, the stage is removed.

        Args:
            id: the id of the sample, a UUID.
            status: the status, or a dict of its fields by their names in Python or in JSON.

        Raises:
            NotFoundException: there is no such sample.
            ApiValueError: the id is not a UUID, or a field is missing or invalid.
            ApiTypeError: the status is neither a `Status` nor a dict, or a field is not a str.
        """
        __tracebackhide__ = True
        return PUT_STATUS.call(self.api_client, options, path_params={"id": id}, body=status)

    def samples_id_status_put_with_http_info(
        self, id: SampleId, status: Status | Fields, **options: Unpack[CallOptions]
    ) -> tuple[Status, int, HTTPHeaderDict]:
        """Like `samples_id_status_put`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return PUT_STATUS.response(self.api_client, options, path_params={"id": id}, body=status)

    def samples_id_status_patch(self, id: SampleId, status: Status | Fields, **options: Unpack[CallOptions]) -> Status:
        """Update the status of a sample, which must have one.

        All fields are required except the stage, which stays as it is if it is None.

        Args:
            id: the id of the sample, a UUID.
            status: the new status, or a dict of its fields by their names in Python or in JSON.

        Raises:
            NotFoundException: there is no such sample.
            ServiceException: the sample has no status: the service responds with 500.
            ApiValueError: the id is not a UUID, or a field is missing or invalid.
            ApiTypeError: the status is neither a `Status` nor a dict, or a field is not a str.
        """
        __tracebackhide__ = True
        return UPDATE_STATUS.call(self.api_client, options, path_params={"id": id}, body=status)

    def samples_id_status_patch_with_http_info(
        self, id: SampleId, status: Status | Fields, **options: Unpack[CallOptions]
    ) -> tuple[Status, int, HTTPHeaderDict]:
        """Like `samples_id_status_patch`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return UPDATE_STATUS.response(self.api_client, options, path_params={"id": id}, body=status)

    def samples_id_status_delete(self, id: SampleId, **options: Unpack[CallOptions]) -> None:
        """Delete the status of a sample.

        Args:
            id: the id of the sample, a UUID.

        Raises:
            NotFoundException: there is no such sample, or it has no status.
            ApiValueError: the id is not a UUID.
        """
        __tracebackhide__ = True
        return DELETE_STATUS.call(self.api_client, options, path_params={"id": id})

    def samples_id_status_delete_with_http_info(
        self, id: SampleId, **options: Unpack[CallOptions]
    ) -> tuple[None, int, HTTPHeaderDict]:
        """Like `samples_id_status_delete`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return DELETE_STATUS.response(self.api_client, options, path_params={"id": id})
