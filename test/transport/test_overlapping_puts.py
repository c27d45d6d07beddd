"""A PUT whose response is lost while the service still processes it: the client must not send a second one."""

from __future__ import annotations

import time

import pytest
from clients import client_for
from endpoints import ENDPOINTS

from tracking_client import ApiException, NotFoundException, QcResultApi, SampleStatusApi
from tracking_client.testing.fixture import running_fixture

PUTS = [endpoint for endpoint in ENDPOINTS if endpoint.method == "PUT"]
METHODS = {QcResultApi: "samples_id_qc_result_{}", SampleStatusApi: "samples_id_status_{}"}


@pytest.mark.parametrize("status", [500, 502, 504, None])
@pytest.mark.parametrize("endpoint", PUTS, ids=lambda endpoint: endpoint.name)
def test_put_that_is_still_in_process_stores_one_row(endpoint, status):
    with running_fixture() as service, client_for(service.host) as client:
        sample_id = service.sample()
        put, get, delete = (
            getattr(endpoint.api_class(client), METHODS[endpoint.api_class].format(name))
            for name in ("put", "get", "delete")
        )
        service.process_late("PUT *", seconds=1, status=status)
        with pytest.raises(ApiException) as caught:
            put(sample_id, endpoint.result)
        assert caught.value.outcome_unknown is True
        deadline = time.monotonic() + 30
        while True:
            try:
                assert get(sample_id) == endpoint.result
                break
            except NotFoundException:
                assert time.monotonic() < deadline
                time.sleep(0.05)
        delete(sample_id)
        with pytest.raises(NotFoundException):  # where two rows were stored, the second would come back
            get(sample_id)
