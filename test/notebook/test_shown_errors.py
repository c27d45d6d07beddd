"""No error takes more than 30 lines, in a notebook and in a test."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import sys

import pytest
from scripted_server import http_response, refused_host, respond, scripted_server, stall

from tracking_client.service import running_service

MAX_LINES = 30

SETUP = """
import os
import tracking_client
from tracking_client import bulk
from tracking_client.bulk import look_up

ID = "3fa85f64-5717-4562-b3fc-2c963f66afa6"

def api(host):
    configuration = tracking_client.Configuration(host=host)
    configuration.retries = 0
    return tracking_client.FileApi(tracking_client.ApiClient(configuration))
"""

CALLS = {
    "404": "api({service!r}).files_md5sum_get('a')",
    "missing file": "api({service!r}).samples_id_files_post(ID, 'no-such-file.vcf')",
    "missing file, hashed": "tracking_client.File.from_path('no-such-file.vcf')",
    "timeout": "api({stalled!r}).files_md5sum_get('a', _request_timeout=0.2)",
    "service down": "api({refused!r}).files_md5sum_get('a')",
    "https to an http port": "api({service!r}.replace('http:', 'https:')).files_md5sum_get('a')",
    "https to another port": "api({https_to_text!r}).files_md5sum_get('a')",
    "malformed response": "api({malformed!r}).files_md5sum_get('a')",
    "invalid id": "api({service!r}).samples_id_files_get('zz')",
    "invalid field": "tracking_client.File('a', 'b', 'bam')",
    "async call": "api({refused!r}).files_md5sum_get('a', async_req=True).get()",
    "many, service down": "look_up(api({refused!r}).api_client, ['a' * 32], patience=0)",
    "many, iterated": "list(bulk.iter_look_up(api({refused!r}).api_client, ['a' * 32], patience=0))",
    "many, invalid items": "look_up(api({service!r}).api_client, 5)",
    "find a sample": "bulk.find_sample(api({refused!r}).api_client, isolate_id='a')",
}


@pytest.fixture(scope="module")
def calls():
    """Return the calls, with the hosts that they need."""
    with contextlib.ExitStack() as stack:
        hosts = {
            "service": stack.enter_context(running_service()),
            "stalled": stack.enter_context(scripted_server(stall)).host,
            "malformed": stack.enter_context(scripted_server(respond(http_response(b"x")))).host,
            "refused": refused_host(),
        }
        text = stack.enter_context(scripted_server(lambda connection: connection.send(b"220 no TLS here\r\n")))
        hosts["https_to_text"] = text.host.replace("http:", "https:")
        yield {name: call.format(**hosts) for name, call in CALLS.items()}


@pytest.mark.parametrize("name", CALLS)
def test_notebook_shows_few_lines(run_cell, calls, name):
    run_cell(SETUP)
    (output,) = run_cell(calls[name])
    shown = re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(output.traceback))
    assert output.output_type == "error"
    assert len(shown.splitlines()) <= MAX_LINES, shown
    assert shown.splitlines()[2].startswith("Cell In") or "direct cause" in shown
    assert calls[name] in shown


def test_notebook_shows_few_lines_of_an_interrupted_write(run_cell):
    run_cell(SETUP)
    (output,) = run_cell("os.getpid()")
    kernel = int(output.data["text/plain"])

    def interrupt(connection):
        connection.request()
        os.kill(kernel, signal.SIGINT)
        connection.wait()

    with scripted_server(interrupt) as server:
        call = f"api({server.host!r}).samples_id_files_post(ID, tracking_client.File('a', 'b.vcf', 'vcf'))"
        (output,) = run_cell(call)
    shown = "\n".join(output.traceback)
    assert output.ename == "KeyboardInterrupt"
    assert len(shown.splitlines()) <= MAX_LINES, shown
    if sys.version_info >= (3, 11):
        assert "the request may have been processed" in shown


def test_pytest_shows_few_lines(calls, tmp_path):
    numbered = list(enumerate(calls.values()))
    tests = "".join(f"\ndef test_{number}():\n    {call}\n" for number, call in numbered)
    (tmp_path / "test_calls.py").write_text(SETUP + tests, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-p", "no:xdist", "--tb=auto", "test_calls.py"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=300)
    assert f"{len(numbered)} failed" in done.stdout
    failures = done.stdout.partition("= FAILURES =")[2].partition("= short test summary info =")[0]
    sections = re.split(r"\n_+ test_\d+ _+\n", failures)[1:]
    assert len(sections) == len(numbered)
    for section in sections:
        assert len(section.splitlines()) <= MAX_LINES, section
