"""Tools for tests, and for tracing, that replace parts of urllib3 or of the socket module. Each test is a process."""

from __future__ import annotations

import io
import subprocess
import sys
from unittest import mock

import pytest
import trustme
import urllib3
from clients import api_for
from scripted_server import FILE, Connection, http_response, scripted_server
from tls_server import ca_pem, https_host, over_tls, server_context

from tracking_client import ApiClient, ApiValueError

PRELUDE = """
import json, sys, warnings
warnings.simplefilter("ignore")
import tracking_client
host, ca, path = sys.argv[1:]

def api_of(host):
    configuration = tracking_client.Configuration(host=host)
    configuration.ssl_ca_cert = ca or None
    return tracking_client.FileApi(tracking_client.ApiClient(configuration))

def calls(api):
    "Return what several calls return or raise."
    results = []
    file = tracking_client.File("a", "isolate.vcf", "vcf")
    for call in (
        lambda: api.files_md5sum_get("a"),
        lambda: api.files_md5sum_get("missing"),
        lambda: api.files_md5sum_get("a"),
        lambda: api.samples_id_files_post("3fa85f64-5717-4562-b3fc-2c963f66afa6", file),
    ):
        try:
            results.append(repr(call()))
        except tracking_client.ApiException as error:
            results.append(f"{error.status} {error.error}")
    return results

api = api_of(host)
"""


def serve(connection: Connection) -> None:
    """Respond with a file, except to one path."""
    while request := connection.request():
        if b"/missing " in request:
            connection.send(http_response(b'{"code": 404, "message": "Not found"}', "404 Not Found"))
        else:
            connection.send(http_response(status="201 Created" if request.startswith(b"POST") else "200 OK"))


def run(script: str, tmp_path: object, scheme: str = "http") -> tuple[list[str], int]:
    """Run a script against a server; return what it printed, and how many requests were received."""
    ca = trustme.CA()
    action = over_tls(server_context(ca, "localhost"), serve) if scheme == "https" else serve
    with scripted_server(action) as server:
        host, ca_certificates = (https_host(server), ca_pem(ca)) if scheme == "https" else (server.host, "")
        completed = subprocess.run(
            [sys.executable, "-c", PRELUDE + script, host, ca_certificates, str(tmp_path)],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
    assert completed.returncode == 0, completed.stderr
    assert "ResourceWarning" not in completed.stderr
    return completed.stdout.splitlines(), len(server.requests)


@pytest.mark.parametrize("scheme", ["http", "https"])
@pytest.mark.parametrize("is_used_before", [False, True])
def test_vcrpy_records_and_plays_back(scheme, is_used_before, tmp_path):
    pytest.importorskip("vcr")
    script = f"""
import vcr
warnings.simplefilter("default", ResourceWarning)
if {is_used_before}:
    api.files_md5sum_get("a")
with vcr.use_cassette(path + "/cassette.yaml", record_mode="once") as cassette:
    recorded = calls(api)
print(len(cassette), recorded[1])
for api in (api, api_of(host)):
    with vcr.use_cassette(path + "/cassette.yaml", record_mode="none") as cassette:
        print(calls(api) == recorded, cassette.play_count)
        try:
            api.files_md5sum_get("other")
        except vcr.errors.CannotOverwriteExistingCassetteException:
            print("not recorded")
print(calls(api) == recorded)
"""
    output, requests = run(script, tmp_path, scheme)
    assert output[0].startswith("4 404 ")
    assert output[1:] == [*["True 4", "not recorded"] * 2, "True"]
    assert requests == is_used_before + 4 + 4


def test_post_that_vcrpy_sends_is_not_sent_twice(tmp_path):
    """Whether it was sent is not known, so it is looked up."""
    pytest.importorskip("vcr")
    script = """
import vcr
from urllib3.exceptions import ProtocolError
lost = []
def lose_first(response):
    if not lost:
        lost.append(response)
        raise ProtocolError("lost")
    return response
with vcr.use_cassette(path + "/cassette.yaml", before_record_response=lose_first):
    file = tracking_client.File("a", "isolate.vcf", "vcf")
    print(api.samples_id_files_post("3fa85f64-5717-4562-b3fc-2c963f66afa6", file) == file)
"""
    assert run(script, tmp_path) == (["True"], 2)


def test_opentelemetry_traces_each_request(tmp_path):
    pytest.importorskip("opentelemetry.instrumentation.urllib3")
    script = """
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
exporter, provider = InMemorySpanExporter(), TracerProvider()
provider.add_span_processor(SimpleSpanProcessor(exporter))
URLLib3Instrumentor().instrument(tracer_provider=provider)
calls(api)
print([span.name for span in exporter.get_finished_spans()])
"""
    output, requests = run(script, tmp_path)
    assert (output, requests) == (["['GET', 'GET', 'GET', 'POST']"], 4)


@pytest.mark.parametrize("name", ["PoolManager", "PoolManager.request", "PoolManager.urlopen"])
@pytest.mark.parametrize("options", [{}, {"autospec": True}, {"new": lambda *args, **kwargs: None}])
def test_mock_of_the_pool_manager_is_rejected(name, options):
    with scripted_server(serve) as server:
        api = api_for(server.host)
        with mock.patch(f"urllib3.{name}", **options), pytest.raises(ApiValueError, match="does not use it"):
            api.files_md5sum_get("a")
        assert server.requests == []
        assert api.files_md5sum_get("a").md5sum == "a"


def test_mock_that_the_message_recommends_works():
    with mock.patch.object(ApiClient, "call_api", return_value="mocked"):
        assert api_for("http://127.0.0.1:9").files_md5sum_get("a") == "mocked"


def test_mock_of_the_pool_of_urllib3_works():
    response = urllib3.HTTPResponse(io.BytesIO(FILE), {"Content-Type": "application/json"}, 200, preload_content=False)
    with mock.patch.object(urllib3.HTTPConnectionPool, "urlopen", return_value=response):
        assert api_for("http://127.0.0.1:9").files_md5sum_get("a").md5sum == "a"
