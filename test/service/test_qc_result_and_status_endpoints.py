"""The QC result and status endpoints of the embedded service, tested with `http.client`."""

from __future__ import annotations

import math

import pytest
from service_connection import NOT_FOUND, QC_RESULT, STATUS


@pytest.fixture
def path(connection):
    """Return the path of a sample."""
    return f"/samples/{connection.add_sample()}"


@pytest.mark.parametrize(
    ("name", "first", "second"),
    [
        ("qc-result", QC_RESULT, {"coverage": 0.5, "number_of_het_snps": 0, "decision": "failed"}),
        ("status", {**STATUS, "stage": "live"}, {**STATUS, "qc": "failed"}),
    ],
)
def test_put_adds_or_replaces_the_whole(connection, path, name, first, second):
    for body in (first, second):
        status, headers, stored = connection.request("PUT", f"{path}/{name}", body)
        assert (status, stored) == (200, body)
        assert headers["Location"] == connection.url(f"{path}/{name}")
        assert connection.request("GET", f"{path}/{name}")[::2] == (200, body)
    assert connection.request("DELETE", f"{path}/{name}")[::2] == (204, b"")
    for method in ("GET", "DELETE"):
        assert connection.request(method, f"{path}/{name}")[::2] == (404, NOT_FOUND)


@pytest.mark.parametrize(("name", "body"), [("qc-result", QC_RESULT), ("status", STATUS)])
def test_location_has_the_id_as_the_path_spells_it(connection, path, name, body):
    path = f"/samples/{path.rpartition('/')[2].upper()}"
    for query in ("", "?a=b"):
        headers = connection.request("PUT", f"{path}/{name}{query}", body)[1]
        assert headers["Location"] == connection.url(f"{path}/{name}")


@pytest.mark.parametrize(("coverage", "stored"), [(12, 12.0), (-1.5, -1.5), (1e300, 1e300), (math.inf, math.inf)])
def test_coverage_has_double_precision(connection, path, coverage, stored):
    result = connection.request("PUT", f"{path}/qc-result", {**QC_RESULT, "coverage": coverage})[2]
    assert result["coverage"] == stored
    assert type(result["coverage"]) is float
    assert connection.request("GET", f"{path}/qc-result")[2] == result


def test_coverage_can_be_nan(connection, path):
    connection.request("PUT", f"{path}/qc-result", {**QC_RESULT, "coverage": math.nan})
    assert math.isnan(connection.request("GET", f"{path}/qc-result")[2]["coverage"])


@pytest.mark.parametrize(
    ("change", "detail"),
    [
        ({"number_of_het_snps": 1.5}, "1.5 is not of type 'integer' - 'number_of_het_snps'"),
        ({"number_of_het_snps": 2**31}, "is not between -2147483648 and 2147483647 - 'number_of_het_snps'"),
        ({"coverage": None}, "None is not of type 'number' - 'coverage'"),
        ({"decision": "done"}, "'done' is not one of ['passed', 'failed'] - 'decision'"),
    ],
)
def test_invalid_qc_result_is_400(connection, path, change, detail):
    status, _, problem = connection.request("PUT", f"{path}/qc-result", {**QC_RESULT, **change})
    assert status == 400
    assert detail in problem["detail"]


def test_key_of_qc_result_has_underscores(connection, path):
    body = {"coverage": 1, "number-of-het-snps": 2, "decision": "passed"}
    problem = connection.request("PUT", f"{path}/qc-result", body)[2]
    assert problem["detail"] == "'number_of_het_snps' is a required property"
    assert connection.request("PUT", f"{path}/qc_result", QC_RESULT)[0] == 404


@pytest.mark.parametrize("name", STATUS)
@pytest.mark.parametrize("method", ["PUT", "PATCH"])
def test_status_needs_all_its_steps(connection, path, method, name):
    """PATCH is not partial."""
    connection.request("PUT", f"{path}/status", STATUS)
    body = {key: value for key, value in STATUS.items() if key != name}
    assert connection.request(method, f"{path}/status", body)[2]["detail"] == f"{name!r} is a required property"


@pytest.mark.parametrize("name", [*STATUS, "stage"])
@pytest.mark.parametrize("value", [None, "done", 1, ["pending"], {}])
def test_invalid_step_is_400(connection, path, name, value):
    status, _, problem = connection.request("PUT", f"{path}/status", {**STATUS, name: value})
    assert status == 400
    assert problem["detail"].startswith(f"{value!r} is not one of [")
    assert problem["detail"].endswith(f"] - {name!r}")


def test_patch_keeps_the_stage_only_if_none_is_given(connection, path):
    connection.request("PUT", f"{path}/status", {**STATUS, "stage": "accepted"})
    status, headers, patched = connection.request("PATCH", f"{path}/status", {**STATUS, "qc": "failed"})
    assert (status, patched) == (200, {**STATUS, "qc": "failed", "stage": "accepted"})
    assert headers["Location"] == connection.url(f"{path}/status")
    assert connection.request("PATCH", f"{path}/status", {**STATUS, "stage": "live"})[2]["stage"] == "live"
    assert connection.request("GET", f"{path}/status")[2] == {**STATUS, "stage": "live"}


def test_put_takes_the_stage_away(connection, path):
    connection.request("PUT", f"{path}/status", {**STATUS, "stage": "accepted"})
    assert connection.request("PUT", f"{path}/status", STATUS)[2] == STATUS
    assert connection.request("GET", f"{path}/status")[2] == STATUS


def test_patch_without_a_status_is_404(connection, path):
    assert connection.request("PATCH", f"{path}/status", STATUS)[::2] == (404, NOT_FOUND)
    assert connection.request("GET", f"{path}/status")[0] == 404
