"""The command ``tracking-client demo``, as a process."""

from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import time

import pytest
from clients import add_sample, client_for
from processes import COMMAND, WITHOUT_NAMES, close_output_after, run
from scripted_server import http_response, respond, scripted_server

import tracking_client
from tracking_client.cli.demo import DATA
from tracking_client.testing.fixture import running_fixture

pytestmark = pytest.mark.once


def test_demo_succeeds():
    done = run("demo")
    assert (done.returncode, done.stderr) == (0, "")
    for shown in ("api.files_md5sum_get(", "api.samples_id_files_post(", "ConflictException: (409)", "Already existed"):
        assert shown in done.stdout
    assert done.stdout.count("NotFoundException: (404)") == 2
    assert "\n>>> for file in api.samples_id_files_get(id):\n...     api.samples_id_files_md5sum_delete(" in done.stdout
    assert done.stdout.endswith("# Every step succeeded.\n")


def test_demo_on_a_given_service_leaves_it_as_it_was(host, api_client):
    kept = add_sample(api_client)
    for _ in range(2):
        done = run("demo", "--host", host)
        assert (done.returncode, done.stderr) == (0, "")
    samples, _, _ = api_client.call_api("/samples", "GET", response_type="object")
    assert [sample["id"] for sample in samples] == [kept]


def is_empty(api_client) -> bool:
    samples, _, _ = api_client.call_api("/samples", "GET", response_type="object")
    with pytest.raises(tracking_client.NotFoundException):
        tracking_client.FileApi(api_client).files_md5sum_get(tracking_client.md5sum(sorted(DATA.iterdir())[0]))
    return not samples


def start(*arguments: str) -> subprocess.Popen[str]:
    """Start the demo with its output unbuffered, as on a terminal."""
    return subprocess.Popen(
        [COMMAND[0], "-u", *COMMAND[1:], "demo", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@pytest.mark.parametrize("lines", [0, 1, 5, 8, 15, 30])
def test_demo_whose_output_nobody_reads_leaves_nothing(lines):
    with running_fixture() as service:
        service.delay("*", seconds=0.1)  # so that it has not ended before its output is closed
        process = start("--host", service.host)
        assert close_output_after(process, lines) == ""
        assert process.wait(60) == 141
        service.recover()
        with client_for(service.host) as api_client:
            assert is_empty(api_client)


@pytest.mark.skipif(os.name != "posix", reason="no such signals on this system")
@pytest.mark.parametrize(
    ("lines", "number"),
    [(1, "SIGINT"), (9, "SIGINT"), (15, "SIGINT"), (30, "SIGINT"), (9, "SIGTERM"), (15, "SIGHUP")],
)
def test_interrupted_demo_leaves_nothing(host, api_client, lines, number):
    process = start("--host", host)
    for _ in range(lines):
        process.stdout.readline()
    process.send_signal(getattr(signal, number))
    _, errors = process.communicate(timeout=60)
    # At its end, it may succeed before the signal arrives, or Python itself may end by it.
    code = {"SIGTERM": 143, "SIGHUP": 129}.get(number, 130)
    assert process.returncode in (code, 0, -getattr(signal, number)), errors
    assert is_empty(api_client)


@pytest.mark.skipif(os.name != "posix", reason="no such signals on this system")
def test_demo_that_is_interrupted_before_the_response_deletes_the_sample():
    def action(connection):
        while request := connection.request():
            method = request.split(b" ")[0]
            if method == b"POST":
                process.send_signal(signal.SIGINT)  # the process is waiting for the response
                time.sleep(0.5)
            connection.send(http_response(b"" if method == b"DELETE" else b"[]"))

    with scripted_server(action) as server:
        process = start("--host", server.host)
        process.communicate(timeout=60)
        assert process.returncode == 130
        id_ = json.loads(server.requests[0].rpartition(b"\r\n")[2])["id"]
        assert server.methods() == ["POST", "GET", "DELETE"]
        assert f"/samples/{id_} ".encode() in server.requests[-1]


def test_demo_fails_if_one_of_its_files_is_already_tracked(host, api, sample_id):
    first = sorted(DATA.iterdir())[0]
    api.samples_id_files_post(sample_id, first)
    done = run("demo", "--host", host)
    assert done.returncode == 1
    assert done.stderr == (
        "tracking-client: NotFoundException was not raised. "
        "Is the demo running elsewhere, or was it interrupted before?\n"
    )
    assert "Every step" not in done.stdout


@pytest.mark.parametrize(("url", "code"), [("http://127.0.0.1:9/api/v1", 75), ("no-such-host.invalid/api/v1", 78)])
def test_demo_without_a_service_fails(url, code):
    done = run("demo", "--host", url, **WITHOUT_NAMES)
    assert done.returncode == code
    assert done.stderr.startswith("tracking-client: ")
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("body", [b"{}", b"[]", b'{"id": 5}', b"<html>", b'{"id": "not a uuid"}'])
def test_demo_on_a_service_with_invalid_responses_fails(body):
    with scripted_server(respond(http_response(body, "201 CREATED"))) as server:
        done = run("demo", "--host", server.host)
    # 1 if the sample may be left there.
    assert done.returncode == (78 if body == b"[]" else 1)
    assert done.stderr.startswith("tracking-client: ")
    assert "Traceback" not in done.stderr


def test_demo_files_are_valid_fastq_and_vcf():
    names = [path.name for path in sorted(DATA.iterdir())]
    assert names == ["isolate.vcf", "isolate_R1.fastq.gz", "isolate_R2.fastq.gz"]
    reads = [gzip.decompress((DATA / name).read_bytes()).decode().splitlines() for name in names[1:]]
    for lines in reads:
        assert len(lines) == 480
        for name, bases, plus, qualities in zip(*(lines[start::4] for start in range(4)), strict=False):
            assert name.startswith("@")
            assert plus == "+"
            assert len(bases) == len(qualities) >= 100
            assert set(bases) <= set("ACGT")
    assert [line.split()[0] for line in reads[0][::4]] == [line.split()[0] for line in reads[1][::4]]
    vcf = (DATA / "isolate.vcf").read_text().splitlines()
    assert vcf[0] == "##fileformat=VCFv4.2"
    assert len([line for line in vcf if not line.startswith("#")]) == 8
