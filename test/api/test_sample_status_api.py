"""The methods of `SampleStatusApi`: the requests they send, and what they do against the embedded service."""

from __future__ import annotations

import pytest
from clients import add_sample, client_for
from endpoints import ID, STATUS, STATUS_JSON
from scripted_server import refused_host

from tracking_client import (
    ApiTypeError,
    ApiValueError,
    BadRequestException,
    Error,
    NotFoundException,
    SampleStage,
    SampleStatusApi,
    Status,
    StepStatus,
)

NO_SAMPLE = "00000000-0000-0000-0000-000000000000"
"""A valid sample id that does not exist."""

STEPS = [name for name in Status.attribute_map if name != "stage"]


def status_with(**changed) -> Status:
    return Status(**{**STATUS.to_dict(), **changed})


@pytest.fixture
def api(api_client) -> SampleStatusApi:
    return SampleStatusApi(api_client)


# Requests


@pytest.mark.parametrize("name", ["samples_id_status_put", "samples_id_status_patch"])
@pytest.mark.parametrize("field", [*STEPS, "stage"])
def test_invalid_status_is_rejected(name, field):
    method = getattr(SampleStatusApi(client_for(refused_host())), name)
    fields = STATUS.to_dict()
    with pytest.raises(ApiValueError, match=rf"`{field}` \(done\), must be one of"):
        method(ID, {**fields, field: "done"})
    with pytest.raises(ApiTypeError, match=f"`{field}`"):
        method(ID, {**fields, field: 7})
    if field != "stage":
        del fields[field]
        with pytest.raises(ApiValueError, match=f"`{field}`, must not be `None`"):
            method(ID, fields)


# Against the embedded service


def test_status_is_set_looked_up_replaced_and_deleted(api, host, sample_id):
    with pytest.raises(NotFoundException) as caught:
        api.samples_id_status_get(sample_id)
    assert caught.value.error == Error(404, "Not found")

    put, status, headers = api.samples_id_status_put_with_http_info(sample_id, STATUS)
    assert (put, status) == (STATUS, 200)
    assert headers["location"] == f"{host}/samples/{sample_id}/status"
    assert api.samples_id_status_get(sample_id) == STATUS

    replaced = status_with(prediction=StepStatus.COMPLETE, stage=None)
    put, status, _ = api.samples_id_status_put_with_http_info(sample_id.upper(), replaced.to_dict())
    assert (put, status) == (replaced, 200)
    assert api.samples_id_status_get(sample_id) == replaced

    assert api.samples_id_status_delete_with_http_info(sample_id)[:2] == (None, 204)
    for method in (api.samples_id_status_get, api.samples_id_status_delete):
        with pytest.raises(NotFoundException) as caught:
            method(sample_id)
        assert caught.value.error == Error(404, "Not found")


def test_patch_keeps_a_stage_that_it_does_not_have(api, sample_id):
    api.samples_id_status_put(sample_id, STATUS)
    patched, status, _ = api.samples_id_status_patch_with_http_info(
        sample_id, status_with(qc=StepStatus.FAILED, stage=None)
    )
    assert (patched, status) == (status_with(qc="failed"), 200)
    assert api.samples_id_status_patch(sample_id, status_with(stage=SampleStage.QC_FAILED).to_dict()) == status_with(
        stage="qc-failed"
    )
    assert api.samples_id_status_get(sample_id) == status_with(stage="qc-failed")


def test_status_belongs_to_one_sample(api, api_client, sample_id):
    api.samples_id_status_put(sample_id, STATUS)
    other = add_sample(api_client)
    with pytest.raises(NotFoundException):
        api.samples_id_status_get(other)
    api.samples_id_status_put(other, status_with(stage="deprecated"))
    api.samples_id_status_delete(other)
    assert api.samples_id_status_get(sample_id) == STATUS


@pytest.mark.parametrize(
    "changed",
    [{step: value} for step in STEPS for value in ("pending", "started", "complete", "failed")]
    + [{"stage": value} for value in ("accepted", "qc-failed", "live", "deprecated", None)],
    ids=str,
)
def test_status_is_kept_unchanged(api, sample_id, changed):
    assert api.samples_id_status_put(sample_id, status_with(**changed)) == status_with(**changed)
    assert api.samples_id_status_get(sample_id) == status_with(**changed)


@pytest.mark.parametrize(
    "call",
    [
        lambda api: api.samples_id_status_get(NO_SAMPLE),
        lambda api: api.samples_id_status_put(NO_SAMPLE, STATUS),
        lambda api: api.samples_id_status_patch(NO_SAMPLE, STATUS),
        lambda api: api.samples_id_status_delete(NO_SAMPLE),
    ],
    ids=["get", "put", "patch", "delete"],
)
def test_missing_sample_is_not_found(api, call):
    with pytest.raises(NotFoundException) as caught:
        call(api)
    assert caught.value.error == Error(404, "Not found")


def test_without_client_side_validation_the_service_validates(api, api_client, sample_id):
    api_client.configuration.client_side_validation = False
    api.samples_id_status_put(sample_id, STATUS)
    partial = {key: value for key, value in STATUS_JSON.items() if key != "qc"}
    for method in (api.samples_id_status_put, api.samples_id_status_patch):
        with pytest.raises(BadRequestException, match="'done' is not one of"):
            method(sample_id, {**STATUS_JSON, "qc": "done"})
        with pytest.raises(BadRequestException, match="'qc' is a required property"):
            method(sample_id, partial)
        with pytest.raises(BadRequestException, match="None is not one of"):
            method(sample_id, {**STATUS_JSON, "stage": None})
    assert api.samples_id_status_get(sample_id) == STATUS
