"""The endpoints of QC results."""

from __future__ import annotations

from urllib3 import HTTPHeaderDict

from .._annotations import Unpack
from ..models.qc_result import QcResult
from . import _parameters
from ._operation import ApiBase, CallOptions, Operation
from ._parameters import Fields, SampleId

_SAMPLE = {"id": _parameters.sample_id}

GET_QC_RESULT = Operation(
    "samples_id_qc_result_get", "GET", "/samples/{id}/qc-result", QcResult, path_validators=_SAMPLE
)
PUT_QC_RESULT = Operation(
    "samples_id_qc_result_put",
    "PUT",
    "/samples/{id}/qc-result",
    QcResult,
    path_validators=_SAMPLE,
    body_validator=("qc_result", _parameters.body(QcResult)),
)
DELETE_QC_RESULT = Operation(
    "samples_id_qc_result_delete", "DELETE", "/samples/{id}/qc-result", type(None), path_validators=_SAMPLE
)


class QcResultApi(ApiBase):
    """Looks up, replaces and deletes the QC result of a sample.

    Every method also accepts the keyword arguments of `CallOptions`. Every method raises `ApiTypeError` for an unknown
    keyword argument, `ApiValueError` for a required parameter that is None, and the `ApiException` for its status if
    the response is not a success.

    Args:
        api_client: the client to use; None for a new one with the default configuration.
    """

    def samples_id_qc_result_get(self, id: SampleId, **options: Unpack[CallOptions]) -> QcResult:
        """Return the QC result of a sample.

        Args:
            id: the id of the sample, a UUID.

        Raises:
            NotFoundException: there is no such sample, or it has no QC result.
            ApiValueError: the id is not a UUID.
        """
        __tracebackhide__ = True
        return GET_QC_RESULT.call(self.api_client, options, path_params={"id": id})

    def samples_id_qc_result_get_with_http_info(
        self, id: SampleId, **options: Unpack[CallOptions]
    ) -> tuple[QcResult, int, HTTPHeaderDict]:
        """Like `samples_id_qc_result_get`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return GET_QC_RESULT.response(self.api_client, options, path_params={"id": id})

    def samples_id_qc_result_put(
        self, id: SampleId, qc_result: QcResult | Fields, **options: Unpack[CallOptions]
    ) -> QcResult:
        """Set the QC result of a sample, or replace all of it.

        Args:
            id: the id of the sample, a UUID.
            qc_result: the QC result, or a dict of its fields by their names in Python or in JSON.

        Raises:
            NotFoundException: there is no such sample.
            ApiValueError: the id is not a UUID, or a field is missing or invalid.
            ApiTypeError: the QC result is neither a `QcResult` nor a dict, or a field has another type.
        """
        __tracebackhide__ = True
        return PUT_QC_RESULT.call(self.api_client, options, path_params={"id": id}, body=qc_result)

    def samples_id_qc_result_put_with_http_info(
        self, id: SampleId, qc_result: QcResult | Fields, **options: Unpack[CallOptions]
    ) -> tuple[QcResult, int, HTTPHeaderDict]:
        """Like `samples_id_qc_result_put`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return PUT_QC_RESULT.response(self.api_client, options, path_params={"id": id}, body=qc_result)

    def samples_id_qc_result_delete(self, id: SampleId, **options: Unpack[CallOptions]) -> None:
        """Delete the QC result of a sample.

        Args:
            id: the id of the sample, a UUID.

        Raises:
            NotFoundException: there is no such sample, or it has no QC result.
            ApiValueError: the id is not a UUID.
        """
        __tracebackhide__ = True
        return DELETE_QC_RESULT.call(self.api_client, options, path_params={"id": id})

    def samples_id_qc_result_delete_with_http_info(
        self, id: SampleId, **options: Unpack[CallOptions]
    ) -> tuple[None, int, HTTPHeaderDict]:
        """Like `samples_id_qc_result_delete`, but return ``(data, status, headers)``."""
        __tracebackhide__ = True
        return DELETE_QC_RESULT.response(self.api_client, options, path_params={"id": id})
