"""The methods of `QcResultApi`: the requests they send, and what they do against the embedded service."""

from __future__ import annotations

import math

import pytest
from clients import add_sample, client_for
from endpoints import ID, QC_RESULT, QC_RESULT_JSON
from scripted_server import refused_host

from tracking_client import (
    ApiTypeError,
    ApiValueError,
    BadRequestException,
    Error,
    NotFoundException,
    QcDecision,
    QcResult,
    QcResultApi,
)

NO_SAMPLE = "00000000-0000-0000-0000-000000000000"
"""A valid sample id that does not exist."""


@pytest.fixture
def api(api_client) -> QcResultApi:
    return QcResultApi(api_client)


# Requests


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"coverage": None}, ApiValueError),
        ({"coverage": "35.5"}, ApiTypeError),
        ({"coverage": True}, ApiTypeError),
        ({"number_of_het_snps": 1.0}, ApiTypeError),
        ({"number_of_het_snps": None}, ApiValueError),
        ({"decision": "Passed"}, ApiValueError),
        ({"decision": True}, ApiTypeError),
    ],
    ids=str,
)
def test_invalid_qc_result_is_rejected(changed, error):
    with pytest.raises(error, match=f"`{next(iter(changed))}`"):
        QcResultApi(client_for(refused_host())).samples_id_qc_result_put(ID, {**QC_RESULT_JSON, **changed})


@pytest.mark.parametrize("coverage", [math.nan, math.inf])
def test_coverage_that_is_not_finite_is_rejected_before_it_is_sent(coverage):
    with pytest.raises(ApiValueError, match="JSON"):
        QcResultApi(client_for(refused_host())).samples_id_qc_result_put(ID, QcResult(coverage, 1, "passed"))


def test_key_with_hyphens_is_not_the_number_of_het_snps():
    fields = {"coverage": 1.5, "number-of-het-snps": 1, "decision": "passed"}
    with pytest.raises(ApiValueError, match="`number_of_het_snps`, must not be `None`"):
        QcResultApi(client_for(refused_host())).samples_id_qc_result_put(ID, fields)


# Against the embedded service


def test_qc_result_is_set_looked_up_replaced_and_deleted(api, host, sample_id):
    with pytest.raises(NotFoundException) as caught:
        api.samples_id_qc_result_get(sample_id)
    assert caught.value.error == Error(404, "Not found")

    put, status, headers = api.samples_id_qc_result_put_with_http_info(sample_id, QC_RESULT)
    assert (put, status) == (QC_RESULT, 200)
    assert headers["location"] == f"{host}/samples/{sample_id}/qc-result"
    assert api.samples_id_qc_result_get(sample_id) == QC_RESULT

    replaced = QcResult(0, -1, QcDecision.FAILED)
    put, status, _ = api.samples_id_qc_result_put_with_http_info(sample_id.upper(), replaced.to_dict())
    assert (put, status) == (replaced, 200)
    assert type(put.coverage) is float
    assert api.samples_id_qc_result_get(sample_id) == replaced

    assert api.samples_id_qc_result_delete_with_http_info(sample_id)[:2] == (None, 204)
    for method in (api.samples_id_qc_result_get, api.samples_id_qc_result_delete):
        with pytest.raises(NotFoundException) as caught:
            method(sample_id)
        assert caught.value.error == Error(404, "Not found")


def test_qc_result_belongs_to_one_sample(api, api_client, sample_id):
    api.samples_id_qc_result_put(sample_id, QC_RESULT)
    other = add_sample(api_client)
    with pytest.raises(NotFoundException):
        api.samples_id_qc_result_get(other)
    api.samples_id_qc_result_put(other, QcResult(1.5, 1, "failed"))
    api.samples_id_qc_result_delete(other)
    assert api.samples_id_qc_result_get(sample_id) == QC_RESULT


@pytest.mark.parametrize(
    "qc_result",
    [QcResult(coverage, 1, "passed") for coverage in (0, -1.5, 0.1, 1e300, 35.123456789012345)]
    + [QcResult(1.5, number, "failed") for number in (0, -1, 2**31 - 1, -(2**31))],
    ids=str,
)
def test_qc_result_is_kept_unchanged(api, sample_id, qc_result):
    assert api.samples_id_qc_result_put(sample_id, qc_result) == qc_result
    assert api.samples_id_qc_result_get(sample_id) == qc_result


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.samples_id_qc_result_get(NO_SAMPLE),
        lambda api: api.samples_id_qc_result_put(NO_SAMPLE, QC_RESULT),
        lambda api: api.samples_id_qc_result_delete(NO_SAMPLE),
    ],
    ids=["get", "put", "delete"],
)
def test_missing_sample_is_not_found(api, call):
    with pytest.raises(NotFoundException) as caught:
        call(api)
    assert caught.value.error == Error(404, "Not found")


def test_without_client_side_validation_the_service_validates(api, api_client, sample_id):
    api_client.configuration.client_side_validation = False
    for changed, detail in (
        ({"decision": "done"}, "'done' is not one of"),
        ({"number_of_het_snps": 1.5}, "1.5 is not of type 'integer' - 'number_of_het_snps'"),
        ({"coverage": None}, "None is not of type 'number' - 'coverage'"),
    ):
        with pytest.raises(BadRequestException, match=detail):
            api.samples_id_qc_result_put(sample_id, {**QC_RESULT_JSON, **changed})
    with pytest.raises(BadRequestException, match="'coverage' is a required property"):
        api.samples_id_qc_result_put(sample_id, {"number_of_het_snps": 1, "decision": "passed"})
